//! `jindiao orders`: the orders of a ledger, one a line, and what the uncertain ones ask.

use jindiao_batch::Store;
use jindiao_order::{Fen, StateName, again};
use jindiao_words::{Message, Say as _, say};

use crate::cli::OrdersArgs;
use crate::config::Config;
use crate::doubt::Doubt;
use crate::error::{CliError, Kind};
use crate::ledger;
use crate::output::{Output, note, show, spoken, with_head};
use crate::record::OrderRecord;

pub(crate) fn run(
    args: &OrdersArgs,
    config: &Config,
    out: &mut Output,
) -> Result<Vec<Kind>, CliError> {
    let store = ledger::view(args.ledger.ledger.as_deref(), config)?;
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
    show(&rows, out);
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
