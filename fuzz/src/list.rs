//! Lists of what is wanted.

use std::collections::HashSet;

use jindiao_list::{ListLine, Problems, cell, parse, parse_cells, visible};
use jindiao_order::Order;

use crate::reply::{NOW, assert_shown};

/// How many problems of a list are looked at.
const SHOWN: usize = 8;

/// Any bytes as a list of what is wanted, as any other table, and as a cell of one that is written.
/// Workbooks have a target of their own.
pub fn list(data: &[u8]) {
    if data.starts_with(b"PK") {
        let _ = parse("a.xlsx", data);
        return;
    }
    // UTF-16 ends lines in other bytes, but not in fewer.
    let ends = data.iter().filter(|b| matches!(b, b'\n' | b'\r')).count();
    let most = u64::try_from(ends).unwrap_or(u64::MAX).saturating_add(1);
    let is_list = match parse("a.csv", data) {
        Ok(lines) => {
            assert_lines(&lines, most);
            true
        }
        Err(problems) => {
            assert_problems(&problems, most);
            false
        }
    };
    // To make a reader of tables takes longer than to read one: every fourth is enough.
    if data.len().is_multiple_of(4) {
        match parse_cells("a.csv", data) {
            Ok(_) => {}
            Err(problems) => {
                assert!(!is_list, "a list that is no table");
                assert_problems(&problems, most);
            }
        }
    }
    if let Ok(text) = std::str::from_utf8(data) {
        let shown = visible(text).replace('\n', "");
        assert_shown(&shown, &[]);
        let cell = cell(text);
        assert!(
            !cell.starts_with(['=', '+', '-', '@', '\t', '\r']),
            "{cell:?}"
        );
    }
}

pub(crate) fn assert_lines(lines: &[ListLine], most: u64) {
    assert!(!lines.is_empty());
    let mut seen = HashSet::new();
    let mut last = 0;
    for ListLine { line, wanted } in lines {
        assert!((last + 1..=most).contains(line), "line {line} of {most}");
        last = *line;
        assert!(
            seen.insert(wanted.fingerprint()),
            "line {line} is there twice"
        );
        assert_shown(wanted.subject().label(), &[]);
        let order = Order::plan(wanted.clone(), 0, NOW);
        assert_eq!(Order::from_json(&order.to_json()), Ok(order));
    }
}

pub(crate) fn assert_problems(problems: &Problems, most: u64) {
    assert!(problems.count() > 0 && !problems.kept().is_empty());
    assert_eq!(problems.rest().is_some(), problems.more() > 0);
    for problem in problems.kept().iter().take(SHOWN) {
        assert!(
            problem.line.is_none_or(|line| (1..=most).contains(&line)),
            "{problem}"
        );
        let shown = problem.to_string();
        assert_shown(&shown.replace('\n', ""), &[]);
        assert!(shown.len() < 2000, "{} bytes", shown.len());
    }
}
