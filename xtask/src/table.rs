//! The tables of codes: reading them and finding their mistakes.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use serde::Deserialize;

/// The vendors that have a table, by id, with the variant of `Vendor` that each one is.
pub(crate) const VENDORS: [(&str, &str); 3] = [
    ("qcc", "Qcc"),
    ("patsnap", "Patsnap"),
    ("yibeidiao", "Yibeidiao"),
];

/// The table of one vendor.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Table {
    #[serde(skip)]
    pub(crate) vendor: String,
    #[serde(rename = "document")]
    pub(crate) documents: Vec<Document>,
    #[serde(default)]
    groups: BTreeMap<String, Vec<String>>,
    #[serde(rename = "code")]
    pub(crate) codes: Vec<Row>,
    #[serde(rename = "at", default)]
    pub(crate) overrides: Vec<Row>,
}

/// A source of codes or facts.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Document {
    pub(crate) id: String,
    pub(crate) title: String,
    pub(crate) official: bool,
}

/// The end of a page: the documents that it names.
pub(crate) fn listed(documents: &[Document]) -> String {
    let mut out = "\n## Documents\n\n".to_owned();
    for document in documents {
        let kind = if document.official {
            "vendor"
        } else {
            "third party"
        };
        let _ = writeln!(out, "- **{}** ({kind}): {}.", document.id, document.title);
    }
    out
}

/// One code, everywhere or at one endpoint.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Row {
    pub(crate) code: String,
    pub(crate) endpoint: Option<String>,
    pub(crate) name: String,
    pub(crate) class: Option<String>,
    pub(crate) scope: String,
    pub(crate) advice: String,
    pub(crate) counted: String,
    pub(crate) outcome: String,
    pub(crate) en: String,
    pub(crate) zh: String,
    pub(crate) todo_en: String,
    pub(crate) todo_zh: String,
    #[serde(default)]
    pub(crate) texts: Vec<Text>,
    /// Documents that list the code, but whose words are not recorded.
    #[serde(default)]
    pub(crate) listed_by: Vec<String>,
    #[serde(default)]
    pub(crate) conflicts: Vec<Conflict>,
}

/// The vendor's own words in some documents.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Text {
    pub(crate) text: String,
    pub(crate) documents: Vec<String>,
}

/// A contradiction between documents.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Conflict {
    pub(crate) en: String,
    pub(crate) zh: String,
}

impl Table {
    /// Reads and checks the table of `vendor` in the workspace at `root`.
    pub(crate) fn load(root: &Path, vendor: &str) -> Result<Self, String> {
        let path = root.join(format!("crates/codes/tables/{vendor}.toml"));
        let text = fs::read_to_string(&path).map_err(|e| format!("{}: {e}", path.display()))?;
        Self::parse(vendor, &text).map_err(|e| format!("{}: {e}", path.display()))
    }

    /// Reads and checks a table.
    pub(crate) fn parse(vendor: &str, text: &str) -> Result<Self, String> {
        let mut table: Self = toml::from_str(text).map_err(|e| e.to_string())?;
        vendor.clone_into(&mut table.vendor);
        table.expand_groups()?;
        table.check()?;
        Ok(table)
    }

    fn expand_groups(&mut self) -> Result<(), String> {
        let groups = &self.groups;
        for row in self.codes.iter_mut().chain(&mut self.overrides) {
            let lists = row.texts.iter_mut().map(|text| &mut text.documents);
            for list in lists.chain([&mut row.listed_by]) {
                let mut expanded = Vec::new();
                for item in list.iter() {
                    match item.strip_prefix('@') {
                        None => expanded.push(item.clone()),
                        Some(name) => expanded.extend_from_slice(
                            groups
                                .get(name)
                                .ok_or(format!("code {}: no group `{name}`", row.code))?,
                        ),
                    }
                }
                *list = expanded;
            }
        }
        Ok(())
    }

    /// What the compiler would not find, or would explain badly.
    fn check(&self) -> Result<(), String> {
        let mut codes = BTreeSet::new();
        let mut names = BTreeSet::new();
        for row in &self.codes {
            if row.endpoint.is_some() {
                return Err(format!(
                    "code {}: an endpoint belongs into [[at]]",
                    row.code
                ));
            }
            if !codes.insert(row.code.as_str()) {
                return Err(format!("code {} is listed twice", row.code));
            }
            if !names.insert(row.name.as_str()) {
                return Err(format!(
                    "code {}: the name `{}` is taken",
                    row.code, row.name
                ));
            }
            if row.texts.is_empty() && row.listed_by.is_empty() {
                return Err(format!("code {}: no document lists it", row.code));
            }
        }
        if !names.contains("success") {
            return Err("no code is named `success`".to_owned());
        }
        let mut places = BTreeSet::new();
        for row in &self.overrides {
            let Some(endpoint) = &row.endpoint else {
                return Err(format!("[[at]] of code {} names no endpoint", row.code));
            };
            if !codes.contains(row.code.as_str()) {
                return Err(format!("[[at]] of code {}, which is not listed", row.code));
            }
            if !places.insert((&row.code, endpoint)) {
                return Err(format!("code {} has two meanings at {endpoint}", row.code));
            }
        }
        let documents: BTreeSet<&str> = self.documents.iter().map(|it| it.id.as_str()).collect();
        for row in self.codes.iter().chain(&self.overrides) {
            row.check(&documents)
                .map_err(|e| format!("code {}: {e}", row.code))?;
        }
        Ok(())
    }
}

impl Row {
    /// The documents that list the code, in the order of `all`.
    pub(crate) fn documents<'a>(&self, all: &'a [Document]) -> Vec<&'a str> {
        let lists = |id: &str| {
            self.listed_by.iter().any(|it| it == id)
                || self
                    .texts
                    .iter()
                    .any(|text| text.documents.iter().any(|it| it == id))
        };
        all.iter()
            .map(|it| it.id.as_str())
            .filter(|id| lists(id))
            .collect()
    }

    /// The seconds of `cooldown 2h`; `None` for any other advice.
    pub(crate) fn cooldown(&self) -> Option<u64> {
        let text = self.advice.strip_prefix("cooldown ")?;
        let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
        let factor = match unit {
            "h" => 3600,
            "m" => 60,
            "s" => 1,
            _ => return None,
        };
        number.parse::<u64>().ok()?.checked_mul(factor)
    }

    fn check(&self, documents: &BTreeSet<&str>) -> Result<(), String> {
        const ADVICE: [&str; 9] = [
            "proceed",
            "wait",
            "retry",
            "slow_down",
            "next_day",
            "reauthenticate",
            "fix_request",
            "fix_account",
            "give_up",
        ];
        let word = |field: &str, value: &str, known: &[&str]| {
            if known.contains(&value) {
                Ok(())
            } else {
                Err(format!("{field} `{value}` is none of {}", known.join(", ")))
            }
        };
        if self.cooldown().is_none() {
            word("advice", &self.advice, &ADVICE)?;
        }
        word(
            "scope",
            &self.scope,
            &["request", "subject", "endpoint", "account", "platform"],
        )?;
        word(
            "counted",
            &self.counted,
            &["yes", "no", "likely", "unlikely", "unknown"],
        )?;
        word(
            "outcome",
            &self.outcome,
            &["done", "nothing_done", "unclear"],
        )?;
        if let Some(class) = &self.class {
            word("class", class, &["valid", "invalid"])?;
        }
        let snake = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        if !self.name.starts_with(|c: char| c.is_ascii_lowercase()) || !self.name.chars().all(snake)
        {
            return Err(format!("the name `{}` is not snake_case", self.name));
        }
        if self.code.is_empty() || !self.code.bytes().all(|b| b.is_ascii_digit()) {
            return Err("a code is written in digits".to_owned());
        }
        for (field, value) in [
            ("en", &self.en),
            ("zh", &self.zh),
            ("todo_en", &self.todo_en),
            ("todo_zh", &self.todo_zh),
        ] {
            if value.trim().is_empty() || value.contains('\n') {
                return Err(format!("`{field}` must be one line of text"));
            }
        }
        let cited = self.texts.iter().flat_map(|text| &text.documents);
        for id in cited.chain(&self.listed_by) {
            if !documents.contains(id.as_str()) {
                return Err(format!("no document `{id}`"));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"
        [[document]]
        id = "doc"
        title = "A document"
        official = true
        [groups]
        "all" = ["doc"]
        [[code]]
        code = "0"
        name = "success"
        scope = "request"
        advice = "cooldown 2h"
        counted = "likely"
        outcome = "done"
        en = "Fine."
        zh = "成功。"
        todo_en = "Nothing."
        todo_zh = "无。"
        texts = [{ text = "OK", documents = ["@all"] }]
    "#;

    fn check(from: &str, to: &str, mistake: &str) {
        assert!(GOOD.contains(from), "{from}");
        let error = Table::parse("qcc", &GOOD.replace(from, to)).expect_err(mistake);
        assert!(error.contains(mistake), "{error}");
    }

    #[test]
    fn a_good_table_is_read() {
        let table = Table::parse("qcc", GOOD).expect("a table");
        assert_eq!(table.codes[0].cooldown(), Some(7200));
        assert_eq!(table.codes[0].documents(&table.documents), ["doc"]);
    }

    #[test]
    fn mistakes_are_named() {
        check("cooldown 2h", "cooldown 2d", "advice `cooldown 2d`");
        check("\"request\"", "\"world\"", "scope `world`");
        check("@all", "@none", "no group `none`");
        check("@all", "other", "no document `other`");
        check("\"Fine.\"", "\" \"", "`en` must be");
        check("\"success\"", "\"Success\"", "success");
        check("code = \"0\"", "code = \"zero\"", "digits");
        check("en = ", "english = ", "english");
    }
}
