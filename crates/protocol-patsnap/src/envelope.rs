//! The one place where HTTP 200 with a failure inside becomes a failure.

use std::borrow::Cow;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, Response};
use jindiao_codes::patsnap;
use jindiao_protocol::wire::{self, Loose};
use jindiao_protocol::{Code, Exchange, Receipt, ReplyError, ReplyErrorKind};
use serde::Deserialize;

use crate::auth::Secrets;

static SERIAL: HeaderName = HeaderName::from_static("x-correlation-id");
static UNITS: HeaderName = HeaderName::from_static("x-openapi-amount");

/// A reply that says nothing against success.
pub(crate) struct Envelope<'a> {
    /// The payload: an object, `{}`, null or not there.
    pub(crate) data: Loose<'a>,
    pub(crate) receipt: Receipt,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Fields<'a> {
    #[serde(borrow)]
    status: Loose<'a>,
    #[serde(borrow)]
    error_code: Loose<'a>,
    #[serde(borrow)]
    error_msg: Loose<'a>,
    #[serde(borrow)]
    error_message: Loose<'a>,
    #[serde(borrow)]
    data: Loose<'a>,
}

impl<'a> Envelope<'a> {
    /// The envelope of a successful reply to `E`: `status` true and `error_code` 0, each as a
    /// value of its own type or as text (the vendor's OpenAPI has both).
    pub(crate) fn open<E: Exchange>(
        auth: &impl Secrets,
        response: &'a Response<Bytes>,
    ) -> Result<Self, ReplyError> {
        let (envelope, status) = Self::without_refusal::<E>(auth, response)?;
        if envelope.receipt.code.is_some() && status.truth() == Some(true) {
            return Ok(envelope);
        }
        // No way to know what the vendor did: on a charge this must not count as a refusal.
        Err(envelope.unreadable::<E>("neither success nor a failure with a code"))
    }

    /// What both forms of success have in common: no code but 0, and HTTP's consent. The `status`
    /// is the caller's to judge.
    pub(crate) fn without_refusal<E: Exchange>(
        auth: &impl Secrets,
        response: &'a Response<Bytes>,
    ) -> Result<(Self, Loose<'a>), ReplyError> {
        let http = response.status();
        let mut receipt = receipt(response, auth);
        let fields = wire::json::<Fields<'a>>(response.body());
        let readable = fields.is_some();
        let fields = fields.unwrap_or_default();
        let code = fields.error_code.text().and_then(|code| auth.clean(code));
        receipt.code = code.map(|code| patsnap::Code::parse(&code).into());

        let is_success = receipt.code.as_ref().map(Code::is_success);
        let error = match is_success {
            Some(false) => ReplyError::new::<E>(ReplyErrorKind::Refused, receipt),
            Some(true) if !http.is_success() => ReplyError::contradiction::<E>(receipt),
            None if !http.is_success() || !readable => ReplyError::no_envelope::<E>(receipt),
            _ if fields.status.truth() == Some(false) => {
                ReplyError::new::<E>(ReplyErrorKind::Unreadable, receipt)
                    .with_detail("status is false and no error_code says why")
            }
            _ => {
                let data = fields.data;
                return Ok((Self { data, receipt }, fields.status));
            }
        };
        let mut words = [&fields.error_msg, &fields.error_message]
            .into_iter()
            .filter_map(|words| auth.clean(words.text()?));
        let words = words.next().map(Cow::into_owned);
        Err(error.with_vendor_text(words))
    }

    /// Success was said, and what belongs to it is not there.
    pub(crate) fn incomplete<E: Exchange>(self, detail: &str) -> ReplyError {
        ReplyError::new::<E>(ReplyErrorKind::Incomplete, self.receipt).with_detail(detail)
    }

    /// Success was not said, and no failure either.
    pub(crate) fn unreadable<E: Exchange>(self, detail: &str) -> ReplyError {
        ReplyError::new::<E>(ReplyErrorKind::Unreadable, self.receipt).with_detail(detail)
    }
}

/// HTTP status, serial and units. The headers are documented and not always there.
fn receipt(response: &Response<Bytes>, auth: &impl Secrets) -> Receipt {
    let header = |headers: &HeaderMap, name: &HeaderName| {
        let text = std::str::from_utf8(headers.get(name)?.as_bytes()).ok()?;
        auth.clean(text).map(Cow::into_owned)
    };
    let mut receipt = Receipt::of_status(response.status());
    receipt.serial = header(response.headers(), &SERIAL);
    receipt.units = header(response.headers(), &UNITS);
    receipt
}
