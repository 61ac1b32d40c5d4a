//! Writes docs/vendors/coverage.md: what the vendors' documents state and leave open, how sure we
//! are, and where each is tested.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use serde::Deserialize;

use crate::codegen::Mode;
use crate::named;
use crate::table::{Document, VENDORS, listed};

/// The page, below the root.
const PAGE: &str = "docs/vendors/coverage.md";

/// Writes or compares the page; in both cases every test that the tables name must be there.
pub(crate) fn run(root: &Path, mode: Mode) -> Result<(), String> {
    let mut sheets = Vec::new();
    let mut wrongs = Vec::new();
    for (vendor, _) in VENDORS {
        let sheet = Sheet::load(root, vendor)?;
        let found = sheet.wrongs(root);
        wrongs.extend(found.into_iter().map(|it| format!("{vendor}: {it}")));
        sheets.push(sheet);
    }
    refuse(&wrongs)?;
    let (path, text) = (root.join(PAGE), page(&sheets));
    if fs::read_to_string(&path).is_ok_and(|now| now == text) {
        return refuse(&named::wrongs(root)?);
    }
    if mode == Mode::Check {
        return Err(format!(
            "{PAGE} is not what docs/vendors/*.toml say\nrun `cargo xtask coverage` and commit what it writes"
        ));
    }
    fs::write(&path, text).map_err(|e| format!("{}: {e}", path.display()))?;
    println!("wrote {PAGE}");
    refuse(&named::wrongs(root)?)
}

fn refuse(wrongs: &[String]) -> Result<(), String> {
    if wrongs.is_empty() {
        return Ok(());
    }
    Err(format!(
        "what the documents name is not there\n- {}",
        wrongs.join("\n- ")
    ))
}

/// The table of one vendor.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Sheet {
    #[serde(skip)]
    vendor: String,
    title: String,
    #[serde(rename = "document")]
    documents: Vec<Document>,
    #[serde(rename = "fact")]
    facts: Vec<Fact>,
    #[serde(rename = "question")]
    questions: Vec<Question>,
}

/// An operation or a quirk.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Fact {
    id: String,
    part: String,
    says: String,
    source: Vec<String>,
    sure: Sure,
    #[serde(default)]
    tested: Vec<String>,
    untested: Option<String>,
}

/// What the documents do not answer.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Question {
    id: String,
    asks: String,
    does: String,
    setting: Option<String>,
    #[serde(default)]
    tested: Vec<String>,
    untested: Option<String>,
}

/// How sure we are of a fact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Sure {
    /// A document of the vendor says so.
    Stated,
    /// Other people's code or answers show it.
    Seen,
    /// It follows from something else.
    Inferred,
}

impl Sure {
    fn as_str(self) -> &'static str {
        match self {
            Self::Stated => "stated",
            Self::Seen => "seen",
            Self::Inferred => "inferred",
        }
    }
}

impl Sheet {
    fn load(root: &Path, vendor: &str) -> Result<Self, String> {
        let path = root.join(format!("docs/vendors/{vendor}.toml"));
        let text = fs::read_to_string(&path).map_err(|e| format!("{}: {e}", path.display()))?;
        let mut sheet: Self =
            toml::from_str(&text).map_err(|e| format!("{}: {e}", path.display()))?;
        vendor.clone_into(&mut sheet.vendor);
        Ok(sheet)
    }

    fn wrongs(&self, root: &Path) -> Vec<String> {
        let mut wrongs = Vec::new();
        let mut ids = BTreeSet::new();
        let facts = self
            .facts
            .iter()
            .map(|it| (&it.id, &it.tested, &it.untested));
        let questions = self
            .questions
            .iter()
            .map(|it| (&it.id, &it.tested, &it.untested));
        for (id, tested, untested) in facts.chain(questions) {
            if !ids.insert(id) {
                wrongs.push(format!("{id} is there twice"));
            }
            if tested.is_empty() == untested.is_none() {
                wrongs.push(format!(
                    "{id} needs either tests or a reason why there are none"
                ));
            }
            for test in tested {
                if let Some(wrong) = named::missing_test(root, test) {
                    wrongs.push(format!("{id}: {wrong}"));
                }
            }
        }
        for fact in &self.facts {
            for source in &fact.source {
                if !self.documents.iter().any(|it| it.id == *source) {
                    wrongs.push(format!("{}: no document {source}", fact.id));
                }
            }
            let is_official = |source: &String| {
                let of = self.documents.iter().find(|it| it.id == *source);
                of.is_some_and(|it| it.official)
            };
            if fact.sure == Sure::Stated && !fact.source.iter().any(is_official) {
                wrongs.push(format!(
                    "{} is stated, but by no document of the vendor",
                    fact.id
                ));
            }
        }
        let used: BTreeSet<_> = self.facts.iter().flat_map(|it| &it.source).collect();
        for document in self.documents.iter().filter(|it| !used.contains(&it.id)) {
            wrongs.push(format!("nothing comes from {}", document.id));
        }
        let settings = fs::read_to_string(root.join("docs/configuration.md")).unwrap_or_default();
        for question in &self.questions {
            if let Some(setting) = &question.setting
                && !settings.contains(&format!("`{setting}`"))
            {
                wrongs.push(format!("{}: no setting {setting}", question.id));
            }
        }
        wrongs
    }
}

fn page(sheets: &[Sheet]) -> String {
    let mut out = "<!-- Generated by `cargo xtask coverage` from `docs/vendors/*.toml`; do not edit. -->\n\n\
        # What the vendors' documents say, and what we know of it\n\n\
        Every operation and quirk that is known, how sure we are, and the tests that hold us to it; then the questions that no document\n\
        answers, with what Jindiao does about each. Where documents are silent the reading is taken that cannot cost money or a report.\n\
        Nothing here was tried on a live account.\n\n\
        *stated*: a document of the vendor says so. *seen*: other people's code or published answers show it. *inferred*: it follows from\n\
        something else. Paths are those of this repository; the name behind `::` is a test.\n\n\
        | | facts | stated | seen | inferred | tested | not tested, with a reason | open questions |\n\
        |---|---:|---:|---:|---:|---:|---:|---:|\n"
        .to_owned();
    for sheet in sheets {
        let facts = &sheet.facts;
        let of = |sure| facts.iter().filter(|it| it.sure == sure).count();
        let tested = facts.iter().filter(|it| !it.tested.is_empty()).count();
        let _ = writeln!(
            out,
            "| {} | {} | {} | {} | {} | {tested} | {} | {} |",
            sheet.title,
            facts.len(),
            of(Sure::Stated),
            of(Sure::Seen),
            of(Sure::Inferred),
            facts.len() - tested,
            sheet.questions.len(),
        );
    }
    for sheet in sheets {
        section(&mut out, sheet);
    }
    out
}

fn section(out: &mut String, sheet: &Sheet) {
    let _ = write!(out, "\n# {}\n", sheet.title);
    let mut part = "";
    for fact in &sheet.facts {
        if fact.part != part {
            part = &fact.part;
            let _ = write!(
                out,
                "\n## {part}\n\n| | fact | from | sure | tested by |\n|---|---|---|---|---|\n"
            );
        }
        let _ = writeln!(
            out,
            "| `{}` | {} | {} | {} | {} |",
            fact.id,
            fact.says,
            fact.source.join(", "),
            fact.sure.as_str(),
            proof(&fact.tested, fact.untested.as_deref()),
        );
    }
    *out += "\n## Questions that no document answers\n\n\
             | | question | what Jindiao does | setting | tested by |\n|---|---|---|---|---|\n";
    for question in &sheet.questions {
        let setting = question.setting.as_ref();
        let _ = writeln!(
            out,
            "| `{}` | {} | {} | {} | {} |",
            question.id,
            question.asks,
            question.does,
            setting.map_or_else(|| "–".to_owned(), |it| format!("`{it}`")),
            proof(&question.tested, question.untested.as_deref()),
        );
    }
    *out += &listed(&sheet.documents);
}

/// The tests, those of one file together, or why there are none.
fn proof(tested: &[String], untested: Option<&str>) -> String {
    if let Some(why) = untested {
        return format!("– {why}");
    }
    let tests: Vec<String> = tested.iter().map(|it| format!("`{it}`")).collect();
    tests.join("<br>")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_committed_is_what_the_tables_say() {
        run(&crate::root(), Mode::Check).expect("the page is up to date");
    }

    #[test]
    fn what_is_wrong_is_named() {
        let sheet: Sheet = toml::from_str(
            r#"
            title = "T"
            [[document]]
            id = "D"
            title = "d"
            official = false
            [[document]]
            id = "E"
            title = "e"
            official = true
            [[fact]]
            id = "a"
            part = "p"
            says = "s"
            source = ["D", "X"]
            sure = "stated"
            [[fact]]
            id = "a"
            part = "p"
            says = "s"
            source = ["D"]
            sure = "seen"
            tested = ["xtask/src/coverage.rs::no_such_test"]
            [[question]]
            id = "q"
            asks = "a"
            does = "d"
            setting = "qcc.no_such_setting"
            untested = "why"
            "#,
        )
        .expect("a sheet");
        assert_eq!(
            sheet.wrongs(&crate::root()),
            [
                "a needs either tests or a reason why there are none",
                "a is there twice",
                "a: there is no test no_such_test in xtask/src/coverage.rs",
                "a: no document X",
                "a is stated, but by no document of the vendor",
                "nothing comes from E",
                "q: no setting qcc.no_such_setting",
            ]
        );
    }
}
