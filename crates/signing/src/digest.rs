//! An MD5 of parts as 32 hexadecimal digits, without allocating.

use core::fmt;

use md5::{Digest as _, Md5};
use subtle::ConstantTimeEq as _;

/// Number of hexadecimal digits.
const LEN: usize = 32;
const DIGITS: &[u8; 16] = b"0123456789ABCDEF";

/// 32 upper-case hexadecimal digits on the stack.
#[derive(Clone, Copy)]
pub(crate) struct HexDigest([u8; LEN]);

impl HexDigest {
    /// The digest of the concatenated `parts`; nothing stands between them.
    pub(crate) fn of<const N: usize>(parts: [&[u8]; N]) -> Self {
        let mut md5 = Md5::new();
        for part in parts {
            md5.update(part);
        }
        let mut digits = [0; LEN];
        for (pair, byte) in digits.chunks_exact_mut(2).zip(md5.finalize()) {
            pair[0] = DIGITS[usize::from(byte >> 4)];
            pair[1] = DIGITS[usize::from(byte & 15)];
        }
        Self(digits)
    }

    pub(crate) fn as_str(&self) -> &str {
        core::str::from_utf8(&self.0).expect("hexadecimal digits are ASCII")
    }

    /// Whether `text` is this digest in any letter case, in constant time for texts of 32 bytes.
    pub(crate) fn matches(&self, text: &str) -> bool {
        let Ok(mut digits) = <[u8; LEN]>::try_from(text.as_bytes()) else {
            return false;
        };
        digits.make_ascii_uppercase();
        self.0.ct_eq(&digits).into()
    }
}

impl PartialEq for HexDigest {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl Eq for HexDigest {}

impl fmt::Debug for HexDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}
