//! QCC: the headers `Token` and `Timespan` (QCC-2018, QCC-2023).

use core::fmt;

use crate::digest::HexDigest;
use crate::secret::{Form, secrets};

secrets! {
    /// The `key`: it identifies the account and travels in the query of every request.
    AppKey = "QCC key", Form::Any;
    /// The `SecretKey`: it is only ever hashed, never sent.
    SecretKey = "QCC SecretKey", Form::Any;
}

/// Both headers for a request made at `unix_seconds`.
///
/// Sign every attempt anew: no document says for how long a signature is good, code 115 says that
/// it expires. Does not allocate.
pub fn sign(key: &AppKey, secret: &SecretKey, unix_seconds: i64) -> Signature {
    let timespan = Timespan::from_unix_seconds(unix_seconds);
    Signature {
        token: digest(key, timespan.as_bytes(), secret),
        timespan,
    }
}

/// The `Token` alone: upper-case hexadecimal MD5 of key, timespan (Unix seconds in decimal) and
/// secret, with nothing between them. Does not allocate.
pub fn token(key: &AppKey, timespan: i64, secret: &SecretKey) -> Token {
    digest(
        key,
        Timespan::from_unix_seconds(timespan).as_bytes(),
        secret,
    )
}

/// Whether `token` signs `timespan` as it was received, whatever the letter case; in constant
/// time. For servers that play the vendor: whether the time is still good is theirs to say.
pub fn verify(key: &AppKey, timespan: &str, secret: &SecretKey, token: &str) -> bool {
    digest(key, timespan.as_bytes(), secret).0.matches(token)
}

fn digest(key: &AppKey, timespan: &[u8], secret: &SecretKey) -> Token {
    let (key, secret) = (key.expose().as_bytes(), secret.expose().as_bytes());
    Token(HexDigest::of([key, timespan, secret]))
}

/// The two headers of one request, which belong together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Signature {
    /// The header `Token`.
    pub token: Token,
    /// The header `Timespan`.
    pub timespan: Timespan,
}

/// The header `Token`: 32 upper-case hexadecimal digits. `Debug` prints `[redacted]`, because it
/// can be replayed within its life.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Token(HexDigest);

impl Token {
    /// The text for the header.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The header `Timespan`: Unix time in seconds, as decimal text.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Timespan {
    digits: [u8; Self::MAX],
    start: usize,
}

impl Timespan {
    /// `i64::MIN` has 19 digits and a sign.
    const MAX: usize = 20;

    /// The text of `seconds` since 1970-01-01 00:00 UTC.
    pub fn from_unix_seconds(seconds: i64) -> Self {
        let mut digits = [b'0'; Self::MAX];
        let mut start = Self::MAX;
        let mut rest = seconds.unsigned_abs();
        // Two digits at a time, which halves the divisions.
        for pair in digits.as_chunks_mut().0.iter_mut().rev() {
            *pair = PAIRS[(rest % 100) as usize];
            start -= 2;
            rest /= 100;
            if rest == 0 {
                break;
            }
        }
        // Of the first pair the last digit stays, also where it is a zero.
        if digits[start] == b'0' {
            start += 1;
        }
        if seconds < 0 {
            start -= 1;
            digits[start] = b'-';
        }
        Self { digits, start }
    }

    /// The text for the header.
    pub fn as_str(&self) -> &str {
        core::str::from_utf8(self.as_bytes()).expect("digits and a sign are ASCII")
    }

    fn as_bytes(&self) -> &[u8] {
        &self.digits[self.start..]
    }
}

impl fmt::Debug for Timespan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The digits of each number below a hundred.
const PAIRS: [[u8; 2]; 100] = {
    let mut pairs = [*b"00"; 100];
    let mut number = 0;
    while number < pairs.len() {
        pairs[number] = [b'0' + (number / 10) as u8, b'0' + (number % 10) as u8];
        number += 1;
    }
    pairs
};

#[cfg(test)]
mod tests {
    use alloc::format;
    use alloc::string::ToString as _;

    use super::*;
    use proptest::prelude::*;

    fn credentials(key: &str, secret: &str) -> (AppKey, SecretKey) {
        let key = AppKey::new(key).expect("a key");
        (key, SecretKey::new(secret).expect("a secret"))
    }

    #[test]
    fn a_timespan_at_the_edges() {
        for seconds in [0, 9, 10, 99, 100, -1, -10, i64::MIN, i64::MAX] {
            let timespan = Timespan::from_unix_seconds(seconds);
            assert_eq!(timespan.as_str(), seconds.to_string());
        }
    }

    proptest! {
        #[test]
        fn a_timespan_is_the_decimal_text(seconds: i64) {
            let timespan = Timespan::from_unix_seconds(seconds);
            prop_assert_eq!(timespan.as_str(), seconds.to_string());
        }

        #[test]
        fn what_is_signed_verifies_in_any_case(key in "[!-~]{1,40}", secret in "[!-~]{1,40}", at: i64) {
            let (key, secret) = credentials(&key, &secret);
            let Signature { token, timespan } = sign(&key, &secret, at);
            prop_assert!(verify(&key, timespan.as_str(), &secret, token.as_str()));
            prop_assert!(verify(&key, timespan.as_str(), &secret, &token.as_str().to_lowercase()));
            prop_assert!(!verify(&key, timespan.as_str(), &secret, &token.as_str()[1..]));
            prop_assert_eq!(token, super::token(&key, at, &secret));
        }

        #[test]
        fn any_changed_digit_breaks_it(at in 0..=i64::MAX, position in 0usize..32) {
            let (key, secret) = credentials("FAKE-KEY", "FAKE-SECRET");
            let Signature { token, timespan } = sign(&key, &secret, at);
            let mut text = token.as_str().to_string();
            let other = if text.as_bytes()[position] == b'0' { "1" } else { "0" };
            text.replace_range(position..=position, other);
            prop_assert!(!verify(&key, timespan.as_str(), &secret, &text));
            prop_assert!(!verify(&key, &(at ^ 1).to_string(), &secret, token.as_str()));
        }
    }

    #[test]
    fn another_second_is_another_token() {
        let (key, secret) = credentials("FAKE-KEY", "FAKE-SECRET");
        assert_ne!(token(&key, 7, &secret), token(&key, 8, &secret));
    }

    #[test]
    fn the_token_is_not_shown() {
        let (key, secret) = credentials("FAKE-KEY", "FAKE-SECRET");
        let signature = sign(&key, &secret, 7);
        assert_eq!(
            format!("{signature:?}"),
            "Signature { token: [redacted], timespan: 7 }"
        );
    }
}
