//! Any table, as texts.

use std::io::Cursor;
use std::ops::ControlFlow;
use std::path::Path;

use jindiao_words::say;

use crate::Problems;
use crate::form::{self, Purpose};
use crate::limits::MOST_HELD;
use crate::records::{Record, each_record};
use crate::source::Source;
use crate::spreadsheet::clean;

/// The number of a line, counted from 1, and its cells.
type Line = (u64, Vec<String>);

/// The lines of any table, in CSV or the only sheet of a workbook, with their numbers, read as a
/// list is: blank lines left out, each cell without what keeps a spreadsheet from taking it for a
/// number. All of them are kept in memory, up to 64 MiB.
///
/// # Errors
/// What keeps it from being read as a table.
pub fn cells(path: &Path) -> Result<Vec<Line>, Problems> {
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
pub fn parse_cells(name: &str, bytes: &[u8]) -> Result<Vec<Line>, Problems> {
    let source = Source::new(Cursor::new(bytes.to_vec()));
    cells_of(source, Problems::of(name.to_owned()))
}

fn cells_of(mut source: Source, mut problems: Problems) -> Result<Vec<Line>, Problems> {
    let mut table = Table::default();
    let read = form::inspect(&mut source, None, Purpose::Table, &mut problems);
    let failed = match read {
        Ok(None) => None,
        Err(error) => Some(error),
        Ok(Some(form)) => each_record(&mut source, &form, &mut problems, |record, problems| {
            table.take(record, problems)
        }),
    };
    if let Some(error) = failed {
        problems.unreadable(&error);
    }
    if problems.count() > 0 {
        Err(problems)
    } else {
        Ok(table.lines)
    }
}

/// What is held of a table.
#[derive(Default)]
struct Table {
    lines: Vec<Line>,
    size: usize,
}

impl Table {
    /// Takes one line of it, unless there is too much, or something is wrong with it.
    fn take(&mut self, record: &Record<'_>, problems: &mut Problems) -> ControlFlow<()> {
        let at = Some(record.line);
        for fault in record.faults {
            problems.add(at, Some((fault.column, None)), fault.message.clone());
        }
        if record.is_hidden {
            let message = say!("the row is hidden, by hand or by a filter: show it or delete it");
            problems.add(at, None, message);
        }
        if record.is_open {
            let message = say!("a quotation mark (\") is left open");
            problems.add(at, None, message);
            return ControlFlow::Continue(());
        }
        let fields: Vec<_> = record.fields().map(|it| clean(it).to_owned()).collect();
        // An empty field takes as much as a short one.
        self.size += fields.iter().map(|field| field.len() + 32).sum::<usize>();
        if self.size > MOST_HELD {
            problems.add(at, None, say!("there is too much above: split it"));
            return ControlFlow::Break(());
        }
        if fields.iter().any(|field| !field.is_empty()) {
            self.lines.push((record.line, fields));
        }
        ControlFlow::Continue(())
    }
}
