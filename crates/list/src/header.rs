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
#[derive(Clone, PartialEq, Eq)]
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
        if record.fields().any(|it| product(clean(it)).is_some()) {
            let message = say!(
                "the header is missing: the first line must name the columns ({names})",
                names = Field::names()
            );
            problems.add(at, None, message);
            return None;
        }
        if let Some(text) = record.fields().next()
            && ["<!doctype", "<html", "<table", "<?xml", "<meta"]
                .iter()
                .any(|tag| clean(text).to_lowercase().starts_with(tag))
        {
            let message = say!(
                "this is a web page or XML, whatever the name of the file says: open it in a spreadsheet program and save it as .xlsx or as \"CSV UTF-8\""
            );
            problems.add(at, None, message);
            return None;
        }
        if let Some(n) = lone(record) {
            return Self::bare(record, n, reading, problems);
        }
        let mut columns = Vec::new();
        for (n, field) in record.fields().enumerate() {
            let text = clean(field);
            let mut column = match heading(text) {
                Some(Heading::Field(known)) => Column::Known(known),
                Some(Heading::Remark) => Column::Passed,
                None if text.is_empty() => Column::Nameless,
                None => {
                    let shown = shorten(text);
                    // Of hundreds of unknown columns nobody reads what each might be.
                    let near = (n < MOST_HINTS).then(|| nearest_heading(text)).flatten();
                    let message = match near {
                        Some(near) => no_column(&shown, near),
                        None => say!(
                            "no such column `{column}`; the columns are {names}",
                            column = shown,
                            names = Field::names()
                        ),
                    };
                    problems.add(at, Some((n + 1, None)), message);
                    Column::Unknown
                }
            };
            if let Column::Known(field) = column {
                if record.is_hidden_column(n + 1) {
                    match reading.hidden {
                        Hidden::Refuse => {
                            problems.add(at, Some((n + 1, Some(field))), hidden_column());
                        }
                        Hidden::Skip => column = Column::Passed,
                        Hidden::Take => {}
                    }
                }
                let twin = columns.iter().position(|it| *it == Column::Known(field));
                if let Some(twin) = twin {
                    let before = record.fields().nth(twin).map(clean);
                    let before = before.unwrap_or_default();
                    let message = if fold(before) == fold(text) {
                        say!("the column is there twice")
                    } else {
                        let before = shorten(before);
                        say!(
                            "the column means the same as `{before}`: take one of them out",
                            before
                        )
                    };
                    problems.add(at, Some((n + 1, Some(field))), message);
                }
            }
            columns.push(column);
        }
        for fault in record.faults {
            problems.add(at, Some((fault.column, None)), fault.message.clone());
        }
        let header = Self {
            columns,
            product: reading.product,
            is_bare: false,
            names: record.fields().map(|it| clean(it).to_owned()).collect(),
        };
        if header.product.is_none() && header.column_of(Field::Product).is_none() {
            let message = say!(
                "there is no column `product`: add one, or say what is ordered for every line (--product PRODUCT)"
            );
            problems.add(at, None, message);
            return None;
        }
        Some(header)
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
            problems.add(at, place, no_column(&shorten(text), near));
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

fn no_column(column: &str, near: &str) -> Message {
    say!(
        "no such column `{column}`; did you mean {near}?",
        column,
        near
    )
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
