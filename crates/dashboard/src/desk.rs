//! A person's decision: who writes it down, and how the page sends it and is told of it.

use std::fmt;

use jindiao_order::{OrderId, StateName};
use serde::{Deserialize, Serialize};

/// Who writes decisions down: the page itself writes nothing.
pub trait Desk: Send + Sync + 'static {
    /// Writes a person's decision about an order into the ledger, as `jindiao resolve` does. It
    /// may block.
    ///
    /// # Errors
    /// If another process writes the ledger, or the decision does not fit; then nothing changed.
    fn settle(&self, order: &OrderId, decision: &Decision) -> Result<Settled, Unsettled>;
}

/// A person's decision about an uncertain order.
#[derive(Clone, PartialEq, Eq)]
pub enum Decision {
    /// The vendor has it: its reference there, or the link to the file.
    Placed(String),
    /// The vendor does not have it, or it shall be ordered again.
    NotPlaced,
    /// It is given up.
    Abandon,
}

/// The reference may be a link, which is told to nobody.
impl fmt::Debug for Decision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Placed(_) => "Placed([redacted])",
            Self::NotPlaced => "NotPlaced",
            Self::Abandon => "Abandon",
        })
    }
}

/// A decision was written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settled {
    /// How the order stands now.
    pub state: StateName,
}

/// Why a decision was not written down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unsettled {
    /// Another process writes the ledger.
    InUse {
        /// What it says about itself.
        holder: String,
    },
    /// The decision does not fit the order, or the ledger cannot be written: why, in a line.
    Refused(String),
}

/// A decision as the page sends it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Sent {
    pub(crate) order: OrderId,
    verdict: Verdict,
    #[serde(default)]
    reference: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Verdict {
    Placed,
    NotPlaced,
    Abandon,
}

impl Sent {
    pub(crate) fn decision(&self) -> Decision {
        match self.verdict {
            Verdict::Placed => Decision::Placed(self.reference.trim().to_owned()),
            Verdict::NotPlaced => Decision::NotPlaced,
            Verdict::Abandon => Decision::Abandon,
        }
    }
}

/// What the page is told of it.
#[derive(Serialize)]
#[serde(rename_all = "snake_case", tag = "result")]
pub(crate) enum Told {
    Settled { state: &'static str },
    InUse { holder: String },
    Refused { reason: String },
}

impl From<Result<Settled, Unsettled>> for Told {
    fn from(settled: Result<Settled, Unsettled>) -> Self {
        match settled {
            Ok(Settled { state }) => Self::Settled {
                state: state.as_str(),
            },
            Err(Unsettled::InUse { holder }) => Self::InUse { holder },
            Err(Unsettled::Refused(reason)) => Self::Refused { reason },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decision_is_told_to_nobody() {
        let decision = Decision::Placed("https://a.example/?sign=SECRET".to_owned());
        assert_eq!(format!("{decision:?}"), "Placed([redacted])");
    }
}
