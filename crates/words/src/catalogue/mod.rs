//! The one catalogue: each English text with its Chinese twin, a file for each area.
//!
//! Whoever says something new adds a line here. The Chinese is short and natural, and uses the words of
//! the page and of `README.zh-CN.md`: 订单, 账本, 名单, 存疑, 已保存, 待下单, 供应商, 账户, 计费.

mod accounts;
mod batch;
mod bill;
mod check;
mod clap;
mod client;
mod cluster;
mod config;
mod dashboard;
mod doctor;
mod doctor_network;
mod doubt;
mod export;
mod help;
mod help_cluster;
mod init;
mod kept;
mod ledger;
mod list;
mod man;
mod order;
mod program;
mod protocol;
mod resolve;
mod run;
mod sign;
mod simulate;
mod system;
mod verify;
mod watch;

use crate::template::is_at;

/// An English text and its Chinese twin.
pub type Entry = (&'static str, &'static str);

/// Every text, by area.
pub const AREAS: &[(&str, &[Entry])] = &[
    ("accounts", accounts::TEXTS),
    ("batch", batch::TEXTS),
    ("bill", bill::TEXTS),
    ("check", check::TEXTS),
    ("clap", clap::TEXTS),
    ("client", client::TEXTS),
    ("cluster", cluster::TEXTS),
    ("config", config::TEXTS),
    ("dashboard", dashboard::TEXTS),
    ("doctor", doctor::TEXTS),
    ("doctor_network", doctor_network::TEXTS),
    ("doubt", doubt::TEXTS),
    ("export", export::TEXTS),
    ("help", help::TEXTS),
    ("help_cluster", help_cluster::TEXTS),
    ("init", init::TEXTS),
    ("kept", kept::TEXTS),
    ("ledger", ledger::TEXTS),
    ("list", list::TEXTS),
    ("man", man::TEXTS),
    ("order", order::TEXTS),
    ("program", program::TEXTS),
    ("protocol", protocol::TEXTS),
    ("resolve", resolve::TEXTS),
    ("run", run::TEXTS),
    ("sign", sign::TEXTS),
    ("simulate", simulate::TEXTS),
    ("system", system::TEXTS),
    ("verify", verify::TEXTS),
    ("watch", watch::TEXTS),
];

/// The texts that are written into ledgers, in English.
pub(crate) const KEPT: &[Entry] = kept::TEXTS;

/// The Chinese twin of a text.
#[must_use]
pub const fn chinese(english: &str) -> Option<&'static str> {
    let mut area = 0;
    while area < AREAS.len() {
        let texts = AREAS[area].1;
        let mut n = 0;
        while n < texts.len() {
            // Constants are slow to evaluate: most texts differ in length already.
            let text = texts[n].0.as_bytes();
            if is_at(text, 0, text.len(), english.as_bytes()) {
                return Some(texts[n].1);
            }
            n += 1;
        }
        area += 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn each_text_stands_once_and_says_something() {
        let mut seen = BTreeMap::new();
        for (area, texts) in AREAS {
            for (english, chinese) in *texts {
                assert!(
                    !english.is_empty() && !chinese.is_empty(),
                    "{area}: {english}"
                );
                let before = seen.insert(*english, area);
                assert_eq!(before, None, "also in {area}: {english}");
                assert_eq!(super::chinese(english), Some(*chinese));
            }
        }
    }
}
