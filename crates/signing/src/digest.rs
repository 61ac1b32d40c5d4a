//! An MD5 of parts as 32 hexadecimal digits, without allocating.

use core::fmt;

use md5::{Digest as _, Md5};
use subtle::ConstantTimeEq as _;

/// Number of hexadecimal digits.
const LEN: usize = 32;

/// 32 upper-case hexadecimal digits on the stack.
#[derive(Clone, Copy)]
pub(crate) struct HexDigest([u8; LEN]);

impl HexDigest {
    /// The digest of the concatenated `parts`; nothing stands between them.
    pub(crate) fn of<const N: usize>(parts: [&str; N]) -> Self {
        let mut md5 = Md5::new();
        for part in parts {
            md5.update(part.as_bytes());
        }
        let mut digits = [0; LEN];
        hex::encode_to_slice(md5.finalize(), &mut digits)
            .expect("32 digits hold the 16 bytes of an MD5");
        digits.make_ascii_uppercase();
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
