//! Whether the bytes that came can be the report: by how they begin and how they end.

use jindiao_protocol::FileKind;
use jindiao_words::say;

use super::{DownloadError, DownloadErrorKind};

/// Whether a file that starts with `head` can be the report.
///
/// A page is an error at once; a file of another kind is one when it has come whole.
pub(super) fn judge(head: &[u8], expect: FileKind) -> Result<Option<DownloadError>, DownloadError> {
    if expect.matches(head) {
        return Ok(None);
    }
    let visible = head
        .strip_prefix(b"\xEF\xBB\xBF")
        .unwrap_or(head)
        .trim_ascii_start();
    if matches!(visible.first(), Some(b'<' | b'{')) {
        // Stores speak XML; the ones that answer 200 to a dead link say so in it.
        let dead = [&b"<Code>AccessDenied"[..], b"<Code>NoSuchKey", b"expired"]
            .iter()
            .any(|sign| visible.windows(sign.len()).any(|window| window == *sign));
        return Err(if dead && visible.starts_with(b"<?xml") {
            DownloadError::new(
                DownloadErrorKind::LinkDead,
                say!("the link's host says that the link is dead, a fresh one is needed"),
            )
        } else {
            DownloadError::new(
                DownloadErrorKind::Page,
                say!(
                    "a page or an error document came instead of a {kind} file",
                    kind = expect
                ),
            )
        });
    }
    Ok(Some(DownloadError::new(
        DownloadErrorKind::WrongKind,
        say!("what came is no {kind} file", kind = expect),
    )))
}

/// Whether `tail`, the last bytes of a file, holds what ends a file of this kind.
pub(super) fn has_end(kind: FileKind, tail: &[u8]) -> bool {
    let end: &[u8] = match kind {
        FileKind::Pdf => b"%%EOF",
        FileKind::Docx | FileKind::Zip => b"PK\x05\x06",
        FileKind::Png => b"IEND",
    };
    tail.windows(end.len()).any(|window| window == end)
}
