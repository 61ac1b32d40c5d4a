//! From the records of a list to what they ask for.

use std::io;
use std::ops::ControlFlow;

use jindiao_order::{Product, Wanted};

use crate::decode::Form;
use crate::problem::At;
use crate::records::{Record, each_record};
use crate::source::Source;
use crate::{Entry, Field, ListLine, Problems, entry, nearest, shorten};

/// Hands over all lines in which nothing is wrong, until it says that that is enough. What is wrong
/// is in `problems`. Gives the error if the source cannot be read.
pub(crate) fn read(
    source: &mut Source,
    form: Form,
    problems: &mut Problems,
    mut each: impl FnMut(ListLine, &Header, &mut Problems) -> ControlFlow<()>,
) -> Option<io::Error> {
    let mut header = None;
    let mut is_empty = true;
    let failed = each_record(source, form, problems, |record, problems| {
        if problems.are_enough() {
            return ControlFlow::Break(());
        }
        if record.is_open {
            let message = "a quotation mark (\") is left open: there is an odd number of them";
            problems.add(Some(record.line), None, message);
            return ControlFlow::Continue(());
        }
        let Some(header) = &header else {
            header = Header::read(record, problems);
            return match header {
                Some(_) => ControlFlow::Continue(()),
                None => ControlFlow::Break(()),
            };
        };
        let Some(wanted) = header.wanted(record, problems) else {
            return ControlFlow::Continue(());
        };
        is_empty = false;
        let line = record.line;
        each(ListLine { line, wanted }, header, problems)
    });
    if failed.is_none() && problems.count() == 0 {
        if header.is_none() {
            let names = Field::names();
            let message = format!("the list is empty: it starts with a header ({names})");
            problems.add(None, None, message);
        } else if is_empty {
            let message = "the list is empty: there is nothing below the header";
            problems.add(None, None, message);
        }
    }
    failed
}

/// The columns, as the first line names them.
pub(crate) struct Header {
    columns: Vec<Column>,
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

impl Header {
    /// The header, if lines can be read below it.
    fn read(record: &Record<'_>, problems: &mut Problems) -> Option<Self> {
        let at = Some(record.line);
        if record
            .fields()
            .any(|it| it.trim().parse::<Product>().is_ok())
        {
            let message = format!(
                "the header is missing: the first line must name the columns ({})",
                Field::names()
            );
            problems.add(at, None, message);
            return None;
        }
        let mut columns = Vec::new();
        for (n, field) in record.fields().enumerate() {
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
                    let message = format!("no such column `{shown}`; {hint}");
                    problems.add(at, Some((n + 1, None)), message);
                    Column::Unknown
                }
            };
            if let (Column::Known(field), true) = (&column, columns.contains(&column)) {
                problems.add(at, Some((n + 1, Some(*field))), "the column is there twice");
            }
            columns.push(column);
        }
        let header = Self { columns };
        if header.column_of(Field::Product).is_none() {
            problems.add(at, None, "there is no column `product`");
            return None;
        }
        Some(header)
    }

    /// Where the column is, for problems.
    pub(crate) fn column_of(&self, field: Field) -> Option<At> {
        let known = Column::Known(field);
        let n = self.columns.iter().position(|column| *column == known)?;
        Some((n + 1, Some(field)))
    }

    /// What a line asks for, if nothing is wrong with it.
    fn wanted(&self, record: &Record<'_>, problems: &mut Problems) -> Option<Wanted> {
        let at = Some(record.line);
        let before = problems.count();
        let mut entry = Entry::default();
        for (n, value) in record.fields().enumerate() {
            let column = Some((n + 1, None));
            match self.columns.get(n) {
                Some(Column::Known(field)) => entry.set(*field, value),
                Some(Column::Unknown) => {}
                _ if entry::clean(value).is_empty() => {}
                Some(Column::Nameless) => {
                    let message = "there is a value in a column without a name";
                    problems.add(at, column, message);
                }
                None => {
                    let message = "there are more values than columns: a value with a separator in it needs quotation marks";
                    problems.add(at, column, message);
                    break;
                }
            }
        }
        match entry.wanted() {
            Ok(wanted) => (problems.count() == before).then_some(wanted),
            Err(faults) => {
                for fault in faults {
                    // A fault of several columns stands at the first that there is.
                    let column = fault.fields.iter().find_map(|field| self.column_of(*field));
                    let column = column.or_else(|| self.column_of(Field::Product));
                    problems.add(at, column, fault.message);
                }
                None
            }
        }
    }
}
