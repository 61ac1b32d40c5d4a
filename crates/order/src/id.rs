//! The short name of an order.

use std::fmt;
use std::str::FromStr;

use jindiao_words::{Message, Say, say};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::Fingerprint;

/// A short name for an order: 12 characters that no two requests share in practice (60 bits).
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct OrderId(String);

impl OrderId {
    /// Crockford's base 32: nothing that is mistaken for something else when read aloud.
    const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
    const LEN: usize = 12;

    pub(crate) fn derive(fingerprint: &Fingerprint, round: u32) -> Self {
        let digest = Sha256::new()
            .chain_update(fingerprint.as_bytes())
            .chain_update(round.to_be_bytes())
            .finalize();
        Self(
            digest
                .iter()
                .take(Self::LEN)
                .map(|byte| char::from(Self::ALPHABET[usize::from(byte % 32)]))
                .collect(),
        )
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// A number from 0 to 999 that spreads orders without chance.
    pub(crate) fn spread(&self) -> u32 {
        let sum = self.0.bytes().fold(0u32, |sum, b| {
            sum.wrapping_mul(31).wrapping_add(u32::from(b))
        });
        sum % 1000
    }
}

impl FromStr for OrderId {
    type Err = NoOrderId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::try_from(text.to_owned())
    }
}

impl TryFrom<String> for OrderId {
    type Error = NoOrderId;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let is_id =
            text.len() == Self::LEN && text.bytes().all(|byte| Self::ALPHABET.contains(&byte));
        is_id.then_some(Self(text)).ok_or(NoOrderId)
    }
}

impl From<OrderId> for String {
    fn from(id: OrderId) -> Self {
        id.0
    }
}

/// The text is no order's id: 12 digits and small letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.say())]
pub struct NoOrderId;

impl Say for NoOrderId {
    fn say(&self) -> Message {
        say!("not the id of an order: 12 digits and small letters")
    }
}

impl fmt::Display for OrderId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_twelve_characters_of_the_alphabet() {
        for bad in [
            "",
            "../../../../a",
            "0123456789a",
            "0123456789abc",
            "0123456789AB",
            "0123456789ai",
        ] {
            assert_eq!(bad.parse::<OrderId>(), Err(NoOrderId), "{bad}");
        }
        let id: OrderId = "0123456789ab".parse().expect("an id");
        assert_eq!(id.as_str(), "0123456789ab");
        assert_eq!(format!("{id:>14}"), "  0123456789ab");
        assert_eq!(String::from(id), "0123456789ab");
    }
}
