//! Lists of wanted reports as people write them: CSV files out of spreadsheets.
//!
//! Everything that is wrong with a list is found before anything is ordered, all of it at once,
//! and each thing is named with file, line and column.

mod cell;
mod decode;
mod entry;
mod lines;
mod nearest;
mod problem;
mod reader;
mod records;
mod seen;
mod source;
mod visible;

use std::collections::BTreeSet;
use std::fmt;
use std::io::{self, Cursor, Read, Seek};
use std::ops::ControlFlow;
use std::path::Path;

use jindiao_order::{Product, Wanted};

use decode::Form;
use records::each_record;
use seen::Seen;
use source::Source;
use visible::shorten;

pub use cell::cell;
pub use entry::{Entry, Fault, Field};
pub use nearest::nearest;
pub use problem::{Problem, Problems};
pub use visible::visible;

/// A line that is longer, in bytes of UTF-8, is no line of a list.
const LONGEST_LINE: usize = 1 << 20;
/// A line that has more columns is no line of a list.
const MOST_COLUMNS: usize = 1000;
/// How much of a table is held, in bytes.
const MOST_HELD: usize = 64 << 20;
/// A list that is longer is not taken at once.
const MOST_LINES: u64 = 10_000_000;

/// A list in which nothing is wrong.
///
/// It is read line by line each time, and holds no more than a line of it: a million lines take no
/// more memory than ten. What it gives is what was checked when it was opened, or an error.
#[derive(Debug)]
pub struct List {
    source: Source,
    form: Form,
    lines: u64,
    products: BTreeSet<Product>,
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

impl fmt::Display for ListChanged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.source {
            Some(_) => "the list cannot be read any more",
            None => "the list was changed after it had been checked",
        })
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
        let mut problems = Problems::of(path.display().to_string());
        match Source::open(path) {
            Ok(source) => Self::check(source, problems),
            Err(error) => {
                problems.unreadable(&error);
                Err(problems)
            }
        }
    }

    /// Checks the list in `bytes`; `name` is its file's name in problems.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn read(name: &str, bytes: impl Read + Seek + Send + 'static) -> Result<Self, Problems> {
        Self::check(Source::new(bytes), Problems::of(name.to_owned()))
    }

    fn check(mut source: Source, mut problems: Problems) -> Result<Self, Problems> {
        let form = match decode::inspect(&mut source, &mut problems) {
            Ok(Some(form)) => form,
            Ok(None) => return Err(problems),
            Err(error) => {
                problems.unreadable(&error);
                return Err(problems);
            }
        };
        let mut seen = Seen::new();
        let mut products = BTreeSet::new();
        let failed = reader::read(
            &mut source,
            form,
            &mut problems,
            |line, header, problems| {
                let ListLine { line, wanted } = line;
                if let Some(first) = seen.before(&wanted.fingerprint(), line) {
                    let message =
                        format!("asks for the same report as line {first}: take one of them out");
                    problems.add(Some(line), header.column_of(Field::Product), message);
                }
                products.insert(wanted.product());
                if seen.count() > MOST_LINES {
                    let message = format!("the list has more than {MOST_LINES} lines: split it");
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
        Ok(Self {
            source,
            form,
            lines,
            products,
        })
    }

    /// What the reader should know about how the file was read.
    pub fn note(&self) -> Option<&'static str> {
        self.form.note()
    }

    /// How many reports it asks for.
    pub fn lines(&self) -> u64 {
        self.lines
    }

    /// The products that it asks for.
    pub fn products(&self) -> &BTreeSet<Product> {
        &self.products
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
        let mut problems = Problems::default();
        let mut result = Ok(());
        let (source, form) = (&mut self.source, self.form);
        let failed = reader::read(source, form, &mut problems, |line, _, _| match each(line) {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => {
                result = Err(error);
                ControlFlow::Break(())
            }
        });
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
            problems.add(None, None, changed.to_string());
            Err(problems)
        }
    }
}

/// Whether a spreadsheet made something else of a long number.
pub fn is_mangled(text: &str) -> bool {
    entry::is_scientific(text) || entry::is_rounded(text)
}

/// The lines of any table in CSV with their numbers, read as a list is: blank lines left out, each
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
    match decode::inspect(&mut source, &mut problems) {
        Ok(None) => {}
        Err(error) => problems.unreadable(&error),
        Ok(Some(form)) => {
            let mut found = Vec::new();
            let mut size = 0;
            let failed = each_record(&mut source, form, &mut problems, |record, problems| {
                if record.is_open {
                    let message = "a quotation mark (\") is left open";
                    problems.add(Some(record.line), None, message);
                    return ControlFlow::Continue(());
                }
                let fields = record.fields().map(|it| entry::clean(it).to_owned());
                let fields: Vec<_> = fields.collect();
                // An empty field takes as much as a short one.
                size += fields.iter().map(|field| field.len() + 32).sum::<usize>();
                if size > MOST_HELD {
                    problems.add(Some(record.line), None, "there is too much above: split it");
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
