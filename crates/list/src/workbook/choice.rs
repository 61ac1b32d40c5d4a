//! Which sheet of a workbook is the list.

use std::ops::ControlFlow;

use jindiao_words::{Message, say};
use quick_xml::events::Event;

use super::number::Styles;
use super::package::Package;
use super::sheet::{self, Item, Texts};
use super::strings::Strings;
use super::xml::{attribute, is_set};
use super::{Book, Parts, Trouble};
use crate::form::Purpose;
use crate::heading::heading;
use crate::source::Source;
use crate::visible::shorten;

/// The sheet that is the list, or why there is none.
pub(super) fn choose(
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
