//! Workbooks of what is wanted.

use std::io::{Cursor, Write as _};

use jindiao_list::{Hidden, List, ListChanged, ListLine, Reading, parse_cells};
use jindiao_order::Product;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use crate::list::{assert_lines, assert_problems};

/// A spreadsheet has no more rows.
const ROWS: u64 = 1 << 20;

const RELATIONS: &str =
    "<Relationships><Relationship Id=\"a\" Type=\"/officeDocument\" Target=\"w\"/></Relationships>";
const PARTS: &str = "<Relationships><Relationship Id=\"1\" Type=\"/worksheet\" Target=\"1\"/><Relationship Id=\"2\" Type=\"/worksheet\" Target=\"2\"/>\
     <Relationship Id=\"3\" Type=\"/sharedStrings\" Target=\"3\"/><Relationship Id=\"4\" Type=\"/styles\" Target=\"4\"/></Relationships>";
const BOOK: &str = "<workbook><sheets><sheet name=\"a\" r:id=\"1\"/><sheet name=\"b\" r:id=\"2\" state=\"hidden\"/></sheets></workbook>";

/// A byte that says how to read, then the XML of a sheet, of the texts that its cells share and of its
/// styles, with a NUL after each: as a list of what is wanted, and as any other table. The archive around
/// them is whole: its sums are found by no fuzzer, and reading it is the library's part.
pub fn workbook(data: &[u8]) {
    let Some((how, parts)) = data.split_first() else {
        return;
    };
    let mut parts = parts.splitn(3, |b| *b == 0);
    let mut part = || parts.next().unwrap_or_default();
    let (sheet, strings, styles) = (part(), part(), part());
    let Some(bytes) = archive(sheet, strings, styles) else {
        return;
    };
    let reading = Reading::new()
        .with_product((how & 1 > 0).then_some(Product::QccSnapshot))
        .with_sheet((how & 2 > 0).then(|| "a".to_owned()))
        .with_hidden(match how >> 2 & 3 {
            0 | 1 => Hidden::Refuse,
            2 => Hidden::Skip,
            _ => Hidden::Take,
        });
    match List::read_as("a.xlsx", Cursor::new(bytes.clone()), reading) {
        Ok(mut list) => {
            let mut lines: Vec<ListLine> = Vec::new();
            let read = list.each(|line| {
                lines.push(line);
                Ok::<_, ListChanged>(())
            });
            assert!(read.is_ok(), "it is the same when it is read again");
            assert_lines(&lines, ROWS);
            assert_eq!(list.lines(), lines.len() as u64);
        }
        Err(problems) => assert_problems(&problems, ROWS),
    }
    if data.len().is_multiple_of(4)
        && let Err(problems) = parse_cells("a.xlsx", &bytes)
    {
        assert_problems(&problems, ROWS);
    }
}

fn archive(sheet: &[u8], strings: &[u8], styles: &[u8]) -> Option<Vec<u8>> {
    let parts: [(&str, &[u8]); 7] = [
        ("_rels/.rels", RELATIONS.as_bytes()),
        ("w", BOOK.as_bytes()),
        ("_rels/w.rels", PARTS.as_bytes()),
        ("1", sheet),
        ("2", b"<worksheet><sheetData/></worksheet>"),
        ("3", strings),
        ("4", styles),
    ];
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    for (name, bytes) in parts {
        writer.start_file(name, options).ok()?;
        writer.write_all(bytes).ok()?;
    }
    Some(writer.finish().ok()?.into_inner())
}
