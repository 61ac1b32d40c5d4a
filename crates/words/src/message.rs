//! Something to say, in whatever language it is asked for.

use std::borrow::Cow;
use std::error::Error;
use std::fmt;

use crate::catalogue::Entry;
use crate::template::{Text, fill};
use crate::{Lang, say};

/// Something to say. `Display` is English.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message(Said);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Said {
    /// The same in every language.
    Verbatim(String),
    /// A text that has both languages with it.
    Twins(Cow<'static, str>, Cow<'static, str>),
    /// A text of the catalogue with its values.
    Text(&'static Text, Vec<Message>),
    /// A text of the catalogue that was written down, with its values by name.
    Kept(&'static Entry, Vec<(&'static str, Message)>),
    /// One after the other, with this between them.
    Joined(Vec<Message>, Box<Message>),
}

/// What can be said in each language.
pub trait Say {
    /// What is said.
    fn say(&self) -> Message;
}

impl Message {
    /// What is the same in every language: data, or the words of somebody else.
    #[must_use]
    pub fn verbatim(text: impl Into<String>) -> Self {
        Self(Said::Verbatim(text.into()))
    }

    /// A text of a table that has both languages itself.
    #[must_use]
    pub fn of_two(
        english: impl Into<Cow<'static, str>>,
        chinese: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self(Said::Twins(english.into(), chinese.into()))
    }

    /// These as a list: `a, b, c`.
    #[must_use]
    pub fn list(messages: impl IntoIterator<Item = impl Into<Message>>) -> Self {
        Self::joined(messages, say!(", "))
    }

    /// These, a line each.
    #[must_use]
    pub fn lines(messages: impl IntoIterator<Item = impl Into<Message>>) -> Self {
        Self::joined(messages, Self::verbatim("\n"))
    }

    /// These, with `between` between them.
    #[must_use]
    pub fn joined(
        messages: impl IntoIterator<Item = impl Into<Message>>,
        between: Message,
    ) -> Self {
        let all = messages.into_iter().map(Into::into).collect();
        Self(Said::Joined(all, Box::new(between)))
    }

    /// It, said in this language.
    #[must_use]
    pub fn in_lang(&self, lang: Lang) -> String {
        match &self.0 {
            Said::Verbatim(text) => text.clone(),
            Said::Twins(english, chinese) => match lang {
                Lang::En => english.to_string(),
                Lang::Zh => chinese.to_string(),
            },
            Said::Text(text, values) => text.with(values, lang),
            Said::Kept((english, chinese), values) => {
                let template = match lang {
                    Lang::En => english,
                    Lang::Zh => chinese,
                };
                let value = |name: &str| values.iter().find(|it| it.0 == name).map(|it| &it.1);
                fill(template, value, lang)
            }
            Said::Joined(all, between) => {
                let all: Vec<_> = all.iter().map(|it| it.in_lang(lang)).collect();
                all.join(&between.in_lang(lang))
            }
        }
    }

    pub(crate) fn kept(entry: &'static Entry, values: Vec<(&'static str, Message)>) -> Self {
        Self(Said::Kept(entry, values))
    }

    #[doc(hidden)]
    #[must_use]
    pub fn said(text: &'static Text, values: Vec<Message>) -> Self {
        Self(Said::Text(text, values))
    }
}

impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.in_lang(Lang::En))
    }
}

impl Error for Message {}

impl Say for Message {
    fn say(&self) -> Message {
        self.clone()
    }
}

impl<T: Say + ?Sized> Say for &T {
    fn say(&self) -> Message {
        (**self).say()
    }
}

impl<T: Say + ?Sized> Say for Box<T> {
    fn say(&self) -> Message {
        (**self).say()
    }
}

impl From<&Message> for Message {
    fn from(message: &Message) -> Self {
        message.clone()
    }
}

/// A value of [`say!`]. What can be said is; the rest is displayed: of the two traits the compiler
/// finds [`BySay`] first, since the other one asks for one more reference.
#[doc(hidden)]
#[derive(Debug)]
pub struct Given<'a, T: ?Sized>(pub &'a T);

#[doc(hidden)]
pub trait BySay {
    /// The value as a message.
    fn given(&self) -> Message;
}

#[doc(hidden)]
pub trait ByDisplay {
    /// The value as a message.
    fn given(&self) -> Message;
}

impl<T: Say + ?Sized> BySay for Given<'_, T> {
    fn given(&self) -> Message {
        self.0.say()
    }
}

impl<T: fmt::Display + ?Sized> ByDisplay for &Given<'_, T> {
    fn given(&self) -> Message {
        Message::verbatim(self.0.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(message: &Message, en: &str, zh: &str) {
        assert_eq!(message.to_string(), en);
        assert_eq!(message.in_lang(Lang::En), en);
        assert_eq!(message.in_lang(Lang::Zh), zh);
    }

    #[test]
    fn a_message_in_a_message_is_in_the_same_language() {
        let what = say!("the list");
        check(
            &say!("{what}: {count} problems", what, count = 2),
            "the list: 2 problems",
            "名单：2 个问题",
        );
        check(
            &say!("{what}: {count} problems", what = &what, count = "{}"),
            "the list: {} problems",
            "名单：{} 个问题",
        );
    }

    #[test]
    fn lists_and_lines() {
        let two = || [say!("the list"), Message::verbatim("a.csv")];
        check(&Message::list(two()), "the list, a.csv", "名单、a.csv");
        check(&Message::lines(two()), "the list\na.csv", "名单\na.csv");
    }

    #[test]
    fn what_can_be_said_and_displayed_is_said() {
        struct Both;
        impl fmt::Display for Both {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("shown")
            }
        }
        impl Say for Both {
            fn say(&self) -> Message {
                say!("the list")
            }
        }
        let message = say!("{what}: {count} problems", what = Both, count = 1);
        check(&message, "the list: 1 problems", "名单：1 个问题");
        let message = say!("{what}: {count} problems", what = &&Both, count = &1);
        check(&message, "the list: 1 problems", "名单：1 个问题");
    }
}
