//! The text of the file: the example with everything in it, and what was said put into it.

use std::collections::BTreeMap;

/// What everything can be set to, and what it is for: `examples/jindiao.toml`, which is not in this
/// package and is copied here by `cargo xtask codegen`.
const EXAMPLE: &str = include_str!("../../../assets/jindiao.toml");
/// What stands above it in place of the example's own head.
const HEAD: &str = "\
# Jindiao's configuration. It may hold credentials: keep it to yourself.
#
# Lines that begin with `#:` are settings that were not made: take the `#: ` away to make them. Every
# setting is also a variable, which wins: `qcc.poll_interval` is JINDIAO_QCC_POLL_INTERVAL. See
# docs/configuration.md. `jindiao doctor` checks what stands here.
";

/// What was said, by key.
#[derive(Default)]
pub(super) struct Written(BTreeMap<String, Value>);

/// What a key is set to.
pub(super) enum Value {
    Text(String),
    List(Vec<String>),
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl Value {
    fn toml(&self) -> String {
        match self {
            Self::Text(text) => quoted(text),
            Self::List(texts) => {
                let texts: Vec<_> = texts.iter().map(|text| quoted(text)).collect();
                format!("[{}]", texts.join(", "))
            }
        }
    }
}

impl Written {
    /// Sets `key`, with dots between tables.
    pub(super) fn set(&mut self, key: &str, value: impl Into<Value>) {
        self.0.insert(key.to_owned(), value.into());
    }

    /// The file.
    pub(super) fn text(&self) -> String {
        let mut left: BTreeMap<&str, &Value> = self
            .0
            .iter()
            .map(|(key, value)| (key.as_str(), value))
            .collect();
        let body = EXAMPLE
            .find("\n\n")
            .map_or(EXAMPLE, |at| &EXAMPLE[at + 1..]);
        let mut text = String::from(HEAD);
        let mut table = String::new();
        for line in body.lines() {
            if let Some(name) = line.strip_prefix('[').and_then(|it| it.strip_suffix(']')) {
                // What the example has no line for stands at the end of its table.
                rest_of(&table, &mut left, &mut text);
                table = format!("{name}.");
            }
            let name = line.strip_prefix("#: ").and_then(|it| it.split_once(" = "));
            let key = name.map(|(name, _)| format!("{table}{name}"));
            match key.and_then(|key| left.remove_entry(key.as_str())) {
                Some((key, value)) => {
                    let name = key.strip_prefix(&table).unwrap_or(key);
                    push(&mut text, &format!("{name} = {}", value.toml()));
                }
                None => push(&mut text, line),
            }
        }
        rest_of(&table, &mut left, &mut text);
        // Tables that the example does not have.
        let tables: std::collections::BTreeSet<String> = left
            .keys()
            .filter_map(|key| Some(key.rsplit_once('.')?.0.to_owned()))
            .collect();
        for name in tables {
            push(&mut text, &format!("\n[{name}]"));
            rest_of(&format!("{name}."), &mut left, &mut text);
        }
        text
    }
}

/// Writes what is left of `table`, above the blank lines at the end.
fn rest_of(table: &str, left: &mut BTreeMap<&str, &Value>, text: &mut String) {
    let of_table = |key: &str| {
        let name = key.strip_prefix(table)?;
        (!name.contains('.')).then(|| name.to_owned())
    };
    let keys: Vec<&str> = left
        .keys()
        .copied()
        .filter(|key| of_table(key).is_some())
        .collect();
    for key in keys {
        if let (Some(name), Some(value)) = (of_table(key), left.remove(key)) {
            let end = text.trim_end().len();
            text.insert_str(end, &format!("\n{name} = {}", value.toml()));
        }
    }
}

fn push(text: &mut String, line: &str) {
    text.push_str(line);
    text.push('\n');
}

/// A text as TOML has it.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            c if c.is_control() => quoted.push_str(&format!("\\u{:04X}", u32::from(c))),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Config, Sources};
    use jindiao_codes::Vendor;

    fn read(text: &str) -> Config {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("jindiao.toml");
        std::fs::write(&path, text).expect("a file");
        let sources = Sources {
            file: Some(path),
            ..Sources::default()
        };
        let (config, _) = Config::load(&sources)
            .map_err(|error| error.report())
            .expect("a configuration");
        config
    }

    #[test]
    fn what_was_said_stands_where_the_example_has_it() {
        let mut written = Written::default();
        written.set("qcc.key", "a\"b\\c".to_owned());
        let words = ["pass", "show", "qcc"].map(str::to_owned);
        written.set("qcc.secret_command", Value::List(words.into()));
        written.set("patsnap.region", "intl".to_owned());
        written.set("yibeidiao.daily_limit", "7".to_owned());
        written.set("ledger", "my.db".to_owned());
        written.set("log_format", "json".to_owned());
        written.set("patsnap.on_uncertain.innovation-report", "hold".to_owned());
        let text = written.text();
        assert!(
            text.starts_with("# Jindiao's configuration. It may hold"),
            "{text}"
        );
        assert!(text.contains("\n[qcc]\n"), "{text}");
        assert!(
            text.contains("\nsecret_command = [\"pass\", \"show\", \"qcc\"]\n"),
            "{text}"
        );
        assert!(
            text.contains("\n#: qps = 5"),
            "what was not said is explained: {text}"
        );
        let config = read(&text);
        assert_eq!(config.ledger.as_deref(), Some("my.db".as_ref()));
        let patsnap = config.vendor(Vendor::Patsnap).origin.to_string();
        assert_eq!(patsnap, "https://connect.patsnap.com");
        assert_eq!(config.vendor(Vendor::Yibeidiao).daily_limit, Some(7));
        assert!(config.asks_a_command(Vendor::Qcc));
        assert_eq!(config.credentials(Vendor::Qcc).len(), 1);
    }

    #[test]
    fn every_setting_can_be_written() {
        let mut written = Written::default();
        let settings = crate::config::every_setting();
        for (key, value) in &settings {
            written.set(key, value.clone());
        }
        read(&written.text());
        assert!(
            written.text().matches("\n#: ").count() < 6,
            "{}",
            written.text()
        );
    }
}
