//! The kinds of file that reports come as.

use std::fmt;
use std::str::FromStr;

use jindiao_words::{Message, Say, say};
use serde::{Deserialize, Serialize};

/// A kind of report file, recognised by its first bytes and never by what a server calls it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FileKind {
    /// Portable Document Format.
    Pdf,
    /// Word document (Office Open XML, a ZIP container).
    Docx,
    /// ZIP archive.
    Zip,
    /// PNG image.
    Png,
}

impl FileKind {
    /// How many first bytes [`FileKind::matches`] wants to see.
    pub const MAGIC_LEN: usize = 8;

    /// The file name extension, without a dot.
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Pdf => "pdf",
            Self::Docx => "docx",
            Self::Zip => "zip",
            Self::Png => "png",
        }
    }

    /// Whether a file that starts with `head` can be of this kind.
    pub fn matches(self, head: &[u8]) -> bool {
        match self {
            Self::Pdf => head.starts_with(b"%PDF-"),
            Self::Docx => head.starts_with(b"PK\x03\x04"),
            // An empty archive starts with its end record.
            Self::Zip => head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06"),
            Self::Png => head.starts_with(b"\x89PNG\r\n\x1a\n"),
        }
    }
}

impl fmt::Display for FileKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.extension())
    }
}

impl FromStr for FileKind {
    type Err = UnknownFileKind;

    /// Reads `pdf`, `docx` (or PatSnap's `word`), `zip`, `png`, in any case.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.trim().to_ascii_lowercase().as_str() {
            "pdf" => Ok(Self::Pdf),
            "docx" | "word" => Ok(Self::Docx),
            "zip" => Ok(Self::Zip),
            "png" => Ok(Self::Png),
            _ => Err(UnknownFileKind),
        }
    }
}

/// The text names no kind of file that reports come as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnknownFileKind;

impl Say for UnknownFileKind {
    fn say(&self) -> Message {
        say!("not a report format; known are pdf, docx (or word), zip and png")
    }
}

impl fmt::Display for UnknownFileKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.say().fmt(f)
    }
}

impl std::error::Error for UnknownFileKind {}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [FileKind; 4] = [FileKind::Pdf, FileKind::Docx, FileKind::Zip, FileKind::Png];

    #[test]
    fn first_bytes_say_what_a_file_is() {
        let check = |head: &[u8], expect: &[FileKind]| {
            assert!(head.len() <= FileKind::MAGIC_LEN);
            let found: Vec<_> = ALL.into_iter().filter(|kind| kind.matches(head)).collect();
            assert_eq!(found, expect, "{head:?}");
        };
        check(b"%PDF-1.7", &[FileKind::Pdf]);
        // A Word document is an archive: nothing tells them apart here.
        check(b"PK\x03\x04\x14\0\x06\0", &[FileKind::Docx, FileKind::Zip]);
        // An archive with nothing in it.
        check(b"PK\x05\x06\0\0\0\0", &[FileKind::Zip]);
        check(b"\x89PNG\r\n\x1a\n", &[FileKind::Png]);
        // A PNG that went through a transfer as text.
        check(b"\x89PNG\n\x1a\n", &[]);
        check(b"<!DOCTYP", &[]);
        check(b"", &[]);
    }

    #[test]
    fn the_vendors_word_is_docx() {
        for kind in ALL {
            assert_eq!(kind.to_string().parse(), Ok(kind));
        }
        assert_eq!(" Word".parse(), Ok(FileKind::Docx));
        let error = "xlsx".parse::<FileKind>().expect_err("no report");
        assert!(
            error
                .to_string()
                .contains("pdf, docx (or word), zip and png")
        );
    }
}
