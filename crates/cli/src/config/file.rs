//! A TOML file as a flat list of keys and values, with the line of each.

use jindiao_words::{Message, say};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A key and its value, which may be a credential.
#[cfg_attr(test, derive(Debug))]
pub(super) struct Entry {
    /// The line in the file, counted from 1.
    pub(super) line: usize,
    /// The key, with dots between tables; empty where the file itself is wrong.
    pub(super) key: String,
    /// The value as it was written, so that `0.10` is never a float.
    pub(super) value: Result<Written, Message>,
}

/// A value.
#[cfg_attr(test, derive(Debug))]
pub(super) enum Written {
    /// A text, or what is written like one: a number, true or false.
    Text(String),
    /// A list of texts.
    List(Vec<String>),
}

/// Reads a file, or says in one entry why it is no TOML.
pub(super) fn entries(text: &str) -> Vec<Entry> {
    let mut found = Vec::new();
    match DeTable::parse(text) {
        Ok(table) => {
            flatten(text, "", table.get_ref(), &mut found);
            found.sort_by_key(|entry| entry.line);
        }
        Err(error) => {
            let line = error.span().map_or(1, |span| line_of(text, span.start));
            // The error's own text would show the line, which may hold a secret.
            found.push(Entry {
                line,
                key: String::new(),
                value: Err(Message::verbatim(first_line(error.message()))),
            });
        }
    }
    found
}

fn flatten(text: &str, above: &str, table: &DeTable<'_>, found: &mut Vec<Entry>) {
    for (name, value) in table.iter() {
        let key = if above.is_empty() {
            name.get_ref().to_string()
        } else {
            format!("{above}.{}", name.get_ref())
        };
        if let DeValue::Table(inner) = value.get_ref() {
            flatten(text, &key, inner, found);
        } else {
            found.push(Entry {
                line: line_of(text, name.span().start),
                key,
                value: written(value),
            });
        }
    }
}

fn written(value: &Spanned<DeValue<'_>>) -> Result<Written, Message> {
    let text = |text: String| Ok(Written::Text(text));
    match value.get_ref() {
        DeValue::String(value) => text(value.to_string()),
        DeValue::Integer(number) if number.radix() == 10 => text(number.as_str().to_owned()),
        DeValue::Float(number) => text(number.as_str().to_owned()),
        DeValue::Boolean(value) => text(value.to_string()),
        DeValue::Array(values) => values
            .iter()
            .map(|value| match value.get_ref() {
                DeValue::String(text) => Some(text.to_string()),
                _ => None,
            })
            .collect::<Option<_>>()
            .map(Written::List)
            .ok_or_else(|| say!("the list must hold texts only")),
        DeValue::Integer(_) => Err(say!("write the number with decimal digits")),
        DeValue::Datetime(_) => Err(say!(
            "the value must be a text, a number, true or false, not a datetime"
        )),
        DeValue::Table(_) => Err(say!(
            "the value must be a text, a number, true or false, not a table"
        )),
    }
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().to_owned()
}

fn line_of(text: &str, offset: usize) -> usize {
    1 + text.bytes().take(offset).filter(|b| *b == b'\n').count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_with_their_lines_and_texts() {
        let text = "ledger = 'a.db'\n\n[qcc]\nqps = 0.50\n[qcc.prices]\nsnapshot = 1_0\nx = [1]\ny = ['a', 'b']\nz = 1979-05-27\nzz = 0x10\n";
        let shown: Vec<String> = entries(text)
            .into_iter()
            .map(|it| {
                let value = it.value.map_err(|problem| problem.to_string());
                format!("{} {} {value:?}", it.line, it.key)
            })
            .collect();
        assert_eq!(
            shown,
            [
                "1 ledger Ok(Text(\"a.db\"))",
                "4 qcc.qps Ok(Text(\"0.50\"))",
                "6 qcc.prices.snapshot Ok(Text(\"10\"))",
                "7 qcc.prices.x Err(\"the list must hold texts only\")",
                "8 qcc.prices.y Ok(List([\"a\", \"b\"]))",
                "9 qcc.prices.z Err(\"the value must be a text, a number, true or false, not a datetime\")",
                "10 qcc.prices.zz Err(\"write the number with decimal digits\")",
            ]
        );
    }

    #[test]
    fn a_file_that_is_no_toml_shows_nothing_of_itself() {
        let found = entries("[qcc]\nsecret = FAKE-SECRET\n");
        assert_eq!(
            (found.len(), found[0].line, found[0].key.as_str()),
            (1, 2, "")
        );
        assert!(!format!("{found:?}").contains("FAKE"), "{found:?}");
    }
}
