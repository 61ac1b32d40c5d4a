//! What went wrong, with what the vendor said about it.

use std::fmt;

use http::StatusCode;
use jindiao_codes::{Advice, Code, Info, Outcome, Vendor};

use crate::{Exchange, Receipt};

/// A request could not be built: a value cannot be carried by HTTP.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the {exchange} request cannot be built: {reason}")]
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

impl fmt::Display for ReplyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner {
            kind,
            vendor,
            exchange,
            receipt,
            vendor_text,
            detail,
        } = &*self.0;
        write!(f, "{vendor} {exchange}: ")?;
        match (kind, &receipt.code) {
            (ReplyErrorKind::Refused, Some(code)) => write!(f, "code {}", code.as_str())?,
            (ReplyErrorKind::Refused, None) => f.write_str("refused without a code")?,
            (ReplyErrorKind::Http, _) => {
                write!(f, "HTTP {}", receipt.http_status)?;
                let reason = StatusCode::from_u16(receipt.http_status)
                    .ok()
                    .and_then(|status| status.canonical_reason());
                if let Some(reason) = reason {
                    write!(f, " {reason}")?;
                }
            }
            (ReplyErrorKind::Unreadable, _) => {
                write!(f, "unreadable reply (HTTP {})", receipt.http_status)?;
            }
            (ReplyErrorKind::Incomplete, _) => f.write_str("incomplete reply")?,
            (ReplyErrorKind::Tampered, _) => {
                f.write_str("the reply may have been tampered with")?;
            }
        }
        if let Some(text) = vendor_text {
            write!(f, " “{text}”")?;
        }
        if let Some(detail) = detail {
            write!(f, ": {detail}")?;
        }
        match self.info() {
            // Whoever wrote it may have chosen the code, too.
            _ if *kind == ReplyErrorKind::Tampered => {}
            Some(info) => write!(f, " — {}", info.en)?,
            None if receipt.code.is_some() && *kind == ReplyErrorKind::Refused => {
                f.write_str(" — a code that is in no table that we know")?;
            }
            None => {}
        }
        Ok(())
    }
}

impl std::error::Error for ReplyError {}
