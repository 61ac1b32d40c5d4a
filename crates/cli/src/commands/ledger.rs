//! `jindiao status`, `orders` and `show`: what the ledger knows.

use std::path::Path;

use jindiao_batch::{Entry, ExchangeRow, Store, Transition};
use jindiao_order::{Fen, StateName};
use serde::Serialize;

use crate::cli::{LedgerArgs, OrdersArgs, ShowArgs};
use crate::config::Config;
use crate::doubt::Doubt;
use crate::error::{CliError, Kind};
use crate::ledger;
use crate::output::{Output, note, table};
use crate::record::{ExchangeRecord, OrderRecord, TransitionRecord};

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
        out.line("no orders");
        return Ok(Vec::new());
    }
    let head = ["vendor", "product", "state", "orders", "yuan"]
        .map(str::to_owned)
        .to_vec();
    let rows = counts.iter().map(|count| {
        vec![
            count.product.vendor().to_string(),
            count.product.short_name().to_owned(),
            count.state.to_string(),
            count.orders.to_string(),
            count.price.to_string(),
        ]
    });
    let rows: Vec<_> = std::iter::once(head).chain(rows).collect();
    table(&rows).iter().for_each(|line| out.line(line));
    let of = |state| {
        counts
            .iter()
            .filter(|count| count.state == state)
            .map(|count| count.orders)
            .sum::<u64>()
    };
    let all: u64 = counts.iter().map(|count| count.orders).sum();
    out.line(format!(
        "{} of {all} orders are stored",
        of(StateName::Stored)
    ));
    if of(StateName::Uncertain) > 0 {
        let flag = ledger::flag(&store, config);
        note(format!(
            "hint: `jindiao orders --state uncertain{flag}` lists what waits for a decision"
        ));
    }
    Ok(Vec::new())
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
        out.line("no orders");
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
    let head = ["order", "product", "subject", "state", "updated", "what"]
        .map(str::to_owned)
        .to_vec();
    let rows = records.into_iter().map(|record| {
        vec![
            record.order,
            record.product.to_owned(),
            record.subject,
            record.state.to_owned(),
            record.updated_at.to_string(),
            record.file.or(record.reason).unwrap_or_default(),
        ]
    });
    let rows: Vec<_> = is_first.then_some(head).into_iter().chain(rows).collect();
    table(&rows).iter().for_each(|line| out.line(line));
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
        out.line("no orders");
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
        out.line("");
    }
}

/// What `n` uncertain orders come to.
pub(super) fn sum_of_doubts(n: usize, stake: Fen, out: &mut Output) {
    out.line(format!(
        "{n} uncertain; {stake} yuan may have been charged in vain"
    ));
}

/// How to answer for many orders at once.
pub(crate) fn many(command: &str, flag: &str) -> String {
    format!(
        "hint: `{command} --all-uncertain --not-placed{flag}` (or --abandon, with --vendor, --product, --before) answers for many at once"
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
    pub(super) more: Vec<(&'static str, String)>,
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
        facts(entry, left.as_deref(), more)
            .iter()
            .for_each(|line| out.line(line));
        out.line("");
        let head = ["at", "state", "why"].map(str::to_owned).to_vec();
        let rows = transitions.iter().map(|it| {
            vec![
                it.at.to_string(),
                it.state.to_string(),
                it.note.clone().unwrap_or_default(),
            ]
        });
        table(&std::iter::once(head).chain(rows).collect::<Vec<_>>())
            .iter()
            .for_each(|line| out.line(line));
        if !exchanges.is_empty() {
            out.line("");
            let head = [
                "at", "exchange", "delivery", "http", "code", "serial", "took", "charged", "what",
            ];
            let rows = exchanges.iter().map(|it| {
                vec![
                    it.at.to_string(),
                    format!("{} {}", it.vendor, it.exchange),
                    ExchangeRecord::of(it).delivery.replace('_', " "),
                    it.http_status
                        .map_or("-".to_owned(), |status| status.to_string()),
                    it.code.clone().unwrap_or_else(|| "-".to_owned()),
                    it.serial.clone().unwrap_or_else(|| "-".to_owned()),
                    format!("{} ms", it.duration.as_millis()),
                    it.charged.as_str().to_owned(),
                    it.note.clone().unwrap_or_default(),
                ]
            });
            let rows: Vec<_> = std::iter::once(head.map(str::to_owned).to_vec())
                .chain(rows)
                .collect();
            table(&rows).iter().for_each(|line| out.line(line));
        }
        for line in doubt.iter().flat_map(Doubt::lines) {
            note(line);
        }
    }
}

/// What is known of an order, one fact a line.
fn facts(entry: &Entry, left: Option<&str>, more: &[(&'static str, String)]) -> Vec<String> {
    let order = &entry.order;
    let record = OrderRecord::of(entry, left);
    let mut rows = vec![
        ("order", record.order),
        ("product", record.product.to_owned()),
        ("subject", record.subject),
        ("format", record.format.to_owned()),
        ("state", record.state.to_owned()),
    ];
    let mut add = |name, value: Option<String>| rows.extend(value.map(|value| (name, value)));
    add("why", record.reason);
    add("reference", record.reference);
    add(
        "placed",
        order.placement().map(|placement| placement.at.to_string()),
    );
    let folder = entry.folder.as_deref().unwrap_or(Path::new(""));
    add(
        "file",
        record
            .file
            .map(|file| folder.join(file).display().to_string()),
    );
    add("size", record.size.map(|size| format!("{size} bytes")));
    add("sha256", record.sha256);
    add("price", Some(format!("{} yuan", entry.price)));
    add("charged", Some(format!("{} yuan", record.charged_fen)));
    add(
        "at stake",
        (record.at_stake_fen > Fen::ZERO).then(|| format!("{} yuan", record.at_stake_fen)),
    );
    let rows: Vec<_> = rows
        .into_iter()
        .chain(more.iter().cloned())
        .map(|(name, value)| vec![name.to_owned(), value])
        .collect();
    table(&rows)
}

fn view(args: &LedgerArgs, config: &Config) -> Result<Store, CliError> {
    ledger::view(args.ledger.as_deref(), config)
}
