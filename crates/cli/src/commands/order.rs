//! `jindiao run` and `jindiao get`: order, wait, download.

pub(in crate::commands) mod bill;
mod ending;
mod events;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jindiao_batch::{
    Event, Folder, LedgerKind, PlannedLine, Prices, Ran, RunOptions, Standing, Stop, Store,
};
use jindiao_client::Vendors;
use jindiao_codes::Vendor;
use jindiao_list::{List, ListChanged, ListLine};
use jindiao_order::{Backoff, Fen, Policy, Product, StateName, Wanted};
use jindiao_simulator::{Options, Simulator};
use jindiao_words::{Message, say};

use super::foresight::{self, Foresight};
use super::list;
use crate::cli::{GetArgs, OrderArgs, RunArgs};
use crate::config::Config;
use crate::error::{CliError, Kind};
use crate::export::{Export, Kept};
use crate::output::{Output, note};
use crate::progress::Progress;
use crate::signals::StopAsked;
use crate::{accounts, clock, ledger, runtime};
use bill::Bill;
use ending::Ending;
use events::{remark, tell};

pub(crate) fn run(
    args: &RunArgs,
    config: &Config,
    out: &mut Output,
) -> Result<Vec<Kind>, CliError> {
    let export = match &args.export {
        Some(path) => {
            let kind = ledger::kind(args.order.simulate);
            let ledger = ledger::path(args.order.ledger.as_deref(), config, kind);
            Some(Export::to(path, &[&args.list.file, &ledger])?)
        }
        None => None,
    };
    let list = list::open(&args.list, say!("nothing was ordered"), out)?;
    let kept = export.map(|export| export.begin(&list)).transpose()?;
    let job = Job {
        args: &args.order,
        config,
        products: list.products().clone(),
    };
    job.run(Lines::List(Box::new(list)), kept, out)
}

pub(crate) fn get(
    args: &GetArgs,
    config: &Config,
    out: &mut Output,
) -> Result<Vec<Kind>, CliError> {
    let wanted = args.entry().wanted().map_err(|faults| {
        let problems = faults.iter().map(|fault| {
            let names = fault.fields.iter().map(|field| field.flag());
            let flags = Message::list(names.map(Message::verbatim));
            say!("{flags}: {message}", flags, message = fault.message)
        });
        CliError::problems(say!("nothing was ordered"), problems.collect::<Vec<_>>())
    })?;
    let job = Job {
        args: &args.order,
        config,
        products: [wanted.product()].into(),
    };
    job.run(Lines::One(wanted), None, out)
}

/// What is ordered: the lines of a list, which are many, or one report.
enum Lines {
    List(Box<List>),
    One(Wanted),
}

impl Lines {
    /// Each wanted report, with its line in the list where there is a list. What comes of them must
    /// not last if an error is returned: it may be that the list is not what was checked any more.
    fn each(
        &mut self,
        mut each: impl FnMut(Option<u64>, Wanted) -> Result<(), CliError>,
    ) -> Result<(), CliError> {
        match self {
            Self::List(list) => list.each(|ListLine { line, wanted }| each(Some(line), wanted)),
            Self::One(wanted) => each(None, wanted.clone()),
        }
    }

    /// The same, with a copy of what stands in each line where one is wanted.
    fn each_kept(
        &mut self,
        kept: Option<&mut Kept>,
        mut each: impl FnMut(Option<u64>, Wanted) -> Result<(), CliError>,
    ) -> Result<(), CliError> {
        match (self, kept) {
            (Self::List(list), Some(kept)) => {
                list.each_with_cells(|ListLine { line, wanted }, cells| {
                    kept.keep(line, cells)?;
                    each(Some(line), wanted)
                })
            }
            (lines, _) => lines.each(each),
        }
    }
}

impl From<ListChanged> for CliError {
    fn from(error: ListChanged) -> Self {
        Self::usage(say!("nothing was ordered"))
            .because(error)
            .hint(say!(
                "save the list, leave it alone until the run has begun, and run the same command again"
            ))
    }
}

/// How it is ordered.
struct Job<'a> {
    args: &'a OrderArgs,
    config: &'a Config,
    /// What is ordered.
    products: BTreeSet<Product>,
}

impl Job<'_> {
    fn run(
        &self,
        mut lines: Lines,
        mut kept: Option<Kept>,
        out: &mut Output,
    ) -> Result<Vec<Kind>, CliError> {
        let shown = self.args.dry_run.then_some(&mut *out);
        let bill = self.bill(&mut lines, kept.as_mut(), shown)?;
        if self.args.dry_run {
            if let Some(missing) = self.missing() {
                note(missing.remark());
            }
            bill.show(out);
            return Ok(Vec::new());
        }
        // One thread serves all calls: waking more of them costs more than they take off it. Files
        // and the ledger have threads of their own.
        let runtime = runtime::of_one_thread()?;
        runtime.block_on(async {
            // Before anything is asked or made: the account must be there.
            let accounts = self.accounts()?;
            if self.args.wants_consent() {
                bill.consent()?;
            }
            let folder = Folder::create(&self.args.out)
                .map_err(|error| CliError::usage(say!("nothing was ordered")).because(error).hint(say!("name another folder with --out")))?;
            ledger::note_network(&self.ledger());
            let store = Store::open(&self.ledger(), self.kind(), clock::now())?;
            match store.recovered() {
                0 => {}
                1 => note(say!("note: an earlier run ended in the middle of an order, which waits for a decision now")),
                n => note(say!("note: an earlier run ended in the middle of {n} orders, which wait for a decision now", n)),
            }
            // It serves as long as the run lasts.
            let mut simulator = None;
            let accounts = match accounts {
                Some(accounts) => accounts,
                None => accounts::simulated(simulator.insert(self.simulator().await?))?,
            };
            let kinds = self.drive(store, lines, kept, accounts, folder, out).await;
            drop(simulator);
            kinds
        })
    }

    fn kind(&self) -> LedgerKind {
        ledger::kind(self.args.simulate)
    }

    fn ledger(&self) -> PathBuf {
        ledger::path(self.args.ledger.as_deref(), self.config, self.kind())
    }

    fn prices(&self) -> Prices {
        ledger::prices(self.config, self.kind())
    }

    /// The accounts with the vendors that the list is about; none if they are simulated.
    fn accounts(&self) -> Result<Option<Vendors>, CliError> {
        if self.args.simulate {
            return Ok(None);
        }
        accounts::configured(self.config, &self.vendors()).map(Some)
    }

    /// What is missing of these accounts. Runs no `secret_command`.
    fn missing(&self) -> Option<CliError> {
        if self.args.simulate {
            return None;
        }
        accounts::missing(self.config, &self.vendors())
    }

    fn vendors(&self) -> BTreeSet<Vendor> {
        self.products.iter().map(|it| it.vendor()).collect()
    }

    /// Vendors of our own. They keep their orders beside the ledger, so that an interrupted run
    /// can go on with them.
    async fn simulator(&self) -> Result<Simulator, CliError> {
        let state = self.ledger().with_extension("vendors.jsonl");
        let options = Options {
            state_file: Some(state.clone()),
            ..Options::default()
        };
        Simulator::start(options).await.map_err(|error| {
            CliError::usage(say!(
                "the simulated vendors cannot start with {path}",
                path = state.display()
            ))
            .because(error)
        })
    }

    /// What the ledger knows of the lines, and what the rest costs, where somebody wants to know.
    /// Writes nothing, and shows each line in `out` where it is given, and JSON.
    fn bill(
        &self,
        lines: &mut Lines,
        kept: Option<&mut Kept>,
        mut out: Option<&mut Output>,
    ) -> Result<Bill, CliError> {
        let fresh_within = self.args.fresh_within;
        let foresight = Foresight::of(self.config, &self.ledger(), self.kind(), fresh_within)?;
        let mut bill = Bill::new(self.args.max_cost);
        // Where nobody is asked or shown, a long list need not be read for it.
        if !self.args.wants_consent() && !self.args.dry_run && kept.is_none() {
            return Ok(bill);
        }
        lines.each_kept(kept, |line, wanted| {
            foresight.bill(line, wanted, &mut bill, |line| {
                if let Some(out) = out.as_mut() {
                    line.tell(out);
                }
            })
        })?;
        Ok(bill)
    }

    fn policy(&self, product: Product) -> Policy {
        if self.args.simulate {
            const MILLIS: fn(u64) -> Duration = Duration::from_millis;
            Policy::of(product)
                .with_poll_interval(MILLIS(150))
                .with_backoff(Backoff {
                    first: MILLIS(100),
                    most: MILLIS(1000),
                })
        } else {
            self.config.policy(product)
        }
    }

    /// Finds or makes the order of each line, all or none: what was not checked is not ordered. Says
    /// how many stand where.
    fn plan(
        &self,
        store: &mut Store,
        mut lines: Lines,
        prices: &Prices,
    ) -> Result<Standings, CliError> {
        store.plan_with(prices, self.args.fresh_within, clock::now(), |planner| {
            let mut planned = Standings::new();
            lines.each(|line, wanted| {
                let wanted = foresight::as_ordered(self.config, wanted);
                let PlannedLine { standing, .. } = planner.plan(&wanted, line)?;
                let state = match standing {
                    Standing::New | Standing::Renewed => StateName::Planned,
                    Standing::Known(state) => state,
                };
                let key = (wanted.product().vendor(), state);
                *planned.entry(key).or_default() += 1;
                Ok(())
            })?;
            Ok(planned)
        })
    }

    async fn drive(
        &self,
        mut store: Store,
        lines: Lines,
        kept: Option<Kept>,
        accounts: Vendors,
        folder: Folder,
        out: &mut Output,
    ) -> Result<Vec<Kind>, CliError> {
        let prices = self.prices();
        let is_one = matches!(lines, Lines::One(_));
        let states = self.plan(&mut store, lines, &prices)?;
        let is_all_stored = states.keys().all(|(_, state)| *state == StateName::Stored);
        let is_shown = !out.is_json() && !is_all_stored;
        let mut progress = Progress::new(&states, is_shown);

        let options = RunOptions {
            folder: folder.clone(),
            prices,
            max_cost: self.args.max_cost,
            policies: Product::ALL
                .iter()
                .map(|product| (*product, self.policy(*product)))
                .collect(),
            wait: self.args.wait,
        };
        let stop = Stop::new();
        let mut stop_asked = StopAsked::listen()?;
        let (sender, mut events) = tokio::sync::mpsc::unbounded_channel();
        let watch = move |event: Event| {
            // Nobody listens any more only when the run has ended.
            let _ = sender.send(event);
        };
        let run = jindiao_batch::run(store, Arc::new(accounts), options, watch, stop.clone());
        tokio::pin!(run);
        // What was charged for sure, and how often.
        let mut sure = (0u64, Fen::ZERO);
        let mut take = |event: &Event, out: &mut Output| {
            if let Event::Charged { price, .. } = event {
                sure = (sure.0 + 1, sure.1 + *price);
            }
            progress.take(event);
            if let Some(text) = remark(event) {
                progress.say(text);
            }
            tell(event, out);
        };
        let ran = loop {
            tokio::select! {
                biased;
                Some(event) = events.recv() => take(&event, out),
                () = stop_asked.wait() => {
                    note(if stop.is_requested() {
                        say!("still stopping: a charge that is cut off would become a question; calls have a few seconds to end")
                    } else {
                        say!("stopping; what is under way is finished or can be resumed")
                    });
                    stop.request();
                }
                ran = &mut run => break ran,
            }
        };
        while let Ok(event) = events.try_recv() {
            take(&event, out);
        }
        progress.finish();
        let Ran { store, summary } = ran?;
        Ending {
            job: self,
            is_one,
            store,
            summary,
            sure,
            folder,
            is_all_stored,
            kept,
        }
        .tell(out)
    }
}

/// How many orders of each vendor stand where.
type Standings = BTreeMap<(Vendor, StateName), u64>;

fn reports(n: u64) -> Message {
    match n {
        1 => say!("1 report"),
        n => say!("{n} reports", n),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use clap::Parser as _;

    use super::*;
    use crate::cli::{Cli, Command};
    use crate::config::Sources;

    /// What became of a list that holds `later` when it is ordered: how many orders, or why not.
    fn ordered(later: &str) -> Result<usize, String> {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("list.csv");
        fs::write(&file, "product,company\nqcc/snapshot,甲\nqcc/snapshot,乙\n").expect("a list");
        let words = ["jindiao", "run", "list.csv", "--out", "reports"];
        let Command::Run(args) = Cli::parse_from(words).command else {
            panic!("a run")
        };
        let (config, _) = Config::load(&Sources::default())
            .map_err(|error| error.report())
            .expect("a configuration");
        let list = List::open(&file).expect("a list");
        let job = Job {
            args: &args.order,
            config: &config,
            products: list.products().clone(),
        };
        let ledger = folder.path().join("ledger.db");
        let mut store = Store::open(&ledger, LedgerKind::Real, clock::now()).expect("a ledger");

        // It is written anew in place, as spreadsheets do, while the question is open.
        fs::write(&file, later).expect("a list");
        let lines = Lines::List(Box::new(list));
        let planned = job.plan(&mut store, lines, &Prices::default());
        let orders = store.orders(None).expect("orders").len();
        match planned {
            Ok(planned) => {
                assert_eq!(planned.values().sum::<u64>(), orders as u64);
                Ok(orders)
            }
            Err(error) => {
                assert_eq!(orders, 0, "all or none");
                assert_eq!(error.kind(), Kind::Usage);
                Err(error.report())
            }
        }
    }

    #[test]
    fn nothing_is_ordered_that_was_not_shown() {
        let list = "product,company\nqcc/snapshot,甲\nqcc/snapshot,乙\n";
        assert_eq!(ordered(list), Ok(2));
        for later in [
            format!("{list}qcc/snapshot,丙\n"),
            list.replace("乙", "丙"),
            list.replace("qcc/snapshot,乙\n", ""),
            String::new(),
        ] {
            let why = ordered(&later).expect_err("it is another list");
            assert!(
                why.starts_with("error: nothing was ordered: the list was changed after it had been checked\nhint: "),
                "{why}"
            );
        }
    }
}
