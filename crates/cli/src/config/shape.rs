//! How credentials look beside what the vendors' documents say of them. Nothing of them is told.

use jindiao_codes::Vendor;
use jindiao_words::{Message, say};

use super::values::Value;
use super::{Config, settings};

/// A credential that the configuration has, and what is odd about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Credential {
    /// Its key in the file: `qcc.secret`.
    pub(crate) key: String,
    /// What is odd about its form; the vendor may take it all the same.
    pub(crate) oddity: Option<Message>,
}

impl Config {
    /// The credentials of `vendor` that stand in the file or the environment.
    pub(crate) fn credentials(&self, vendor: Vendor) -> Vec<Credential> {
        let keys = settings::secrets(vendor)
            .iter()
            .map(|name| format!("{vendor}.{name}"));
        let found: Vec<(String, &Value)> = keys
            .filter_map(|key| self.secrets.0.get(&key).map(|value| (key, value)))
            .collect();
        let oddity_of = |key: &str, value: &Value| {
            let is_twice = found
                .iter()
                .any(|(other, it)| other != key && it.text == value.text);
            let credential = value.source.to_string();
            match is_twice {
                true => Some(say!(
                    "{credential} is the same text as another credential of the vendor",
                    credential
                )),
                false => oddity(&credential, key, &value.text),
            }
        };
        found
            .iter()
            .map(|(key, value)| Credential {
                key: key.clone(),
                oddity: oddity_of(key, value),
            })
            .collect()
    }

    /// Whether a program is asked for what the configuration does not have of the account.
    pub(crate) fn asks_a_command(&self, vendor: Vendor) -> bool {
        self.commands.contains_key(&vendor) && !self.secrets.are_enough(vendor)
    }
}

/// What is odd about the credential `key` that stands at `credential`.
fn oddity(credential: &str, key: &str, text: &str) -> Option<Message> {
    let is_quoted = |mark| text.len() > 1 && text.starts_with(mark) && text.ends_with(mark);
    if text.starts_with("your-") || text.starts_with("sk-your") || text.contains("xxxxxx") {
        return Some(say!("{credential} is the text of an example", credential));
    }
    if is_quoted('"') || is_quoted('\'') {
        return Some(say!(
            "{credential} has quotes around it that count as a part of it",
            credential
        ));
    }
    let is_plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric());
    match key {
        "qcc.key" | "qcc.secret" if !is_plain || text.len() != 32 => Some(say!(
            "{credential} is not 32 letters and digits, as the keys that QCC issues",
            credential
        )),
        // ShowDoc 1864080192995858.
        "yibeidiao.key" | "yibeidiao.token" if !is_plain || text.len() != 32 => Some(say!(
            "{credential} is not 32 letters and digits, as Yibeidiao's documents say",
            credential
        )),
        // The same page says that case does not matter; the samples of signatures say that it does.
        "yibeidiao.key" | "yibeidiao.token" if text.bytes().any(|b| b.is_ascii_lowercase()) => {
            Some(say!(
                "{credential} has small letters: signatures depend on them, and all samples are in capitals",
                credential
            ))
        }
        "patsnap.client_id" | "patsnap.client_secret" if text.starts_with("sk-") => Some(say!(
            "{credential} begins with sk-, as static keys do: those are `patsnap.api_key`",
            credential
        )),
        // PatSnap D5 shows 32 letters and digits; longer ones are in use.
        "patsnap.client_id" | "patsnap.client_secret" if text.len() < 16 => Some(say!(
            "{credential} is shorter than any that PatSnap's documents show",
            credential
        )),
        "patsnap.api_key" if !text.starts_with("sk-") => Some(say!(
            "{credential} does not begin with sk-, as PatSnap's static keys do",
            credential
        )),
        // 51 characters where they were seen; PatSnap D7 shows 20 and more.
        "patsnap.api_key" if text.len() < 19 => Some(say!(
            "{credential} is shorter than any static key that PatSnap's documents show",
            credential
        )),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "0123456789ABCDEF0123456789ABCDEF";

    #[test]
    fn forms_of_credentials() {
        let check = |key: &str, text: &str, expect: Option<&str>| {
            let found = oddity("here", key, text).map(|it| it.to_string());
            assert_eq!(
                found.map(|it| it.contains(expect.unwrap_or("\0"))),
                expect.map(|_| true),
                "{key} {text}"
            );
        };
        let lower = GOOD.to_lowercase();
        for key in ["qcc.key", "qcc.secret", "yibeidiao.key", "yibeidiao.token"] {
            check(key, GOOD, None);
            check(key, &GOOD[1..], Some("32 letters and digits"));
            check(key, &GOOD.replace('0', "-"), Some("32 letters and digits"));
            check(key, "your-key", Some("example"));
            check(key, &format!("\"{GOOD}\""), Some("quotes"));
        }
        check("qcc.key", &lower, None);
        check("yibeidiao.token", &lower, Some("small letters"));
        let key = format!("sk-{GOOD}{}", &GOOD[..16]);
        check("patsnap.api_key", &key, None);
        check("patsnap.api_key", GOOD, Some("begin with sk-"));
        check("patsnap.api_key", "sk-your-key", Some("example"));
        check("patsnap.api_key", "sk-0123", Some("shorter"));
        check("patsnap.client_id", GOOD, None);
        check("patsnap.client_id", &key, Some("api_key"));
        check("patsnap.client_secret", "0123", Some("shorter"));
    }
}
