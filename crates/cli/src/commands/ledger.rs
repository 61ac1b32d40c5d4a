//! `jindiao status`, `orders` and `show`: what the ledger knows.

use std::path::Path;

use jindiao_batch::{Entry, Store};
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
    let entries = store.orders(args.state)?;
    if out.is_json() {
        for entry in &entries {
            let doubt = Doubt::of(entry, &store, config)?;
            let record = OrderRecord::of(entry, None).with_doubt(doubt.as_ref());
            out.record("order", &record);
        }
        return Ok(Vec::new());
    }
    if entries.is_empty() {
        out.line("no orders");
        return Ok(Vec::new());
    }
    if args.state == Some(StateName::Uncertain) {
        return uncertain(&entries, &store, config, out);
    }
    let head = ["order", "product", "subject", "state", "updated", "what"]
        .map(str::to_owned)
        .to_vec();
    let rows = entries.iter().map(|entry| {
        let record = OrderRecord::of(entry, None);
        vec![
            record.order,
            record.product.to_owned(),
            record.subject,
            record.state.to_owned(),
            record.updated_at.to_string(),
            record.file.or(record.reason).unwrap_or_default(),
        ]
    });
    let rows: Vec<_> = std::iter::once(head).chain(rows).collect();
    table(&rows).iter().for_each(|line| out.line(line));
    Ok(Vec::new())
}

/// The questions, one by one, and what all of them come to.
fn uncertain(
    entries: &[Entry],
    store: &Store,
    config: &Config,
    out: &mut Output,
) -> Result<Vec<Kind>, CliError> {
    for entry in entries {
        for line in Doubt::of(entry, store, config)?
            .iter()
            .flat_map(Doubt::lines)
        {
            out.line(line);
        }
        out.line("");
    }
    let stake: Fen = entries.iter().map(Entry::at_stake).sum();
    let n = entries.len();
    out.line(format!(
        "{n} uncertain; {stake} yuan may have been charged in vain"
    ));
    if n > 1 {
        note(many(&ledger::flag(store, config)));
    }
    Ok(Vec::new())
}

/// How to answer for many orders at once.
pub(crate) fn many(flag: &str) -> String {
    format!(
        "hint: `jindiao resolve --all-uncertain --not-placed{flag}` (or --abandon, with --vendor, --product, --before) answers for many at once"
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
    if out.is_json() {
        let record = OrderRecord::of(&entry, None).with_doubt(doubt.as_ref());
        out.record("order", &record);
        transitions
            .iter()
            .for_each(|it| out.record("transition", &TransitionRecord::of(it)));
        exchanges
            .iter()
            .for_each(|it| out.record("exchange", &ExchangeRecord::of(it)));
        return Ok(Vec::new());
    }
    facts(&entry).iter().for_each(|line| out.line(line));
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
    Ok(Vec::new())
}

/// What is known of an order, one fact a line.
fn facts(entry: &Entry) -> Vec<String> {
    let order = &entry.order;
    let record = OrderRecord::of(entry, None);
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
        .map(|(name, value)| vec![name.to_owned(), value])
        .collect();
    table(&rows)
}

fn view(args: &LedgerArgs, config: &Config) -> Result<Store, CliError> {
    ledger::view(args.ledger.as_deref(), config)
}
