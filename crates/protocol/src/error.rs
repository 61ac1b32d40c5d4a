//! What went wrong, with what the vendor said about it.

use std::fmt;

use http::StatusCode;
use jindiao_codes::{Advice, Code, Info, Outcome, Vendor};
use jindiao_words::{Message, Say, again, say};

use crate::{Exchange, Receipt};

/// A request could not be built: a value cannot be carried by HTTP.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestError {
    exchange: &'static str,
    reason: String,
}

impl RequestError {
    /// For vendor crates: why `E` cannot be asked.
    pub fn new<E: Exchange>(reason: &http::Error) -> Self {
        // `http::Error` names the part that is wrong and never its content.
        Self {
            exchange: E::NAME,
            reason: reason.to_string(),
        }
    }
}

impl Say for RequestError {
    fn say(&self) -> Message {
        say!(
            "the {exchange} request cannot be built: {reason}",
            exchange = self.exchange,
            reason = &self.reason
        )
    }
}

impl fmt::Display for RequestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.say().fmt(f)
    }
}

impl std::error::Error for RequestError {}

/// A reply that is not the success that was asked for.
///
/// Its one-line `Display` says what was asked, what the vendor said and what the code means.
/// Secrets and bodies are not in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReplyError(Box<Inner>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Inner {
    kind: ReplyErrorKind,
    vendor: Vendor,
    exchange: &'static str,
    receipt: Receipt,
    vendor_text: Option<String>,
    detail: Option<String>,
}

/// The kinds of [`ReplyError`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ReplyErrorKind {
    /// The vendor's envelope has a code that is not success.
    Refused,
    /// There is no vendor envelope, and the HTTP status is not a success.
    Http,
    /// There is no vendor envelope where one must be: not JSON, cut, or of another shape.
    Unreadable,
    /// The envelope says success but lacks what the operation promises.
    Incomplete,
    /// The signature, key or serial of the reply is not the one of the request.
    Tampered,
}

impl ReplyError {
    /// For vendor crates: an error of `E` with no vendor text yet.
    pub fn new<E: Exchange>(kind: ReplyErrorKind, receipt: Receipt) -> Self {
        Self(Box::new(Inner {
            kind,
            vendor: E::VENDOR,
            exchange: E::NAME,
            receipt,
            vendor_text: None,
            detail: None,
        }))
    }

    /// For vendor crates: `E` was answered without an envelope of the vendor, so that HTTP's status
    /// is all there is.
    pub fn no_envelope<E: Exchange>(receipt: Receipt) -> Self {
        let kind = if (200..300).contains(&receipt.http_status) {
            ReplyErrorKind::Unreadable
        } else {
            ReplyErrorKind::Http
        };
        Self::new::<E>(kind, receipt)
    }

    /// For vendor crates: the envelope that answered `E` says success, and HTTP says failure.
    ///
    /// An HTTP error could prove that nothing was done; this one proves nothing.
    pub fn contradiction<E: Exchange>(receipt: Receipt) -> Self {
        Self::new::<E>(ReplyErrorKind::Unreadable, receipt)
            .with_detail("the envelope says success and HTTP says failure")
    }

    /// For vendor crates: with the vendor's own words, already cleaned by
    /// [`wire::vendor_text`](crate::wire::vendor_text).
    #[must_use]
    pub fn with_vendor_text(mut self, text: Option<String>) -> Self {
        self.0.vendor_text = text;
        self
    }

    /// For vendor crates: with our words on what is wrong; nothing of the body goes in.
    #[must_use]
    pub fn with_detail(mut self, detail: impl Into<String>) -> Self {
        self.0.detail = Some(detail.into());
        self
    }

    /// The kind.
    pub fn kind(&self) -> ReplyErrorKind {
        self.0.kind
    }

    /// The vendor that was asked.
    pub fn vendor(&self) -> Vendor {
        self.0.vendor
    }

    /// The exchange, by its [`Exchange::NAME`].
    pub fn exchange(&self) -> &'static str {
        self.0.exchange
    }

    /// HTTP status, code and serial, for the ledger.
    pub fn receipt(&self) -> &Receipt {
        &self.0.receipt
    }

    /// The vendor's code, where the envelope had one.
    pub fn code(&self) -> Option<&Code> {
        self.0.receipt.code.as_ref()
    }

    /// What is known of the code at this exchange.
    pub fn info(&self) -> Option<&'static Info> {
        self.code()?.info_at(self.0.exchange)
    }

    /// What the vendor said, in its own words: cleaned and cut, without secrets.
    pub fn vendor_text(&self) -> Option<&str> {
        self.0.vendor_text.as_deref()
    }

    /// Whether somebody else may have written or changed the reply. Nothing in it is to be
    /// believed, its code neither.
    pub fn is_tampering(&self) -> bool {
        self.0.kind == ReplyErrorKind::Tampered
    }

    /// What to do about it.
    pub fn advice(&self) -> Advice {
        match self.0.kind {
            ReplyErrorKind::Refused => self
                .code()
                .map_or(Advice::GiveUp, |code| code.advice_at(self.0.exchange)),
            ReplyErrorKind::Http => match self.0.receipt.http_status {
                401 => Advice::Reauthenticate,
                403 | 407 => Advice::FixAccount,
                429 => Advice::SlowDown,
                408 | 425 | 500..=599 => Advice::Retry,
                _ => Advice::GiveUp,
            },
            ReplyErrorKind::Unreadable | ReplyErrorKind::Incomplete => Advice::Retry,
            ReplyErrorKind::Tampered => Advice::GiveUp,
        }
    }

    /// What this reply proves about a `Charge`: whether the vendor may have done what was asked.
    ///
    /// Only a code that says so, or an HTTP status with which a gateway turns a request away,
    /// proves that nothing was done.
    pub fn outcome(&self) -> Outcome {
        match self.0.kind {
            ReplyErrorKind::Refused => self
                .code()
                .map_or(Outcome::Unclear, |code| code.outcome_at(self.0.exchange)),
            ReplyErrorKind::Http => match self.0.receipt.http_status {
                400 | 401 | 403 | 404 | 405 | 407 | 411 | 413 | 414 | 415 | 429 | 431 => {
                    Outcome::NothingDone
                }
                _ => Outcome::Unclear,
            },
            _ => Outcome::Unclear,
        }
    }
}

impl Say for ReplyError {
    fn say(&self) -> Message {
        let Inner {
            kind,
            receipt,
            detail,
            ..
        } = &*self.0;
        let said = self.head();
        let said = match detail {
            Some(detail) => say!("{what}: {cause}", what = said, cause = again(detail)),
            None => said,
        };
        // Of another reply the code is a success, or nobody knows who wrote it.
        if *kind != ReplyErrorKind::Refused {
            return said;
        }
        match self.info() {
            Some(info) => {
                let meaning = Message::of_two(info.en, info.zh);
                say!("{refusal} — {meaning}", refusal = said, meaning)
            }
            None if receipt.code.is_some() => say!(
                "{refusal} — a code that is in no table that we know",
                refusal = said
            ),
            None => said,
        }
    }
}

impl ReplyError {
    /// Who was asked what, what came, and the vendor's own words.
    fn head(&self) -> Message {
        let Inner {
            kind,
            vendor,
            exchange,
            receipt,
            vendor_text,
            ..
        } = &*self.0;
        let call = Message::verbatim(format!("{vendor} {exchange}"));
        let status = receipt.http_status;
        let head = match (kind, &receipt.code, vendor_text) {
            (ReplyErrorKind::Refused, Some(code), Some(text)) => {
                return say!(
                    "{call}: code {code} “{text}”",
                    call,
                    code = code.as_str(),
                    text
                );
            }
            (ReplyErrorKind::Refused, Some(code), None) => {
                say!("{call}: code {code}", call, code = code.as_str())
            }
            (ReplyErrorKind::Refused, None, _) => say!("{call}: refused without a code", call),
            (ReplyErrorKind::Http, ..) => {
                let reason = StatusCode::from_u16(status)
                    .ok()
                    .and_then(|status| status.canonical_reason());
                let status = match reason {
                    Some(reason) => format!("{status} {reason}"),
                    None => status.to_string(),
                };
                say!("{call}: HTTP {status}", call, status)
            }
            (ReplyErrorKind::Unreadable, ..) => {
                say!("{call}: unreadable reply (HTTP {status})", call, status)
            }
            (ReplyErrorKind::Incomplete, ..) => say!("{call}: incomplete reply", call),
            (ReplyErrorKind::Tampered, ..) => {
                say!("{call}: the reply may have been tampered with", call)
            }
        };
        match vendor_text {
            Some(text) => say!("{head} “{text}”", head, text),
            None => head,
        }
    }
}

impl fmt::Display for ReplyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.say().fmt(f)
    }
}

impl std::error::Error for ReplyError {}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http::{Request, Response};

    use super::*;
    use crate::{Answer, Effect, Timestamp};

    struct Create;

    impl Exchange for Create {
        type Auth = ();
        type Reply = ();

        const VENDOR: Vendor = Vendor::Qcc;
        const NAME: &'static str = "radar_ext/createReport";
        const EFFECT: Effect = Effect::Charge;

        fn request(&self, (): &(), _: Timestamp) -> Result<Request<Bytes>, RequestError> {
            let build = || Request::get("https://h h/").body(Bytes::new());
            build().map_err(|error| RequestError::new::<Self>(&error))
        }

        fn reply(&self, (): &(), response: &Response<Bytes>) -> Result<Answer<()>, ReplyError> {
            Err(ReplyError::no_envelope::<Self>(receipt(
                response.status().as_u16(),
                None,
            )))
        }
    }

    fn receipt(status: u16, code: Option<&str>) -> Receipt {
        Receipt {
            http_status: status,
            code: code.map(|code| Code::parse(Vendor::Qcc, code)),
            serial: None,
            units: None,
        }
    }

    fn error(kind: ReplyErrorKind, status: u16, code: Option<&str>) -> ReplyError {
        ReplyError::new::<Create>(kind, receipt(status, code))
    }

    /// The error for a reply that has no envelope.
    fn bare(status: u16) -> ReplyError {
        let mut response = Response::new(Bytes::new());
        *response.status_mut() = StatusCode::from_u16(status).expect("a status");
        Create.reply(&(), &response).expect_err("no envelope")
    }

    #[test]
    fn http_status_without_an_envelope() {
        for status in 100..=999 {
            let kind = match status {
                200..=299 => ReplyErrorKind::Unreadable,
                _ => ReplyErrorKind::Http,
            };
            assert_eq!(bare(status).kind(), kind, "{status}");
        }
    }

    #[test]
    fn only_a_gateways_refusal_proves_that_nothing_was_done() {
        for status in 100..=999 {
            let expect = match status {
                400 | 401 | 403 | 404 | 405 | 407 | 411 | 413 | 414 | 415 | 429 | 431 => {
                    Outcome::NothingDone
                }
                _ => Outcome::Unclear,
            };
            assert_eq!(bare(status).outcome(), expect, "{status}");
        }
        // A status proves nothing where something of an envelope was there.
        for kind in [
            ReplyErrorKind::Refused,
            ReplyErrorKind::Unreadable,
            ReplyErrorKind::Incomplete,
            ReplyErrorKind::Tampered,
        ] {
            assert_eq!(error(kind, 404, None).outcome(), Outcome::Unclear);
        }
        let refused = |code| error(ReplyErrorKind::Refused, 200, Some(code)).outcome();
        assert_eq!(refused("112"), Outcome::NothingDone);
        assert_eq!(refused("9999"), Outcome::Unclear);
        // Nobody knows who wrote the code.
        let forged = error(ReplyErrorKind::Tampered, 200, Some("112"));
        assert_eq!(forged.outcome(), Outcome::Unclear);
        assert!(forged.is_tampering());
        let contradiction = ReplyError::contradiction::<Create>(receipt(404, Some("200")));
        assert_eq!(contradiction.outcome(), Outcome::Unclear);
        assert!(!contradiction.is_tampering());
    }

    #[test]
    fn what_to_do_next() {
        let check = |status: u16, expect: Advice| {
            assert_eq!(bare(status).advice(), expect, "{status}");
        };
        check(200, Advice::Retry);
        check(302, Advice::GiveUp);
        check(400, Advice::GiveUp);
        check(401, Advice::Reauthenticate);
        check(403, Advice::FixAccount);
        check(404, Advice::GiveUp);
        check(407, Advice::FixAccount);
        check(408, Advice::Retry);
        check(425, Advice::Retry);
        check(429, Advice::SlowDown);
        check(500, Advice::Retry);
        check(599, Advice::Retry);
        check(600, Advice::GiveUp);
        let advice = |kind, code| error(kind, 200, code).advice();
        assert_eq!(
            advice(ReplyErrorKind::Refused, Some("112")),
            Advice::FixAccount
        );
        assert_eq!(advice(ReplyErrorKind::Refused, None), Advice::GiveUp);
        assert_eq!(
            advice(ReplyErrorKind::Incomplete, Some("200")),
            Advice::Retry
        );
        assert_eq!(
            advice(ReplyErrorKind::Tampered, Some("112")),
            Advice::GiveUp
        );
    }

    #[test]
    fn one_line_says_who_said_what_and_what_it_means() {
        let check = |error: ReplyError, expect: &str| {
            let said = error.to_string();
            assert_eq!(
                said.strip_prefix("qcc radar_ext/createReport: "),
                Some(expect)
            );
        };
        let words = |text: &str| Some(text.to_owned());
        let refused = |code| error(ReplyErrorKind::Refused, 200, code);
        let meaning = refused(Some("112")).info().expect("a known code").en;
        check(
            refused(Some("112")).with_vendor_text(words("欠费")),
            &format!("code 112 “欠费” — {meaning}"),
        );
        check(refused(Some("112")), &format!("code 112 — {meaning}"));
        check(
            refused(Some("9999")),
            "code 9999 — a code that is in no table that we know",
        );
        check(refused(None), "refused without a code");
        check(bare(502), "HTTP 502 Bad Gateway");
        check(
            bare(599).with_vendor_text(words("later")),
            "HTTP 599 “later”",
        );
        check(bare(200), "unreadable reply (HTTP 200)");
        check(
            error(ReplyErrorKind::Incomplete, 200, Some("200")).with_detail("no orderNo"),
            "incomplete reply: no orderNo",
        );
        // It was no success, and its code is not explained as one.
        check(
            ReplyError::contradiction::<Create>(receipt(404, Some("200"))),
            "unreadable reply (HTTP 404): the envelope says success and HTTP says failure",
        );
        check(
            error(ReplyErrorKind::Tampered, 200, Some("112")).with_detail("the key"),
            "the reply may have been tampered with: the key",
        );
    }

    #[test]
    fn what_a_host_keeps_of_an_error() {
        let error = error(ReplyErrorKind::Refused, 200, Some("112"))
            .with_vendor_text(Some("欠费".to_owned()));
        assert_eq!(error.kind(), ReplyErrorKind::Refused);
        assert_eq!(
            (error.vendor(), error.exchange()),
            (Vendor::Qcc, Create::NAME)
        );
        assert_eq!(error.code().map(Code::as_str), Some("112"));
        assert_eq!(error.vendor_text(), Some("欠费"));
        assert_eq!(error.receipt(), &receipt(200, Some("112")));
        assert_eq!(bare(502).vendor_text(), None);
    }

    #[test]
    fn a_request_that_http_cannot_carry_names_no_value() {
        let error = Create.request(&(), Timestamp::EPOCH).expect_err("a space");
        assert_eq!(
            error.to_string(),
            "the radar_ext/createReport request cannot be built: invalid uri character"
        );
    }
}
