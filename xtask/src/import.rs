//! Compares a table of codes that a vendor publishes with ours.

use std::collections::BTreeSet;
use std::fmt;
use std::fs;
use std::path::Path;

use crate::table::{Row, Table, VENDORS};

/// Runs `codes import` with `args` and prints what differs. `true`: nothing does.
pub(crate) fn run(root: &Path, args: &[&str]) -> Result<bool, String> {
    let args = Args::parse(args)?;
    let bytes = fs::read(args.file).map_err(|e| format!("cannot read {}: {e}", args.file))?;
    let text = String::from_utf8(bytes)
        .map_err(|_| format!("{} is not UTF-8 text; save it as UTF-8 first", args.file))?;
    let found = read(&text);
    if found.is_empty() {
        return Err(format!(
            "no codes in {}: a row is a code and its text, e.g. `101【无效请求】…`, `| 68300004 | … |` or `900: …`",
            args.file
        ));
    }
    let vendor = match args.vendor {
        Some(vendor) => vendor.to_owned(),
        None => detect(root, &found)?,
    };
    let table = Table::load(root, &vendor)?;
    if let Some(id) = args.document
        && !table.documents.iter().any(|it| it.id == id)
    {
        let known: Vec<_> = table.documents.iter().map(|it| it.id.as_str()).collect();
        return Err(format!(
            "the {vendor} table has no document `{id}`; it has {}",
            known.join(", ")
        ));
    }
    let changes = compare(&table, &found, args.document);
    for change in &changes {
        println!("{change}");
    }
    let count = |kind: fn(&Change) -> bool| changes.iter().filter(|it| kind(it)).count();
    println!(
        "{vendor}: {} rows read; {} new, {} gone, {} changed",
        found.len(),
        count(|it| matches!(it, Change::New(_))),
        count(|it| matches!(it, Change::Gone { .. })),
        count(|it| matches!(it, Change::Text { .. } | Change::Class { .. })),
    );
    if !changes.is_empty() {
        println!("edit crates/codes/tables/{vendor}.toml, then run `cargo xtask codegen`");
    }
    Ok(changes.is_empty())
}

#[derive(Debug)]
struct Args<'a> {
    file: &'a str,
    vendor: Option<&'a str>,
    document: Option<&'a str>,
}

impl<'a> Args<'a> {
    fn parse(args: &[&'a str]) -> Result<Self, String> {
        let usage = "usage: cargo xtask codes import FILE [--vendor VENDOR] [--document ID]";
        let (mut file, mut vendor, mut document) = (None, None, None);
        let mut args = args.iter().copied();
        while let Some(arg) = args.next() {
            let slot = match arg {
                "--vendor" => &mut vendor,
                "--document" => &mut document,
                _ if arg.starts_with('-') => {
                    return Err(format!("unknown option {arg}\n{usage}"));
                }
                _ if file.is_none() => {
                    file = Some(arg);
                    continue;
                }
                _ => return Err(format!("only one file at a time\n{usage}")),
            };
            *slot = Some(
                args.next()
                    .ok_or_else(|| format!("{arg} wants a value\n{usage}"))?,
            );
        }
        if let Some(vendor) = vendor
            && !VENDORS.iter().any(|(id, _)| *id == vendor)
        {
            return Err(format!(
                "no vendor `{vendor}`; known are qcc, patsnap, yibeidiao"
            ));
        }
        Ok(Self {
            file: file.ok_or(usage)?,
            vendor,
            document,
        })
    }
}

/// A row of a published table.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Found {
    code: String,
    /// `valid` or `invalid`, where the row says 有效请求 or 无效请求.
    class: Option<&'static str>,
    text: String,
}

/// A difference between a published table and ours.
#[derive(Debug, PartialEq, Eq)]
enum Change {
    New(Found),
    Gone {
        code: String,
        documents: Vec<String>,
    },
    Text {
        code: String,
        ours: Vec<String>,
        theirs: String,
    },
    Class {
        code: String,
        ours: String,
        theirs: String,
    },
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::New(Found { code, class, text }) => {
                write!(f, "new      {code}  {text}")?;
                class.map_or(Ok(()), |class| write!(f, " ({class})"))
            }
            Self::Gone { code, documents } => {
                write!(
                    f,
                    "gone     {code}  (we have it from {})",
                    documents.join(", ")
                )
            }
            Self::Text { code, ours, theirs } => {
                write!(f, "changed  {code}  now “{theirs}”, ")?;
                if ours.is_empty() {
                    f.write_str("we have recorded no text")
                } else {
                    write!(f, "we have “{}”", ours.join("”, “"))
                }
            }
            Self::Class { code, ours, theirs } => {
                write!(f, "changed  {code}  class now {theirs}, we have {ours}")
            }
        }
    }
}

/// What differs between `found` and our table, or the part of it that `document` lists.
fn compare(table: &Table, found: &[Found], document: Option<&str>) -> Vec<Change> {
    let listed = |row: &&Row| {
        document.is_none_or(|id| {
            row.documents(&table.documents).contains(&id) && row.endpoint.is_none()
        })
    };
    let mut changes = Vec::new();
    for it in found {
        let Some(row) = table
            .codes
            .iter()
            .filter(listed)
            .find(|row| row.code == it.code)
        else {
            changes.push(Change::New(it.clone()));
            continue;
        };
        let ours: Vec<&str> = row
            .texts
            .iter()
            .filter(|text| document.is_none_or(|id| text.documents.iter().any(|it| it == id)))
            .map(|text| text.text.as_str())
            .collect();
        if !ours.iter().any(|text| essence(text) == essence(&it.text)) {
            changes.push(Change::Text {
                code: it.code.clone(),
                ours: ours.into_iter().map(str::to_owned).collect(),
                theirs: it.text.clone(),
            });
        }
        if let (Some(theirs), Some(ours)) = (it.class, row.class.as_deref())
            && theirs != ours
        {
            changes.push(Change::Class {
                code: it.code.clone(),
                ours: ours.to_owned(),
                theirs: theirs.to_owned(),
            });
        }
    }
    let codes: BTreeSet<&str> = found.iter().map(|it| it.code.as_str()).collect();
    for row in table.codes.iter().filter(listed) {
        if !codes.contains(row.code.as_str()) {
            let documents = row.documents(&table.documents);
            changes.push(Change::Gone {
                code: row.code.clone(),
                documents: documents.into_iter().map(str::to_owned).collect(),
            });
        }
    }
    changes
}

/// The vendor whose table has most of the codes.
fn detect(root: &Path, found: &[Found]) -> Result<String, String> {
    let mut hits = Vec::new();
    for (vendor, _) in VENDORS {
        let table = Table::load(root, vendor)?;
        let known = |it: &&Found| table.codes.iter().any(|row| row.code == it.code);
        hits.push((found.iter().filter(known).count(), vendor));
    }
    hits.sort_unstable();
    match hits.as_slice() {
        [.., (second, _), (first, vendor)] if first > second => Ok((*vendor).to_owned()),
        _ => Err(
            "the codes do not show whose they are; say --vendor qcc, patsnap or yibeidiao"
                .to_owned(),
        ),
    }
}

/// The rows of a table in any of the forms that vendors publish. Other lines are skipped.
fn read(text: &str) -> Vec<Found> {
    let text = text.trim_start_matches('\u{feff}');
    // HTML tables: a row is a line, a cell is a column.
    let text = without_tags(text).replace("&nbsp;", " ");
    let mut rows: Vec<Found> = Vec::new();
    for row in text.lines().filter_map(read_line) {
        // The same page may print a row twice (once per tab, once per language of sample).
        if !rows.contains(&row) {
            rows.push(row);
        }
    }
    rows
}

fn read_line(line: &str) -> Option<Found> {
    let decoration =
        |c: char| c.is_whitespace() || matches!(c, '|' | '`' | '*' | '"' | '\'' | '-' | '•');
    let line = line.trim_matches(decoration);
    let digits = line.bytes().take_while(u8::is_ascii_digit).count();
    let (code, rest) = line.split_at(digits);
    // The lengths that codes have: anything else starts a sentence, a date or a numbered list.
    if !(code == "0" || matches!(code.len(), 3 | 5 | 8)) {
        return None;
    }
    let separator =
        |c: char| decoration(c) || matches!(c, ':' | '：' | ',' | '，' | '=' | '–' | '—');
    let mut cells = rest
        .trim_start_matches(separator)
        .split(['|', '\t'])
        .map(|cell| cell.trim_matches(decoration))
        .filter(|cell| !cell.is_empty());
    let mut text = cells.next()?;
    let mut class = None;
    for (mark, value) in [("有效请求", "valid"), ("无效请求", "invalid")] {
        if let Some(rest) = text.strip_prefix(&format!("【{mark}】")) {
            (class, text) = (Some(value), rest.trim());
        } else if text == mark {
            (class, text) = (Some(value), cells.next()?);
        }
    }
    // A number with more digits or a unit behind it is no code.
    let is_text = text.chars().any(char::is_alphabetic);
    is_text.then(|| Found {
        code: code.to_owned(),
        class,
        text: text.to_owned(),
    })
}

fn without_tags(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, tag)) = rest.split_once('<') {
        out.push_str(before);
        let starts = tag.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/' || c == '!');
        match tag.split_once('>') {
            Some((name, after)) if starts => {
                let name = name.trim().to_ascii_lowercase();
                let ends_line = ["/tr", "br", "/p", "/li"]
                    .iter()
                    .any(|it| name.starts_with(it));
                out.push(if ends_line { '\n' } else { '\t' });
                rest = after;
            }
            _ => {
                out.push('<');
                rest = tag;
            }
        }
    }
    out + rest
}

/// What must agree for two texts to be the same: letters and digits, in any width and case.
///
/// A closing "please …" clause without a number is politeness that documents leave out at will;
/// with a number (请等2小时后重试) it is part of the meaning.
fn essence(text: &str) -> String {
    let mut text = text.trim();
    if let Some((at, clause)) = text
        .rmatch_indices(['，', ','])
        .next()
        .map(|(at, _)| (at, &text[at..]))
        && clause
            .trim_start_matches(['，', ',', ' '])
            .starts_with('请')
        && !clause.contains(|c: char| c.is_numeric())
    {
        text = &text[..at];
    }
    text.chars()
        .map(half_width)
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

fn half_width(c: char) -> char {
    match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        _ => c,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(vendor: &str) -> Table {
        Table::load(&crate::root(), vendor).expect("our table")
    }

    fn found(code: &str, class: Option<&'static str>, text: &str) -> Found {
        Found {
            code: code.to_owned(),
            class,
            text: text.to_owned(),
        }
    }

    fn fixture(name: &str) -> String {
        let path = crate::root().join("xtask/fixtures").join(name);
        fs::read_to_string(path).expect("a fixture")
    }

    fn lines(vendor: &str, text: &str, document: Option<&str>) -> Vec<String> {
        compare(&table(vendor), &read(text), document)
            .iter()
            .map(ToString::to_string)
            .collect()
    }

    fn check(line: &str, code: &str, class: Option<&'static str>, text: &str) {
        assert_eq!(read(line), [found(code, class, text)], "{line}");
    }

    #[test]
    fn every_published_form_is_read() {
        check(
            "101【无效请求】当前的KEY无效",
            "101",
            Some("invalid"),
            "当前的KEY无效",
        );
        check("200 【有效请求】查询成功", "200", Some("valid"), "查询成功");
        check(
            "| 101 | 无效请求 | 当前KEY |",
            "101",
            Some("invalid"),
            "当前KEY",
        );
        check(
            "| 68300004 | Invalid parameter! |",
            "68300004",
            None,
            "Invalid parameter!",
        );
        check(
            "68300004 | Invalid parameter! |",
            "68300004",
            None,
            "Invalid parameter!",
        );
        check(
            "68300004Invalid parameter!",
            "68300004",
            None,
            "Invalid parameter!",
        );
        check("| `10001` | **missing** |", "10001", None, "missing");
        check("900\t内部错误", "900", None, "内部错误");
        check("900    内部错误", "900", None, "内部错误");
        check("900：内部错误", "900", None, "内部错误");
        check("900: 内部错误", "900", None, "内部错误");
        check(
            "<tr><td>900</td><td>内部错误</td></tr>",
            "900",
            None,
            "内部错误",
        );
        check("\u{feff}0 Success", "0", None, "Success");
    }

    #[test]
    fn other_lines_are_no_rows() {
        for line in [
            "",
            "|---|---|",
            "| code | text |",
            "2018-09-05 first edition",
            "1、The link is valid",
            "12345678",
            "101",
            "400-088-8275",
            "1 < 2 and 3 > 2",
        ] {
            assert_eq!(read(line), [], "{line}");
        }
    }

    #[test]
    fn politeness_and_punctuation_do_not_count_but_numbers_do() {
        assert_eq!(
            essence("非法请求过多，请联系管理员"),
            essence("非法请求过多")
        );
        assert_eq!(essence("Bad request！"), essence("bad request!"));
        assert_ne!(
            essence("连续出错，请等2小时后重试"),
            essence("连续出错，请等3小时后重试")
        );
    }

    #[test]
    fn the_vendor_shows_in_the_codes() {
        let detected = |text: &str| detect(&crate::root(), &read(text));
        assert_eq!(detected(&fixture("qcc.txt")).as_deref(), Ok("qcc"));
        assert_eq!(detected(&fixture("patsnap.md")).as_deref(), Ok("patsnap"));
        assert_eq!(
            detected(&fixture("yibeidiao.txt")).as_deref(),
            Ok("yibeidiao")
        );
        assert!(
            detected("777 nobody")
                .expect_err("nobody's")
                .contains("--vendor")
        );
    }

    #[test]
    fn new_gone_and_changed_rows_are_named() {
        let text = fixture("qcc.txt");
        let lines = lines("qcc", &text, None);
        assert!(
            lines.contains(&"new      301  新的状态 (invalid)".to_owned()),
            "{lines:?}"
        );
        assert!(
            lines.contains(&"changed  105  class now invalid, we have valid".to_owned()),
            "{lines:?}"
        );
        let changed = "changed  110  now “当前相同查询连续出错，请等3小时后重试”, we have “当前相同查询连续出错，请等2小时后重试”";
        assert!(lines.contains(&changed.to_owned()), "{lines:?}");
        assert!(
            lines.contains(&"gone     126  (we have it from demo-2024, sdk-2026)".to_owned()),
            "{lines:?}"
        );
        assert!(
            !lines.iter().any(|line| line.contains(" 101 ")),
            "{lines:?}"
        );
    }

    #[test]
    fn one_document_is_compared_with_itself() {
        assert_eq!(
            lines("patsnap", &fixture("patsnap.md"), Some("PatSnap D2")),
            [
                "changed  68300013  now “报告已删除”, we have “报告不存在”",
                "gone     404  (we have it from PatSnap D2, PatSnap D3)",
            ]
        );
    }

    #[test]
    fn our_own_table_shows_no_difference() {
        assert_eq!(lines("yibeidiao", &fixture("yibeidiao.txt"), None), [""; 0]);
        for (vendor, _) in VENDORS {
            let table = table(vendor);
            let mut text = String::new();
            for row in table.codes.iter().filter(|row| !row.texts.is_empty()) {
                text += &format!("| {} | {} |\n", row.code, row.texts[0].text);
            }
            let different = compare(&table, &read(&text), None);
            assert!(
                different
                    .iter()
                    .all(|it| matches!(it, Change::Gone { code, .. }
                    if table.codes.iter().any(|row| row.code == *code && row.texts.is_empty()))),
                "{different:?}"
            );
        }
    }

    #[test]
    fn what_cannot_be_read_is_said() {
        let dir = std::env::temp_dir();
        let file = dir.join(format!("jindiao-import-{}.txt", std::process::id()));
        let path = file.to_str().expect("a text path");
        let error = |bytes: &[u8]| {
            fs::write(&file, bytes).expect("written");
            run(&crate::root(), &[path]).expect_err("an error")
        };
        assert!(error(b"\xd6\xd0\xce\xc4").contains("UTF-8"));
        assert!(error(b"nothing here").contains("no codes"));
        fs::remove_file(&file).expect("removed");
        let missing = run(&crate::root(), &[path]).expect_err("missing");
        assert!(missing.contains("cannot read"), "{missing}");
        for args in [
            &[][..],
            &["a", "b"],
            &["a", "--vendor"],
            &["a", "--vendor", "x"],
            &["--fast"],
        ] {
            assert!(run(&crate::root(), args).is_err(), "{args:?}");
        }
    }
}
