//! Rows that become a file, in CSV or as a workbook.

use std::io::{self, BufWriter, Write as _};
use std::path::Path;

use jindiao_list::{cell, results};
use jindiao_order::Fen;
use jindiao_words::say;
use rust_xlsxwriter::{Format, Workbook};
use tempfile::NamedTempFile;

use crate::error::{CliError, Kind};

/// The characters that a cell has in a workbook.
const MOST_CHARACTERS: usize = 32_767;

/// What stands in a cell.
pub(super) enum Cell<'a> {
    Text(&'a str),
    Money(Fen),
}

impl<'a> Cell<'a> {
    pub(super) fn of(text: &'a Option<String>) -> Self {
        Self::Text(text.as_deref().unwrap_or_default())
    }
}

/// Rows, one after the other.
pub(super) enum Sheet {
    /// Text that Excel takes for UTF-8, and no cell of it for a formula.
    Csv(Box<csv::Writer<BufWriter<NamedTempFile>>>),
    Book(Box<Book>),
}

impl Sheet {
    pub(super) fn csv(file: NamedTempFile) -> Result<Self, ExportError> {
        let mut file = BufWriter::new(file);
        file.write_all("\u{feff}".as_bytes())?;
        Ok(Self::Csv(Box::new(csv::Writer::from_writer(file))))
    }

    pub(super) fn row(&mut self, cells: &[Cell<'_>]) -> Result<(), ExportError> {
        match self {
            Self::Csv(csv) => csv.write_record(cells.iter().map(|it| match it {
                Cell::Text(text) => cell(text),
                Cell::Money(fen) => fen.to_string(),
            }))?,
            Self::Book(book) => book.row(cells)?,
        }
        Ok(())
    }

    pub(super) fn finish(self) -> Result<NamedTempFile, ExportError> {
        match self {
            Self::Csv(csv) => {
                let file = csv.into_inner().map_err(csv::IntoInnerError::into_error)?;
                Ok(file.into_inner().map_err(io::IntoInnerError::into_error)?)
            }
            Self::Book(book) => book.finish(),
        }
    }
}

/// A workbook with one sheet. Each row goes into a file without a name when the next one begins.
pub(super) struct Book {
    file: NamedTempFile,
    workbook: Workbook,
    text: Format,
    head: Format,
    money: Format,
    next: u32,
}

impl Book {
    pub(super) fn new(
        file: NamedTempFile,
        own: usize,
        is_chinese: bool,
    ) -> Result<Self, ExportError> {
        let text = Format::new().set_num_format("@");
        let mut workbook = Workbook::new();
        let sheet = workbook.add_worksheet_with_constant_memory()?;
        sheet.set_name(if is_chinese { "结果" } else { "results" })?;
        sheet.set_freeze_panes(1, 0)?;
        let columns = u16::try_from(own + results(is_chinese).len()).unwrap_or(u16::MAX);
        for column in 0..columns {
            // Whoever types another number into the list keeps its digits.
            sheet.set_column_format(column, &text)?;
            sheet.set_column_width(column, 20)?;
        }
        Ok(Self {
            file,
            workbook,
            head: text.clone().set_bold(),
            money: Format::new().set_num_format("0.00"),
            text,
            next: 0,
        })
    }

    fn row(&mut self, cells: &[Cell<'_>]) -> Result<(), ExportError> {
        let row = self.next;
        let format = if row == 0 { &self.head } else { &self.text };
        let sheet = self.workbook.worksheet_from_index(0)?;
        for (column, it) in (0..).zip(cells) {
            match it {
                Cell::Text("") => {}
                Cell::Text(text) => {
                    let text: String = text.chars().take(MOST_CHARACTERS).collect();
                    // A string is a string: no program takes it for a formula or a number.
                    sheet.write_string_with_format(row, column, text, format)?;
                }
                Cell::Money(fen) => {
                    // As it is written, which has two places.
                    let amount: f64 = fen.to_string().parse().unwrap_or_default();
                    sheet.write_number_with_format(row, column, amount, &self.money)?;
                }
            }
        }
        self.next += 1;
        Ok(())
    }

    fn finish(mut self) -> Result<NamedTempFile, ExportError> {
        let mut file = BufWriter::new(self.file.as_file_mut());
        self.workbook.save_to_writer(&mut file)?;
        file.flush()?;
        drop(file);
        Ok(self.file)
    }
}

/// Why a list was not written.
pub(super) struct ExportError(Box<dyn std::error::Error + Send + Sync>);

impl ExportError {
    pub(super) fn of(self, path: &Path) -> CliError {
        CliError::new(
            Kind::NotStored,
            say!("{path} cannot be written", path = path.display()),
        )
        .because(self.0)
        .hint(say!(
            "the orders are in the ledger: the same command writes it again"
        ))
    }
}

impl<E: Into<Box<dyn std::error::Error + Send + Sync>>> From<E> for ExportError {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}
