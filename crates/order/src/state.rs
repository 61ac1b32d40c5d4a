//! Where an order stands.

use std::fmt;
use std::str::FromStr;

use jindiao_protocol::{Link, Timestamp};
use jindiao_words::{Message, Say, say};
use serde::{Deserialize, Serialize};

use crate::Refusal;

/// The states of an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum State {
    /// Wanted, and surely not ordered.
    Planned {
        /// When to try.
        due: Timestamp,
        /// How often it was tried in vain in this run.
        tries: u32,
    },
    /// An intent to order is durable; the call may have been made.
    Ordering {
        /// Who may call, until when.
        intent: Intent,
        /// How often it was tried in vain before.
        tries: u32,
        /// Whether the call is still to be made. Never written: whoever reads the order from a
        /// ledger must not call.
        #[serde(skip)]
        may_call: bool,
    },
    /// The vendor took the order.
    Ordered {
        /// The vendor's reference.
        placement: Placement,
    },
    /// The vendor is asked now and then whether the report is ready.
    Waiting {
        /// The vendor's reference.
        placement: Placement,
        /// Since when this run waits.
        since: Timestamp,
        /// When to ask next.
        due: Timestamp,
        /// How many answers this order was asked for: makes the serial of the next one.
        asks: u32,
        /// How often in a row it was asked in vain.
        misses: u32,
    },
    /// There is a link, and no file yet.
    Ready {
        /// The vendor's reference.
        placement: Placement,
        /// Where the report is.
        link: Link,
        /// How many answers this order was asked for.
        asks: u32,
        /// How often the download was tried in vain.
        tries: u32,
        /// When to try.
        due: Timestamp,
    },
    /// The report is here.
    Stored {
        /// The vendor's reference.
        placement: Placement,
        /// The file.
        report: StoredReport,
        /// When it was stored.
        at: Timestamp,
    },
    /// Money may have been or was spent and only a person can say how to go on.
    Uncertain {
        /// What the person must answer.
        question: Question,
        /// The vendor's reference, where the order is known to be placed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        placement: Option<Placement>,
        /// What happened, in one line.
        note: String,
        /// When.
        at: Timestamp,
    },
    /// The vendor said no, and surely did nothing.
    Refused {
        /// What it said.
        refusal: Refusal,
        /// When.
        at: Timestamp,
    },
    /// There will be no report.
    Failed {
        /// Why, in one line.
        reason: String,
        /// Whether a person gave it up.
        abandoned: bool,
        /// The vendor's reference, where the order was placed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        placement: Option<Placement>,
        /// When.
        at: Timestamp,
    },
    /// The account needs attention before this order can go on.
    Held {
        /// What the vendor said.
        refusal: Refusal,
        /// Where the order goes on: `Planned` or `Waiting`.
        resume: Box<State>,
        /// When.
        at: Timestamp,
    },
}

impl State {
    /// Its name.
    pub fn name(&self) -> StateName {
        match self {
            Self::Planned { .. } => StateName::Planned,
            Self::Ordering { .. } => StateName::Ordering,
            Self::Ordered { .. } => StateName::Ordered,
            Self::Waiting { .. } => StateName::Waiting,
            Self::Ready { .. } => StateName::Ready,
            Self::Stored { .. } => StateName::Stored,
            Self::Uncertain { .. } => StateName::Uncertain,
            Self::Refused { .. } => StateName::Refused,
            Self::Failed { .. } => StateName::Failed,
            Self::Held { .. } => StateName::Held,
        }
    }

    /// Whether nothing moves it on but a person.
    pub fn is_settled(&self) -> bool {
        matches!(
            self,
            Self::Stored { .. }
                | Self::Uncertain { .. }
                | Self::Refused { .. }
                | Self::Failed { .. }
        )
    }
}

macro_rules! state_names {
    ($($(#[$doc:meta])* $variant:ident = $text:literal,)*) => {
        /// The name of a state.
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
        )]
        #[serde(rename_all = "snake_case")]
        pub enum StateName {
            $($(#[$doc])* $variant,)*
        }

        impl StateName {
            /// All names, in the order of an order's life.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The text that commands and tables use.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)*
                }
            }
        }

        impl Say for StateName {
            fn say(&self) -> Message {
                match self {
                    $(Self::$variant => say!($text),)*
                }
            }
        }

        impl FromStr for StateName {
            type Err = UnknownState;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                match text.trim().to_ascii_lowercase().as_str() {
                    $($text => Ok(Self::$variant),)*
                    _ => Err(UnknownState),
                }
            }
        }
    };
}

state_names! {
    /// [`State::Planned`].
    Planned = "planned",
    /// [`State::Ordering`].
    Ordering = "ordering",
    /// [`State::Ordered`].
    Ordered = "ordered",
    /// [`State::Waiting`].
    Waiting = "waiting",
    /// [`State::Ready`].
    Ready = "ready",
    /// [`State::Stored`].
    Stored = "stored",
    /// [`State::Uncertain`].
    Uncertain = "uncertain",
    /// [`State::Refused`].
    Refused = "refused",
    /// [`State::Failed`].
    Failed = "failed",
    /// [`State::Held`].
    Held = "held",
}

impl fmt::Display for StateName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// The text names no state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.say())]
pub struct UnknownState;

impl Say for UnknownState {
    fn say(&self) -> Message {
        say!(
            "no such state; there are planned, ordering, ordered, waiting, ready, stored, uncertain, refused, failed and held"
        )
    }
}

/// That an order is with the vendor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Placement {
    /// The vendor's reference: QCC `orderNo`, PatSnap `job_id`, Yibeidiao `recordNo`; none for a
    /// product that is answered with the link at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// When the vendor took it.
    pub at: Timestamp,
}

/// The right to make one charging call: only the process that wrote it, once, and soon.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Intent {
    /// Who may call.
    pub fence: Fence,
    /// When the intent was written.
    pub written: Timestamp,
    /// From when on nobody may call.
    pub expires: Timestamp,
}

/// Who wrote an intent: one run of one process, and one intent of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fence {
    /// The incarnation of the process, unique among all that ever ran.
    pub incarnation: String,
    /// Unique within the incarnation.
    pub nonce: u64,
}

/// What a person is asked about an uncertain order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Question {
    /// The call may have arrived and no answer was read: does the vendor have the order?
    WasItPlaced,
    /// The call was charged and its link is dead or unusable: is it worth a second charge?
    OrderAgain,
}

/// A report on disk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredReport {
    /// The file's path below the output folder, with `/` between its parts.
    pub file: String,
    /// Its size in bytes.
    pub size: u64,
    /// Its SHA-256 digest in hex.
    pub sha256: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn state_names_round_trip() {
        for name in StateName::ALL {
            assert_eq!(name.as_str().parse(), Ok(*name));
            assert_eq!(name.to_string(), name.as_str());
            assert!(UnknownState.to_string().contains(name.as_str()));
        }
    }
}
