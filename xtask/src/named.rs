//! What documents name: that the files and tests are there.

use std::fs;
use std::path::{Path, PathBuf};

/// The documents that are looked through: those that send a reader to code.
const PAGES: [&str; 5] = [
    "ARCHITECTURE.md",
    "CONTRIBUTING.md",
    "README.md",
    "README.zh-CN.md",
    "SECURITY.md",
];
/// And all pages in these folders.
const FOLDERS: [&str; 4] = ["docs", "docs/guide", "docs/adr", "docs/vendors"];
/// What a path in a document begins with.
const TOPS: [&str; 8] = [
    "bench/",
    "crates/",
    "docs/",
    "examples/",
    "fuzz/",
    "tests/",
    "xtask/",
    ".ci/",
];

/// What the documents name and is not there.
pub(crate) fn wrongs(root: &Path) -> Result<Vec<String>, String> {
    let mut pages: Vec<PathBuf> = PAGES.iter().map(|page| root.join(page)).collect();
    for folder in FOLDERS {
        let folder = root.join(folder);
        let entries = fs::read_dir(&folder).map_err(|e| format!("{}: {e}", folder.display()))?;
        let files = entries.flatten().map(|it| it.path());
        pages.extend(files.filter(|it| it.extension().is_some_and(|it| it == "md")));
    }
    pages.sort();
    let mut wrongs = Vec::new();
    for page in pages {
        let text = fs::read_to_string(&page).map_err(|e| format!("{}: {e}", page.display()))?;
        let name = page.strip_prefix(root).unwrap_or(&page).display();
        for wrong in missing(root, &page, &text) {
            wrongs.push(format!("{name}: {wrong}"));
        }
    }
    Ok(wrongs)
}

/// Why `path::name` is no test of ours, if it is none.
pub(crate) fn missing_test(root: &Path, test: &str) -> Option<String> {
    let Some((path, name)) = test.rsplit_once("::") else {
        return Some(format!("{test} is no path::test"));
    };
    let Ok(text) = fs::read_to_string(root.join(path)) else {
        return Some(format!("there is no {path}"));
    };
    let is_there = text.contains(&format!("fn {name}("));
    (!is_there).then(|| format!("there is no test {name} in {path}"))
}

/// What one page names in code marks or links to, and is not there.
fn missing(root: &Path, page: &Path, text: &str) -> Vec<String> {
    let mut wrongs = Vec::new();
    for line in prose(text) {
        for code in line.split('`').skip(1).step_by(2) {
            if !TOPS.iter().any(|top| code.starts_with(top))
                || code.contains(['…', '*', '{', ' ', '<'])
            {
                continue;
            }
            if code.contains("::") {
                wrongs.extend(missing_test(root, code));
            } else if !root.join(code).exists() {
                wrongs.push(format!("there is no {code}"));
            }
        }
        for link in line.split("](").skip(1) {
            let target = link.split([')', '#']).next().unwrap_or_default();
            if target.is_empty() || target.contains("://") {
                continue;
            }
            let folder = page.parent().unwrap_or(root);
            if !folder.join(target).exists() {
                wrongs.push(format!("the link to {target} leads nowhere"));
            }
        }
    }
    wrongs
}

/// The lines outside of code blocks.
fn prose(text: &str) -> impl Iterator<Item = &str> {
    let mut is_code = false;
    text.lines().filter(move |line| {
        let is_fence = line.trim_start().starts_with("```");
        is_code ^= is_fence;
        !is_code && !is_fence
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_tests_and_links_are_looked_for() {
        let text = "`crates/codes/src/lib.rs` and `crates/no/such.rs`, `crates/<name>`\n\
            [there](Cargo.toml) [nowhere](no.md#part) [far](https://example.com/x)\n\
            `xtask/src/named.rs::files_tests_and_links_are_looked_for` `xtask/src/named.rs::none`\n\
            ```text\n`crates/in/a/block.rs`\n```\n";
        let root = crate::root();
        assert_eq!(
            missing(&root, &root.join("README.md"), text),
            [
                "there is no crates/no/such.rs",
                "the link to no.md leads nowhere",
                "there is no test none in xtask/src/named.rs",
            ]
        );
    }
}
