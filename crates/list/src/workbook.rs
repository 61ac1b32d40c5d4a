//! Workbooks (`.xlsx`): which sheet is the list, and its rows as records.
//!
//! The archive and the XML are read by libraries. What stands in the XML is read here, since what keeps
//! an order from being what somebody sees on the screen is just what readers for everybody leave out:
//! rows and columns that are hidden, digits that are lost, formulas that were never computed.

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

use jindiao_words::{Message, say};
use quick_xml::events::Event;

use crate::Problems;
use crate::form::Purpose;
use crate::heading::heading;
use crate::limits::MOST_COLUMNS;
use crate::records::Record;
use crate::source::Source;
use crate::visible::shorten;
use number::Styles;
use package::Package;
use sheet::{Item, Merged, Texts};
use strings::Strings;
use xml::{attribute, is_set};

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
    let chosen = choose(source, sheet, purpose);
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

/// A sheet that cells can be in.
struct Sheet {
    name: String,
    part: String,
    is_hidden: bool,
    /// What its first row is, if it has one.
    first: Option<First>,
}

/// The first row of a sheet that is not blank.
#[derive(Clone, Copy, PartialEq, Eq)]
enum First {
    /// It has one of our headings.
    Headings,
    Other,
}

/// The sheet that is the list, or why there is none.
fn choose(
    source: &mut Source,
    wanted: Option<&str>,
    purpose: Purpose,
) -> Result<Result<Book, Message>, Trouble> {
    let mut package = Package::open(source)?;
    let main = match main_part(&mut package)? {
        Ok(main) => main,
        Err(message) => return Ok(Err(message)),
    };
    let relations = package.relations(&main)?;
    let part_of = |kind: &str| {
        let of_kind = relations.iter().find(|it| it.kind.ends_with(kind));
        of_kind.map(|it| it.target.clone())
    };
    let mut parts = Parts {
        sheet: String::new(),
        strings: part_of("/sharedStrings"),
        styles: part_of("/styles"),
        is_1904: false,
    };
    let mut sheets = Vec::new();
    let Some(mut xml) = package.part(&main)? else {
        return Err(Trouble::Damaged(say!("its main part is missing")));
    };
    loop {
        match xml.next()? {
            Event::Start(it) if it.local_name().as_ref() == "sheet" => {
                // Its number in the workbook is another attribute.
                let id = attribute(&it, "id")?.unwrap_or_default();
                let state = attribute(&it, "state")?.unwrap_or_default();
                let sheet = relations.iter().find(|it| it.id == id);
                // Charts are sheets, too.
                if let Some(sheet) = sheet.filter(|it| it.kind.ends_with("/worksheet")) {
                    sheets.push(Sheet {
                        name: attribute(&it, "name")?.unwrap_or_default(),
                        part: sheet.target.clone(),
                        is_hidden: !matches!(state.as_str(), "" | "visible"),
                        first: None,
                    });
                }
            }
            Event::Start(it) if it.local_name().as_ref() == "workbookPr" => {
                parts.is_1904 = is_set(&it, "date1904")?;
            }
            Event::Eof => break,
            _ => {}
        }
    }
    drop(xml);

    let texts = Texts {
        strings: Strings::read(&mut package, parts.strings.as_deref())?,
        styles: Styles::default(),
        is_1904: parts.is_1904,
    };
    for sheet in &mut sheets {
        sheet.first = first(&mut package, &sheet.part, &texts)?;
    }
    Ok(pick(&sheets, wanted, purpose).map(|(sheet, note)| {
        parts.sheet.clone_from(&sheet.part);
        Book {
            sheet: sheet.name.clone(),
            note,
            parts,
        }
    }))
}

/// The name of the part that names the sheets, or what the archive is instead of a workbook.
fn main_part(package: &mut Package<'_>) -> Result<Result<String, Message>, Trouble> {
    let relations = package.relations("")?;
    let main = relations
        .into_iter()
        .find(|it| it.kind.ends_with("/officeDocument"))
        .map_or("xl/workbook.xml".to_owned(), |it| it.target);
    Ok(if main.to_lowercase().ends_with(".bin") {
        Err(say!(
            "this is a binary workbook (.xlsb): save it as .xlsx or as \"CSV UTF-8\" in the spreadsheet program"
        ))
    } else if package.has(&main) && !main.to_lowercase().starts_with("word/") {
        Ok(main)
    } else if package.has("content.xml") && package.has("mimetype") {
        Err(say!(
            "this is an OpenDocument file (.ods): save it as .xlsx or as \"CSV UTF-8\" in the spreadsheet program"
        ))
    } else if package.has("Index/Document.iwa") {
        Err(say!("this is a file of Numbers: export it as .xlsx or CSV"))
    } else {
        Err(say!(
            "this is a ZIP archive and no workbook: a list is .xlsx or CSV"
        ))
    })
}

/// The first row of a sheet that is not blank.
fn first(package: &mut Package<'_>, part: &str, texts: &Texts) -> Result<Option<First>, Trouble> {
    let Some(xml) = package.part(part)? else {
        return Err(Trouble::Damaged(say!("a sheet is missing")));
    };
    let mut first = None;
    let _ = sheet::read(xml, texts, |item| {
        if let Item::Row(record) = item {
            let is_ours = record.fields().any(|field| heading(field).is_some());
            first = Some(if is_ours {
                First::Headings
            } else {
                First::Other
            });
        }
        ControlFlow::Break(())
    })?;
    Ok(first)
}

/// The sheet that is the list, with a note where others were passed over; or why it is none of them.
fn pick<'a>(
    sheets: &'a [Sheet],
    wanted: Option<&str>,
    purpose: Purpose,
) -> Result<(&'a Sheet, Option<Message>), Message> {
    if let Some(wanted) = wanted {
        let named = sheets.iter().find(|it| it.name == wanted);
        let named = named.or_else(|| {
            let mut alike = sheets
                .iter()
                .filter(|it| it.name.trim().to_lowercase() == wanted.trim().to_lowercase());
            alike.next().filter(|_| alike.next().is_none())
        });
        return named.map(|it| (it, None)).ok_or_else(|| {
            let wanted = shorten(wanted);
            let all: Vec<_> = sheets.iter().collect();
            say!(
                "there is no sheet `{sheet}`; there are {names}",
                sheet = wanted,
                names = names(&all)
            )
        });
    }
    let of = |is_it: &dyn Fn(&Sheet) -> bool| -> Vec<&Sheet> {
        sheets.iter().filter(|it| is_it(it)).collect()
    };
    let filled = of(&|it| it.first.is_some() && !it.is_hidden);
    let ours = of(&|it| it.first == Some(First::Headings) && !it.is_hidden);
    let candidates = match purpose {
        Purpose::List if !ours.is_empty() => &ours,
        _ => &filled,
    };
    match candidates.as_slice() {
        [sheet] => {
            let others: Vec<_> = filled
                .iter()
                .filter(|it| it.part != sheet.part)
                .copied()
                .collect();
            let note = (!others.is_empty()).then(|| {
                say!(
                    "the sheet `{sheet}` was read, and not {names}",
                    sheet = shorten(&sheet.name),
                    names = names(&others)
                )
            });
            Ok((sheet, note))
        }
        [] => {
            let hidden = of(&|it| it.first.is_some());
            match hidden.as_slice() {
                // An empty workbook is an empty list.
                [] => sheets
                    .first()
                    .map(|it| (it, None))
                    .ok_or_else(|| say!("there is no sheet in the workbook")),
                hidden => Err(say!(
                    "every sheet with something in it is hidden: say which is the list, --sheet NAME; there are {names}",
                    names = names(hidden)
                )),
            }
        }
        many => Err(say!(
            "there are several sheets with something in them: say which is the list, --sheet NAME; there are {names}",
            names = names(many)
        )),
    }
}

fn names(sheets: &[&Sheet]) -> Message {
    /// A workbook may have thousands.
    const MOST: usize = 10;
    let mut names: Vec<_> = sheets
        .iter()
        .take(MOST)
        .map(|it| Message::verbatim(format!("`{}`", shorten(&it.name))))
        .collect();
    if sheets.len() > MOST {
        names.push(Message::verbatim("…"));
    }
    Message::list(names)
}

/// `B5`, of a column and a row, both counted from 1.
pub(crate) fn cell_name((column, line): (usize, u64)) -> String {
    format!("{}{line}", column_name(column))
}

/// `B`, of a column, counted from 1.
pub(crate) fn column_name(mut column: usize) -> String {
    let mut letters = Vec::new();
    while let Some(rest) = column.checked_sub(1) {
        letters.push(b'A' + u8::try_from(rest % 26).unwrap_or_default());
        column = rest / 26;
    }
    letters.reverse();
    String::from_utf8(letters).unwrap_or_default()
}
