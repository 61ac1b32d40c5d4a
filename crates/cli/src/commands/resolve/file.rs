//! Decisions about many orders, from a table with a line for each.

use std::collections::HashMap;
use std::path::Path;

use jindiao_batch::Entry;
use jindiao_order::{OrderId, Verdict};
use jindiao_words::{Message, Say as _, say};

use super::{Decisions, Orders, at};
use crate::error::CliError;

/// The decisions of a file: `order,verdict,reference`.
pub(super) fn decisions(path: &Path, store: &dyn Orders) -> Result<Decisions, CliError> {
    let name = path.display();
    let cells = jindiao_list::cells(path).map_err(|problems| {
        let all = problems.kept().iter().cloned().chain(problems.rest());
        let all = all.map(|problem| problem.say());
        CliError::problems(say!("nothing was decided"), all.collect())
    })?;
    let rows = rows(cells).map_err(|(line, what)| {
        let line = line.map_or(String::new(), |line| format!(":{line}"));
        CliError::usage(at(&format!("{name}{line}"), &what))
    })?;
    let mut problems = Vec::new();
    let mut decisions = Decisions::new();
    let mut lines: HashMap<OrderId, u64> = HashMap::new();
    for (line, row) in rows {
        match row.and_then(|row| row.decision(store)) {
            Ok((entry, verdict)) => match lines.insert(entry.order.id().clone(), line) {
                Some(first) => problems.push(at(
                    &format!("{name}:{line}"),
                    &say!("line {line} decides about this order already", line = first),
                )),
                None => decisions.push((entry, verdict)),
            },
            Err(what) => problems.push(at(&format!("{name}:{line}"), &what)),
        }
    }
    if problems.is_empty() {
        Ok(decisions)
    } else {
        Err(CliError::problems(say!("nothing was decided"), problems))
    }
}

/// A line of the file.
#[derive(Debug, Default, PartialEq, Eq)]
struct Row {
    order: String,
    verdict: String,
    reference: String,
}

impl Row {
    /// The values of a line under these names. One that is under none would be lost: half of a link,
    /// which has commas.
    fn of(names: &[String], values: Vec<String>) -> Result<Self, Message> {
        let mut row = Self::default();
        for (n, value) in values.into_iter().enumerate() {
            match names.get(n).map(String::as_str) {
                Some("order") => row.order = value,
                Some("verdict") => row.verdict = value,
                Some("reference") => row.reference = value,
                _ if value.is_empty() => {}
                Some(_) => return Err(say!("there is a value in a column without a name")),
                None => {
                    return Err(say!(
                        "there are more values than columns: a value with a separator in it needs quotation marks"
                    ));
                }
            }
        }
        Ok(row)
    }

    fn decision(&self, store: &dyn Orders) -> Result<(Entry, Verdict), Message> {
        let verdict = match self.verdict.to_ascii_lowercase().replace('_', "-").as_str() {
            "placed" if self.reference.is_empty() => {
                return Err(say!("placed needs the vendor's reference"));
            }
            "placed" if jindiao_list::is_mangled(&self.reference) => {
                return Err(say!(
                    "the reference was rounded by a spreadsheet: format the column as text and enter it again"
                ));
            }
            "placed" => Verdict::Placed(self.reference.clone()),
            "not-placed" => Verdict::NotPlaced,
            "abandon" => Verdict::Abandon,
            _ => return Err(say!("the verdict must be placed, not-placed or abandon")),
        };
        if !matches!(verdict, Verdict::Placed(_)) && !self.reference.is_empty() {
            return Err(say!("only placed takes a reference"));
        }
        let entry = store.find(&self.order).map_err(|error| error.finding())?;
        Ok((entry, verdict))
    }
}

/// The line of a header, if there is one, and what is wrong with it.
type WrongHeader = (Option<u64>, Message);

/// A line with its number, or what is wrong with it.
type Line = (u64, Result<Row, Message>);

fn rows(cells: Vec<(u64, Vec<String>)>) -> Result<Vec<Line>, WrongHeader> {
    let mut lines = cells.into_iter();
    let (line, names) = lines.next().unwrap_or_default();
    let wrong = |what: Message| Err(((line > 0).then_some(line), what));
    let names: Vec<String> = names.iter().map(|name| name.to_lowercase()).collect();
    for needed in ["order", "verdict"] {
        if !names.iter().any(|name| name == needed) {
            return wrong(say!("the header has no column `{name}`", name = needed));
        }
    }
    let named = || names.iter().filter(|name| !name.is_empty());
    let twin = named().find(|name| named().filter(|it| it == name).count() > 1);
    if let Some(name) = twin {
        return wrong(at(name, &say!("the column is there twice")));
    }
    let known = ["order", "verdict", "reference", ""];
    if let Some(name) = names.iter().find(|name| !known.contains(&name.as_str())) {
        return wrong(say!(
            "there is no column `{name}`; there are order, verdict and reference",
            name
        ));
    }
    let rows = lines.map(|(line, values)| (line, Row::of(&names, values)));
    Ok(rows.collect())
}

#[cfg(test)]
mod tests {
    use jindiao_words::Lang;

    use super::*;

    fn shown(text: &str) -> Vec<String> {
        let cells = match jindiao_list::parse_cells("a.csv", text.as_bytes()) {
            Ok(cells) => cells,
            Err(problems) => return problems.kept().iter().map(ToString::to_string).collect(),
        };
        match rows(cells) {
            Ok(rows) => rows
                .into_iter()
                .map(|(line, row)| match row {
                    Ok(row) => format!("{line} {} {} {}", row.order, row.verdict, row.reference),
                    Err(what) => format!("{line} {what}"),
                })
                .collect(),
            Err((line, what)) => vec![format!("{line:?} {what}")],
        }
    }

    #[test]
    fn it_is_said_in_chinese_too() {
        let cells = jindiao_list::parse_cells("a.csv", b"order\n").expect("cells");
        let (_, what) = rows(cells).expect_err("no verdict");
        assert_eq!(what.in_lang(Lang::Zh), "表头没有 `verdict` 列");
    }

    #[test]
    fn decisions_in_a_file() {
        let check = |text: &str, expect: &[&str]| assert_eq!(shown(text), expect, "{text}");
        check(
            "\u{feff}Order; Verdict;reference\nabc;placed;\"=\"\"1579434053399035904\"\"\"\n\ndef;abandon\n'012;not-placed;\n",
            &[
                "2 abc placed 1579434053399035904",
                "4 def abandon ",
                "5 012 not-placed ",
            ],
        );
        check(
            "order,verdict,reference\na,placed,https://h/a?b=1,2\nc,abandon,,\n",
            &[
                "2 there are more values than columns: a value with a separator in it needs quotation marks",
                "3 c abandon ",
            ],
        );
        check("order,verdict\n", &[]);
        check("", &["None the header has no column `order`"]);
        check(
            "order,reference\na,b\n",
            &["Some(1) the header has no column `verdict`"],
        );
        check(
            "order,verdict,Verdict\na,placed,abandon\n",
            &["Some(1) verdict: the column is there twice"],
        );
        check(
            "order,verdict,ref\na,b,c\n",
            &["Some(1) there is no column `ref`; there are order, verdict and reference"],
        );
        check(
            "order,verdict\n\"a,b\n",
            &["a.csv:2: a quotation mark (\") is left open"],
        );
    }
}
