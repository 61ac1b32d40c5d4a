//! How a run ended: the table, the reasons, the exit code.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::Path;

use jindiao_batch::{AccountTrouble, Entry, Folder, Listed, Store, Summary};
use jindiao_order::{Fen, State};
use jindiao_protocol::Timestamp;
use serde::Serialize;

use super::Job;
use crate::commands::ledger::many;
use crate::doubt::Doubt;
use crate::error::{CliError, Kind};
use crate::export::{Kept, Outcome, Written};
use crate::ledger;
use crate::output::{self, Output, note};
use crate::record::OrderRecord;

/// A run that has ended, to be told of.
pub(super) struct Ending<'a> {
    pub(super) job: &'a Job<'a>,
    /// Whether one report was asked for, and no list.
    pub(super) is_one: bool,
    pub(super) store: Store,
    pub(super) summary: Summary,
    /// How many calls of the run were charged for sure, and what they cost.
    pub(super) sure: (u64, Fen),
    pub(super) folder: Folder,
    /// Whether everything was stored before it began.
    pub(super) is_all_stored: bool,
    /// The list, where it is to be written back.
    pub(super) kept: Option<Kept>,
}

/// How the orders of a run stand.
#[derive(Default)]
struct Standings {
    products: BTreeMap<&'static str, Sums>,
    kinds: Vec<Kind>,
    /// The first of the uncertain orders.
    doubts: Vec<Entry>,
    uncertain: u64,
    at_stake: Fen,
    is_refused: bool,
}

/// How the orders of one product stand.
#[derive(Default)]
struct Sums {
    reports: u64,
    stored: u64,
    charged: Fen,
}

impl Standings {
    /// How many questions are told in full.
    const MOST_DOUBTS: usize = 5;

    fn add(&mut self, entry: &Entry, left: Option<&str>, record: &OrderRecord) {
        let sums = self.products.entry(record.product).or_default();
        sums.reports += 1;
        sums.stored += u64::from(record.is_here());
        sums.charged = sums.charged + record.charged_fen;
        let kind = kind_of(entry.order.state(), left);
        self.kinds
            .extend(kind.filter(|kind| !self.kinds.contains(kind)));
        self.is_refused |= record.state == "refused";
        if let State::Uncertain { .. } = entry.order.state() {
            self.uncertain += 1;
            self.at_stake = self.at_stake + entry.at_stake();
            if self.doubts.len() < Self::MOST_DOUBTS {
                self.doubts.push(entry.clone());
            }
        }
    }

    fn reports(&self) -> u64 {
        self.products.values().map(|sums| sums.reports).sum()
    }

    fn stored(&self) -> u64 {
        self.products.values().map(|sums| sums.stored).sum()
    }
}

impl Ending<'_> {
    pub(super) fn tell(mut self, out: &mut Output) -> Result<Vec<Kind>, CliError> {
        let mut standings = Standings::default();
        let mut file = None;
        self.each(|entry, left, record| {
            standings.add(entry, left, &record);
            if out.is_json() {
                out.record("order", &record);
            } else if self.is_one && record.is_here() {
                file = record.file;
            }
        })?;
        if !self.summary.accounts.is_empty() {
            standings.kinds.push(Kind::Account);
        }
        if let Some(kept) = self.kept.take()
            && let Err(error) = self.export(kept, out)
        {
            note(error.report());
            standings.kinds.push(error.kind());
        }
        if self.summary.is_interrupted {
            standings.kinds.push(Kind::Interrupted);
        }
        if out.is_json() {
            out.record("summary", &self.summary_record(&standings));
        } else if self.is_one {
            // One report: where it is.
            if let Some(file) = file {
                out.script(&self.shown_folder().join(file).display().to_string());
            }
            self.tell_reasons()?;
        } else {
            table(&standings, out);
            if standings.stored() < standings.reports() {
                self.tell_reasons()?;
            }
            out.line(self.total(&standings));
        }
        let flag = ledger::flag(&self.store, self.job.config);
        self.tell_doubts(&standings, &flag)?;
        for trouble in &self.summary.accounts {
            note(sentence(trouble));
        }
        if standings.is_refused {
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
        Ok(standings.kinds)
    }

    /// Each order as it stands now, with why the run left it, where it did.
    fn each(
        &self,
        mut each: impl FnMut(&Entry, Option<&str>, OrderRecord),
    ) -> Result<(), CliError> {
        self.store.each_listed(|Listed { line, entry, left }| {
            let record = OrderRecord {
                line,
                ..OrderRecord::of(&entry, left.as_deref())
            };
            each(&entry, left.as_deref(), record);
            Ok(())
        })
    }

    /// Writes the list with what became of each line.
    fn export(&self, kept: Kept, out: &mut Output) -> Result<(), CliError> {
        let mut writing = kept.writing()?;
        let mut written = Ok(());
        self.each(|entry, left, record| {
            if let (Ok(()), Some(line)) = (&written, record.line) {
                written = writing.line(line, &Outcome::of(entry, left));
            }
        })?;
        written?;
        let Written { path, lines, kept } = writing.finish()?;
        let path = path.display().to_string();
        if let Some(kept) = &kept {
            note(format!(
                "note: the {path} that was there is kept as {}",
                kept.display()
            ));
        }
        if out.is_json() {
            let kept = kept.map(|kept| kept.display().to_string());
            out.record(
                "export",
                &ExportRecord {
                    file: path,
                    lines,
                    kept,
                },
            );
        } else {
            note(format!("{path}: {lines} lines"));
        }
        Ok(())
    }

    /// The questions that wait for an answer; where they are many, how to see and answer them.
    fn tell_doubts(&self, standings: &Standings, flag: &str) -> Result<(), CliError> {
        for entry in &standings.doubts {
            for line in Doubt::of(entry, &self.store, self.job.config)?
                .iter()
                .flat_map(Doubt::lines)
            {
                note(line);
            }
        }
        let untold = standings.uncertain - standings.doubts.len() as u64;
        if untold > 0 {
            let stake = standings.at_stake;
            note(format!(
                "uncertain: {untold} more orders wait for a decision, {stake} yuan are at stake in all; `jindiao orders --state uncertain{flag}` lists them"
            ));
            note(many("jindiao resolve", flag));
        }
        Ok(())
    }

    /// The output folder as the user wrote it.
    fn shown_folder(&self) -> &Path {
        &self.job.args.out
    }

    fn tell_reasons(&self) -> Result<(), CliError> {
        self.each(|_, _, record| {
            // Uncertain orders are told of last, with the ways out.
            if record.state == "uncertain" {
                return;
            }
            if let Some(reason) = &record.reason {
                let reason = without_trouble(reason, record.product, &self.summary.accounts);
                let line = record
                    .line
                    .map_or(String::new(), |line| format!("line {line}, "));
                note(format!(
                    "{line}{} {} (order {}) is {}: {reason}",
                    record.product, record.subject, record.order, record.state
                ));
            }
        })
    }

    fn total(&self, standings: &Standings) -> String {
        let (stored, all) = (standings.stored(), standings.reports());
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
                let prices = self.job.prices();
                let mut products = self.job.products.iter();
                let assumed = products.any(|product| prices.of(*product).is_assumed);
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

    fn summary_record(&self, standings: &Standings) -> SummaryRecord {
        let (stored, all) = (standings.stored(), standings.reports());
        SummaryRecord {
            orders: all,
            stored,
            not_stored: all - stored,
            uncertain: standings.uncertain,
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

/// Why an order stands as it does. What is wrong with its account is told once, after all orders.
fn without_trouble<'a>(
    reason: &'a str,
    product: &str,
    troubles: &[AccountTrouble],
) -> Cow<'a, str> {
    let vendor = product.split('/').next();
    let trouble = troubles
        .iter()
        .filter(|trouble| Some(trouble.vendor.id()) == vendor)
        .find(|trouble| reason.contains(&trouble.refusal.text));
    match trouble {
        None => reason.into(),
        Some(trouble) if trouble.refusal.text == reason => {
            "its account needs attention, see below".into()
        }
        Some(trouble) => reason.replace(&trouble.refusal.text, "see below").into(),
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
        let is_about_keys = code.is_some() || matches!(refusal.http_status, Some(401 | 403 | 407));
        if !is_about_keys {
            // The text says all that is known: the vendor itself may have said nothing.
            return format!(
                "hint: {account} needs attention ({}): see to that, then run the same command again",
                refusal.text
            );
        }
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
fn table(standings: &Standings, out: &mut Output) {
    let head = [
        "product",
        "reports",
        "stored",
        "not stored",
        "yuan charged in all",
    ];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    for (product, sums) in &standings.products {
        rows.push(vec![
            (*product).to_owned(),
            sums.reports.to_string(),
            sums.stored.to_string(),
            (sums.reports - sums.stored).to_string(),
            sums.charged.to_string(),
        ]);
    }
    output::table(&rows).iter().for_each(|line| out.line(line));
}

#[derive(Serialize)]
struct ExportRecord {
    file: String,
    lines: u64,
    kept: Option<String>,
}

#[derive(Serialize)]
struct SummaryRecord {
    orders: u64,
    stored: u64,
    not_stored: u64,
    uncertain: u64,
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

#[cfg(test)]
mod tests {
    use jindiao_codes::{Code, Vendor};
    use jindiao_order::Refusal;

    use super::*;

    fn trouble(code: Option<&str>, http_status: u16) -> AccountTrouble {
        AccountTrouble {
            vendor: Vendor::Qcc,
            product: None,
            refusal: Refusal {
                vendor: Vendor::Qcc,
                exchange: "radar_ext/createReport".to_owned(),
                code: code.map(|code| Code::parse(Vendor::Qcc, code)),
                http_status: Some(http_status),
                serial: None,
                text: "WHY".to_owned(),
            },
        }
    }

    #[test]
    fn what_is_wrong_with_an_account_is_told_once() {
        let troubles = [trouble(Some("103"), 200)];
        let check = |reason: &str, product: &str, expect: &str| {
            assert_eq!(without_trouble(reason, product, &troubles), expect);
        };
        check(
            "WHY",
            "qcc/snapshot",
            "its account needs attention, see below",
        );
        check("not ordered: WHY", "qcc/snapshot", "not ordered: see below");
        check("something else", "qcc/snapshot", "something else");
        check("WHY", "patsnap/patent-value-report", "WHY");
    }

    #[test]
    fn keys_are_checked_where_they_may_be_the_reason() {
        let check = |code, http_status, expect| {
            let text = sentence(&trouble(code, http_status));
            assert_eq!(text.contains("check its keys"), expect, "{text}");
        };
        check(Some("103"), 200, false);
        check(Some("997"), 200, true);
        check(None, 401, true);
        // A reply that may be forged, or a page in place of one.
        check(None, 200, false);
    }
}
