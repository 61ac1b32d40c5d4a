//! Lists: checked as a whole, and read line by line.

use std::collections::BTreeSet;
use std::fmt;
use std::io::{self, Cursor, Read, Seek};
use std::ops::ControlFlow;
use std::path::Path;

use jindiao_order::{Product, Wanted};
use jindiao_words::{Message, Say, say};

use crate::form::{self, Form, Purpose};
use crate::limits::MOST_LINES;
use crate::reader::{self, Told};
use crate::seen::Seen;
use crate::source::Source;
use crate::spreadsheet::clean;
use crate::{Field, Problems, Reading};

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
            let form = form::inspect(&mut source, sheet, Purpose::List, &mut problems)?;
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
            |read, _| match each(read.line, &mut read.record.fields().map(clean)) {
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
