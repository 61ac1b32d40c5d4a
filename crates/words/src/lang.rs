//! The languages.

/// A language that somebody reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Lang {
    /// English.
    #[default]
    En,
    /// Chinese.
    Zh,
}

impl Lang {
    /// Both.
    pub const ALL: [Self; 2] = [Self::En, Self::Zh];

    /// Its code, as flags, addresses and HTML have it.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Zh => "zh",
        }
    }

    /// The language with this code, if it is one of ours: `zh`, `zh-CN`, `zh_CN.UTF-8`, `en` …
    #[must_use]
    pub fn of(text: &str) -> Option<Self> {
        let text = text.trim().to_ascii_lowercase();
        let code = text.split(|c: char| !c.is_ascii_alphanumeric()).next();
        match code {
            Some("zh") => Some(Self::Zh),
            Some("en") => Some(Self::En),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_as_systems_write_them() {
        let check = |text, expect| assert_eq!(Lang::of(text), expect, "{text}");
        check("zh", Some(Lang::Zh));
        check("zh_CN.UTF-8", Some(Lang::Zh));
        check(" ZH-Hant ", Some(Lang::Zh));
        check("en_US", Some(Lang::En));
        check("C", None);
        check("zhuang", None);
        check("", None);
        for lang in Lang::ALL {
            check(lang.id(), Some(lang));
        }
    }
}
