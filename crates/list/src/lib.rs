#![doc = include_str!("../README.md")]

mod cell;
mod decode;
mod entry;
mod heading;
mod lines;
mod nearest;
mod problem;
mod product;
mod reader;
mod records;
mod seen;
mod source;
mod template;
mod visible;
mod workbook;

use std::collections::BTreeSet;
use std::fmt;
use std::io::{self, Cursor, Read, Seek};
use std::ops::ControlFlow;
use std::path::Path;

use jindiao_order::{Product, Wanted};
use jindiao_words::{Message, Say, say};

use decode::Form;
use reader::Told;
use records::each_record;
use seen::Seen;
use source::Source;
use visible::shorten;

pub use cell::cell;
pub use entry::{Entry, Fault, Field};
pub use heading::{is_result, results};
pub use nearest::nearest;
pub use problem::{Problem, Problems};
pub use product::{product, product_in_chinese};
pub use template::template;
pub use visible::visible;

/// A line that is longer, in bytes of UTF-8, is no line of a list.
const LONGEST_LINE: usize = 1 << 20;
/// A line that has more columns is no line of a list.
const MOST_COLUMNS: usize = 1000;
/// How much of a table is held, in bytes.
const MOST_HELD: usize = 64 << 20;
/// A list that is longer is not taken at once.
const MOST_LINES: u64 = 10_000_000;

/// How a list is to be read.
#[derive(Debug, Clone, Default)]
pub struct Reading {
    product: Option<Product>,
    sheet: Option<String>,
    hidden: Hidden,
}

/// What becomes of rows and columns of a workbook that nobody sees, since somebody or a filter hid
/// them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Hidden {
    /// They are problems.
    #[default]
    Refuse,
    /// They are left out.
    Skip,
    /// They are read like the others.
    Take,
}

impl Reading {
    /// As a list says it itself.
    pub fn new() -> Self {
        Self::default()
    }

    /// Lines that name no product ask for this one; those that name another are problems. A list of
    /// subjects and nothing else, without a header, is one then, too.
    #[must_use]
    pub fn with_product(mut self, product: Option<Product>) -> Self {
        self.product = product;
        self
    }

    /// The list is in the sheet of this name; else in the only one that has our headings.
    #[must_use]
    pub fn with_sheet(mut self, sheet: Option<String>) -> Self {
        self.sheet = sheet;
        self
    }

    /// What becomes of hidden rows and columns.
    #[must_use]
    pub fn with_hidden(mut self, hidden: Hidden) -> Self {
        self.hidden = hidden;
        self
    }
}

/// What a table is read for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// As a list of what is wanted.
    List,
    /// As any table.
    Table,
}

/// A list in which nothing is wrong.
///
/// It is read line by line each time, and holds no more than a line of it: a million lines of CSV take
/// no more memory than ten. Of a workbook it holds the texts that its cells share while it is read.
/// What it gives is what was checked when it was opened, or an error.
#[derive(Debug)]
pub struct List {
    source: Source,
    form: Form,
    reading: Reading,
    lines: u64,
    products: BTreeSet<Product>,
    headings: Vec<String>,
    note: Option<Message>,
}

/// One line of a list.
#[derive(Debug, PartialEq, Eq)]
pub struct ListLine {
    /// Where it begins in the file, counted from 1.
    pub line: u64,
    /// What it asks for.
    pub wanted: Wanted,
}

/// A list is not what it was when it was opened: somebody changed it, or it cannot be read any
/// more. What was read of it last must not be used.
#[derive(Debug)]
pub struct ListChanged {
    source: Option<io::Error>,
}

impl Say for ListChanged {
    fn say(&self) -> Message {
        match self.source {
            Some(_) => say!("the list cannot be read any more"),
            None => say!("the list was changed after it had been checked"),
        }
    }
}

impl fmt::Display for ListChanged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.say().fmt(f)
    }
}

impl std::error::Error for ListChanged {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_ref().map(|it| it as _)
    }
}

impl List {
    /// Opens the list at `path` and checks all of it.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn open(path: &Path) -> Result<Self, Problems> {
        Self::open_as(path, Reading::default())
    }

    /// The same of a list that is to be read in a certain way.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn open_as(path: &Path, reading: Reading) -> Result<Self, Problems> {
        let problems = Problems::of(path.display().to_string());
        Self::check(Source::open(path), reading, problems)
    }

    /// Checks the list in `bytes`, which can be read only once: they are copied, into memory or a file
    /// without a name. `name` is what it is called in problems.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn once(name: &str, bytes: impl Read, reading: Reading) -> Result<Self, Problems> {
        Self::check(Source::once(bytes), reading, Problems::of(name.to_owned()))
    }

    /// Checks the list in `bytes`; `name` is its file's name in problems.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn read(name: &str, bytes: impl Read + Seek + Send + 'static) -> Result<Self, Problems> {
        Self::read_as(name, bytes, Reading::default())
    }

    /// The same of a list that is to be read in a certain way.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn read_as(
        name: &str,
        bytes: impl Read + Seek + Send + 'static,
        reading: Reading,
    ) -> Result<Self, Problems> {
        let problems = Problems::of(name.to_owned());
        Self::check(Ok(Source::new(bytes)), reading, problems)
    }

    fn check(
        source: io::Result<Source>,
        reading: Reading,
        mut problems: Problems,
    ) -> Result<Self, Problems> {
        let inspected = source.and_then(|mut source| {
            let sheet = reading.sheet.as_deref();
            let form = decode::inspect(&mut source, sheet, Purpose::List, &mut problems)?;
            Ok(form.map(|form| (source, form)))
        });
        let (mut source, form) = match inspected {
            Ok(Some(inspected)) => inspected,
            Ok(None) => return Err(problems),
            Err(error) => {
                problems.unreadable(&error);
                return Err(problems);
            }
        };
        let mut seen = Seen::new();
        let mut products = BTreeSet::new();
        let mut told = Told::default();
        let mut headings = Vec::new();
        let failed = reader::read(
            &mut source,
            &form,
            &reading,
            &mut told,
            &mut problems,
            |read, problems| {
                let ListLine { line, wanted } = read.line;
                if headings.is_empty() {
                    headings.clone_from(&read.header.names);
                }
                if let Some(first) = seen.before(&wanted.fingerprint(), line) {
                    let message = say!(
                        "asks for the same report as line {first}: take one of them out",
                        first
                    );
                    let column = read.header.column_of(Field::Product);
                    problems.add(Some(line), column, message);
                }
                products.insert(wanted.product());
                if seen.count() > MOST_LINES {
                    let message = say!(
                        "the list has more than {most} lines: split it",
                        most = MOST_LINES
                    );
                    problems.add(None, None, message);
                    return ControlFlow::Break(());
                }
                ControlFlow::Continue(())
            },
        );
        if let Some(error) = failed {
            problems.unreadable(&error);
        }
        let lines = seen.count();
        if problems.count() > 0 {
            return Err(problems);
        }
        let note = told.note(form.note());
        Ok(Self {
            source,
            form,
            reading,
            lines,
            products,
            headings,
            note,
        })
    }

    /// What the reader should know about how the file was read.
    pub fn note(&self) -> Option<&Message> {
        self.note.as_ref()
    }

    /// How many reports it asks for.
    pub fn lines(&self) -> u64 {
        self.lines
    }

    /// The products that it asks for.
    pub fn products(&self) -> &BTreeSet<Product> {
        &self.products
    }

    /// The headings of its columns, as they are written; of a list without a header what would stand
    /// there.
    pub fn headings(&self) -> &[String] {
        &self.headings
    }

    /// Reads all lines, in their order, until `each` has had the last or returns an error.
    ///
    /// # Errors
    /// What `each` returns; and that the list is not the one that was checked, which is known only
    /// when all was read: then nothing that came of it may last.
    pub fn each<E: From<ListChanged>>(
        &mut self,
        mut each: impl FnMut(ListLine) -> Result<(), E>,
    ) -> Result<(), E> {
        self.each_with_cells(|line, _| each(line))
    }

    /// The same, with what stands in the columns of each line, as it is written but for blanks around
    /// it. There may be fewer cells than headings.
    ///
    /// # Errors
    /// As [`List::each`].
    pub fn each_with_cells<E: From<ListChanged>>(
        &mut self,
        mut each: impl FnMut(ListLine, &mut dyn Iterator<Item = &str>) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut problems = Problems::default();
        let mut result = Ok(());
        let failed = reader::read(
            &mut self.source,
            &self.form,
            &self.reading,
            &mut Told::default(),
            &mut problems,
            |read, _| match each(read.line, &mut read.record.fields().map(entry::clean)) {
                Ok(()) => ControlFlow::Continue(()),
                Err(error) => {
                    result = Err(error);
                    ControlFlow::Break(())
                }
            },
        );
        result?;
        if failed.is_some() || problems.count() > 0 {
            return Err(ListChanged { source: failed }.into());
        }
        Ok(())
    }
}

/// Reads a list from its bytes; `name` is the file's name in problems.
///
/// # Errors
/// Everything that is wrong with it.
pub fn parse(name: &str, bytes: &[u8]) -> Result<Vec<ListLine>, Problems> {
    let mut lines = Vec::new();
    let mut list = List::read(name, Cursor::new(bytes.to_vec()))?;
    let read = list.each(|line| {
        lines.push(line);
        Ok::<_, ListChanged>(())
    });
    match read {
        Ok(()) => Ok(lines),
        Err(changed) => {
            let mut problems = Problems::of(name.to_owned());
            problems.add(None, None, changed.say());
            Err(problems)
        }
    }
}

/// Whether a spreadsheet made something else of a long number.
pub fn is_mangled(text: &str) -> bool {
    entry::is_scientific(text) || entry::is_rounded(text)
}

/// The lines of any table, in CSV or the only sheet of a workbook, with their numbers, read as a list is: blank lines left out, each
/// cell without what keeps a spreadsheet from taking it for a number. All of them are kept in memory,
/// up to 64 MiB.
///
/// # Errors
/// What keeps it from being read as a table.
pub fn cells(path: &Path) -> Result<Vec<(u64, Vec<String>)>, Problems> {
    let mut problems = Problems::of(path.display().to_string());
    match Source::open(path) {
        Ok(source) => cells_of(source, problems),
        Err(error) => {
            problems.unreadable(&error);
            Err(problems)
        }
    }
}

/// The same of what is in memory; `name` is the file's name in problems.
///
/// # Errors
/// As [`cells`].
pub fn parse_cells(name: &str, bytes: &[u8]) -> Result<Vec<(u64, Vec<String>)>, Problems> {
    let source = Source::new(Cursor::new(bytes.to_vec()));
    cells_of(source, Problems::of(name.to_owned()))
}

fn cells_of(
    mut source: Source,
    mut problems: Problems,
) -> Result<Vec<(u64, Vec<String>)>, Problems> {
    let mut lines = Vec::new();
    match decode::inspect(&mut source, None, Purpose::Table, &mut problems) {
        Ok(None) => {}
        Err(error) => problems.unreadable(&error),
        Ok(Some(form)) => {
            let mut found = Vec::new();
            let mut size = 0;
            let failed = each_record(&mut source, &form, &mut problems, |record, problems| {
                for fault in record.faults {
                    problems.add(
                        Some(record.line),
                        Some((fault.column, None)),
                        fault.message.clone(),
                    );
                }
                if record.is_hidden {
                    let message =
                        say!("the row is hidden, by hand or by a filter: show it or delete it");
                    problems.add(Some(record.line), None, message);
                }
                if record.is_open {
                    let message = say!("a quotation mark (\") is left open");
                    problems.add(Some(record.line), None, message);
                    return ControlFlow::Continue(());
                }
                let fields = record.fields().map(|it| entry::clean(it).to_owned());
                let fields: Vec<_> = fields.collect();
                // An empty field takes as much as a short one.
                size += fields.iter().map(|field| field.len() + 32).sum::<usize>();
                if size > MOST_HELD {
                    problems.add(
                        Some(record.line),
                        None,
                        say!("there is too much above: split it"),
                    );
                    return ControlFlow::Break(());
                }
                if fields.iter().any(|field| !field.is_empty()) {
                    found.push((record.line, fields));
                }
                ControlFlow::Continue(())
            });
            if let Some(error) = failed {
                problems.unreadable(&error);
            }
            lines = found;
        }
    }
    if problems.count() > 0 {
        Err(problems)
    } else {
        Ok(lines)
    }
}

#[cfg(test)]
mod tests;
