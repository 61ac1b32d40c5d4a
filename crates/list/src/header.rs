//! The columns of a list, and what a line asks for by them.

use jindiao_order::{Product, Wanted};
use jindiao_words::{Message, say};

use crate::heading::{Heading, fold, heading, nearest_heading};
use crate::problem::At;
use crate::product::product;
use crate::records::Record;
use crate::spreadsheet::clean;
use crate::visible::shorten;
use crate::{Entry, Field, Hidden, Problems, Reading};

/// In so many columns it is looked for what an unknown heading might be.
const MOST_HINTS: usize = 50;

/// The columns, as the first line names them.
pub(crate) struct Header {
    columns: Vec<Column>,
    /// What is ordered where a line does not say.
    product: Option<Product>,
    /// Whether there is no header, and every line, also the first, is a subject and nothing else.
    pub(crate) is_bare: bool,
    /// The headings as they are written; of a list without a header what would stand there.
    pub(crate) names: Vec<String>,
}

/// What stands at the head of a column.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Column {
    Known(Field),
    /// Something that orders nothing.
    Passed,
    /// Nothing. Spreadsheets leave such columns at the end.
    Nameless,
    /// A name that is unknown, and was complained of.
    Unknown,
}

impl Header {
    /// The header, if lines can be read below it.
    pub(crate) fn read(
        record: &Record<'_>,
        reading: &Reading,
        problems: &mut Problems,
    ) -> Option<Self> {
        let at = Some(record.line);
        if let Some(message) = no_header(record) {
            problems.add(at, None, message);
            return None;
        }
        if let Some(n) = lone(record) {
            return Self::bare(record, n, reading, problems);
        }
        let mut header = Self {
            columns: Vec::new(),
            product: reading.product,
            is_bare: false,
            names: record.fields().map(|it| clean(it).to_owned()).collect(),
        };
        for n in 0..header.names.len() {
            let is_hidden = record.is_hidden_column(n + 1);
            let (column, message) = header.column(n, is_hidden, reading.hidden);
            if let Some(message) = message {
                let field = match column {
                    Column::Known(field) => Some(field),
                    _ => None,
                };
                problems.add(at, Some((n + 1, field)), message);
            }
            header.columns.push(column);
        }
        for fault in record.faults {
            problems.add(at, Some((fault.column, None)), fault.message.clone());
        }
        if header.product.is_none() && header.column_of(Field::Product).is_none() {
            let message = say!(
                "there is no column `product`: add one, or say what is ordered for every line (--product PRODUCT)"
            );
            problems.add(at, None, message);
            return None;
        }
        Some(header)
    }

    /// What the column of this number, counted from 0, is, and what is wrong with it, if those
    /// before it are known.
    fn column(&self, n: usize, is_hidden: bool, hidden: Hidden) -> (Column, Option<Message>) {
        let text = self.names.get(n).map(String::as_str).unwrap_or_default();
        let field = match heading(text) {
            Some(Heading::Field(field)) => field,
            Some(Heading::Remark) => return (Column::Passed, None),
            None if text.is_empty() => return (Column::Nameless, None),
            None => {
                // Of hundreds of unknown columns nobody reads what each might be.
                let near = (n < MOST_HINTS).then(|| nearest_heading(text)).flatten();
                return (Column::Unknown, Some(unknown_column(text, near)));
            }
        };
        let column = Column::Known(field);
        match hidden {
            Hidden::Refuse if is_hidden => return (column, Some(hidden_column())),
            Hidden::Skip if is_hidden => return (Column::Passed, None),
            _ => {}
        }
        let twin = self.columns.iter().position(|it| *it == column);
        let before = twin.and_then(|twin| self.names.get(twin));
        let message = before.map(|before| {
            if fold(before) == fold(text) {
                say!("the column is there twice")
            } else {
                say!(
                    "the column means the same as `{before}`: take one of them out",
                    before = shorten(before)
                )
            }
        });
        (column, message)
    }

    /// The columns of a list without a header: subjects and nothing else, in the only column that
    /// there is.
    fn bare(
        record: &Record<'_>,
        column: usize,
        reading: &Reading,
        problems: &mut Problems,
    ) -> Option<Self> {
        let at = Some(record.line);
        let text = record.fields().nth(column).map(clean);
        let text = text.unwrap_or_default();
        let place = Some((column + 1, None));
        // A heading with a typing error in it is no name. Names of few characters are near to
        // headings of two.
        let near = nearest_heading(text).filter(|near| near.chars().count() > 2);
        if let Some(near) = near {
            problems.add(at, place, unknown_column(text, Some(near)));
            return None;
        }
        let Some(product) = reading.product else {
            let message = say!(
                "the header is missing: the first line must name the columns ({names}); for a list of names and nothing else say what is ordered, e.g. --product qcc/snapshot",
                names = Field::names()
            );
            problems.add(at, None, message);
            return None;
        };
        if ["名单", "清单", "列表", "一览表", "list"]
            .iter()
            .any(|end| text.to_lowercase().ends_with(end))
        {
            let message = say!(
                "`{text}` looks like a title and not like a name: take it out, or put a header above it ({header})",
                text = shorten(text),
                header = Field::Company.name()
            );
            problems.add(at, place, message);
        }
        if record.is_hidden_column(column + 1) && reading.hidden != Hidden::Take {
            problems.add(at, place, hidden_column());
        }
        let field = Field::subject_of(product);
        let mut columns = vec![Column::Nameless; column];
        columns.push(Column::Known(field));
        let mut names = vec![String::new(); column];
        names.push(field.name().to_owned());
        Some(Self {
            columns,
            product: Some(product),
            is_bare: true,
            names,
        })
    }

    /// Where the column is, for problems.
    pub(crate) fn column_of(&self, field: Field) -> Option<At> {
        if self.is_bare {
            return Some((self.columns.len(), None));
        }
        let known = Column::Known(field);
        let n = self.columns.iter().position(|column| *column == known)?;
        Some((n + 1, Some(field)))
    }

    /// Complains of names that are headings or sums: a title may stand above a heading, and a sum below
    /// the names.
    fn look_for_no_names(&self, record: &Record<'_>, problems: &mut Problems) {
        for (n, text) in record.fields().enumerate() {
            if self.columns.get(n) != Some(&Column::Known(Field::Company)) {
                continue;
            }
            let text = clean(text);
            let is_sum = SUMS.contains(&fold(text).as_str());
            let is_heading = self.is_bare && heading(text).is_some();
            if !(is_sum || is_heading) {
                continue;
            }
            let shown = shorten(text);
            let message = if is_sum {
                say!("`{text}` is no name: take the line out", text = shown)
            } else {
                say!(
                    "`{text}` is a heading and no name: take out what stands above it",
                    text = shown
                )
            };
            let field = (!self.is_bare).then_some(Field::Company);
            problems.add(Some(record.line), Some((n + 1, field)), message);
        }
    }

    /// What a line asks for, if nothing is wrong with it.
    pub(crate) fn wanted(&self, record: &Record<'_>, problems: &mut Problems) -> Option<Wanted> {
        let at = Some(record.line);
        let before = problems.count();
        let mut entry = Entry::default();
        for (n, value) in record.fields().enumerate() {
            let column = Some((n + 1, None));
            if record.faults.iter().any(|it| it.column == n + 1) {
                continue;
            }
            match self.columns.get(n) {
                Some(Column::Known(field)) if self.is_bare => entry.set_bare(*field, value),
                Some(Column::Known(field)) => entry.set(*field, value),
                Some(Column::Unknown | Column::Passed) => {}
                _ if clean(value).is_empty() => {}
                _ if self.is_bare => {
                    let message = say!(
                        "there is more than one value: a list without a header has one name a line, and a name with a separator in it needs quotation marks"
                    );
                    problems.add(at, column, message);
                    break;
                }
                Some(Column::Nameless) => {
                    let message = say!("there is a value in a column without a name");
                    problems.add(at, column, message);
                }
                None => {
                    let message = say!(
                        "there are more values than columns: a value with a separator in it needs quotation marks"
                    );
                    problems.add(at, column, message);
                    break;
                }
            }
        }
        self.look_for_no_names(record, problems);
        let mut broken = Vec::new();
        for fault in record.faults {
            let column = self.columns.get(fault.column - 1);
            let field = match column {
                Some(Column::Known(field)) => Some(*field),
                Some(Column::Unknown | Column::Passed) => continue,
                Some(Column::Nameless) | None => None,
            };
            broken.extend(field);
            let field = field.filter(|_| !self.is_bare);
            problems.add(at, Some((fault.column, field)), fault.message.clone());
        }
        if let Some(product) = self.product {
            entry.order(product);
        }
        match entry.wanted() {
            Ok(wanted) => (problems.count() == before).then_some(wanted),
            Err(faults) => {
                for fault in faults {
                    // What cannot be read was complained of, and is not missing.
                    if fault.fields.iter().any(|field| broken.contains(field)) {
                        continue;
                    }
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

fn unknown_column(text: &str, near: Option<&str>) -> Message {
    let column = shorten(text);
    match near {
        Some(near) => say!(
            "no such column `{column}`; did you mean {near}?",
            column,
            near
        ),
        None => say!(
            "no such column `{column}`; the columns are {names}",
            column,
            names = Field::names()
        ),
    }
}

/// Why a record is no header, nor a line of a list without one.
fn no_header(record: &Record<'_>) -> Option<Message> {
    if record.fields().any(|it| product(clean(it)).is_some()) {
        return Some(say!(
            "the header is missing: the first line must name the columns ({names})",
            names = Field::names()
        ));
    }
    let first = clean(record.fields().next()?).to_lowercase();
    let tags = ["<!doctype", "<html", "<table", "<?xml", "<meta"];
    tags.iter().any(|tag| first.starts_with(tag)).then(|| {
        say!(
            "this is a web page or XML, whatever the name of the file says: open it in a spreadsheet program and save it as .xlsx or as \"CSV UTF-8\""
        )
    })
}

/// What stands below a column of names and is none.
const SUMS: [&str; 7] = ["合计", "总计", "小计", "合計", "total", "subtotal", "sum"];

/// Where the only field is that is not blank, if it is the only one and no heading.
fn lone(record: &Record<'_>) -> Option<usize> {
    let mut filled = record
        .fields()
        .enumerate()
        .filter(|(_, field)| !clean(field).is_empty());
    let (n, text) = filled.next()?;
    (filled.next().is_none() && record.faults.is_empty() && heading(text).is_none()).then_some(n)
}

fn hidden_column() -> Message {
    say!(
        "the column is hidden: show it or delete it, or say what is to become of it (--hidden skip, --hidden take)"
    )
}
