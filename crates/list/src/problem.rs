//! What is wrong with a list, and where.

use std::fmt;

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
    pub message: String,
}

impl fmt::Display for Problem {
    /// `orders.csv:5:3 (credit_code): the check digit is wrong …`, and of a workbook
    /// `orders.xlsx:Sheet1!C5 (credit_code): …`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let one_line = |text| visible(text).replace('\n', "\\n");
        f.write_str(&one_line(&self.file))?;
        if let Some(sheet) = &self.sheet {
            write!(f, ":{}", one_line(sheet))?;
            match (self.line, self.column) {
                (Some(line), Some(column)) => write!(f, "!{}", cell_name((column, line)))?,
                (Some(line), None) => write!(f, "!{line}")?,
                (None, _) => {}
            }
        } else {
            if let Some(line) = self.line {
                write!(f, ":{line}")?;
            }
            if let Some(column) = self.column {
                write!(f, ":{column}")?;
            }
        }
        if let Some(field) = &self.field {
            write!(f, " ({field})")?;
        }
        write!(f, ": {}", visible(&self.message))
    }
}

/// Everything that is wrong with a list: the first of it, and how much more there is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Problems {
    file: String,
    /// The sheet that they are in.
    pub(crate) sheet: Option<String>,
    kept: Vec<Problem>,
    pub(crate) more: u64,
}

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
                format!(
                    "and {} more problems, or more: the rest was not looked at",
                    self.more
                )
            } else {
                format!("and {} more problems", self.more)
            },
        })
    }

    pub(crate) fn add(
        &mut self,
        line: Option<u64>,
        column: Option<At>,
        message: impl Into<String>,
    ) {
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
            message: message.into(),
        });
    }

    pub(crate) fn unreadable(&mut self, error: &std::io::Error) {
        self.add(None, None, format!("cannot be read: {error}"));
    }
}
