//! The one place where HTTP 200 with a failure inside becomes a failure, and where the vendor's
//! signature is checked (ShowDoc 1873739988592287).

use std::borrow::Cow;

use bytes::Bytes;
use http::Response;
use jindiao_codes::yibeidiao::Code;
use jindiao_protocol::wire::{self, Loose};
use jindiao_protocol::{Exchange, Receipt, ReplyError, ReplyErrorKind};
use jindiao_signing::yibeidiao::verify;
use serde::Deserialize;

use crate::{Auth, Seq};

/// A signed reply that says success.
pub(crate) struct Envelope<'a> {
    /// The payload, of whatever type the endpoint likes. The signature does not cover it.
    pub(crate) msg: Loose<'a>,
    pub(crate) receipt: Receipt,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Fields<'a> {
    #[serde(borrow)]
    code: Loose<'a>,
    #[serde(borrow)]
    key: Loose<'a>,
    #[serde(borrow)]
    seq: Loose<'a>,
    #[serde(borrow)]
    ts: Loose<'a>,
    #[serde(borrow)]
    sign: Loose<'a>,
    #[serde(borrow)]
    msg: Loose<'a>,
}

impl<'a> Envelope<'a> {
    /// The envelope of a successful reply to `E`, which was asked with `seq`.
    pub(crate) fn open<E: Exchange>(
        auth: &Auth,
        seq: &Seq,
        response: &'a Response<Bytes>,
    ) -> Result<Self, ReplyError> {
        let http = response.status();
        let mut receipt = Receipt::of_status(http);
        receipt.serial = Some(seq.as_str().to_owned());
        let fields: Fields<'a> = wire::json(response.body()).unwrap_or_default();
        let code = fields.code.text();
        let code = code.and_then(|code| wire::vendor_text(code, &auth.secrets()));
        let code = code.map(|code| Code::parse(&code));
        let Some(code) = code.filter(|code| is_pre_check(code) || fields.is_vendors()) else {
            return Err(ReplyError::no_envelope::<E>(receipt));
        };
        receipt.code = Some(code.clone().into());
        if let Err(detail) = fields.authenticate(auth, seq, &code) {
            return Err(ReplyError::new::<E>(ReplyErrorKind::Tampered, receipt).with_detail(detail));
        }
        if !code.is_success() {
            // There is no field for words; where `msg` has some, they are shown.
            let words = fields.msg.text().filter(|words| !words.starts_with('{'));
            let words = words.and_then(|words| {
                let words = wire::without_digests(words);
                wire::vendor_text(&words, &auth.secrets()).map(Cow::into_owned)
            });
            return Err(
                ReplyError::new::<E>(ReplyErrorKind::Refused, receipt).with_vendor_text(words)
            );
        }
        if !http.is_success() {
            return Err(ReplyError::contradiction::<E>(receipt));
        }
        Ok(Self {
            msg: fields.msg,
            receipt,
        })
    }

    /// Success was said, and what belongs to it is not there.
    pub(crate) fn incomplete<E: Exchange>(self, detail: &str) -> ReplyError {
        ReplyError::new::<E>(ReplyErrorKind::Incomplete, self.receipt).with_detail(detail)
    }
}

impl Fields<'_> {
    /// Whether this is the vendor's envelope and not some gateway's page that has a `code`, too.
    fn is_vendors(&self) -> bool {
        [&self.key, &self.seq, &self.sign]
            .into_iter()
            .any(|field| !matches!(field, Loose::Null))
    }

    /// Whether this is the vendor's answer to our request.
    fn authenticate(&self, auth: &Auth, seq: &Seq, code: &Code) -> Result<(), &'static str> {
        let [key, echo, ts, sign] = [&self.key, &self.seq, &self.ts, &self.sign]
            .map(|field| field.text().unwrap_or_default());
        // What fails before the signature is checked is not signed, and need not repeat headers
        // that were not understood. Everything else is signed, also 900.
        let unsigned = sign.is_empty();
        if unsigned && !is_pre_check(code) {
            return Err("the reply is not signed");
        }
        // The vendor calls its keys independent of case; the digest is not.
        if !(unsigned && key.is_empty() || key.eq_ignore_ascii_case(auth.key.expose())) {
            return Err("the key of the reply is not ours");
        }
        if !(unsigned && echo.is_empty() || echo == seq.as_str()) {
            return Err("the seq of the reply is not the one of the request");
        }
        if unsigned {
            return Ok(());
        }
        if !verify(&auth.key, ts, seq.as_str(), &auth.token, sign) {
            return Err(if auth.has_lower_case() {
                "its sign does not verify; the vendor's own samples only do with a key and a token \
                 in upper case, and the ones given are not"
            } else {
                "its sign does not verify"
            });
        }
        Ok(())
    }
}

/// Codes that are answered before a signature is made: headers, company, timestamp, signature or
/// idempotence check failed (ShowDoc 1873739988592287), which are 901 to 906
/// (ShowDoc 1863843278019929). 900 is not among them.
fn is_pre_check(code: &Code) -> bool {
    matches!(code.as_str(), "901" | "902" | "903" | "904" | "905" | "906")
}
