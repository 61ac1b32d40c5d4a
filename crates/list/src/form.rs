//! How the bytes of a file are to be read, whatever program wrote it.

use std::io;

use encoding_rs::{Encoding, GB18030, UTF_8};
use jindiao_words::{Message, say};

use crate::Problems;
use crate::limits::LONGEST_LINE;
use crate::lines::LineCounter;
use crate::source::Source;
use crate::text::{Piece, Text};
use crate::visible::shorten;
use crate::workbook::{self, Book};

/// What a table is read for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// As a list of what is wanted.
    List,
    /// As any table.
    Table,
}

/// How a source is to be read.
#[derive(Debug, Clone)]
pub(crate) enum Form {
    Text(TextForm),
    Workbook(Box<Book>),
}

impl Form {
    /// A note on how it is read where that is not obvious.
    pub(crate) fn note(&self) -> Option<Message> {
        match self {
            Self::Text(form) => form.note(),
            Self::Workbook(book) => book.note.clone(),
        }
    }
}

/// How text is to be read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TextForm {
    pub(crate) encoding: &'static Encoding,
    /// How many bytes of it are its byte-order mark.
    pub(crate) mark: usize,
    /// What stands between two columns.
    pub(crate) separator: u8,
}

impl TextForm {
    fn note(self) -> Option<Message> {
        if self.encoding == UTF_8 {
            None
        } else if self.encoding == GB18030 {
            Some(say!("read as GB18030, because it is not UTF-8"))
        } else {
            Some(say!("read as UTF-16"))
        }
    }
}

/// Finds out how to read the source: a workbook, of which one sheet is the list; else text in UTF-8
/// with or without a byte-order mark, UTF-16 with one, else GB18030 (and GBK and GB2312, which are
/// parts of it). When it returns a form, all of a text can be decoded, and no line of it is too long;
/// what is wrong is in `problems` otherwise.
pub(crate) fn inspect(
    source: &mut Source,
    sheet: Option<&str>,
    purpose: Purpose,
    problems: &mut Problems,
) -> io::Result<Option<Form>> {
    let head = source.head()?;
    if head.starts_with(b"PK") && head.get(2).is_some_and(|b| *b < b' ') {
        let book = workbook::inspect(source, sheet, purpose, problems)?;
        return Ok(book.map(|it| Form::Workbook(Box::new(it))));
    }
    if head.starts_with(b"\xd0\xcf\x11\xe0") {
        workbook::inspect_old(source, problems)?;
        return Ok(None);
    }
    if let Some(sheet) = sheet {
        let sheet = shorten(sheet);
        let message = say!("there is no sheet `{sheet}`: this is no workbook", sheet);
        problems.add(None, None, message);
        return Ok(None);
    }
    let (encoding, mark) = Encoding::for_bom(&head).unwrap_or((UTF_8, 0));
    let mut scan = Scan::of(source, encoding, mark)?;
    if scan.is_gb18030(mark) {
        scan = Scan::of(source, GB18030, mark)?;
    }
    Ok(scan.verdict(problems).map(Form::Text))
}

/// What was seen of a source that was decoded to its end, or to a line that is too long.
struct Scan {
    form: TextForm,
    too_long: Option<u64>,
    /// The lines that cannot be decoded, as far as they are told.
    bad: Vec<u64>,
    bad_lines: u64,
    /// Characters of three bytes in UTF-8: Chinese.
    whole: u64,
    /// Bytes that mean nothing.
    broken: u64,
    is_same: bool,
}

impl Scan {
    fn of(source: &mut Source, encoding: &'static Encoding, mark: usize) -> io::Result<Self> {
        let mut text = Text::of(source, encoding, mark)?;
        let mut scan = Self {
            form: TextForm {
                encoding,
                mark,
                separator: b',',
            },
            too_long: None,
            bad: Vec::new(),
            bad_lines: 0,
            whole: 0,
            broken: 0,
            is_same: true,
        };
        let mut first_line = FirstLine::default();
        let mut lines = LineCounter::new();
        let mut length = 0;
        let mut last_bad = 0;
        while let Some(Piece { text, bad }) = text.next()? {
            for b in text {
                lines.take(*b);
                length = if matches!(b, b'\n' | b'\r') {
                    0
                } else {
                    length + 1
                };
                if length > LONGEST_LINE {
                    scan.too_long = Some(lines.line());
                    return Ok(scan);
                }
                scan.whole += u64::from(b & 0xf0 == 0xe0);
            }
            first_line.take(text);
            if let Some(bytes) = bad {
                scan.broken += 1;
                length += usize::from(bytes);
                if last_bad != lines.line() {
                    last_bad = lines.line();
                    scan.bad_lines += 1;
                    if scan.bad.len() < Problems::MOST {
                        scan.bad.push(last_bad);
                    }
                }
                if length > LONGEST_LINE {
                    scan.too_long = Some(lines.line());
                    return Ok(scan);
                }
            }
        }
        scan.form.separator = first_line.separator();
        scan.is_same = text.matches();
        Ok(scan)
    }

    /// Whether it is no UTF-8, but not because of a few broken bytes either. Damaged UTF-8 that is
    /// read as GB18030 could come out as other Chinese characters. Text in GB18030 hardly ever has
    /// the three-byte form of Chinese characters in UTF-8.
    fn is_gb18030(&self, mark: usize) -> bool {
        mark == 0 && self.too_long.is_none() && self.broken > 0 && self.whole <= self.broken
    }

    fn verdict(self, problems: &mut Problems) -> Option<TextForm> {
        let encoding = self.form.encoding;
        if !self.is_same {
            problems.changed();
        } else if let Some(line) = self.too_long {
            problems.add(
                Some(line),
                None,
                say!("the line is longer than 1 MiB: this is no list"),
            );
        } else if self.broken > 0 && encoding != UTF_8 && encoding != GB18030 {
            let message = say!("the file is not whole UTF-16 text: save it again as \"CSV UTF-8\"");
            problems.add(None, None, message);
        } else if self.broken > 0 {
            let message = if encoding == UTF_8 {
                say!("there are bytes in it that are not UTF-8, as the rest of the file is")
            } else {
                say!("there are bytes in it that are neither UTF-8 nor GB18030")
            };
            for line in &self.bad {
                problems.add(Some(*line), None, message.clone());
            }
            problems.add_untold(self.bad_lines - self.bad.len() as u64);
        } else {
            return Some(self.form);
        }
        None
    }
}

/// The first line that is not blank.
#[derive(Default)]
struct FirstLine {
    text: Vec<u8>,
    is_whole: bool,
}

impl FirstLine {
    /// Takes more of the text, as long as the line is not whole.
    fn take(&mut self, text: &[u8]) {
        for b in text {
            if self.is_whole {
                return;
            }
            if matches!(b, b'\n' | b'\r') {
                self.is_whole = !String::from_utf8_lossy(&self.text).trim().is_empty();
                if !self.is_whole {
                    self.text.clear();
                }
            } else {
                self.text.push(*b);
            }
        }
    }

    /// The separator that is most frequent in the line. Spreadsheets write `;` where the comma is
    /// the decimal sign, and tabs when told to write "Unicode text".
    fn separator(&self) -> u8 {
        let count = |sign: u8| self.text.iter().filter(|b| **b == sign).count();
        // Of equals the last wins.
        *b"\t;,"
            .iter()
            .max_by_key(|sign| count(**sign))
            .expect("three signs")
    }
}
