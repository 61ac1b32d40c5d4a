//! The records of a table, one at a time, each within limits: rows of a workbook, or lines of CSV.

use std::io;
use std::ops::{ControlFlow, RangeInclusive};

use csv_core::{ReadRecordResult, ReaderBuilder};
use jindiao_words::{Message, say};

use crate::form::{Form, TextForm};
use crate::limits::{LONGEST_LINE, MOST_COLUMNS};
use crate::lines::LineCounter;
use crate::source::Source;
use crate::text::{Stop, Text};
use crate::{Problems, workbook};

/// Hands over all records that are not blank, until it says that that is enough; what keeps them
/// from being read is in `problems`. Gives the error if the source cannot be read.
pub(crate) fn each_record(
    source: &mut Source,
    form: &Form,
    problems: &mut Problems,
    each: impl FnMut(&Record<'_>, &mut Problems) -> ControlFlow<()>,
) -> Option<io::Error> {
    match form {
        Form::Text(form) => each_of_text(source, *form, problems, each),
        Form::Workbook(book) => {
            problems.sheet = Some(book.sheet.clone());
            workbook::each_record(source, book, problems, each)
        }
    }
}

fn each_of_text(
    source: &mut Source,
    form: TextForm,
    problems: &mut Problems,
    mut each: impl FnMut(&Record<'_>, &mut Problems) -> ControlFlow<()>,
) -> Option<io::Error> {
    let mut records = match Records::of(source, form) {
        Ok(records) => records,
        Err(error) => return Some(error),
    };
    loop {
        match records.next() {
            Ok(Some(record)) if record.fields().all(|field| field.trim().is_empty()) => {}
            Ok(Some(record)) => {
                if each(&record, problems).is_break() {
                    return None;
                }
            }
            Ok(None) => {
                if !records.matches() {
                    problems.changed();
                }
                return None;
            }
            Err(NoRecord::Stop(Stop::Io(error))) => return Some(error),
            Err(NoRecord::Stop(Stop::Changed)) => {
                problems.changed();
                return None;
            }
            Err(NoRecord::TooLong(line)) => {
                let message = say!(
                    "what begins here is longer than 1 MiB: is a quotation mark (\") left open?"
                );
                problems.add(Some(line), None, message);
                return None;
            }
            Err(NoRecord::TooMany(line)) => {
                let message = say!(
                    "there are more than {most} columns: this is no list",
                    most = MOST_COLUMNS
                );
                problems.add(Some(line), None, message);
                return None;
            }
        }
    }
}

/// One record of the file, which may run over several lines.
pub(crate) struct Record<'a> {
    /// Where it begins, counted from 1.
    pub(crate) line: u64,
    /// Whether a quotation mark is left open.
    pub(crate) is_open: bool,
    /// The fields, one behind the other, in UTF-8.
    pub(crate) text: &'a [u8],
    /// Where each ends.
    pub(crate) ends: &'a [usize],
    /// What is wrong with cells of a workbook, whose fields are what a person sees of them, about.
    pub(crate) faults: &'a [CellFault],
    /// How many of the fields are what a formula gave.
    pub(crate) formulas: u64,
    /// Whether nobody sees it, in a workbook.
    pub(crate) is_hidden: bool,
    /// The columns that nobody sees, counted from 1.
    pub(crate) hidden_columns: &'a [RangeInclusive<usize>],
}

/// Something that is wrong with a cell.
pub(crate) struct CellFault {
    /// The number of the column, counted from 1.
    pub(crate) column: usize,
    /// What.
    pub(crate) message: Message,
}

impl Record<'_> {
    /// Whether nobody sees this column, counted from 1.
    pub(crate) fn is_hidden_column(&self, column: usize) -> bool {
        let mut hidden = self.hidden_columns.iter();
        hidden.any(|columns| columns.contains(&column))
    }

    /// Its fields, without the quotation marks around them.
    pub(crate) fn fields(&self) -> impl Iterator<Item = &str> {
        let starts = std::iter::once(&0).chain(self.ends);
        starts.zip(self.ends).map(|(start, end)| {
            // What was decoded is UTF-8, and is taken apart at ASCII only.
            let field = self.text.get(*start..*end).unwrap_or_default();
            std::str::from_utf8(field).unwrap_or_default()
        })
    }
}

/// Why no record can be read.
#[derive(Debug)]
enum NoRecord {
    /// The source cannot be read.
    Stop(Stop),
    /// The record that begins in this line is too long.
    TooLong(u64),
    /// The record that begins in this line has too many fields.
    TooMany(u64),
}

/// The records of a source.
struct Records<'a> {
    input: Text<'a>,
    reader: csv_core::Reader,
    lines: LineCounter,
    text: Vec<u8>,
    ends: Vec<usize>,
}

impl<'a> Records<'a> {
    fn of(source: &'a mut Source, form: TextForm) -> io::Result<Self> {
        Ok(Self {
            input: Text::of(source, form.encoding, form.mark)?,
            reader: ReaderBuilder::new().delimiter(form.separator).build(),
            lines: LineCounter::new(),
            text: vec![0; 1 << 10],
            ends: vec![0; 16],
        })
    }

    /// The next record; `None` at the end.
    fn next(&mut self) -> Result<Option<Record<'_>>, NoRecord> {
        let (mut text, mut ends) = (0, 0);
        let mut line = None;
        let mut is_open = false;
        loop {
            let input = self.input.fill().map_err(NoRecord::Stop)?;
            let (result, read, written, ended) =
                self.reader
                    .read_record(input, &mut self.text[text..], &mut self.ends[ends..]);
            for b in &input[..read] {
                // What is taken for the start of a record stands before the blank lines above it.
                if !matches!(b, b'\r' | b'\n') {
                    line.get_or_insert(self.lines.line());
                }
                is_open ^= *b == b'"';
                self.lines.take(*b);
            }
            self.input.consume(read);
            text += written;
            ends += ended;
            let begins = line.unwrap_or(self.lines.line());
            if text > LONGEST_LINE {
                return Err(NoRecord::TooLong(begins));
            }
            if ends > MOST_COLUMNS {
                return Err(NoRecord::TooMany(begins));
            }
            match result {
                ReadRecordResult::InputEmpty => {}
                ReadRecordResult::OutputFull => self.text.resize(2 * self.text.len(), 0),
                ReadRecordResult::OutputEndsFull => self.ends.resize(2 * self.ends.len(), 0),
                ReadRecordResult::Record => {
                    return Ok(Some(Record {
                        line: begins,
                        is_open,
                        text: &self.text[..text],
                        ends: &self.ends[..ends],
                        faults: &[],
                        formulas: 0,
                        is_hidden: false,
                        hidden_columns: &[],
                    }));
                }
                ReadRecordResult::End => return Ok(None),
            }
        }
    }

    /// Whether the source, read to its end, is what it was before.
    fn matches(self) -> bool {
        self.input.matches()
    }
}
