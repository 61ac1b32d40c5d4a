//! `jindiao run` and `jindiao get`: order, wait, download.

mod bill;
mod ending;
mod events;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jindiao_batch::{
    Event, Folder, LedgerError, LedgerKind, Prices, Ran, RunOptions, Standing, Stop, Store,
};
use jindiao_client::Vendors;
use jindiao_list::ListLine;
use jindiao_order::{Backoff, Fen, Policy, Product, StateName, Wanted};
use jindiao_simulator::{Options, Simulator};

use crate::cli::{GetArgs, OrderArgs, RunArgs};
use crate::config::Config;
use crate::error::{CliError, Kind};
use crate::output::{self, Output, note};
use crate::progress::Progress;
use crate::signals::StopAsked;
use crate::{accounts, clock, ledger};
use bill::{Bill, BillLine, Stage};
use ending::Ending;
use events::tell;

pub(crate) fn run(
    args: &RunArgs,
    config: &Config,
    out: &mut Output,
) -> Result<Vec<Kind>, CliError> {
    let list = jindiao_list::read(&args.file).map_err(|problems| {
        if out.is_json() {
            problems
                .iter()
                .for_each(|problem| out.record("problem", problem));
        }
        CliError::problems(
            "nothing was ordered",
            problems.iter().map(ToString::to_string).collect(),
        )
    })?;
    list.notes
        .iter()
        .for_each(|text| note(format!("note: {text}")));
    let lines = list
        .lines
        .into_iter()
        .map(|ListLine { line, wanted }| (Some(line), wanted))
        .collect();
    Job {
        args: &args.order,
        config,
        lines,
    }
    .run(out)
}

pub(crate) fn get(
    args: &GetArgs,
    config: &Config,
    out: &mut Output,
) -> Result<Vec<Kind>, CliError> {
    let wanted = args.entry().wanted().map_err(|faults| {
        let problems = faults.iter().map(|fault| {
            let names: Vec<_> = fault.fields.iter().map(|field| field.flag()).collect();
            format!("{}: {}", names.join(", "), fault.message)
        });
        CliError::problems("nothing was ordered", problems.collect())
    })?;
    Job {
        args: &args.order,
        config,
        lines: vec![(None, wanted)],
    }
    .run(out)
}

/// What is to be ordered, and how.
struct Job<'a> {
    args: &'a OrderArgs,
    config: &'a Config,
    /// The wanted reports, with their line in the list where there is a list.
    lines: Vec<(Option<u64>, Wanted)>,
}

impl Job<'_> {
    fn run(mut self, out: &mut Output) -> Result<Vec<Kind>, CliError> {
        if !self.config.patsnap_logo {
            for (_, wanted) in &mut self.lines {
                *wanted = wanted.clone().without_logo();
            }
        }
        let bill = self.bill()?;
        if self.args.dry_run {
            if let Some(missing) = self.accounts().err() {
                note(missing.report().replace("error: ", "note: "));
            }
            bill.show(out);
            return Ok(Vec::new());
        }
        let runtime = tokio::runtime::Runtime::new()
            .map_err(|error| CliError::usage("cannot start").because(error))?;
        runtime.block_on(async {
            // Before anything is asked or made: the account must be there.
            let accounts = self.accounts()?;
            if !self.args.simulate {
                self.consent(&bill)?;
            }
            let folder = Folder::create(&self.args.out)
                .map_err(|error| CliError::usage("nothing was ordered").because(error).hint("name another folder with --out"))?;
            let store = Store::open(&self.ledger(), self.kind(), clock::now())?;
            match store.recovered() {
                0 => {}
                1 => note("note: an earlier run ended in the middle of an order, which waits for a decision now"),
                n => note(format!("note: an earlier run ended in the middle of {n} orders, which wait for a decision now")),
            }
            // It serves as long as the run lasts.
            let mut simulator = None;
            let accounts = match accounts {
                Some(accounts) => accounts,
                None => accounts::simulated(simulator.insert(self.simulator().await?))?,
            };
            let kinds = self.drive(store, accounts, folder, out).await;
            drop(simulator);
            kinds
        })
    }

    fn kind(&self) -> LedgerKind {
        if self.args.simulate {
            LedgerKind::Simulated
        } else {
            LedgerKind::Real
        }
    }

    fn ledger(&self) -> PathBuf {
        ledger::path(self.args.ledger.as_deref(), self.config, self.kind())
    }

    /// Simulated vendors cost what is assumed: what the user pays the real ones is not theirs.
    fn prices(&self) -> Prices {
        if self.args.simulate {
            Prices::default()
        } else {
            self.config.prices.clone()
        }
    }

    /// The accounts with the vendors that the list is about; none if they are simulated.
    fn accounts(&self) -> Result<Option<Vendors>, CliError> {
        if self.args.simulate {
            return Ok(None);
        }
        let vendors: BTreeSet<_> = self
            .lines
            .iter()
            .map(|(_, wanted)| wanted.product().vendor())
            .collect();
        accounts::configured(self.config, &vendors).map(Some)
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
            CliError::usage(format!(
                "the simulated vendors cannot start with {}",
                state.display()
            ))
            .because(error)
        })
    }

    /// What the ledger knows of each line, and what the rest costs. Writes nothing.
    fn bill(&self) -> Result<Bill, CliError> {
        let wanted: Vec<Wanted> = self
            .lines
            .iter()
            .map(|(_, wanted)| wanted.clone())
            .collect();
        let path = self.ledger();
        let known = if path.exists() {
            let store = Store::view(&path)?;
            if store.kind() != self.kind() {
                let holds = if self.args.simulate {
                    "real"
                } else {
                    "simulated"
                };
                return Err(CliError::usage(format!("the ledger {} holds {holds} orders", path.display()))
                    .hint("simulated and real orders never share a ledger: name another file with --ledger"));
            }
            let known = store.foresee(&wanted, self.args.fresh_within, clock::now())?;
            let stages = known.into_iter().zip(&wanted).map(|(known, wanted)| {
                let Some((id, state)) = known else {
                    return Ok(None);
                };
                // What is ordered again by itself is a charge, too.
                let is_again = state == StateName::Uncertain
                    && store
                        .order(&id)?
                        .order
                        .again_at(&self.policy(wanted.product()))
                        .is_some();
                let state = if is_again { StateName::Planned } else { state };
                Ok(Some((id, state)))
            });
            stages.collect::<Result<_, LedgerError>>()?
        } else {
            vec![None; wanted.len()]
        };
        let prices = self.prices();
        let lines = self.lines.iter().zip(known).map(|((line, wanted), known)| {
            let product = wanted.product();
            BillLine {
                line: *line,
                product,
                subject: wanted.subject().label().to_owned(),
                order: known.as_ref().map(|(id, _)| id.as_str().to_owned()),
                stage: Stage::of(known.map(|(_, state)| state)),
                price: prices.of(product),
            }
        });
        Ok(Bill {
            lines: lines.collect(),
            max_cost: self.args.max_cost,
        })
    }

    /// That the user wants what would charge.
    fn consent(&self, bill: &Bill) -> Result<(), CliError> {
        let (orders, cost) = bill.to_pay();
        if orders == 0 || self.args.yes || self.args.max_cost.is_some() {
            return Ok(());
        }
        let what = format!(
            "{} would be ordered for {cost} yuan{}",
            reports(orders),
            bill.assumption()
        );
        if !output::can_ask() {
            return Err(CliError::usage(format!("{what}, and nobody can be asked"))
                .hint("--yes orders without asking, --max-cost YUAN orders up to that sum, --dry-run shows the bill"));
        }
        if output::ask(&format!("{what}. Go on? [y/N] ")) {
            Ok(())
        } else {
            Err(CliError::new(Kind::NotStored, "nothing was ordered"))
        }
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

    async fn drive(
        &self,
        mut store: Store,
        accounts: Vendors,
        folder: Folder,
        out: &mut Output,
    ) -> Result<Vec<Kind>, CliError> {
        let wanted: Vec<Wanted> = self
            .lines
            .iter()
            .map(|(_, wanted)| wanted.clone())
            .collect();
        let prices = self.prices();
        let planned = store.plan(&wanted, &prices, self.args.fresh_within, clock::now())?;
        let states = planned.iter().map(|line| match line.standing {
            Standing::New | Standing::Renewed => StateName::Planned,
            Standing::Known(state) => state,
        });
        let is_all_stored = states.clone().all(|state| state == StateName::Stored);
        let is_shown = !out.is_json() && !is_all_stored;
        let vendors = wanted.iter().map(|wanted| wanted.product().vendor());
        let mut progress = Progress::new(vendors.zip(states), is_shown);

        let options = RunOptions {
            orders: planned.into_iter().map(|line| line.id).collect(),
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
        let mut stop_asked = StopAsked::listen()
            .map_err(|error| CliError::usage("cannot listen for signals").because(error))?;
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
            tell(event, out);
        };
        let ran = loop {
            tokio::select! {
                biased;
                Some(event) = events.recv() => take(&event, out),
                () = stop_asked.wait(), if !stop.is_requested() => {
                    note("stopping; what is under way is finished or can be resumed");
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
            store,
            summary,
            sure,
            folder,
            is_all_stored,
        }
        .tell(out)
    }
}

fn reports(n: usize) -> String {
    if n == 1 {
        "1 report".to_owned()
    } else {
        format!("{n} reports")
    }
}
