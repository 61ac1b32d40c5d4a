//! The one place where HTTP 200 with a failure inside becomes a failure.

use std::borrow::Cow;

use bytes::Bytes;
use http::Response;
use jindiao_codes::qcc;
use jindiao_protocol::wire::{self, Loose, Object};
use jindiao_protocol::{Exchange, Receipt, ReplyError, ReplyErrorKind};

use crate::Auth;

/// A JSON object whose names QCC writes in one letter case here and in another there.
pub(crate) struct Fields<'a>(Object<'a>);

impl<'a> Fields<'a> {
    /// The first value that is not null under `name`, in any letter case.
    #[inline]
    pub(crate) fn get(&self, name: &str) -> &Loose<'a> {
        self.first(|other| is_same(name, other))
    }

    /// The first value that is not null under a name that `is` true for.
    fn first(&self, is: impl Fn(&str) -> bool) -> &Loose<'a> {
        self.all(is).next().unwrap_or(&Loose::Null)
    }

    fn all(&self, is: impl Fn(&str) -> bool) -> impl Iterator<Item = &Loose<'a>> {
        self.0
            .iter()
            .filter(move |(name, value)| is(name) && !matches!(value, Loose::Null))
            .map(|(_, value)| value)
    }
}

/// Whether two names differ in letter case at most. Mostly they do not differ at all, or in length.
#[inline]
fn is_same(a: &str, b: &str) -> bool {
    a == b || a.eq_ignore_ascii_case(b)
}

/// An envelope that says success.
pub(crate) struct Envelope<'a> {
    /// The whole of it: QCC-2023 lists payload fields beside the status, too.
    pub(crate) fields: Fields<'a>,
    pub(crate) receipt: Receipt,
}

impl<'a> Envelope<'a> {
    /// The envelope of a successful reply to `E`.
    pub(crate) fn open<E: Exchange>(
        auth: &Auth,
        response: &'a Response<Bytes>,
    ) -> Result<Self, ReplyError> {
        let http = response.status();
        let mut receipt = Receipt::of_status(http);
        let fields = wire::json(response.body()).map(Fields);
        let code = fields.as_ref().and_then(|fields| {
            let mut all = fields
                .all(|name| is_same("status", name))
                .filter_map(|value| clean(auth, value));
            let status = all.next()?;
            // Two envelopes in one, and they disagree: neither is believed.
            let is_one = all.all(|other| other == status);
            // Web frameworks have error pages with a `status`, too: it repeats the HTTP status,
            // which no code of QCC does.
            let is_vendors = http.is_success() || status != http.as_str();
            (is_one && is_vendors).then(|| qcc::Code::parse(&status))
        });
        let (Some(fields), Some(code)) = (fields, code) else {
            return Err(ReplyError::no_envelope::<E>(receipt));
        };

        let success = code.is_success();
        receipt.code = Some(code.into());
        receipt.serial = clean(auth, fields.get("OrderNumber")).map(Cow::into_owned);
        if !success {
            let words = fields.first(|name| is_same("Message", name) || is_same("msg", name));
            let words = words.text().and_then(|words| {
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
        Ok(Self { fields, receipt })
    }

    /// The payload, whatever it is.
    pub(crate) fn result(&self) -> &Loose<'a> {
        self.fields.get("Result")
    }

    /// The payload as an object, or one without fields.
    pub(crate) fn result_fields(&self) -> Fields<'_> {
        Fields(self.result().object().unwrap_or_default())
    }

    /// Success was said, and what belongs to it is not there.
    pub(crate) fn incomplete<E: Exchange>(self, detail: &str) -> ReplyError {
        ReplyError::new::<E>(ReplyErrorKind::Incomplete, self.receipt).with_detail(detail)
    }
}

/// The text of `value`, without what nobody may see.
fn clean<'v>(auth: &Auth, value: &'v Loose<'_>) -> Option<Cow<'v, str>> {
    wire::vendor_text(value.text()?, &auth.secrets())
}
