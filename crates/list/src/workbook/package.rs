//! The ZIP archive that a workbook is, and how its parts name each other.

use std::collections::HashMap;
use std::io::{BufReader, SeekFrom};

use jindiao_words::say;
use quick_xml::events::Event;
use zip::ZipArchive;
use zip::result::ZipError;

use super::Trouble;
use super::xml::{Xml, attribute};
use crate::source::{Again, Source};

/// A workbook that is longer, in bytes as it lies on the disk, is none.
const MOST_PACKED: u64 = 64 << 20;
/// How much may be unpacked of one, in bytes.
const MOST_UNPACKED: u64 = 1 << 30;
/// A workbook of more parts is none.
const MOST_PARTS: usize = 10_000;

/// The parts of a workbook.
pub(super) struct Package<'a> {
    archive: ZipArchive<BufReader<&'a mut dyn Again>>,
    /// Which part has a name, as the archive writes it and without regard to case.
    names: HashMap<String, usize>,
    left: u64,
}

/// What a part says of another.
pub(super) struct Relation {
    pub(super) id: String,
    pub(super) kind: String,
    /// The name of the other part.
    pub(super) target: String,
}

impl<'a> Package<'a> {
    pub(super) fn open(source: &'a mut Source) -> Result<Self, Trouble> {
        let bytes = source.whole();
        let length = bytes.seek(SeekFrom::End(0)).map_err(Trouble::Io)?;
        bytes.seek(SeekFrom::Start(0)).map_err(Trouble::Io)?;
        if length > MOST_PACKED {
            return Err(Trouble::TooLarge);
        }
        let archive = ZipArchive::new(BufReader::new(bytes))?;
        if archive.len() > MOST_PARTS || archive.has_duplicate_names() {
            return Err(Trouble::Damaged(say!(
                "it has too many parts, or one twice"
            )));
        }
        let mut names = HashMap::new();
        for (n, name) in archive.file_names().enumerate() {
            names.insert(plain(&name?), n);
        }
        Ok(Self {
            archive,
            names,
            left: MOST_UNPACKED,
        })
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.names.contains_key(&plain(name))
    }

    /// The part of this name; `None` if there is none.
    pub(super) fn part(&mut self, name: &str) -> Result<Option<Xml<'_>>, Trouble> {
        let Some(n) = self.names.get(&plain(name)) else {
            return Ok(None);
        };
        let part = self.archive.by_index(*n)?;
        Ok(Some(Xml::new(BufReader::new(part), &mut self.left)))
    }

    /// What the part of this name (empty: the archive) says of others.
    pub(super) fn relations(&mut self, name: &str) -> Result<Vec<Relation>, Trouble> {
        let (folder, file) = name.rsplit_once('/').unwrap_or(("", name));
        let about = format!("{folder}/_rels/{file}.rels");
        let folder = folder.to_owned();
        let mut relations = Vec::new();
        let Some(mut xml) = self.part(&about)? else {
            return Ok(relations);
        };
        loop {
            match xml.next()? {
                Event::Start(it) if it.local_name().as_ref() == "Relationship" => {
                    if attribute(&it, "TargetMode")?.as_deref() == Some("External") {
                        continue;
                    }
                    relations.push(Relation {
                        id: attribute(&it, "Id")?.unwrap_or_default(),
                        kind: attribute(&it, "Type")?.unwrap_or_default(),
                        target: resolve(&folder, &attribute(&it, "Target")?.unwrap_or_default()),
                    });
                    if relations.len() > MOST_PARTS {
                        return Err(Trouble::Damaged(say!("it has too many parts")));
                    }
                }
                Event::Eof => return Ok(relations),
                _ => {}
            }
        }
    }
}

impl From<ZipError> for Trouble {
    fn from(error: ZipError) -> Self {
        match error {
            ZipError::InvalidPassword => Self::Password,
            ZipError::UnsupportedArchive(why) if why == ZipError::PASSWORD_REQUIRED => {
                Self::Password
            }
            error => Self::damaged(&error),
        }
    }
}

/// The name as names are compared: some programs write backslashes, or other letters than they name.
fn plain(name: &str) -> String {
    name.replace('\\', "/")
        .trim_start_matches('/')
        .to_lowercase()
}

/// The name of the part that `target` leads to from a folder.
fn resolve(folder: &str, target: &str) -> String {
    if let Some(absolute) = target.strip_prefix('/') {
        return absolute.to_owned();
    }
    let mut parts: Vec<_> = folder.split('/').filter(|it| !it.is_empty()).collect();
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_parts() {
        let check = |folder, target, expect| assert_eq!(resolve(folder, target), expect);
        check("xl", "worksheets/sheet1.xml", "xl/worksheets/sheet1.xml");
        check("xl", "/xl/worksheets/a.xml", "xl/worksheets/a.xml");
        check("xl/worksheets", "../styles.xml", "xl/styles.xml");
        check("", "xl/workbook.xml", "xl/workbook.xml");
        check("xl", "../../../etc", "etc");
    }
}
