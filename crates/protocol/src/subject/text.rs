//! Texts that are checked where they enter.

use super::SubjectError;

/// Makes a checked text: `from_str` is the only way in, `as_str` the way out.
macro_rules! checked_text {
    ($(#[$doc:meta])* $name:ident, |$text:ident| $check:expr) => {
        $(#[$doc])*
        #[derive(
            Clone, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
        )]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The text, as it goes to the vendor.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::SubjectError;

            fn from_str($text: &str) -> Result<Self, Self::Err> {
                $check.map(Self)
            }
        }

        impl TryFrom<String> for $name {
            type Error = $crate::SubjectError;

            fn try_from(text: String) -> Result<Self, Self::Error> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(value: $name) -> Self {
                value.0
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(concat!(stringify!($name), "(…)"))
            }
        }
    };
}
pub(super) use checked_text;

/// Without the white space and byte-order marks that spreadsheets leave around values.
pub(super) fn tidy(text: &str) -> &str {
    text.trim_matches(|c: char| c.is_whitespace() || matches!(c, '\u{feff}' | '\u{200b}'))
}

/// 1 to `most` characters, all of them `allowed`.
pub(super) fn token(
    text: &str,
    most: usize,
    allowed: impl Fn(u8) -> bool,
) -> Result<String, SubjectError> {
    let text = tidy(text);
    if text.is_empty() {
        Err(SubjectError::Empty)
    } else if text.len() > most {
        Err(SubjectError::TooLong { most })
    } else if !text.bytes().all(allowed) {
        Err(SubjectError::Character)
    } else {
        Ok(text.to_owned())
    }
}
