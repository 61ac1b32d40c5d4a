//! `jindiao status`, `orders` and `show`: what the ledger knows.

use std::path::Path;

use jindiao_batch::{Charged, Entry, ExchangeRow, Store, Transition};
use jindiao_order::{Fen, StateName, again};
use jindiao_protocol::Delivery;
use jindiao_words::{Message, Say, say};
use serde::Serialize;

use crate::cli::{LedgerArgs, OrdersArgs, ShowArgs};
use crate::config::Config;
use crate::doubt::Doubt;
use crate::error::{CliError, Kind};
use crate::ledger;
use crate::output::{Output, note, show as show_table, spoken};
use crate::record::{ExchangeRecord, OrderRecord, TransitionRecord, why};

pub(crate) fn status(
    args: &LedgerArgs,
    config: &Config,
    out: &mut Output,
) -> Result<Vec<Kind>, CliError> {
    let store = view(args, config)?;
    let counts = store.counts()?;
    if out.is_json() {
        for count in &counts {
            let record = CountRecord {
                vendor: count.product.vendor().id(),
                product: count.product.id(),
                state: count.state.as_str(),
                orders: count.orders,
                price_fen: count.price,
            };
            out.record("count", &record);
        }
        return Ok(Vec::new());
    }
    if counts.is_empty() {
        out.line(say!("no orders"));
        return Ok(Vec::new());
    }
    let head = [
        say!("vendor"),
        say!("product"),
        say!("state"),
        say!("orders"),
        say!("yuan"),
    ];
    let rows = counts.iter().map(|count| {
        vec![
            count.product.vendor().to_string(),
            count.product.short_name().to_owned(),
            spoken(count.state.say()),
            count.orders.to_string(),
            count.price.to_string(),
        ]
    });
    show_table(&with_head(head, rows), out);
    let of = |state| {
        counts
            .iter()
            .filter(|count| count.state == state)
            .map(|count| count.orders)
            .sum::<u64>()
    };
    let all: u64 = counts.iter().map(|count| count.orders).sum();
    out.line(stored_of_all(of(StateName::Stored), all));
    if of(StateName::Uncertain) > 0 {
        let flag = ledger::flag(&store, config);
        note(say!(
            "hint: `jindiao orders --state uncertain{flag}` lists what waits for a decision",
            flag
        ));
    }
    Ok(Vec::new())
}

/// How many orders are stored.
pub(super) fn stored_of_all(stored: u64, all: u64) -> Message {
    say!("{stored} of {all} orders are stored", stored, all)
}

/// A table with its headings, in the language of the program.
pub(super) fn with_head<const N: usize>(
    head: [Message; N],
    rows: impl IntoIterator<Item = Vec<String>>,
) -> Vec<Vec<String>> {
    [head.map(spoken).to_vec()]
        .into_iter()
        .chain(rows)
        .collect()
}

#[derive(Serialize)]
struct CountRecord {
    vendor: &'static str,
    product: &'static str,
    state: &'static str,
    orders: u64,
    price_fen: Fen,
}

pub(crate) fn orders(
    args: &OrdersArgs,
    config: &Config,
    out: &mut Output,
) -> Result<Vec<Kind>, CliError> {
    let store = view(&args.ledger, config)?;
    if out.is_json() {
        store.each_order(args.which.state, |entry| {
            let doubt = Doubt::of(&entry, &store, config)?;
            let record = OrderRecord::of(&entry, None).with_doubt(doubt.as_ref());
            out.record("order", &record);
            Ok::<_, CliError>(())
        })?;
        return Ok(Vec::new());
    }
    if args.which.state == Some(StateName::Uncertain) {
        return uncertain(&store, config, out);
    }
    // There may be millions: so many at once are shown in columns.
    let mut page = Vec::new();
    let mut shown = 0usize;
    store.each_order(args.which.state, |entry| {
        page.push(OrderRecord::of(&entry, None));
        if page.len() == PAGE {
            shown += PAGE;
            show_page(std::mem::take(&mut page), shown == PAGE, out);
        }
        Ok::<_, CliError>(())
    })?;
    if shown == 0 && page.is_empty() {
        out.line(say!("no orders"));
    } else if !page.is_empty() {
        show_page(page, shown == 0, out);
    }
    Ok(Vec::new())
}

/// How many orders are shown in columns of the same width.
const PAGE: usize = 1000;

/// Orders, one a line.
#[cfg(feature = "cluster")]
pub(super) fn list(records: Vec<OrderRecord>, out: &mut Output) {
    show_page(records, true, out);
}

fn show_page(records: Vec<OrderRecord>, is_first: bool, out: &mut Output) {
    let head = [
        say!("order"),
        say!("product"),
        say!("subject"),
        say!("state"),
        say!("updated"),
        say!("what"),
    ];
    let rows = records.into_iter().map(|record| {
        let state = record.state.parse::<StateName>();
        let reason = record.reason.map(|reason| spoken(again(&reason)));
        vec![
            record.order,
            record.product.to_owned(),
            record.subject,
            state.map_or_else(|_| record.state.to_owned(), |state| spoken(state.say())),
            record.updated_at.to_string(),
            record.file.or(reason).unwrap_or_default(),
        ]
    });
    let rows: Vec<_> = match is_first {
        true => with_head(head, rows),
        false => rows.collect(),
    };
    show_table(&rows, out);
}

/// The questions, one by one, and what all of them come to.
fn uncertain(store: &Store, config: &Config, out: &mut Output) -> Result<Vec<Kind>, CliError> {
    let mut stake = Fen::ZERO;
    let mut n = 0;
    store.each_order(Some(StateName::Uncertain), |entry| {
        questions(&Doubt::of(&entry, store, config)?, out);
        stake = stake + entry.at_stake();
        n += 1;
        Ok::<_, CliError>(())
    })?;
    if n == 0 {
        out.line(say!("no orders"));
        return Ok(Vec::new());
    }
    sum_of_doubts(n, stake, out);
    if n > 1 {
        note(many("jindiao resolve", &ledger::flag(store, config)));
    }
    Ok(Vec::new())
}

/// The questions, one by one.
pub(super) fn questions<'a>(doubts: impl IntoIterator<Item = &'a Doubt>, out: &mut Output) {
    for doubt in doubts {
        doubt.lines().iter().for_each(|line| out.line(line));
        out.line(Message::verbatim(""));
    }
}

/// What `n` uncertain orders come to.
pub(super) fn sum_of_doubts(n: usize, stake: Fen, out: &mut Output) {
    out.line(say!(
        "{n} uncertain; {stake} yuan may have been charged in vain",
        n,
        stake
    ));
}

/// How to answer for many orders at once.
pub(crate) fn many(command: &str, flag: &str) -> Message {
    say!(
        "hint: `{command} --all-uncertain --not-placed{flag}` (or --abandon, with --vendor, --product, --before) answers for many at once",
        command,
        flag
    )
}

pub(crate) fn show(
    args: &ShowArgs,
    config: &Config,
    out: &mut Output,
) -> Result<Vec<Kind>, CliError> {
    let store = view(&args.ledger, config)?;
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
        show_table(&facts(entry, left.as_deref(), more), out);
        out.line(Message::verbatim(""));
        let head = [say!("at"), say!("state"), say!("why")];
        let rows = transitions.iter().map(|it| {
            vec![
                it.at.to_string(),
                spoken(it.state.say()),
                kept(it.note.as_deref()),
            ]
        });
        show_table(&with_head(head, rows), out);
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
            show_table(&with_head(head, rows), out);
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

fn view(args: &LedgerArgs, config: &Config) -> Result<Store, CliError> {
    ledger::view(args.ledger.as_deref(), config)
}

#[cfg(test)]
mod tests {
    use jindiao_words::Lang;

    use super::*;

    #[test]
    fn it_is_said_in_chinese_too() {
        let check = |message: Message, expect| assert_eq!(message.in_lang(Lang::Zh), expect);
        check(stored_of_all(2, 3), "3 个订单中已保存 2 个");
        check(charged(Charged::Maybe), "可能");
        check(delivered(Delivery::MaybeSent), "可能已送达");
    }
}
