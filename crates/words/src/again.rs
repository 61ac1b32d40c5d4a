//! What was written down in English, said again in each language.

use crate::catalogue::{self, Entry};
use crate::template::{Part, parts};
use crate::{Message, say};

/// The longest text that is taken apart, in bytes: what is written down is shorter by far, and each
/// sentence of a text is looked for in the rest of it.
const MOST: usize = 4096;

/// What ledgers keep is English: this finds the text of the catalogue that it was made from.
///
/// Only the texts that are written down are looked at; where several fit, the one with the most words
/// of its own. What was put together of several is taken apart. Anything else, such as the words of a
/// vendor or a text of more than 4 KiB, stays as it is.
#[must_use]
pub fn again(text: &str) -> Message {
    again_with(text, &|_| None)
}

/// The same, where `known` has more texts: those of tables that are not here.
#[must_use]
pub fn again_with(text: &str, known: &dyn Fn(&str) -> Option<Message>) -> Message {
    if text.len() > MOST {
        return Message::verbatim(text);
    }
    if let Some(message) = whole(text, known) {
        return message;
    }
    let halves = text.match_indices("; ").find_map(|(at, between)| {
        let (first, second) = (text.get(..at)?, text.get(at + between.len()..)?);
        let (first_again, second_again) = (whole(first, known), whole(second, known));
        if first_again.is_none() && second_again.is_none() {
            return None;
        }
        Some(Message::joined(
            [
                first_again.unwrap_or_else(|| Message::verbatim(first)),
                // Not both: each sentence would double the work for all that follow it.
                second_again.unwrap_or_else(|| again_with(second, known)),
            ],
            say!("; "),
        ))
    });
    halves.unwrap_or_else(|| Message::verbatim(text))
}

/// The text as one of those that are written down.
fn whole(text: &str, known: &dyn Fn(&str) -> Option<Message>) -> Option<Message> {
    if let Some(message) = known(text) {
        return Some(message);
    }
    let own_words = |entry: &Entry| -> usize { words(entry.0).map(str::len).sum() };
    let fitting = catalogue::KEPT.iter().filter_map(|entry| {
        let values = fit(entry.0, text)?;
        Some((entry, values))
    });
    let (entry, values) = fitting.max_by_key(|(entry, _)| own_words(entry))?;
    let values = values.into_iter().map(|(name, value)| {
        // What stands in it is shorter than it.
        (name, again_with(value, known))
    });
    Some(Message::kept(entry, values.collect()))
}

fn words(template: &str) -> impl Iterator<Item = &str> {
    parts(template).filter_map(|part| match part {
        Part::Words(words) => Some(words),
        Part::Value(_) => None,
    })
}

/// What stands for the placeholders of a template where `text` was made from it.
fn fit<'t>(template: &'static str, text: &'t str) -> Option<Vec<(&'static str, &'t str)>> {
    let mut values = Vec::new();
    let mut rest = text;
    let mut open: Option<&'static str> = None;
    for part in parts(template) {
        match (part, open) {
            (Part::Words(words), None) => rest = rest.strip_prefix(words)?,
            (Part::Words(words), Some(name)) => {
                let at = rest.find(words)?;
                values.push((name, rest.get(..at)?));
                rest = rest.get(at + words.len()..)?;
                open = None;
            }
            (Part::Value(name), None) => open = Some(name),
            // Nobody can tell where one ends and the next begins.
            (Part::Value(_), Some(_)) => return None,
        }
    }
    match open {
        Some(name) => values.push((name, rest)),
        None if rest.is_empty() => {}
        None => return None,
    }
    values
        .iter()
        .all(|(_, it)| !it.is_empty())
        .then_some(values)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Lang;
    use proptest::prelude::*;

    fn check(text: &str, zh: &str) {
        let message = again(text);
        assert_eq!(message.to_string(), text, "the English stays");
        assert_eq!(message.in_lang(Lang::Zh), zh);
    }

    #[test]
    fn what_was_written_down_is_said_again() {
        check("abandoned by decision", "已按决定放弃");
        check(
            "the vendor could not make the report: 无数据",
            "供应商未能生成报告：无数据",
        );
        check(
            "the vendor could not make the report: abandoned by decision",
            "供应商未能生成报告：已按决定放弃",
        );
        check("abandoned by decision; so be it", "已按决定放弃；so be it");
        check("so be it; abandoned by decision", "so be it；已按决定放弃");
        check("said by a vendor; twice", "said by a vendor; twice");
        check("", "");
    }

    /// A vendor may send a text like this: whoever took a sentence apart twice would never end.
    #[test]
    fn a_text_of_many_sentences_is_said_again() {
        let endless = "abandoned by decision; ".repeat(100_000);
        check(&endless, &endless);
        check(
            &("? ; too late: ".repeat(290) + "?"),
            &("? ；太迟：".repeat(290) + "?"),
        );
    }

    #[test]
    fn each_text_that_is_written_down_is_found() {
        for (english, chinese) in catalogue::KEPT {
            let filled = |template: &str| -> String {
                let filled = parts(template).map(|part| match part {
                    Part::Words(words) => words.to_owned(),
                    Part::Value(name) => format!("<{name}>"),
                });
                filled.collect()
            };
            check(&filled(english), &filled(chinese));
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn the_english_of_any_text_stays(pieces in prop::collection::vec(
            prop::sample::select(vec![
                "; ", "too late: ", "abandoned by decision", "?", "x: HTTP 500", " (after 3 attempts)", " — ",
            ]),
            0..30,
        )) {
            let text = pieces.concat();
            prop_assert_eq!(again(&text).to_string(), text);
        }
    }
}
