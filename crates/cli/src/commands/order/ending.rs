//! How a run ended: the table, the reasons, the exit code.

use std::collections::BTreeMap;
use std::path::Path;

use jindiao_batch::{AccountTrouble, Entry, Folder, Store, Summary};
use jindiao_order::{Fen, State};
use jindiao_protocol::Timestamp;
use serde::Serialize;

use super::Job;
use crate::commands::ledger::many;
use crate::doubt::Doubt;
use crate::error::{CliError, Kind};
use crate::ledger;
use crate::output::{self, Output, note};
use crate::record::OrderRecord;

/// A run that has ended, to be told of.
pub(super) struct Ending<'a> {
    pub(super) job: &'a Job<'a>,
    pub(super) store: Store,
    pub(super) summary: Summary,
    /// How many calls of the run were charged for sure, and what they cost.
    pub(super) sure: (u64, Fen),
    pub(super) folder: Folder,
    /// Whether everything was stored before it began.
    pub(super) is_all_stored: bool,
}

impl Ending<'_> {
    pub(super) fn tell(&self, out: &mut Output) -> Result<Vec<Kind>, CliError> {
        let mut records = Vec::with_capacity(self.summary.orders.len());
        let mut kinds = Vec::new();
        let mut uncertain = Vec::new();
        for ((line, _), (id, left)) in self.job.lines.iter().zip(&self.summary.orders) {
            let entry = self.store.order(id)?;
            kinds.extend(kind_of(entry.order.state(), left.as_deref()));
            if let State::Uncertain { .. } = entry.order.state() {
                uncertain.push(entry.clone());
            }
            records.push(OrderRecord {
                line: *line,
                ..OrderRecord::of(&entry, left.as_deref())
            });
        }
        if !self.summary.accounts.is_empty() {
            kinds.push(Kind::Account);
        }
        if self.summary.is_interrupted {
            kinds.push(Kind::Interrupted);
        }
        let stored = records.iter().filter(|record| record.is_here()).count();
        if out.is_json() {
            records
                .iter()
                .for_each(|record| out.record("order", record));
            out.record(
                "summary",
                &self.summary_record(stored, records.len(), uncertain.len()),
            );
        } else if let ([(None, _)], [record]) = (self.job.lines.as_slice(), records.as_slice()) {
            // One report: where it is.
            if let (Some(file), None) = (&record.file, &record.reason) {
                out.line(self.shown_folder().join(file).display().to_string());
            }
            self.tell_reasons(&records);
        } else {
            table(&records, out);
            self.tell_reasons(&records);
            out.line(self.total(stored, records.len()));
        }
        let flag = ledger::flag(&self.store, self.job.config);
        self.tell_doubts(&uncertain, &flag)?;
        for trouble in &self.summary.accounts {
            note(sentence(trouble));
        }
        if records.iter().any(|record| record.state == "refused") {
            note(format!(
                "hint: what was refused is not ordered again by itself; `jindiao resolve ORDER --not-placed{flag}` has the next run do it"
            ));
        }
        if self.summary.is_interrupted {
            note("interrupted; the same command goes on from there");
        }
        if self.summary.is_budget_spent {
            note(
                "note: --max-cost kept some reports from being ordered; the same command with more goes on",
            );
        }
        if let (Some(until), false) = (self.summary.waits_until, self.summary.is_interrupted) {
            note(format!(
                "note: some reports can be ordered or fetched from {until} on; the same command goes on then, and --wait waits for it"
            ));
        }
        Ok(kinds)
    }

    /// The questions that wait for an answer; where they are many, how to see and answer them.
    fn tell_doubts(&self, uncertain: &[Entry], flag: &str) -> Result<(), CliError> {
        const MOST: usize = 5;
        for entry in uncertain.iter().take(MOST) {
            for line in Doubt::of(entry, &self.store, self.job.config)?
                .iter()
                .flat_map(Doubt::lines)
            {
                note(line);
            }
        }
        if uncertain.len() > MOST {
            let stake: Fen = uncertain.iter().map(Entry::at_stake).sum();
            note(format!(
                "uncertain: {} more orders wait for a decision, {stake} yuan are at stake in all; `jindiao orders --state uncertain{flag}` lists them",
                uncertain.len() - MOST
            ));
            note(many(flag));
        }
        Ok(())
    }

    /// The output folder as the user wrote it.
    fn shown_folder(&self) -> &Path {
        &self.job.args.out
    }

    fn tell_reasons(&self, records: &[OrderRecord]) {
        // Uncertain orders are told of last, with the ways out.
        for record in records.iter().filter(|record| record.state != "uncertain") {
            if let Some(reason) = &record.reason {
                let line = record
                    .line
                    .map_or(String::new(), |line| format!("line {line}, "));
                note(format!(
                    "{line}{} {} (order {}) is {}: {reason}",
                    record.product, record.subject, record.order, record.state
                ));
            }
        }
    }

    fn total(&self, stored: usize, all: usize) -> String {
        let folder = self.shown_folder().display();
        if self.is_all_stored && self.summary.charges == 0 && stored == all {
            return format!("nothing to order: {stored} of {all} reports are stored in {folder}");
        }
        let (sure, cost) = self.sure;
        let doubtful = match self.doubtful() {
            (0, _) => String::new(),
            (n, cost) => format!("; {n} more may have been: {cost} yuan"),
        };
        let paid = match sure {
            0 => format!("nothing was charged{doubtful}"),
            n => {
                let assumed = self
                    .job
                    .lines
                    .iter()
                    .any(|(_, wanted)| self.job.prices().of(wanted.product()).is_assumed);
                let assumed = if assumed { " (assumed prices)" } else { "" };
                let simulated = if self.job.args.simulate {
                    "; simulated, nobody is paid"
                } else {
                    ""
                };
                format!("{n} charged in this run: {cost} yuan{assumed}{simulated}{doubtful}")
            }
        };
        format!("{stored} of {all} reports are stored in {folder}; {paid}")
    }

    /// How many calls of the run may have been charged, and what that would come to.
    fn doubtful(&self) -> (u64, Fen) {
        let (sure, cost) = self.sure;
        (
            self.summary.charges.saturating_sub(sure),
            self.summary.charged.minus(cost),
        )
    }

    fn summary_record(&self, stored: usize, all: usize, uncertain: usize) -> SummaryRecord {
        SummaryRecord {
            orders: all,
            stored,
            not_stored: all - stored,
            uncertain,
            charges: self.summary.charges,
            charged_fen: self.summary.charged,
            doubtful: self.doubtful().0,
            doubtful_fen: self.doubtful().1,
            is_interrupted: self.summary.is_interrupted,
            is_budget_spent: self.summary.is_budget_spent,
            waits_until: self.summary.waits_until,
            accounts: self
                .summary
                .accounts
                .iter()
                .map(|trouble| trouble.vendor.id())
                .collect(),
            folder: self.folder.root().display().to_string(),
            ledger: self.store.path().display().to_string(),
        }
    }
}

/// What is wrong with an account, and what to do about it, in one sentence.
pub(super) fn sentence(trouble: &AccountTrouble) -> String {
    let AccountTrouble {
        vendor,
        product,
        refusal,
    } = trouble;
    let account = match product {
        Some(product) => format!("the account with {vendor}, for {product} only,"),
        None => format!("the account with {vendor}"),
    };
    let code = refusal.code.as_ref();
    let known = code.and_then(|code| Some((code, code.info_at(&refusal.exchange)?)));
    let Some((code, info)) = known else {
        return format!(
            "hint: {account} needs attention ({}): check its keys, permissions and balance with {}, then run the same command again",
            refusal.text,
            vendor.zh()
        );
    };
    format!(
        "hint: {account} needs attention ({}): {} (`jindiao code {code}` explains); then run the same command again",
        info.en.trim_end_matches('.'),
        info.todo_en.trim_end_matches('.'),
    )
}

/// What an order's state means for the exit code.
fn kind_of(state: &State, left: Option<&str>) -> Option<Kind> {
    match state {
        State::Stored { .. } => left.map(|_| Kind::NotStored),
        State::Uncertain { .. } | State::Ordering { .. } => Some(Kind::Uncertain),
        State::Held { .. } => Some(Kind::Account),
        _ => Some(Kind::NotStored),
    }
}

/// One row a product.
fn table(records: &[OrderRecord], out: &mut Output) {
    let mut products: BTreeMap<&str, Vec<&OrderRecord>> = BTreeMap::new();
    for record in records {
        products.entry(record.product).or_default().push(record);
    }
    let head = [
        "product",
        "reports",
        "stored",
        "not stored",
        "yuan charged in all",
    ];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    for (product, records) in products {
        let stored = records.iter().filter(|record| record.is_here()).count();
        rows.push(vec![
            product.to_owned(),
            records.len().to_string(),
            stored.to_string(),
            (records.len() - stored).to_string(),
            records
                .iter()
                .map(|record| record.charged_fen)
                .sum::<Fen>()
                .to_string(),
        ]);
    }
    output::table(&rows).iter().for_each(|line| out.line(line));
}

#[derive(Serialize)]
struct SummaryRecord {
    orders: usize,
    stored: usize,
    not_stored: usize,
    uncertain: usize,
    charges: u64,
    charged_fen: Fen,
    doubtful: u64,
    doubtful_fen: Fen,
    is_interrupted: bool,
    is_budget_spent: bool,
    waits_until: Option<Timestamp>,
    accounts: Vec<&'static str>,
    folder: String,
    ledger: String,
}
