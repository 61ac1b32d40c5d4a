//! The language that somebody reads.

use clap::ValueEnum;

/// English, or Chinese.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Locale {
    En,
    Zh,
}

impl Locale {
    /// What the environment says, as POSIX has it.
    pub(crate) fn of_process() -> Self {
        #[expect(
            clippy::disallowed_methods,
            reason = "these variables are the system's, and no settings of ours"
        )]
        let variable = |name| std::env::var_os(name);
        let variables = ["LC_ALL", "LC_MESSAGES", "LANG"];
        let values = variables.map(|name| variable(name).and_then(|it| it.into_string().ok()));
        Self::of(values.iter().flatten().map(String::as_str))
    }

    /// The language of the first variable that says something.
    fn of<'a>(values: impl IntoIterator<Item = &'a str>) -> Self {
        let first = values.into_iter().find(|value| !value.is_empty());
        match first {
            Some(value) if value.to_ascii_lowercase().starts_with("zh") => Self::Zh,
            _ => Self::En,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_language_of_the_environment() {
        let check =
            |values: [&str; 3], expect| assert_eq!(Locale::of(values), expect, "{values:?}");
        check(["", "", "zh_CN.UTF-8"], Locale::Zh);
        check(["", "zh_TW", "en_US.UTF-8"], Locale::Zh);
        check(["C", "zh_CN", "zh_CN"], Locale::En);
        check(["", "", ""], Locale::En);
        check(["", "", "de_DE.UTF-8"], Locale::En);
    }
}
