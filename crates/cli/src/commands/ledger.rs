//! `jindiao status`, `orders`, `show` and `resolve`: what the ledger knows, and decisions.

use std::path::Path;

use jindiao_batch::{Entry, Store};
use jindiao_order::{Fen, Flow, Order, Question, State, StateName, Verdict};
use serde::Serialize;

use crate::cli::{Decision, LedgerArgs, OrdersArgs, ResolveArgs, ShowArgs};
use crate::config::Config;
use crate::error::{CliError, Kind};
use crate::output::{Output, note, table};
use crate::record::{ExchangeRecord, OrderRecord, TransitionRecord, reason};
use crate::{clock, ledger};

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
        entries
            .iter()
            .for_each(|entry| out.record("order", &OrderRecord::of(entry, None)));
        return Ok(Vec::new());
    }
    if entries.is_empty() {
        out.line("no orders");
        return Ok(Vec::new());
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

pub(crate) fn show(
    args: &ShowArgs,
    config: &Config,
    out: &mut Output,
) -> Result<Vec<Kind>, CliError> {
    let store = view(&args.ledger, config)?;
    let entry = store.find(&args.order)?;
    let (transitions, exchanges) = store.history(entry.order.id())?;
    if out.is_json() {
        out.record("order", &OrderRecord::of(&entry, None));
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
            "at", "exchange", "delivery", "http", "code", "serial", "took", "what",
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
                it.note.clone().unwrap_or_default(),
            ]
        });
        let rows: Vec<_> = std::iter::once(head.map(str::to_owned).to_vec())
            .chain(rows)
            .collect();
        table(&rows).iter().for_each(|line| out.line(line));
    }
    if matches!(entry.order.state(), State::Uncertain { .. }) {
        ways_out(&entry.order, &ledger::flag(&store, config))
            .iter()
            .for_each(note);
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

pub(crate) fn resolve(
    args: &ResolveArgs,
    config: &Config,
    out: &mut Output,
) -> Result<Vec<Kind>, CliError> {
    // Found before the ledger is opened for writing: a wrong id must not wait for a run to end.
    let found = view(&args.ledger, config)?;
    let id = found.find(&args.order)?.order.id().clone();
    let (path, kind) = (found.path().to_owned(), found.kind());
    drop(found);
    let mut store = Store::open(&path, kind, clock::now())?;
    let entry = store.decide(&id, verdict(&args.decision), clock::now())?;
    if out.is_json() {
        out.record("order", &OrderRecord::of(&entry, None));
    } else {
        let next = match entry.order.state() {
            State::Failed { .. } => "it is given up",
            State::Planned { .. } => "the next run orders it",
            _ => "the next run fetches it",
        };
        out.line(format!(
            "{} is {} now: {next}",
            entry.order.id(),
            entry.order.state().name()
        ));
    }
    Ok(Vec::new())
}

fn verdict(decision: &Decision) -> Verdict {
    match decision {
        Decision {
            placed: Some(reference),
            ..
        } => Verdict::Placed(reference.clone()),
        Decision { abandon: true, .. } => Verdict::Abandon,
        Decision { .. } => Verdict::NotPlaced,
    }
}

fn view(args: &LedgerArgs, config: &Config) -> Result<Store, CliError> {
    ledger::view(args.ledger.as_deref(), config)
}

/// The commands that settle an uncertain order. `flag` names the ledger, where it must be named.
pub(crate) fn ways_out(order: &Order, flag: &str) -> Vec<String> {
    let (id, wanted) = (order.id(), order.wanted());
    let resolve = format!("    jindiao resolve {id}");
    let why = reason(order, None).unwrap_or_default();
    let product = wanted.product();
    let mut lines = vec![format!(
        "uncertain: {product} {} (order {id}): {why}",
        wanted.subject().label()
    )];
    let question = match order.state() {
        State::Uncertain { question, .. } => *question,
        _ => Question::WasItPlaced,
    };
    match question {
        Question::WasItPlaced => {
            lines.push(format!(
                "  Look into your account with {} ({}), then say what you found:",
                product.vendor(),
                product.vendor().zh()
            ));
            let reference = if product.flow() == Flow::Direct {
                "LINK"
            } else {
                "REFERENCE"
            };
            lines.push(format!(
                "{resolve} --placed {reference}{flag}   # the vendor has it"
            ));
            lines.push(format!(
                "{resolve} --not-placed{flag}   # the vendor does not have it: order it again"
            ));
        }
        Question::OrderAgain => {
            lines.push(
                "  It was charged and cannot be fetched any more. Say what you want:".to_owned(),
            );
            lines.push(format!(
                "{resolve} --not-placed{flag}   # order it again, for a second charge"
            ));
        }
    }
    lines.push(format!("{resolve} --abandon{flag}   # give it up"));
    lines
}
