//! A text in both languages, and the check that they belong together.

use std::borrow::Cow;

use crate::{Lang, Message, catalogue};

/// A text in both languages, with the names of what stands in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Text {
    english: &'static str,
    chinese: &'static str,
    names: &'static [&'static str],
}

/// What is wrong with a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wrong {
    /// The catalogue does not have it.
    NoChinese,
    /// Its placeholders are not the names that are given.
    English,
    /// The placeholders of the Chinese text are not the names that are given.
    Chinese,
}

impl Text {
    /// The text of the catalogue, if both languages have exactly these placeholders.
    ///
    /// # Errors
    ///
    /// With what is wrong.
    pub const fn of(english: &'static str, names: &'static [&'static str]) -> Result<Self, Wrong> {
        let Some(chinese) = catalogue::chinese(english) else {
            return Err(Wrong::NoChinese);
        };
        if !has_exactly(english, names) {
            return Err(Wrong::English);
        }
        if !has_exactly(chinese, names) {
            return Err(Wrong::Chinese);
        }
        Ok(Self {
            english,
            chinese,
            names,
        })
    }

    /// The text with these values, in the order of the names.
    pub(crate) fn with(&self, values: &[Message], lang: Lang) -> String {
        let template = match lang {
            Lang::En => self.english,
            Lang::Zh => self.chinese,
        };
        let value = |name: &str| {
            let n = self.names.iter().position(|it| *it == name)?;
            values.get(n)
        };
        fill(template, value, lang)
    }
}

/// A template with its values.
pub(crate) fn fill<'a>(
    template: &str,
    value: impl Fn(&str) -> Option<&'a Message>,
    lang: Lang,
) -> String {
    let filled = parts(template).map(|part| match part {
        Part::Words(words) => Cow::Borrowed(words),
        Part::Value(name) => {
            Cow::Owned(value(name).map_or_else(String::new, |it| it.in_lang(lang)))
        }
    });
    filled.collect()
}

/// Ends the compilation.
///
/// # Panics
///
/// Always: it is called only while constants are evaluated.
#[expect(clippy::panic, reason = "it is how a constant is refused")]
#[track_caller]
pub const fn refuse(why: &str) -> ! {
    panic!("{}", why)
}

/// A part of a template.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part<'a> {
    /// Words as they stand.
    Words(&'a str),
    /// What is called so.
    Value(&'a str),
}

/// The parts of a template.
pub(crate) fn parts(template: &str) -> impl Iterator<Item = Part<'_>> {
    let mut rest = template;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let Some(at) = rest.find(['{', '}']) else {
            return Some(Part::Words(std::mem::take(&mut rest)));
        };
        if at > 0 {
            let (words, tail) = rest.split_at(at);
            rest = tail;
            return Some(Part::Words(words));
        }
        let is_twice = rest.starts_with("{{") || rest.starts_with("}}");
        match rest.find('}') {
            Some(end) if !is_twice => {
                let name = rest.get(1..end).unwrap_or_default();
                rest = rest.get(end + 1..).unwrap_or_default();
                Some(Part::Value(name))
            }
            _ => {
                let brace = rest.get(..1).unwrap_or_default();
                let taken = if is_twice { 2 } else { 1 };
                rest = rest.get(taken..).unwrap_or_default();
                Some(Part::Words(brace))
            }
        }
    })
}

/// Whether each placeholder of a template is one of `names`, and each of them is there.
const fn has_exactly(template: &str, names: &[&str]) -> bool {
    let text = template.as_bytes();
    // A set of names, as bits.
    let mut seen: u64 = 0;
    if names.len() > 32 {
        return false;
    }
    let mut at = 0;
    while at < text.len() {
        let byte = text[at];
        if byte == b'{' && at + 1 < text.len() && text[at + 1] != b'{' {
            let start = at + 1;
            let mut end = start;
            while end < text.len() && text[end] != b'}' {
                end += 1;
            }
            if end == text.len() {
                return false;
            }
            let mut n = 0;
            while n < names.len() && !is_at(text, start, end, names[n].as_bytes()) {
                n += 1;
            }
            if n == names.len() {
                return false;
            }
            seen |= 1 << n;
            at = end + 1;
        } else if byte == b'{' || byte == b'}' {
            if at + 1 == text.len() || text[at + 1] != byte {
                return false;
            }
            at += 2;
        } else {
            at += 1;
        }
    }
    seen == (1 << names.len()) - 1
}

/// Whether `name` is what stands in `text` from `start` to `end`.
pub(crate) const fn is_at(text: &[u8], start: usize, end: usize, name: &[u8]) -> bool {
    if end - start != name.len() {
        return false;
    }
    let mut n = 0;
    while n < name.len() {
        if text[start + n] != name[n] {
            return false;
        }
        n += 1;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn parts_of_a_template() {
        let check = |template: &str, expect: &[Part<'_>]| {
            assert_eq!(parts(template).collect::<Vec<_>>(), expect, "{template}");
        };
        check("", &[]);
        check(
            "a{b}c",
            &[Part::Words("a"), Part::Value("b"), Part::Words("c")],
        );
        check(
            "{{{名}}}",
            &[Part::Words("{"), Part::Value("名"), Part::Words("}")],
        );
    }

    #[test]
    fn placeholders_are_the_names() {
        let check = |template: &str, names: &[&str], expect| {
            assert_eq!(has_exactly(template, names), expect, "{template}");
        };
        check("no names", &[], true);
        check("{a} 和 {b}，{a}", &["a", "b"], true);
        check("{{}}", &[], true);
        check("{a}", &[], false);
        check("a", &["a"], false);
        check("{a}", &["b"], false);
        check("{a", &["a"], false);
        check("a}", &["a"], false);
        check("{a} {", &["a"], false);
        check("{ab}", &["a"], false);
    }

    proptest! {
        #[test]
        fn any_text_has_parts(template in "[{}a名]{0,12}") {
            prop_assert!(parts(&template).count() <= template.len());
        }

        #[test]
        fn what_is_escaped_comes_back(words in "[{}a名]{0,12}") {
            let template = words.replace('{', "{{").replace('}', "}}");
            prop_assert!(has_exactly(&template, &[]));
            let back: String = parts(&template).map(|it| match it {
                Part::Words(words) | Part::Value(words) => words,
            }).collect();
            prop_assert_eq!(back, words);
        }
    }
}
