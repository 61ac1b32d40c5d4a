//! The language that somebody reads: chosen once, when the program starts.

use std::ffi::OsString;
use std::sync::OnceLock;

use jindiao_words::{Lang, say};

use crate::error::CliError;

static LANG: OnceLock<Lang> = OnceLock::new();

/// The language that the program speaks: English until one is chosen.
pub(crate) fn lang() -> Lang {
    LANG.get().copied().unwrap_or_default()
}

/// Chooses the language for as long as the program runs.
pub(crate) fn speak(lang: Lang) {
    // There is one choice, at the start.
    let _ = LANG.set(lang);
}

/// The language that the command line asks for, else the environment.
///
/// It is wanted before the command line can be understood: what is wrong with that, and the help, are
/// said in this language.
pub(crate) fn choose(arguments: &[OsString]) -> Result<Lang, CliError> {
    match of_flag(arguments) {
        Some(lang) => Ok(lang),
        None => of_process(),
    }
}

/// What `--lang` says; `None` where it says nothing that is understood.
fn of_flag(arguments: &[OsString]) -> Option<Lang> {
    let mut words = arguments
        .iter()
        .skip(1)
        .map(|it| it.to_str().unwrap_or_default())
        .take_while(|it| *it != "--");
    let mut found = None;
    while let Some(word) = words.next() {
        let value = match word.strip_prefix("--lang") {
            Some("") => words.next(),
            Some(rest) => rest.strip_prefix('='),
            None => None,
        };
        found = value.and_then(by_id).or(found);
    }
    found
}

/// The language with exactly this code.
fn by_id(text: &str) -> Option<Lang> {
    Lang::ALL.into_iter().find(|lang| lang.id() == text)
}

/// What `JINDIAO_LANG` says, else the system, as POSIX has it.
fn of_process() -> Result<Lang, CliError> {
    #[expect(
        clippy::disallowed_methods,
        reason = "most of these variables are the system's, and no settings of ours"
    )]
    let variable = |name| std::env::var_os(name).and_then(|it| it.into_string().ok());
    if let Some(ours) = variable("JINDIAO_LANG").filter(|it| !it.is_empty()) {
        return by_id(&ours).ok_or_else(|| CliError::usage(say!("JINDIAO_LANG: write zh or en")));
    }
    let values = ["LC_ALL", "LC_MESSAGES", "LANG"].map(variable);
    Ok(of_system(values.iter().flatten().map(String::as_str)))
}

/// The language of the first variable that says something.
fn of_system<'a>(values: impl IntoIterator<Item = &'a str>) -> Lang {
    let first = values.into_iter().find(|value| !value.is_empty());
    first.and_then(Lang::of).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_language_of_the_environment() {
        let check = |values: [&str; 3], expect| assert_eq!(of_system(values), expect, "{values:?}");
        check(["", "", "zh_CN.UTF-8"], Lang::Zh);
        check(["", "zh_TW", "en_US.UTF-8"], Lang::Zh);
        check(["C", "zh_CN", "zh_CN"], Lang::En);
        check(["", "", ""], Lang::En);
        check(["", "", "de_DE.UTF-8"], Lang::En);
    }

    #[test]
    fn the_language_of_the_flag() {
        let check = |line: &str, expect| {
            let words: Vec<_> = line.split(' ').map(OsString::from).collect();
            assert_eq!(of_flag(&words), expect, "{line}");
        };
        check("jindiao --lang zh run", Some(Lang::Zh));
        check("jindiao run --lang=en --help", Some(Lang::En));
        check("jindiao run --lang", None);
        check("jindiao run --lang de", None);
        check("jindiao run --language=zh", None);
        check("jindiao run -- --lang zh", None);
        check("--lang=zh", None);
    }
}
