//! `jindiao check`: what a list would order, and what is wrong with it.

use std::collections::BTreeMap;

use jindiao_batch::LedgerKind;
use jindiao_list::ListLine;
use jindiao_order::StateName;
use jindiao_words::{Message, say};

use super::foresight::Foresight;
use super::list;
use super::order::bill::{Bill, BillLine, Stage};
use crate::cli::CheckArgs;
use crate::config::Config;
use crate::error::{CliError, Kind};
use crate::output::{Output, note};
use crate::{accounts, ledger};

/// How many lines that wait for somebody are named.
const MOST_NAMED: usize = 20;

pub(crate) fn run(
    args: &CheckArgs,
    config: &Config,
    out: &mut Output,
) -> Result<Vec<Kind>, CliError> {
    let mut list = list::open(&args.list, say!("the list cannot be ordered"), out)?;
    let path = ledger::path(args.ledger.ledger.as_deref(), config, LedgerKind::Real);
    let foresight = Foresight::of(config, &path, LedgerKind::Real, args.fresh_within)?;
    if !foresight.has_ledger() {
        note(say!(
            "note: there is no ledger {path} yet: nothing counts as ordered before",
            path = path.display()
        ));
    }
    let vendors = list.products().iter().map(|it| it.vendor()).collect();
    if let Some(missing) = accounts::missing(config, &vendors) {
        note(missing.remark());
    }

    let mut bill = Bill::new(None);
    let mut stopped = Stopped::default();
    list.each(|ListLine { line, wanted }| {
        foresight.bill(Some(line), wanted, &mut bill, |line| {
            line.tell(out);
            if let (Stage::Stopped, Some(state)) = (line.stage, line.state) {
                stopped.add(state, line);
            }
        })
    })?;
    bill.show(out);
    if !out.is_json() {
        stopped.tell(out);
    }
    Ok(Vec::new())
}

/// What a run would leave alone, since somebody must see to it.
#[derive(Default)]
struct Stopped {
    named: Vec<Message>,
    states: BTreeMap<StateName, u64>,
}

impl Stopped {
    fn add(&mut self, state: StateName, line: &BillLine<'_>) {
        *self.states.entry(state).or_default() += 1;
        if self.named.len() < MOST_NAMED {
            self.named.push(say!(
                "line {line}: {product} {subject}: {state}; jindiao show {order}",
                line = line.line.unwrap_or_default(),
                product = line.product,
                subject = line.subject,
                state,
                order = line.order.unwrap_or_default()
            ));
        }
    }

    fn tell(&self, out: &mut Output) {
        let all: u64 = self.states.values().sum();
        if all == 0 {
            return;
        }
        let states = self.states.iter();
        let states = states.map(|(state, n)| say!("{n} {state}", n, state));
        out.line(say!(
            "a run leaves alone what somebody must see to: {states}",
            states = Message::list(states)
        ));
        self.named.iter().for_each(|line| out.line(line));
        let more = all - self.named.len() as u64;
        if more > 0 {
            out.line(say!("and {more} more", more));
        }
    }
}
