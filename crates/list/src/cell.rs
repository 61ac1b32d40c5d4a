//! A text in a CSV file that we write: text to every spreadsheet.

use crate::spreadsheet::EXACT;
use crate::visible::is_invisible;

/// The text as a cell that no spreadsheet computes or rounds. What it would take for a formula, or
/// for a number that has more digits than it keeps, gets a `'` before it, which spreadsheets read as
/// "this is text"; everything else stays as it is.
///
/// A formula begins with `=`, `+`, `-`, `@` or a wide form of these, also after blanks and marks
/// that nobody sees; a tab or a line's end before it counts, too. Programs do not agree on what
/// separates cells, so what follows a comma, a semicolon, a tab, a line's end or a quotation mark
/// within the text is looked at as if it were a cell.
pub fn cell(text: &str) -> String {
    let mut safe = String::with_capacity(text.len() + 1);
    // Where the cell begins that holds nothing so far.
    let mut begins = Some(0);
    for c in text.chars() {
        if let Some(at) = begins
            && starts_formula(c)
        {
            safe.insert(at, '\'');
            begins = None;
        }
        safe.push(c);
        begins = match c {
            ',' | ';' | '\t' | '\n' | '\r' => Some(safe.len()),
            '"' => begins.or(Some(safe.len())),
            c if c.is_whitespace() || is_invisible(c) => begins,
            _ => None,
        };
    }
    let is_long = text.len() > EXACT && text.bytes().all(|b| b.is_ascii_digit());
    if is_long {
        safe.insert(0, '\'');
    }
    safe
}

fn starts_formula(c: char) -> bool {
    matches!(
        c,
        '=' | '+' | '-' | '@' | '\t' | '\r' | '\n' | '＝' | '＋' | '－' | '＠'
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn cells_are_no_formulas_and_keep_their_digits() {
        let check = |text: &str, expect: &str| assert_eq!(cell(text), expect);
        for formula in [
            "=HYPERLINK(\"http://h\")",
            "+1",
            "-1",
            "@SUM(A1)",
            "\t1",
            "\r1",
            "\n1",
            " =1",
            "\u{3000}=1",
            "\u{feff}\u{200b}=1",
            "＝1",
            "＋1",
            "－1",
            "＠1",
        ] {
            check(formula, &format!("'{formula}"));
        }
        check("甲;=1", "甲;'=1");
        check("甲\";\"=1", "甲\";'\"=1");
        check("20190415152645093983751", "'20190415152645093983751");
        check("123456789012345", "123456789012345");
        check("某某公司", "某某公司");
        check("A-B+C@D (=甲)", "A-B+C@D (=甲)");
        check("JKDAY-1", "JKDAY-1");
        check("", "");
    }

    proptest! {
        /// Whatever separates cells for the program that opens the file.
        #[test]
        fn no_written_cell_begins_as_a_formula(
            cells in proptest::collection::vec("[=+@＝－a甲;,\"'\t\r\n \u{a0}\u{3000}\u{200b}-]{0,12}", 1..4),
        ) {
            let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(Vec::new());
            writer.write_record(cells.iter().map(|it| cell(it))).expect("in memory");
            let written = writer.into_inner().expect("in memory");
            for separator in *b",;\t" {
                for quoting in [true, false] {
                    let mut reader = csv::ReaderBuilder::new();
                    reader.has_headers(false).flexible(true).delimiter(separator).quoting(quoting);
                    for record in reader.from_reader(written.as_slice()).records() {
                        for cell in &record.expect("in memory") {
                            let bare = cell.trim_start_matches(|c: char| {
                                c == '"' || c.is_whitespace() || is_invisible(c)
                            });
                            prop_assert!(!bare.starts_with(starts_formula), "{cell:?} in {written:?}");
                        }
                    }
                }
            }
        }
    }
}
