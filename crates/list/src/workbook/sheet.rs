//! The rows of a sheet, as records.

use std::ops::{ControlFlow, RangeInclusive};

use jindiao_words::{Message, say};
use quick_xml::events::{BytesStart, Event};

use super::Trouble;
use super::cell_name::{MOST_ROWS, cell, cell_name};
use super::number::{self, Shown, Styles};
use super::strings::Strings;
use super::xml::{Xml, add_text, attribute, is_set, unescape};
use crate::limits::{LONGEST_LINE, MOST_COLUMNS};
use crate::records::{CellFault, Record};
use crate::visible::shorten;

/// What its cells refer to.
pub(super) struct Texts {
    pub(super) strings: Strings,
    pub(super) styles: Styles,
    /// Whether days are counted from 1904 on.
    pub(super) is_1904: bool,
}

/// What a sheet has.
pub(super) enum Item<'a> {
    /// A row that is not blank.
    Row(&'a Record<'a>),
    /// Cells that are merged, below the rows.
    Merged(Merged),
}

/// Cells that are one: rows and columns, counted from 1.
pub(super) struct Merged {
    pub(super) rows: RangeInclusive<u64>,
    pub(super) columns: RangeInclusive<usize>,
    /// `A5:A9`
    pub(super) name: String,
}

/// Hands over all that a sheet has, until it says that that is enough.
pub(super) fn read(
    mut xml: Xml<'_>,
    texts: &Texts,
    mut each: impl FnMut(Item<'_>) -> ControlFlow<()>,
) -> Result<ControlFlow<()>, Trouble> {
    let mut rows = Rows::default();
    let mut place = Place::Before;
    loop {
        let event = xml.next()?;
        match (&event, place) {
            (Event::Start(it), Place::Before) => match it.local_name().as_ref() {
                "sheetFormatPr" => rows.are_hidden = is_set(it, "zeroHeight")?,
                "col" => rows.columns(it)?,
                "sheetData" => place = Place::Rows,
                _ => {}
            },
            (Event::End(it), Place::Rows) if it.local_name().as_ref() == "sheetData" => {
                place = Place::After;
            }
            (Event::Start(it), Place::After) if it.local_name().as_ref() == "mergeCell" => {
                let name = attribute(it, "ref")?.unwrap_or_default();
                if each(Item::Merged(Merged::named(&name)?)).is_break() {
                    return Ok(ControlFlow::Break(()));
                }
            }
            (Event::End(it), Place::After) if it.local_name().as_ref() == "worksheet" => {
                place = Place::Over;
            }
            (Event::Eof, Place::Over) => return Ok(ControlFlow::Continue(())),
            (Event::Eof, _) => return Err(Trouble::Damaged(say!("a sheet ends in the middle"))),
            (event, Place::Rows) => {
                if rows.take(event, texts)?
                    && let Some(record) = rows.record()
                    && each(Item::Row(&record)).is_break()
                {
                    return Ok(ControlFlow::Break(()));
                }
            }
            _ => {}
        }
    }
}

#[derive(Clone, Copy)]
enum Place {
    Before,
    Rows,
    After,
    Over,
}

/// The row that is being read.
#[derive(Default)]
struct Rows {
    /// Where nothing else is said.
    are_hidden: bool,
    hidden_columns: Vec<RangeInclusive<usize>>,
    line: u64,
    is_hidden: bool,
    text: Vec<u8>,
    ends: Vec<usize>,
    faults: Vec<CellFault>,
    formulas: u64,
    cell: Cell,
}

/// The cell that is being read.
#[derive(Default)]
struct Cell {
    /// Counted from 1.
    column: usize,
    kind: String,
    style: Option<usize>,
    has_formula: bool,
    value: String,
    inline: String,
    reads: Reads,
    is_reading_aid: bool,
}

/// What the text belongs to that comes next.
#[derive(Default, Clone, Copy, PartialEq, Eq)]
enum Reads {
    #[default]
    Nothing,
    Value,
    Inline,
}

impl Rows {
    /// Takes note of columns that are hidden.
    fn columns(&mut self, element: &BytesStart<'_>) -> Result<(), Trouble> {
        let width = attribute(element, "width")?;
        let is_hidden = is_set(element, "hidden")? || width.is_some_and(|it| is_zero(&it));
        let bound = |name| -> Result<Option<usize>, Trouble> {
            Ok(attribute(element, name)?.and_then(|it| it.trim().parse().ok()))
        };
        if let (true, Some(first), Some(last)) = (is_hidden, bound("min")?, bound("max")?)
            && self.hidden_columns.len() < MOST_COLUMNS
        {
            self.hidden_columns.push(first..=last);
        }
        Ok(())
    }

    /// Takes an event among the rows; whether a row ended with it.
    fn take(&mut self, event: &Event<'_>, texts: &Texts) -> Result<bool, Trouble> {
        match event {
            Event::Start(it) => match it.local_name().as_ref() {
                "row" => self.begin_row(it)?,
                "c" => self.begin_cell(it)?,
                "f" => self.cell.has_formula = true,
                "v" => self.cell.reads = Reads::Value,
                "rPh" => self.cell.is_reading_aid = true,
                "t" if !self.cell.is_reading_aid => self.cell.reads = Reads::Inline,
                _ => {}
            },
            Event::End(it) => match it.local_name().as_ref() {
                "row" => return Ok(true),
                "c" => self.end_cell(texts)?,
                "v" | "t" => self.cell.reads = Reads::Nothing,
                "rPh" => self.cell.is_reading_aid = false,
                _ => {}
            },
            event => match self.cell.reads {
                Reads::Nothing => {}
                Reads::Value => add_text(event, &mut self.cell.value)?,
                Reads::Inline => add_text(event, &mut self.cell.inline)?,
            },
        }
        Ok(false)
    }

    fn begin_row(&mut self, element: &BytesStart<'_>) -> Result<(), Trouble> {
        let line = match attribute(element, "r")? {
            Some(line) => line.trim().parse().unwrap_or(0),
            None => self.line + 1,
        };
        if line <= self.line || line > MOST_ROWS {
            return Err(Trouble::Damaged(say!(
                "the rows of a sheet are not in order"
            )));
        }
        self.line = line;
        let is_flat = attribute(element, "ht")?.is_some_and(|it| is_zero(&it));
        self.is_hidden = is_flat
            || match attribute(element, "hidden")? {
                Some(_) => is_set(element, "hidden")?,
                None => self.are_hidden,
            };
        self.text.clear();
        self.ends.clear();
        self.faults.clear();
        self.formulas = 0;
        self.cell = Cell::default();
        Ok(())
    }

    fn begin_cell(&mut self, element: &BytesStart<'_>) -> Result<(), Trouble> {
        let last = self.cell.column;
        let column = match attribute(element, "r")? {
            Some(name) => {
                let (column, line) =
                    cell(&name).ok_or_else(|| Trouble::Damaged(say!("a cell has no name")))?;
                if line != self.line {
                    return Err(Trouble::Damaged(say!(
                        "a cell stands in another row than it says"
                    )));
                }
                column
            }
            None => last + 1,
        };
        if column <= last {
            return Err(Trouble::Damaged(say!(
                "the cells of a row are not in order"
            )));
        }
        self.cell = Cell {
            column,
            kind: attribute(element, "t")?.unwrap_or_default(),
            style: attribute(element, "s")?.and_then(|it| it.trim().parse().ok()),
            ..Cell::default()
        };
        Ok(())
    }

    fn end_cell(&mut self, texts: &Texts) -> Result<(), Trouble> {
        let column = self.cell.column;
        let text = match self.cell.content(texts)? {
            Ok(text) if text.trim().is_empty() => return Ok(()),
            Ok(text) => {
                self.formulas += u64::from(self.cell.has_formula);
                text
            }
            Err(message) => {
                self.faults.push(CellFault { column, message });
                self.cell.shown(texts)
            }
        };
        if column > MOST_COLUMNS {
            return Err(Trouble::TooWide(self.line));
        }
        // Empty cells need not be there.
        self.ends.resize(column - 1, self.text.len());
        self.text.extend(text.as_bytes());
        self.ends.push(self.text.len());
        if self.text.len() > LONGEST_LINE {
            return Err(Trouble::TooLarge);
        }
        Ok(())
    }

    /// The row that ended, unless it is blank.
    fn record(&self) -> Option<Record<'_>> {
        (!self.ends.is_empty()).then_some(Record {
            line: self.line,
            is_open: false,
            text: &self.text,
            ends: &self.ends,
            faults: &self.faults,
            formulas: self.formulas,
            is_hidden: self.is_hidden,
            hidden_columns: &self.hidden_columns,
        })
    }
}

impl Merged {
    fn named(name: &str) -> Result<Self, Trouble> {
        let (first, last) = name.split_once(':').unwrap_or((name, name));
        let (Some(first), Some(last)) = (cell(first), cell(last)) else {
            return Err(Trouble::Damaged(say!("merged cells have no name")));
        };
        Ok(Self {
            rows: first.1..=last.1,
            columns: first.0..=last.0,
            name: format!("{}:{}", cell_name(first), cell_name(last)),
        })
    }
}

impl Cell {
    /// What a person sees of a cell that is no text, about.
    fn shown(&self, texts: &Texts) -> String {
        let value = self.value.trim();
        let shown = texts.styles.shown(self.style);
        match self.kind.as_str() {
            "b" if value == "1" => "TRUE".to_owned(),
            "b" => "FALSE".to_owned(),
            "" | "n" if shown == Shown::Date => {
                number::date(value, texts.is_1904).unwrap_or_else(|| value.to_owned())
            }
            _ => value.to_owned(),
        }
    }

    /// The text in it, or what is wrong with it.
    fn content(&self, texts: &Texts) -> Result<Result<String, Message>, Trouble> {
        let value = self.value.as_str();
        let kind = self.kind.as_str();
        if value.is_empty() && self.has_formula && kind != "str" {
            return Ok(Err(say!(
                "there is a formula that was never computed: copy it and paste its value"
            )));
        }
        Ok(match kind {
            "s" => {
                let text = value
                    .trim()
                    .parse()
                    .ok()
                    .and_then(|n| texts.strings.text(n));
                match text {
                    Some(text) => Ok(text.to_owned()),
                    None if value.is_empty() => Ok(String::new()),
                    None => {
                        return Err(Trouble::Damaged(say!(
                            "a cell has a text that is not there"
                        )));
                    }
                }
            }
            "str" => Ok(unescape(value)),
            "inlineStr" => Ok(unescape(&self.inline)),
            "e" => Err(say!(
                "`{text}` is a spreadsheet's error: its formula has no value",
                text = shorten(value)
            )),
            "" | "n" if value.is_empty() => Ok(String::new()),
            _ if self.has_formula => Err(say!(
                "there is a formula that gives no text: copy it and paste its value as text"
            )),
            "" | "n" => number::exact(value, texts.styles.shown(self.style)),
            "b" => Err(say!("it is the value TRUE or FALSE, and no text")),
            "d" => Err(say!(
                "to the spreadsheet this is a date: format the column as text and enter it again"
            )),
            _ => return Err(Trouble::Damaged(say!("a cell is of an unknown kind"))),
        })
    }
}

fn is_zero(text: &str) -> bool {
    let text = text.trim();
    !text.is_empty() && text.bytes().all(|b| matches!(b, b'0' | b'.'))
}
