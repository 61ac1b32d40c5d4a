//! Names of cells, such as `B5`: columns and rows are counted from 1.

/// The rows that a spreadsheet has.
pub(super) const MOST_ROWS: u64 = 1 << 20;

/// `B5`, of a column and a row.
pub(crate) fn cell_name((column, line): (usize, u64)) -> String {
    format!("{}{line}", column_name(column))
}

/// `B`, of a column.
fn column_name(mut column: usize) -> String {
    let mut letters = Vec::new();
    while let Some(rest) = column.checked_sub(1) {
        letters.push(b'A' + u8::try_from(rest % 26).unwrap_or_default());
        column = rest / 26;
    }
    letters.reverse();
    String::from_utf8(letters).unwrap_or_default()
}

/// `B5` as a column and a row.
pub(super) fn cell(name: &str) -> Option<(usize, u64)> {
    let split = name.find(|c: char| c.is_ascii_digit())?;
    let (letters, digits) = name.split_at_checked(split)?;
    if letters.is_empty() || letters.len() > 3 {
        return None;
    }
    let mut column = 0;
    for b in letters.bytes() {
        let digit = b
            .to_ascii_uppercase()
            .checked_sub(b'A')
            .filter(|n| *n < 26)?;
        column = column * 26 + usize::from(digit) + 1;
    }
    let line = digits
        .parse()
        .ok()
        .filter(|line| (1..=MOST_ROWS).contains(line))?;
    Some((column, line))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_cells() {
        let check = |name, expect| {
            assert_eq!(cell(name), expect, "{name}");
            if let Some(cell) = expect {
                assert_eq!(cell_name(cell), name);
            }
        };
        check("A1", Some((1, 1)));
        check("Z9", Some((26, 9)));
        check("AA10", Some((27, 10)));
        check("XFD1048576", Some((16384, 1_048_576)));
        for wrong in [
            "", "A", "1", "A0", "AAAA1", "A1048577", "A-1", "Ä1", "A1B", "$A$1",
        ] {
            check(wrong, None);
        }
        assert_eq!(column_name(702), "ZZ");
    }
}
