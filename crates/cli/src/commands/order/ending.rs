//! How a run ended: the table, the reasons, the exit code.

use std::collections::BTreeMap;
use std::path::Path;

use jindiao_batch::{AccountTrouble, Entry, Folder, Listed, Store, Summary};
use jindiao_order::{Fen, State, again};
use jindiao_protocol::Timestamp;
use jindiao_words::{Message, say};
use serde::Serialize;

use super::Job;
use crate::commands::orders::many;
use crate::doubt::Doubt;
use crate::error::{CliError, Kind};
use crate::export::{Kept, Outcome, Written};
use crate::ledger;
use crate::output::{Output, note, show, spoken};
use crate::record::{OrderRecord, reason};

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
        self.is_refused |= matches!(entry.order.state(), State::Refused { .. });
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
            note(error.told());
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
            note(say!(
                "hint: what was refused is not ordered again by itself; `jindiao resolve ORDER --not-placed{flag}` has the next run do it",
                flag
            ));
        }
        if self.summary.is_interrupted {
            note(say!("interrupted; the same command goes on from there"));
        }
        if self.summary.is_budget_spent {
            note(say!(
                "note: --max-cost kept some reports from being ordered; the same command with more goes on"
            ));
        }
        if let (Some(until), false) = (self.summary.waits_until, self.summary.is_interrupted) {
            note(say!(
                "note: some reports can be ordered or fetched from {until} on; the same command goes on then, and --wait waits for it",
                until
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
            note(say!(
                "note: the {path} that was there is kept as {kept}",
                path,
                kept = kept.display()
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
            note(say!("{path}: {lines} lines", path, lines));
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
            note(say!(
                "uncertain: {untold} more orders wait for a decision, {stake} yuan are at stake in all; `jindiao orders --state uncertain{flag}` lists them",
                untold,
                stake,
                flag
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
        self.each(|entry, left, record| {
            // Uncertain orders are told of last, with the ways out.
            if let State::Uncertain { .. } = entry.order.state() {
                return;
            }
            let Some(reason) = reason(&entry.order, left) else {
                return;
            };
            let reason = without_trouble(&reason, record.product, &self.summary.accounts);
            let (product, subject, order) = (record.product, &record.subject, &record.order);
            let state = entry.order.state().name();
            note(match record.line {
                Some(line) => say!(
                    "line {line}, {product} {subject} (order {order}) is {state}: {reason}",
                    line,
                    product,
                    subject,
                    order,
                    state,
                    reason
                ),
                None => say!(
                    "{product} {subject} (order {order}) is {state}: {reason}",
                    product,
                    subject,
                    order,
                    state,
                    reason
                ),
            });
        })
    }

    fn total(&self, standings: &Standings) -> Message {
        let (stored, all) = (standings.stored(), standings.reports());
        let folder = self.shown_folder().display();
        if self.is_all_stored && self.summary.charges == 0 && stored == all {
            return say!(
                "nothing to order: {stored} of {all} reports are stored in {folder}",
                stored,
                all,
                folder
            );
        }
        let (sure, cost) = self.sure;
        let mut paid = match sure {
            0 => say!("nothing was charged"),
            n => say!("{n} charged in this run: {cost} yuan", n, cost),
        };
        if sure > 0 {
            let prices = self.job.prices();
            let mut products = self.job.products.iter();
            if products.any(|product| prices.of(*product).is_assumed) {
                paid = say!("{paid} (assumed prices)", paid);
            }
            if self.job.args.simulate {
                paid = say!("{paid}; simulated, nobody is paid", paid);
            }
        }
        if let (n @ 1.., cost) = self.doubtful() {
            paid = say!("{paid}; {n} more may have been: {cost} yuan", paid, n, cost);
        }
        say!(
            "{stored} of {all} reports are stored in {folder}; {paid}",
            stored,
            all,
            folder,
            paid
        )
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
fn without_trouble(reason: &str, product: &str, troubles: &[AccountTrouble]) -> Message {
    let vendor = product.split('/').next();
    let trouble = troubles
        .iter()
        .filter(|trouble| Some(trouble.vendor.id()) == vendor)
        .find(|trouble| reason.contains(&trouble.refusal.text));
    match trouble {
        None => again(reason),
        Some(trouble) if trouble.refusal.text == reason => {
            say!("its account needs attention, see below")
        }
        Some(trouble) => {
            let below = say!("see below").to_string();
            again(&reason.replace(&trouble.refusal.text, &below))
        }
    }
}

/// What is wrong with an account, and what to do about it, in one sentence.
pub(super) fn sentence(trouble: &AccountTrouble) -> Message {
    let AccountTrouble {
        vendor,
        product,
        refusal,
    } = trouble;
    let account = match product {
        Some(product) => say!(
            "the account with {vendor}, for {product} only,",
            vendor,
            product
        ),
        None => say!("the account with {vendor}", vendor),
    };
    let code = refusal.code.as_ref();
    let known = code.and_then(|code| Some((code, code.info_at(&refusal.exchange)?)));
    if let Some((code, info)) = known {
        let bare = |text: &'static str| text.trim_end_matches(['.', '。']);
        return say!(
            "hint: {account} needs attention ({why}): {todo} (`jindiao code {code}` explains); then run the same command again",
            account,
            why = Message::of_two(bare(info.en), bare(info.zh)),
            todo = Message::of_two(bare(info.todo_en), bare(info.todo_zh)),
            code
        );
    }
    if code.is_some() || matches!(refusal.http_status, Some(401 | 403 | 407)) {
        return say!(
            "hint: {account} needs attention ({why}): check its keys, permissions and balance with {vendor}, then run the same command again",
            account,
            why = refusal,
            vendor = vendor.zh()
        );
    }
    // The text says all that is known: the vendor itself may have said nothing.
    say!(
        "hint: {account} needs attention ({why}): see to that, then run the same command again",
        account,
        why = refusal
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
        say!("product"),
        say!("reports"),
        say!("stored"),
        say!("not stored"),
        say!("yuan charged in all"),
    ];
    let mut rows = vec![head.map(spoken).to_vec()];
    for (product, sums) in &standings.products {
        rows.push(vec![
            (*product).to_owned(),
            sums.reports.to_string(),
            sums.stored.to_string(),
            (sums.reports - sums.stored).to_string(),
            sums.charged.to_string(),
        ]);
    }
    show(&rows, out);
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
            let told = without_trouble(reason, product, &troubles);
            assert_eq!(told.to_string(), expect);
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
            let text = sentence(&trouble(code, http_status)).to_string();
            assert_eq!(text.contains("check its keys"), expect, "{text}");
        };
        check(Some("103"), 200, false);
        check(Some("997"), 200, true);
        check(None, 401, true);
        // A reply that may be forged, or a page in place of one.
        check(None, 200, false);
    }
}
