//! Workbooks (`.xlsx`): the rows of the sheet that is the list, as records.
//!
//! The archive and the XML are read by libraries. What stands in the XML is read here, since what keeps
//! an order from being what somebody sees on the screen is just what readers for everybody leave out:
//! rows and columns that are hidden, digits that are lost, formulas that were never computed.

mod cell_name;
mod choice;
mod number;
mod package;
mod sheet;
mod strings;
mod xml;

#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;

use std::io;
use std::ops::ControlFlow;

use crate::Problems;
use crate::form::Purpose;
use crate::limits::MOST_COLUMNS;
use crate::records::Record;
use crate::source::Source;
use crate::visible::shorten;
use jindiao_words::{Message, say};
use number::Styles;
use package::Package;
use sheet::{Item, Merged, Texts};
use strings::Strings;

pub(crate) use cell_name::cell_name;

/// How a workbook is to be read.
#[derive(Debug, Clone)]
pub(crate) struct Book {
    /// The sheet's name.
    pub(crate) sheet: String,
    /// What the reader should know.
    pub(crate) note: Option<Message>,
    parts: Parts,
}

/// The names of the parts that matter.
#[derive(Debug, Clone, Default)]
struct Parts {
    sheet: String,
    strings: Option<String>,
    styles: Option<String>,
    is_1904: bool,
}

/// Why a workbook cannot be read.
#[derive(Debug)]
pub(crate) enum Trouble {
    Io(io::Error),
    /// It is no workbook, or not a whole one.
    Damaged(Message),
    /// It, or a part of it, is larger than any list.
    TooLarge,
    /// This row has too many columns.
    TooWide(u64),
    /// It is locked.
    Password,
}

impl Trouble {
    /// That it is damaged, in the words of a library.
    fn damaged(why: &impl ToString) -> Self {
        Self::Damaged(Message::verbatim(shorten(&why.to_string())))
    }

    fn tell(self, problems: &mut Problems) {
        match self {
            Self::Io(error) => problems.unreadable(&error),
            Self::Damaged(why) => {
                let message = say!(
                    "the workbook is damaged, or is none: {why}; save it again as .xlsx or as \"CSV UTF-8\"",
                    why
                );
                problems.add(None, None, message);
            }
            Self::TooLarge => problems.add(
                None,
                None,
                say!("the workbook, or something in it, is too large for a list: save the list as \"CSV UTF-8\""),
            ),
            Self::TooWide(line) => {
                let message =
                    say!("there are more than {most} columns: this is no list", most = MOST_COLUMNS);
                problems.add(Some(line), None, message);
            }
            Self::Password => problems.add(None, None, locked()),
        }
    }
}

fn locked() -> Message {
    say!("the workbook is protected by a password: save it without one")
}

/// Finds out which sheet of a workbook is the list: the one that is named, or the only one with our
/// headings, or the only one with anything in it. When it returns nothing, what is wrong is in
/// `problems`.
pub(crate) fn inspect(
    source: &mut Source,
    sheet: Option<&str>,
    purpose: Purpose,
    problems: &mut Problems,
) -> io::Result<Option<Book>> {
    // All that is read from now on must be of these bytes.
    if !source.is_same()? {
        problems.changed();
        return Ok(None);
    }
    let chosen = choice::choose(source, sheet, purpose);
    if !source.is_same()? {
        problems.changed();
        return Ok(None);
    }
    match chosen {
        Ok(Ok(book)) => return Ok(Some(book)),
        Ok(Err(message)) => problems.add(None, None, message),
        Err(Trouble::Io(error)) => return Err(error),
        Err(trouble) => trouble.tell(problems),
    }
    Ok(None)
}

/// What an old workbook, or one that is locked, is refused with. Both are the same kind of file.
pub(crate) fn inspect_old(source: &mut Source, problems: &mut Problems) -> io::Result<()> {
    let name: Vec<u8> = "EncryptedPackage"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    let message = if source.holds(&name)? {
        locked()
    } else {
        say!(
            "this is an old workbook (.xls): save it as .xlsx or as \"CSV UTF-8\" in the spreadsheet program"
        )
    };
    problems.add(None, None, message);
    Ok(())
}

/// Hands over all rows that are not blank, until it says that that is enough; what keeps them from
/// being read is in `problems`. Gives the error if the source cannot be read.
pub(crate) fn each_record(
    source: &mut Source,
    book: &Book,
    problems: &mut Problems,
    each: impl FnMut(&Record<'_>, &mut Problems) -> ControlFlow<()>,
) -> Option<io::Error> {
    let is_same = |source: &mut Source, problems: &mut Problems| match source.is_same() {
        Ok(true) => Ok(true),
        Ok(false) => {
            problems.changed();
            Ok(false)
        }
        Err(error) => Err(error),
    };
    match is_same(source, problems) {
        Ok(true) => {}
        Ok(false) => return None,
        Err(error) => return Some(error),
    }
    match read(source, &book.parts, problems, each) {
        Ok(ControlFlow::Break(())) => return None,
        Ok(ControlFlow::Continue(())) => {}
        Err(Trouble::Io(error)) => return Some(error),
        Err(trouble) => trouble.tell(problems),
    }
    is_same(source, problems).err()
}

fn read(
    source: &mut Source,
    parts: &Parts,
    problems: &mut Problems,
    mut each: impl FnMut(&Record<'_>, &mut Problems) -> ControlFlow<()>,
) -> Result<ControlFlow<()>, Trouble> {
    let mut package = Package::open(source)?;
    let texts = Texts {
        strings: Strings::read(&mut package, parts.strings.as_deref())?,
        styles: Styles::read(&mut package, parts.styles.as_deref())?,
        is_1904: parts.is_1904,
    };
    let Some(xml) = package.part(&parts.sheet)? else {
        return Err(Trouble::Damaged(say!("a sheet is missing")));
    };
    // The first row that is not blank, and how many columns it has.
    let mut head = None;
    sheet::read(xml, &texts, |item| match item {
        Item::Row(record) => {
            head.get_or_insert((record.line, record.fields().count()));
            each(record, problems)
        }
        Item::Merged(merged) => {
            if let Some((line, width)) = head
                && *merged.rows.end() >= line
                && *merged.columns.start() <= width
            {
                complain(&merged, problems);
            }
            if problems.are_enough() {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        }
    })
}

fn complain(merged: &Merged, problems: &mut Problems) {
    let message = say!(
        "the cells {cells} are merged, only the first of them has a value: unmerge them and fill in each",
        cells = merged.name
    );
    let column = Some((*merged.columns.start(), None));
    problems.add(Some(*merged.rows.start()), column, message);
}
