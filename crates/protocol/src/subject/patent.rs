//! A patent, by either of the two names that it can have.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::SubjectError;
use super::text::{checked_text, token};

/// A patent, by PatSnap's id or by its publication number.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Patent {
    /// By PatSnap's id.
    Id(PatentId),
    /// By its publication number.
    Number(PatentNumber),
}

impl Patent {
    /// The id or number.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Id(id) => id.as_str(),
            Self::Number(number) => number.as_str(),
        }
    }
}

impl fmt::Debug for Patent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Patent(…)")
    }
}

impl FromStr for Patent {
    type Err = SubjectError;

    /// Takes a UUID for an id and everything else for a number.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.parse() {
            Ok(id) => Ok(Self::Id(id)),
            Err(_) => text.parse().map(Self::Number),
        }
    }
}

checked_text! {
    /// PatSnap's `patent_id`, a UUID. Kept in lower case.
    PatentId, |text| {
        let text = token(text, 36, |b| b.is_ascii_hexdigit() || b == b'-')?;
        let is_uuid = text.len() == 36
            && text.bytes().enumerate().all(|(n, b)| (b == b'-') == matches!(n, 8 | 13 | 18 | 23));
        if is_uuid {
            Ok(text.to_ascii_lowercase())
        } else {
            Err(SubjectError::Character)
        }
    }
}

checked_text! {
    /// A publication number, e.g. `CN108977442B`: 1 to 64 letters, digits, `-`, `/` and `.`. Kept
    /// in upper case.
    PatentNumber, |text| {
        let allowed = |b: u8| b.is_ascii_alphanumeric() || b"-/.".contains(&b);
        token(text, 64, allowed).map(|text| text.to_ascii_uppercase())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patents_by_id_or_number() {
        let number = |text: &str| Patent::Number(text.parse().expect(text));
        assert_eq!("cn108977442b".parse(), Ok(number("CN108977442B")));
        let id = "C4C3D1B0-1111-4222-8333-444455556666";
        let patent: Patent = id.parse().expect("an id");
        assert_eq!(patent, Patent::Id(id.parse().expect("an id")));
        assert_eq!(patent.as_str(), id.to_ascii_lowercase());
        // Almost an id.
        for text in [
            "C4C3D1B0111142228333444455556666",
            "C4C3D1B-01111-4222-8333-444455556666",
            "C4C3D1B0-1111-4222-8333-44445555666G",
            "C4C3D1B0-1111-4222-8333-444455556666-0",
        ] {
            assert_eq!(text.parse(), Ok(number(text)), "{text}");
        }
        assert_eq!("CN 1".parse::<Patent>(), Err(SubjectError::Character));
        assert_eq!("".parse::<Patent>(), Err(SubjectError::Empty));
        let most = "9".repeat(64);
        assert_eq!(most.parse(), Ok(number(&most)));
        let error = Err(SubjectError::TooLong { most: 64 });
        assert_eq!("9".repeat(65).parse::<Patent>(), error);
    }

    #[test]
    fn what_is_read_back_is_checked_again() {
        let read = |json: &str| serde_json::from_str::<Patent>(json);
        let patent: Patent = "CN108977442B".parse().expect("a number");
        let text = serde_json::to_string(&patent).expect("json");
        assert_eq!(text, r#"{"number":"CN108977442B"}"#);
        assert_eq!(read(&text).expect("a patent"), patent);
        assert!(read(r#"{"number":"CN\u001b[2J"}"#).is_err());
        assert!(read(r#"{"id":"CN108977442B"}"#).is_err());
    }
}
