//! The caller's serial, by which the vendor knows a repetition.

use std::fmt;

/// The header `seq`: the caller's serial, "the basis of the idempotence decision"
/// (ShowDoc 1865243955181250).
///
/// One `seq` stands for one wanted link: when an attempt is repeated it stays the same, so that
/// code 902 tells that an earlier attempt had arrived; for the next link it is a fresh one. How
/// long the vendor remembers a serial is in no document: never use one for two wishes.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Seq(String);

impl Seq {
    /// Takes a serial that the caller made.
    ///
    /// # Errors
    /// Where it is empty, longer than 64 bytes, or holds anything but visible ASCII.
    pub fn new(text: impl Into<String>) -> Result<Self, SeqError> {
        let text = text.into();
        let fits = (1..=64).contains(&text.len());
        if fits && text.bytes().all(|b| b.is_ascii_graphic()) {
            Ok(Self(text))
        } else {
            Err(SeqError)
        }
    }

    /// The serial of the `wanted`th link of `order`: always the same for the same two values.
    ///
    /// `order` must be the order's own id, not the record's number: two orders of one record are
    /// two wishes. The serial is a `J`, 16 hexadecimal digits that stand for `order`, an `N` and
    /// the number: letters and digits only, as in the vendor's samples.
    #[must_use]
    pub fn derive(order: &str, wanted: u32) -> Self {
        Self(format!("J{:016x}N{wanted}", fnv1a(order.as_bytes())))
    }

    /// The text, as it is on the wire.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The text is no serial.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SeqError;

impl fmt::Display for SeqError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a seq has 1 to 64 visible ASCII characters")
    }
}

impl std::error::Error for SeqError {}

/// FNV-1a with 64 bits: names orders apart, protects nothing.
fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_serial_is_short_visible_ascii() {
        assert!(Seq::new("N123456").is_ok());
        assert!(Seq::new("a".repeat(64)).is_ok());
        for bad in ["", "a b", "单号", "a\n", &"a".repeat(65)] {
            assert_eq!(Seq::new(bad), Err(SeqError), "{bad}");
        }
        let said = SeqError.to_string();
        assert_eq!(said, "a seq has 1 to 64 visible ASCII characters");
    }

    #[test]
    fn a_derived_serial_stays_what_it_is() {
        // Serials outlive a program in ledgers: the derivation may not change.
        assert_eq!(Seq::derive("", 0).as_str(), "Jcbf29ce484222325N0");
        assert_eq!(Seq::derive("foobar", 7).as_str(), "J85944171f73967e8N7");
    }

    proptest! {
        #[test]
        fn a_derived_serial_is_a_serial(order in ".{0,60}", wanted: u32) {
            let seq = Seq::derive(&order, wanted);
            prop_assert!(seq.as_str().bytes().all(|b| b.is_ascii_alphanumeric()));
            prop_assert_eq!(Seq::new(seq.as_str()), Ok(seq));
        }

        #[test]
        fn another_wish_has_another_serial(order in "[a-z0-9]{8}", other in "[a-z0-9]{8}", n: u32, m: u32) {
            prop_assert_eq!(
                Seq::derive(&order, n) == Seq::derive(&other, m),
                order == other && n == m
            );
        }
    }
}
