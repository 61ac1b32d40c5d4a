//! Finds what the catalogue of messages says and nobody uses any more.
//!
//! That nothing is missing, the compiler checks, and a test of the program for its help.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use jindiao_words::catalogue::AREAS;
use proc_macro2::{TokenStream, TokenTree};

/// Ledgers keep texts that no source has any more.
const KEPT: &str = "kept";

/// Checks the catalogue against the sources of the workspace at `root`.
pub(crate) fn run(root: &Path) -> Result<(), String> {
    let mut said = BTreeSet::new();
    for file in sources(&root.join("crates"))? {
        let text = fs::read_to_string(&file).map_err(|e| format!("{}: {e}", file.display()))?;
        let tokens = text
            .parse()
            .map_err(|e| format!("{}: {e}", file.display()))?;
        texts(tokens, &mut said);
    }
    let unused: Vec<_> = AREAS
        .iter()
        .filter(|(area, _)| *area != KEPT)
        .flat_map(|(area, entries)| entries.iter().map(move |entry| (area, entry.0)))
        .filter(|(_, english)| !said.contains(*english))
        .map(|(area, english)| format!("\n- {area}.rs: {english}"))
        .collect();
    if unused.is_empty() {
        return Ok(());
    }
    let unused = unused.concat();
    Err(format!(
        "nobody says this any more: take it out of crates/words/src/catalogue{unused}"
    ))
}

/// The Rust files of all crates, but for the catalogue itself.
fn sources(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let cannot = |e| format!("{}: {e}", folder.display());
        for entry in fs::read_dir(&folder).map_err(cannot)? {
            let path = entry.map_err(cannot)?.path();
            if path.is_dir() {
                if !path.ends_with("words/src/catalogue") {
                    folders.push(path);
                }
            } else if path.extension().is_some_and(|it| it == "rs") {
                found.push(path);
            }
        }
    }
    Ok(found)
}

/// The texts in tokens: literals, what of their lines is for people, and the paragraphs of comments
/// that the help is made from.
fn texts(tokens: TokenStream, said: &mut BTreeSet<String>) {
    let mut comment = String::new();
    for token in tokens {
        match token {
            TokenTree::Group(group) => {
                if let Some(line) = comment_line(&group.stream()) {
                    comment.push_str(&line);
                    comment.push('\n');
                } else {
                    paragraphs(&std::mem::take(&mut comment), said);
                    texts(group.stream(), said);
                }
            }
            TokenTree::Literal(literal) => {
                if let Ok(text) = syn::parse_str::<syn::LitStr>(&literal.to_string()) {
                    let text = text.value();
                    said.extend(text.lines().filter_map(for_people).map(str::to_owned));
                    said.insert(text);
                }
            }
            TokenTree::Punct(punct) if punct.as_char() == '#' => {}
            TokenTree::Punct(_) | TokenTree::Ident(_) => {
                paragraphs(&std::mem::take(&mut comment), said);
            }
        }
    }
    paragraphs(&comment, said);
}

/// The line of a comment, as `#[doc = "…"]` has it.
fn comment_line(attribute: &TokenStream) -> Option<String> {
    let mut tokens = attribute.clone().into_iter();
    match (tokens.next()?, tokens.next()?, tokens.next()?) {
        (TokenTree::Ident(name), _, TokenTree::Literal(text)) if name == "doc" => {
            let text = syn::parse_str::<syn::LitStr>(&text.to_string()).ok()?;
            Some(text.value().trim().to_owned())
        }
        _ => None,
    }
}

/// What the help makes of a comment.
fn paragraphs(comment: &str, said: &mut BTreeSet<String>) {
    for paragraph in comment.trim().split("\n\n") {
        let text = paragraph.replace('\n', " ");
        said.insert(text.trim_end_matches('.').to_owned());
        said.insert(text);
    }
}

/// What stands for people in a line of examples.
fn for_people(line: &str) -> Option<&str> {
    let words = line.trim();
    match words.rsplit_once("  ") {
        Some((_, words)) => Some(words),
        None => (!words.is_empty()).then_some(words),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_a_source() {
        let source = r##"
            /// One
            /// line.
            ///
            /// Another.
            fn f() { say!("a \"b\"", n = "c\
                d", r#"e"#); }
            const EXAMPLES: &str = "Examples:\n    jindiao x   why";
        "##;
        let mut said = BTreeSet::new();
        texts(source.parse().expect("tokens"), &mut said);
        for text in [
            "One line",
            "One line.",
            "Another.",
            "a \"b\"",
            "cd",
            "e",
            "Examples:",
            "why",
        ] {
            assert!(said.contains(text), "{text} in {said:?}");
        }
        assert!(!said.contains("f"));
    }

    #[test]
    fn nothing_in_the_catalogue_is_left_over() {
        assert_eq!(run(&crate::root()), Ok(()));
    }
}
