//! What is wrong with a list, and where.

use std::fmt;

use jindiao_words::{Message, Say, say};
use serde::Serializer;

use crate::workbook::cell_name;
use crate::{Field, visible};

/// The number of a column, counted from 1, and which it is.
pub(crate) type At = (usize, Option<Field>);

/// Something that is wrong with a list.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Problem {
    /// The file, as it was named.
    pub file: String,
    /// The sheet, in a workbook.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sheet: Option<String>,
    /// The line where the record begins, counted from 1: the row, in a workbook.
    pub line: Option<u64>,
    /// The number of the column, counted from 1.
    pub column: Option<usize>,
    /// The name of the column.
    pub field: Option<String>,
    /// What is wrong, and where it helps, what would be right.
    #[serde(serialize_with = "in_english")]
    pub message: Message,
}

impl Say for Problem {
    /// `orders.csv:5:3 (credit_code): the check digit is wrong …`, and of a workbook
    /// `orders.xlsx:Sheet1!C5 (credit_code): …`.
    fn say(&self) -> Message {
        say!(
            "{place}: {message}",
            place = Place(self),
            message = self.message
        )
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&visible(&self.say().to_string()))
    }
}

fn in_english<S: Serializer>(message: &Message, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(message)
}

/// Where a problem is.
struct Place<'a>(&'a Problem);

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(at) = self;
        let one_line = |text| visible(text).replace('\n', "\\n");
        f.write_str(&one_line(&at.file))?;
        if let Some(sheet) = &at.sheet {
            write!(f, ":{}", one_line(sheet))?;
            match (at.line, at.column) {
                (Some(line), Some(column)) => write!(f, "!{}", cell_name((column, line)))?,
                (Some(line), None) => write!(f, "!{line}")?,
                (None, _) => {}
            }
        } else {
            if let Some(line) = at.line {
                write!(f, ":{line}")?;
            }
            if let Some(column) = at.column {
                write!(f, ":{column}")?;
            }
        }
        if let Some(field) = &at.field {
            write!(f, " ({field})")?;
        }
        Ok(())
    }
}

/// Everything that is wrong with a list: the first of it, and how much more there is.
///
/// As an error it is one line; whoever shows it to people shows [`kept`](Self::kept) and
/// [`rest`](Self::rest).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Problems {
    file: String,
    /// The sheet that what is added next is in.
    pub(crate) sheet: Option<String>,
    kept: Vec<Problem>,
    more: u64,
}

impl Say for Problems {
    /// The first of them, and how many more there are.
    fn say(&self) -> Message {
        let Some(first) = self.kept.first() else {
            return Message::verbatim(&self.file);
        };
        match self.count() - 1 {
            0 => first.say(),
            more => Message::joined(
                [first.say(), say!("and {more} more problems", more)],
                say!("; "),
            ),
        }
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&visible(&self.say().to_string()))
    }
}

impl std::error::Error for Problems {}

impl Problems {
    /// How many are kept.
    pub(crate) const MOST: usize = 1000;
    /// How many are counted.
    const MOST_COUNTED: u64 = 100_000;

    pub(crate) fn of(file: String) -> Self {
        Self {
            file,
            ..Self::default()
        }
    }

    /// The first thousand, in the order of the lines.
    pub fn kept(&self) -> &[Problem] {
        &self.kept
    }

    /// How many there are beyond those that are kept.
    pub fn more(&self) -> u64 {
        self.more
    }

    /// Whether there are so many that nobody looks for more.
    pub(crate) fn are_enough(&self) -> bool {
        self.count() >= Self::MOST_COUNTED
    }

    /// How many there are, as far as they were looked for: up to about a hundred thousand.
    pub fn count(&self) -> u64 {
        self.kept.len() as u64 + self.more
    }

    /// The last line of those that are kept: how many more there are, if there are.
    pub fn rest(&self) -> Option<Problem> {
        (self.more > 0).then(|| Problem {
            file: self.file.clone(),
            sheet: None,
            line: None,
            column: None,
            field: None,
            message: if self.are_enough() {
                say!(
                    "and {more} more problems, or more: the rest was not looked at",
                    more = self.more
                )
            } else {
                say!("and {more} more problems", more = self.more)
            },
        })
    }

    pub(crate) fn add(&mut self, line: Option<u64>, column: Option<At>, message: Message) {
        if self.kept.len() == Self::MOST {
            self.more += 1;
            return;
        }
        self.kept.push(Problem {
            file: self.file.clone(),
            sheet: self.sheet.clone(),
            line,
            column: column.map(|(n, _)| n),
            field: column
                .and_then(|(_, field)| field)
                .map(|field| field.name().to_owned()),
            message,
        });
    }

    /// More of which only the number is known.
    pub(crate) fn add_untold(&mut self, count: u64) {
        self.more += count;
    }

    /// Two readings of the list differ.
    pub(crate) fn changed(&mut self) {
        let message = say!("the file changed while it was read: try again");
        self.add(None, None, message);
    }

    pub(crate) fn unreadable(&mut self, error: &std::io::Error) {
        let own = error.get_ref().and_then(|it| it.downcast_ref::<Message>());
        let error = own
            .cloned()
            .unwrap_or_else(|| Message::verbatim(error.to_string()));
        self.add(None, None, say!("cannot be read: {error}", error));
    }
}
