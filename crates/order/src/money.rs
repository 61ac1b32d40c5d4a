//! Money in whole fen.

use std::fmt;
use std::iter::Sum;
use std::ops::Add;
use std::str::FromStr;

use jindiao_words::{Message, Say, say};
use serde::{Deserialize, Serialize};

/// An amount in fen (分, a hundredth of a yuan). Addition saturates: a bill never wraps around.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Fen(u64);

impl Fen {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// So many fen.
    pub const fn new(fen: u64) -> Self {
        Self(fen)
    }

    /// The number of fen.
    pub const fn get(self) -> u64 {
        self.0
    }

    /// What is left of this amount after `other`; nothing if there is not enough.
    #[must_use]
    pub const fn minus(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }

    /// This amount `n` times.
    #[must_use]
    pub const fn times(self, n: u64) -> Self {
        Self(self.0.saturating_mul(n))
    }
}

impl Add for Fen {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl Sum for Fen {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self::ZERO, Add::add)
    }
}

impl fmt::Display for Fen {
    /// In yuan with two places, e.g. `12.30`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{}.{:02}", self.0 / 100, self.0 % 100))
    }
}

impl FromStr for Fen {
    type Err = FenError;

    /// Reads an amount in yuan: digits with at most two places behind a point.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        let (yuan, places) = text.split_once('.').unwrap_or((text, ""));
        let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
        if !digits(yuan)
            || !digits(places)
            || places.len() > 2
            || (yuan.is_empty() && places.is_empty())
        {
            return Err(FenError);
        }
        let yuan: u64 = if yuan.is_empty() {
            0
        } else {
            yuan.parse().map_err(|_| FenError)?
        };
        let fen: u64 = format!("{places:0<2}").parse().map_err(|_| FenError)?;
        yuan.checked_mul(100)
            .and_then(|f| f.checked_add(fen))
            .map(Self)
            .ok_or(FenError)
    }
}

/// The text is no amount in yuan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.say())]
pub struct FenError;

impl Say for FenError {
    fn say(&self) -> Message {
        say!("not an amount in yuan: write digits with at most two places, e.g. 12.50")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn yuan_are_read_exactly() {
        let check = |text: &str, fen: u64| assert_eq!(text.parse(), Ok(Fen(fen)), "{text}");
        check("0.10", 10);
        check("0.1", 10);
        check("12", 1200);
        check(".5", 50);
        check("12.", 1200);
        for bad in [
            "",
            ".",
            "-1",
            "+1",
            "1.+5",
            "0.001",
            "1,000",
            "1e3",
            "184467440737095516.16",
        ] {
            assert_eq!(bad.parse::<Fen>(), Err(FenError), "{bad}");
        }
    }

    #[test]
    fn a_bill_never_wraps_around() {
        let check = |sum: Fen, fen: u64| assert_eq!(sum.get(), fen);
        check(Fen(20) + Fen(22), 42);
        check(Fen(u64::MAX) + Fen(1), u64::MAX);
        check([Fen(1), Fen(2), Fen(3)].into_iter().sum(), 6);
        check([Fen(u64::MAX), Fen(1)].into_iter().sum(), u64::MAX);
        check(Fen(14).times(3), 42);
        check(Fen(u64::MAX).times(2), u64::MAX);
        check(Fen(44).minus(Fen(2)), 42);
        check(Fen(2).minus(Fen(44)), 0);
    }

    proptest! {
        #[test]
        fn text_round_trips(fen in any::<u64>()) {
            prop_assert_eq!(Fen(fen).to_string().parse(), Ok(Fen(fen)));
        }
    }
}
