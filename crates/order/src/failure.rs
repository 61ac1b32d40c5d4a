//! What went wrong with a call or a download, as far as the order cares.

use jindiao_codes::Outcome;
use jindiao_protocol::{Advice, Code, Delivery, ReplyError, Vendor};
use jindiao_words::{Message, Say, say};
use serde::{Deserialize, Serialize};

use crate::again;

/// A call that did not bring what it was made for.
///
/// Its serialised form is for hosts that journal what they hear; it holds no secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    pub(crate) delivery: Delivery,
    pub(crate) outcome: Outcome,
    pub(crate) advice: Advice,
    pub(crate) refusal: Refusal,
    is_tampering: bool,
}

impl Failure {
    /// Nothing was answered: what is known is only whether the request may have left.
    ///
    /// `text` is one line for people, without secrets.
    pub fn unanswered(
        vendor: Vendor,
        exchange: &str,
        delivery: Delivery,
        text: impl Into<String>,
    ) -> Self {
        let outcome = match delivery {
            Delivery::NeverSent => Outcome::NothingDone,
            Delivery::MaybeSent | Delivery::Answered => Outcome::Unclear,
        };
        Self {
            delivery,
            outcome,
            advice: Advice::Retry,
            refusal: Refusal {
                vendor,
                exchange: exchange.to_owned(),
                code: None,
                http_status: None,
                serial: None,
                text: text.into(),
            },
            is_tampering: false,
        }
    }

    /// The vendor answered with something else than success.
    pub fn answered(error: &ReplyError) -> Self {
        let receipt = error.receipt();
        let is_tampering = error.is_tampering();
        let text = if is_tampering {
            say!(
                "{error}; nothing of it was used, and the report is not lost: it is asked for again. If this comes back, somebody on the way may change replies: ask from another network",
                error
            )
            .to_string()
        } else {
            error.to_string()
        };
        Self {
            delivery: Delivery::Answered,
            outcome: error.outcome(),
            advice: if is_tampering {
                // A second reading of a reply that looks forged is worth having.
                Advice::Retry
            } else {
                error.advice()
            },
            refusal: Refusal {
                vendor: error.vendor(),
                exchange: error.exchange().to_owned(),
                // A forged code says nothing.
                code: receipt.code.clone().filter(|_| !is_tampering),
                http_status: Some(receipt.http_status),
                serial: receipt.serial.clone(),
                text,
            },
            is_tampering,
        }
    }

    /// The same about an order whose own call was not made for it: nothing can have been charged.
    /// For what must go right before the call, such as getting a token. What a vendor says there it
    /// says of the account: no order is refused or given up for it.
    #[must_use]
    pub fn before_the_call(self) -> Self {
        let advice = match self.advice {
            Advice::Proceed | Advice::FixRequest | Advice::GiveUp => Advice::FixAccount,
            other => other,
        };
        Self {
            delivery: Delivery::NeverSent,
            outcome: Outcome::NothingDone,
            advice,
            ..self
        }
    }

    /// The same with other advice.
    #[must_use]
    pub fn with_advice(self, advice: Advice) -> Self {
        Self { advice, ..self }
    }

    /// The same with more words for people, without secrets.
    #[must_use]
    pub fn with_remark(mut self, remark: &str) -> Self {
        self.refusal.text.push_str("; ");
        self.refusal.text.push_str(remark);
        self
    }

    /// Whether somebody else than the vendor may have written or changed the answer.
    pub fn is_tampering(&self) -> bool {
        self.is_tampering
    }

    /// Whether the request may have left.
    pub fn delivery(&self) -> Delivery {
        self.delivery
    }

    /// Whether the vendor surely did nothing, so that nothing can have been charged.
    pub fn is_surely_nothing(&self) -> bool {
        self.outcome == Outcome::NothingDone
    }

    /// What to do about it.
    pub fn advice(&self) -> Advice {
        self.advice
    }

    /// What the vendor said, for the books and for people.
    pub fn refusal(&self) -> &Refusal {
        &self.refusal
    }
}

/// What a vendor said instead of doing what it was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// Who said it.
    pub vendor: Vendor,
    /// To which exchange.
    pub exchange: String,
    /// The vendor's code, if it gave one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<Code>,
    /// The HTTP status, if there was an answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub http_status: Option<u16>,
    /// The vendor's serial for support tickets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub serial: Option<String>,
    /// One line for people, without secrets.
    pub text: String,
}

/// What was kept of it, said again.
impl Say for Refusal {
    fn say(&self) -> Message {
        again(&self.text)
    }
}

/// A download that did not bring the report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DownloadFailure {
    /// What is wrong.
    pub problem: DownloadProblem,
    /// One line for people, without the signed part of the link.
    pub text: String,
}

/// What can be wrong with a download, as far as the order cares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DownloadProblem {
    /// The link is dead, or leads to something that is no report of the expected kind.
    LinkDead,
    /// The network or the server broke off; the same link may be tried again.
    Interrupted,
    /// The file cannot be written here: disk full, folder read-only.
    Disk,
    /// A setting stands in the way: an address that is refused, a file that is too large.
    Forbidden,
}
