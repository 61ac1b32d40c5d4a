//! `jindiao show`: an order, and everything that happened to it.

use std::path::Path;

use jindiao_batch::{Charged, Entry, ExchangeRow, Transition};
use jindiao_order::{Fen, again};
use jindiao_protocol::Delivery;
use jindiao_words::{Message, Say as _, say};

use crate::cli::ShowArgs;
use crate::config::Config;
use crate::doubt::Doubt;
use crate::error::{CliError, Kind};
use crate::ledger;
use crate::output::{Output, note, show, spoken, with_head};
use crate::record::{ExchangeRecord, OrderRecord, TransitionRecord, why};

pub(crate) fn run(
    args: &ShowArgs,
    config: &Config,
    out: &mut Output,
) -> Result<Vec<Kind>, CliError> {
    let store = ledger::view(args.ledger.ledger.as_deref(), config)?;
    let entry = store.find(&args.order)?;
    let (transitions, exchanges) = store.history(entry.order.id())?;
    let doubt = Doubt::of(&entry, &store, config)?;
    let shown = Shown {
        entry,
        transitions,
        exchanges,
        doubt,
        left: None,
        more: Vec::new(),
    };
    shown.tell(out);
    Ok(Vec::new())
}

/// An order and everything that happened to it.
pub(super) struct Shown {
    pub(super) entry: Entry,
    pub(super) transitions: Vec<Transition>,
    pub(super) exchanges: Vec<ExchangeRow>,
    pub(super) doubt: Option<Doubt>,
    /// Why it is left as it is.
    pub(super) left: Option<String>,
    /// Facts that only some hosts know.
    pub(super) more: Vec<(Message, Message)>,
}

impl Shown {
    pub(super) fn tell(&self, out: &mut Output) {
        let Self {
            entry,
            transitions,
            exchanges,
            doubt,
            left,
            more,
        } = self;
        if out.is_json() {
            let record = OrderRecord::of(entry, left.as_deref()).with_doubt(doubt.as_ref());
            out.record("order", &record);
            transitions
                .iter()
                .for_each(|it| out.record("transition", &TransitionRecord::of(it)));
            exchanges
                .iter()
                .for_each(|it| out.record("exchange", &ExchangeRecord::of(it)));
            return;
        }
        show(&facts(entry, left.as_deref(), more), out);
        out.line(Message::verbatim(""));
        let head = [say!("at"), say!("state"), say!("why")];
        let rows = transitions.iter().map(|it| {
            vec![
                it.at.to_string(),
                spoken(it.state.say()),
                kept(it.note.as_deref()),
            ]
        });
        show(&with_head(head, rows), out);
        if !exchanges.is_empty() {
            out.line(Message::verbatim(""));
            let head = [
                say!("at"),
                say!("exchange"),
                say!("delivery"),
                say!("http"),
                say!("code"),
                say!("serial"),
                say!("took"),
                say!("charged"),
                say!("what"),
            ];
            let rows = exchanges.iter().map(|it| {
                vec![
                    it.at.to_string(),
                    format!("{} {}", it.vendor, it.exchange),
                    spoken(delivered(it.delivery)),
                    it.http_status
                        .map_or("-".to_owned(), |status| status.to_string()),
                    it.code.clone().unwrap_or_else(|| "-".to_owned()),
                    it.serial.clone().unwrap_or_else(|| "-".to_owned()),
                    format!("{} ms", it.duration.as_millis()),
                    spoken(charged(it.charged)),
                    kept(it.note.as_deref()),
                ]
            });
            show(&with_head(head, rows), out);
        }
        for line in doubt.iter().flat_map(Doubt::lines) {
            note(line);
        }
    }
}

/// What was written down in English, in the language of the program.
fn kept(text: Option<&str>) -> String {
    text.map(|text| spoken(again(text))).unwrap_or_default()
}

fn delivered(delivery: Delivery) -> Message {
    match delivery {
        Delivery::NeverSent => say!("never sent"),
        Delivery::MaybeSent => say!("maybe sent"),
        Delivery::Answered => say!("answered"),
    }
}

fn charged(charged: Charged) -> Message {
    match charged {
        Charged::Yes => say!("yes"),
        Charged::No => say!("no"),
        Charged::Maybe => say!("maybe"),
        Charged::Denied => say!("denied"),
    }
}

/// What is known of an order, one fact a line.
fn facts(entry: &Entry, left: Option<&str>, more: &[(Message, Message)]) -> Vec<Vec<String>> {
    let order = &entry.order;
    let record = OrderRecord::of(entry, left);
    let data = |text: String| Message::verbatim(text);
    let yuan = |sum: Fen| say!("{sum} yuan", sum);
    let mut rows = vec![
        (say!("order"), data(record.order)),
        (say!("product"), data(record.product.to_owned())),
        (say!("subject"), data(record.subject)),
        (say!("format"), data(record.format.to_owned())),
        (say!("state"), order.state().name().say()),
    ];
    let mut add = |name, value: Option<Message>| rows.extend(value.map(|value| (name, value)));
    add(say!("why"), why(order, left));
    add(say!("reference"), record.reference.map(data));
    add(
        say!("placed"),
        order
            .placement()
            .map(|placement| data(placement.at.to_string())),
    );
    let folder = entry.folder.as_deref().unwrap_or(Path::new(""));
    add(
        say!("file"),
        record
            .file
            .map(|file| data(folder.join(file).display().to_string())),
    );
    add(say!("size"), record.size.map(|n| say!("{n} bytes", n)));
    add(say!("sha256"), record.sha256.map(data));
    add(say!("price"), Some(yuan(entry.price)));
    add(say!("charged"), Some(yuan(record.charged_fen)));
    add(
        say!("at stake"),
        (record.at_stake_fen > Fen::ZERO).then(|| yuan(record.at_stake_fen)),
    );
    rows.into_iter()
        .chain(more.iter().cloned())
        .map(|(name, value)| vec![spoken(name), spoken(value)])
        .collect()
}

#[cfg(test)]
mod tests {
    use jindiao_words::Lang;

    use super::*;

    #[test]
    fn it_is_said_in_chinese_too() {
        let check = |message: Message, expect| assert_eq!(message.in_lang(Lang::Zh), expect);
        check(charged(Charged::Maybe), "可能");
        check(delivered(Delivery::MaybeSent), "可能已送达");
    }
}
