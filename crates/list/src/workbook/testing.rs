//! Workbooks made for tests.

use std::io::{Cursor, Write as _};

use zip::ZipWriter;
use zip::write::SimpleFileOptions;

const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
const RELATIONS: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const PACKAGE: &str = "http://schemas.openxmlformats.org/package/2006/relationships";

/// A workbook, part by part.
pub(crate) struct Made {
    sheets: Vec<(String, String)>,
    pub(crate) strings: String,
    pub(crate) styles: String,
}

impl Made {
    /// With one sheet, `Sheet1`, whose rows are these.
    pub(crate) fn new(rows: &str) -> Self {
        Self::empty().with("Sheet1", "", &sheet("", rows, ""))
    }

    pub(crate) fn empty() -> Self {
        Self {
            sheets: Vec::new(),
            strings: String::new(),
            styles: String::new(),
        }
    }

    /// With another sheet of this name and state.
    pub(crate) fn with(mut self, name: &str, state: &str, xml: &str) -> Self {
        let state = match state {
            "" => String::new(),
            state => format!(" state=\"{state}\""),
        };
        let named = format!("name=\"{name}\"{state}");
        self.sheets.push((named, xml.to_owned()));
        self
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut names = String::new();
        let mut relations = String::new();
        let mut parts = Vec::new();
        for (n, (name, xml)) in self.sheets.iter().enumerate() {
            names += &format!("<sheet {name} sheetId=\"{}\" r:id=\"rId{n}\"/>", n + 7);
            relations += &format!(
                "<Relationship Id=\"rId{n}\" Type=\"{RELATIONS}/worksheet\" Target=\"worksheets/sheet{n}.xml\"/>"
            );
            let part = format!("xl/worksheets/sheet{n}.xml");
            parts.push((part, xml.clone().into_bytes()));
        }
        for (kind, text) in [("sharedStrings", &self.strings), ("styles", &self.styles)] {
            if !text.is_empty() {
                relations += &format!(
                    "<Relationship Id=\"{kind}\" Type=\"{RELATIONS}/{kind}\" Target=\"/xl/{kind}.xml\"/>"
                );
                parts.push((format!("xl/{kind}.xml"), text.clone().into_bytes()));
            }
        }
        let workbook = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<workbook xmlns=\"{MAIN}\" xmlns:r=\"{RELATIONS}\"><sheets>{names}</sheets></workbook>"
        );
        parts.push(("xl/workbook.xml".to_owned(), workbook.into_bytes()));
        let relations = format!("<Relationships xmlns=\"{PACKAGE}\">{relations}</Relationships>");
        parts.push((
            "xl/_rels/workbook.xml.rels".to_owned(),
            relations.into_bytes(),
        ));
        let main = format!(
            "<Relationships xmlns=\"{PACKAGE}\"><Relationship Id=\"a\" Type=\"{RELATIONS}/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>"
        );
        parts.push(("_rels/.rels".to_owned(), main.into_bytes()));
        archive(&parts)
    }
}

/// A ZIP archive of these parts.
pub(crate) fn archive(parts: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in parts {
        writer
            .start_file(name.as_str(), SimpleFileOptions::default())
            .expect("in memory");
        writer.write_all(bytes).expect("in memory");
    }
    writer.finish().expect("in memory").into_inner()
}

/// A sheet with something before its rows, and something after them.
pub(crate) fn sheet(before: &str, rows: &str, after: &str) -> String {
    format!("<worksheet xmlns=\"{MAIN}\">{before}<sheetData>{rows}</sheetData>{after}</worksheet>")
}

/// Rows of texts, from the first on.
pub(crate) fn rows(texts: &[&[&str]]) -> String {
    let rows = texts.iter().enumerate();
    rows.map(|(n, texts)| row(n + 1, "", texts)).collect()
}

/// A row of texts with some attributes.
pub(crate) fn row(line: usize, attributes: &str, texts: &[&str]) -> String {
    let cells: String = texts
        .iter()
        .enumerate()
        .filter(|(_, text)| !text.is_empty())
        .map(|(n, text)| {
            let name = super::cell_name((n + 1, line as u64));
            format!("<c r=\"{name}\" t=\"inlineStr\"><is><t>{text}</t></is></c>")
        })
        .collect();
    format!("<row r=\"{line}\" {attributes}>{cells}</row>")
}
