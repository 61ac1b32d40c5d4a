//! An MD5 of parts as 32 hexadecimal digits, without allocating.

use core::fmt;

use md5::block_api::compress;
use md5::{Digest as _, Md5};
use subtle::ConstantTimeEq as _;
use zeroize::zeroize_bytes;

/// Number of hexadecimal digits.
const LEN: usize = 32;
/// Two blocks of MD5: what the vendors have signed is as long, with the padding.
const ROOM: usize = 128;

/// 32 upper-case hexadecimal digits on the stack.
#[derive(Clone, Copy)]
pub(crate) struct HexDigest([u8; LEN]);

impl HexDigest {
    /// The digest of the concatenated `parts`; nothing stands between them.
    pub(crate) fn of<const N: usize>(parts: [&[u8]; N]) -> Self {
        let digest = of_short(&parts).unwrap_or_else(|| of_long(&parts));
        let mut digits = [0; LEN];
        for (pair, byte) in digits.as_chunks_mut().0.iter_mut().zip(digest) {
            *pair = [byte >> 4, byte & 15];
        }
        for digit in &mut digits {
            *digit += if *digit < 10 { b'0' } else { b'A' - 10 };
        }
        Self(digits)
    }

    pub(crate) fn as_str(&self) -> &str {
        core::str::from_utf8(&self.0).expect("hexadecimal digits are ASCII")
    }

    /// Whether `text` is this digest in any letter case, in constant time for texts of 32 bytes.
    pub(crate) fn matches(&self, text: &str) -> bool {
        let Ok(digits) = <[u8; LEN]>::try_from(text.as_bytes()) else {
            return false;
        };
        words(self.0)
            .ct_eq(&words(digits.map(|digit| digit.to_ascii_uppercase())))
            .into()
    }
}

impl PartialEq for HexDigest {
    fn eq(&self, other: &Self) -> bool {
        words(self.0).ct_eq(&words(other.0)).into()
    }
}

impl Eq for HexDigest {}

impl fmt::Debug for HexDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

/// The digits as four numbers: comparing these takes constant time, too, and less of it.
fn words(digits: [u8; LEN]) -> [u64; 4] {
    let (words, _) = digits.as_chunks();
    [words[0], words[1], words[2], words[3]].map(u64::from_le_bytes)
}

/// The MD5 of what fits into two blocks: laid out and compressed at once, which spares the buffer
/// between parts and blocks, and zeroing that a byte at a time.
fn of_short<const N: usize>(parts: &[&[u8]; N]) -> Option<[u8; LEN / 2]> {
    let len = parts.iter().map(|part| part.len()).sum::<usize>();
    // A bit marks the end, and the last eight bytes are the length in bits (RFC 1321, section 3).
    if len + 9 > ROOM {
        return None;
    }
    let padded = if len + 9 <= 64 { 64 } else { ROOM };
    let mut room = [0; ROOM];
    let mut rest = &mut room[..];
    for part in parts {
        let (here, behind) = rest.split_at_mut(part.len());
        here.copy_from_slice(part);
        rest = behind;
    }
    rest[0] = 0x80;
    room[padded - 8..padded].copy_from_slice(&(len as u64 * 8).to_le_bytes());
    let mut state = [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476];
    compress(&mut state, room[..padded].as_chunks().0);
    zeroize_bytes(&mut room);

    let mut digest = [0; LEN / 2];
    for (bytes, word) in digest.as_chunks_mut().0.iter_mut().zip(state) {
        *bytes = word.to_le_bytes();
    }
    Some(digest)
}

fn of_long(parts: &[&[u8]]) -> [u8; LEN / 2] {
    let mut md5 = Md5::new();
    for part in parts {
        md5.update(part);
    }
    md5.finalize().into()
}

#[cfg(test)]
mod tests {
    use alloc::format;
    use alloc::string::String;
    use alloc::vec::Vec;

    use super::*;
    use proptest::prelude::*;

    fn hexed(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02X}")).collect()
    }

    #[test]
    fn every_length_around_the_two_blocks() {
        let text = [b'x'; 2 * ROOM];
        for len in 0..text.len() {
            let (parts, at) = (&text[..len], len / 3);
            let (head, tail) = parts.split_at(at);
            assert_eq!(
                HexDigest::of([head, tail]).as_str(),
                hexed(&of_long(&[parts])),
                "{len}"
            );
            assert_eq!(of_short(&[head, tail]).is_some(), len <= 119, "{len}");
        }
    }

    proptest! {
        #[test]
        fn any_parts_are_digested_as_one(parts: [Vec<u8>; 3]) {
            let slices = parts.each_ref().map(Vec::as_slice);
            let whole = hexed(&of_long(&[&parts.concat()]));
            let digest = HexDigest::of(slices);
            prop_assert_eq!(digest.as_str(), whole);
        }
    }
}
