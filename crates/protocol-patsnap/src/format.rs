//! What reports come as.

use jindiao_protocol::FileKind;

/// What a report comes as (`report_type`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ReportFormat {
    /// A Word document, `.docx`.
    Word,
    /// A PDF.
    Pdf,
}

impl ReportFormat {
    /// `word` or `pdf`, as it is on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Word => "word",
            Self::Pdf => "pdf",
        }
    }

    /// The kind of file that comes.
    pub const fn file_kind(self) -> FileKind {
        match self {
            Self::Word => FileKind::Docx,
            Self::Pdf => FileKind::Pdf,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats() {
        let check = |format: ReportFormat, wire: &str, kind: FileKind| {
            assert_eq!((format.as_str(), format.file_kind()), (wire, kind));
        };
        check(ReportFormat::Word, "word", FileKind::Docx);
        check(ReportFormat::Pdf, "pdf", FileKind::Pdf);
    }
}
