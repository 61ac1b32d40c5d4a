//! Lists of wanted reports as people write them: CSV files out of spreadsheets.
//!
//! Everything that is wrong with a list is found before anything is ordered, all of it at once,
//! and each thing is named with file, line and column.

mod decode;
mod entry;
mod nearest;

use std::collections::HashMap;
use std::fmt;
use std::path::Path;

use jindiao_order::Wanted;

pub use entry::{Entry, Fault, Field};
pub use nearest::nearest;

/// A line that is longer is no line of a list.
const LONGEST_LINE: usize = 1 << 20;

/// What a list asks for.
#[derive(Debug)]
pub struct List {
    /// The lines, as they stand in the file.
    pub lines: Vec<ListLine>,
    /// What the reader should know about how the file was read.
    pub notes: Vec<String>,
}

/// One line of a list.
#[derive(Debug, PartialEq, Eq)]
pub struct ListLine {
    /// Where it begins in the file, counted from 1.
    pub line: u64,
    /// What it asks for.
    pub wanted: Wanted,
}

/// Something that is wrong with a list.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Problem {
    /// The file, as it was named.
    pub file: String,
    /// The line where the record begins, counted from 1.
    pub line: Option<u64>,
    /// The number of the column, counted from 1.
    pub column: Option<usize>,
    /// The name of the column.
    pub field: Option<String>,
    /// What is wrong, and where it helps, what would be right.
    pub message: String,
}

impl fmt::Display for Problem {
    /// `orders.csv:5:3 (credit_code): the check digit is wrong …`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        if let Some(column) = self.column {
            write!(f, ":{column}")?;
        }
        if let Some(field) = &self.field {
            write!(f, " ({field})")?;
        }
        write!(f, ": {}", self.message)
    }
}

/// Reads the list at `path`, or says everything that is wrong with it.
pub fn read(path: &Path) -> Result<List, Vec<Problem>> {
    let name = path.display().to_string();
    match std::fs::read(path) {
        Ok(bytes) => parse(&name, &bytes),
        Err(error) => {
            let message = format!("cannot be read: {error}");
            Err(vec![Problem {
                file: name,
                line: None,
                column: None,
                field: None,
                message,
            }])
        }
    }
}

/// Whether a spreadsheet made something else of a long number.
pub fn is_mangled(text: &str) -> bool {
    entry::is_scientific(text) || entry::is_rounded(text)
}

/// A line that is no line of a table, where that can be said, and why.
pub type NoLine = (Option<u64>, String);

/// The lines of any table in CSV with their numbers, read as a list is: blank lines left out, each
/// cell without what keeps a spreadsheet from taking it for a number.
pub fn cells(bytes: &[u8]) -> Result<Vec<(u64, Vec<String>)>, Vec<NoLine>> {
    let (text, _) = decode::decode(bytes)?;
    let mut problems = Vec::new();
    let mut lines = Vec::new();
    for Record {
        line,
        fields,
        is_open,
    } in records(&text)
    {
        let fields: Vec<_> = fields
            .iter()
            .map(|it| entry::clean(it).to_owned())
            .collect();
        if is_open {
            problems.push((Some(line), "a quotation mark (\") is left open".to_owned()));
        } else if fields.iter().any(|field| !field.is_empty()) {
            lines.push((line, fields));
        }
    }
    if problems.is_empty() {
        Ok(lines)
    } else {
        Err(problems)
    }
}

/// Reads a list from its bytes; `name` is the file's name in problems and notes.
pub fn parse(name: &str, bytes: &[u8]) -> Result<List, Vec<Problem>> {
    let mut reader = Reader {
        name,
        header: Vec::new(),
        problems: Vec::new(),
    };
    let (text, note) = match decode::decode(bytes) {
        Ok(decoded) => decoded,
        Err(undecodable) => {
            for (line, message) in undecodable {
                reader.problem(line, None, message);
            }
            return Err(reader.problems);
        }
    };
    let lines = reader.read(&text);
    if reader.problems.is_empty() {
        let notes = note
            .map(|note| format!("{name}: {note}"))
            .into_iter()
            .collect();
        Ok(List { lines, notes })
    } else {
        Err(reader.problems)
    }
}

struct Reader<'a> {
    name: &'a str,
    header: Vec<Column>,
    problems: Vec<Problem>,
}

/// What stands at the head of a column.
#[derive(Clone, PartialEq, Eq)]
enum Column {
    Known(Field),
    /// Nothing. Spreadsheets leave such columns at the end.
    Nameless,
    /// A name that is unknown, and was complained of.
    Unknown,
}

impl Reader<'_> {
    fn read(&mut self, text: &str) -> Vec<ListLine> {
        let mut lines = Vec::new();
        if let Some(line) = too_long(text) {
            self.problem(
                Some(line),
                None,
                "the line is longer than 1 MiB: this is no list",
            );
            return lines;
        }
        let mut first_at: HashMap<_, u64> = HashMap::new();
        let mut has_header = false;
        for record in records(text) {
            let at = Some(record.line);
            if record.fields.iter().all(|field| field.trim().is_empty()) {
                continue;
            }
            if record.is_open {
                self.problem(
                    at,
                    None,
                    "a quotation mark (\") is left open: there is an odd number of them",
                );
                continue;
            }
            if !has_header {
                has_header = true;
                if !self.read_header(&record) {
                    return lines;
                }
                continue;
            }
            let Some(wanted) = self.read_line(&record) else {
                continue;
            };
            if let Some(first) = first_at.get(&wanted.fingerprint()) {
                let product = self.column_of(Field::Product);
                self.problem(
                    at,
                    product,
                    format!("asks for the same report as line {first}: take one of them out"),
                );
                continue;
            }
            first_at.insert(wanted.fingerprint(), record.line);
            lines.push(ListLine {
                line: record.line,
                wanted,
            });
        }
        if !has_header {
            self.problem(
                None,
                None,
                format!(
                    "the list is empty: it starts with a header ({})",
                    Field::names()
                ),
            );
        } else if lines.is_empty() && self.problems.is_empty() {
            self.problem(
                None,
                None,
                "the list is empty: there is nothing below the header",
            );
        }
        lines
    }

    /// Whether lines can be read below this header.
    fn read_header(&mut self, record: &Record) -> bool {
        let at = Some(record.line);
        if record
            .fields
            .iter()
            .any(|field| field.trim().parse::<jindiao_order::Product>().is_ok())
        {
            let message = format!(
                "the header is missing: the first line must name the columns ({})",
                Field::names()
            );
            self.problem(at, None, message);
            return false;
        }
        for (n, field) in record.fields.iter().enumerate() {
            let name = entry::clean(field).to_lowercase().replace([' ', '-'], "_");
            let column = match Field::ALL.iter().find(|field| field.name() == name) {
                Some(known) => Column::Known(*known),
                None if name.is_empty() => Column::Nameless,
                None => {
                    let shown = shorten(entry::clean(field));
                    let hint = match nearest(&name, Field::ALL.iter().map(|field| field.name())) {
                        Some(near) => format!("did you mean {near}?"),
                        None => format!("the columns are {}", Field::names()),
                    };
                    self.problem(
                        at,
                        Some((n + 1, None)),
                        format!("no such column `{shown}`; {hint}"),
                    );
                    Column::Unknown
                }
            };
            if let (Column::Known(field), true) = (&column, self.header.contains(&column)) {
                self.problem(at, Some((n + 1, Some(*field))), "the column is there twice");
            }
            self.header.push(column);
        }
        let has_product = self.header.contains(&Column::Known(Field::Product));
        if !has_product {
            self.problem(at, None, "there is no column `product`");
        }
        has_product
    }

    fn read_line(&mut self, record: &Record) -> Option<Wanted> {
        let at = Some(record.line);
        let before = self.problems.len();
        let mut entry = Entry::default();
        for (n, value) in record.fields.iter().enumerate() {
            match self.header.get(n) {
                Some(Column::Known(field)) => entry.set(*field, value),
                Some(Column::Unknown) => {}
                Some(Column::Nameless) if entry::clean(value).is_empty() => {}
                Some(Column::Nameless) => {
                    self.problem(
                        at,
                        Some((n + 1, None)),
                        "there is a value in a column without a name",
                    );
                }
                None if entry::clean(value).is_empty() => {}
                None => {
                    let message = "there are more values than columns: a value with a separator in it needs quotation marks";
                    self.problem(at, Some((n + 1, None)), message);
                    break;
                }
            }
        }
        match entry.wanted() {
            Ok(wanted) => (self.problems.len() == before).then_some(wanted),
            Err(faults) => {
                for fault in faults {
                    // A fault of several columns stands at the first that there is.
                    let column = fault.fields.iter().find_map(|field| self.column_of(*field));
                    self.problem(
                        at,
                        column.or_else(|| self.column_of(Field::Product)),
                        fault.message,
                    );
                }
                None
            }
        }
    }

    fn column_of(&self, field: Field) -> Option<(usize, Option<Field>)> {
        let n = self
            .header
            .iter()
            .position(|column| *column == Column::Known(field))?;
        Some((n + 1, Some(field)))
    }

    fn problem(
        &mut self,
        line: Option<u64>,
        column: Option<(usize, Option<Field>)>,
        message: impl Into<String>,
    ) {
        self.problems.push(Problem {
            file: self.name.to_owned(),
            line,
            column: column.map(|(n, _)| n),
            field: column
                .and_then(|(_, field)| field)
                .map(|field| field.name().to_owned()),
            message: message.into(),
        });
    }
}

/// One record of the file, which may run over several lines.
struct Record {
    line: u64,
    fields: Vec<String>,
    /// Whether a quotation mark is left open.
    is_open: bool,
}

fn records(text: &str) -> Vec<Record> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(separator(text))
        .from_reader(text.as_bytes());
    let mut found: Vec<(usize, Vec<String>)> = Vec::new();
    // Reading from memory does not fail, and lines of any length are allowed.
    for record in reader.records().flatten() {
        let start = record
            .position()
            .and_then(|at| usize::try_from(at.byte()).ok())
            .unwrap_or(0);
        found.push((start, record.iter().map(str::to_owned).collect()));
    }
    let ends: Vec<usize> = found
        .iter()
        .skip(1)
        .map(|(start, _)| *start)
        .chain([text.len()])
        .collect();
    let mut counter = LineCounter {
        text: text.as_bytes(),
        at: 0,
        line: 1,
    };
    found
        .into_iter()
        .zip(ends)
        .map(|((start, fields), end)| {
            let raw = text.as_bytes().get(start..end).unwrap_or_default();
            // What is taken for the start of a record stands before the blank lines above it.
            let blank = raw
                .iter()
                .take_while(|b| matches!(b, b'\r' | b'\n'))
                .count();
            let quotes = raw.iter().filter(|b| **b == b'"').count();
            Record {
                line: counter.line_at(start + blank),
                fields,
                is_open: quotes % 2 == 1,
            }
        })
        .collect()
}

/// The separator that is most frequent in the header. Spreadsheets write `;` where the comma is
/// the decimal sign, and tabs when told to write "Unicode text".
fn separator(text: &str) -> u8 {
    let header = text
        .lines()
        .find(|line| !line.trim().is_empty())
        .unwrap_or_default();
    let count = |sign: u8| header.bytes().filter(|b| *b == sign).count();
    // Of equals the last wins.
    *b"\t;,"
        .iter()
        .max_by_key(|sign| count(**sign))
        .expect("three signs")
}

/// The first line that is too long.
fn too_long(text: &str) -> Option<u64> {
    let line = text
        .split(['\n', '\r'])
        .find(|line| line.len() > LONGEST_LINE)?;
    let start = line.as_ptr().addr() - text.as_ptr().addr();
    Some(
        LineCounter {
            text: text.as_bytes(),
            at: 0,
            line: 1,
        }
        .line_at(start),
    )
}

/// Counts lines that end with LF, CR or both, in one pass over the text.
struct LineCounter<'a> {
    text: &'a [u8],
    at: usize,
    line: u64,
}

impl LineCounter<'_> {
    /// The line of the byte at `offset`, which never goes back.
    fn line_at(&mut self, offset: usize) -> u64 {
        while self.at < offset.min(self.text.len()) {
            let ends = match self.text[self.at] {
                b'\n' => true,
                b'\r' => self.text.get(self.at + 1) != Some(&b'\n'),
                _ => false,
            };
            self.line += u64::from(ends);
            self.at += 1;
        }
        self.line
    }
}

/// The first characters of a text, for messages.
fn shorten(text: &str) -> String {
    let mut short: String = text.chars().filter(|c| !c.is_control()).take(40).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}

#[cfg(test)]
mod tests;
