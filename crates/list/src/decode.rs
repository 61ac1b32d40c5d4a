//! From the bytes of a file to text, whatever program wrote it.

use encoding_rs::{Encoding, GB18030, UTF_8};

/// The text, and a note on how it was read where that is not obvious.
type Decoded = (String, Option<&'static str>);

/// Lines (counted from 1; `None` for the whole file) and what is wrong with them.
type Undecodable = Vec<(Option<u64>, String)>;

/// Reads UTF-8 with or without a byte-order mark, UTF-16 with one, else GB18030 (and GBK and
/// GB2312, which are parts of it).
pub(crate) fn decode(bytes: &[u8]) -> Result<Decoded, Undecodable> {
    if bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"\xd0\xcf\x11\xe0") {
        let message = "this is a workbook, not a CSV file: save it as \"CSV UTF-8\" in the spreadsheet program";
        return Err(vec![(None, message.to_owned())]);
    }
    match Encoding::for_bom(bytes) {
        Some((encoding, mark)) if encoding == UTF_8 => utf_8(&bytes[mark..]),
        Some((encoding, mark)) => {
            let (text, had_errors) = encoding.decode_without_bom_handling(&bytes[mark..]);
            if had_errors {
                Err(vec![(
                    None,
                    "the file is not whole UTF-16 text: save it again as \"CSV UTF-8\"".to_owned(),
                )])
            } else {
                Ok((text.into_owned(), Some("read as UTF-16")))
            }
        }
        None => match utf_8(bytes) {
            Ok(decoded) => Ok(decoded),
            Err(undecodable) if is_damaged_utf_8(bytes) => Err(undecodable),
            Err(_) => gb18030(bytes),
        },
    }
}

fn utf_8(bytes: &[u8]) -> Result<Decoded, Undecodable> {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Ok((text.to_owned(), None));
    }
    Err(bytes
        .split(|b| *b == b'\n')
        .zip(1..)
        .filter(|(line, _)| std::str::from_utf8(line).is_err())
        .map(|(_, n)| {
            (
                Some(n),
                "there are bytes in it that are not UTF-8, as the rest of the file is".to_owned(),
            )
        })
        .collect())
}

fn gb18030(bytes: &[u8]) -> Result<Decoded, Undecodable> {
    let (text, had_errors) = GB18030.decode_without_bom_handling(bytes);
    if !had_errors {
        return Ok((
            text.into_owned(),
            Some("read as GB18030, because it is not UTF-8"),
        ));
    }
    // No character of GB18030 has the byte of a line's end within it.
    Err(bytes
        .split(|b| *b == b'\n')
        .zip(1..)
        .filter(|(line, _)| GB18030.decode_without_bom_handling(line).1)
        .map(|(_, n)| {
            (
                Some(n),
                "there are bytes in it that are neither UTF-8 nor GB18030".to_owned(),
            )
        })
        .collect())
}

/// Whether it is UTF-8 with a few broken bytes. Read as GB18030 it could come out as other Chinese
/// characters. Text in GB18030 hardly ever has the three-byte form of Chinese characters in UTF-8.
fn is_damaged_utf_8(bytes: &[u8]) -> bool {
    let (mut whole, mut broken) = (0usize, 0usize);
    for chunk in bytes.utf8_chunks() {
        whole += chunk.valid().chars().filter(|c| c.len_utf8() == 3).count();
        broken += usize::from(!chunk.invalid().is_empty());
    }
    whole > broken
}
