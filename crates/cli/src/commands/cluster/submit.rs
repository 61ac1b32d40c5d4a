//! `jindiao cluster submit`: has every line of a list ordered.
//!
//! The list is read twice. The first time the cluster is asked what it knows, and the bill is made;
//! the second time what was consented to is submitted. Of a list that has changed in between,
//! nothing is submitted that was not shown.

use std::collections::BTreeMap;
use std::hash::{BuildHasher as _, RandomState};

use jindiao_batch::Prices;
use jindiao_cluster::tick::{Standing, Submit, Submitted};
use jindiao_cluster::{Cluster, ClusterError};
use jindiao_list::{List, ListChanged, ListLine};
use jindiao_order::{Fen, Fingerprint, Flow, State, StateName, Wanted};
use jindiao_protocol::Timestamp;
use jindiao_words::{Message, say};
use serde::Serialize;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::contact::Contact;
use super::flow::{Flow as Requests, patiently};
use crate::cli::cluster::SubmitArgs;
use crate::commands::foresight::as_ordered;
use crate::commands::list;
use crate::commands::order::bill::{Bill, BillLine, Stage};
use crate::config::Config;
use crate::error::{CliError, Kind};
use crate::output::{Output, note};
use crate::signals::StopAsked;
use crate::{clock, ledger};

/// How many lines are looked up at a time. The server reads through all of its orders each time.
const LINES_AT_ONCE: usize = 10_000;

pub(super) async fn run(
    args: &SubmitArgs,
    config: &Config,
    out: &mut Output,
) -> Result<Vec<Kind>, CliError> {
    let list = list::open(&args.list, say!("nothing was ordered"), out)?;
    let (contact, identity) = match args.dry_run {
        true => Contact::known(&args.server, config).await?,
        false => Contact::for_orders(&args.server, config).await?,
    };
    match (identity.simulated, args.simulated) {
        (true, false) => {
            return Err(CliError::usage(say!(
                "nothing was submitted: this cluster's orders are simulated"
            ))
            .hint(say!("--simulated submits simulated orders")));
        }
        (false, true) => {
            return Err(CliError::usage(say!(
                "nothing was submitted: this cluster's orders are real"
            ))
            .hint(say!(
                "name a cluster of simulated orders with --restate-admin"
            )));
        }
        _ => {}
    }
    let mut job = Job {
        args,
        config,
        contact,
        prices: ledger::prices(config, ledger::kind(args.simulated)),
        fresh_since: args.fresh_within.map(|within| {
            let millis = i64::try_from(within.as_millis()).unwrap_or(i64::MAX);
            Timestamp::from_unix_millis(clock::now().unix_millis().saturating_sub(millis))
        }),
        hasher: RandomState::new(),
        plan: Vec::new(),
        sums: Sums::default(),
    };
    let (list, bill) = job.look(list, out).await?;
    if args.dry_run {
        bill.show(out);
        return Ok(Vec::new());
    }
    job.contact.needs_worker().await?;
    if args.wants_consent() {
        bill.consent()?;
    }
    // From here on what is under way is finished.
    let mut stop_asked = StopAsked::listen()?;
    job.submit(list, &mut stop_asked, out).await
}

struct Job<'a> {
    args: &'a SubmitArgs,
    config: &'a Config,
    contact: Contact,
    prices: Prices,
    fresh_since: Option<Timestamp>,
    hasher: RandomState,
    /// What the first reading found in each line, by [`Job::mark`].
    plan: Vec<u64>,
    sums: Sums,
}

/// How many lines came to what.
#[derive(Debug, Default, Serialize)]
struct Sums {
    lines: u64,
    new: u64,
    renewed: u64,
    known: u64,
    /// What `--max-cost` kept from being submitted.
    over_budget: u64,
    /// What the server did not take.
    failed: u64,
    cost_fen: Fen,
    is_interrupted: bool,
}

impl Job<'_> {
    /// Asks the cluster what it knows, makes the bill, and settles which lines are submitted.
    async fn look(&mut self, list: List, out: &mut Output) -> Result<(List, Bill), CliError> {
        let mut bill = Bill::new(self.args.max_cost);
        let mut left = self.args.max_cost;
        let mut reading = Reading::of(list);
        while let Some(lines) = reading.next().await {
            let lines: Vec<_> = lines
                .into_iter()
                .map(|ListLine { line, wanted }| (line, as_ordered(self.config, wanted)))
                .collect();
            let keys: Vec<_> = lines.iter().map(|(_, it)| it.fingerprint()).collect();
            let known = self.known(&keys).await?;
            for ((line, wanted), key) in lines.iter().zip(&keys) {
                let known = known.get(key);
                let line = BillLine {
                    line: Some(*line),
                    product: wanted.product(),
                    subject: wanted.subject().label(),
                    order: known.map(|(id, _)| id.as_str()),
                    state: known.map(|(_, state)| *state),
                    stage: stage(known.map(|(_, state)| *state)),
                    price: self.prices.of(wanted.product()),
                };
                bill.add(&line);
                if self.args.dry_run {
                    line.tell(out);
                }
                let is_wanted =
                    line.stage == Stage::ToOrder && is_affordable(&mut left, charged(&line));
                self.sums.lines += 1;
                match (is_wanted, line.stage) {
                    (true, _) => {}
                    (false, Stage::ToOrder) => self.sums.over_budget += 1,
                    (false, _) => self.sums.known += 1,
                }
                self.plan.push(self.mark(key, is_wanted));
            }
        }
        Ok((reading.end(say!("nothing was submitted")).await?, bill))
    }

    /// Submits the lines that were settled on.
    async fn submit(
        mut self,
        list: List,
        stop_asked: &mut StopAsked,
        out: &mut Output,
    ) -> Result<Vec<Kind>, CliError> {
        let mut requests = Requests::new();
        let mut reading = Reading::of(list);
        let mut plan = std::mem::take(&mut self.plan).into_iter();
        let mut failed = None;
        'reading: loop {
            let lines = tokio::select! {
                lines = reading.next() => lines,
                () = stop_asked.wait() => {
                    self.sums.is_interrupted = true;
                    break;
                }
            };
            let Some(lines) = lines else { break };
            for ListLine { line, wanted } in lines {
                let wanted = as_ordered(self.config, wanted);
                let key = wanted.fingerprint();
                let mark = plan.next();
                if mark == Some(self.mark(&key, false)) {
                    continue;
                }
                if mark != Some(self.mark(&key, true)) {
                    failed = Some(
                        CliError::usage(say!("not everything was submitted"))
                            .because(say!("the list was changed after it had been checked")),
                    );
                    break 'reading;
                }
                let cluster = self.contact.cluster.clone();
                let request = Submit {
                    wanted,
                    simulated: self.args.simulated,
                    fresh_since: self.fresh_since,
                };
                let ended = tokio::select! {
                    ended = requests.begin(one(cluster, line, request)) => ended,
                    () = stop_asked.wait() => {
                        self.sums.is_interrupted = true;
                        break 'reading;
                    }
                };
                if let Some(ended) = ended
                    && let Err(error) = self.take(ended, out)
                {
                    failed = Some(error);
                    break 'reading;
                }
            }
        }
        // What is under way is waited for; not for long where it did not end well.
        let is_over = failed.is_some() || self.sums.is_interrupted;
        let (rest, is_stopped) = requests
            .end(async {
                if !is_over {
                    stop_asked.wait().await;
                }
            })
            .await;
        self.sums.is_interrupted |= is_stopped && !is_over;
        for ended in rest {
            let taken = self.take(ended, out);
            failed = failed.or(taken.err());
        }
        if failed.is_none() && !self.sums.is_interrupted {
            reading
                .end(say!("the list was submitted as it had been checked"))
                .await?;
        }
        self.tell(out);
        match failed {
            Some(error) => Err(error.hint(say!("the same command goes on from there"))),
            None if self.sums.is_interrupted => {
                note(say!("interrupted; the same command goes on from there"));
                Ok(vec![Kind::Interrupted])
            }
            None => Ok(Vec::new()),
        }
    }

    /// Takes in what came of a line.
    fn take(&mut self, ended: Ended, out: &mut Output) -> Result<(), CliError> {
        let Ended {
            line,
            wanted,
            result,
        } = ended;
        let submitted = match result {
            Ok(submitted) => submitted,
            Err(error) => {
                self.sums.failed += 1;
                return Err(CliError::from(error));
            }
        };
        let standing = match submitted.standing {
            Standing::New => {
                self.sums.new += 1;
                "new"
            }
            Standing::Renewed => {
                self.sums.renewed += 1;
                "renewed"
            }
            Standing::Known => {
                self.sums.known += 1;
                "known"
            }
        };
        let product = wanted.product();
        if submitted.standing != Standing::Known && product.flow() != Flow::Free {
            self.sums.cost_fen = self.sums.cost_fen + self.prices.of(product).fen;
        }
        if out.is_json() {
            let record = SubmittedRecord {
                line,
                order: submitted.order.as_str(),
                product: product.id(),
                subject: wanted.subject().label(),
                standing,
                state: submitted.state.as_str(),
            };
            out.record("submitted", &record);
        }
        Ok(())
    }

    fn tell(&self, out: &mut Output) {
        let sums = &self.sums;
        if out.is_json() {
            out.record("summary", sums);
            return;
        }
        out.line(say!(
            "{new} of {lines} lines are new, {renewed} ordered anew, {known} known; {cost} yuan at most",
            new = sums.new,
            lines = sums.lines,
            renewed = sums.renewed,
            known = sums.known,
            cost = sums.cost_fen
        ));
        if sums.over_budget > 0 {
            note(say!(
                "note: --max-cost kept {n} lines from being submitted; the same command with more goes on",
                n = sums.over_budget
            ));
        }
        note(say!(
            "hint: `jindiao cluster status{flag}` tells how they stand",
            flag = self.contact.flag()
        ));
    }

    /// The orders that stand for these requests and need not be submitted.
    async fn known(
        &self,
        keys: &[Fingerprint],
    ) -> Result<BTreeMap<Fingerprint, (jindiao_order::OrderId, StateName)>, CliError> {
        let cluster = &self.contact.cluster;
        let Some(since) = self.fresh_since else {
            let known = patiently(|| cluster.known(keys)).await?;
            let known = known.into_iter();
            return Ok(known.map(|(key, it)| (key, (it.order, it.state))).collect());
        };
        let records = patiently(|| cluster.records(keys)).await?;
        let is_stale = |state: &State| match state {
            State::Stored { at, .. } | State::Refused { at, .. } => *at < since,
            _ => false,
        };
        let known = records.into_iter().map(|(key, it)| (key, it.order));
        let known = known.filter(|(_, order)| !is_stale(order.state()));
        Ok(known
            .map(|(key, order)| (key, (order.id().clone(), order.state().name())))
            .collect())
    }

    /// A few bytes that tell a line apart, and whether it is to be submitted.
    fn mark(&self, key: &Fingerprint, is_wanted: bool) -> u64 {
        self.hasher.hash_one(key) << 1 | u64::from(is_wanted)
    }
}

/// How far a line is. What the cluster knows was consented to when it was submitted.
fn stage(known: Option<StateName>) -> Stage {
    match known {
        None => Stage::ToOrder,
        Some(StateName::Planned | StateName::Held | StateName::Ordering) => Stage::UnderWay,
        Some(state) => Stage::of(Some(state)),
    }
}

fn charged(line: &BillLine<'_>) -> Fen {
    match line.product.flow() {
        Flow::Free => Fen::ZERO,
        Flow::Task | Flow::Direct => line.cost(),
    }
}

/// Whether what is left of the budget is enough; it is taken from it.
fn is_affordable(left: &mut Option<Fen>, cost: Fen) -> bool {
    match left {
        Some(fen) if *fen < cost => false,
        Some(fen) => {
            *fen = Fen::new(fen.get() - cost.get());
            true
        }
        None => true,
    }
}

/// What came of one line.
struct Ended {
    line: u64,
    wanted: Wanted,
    result: Result<Submitted, ClusterError>,
}

async fn one(cluster: Cluster, line: u64, request: Submit) -> Ended {
    let result = patiently(|| cluster.submit(&request)).await;
    Ended {
        line,
        wanted: request.wanted,
        result,
    }
}

#[derive(Serialize)]
struct SubmittedRecord<'a> {
    line: u64,
    order: &'a str,
    product: &'static str,
    subject: &'a str,
    standing: &'static str,
    state: &'static str,
}

/// A list that is read in a thread of its own, some lines at a time.
struct Reading {
    lines: mpsc::Receiver<Vec<ListLine>>,
    thread: JoinHandle<(List, Result<(), ReadEnd>)>,
}

/// Why a list was not read to its end.
enum ReadEnd {
    Changed(ListChanged),
    /// Nobody wants more of it.
    Left,
}

impl From<ListChanged> for ReadEnd {
    fn from(error: ListChanged) -> Self {
        Self::Changed(error)
    }
}

impl Reading {
    fn of(mut list: List) -> Self {
        let (sender, lines) = mpsc::channel(2);
        let thread = tokio::task::spawn_blocking(move || {
            let mut some = Vec::new();
            let read = list.each(|line| {
                some.push(line);
                if some.len() < LINES_AT_ONCE {
                    return Ok(());
                }
                let full = std::mem::take(&mut some);
                sender.blocking_send(full).map_err(|_| ReadEnd::Left)
            });
            if !some.is_empty() {
                let _ = sender.blocking_send(some);
            }
            (list, read)
        });
        Self { lines, thread }
    }

    async fn next(&mut self) -> Option<Vec<ListLine>> {
        self.lines.recv().await
    }

    /// The list, which was read to its end and is what was checked.
    async fn end(self, otherwise: Message) -> Result<List, CliError> {
        let (list, read) = self
            .thread
            .await
            .map_err(|error| CliError::usage(&otherwise).because(error))?;
        match read {
            Ok(()) | Err(ReadEnd::Left) => Ok(list),
            Err(ReadEnd::Changed(error)) => {
                Err(CliError::usage(otherwise).because(error).hint(say!(
                    "save the list, leave it alone until it is submitted, and run the same command again"
                )))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_known_is_not_paid_for_again() {
        let check = |known, expect| assert_eq!(stage(known), expect, "{known:?}");
        check(None, Stage::ToOrder);
        for state in [StateName::Planned, StateName::Held, StateName::Waiting] {
            check(Some(state), Stage::UnderWay);
        }
        check(Some(StateName::Stored), Stage::Stored);
        check(Some(StateName::Uncertain), Stage::Stopped);
    }

    #[test]
    fn a_budget_is_spent_line_by_line() {
        let mut left = Some(Fen::new(250));
        let costs = [100, 200, 100, 0, 100];
        let taken = costs.map(|cost| is_affordable(&mut left, Fen::new(cost)));
        assert_eq!(taken, [true, false, true, true, false]);
        assert!(is_affordable(&mut None, Fen::new(u64::MAX)));
    }

    #[tokio::test]
    async fn a_list_comes_in_parts_and_whole() {
        let mut text = "product,company\n".to_owned();
        for n in 0..24_321 {
            text += &format!("qcc/snapshot,第{n}号公司\n");
        }
        let list = List::read("a.csv", std::io::Cursor::new(text.into_bytes()));
        let mut reading = Reading::of(list.expect("a list"));
        let mut sizes = Vec::new();
        while let Some(lines) = reading.next().await {
            sizes.push(lines.len());
        }
        assert_eq!(sizes, [LINES_AT_ONCE, LINES_AT_ONCE, 4321]);
        let no = || Message::verbatim("no");
        let list = reading.end(no()).await.map_err(|error| error.report());
        // Whoever leaves early has the list all the same.
        let mut reading = Reading::of(list.expect("the list"));
        assert!(reading.next().await.is_some());
        reading.lines.close();
        while reading.next().await.is_some() {}
        assert!(reading.end(no()).await.is_ok());
    }
}
