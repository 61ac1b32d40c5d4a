//! Whether an exchange may be repeated, and whether an attempt left the machine.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What repeating an exchange does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// May be repeated at will. The vendor may still count each call.
    Read,
    /// Repeating may cost money again.
    Charge,
}

/// What is known of one attempt of an exchange.
///
/// `NeverSent` is a promise, not a guess: it is said only when no byte of the request can have
/// reached the vendor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Delivery {
    /// The request surely never left: nothing can have been charged.
    NeverSent,
    /// The request may have arrived, and no answer was read.
    MaybeSent,
    /// The vendor answered, whatever the answer says.
    Answered,
}

impl fmt::Display for Effect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Read => "read",
            Self::Charge => "charge",
        })
    }
}

impl fmt::Display for Delivery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NeverSent => "never sent",
            Self::MaybeSent => "maybe sent",
            Self::Answered => "answered",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_people_and_of_ledgers() {
        fn check(value: impl fmt::Display + Serialize, shown: &str, written: &str) {
            assert_eq!(value.to_string(), shown);
            assert_eq!(serde_json::to_string(&value).expect("json"), written);
        }
        check(Effect::Read, "read", r#""read""#);
        check(Effect::Charge, "charge", r#""charge""#);
        check(Delivery::NeverSent, "never sent", r#""never_sent""#);
        check(Delivery::MaybeSent, "maybe sent", r#""maybe_sent""#);
        check(Delivery::Answered, "answered", r#""answered""#);
    }
}
