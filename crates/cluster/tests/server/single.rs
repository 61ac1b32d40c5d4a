//! The host on one machine: a ledger in a file, and a process of its own that runs what is in it.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use jindiao_batch::{Folder, LedgerKind, Prices, RunOptions, Stop, Store, run};
use jindiao_client::{SystemClock, Time};
use jindiao_cluster::tick::Decision;
use jindiao_order::{Fingerprint, Order, Verdict, Wanted};
use jindiao_protocol::{Timestamp, Vendor};
use serde::{Deserialize, Serialize};

use crate::host::{Host, wait};
use crate::process::{self, Process};
use crate::vendors::Terms;

/// How this program is told to run a ledger.
pub(crate) const ROLE: &str = "run";

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Options {
    terms: Terms,
    ledger: PathBuf,
    folder: PathBuf,
}

/// The host.
pub(crate) struct Single {
    options: Options,
    process: Option<Process>,
}

impl Single {
    pub(crate) fn new(terms: Terms, folder: PathBuf) -> Self {
        let options = Options {
            terms,
            ledger: folder.with_file_name("ledger.db"),
            folder,
        };
        Self {
            options,
            process: None,
        }
    }
}

impl Options {
    fn open(&self) -> Result<Store, String> {
        let open = || Store::open(&self.ledger, LedgerKind::Simulated, now());
        wait("the ledger", 300, || {
            match open().map_err(|error| error.to_string()) {
                Err(why) if is_ours(&why) => None,
                opened => Some(opened),
            }
        })
    }

    /// Plans what is wanted; how much of it was new.
    fn plan(&self, wanted: &[Wanted]) -> Result<usize, String> {
        let mut store = self.open()?;
        let lines = store.plan(wanted, &Prices::default(), None, now());
        let lines = lines.map_err(|error| error.to_string())?;
        let is_new =
            |line: &&jindiao_batch::PlannedLine| line.standing == jindiao_batch::Standing::New;
        Ok(lines.iter().filter(is_new).count())
    }
}

impl Host for Single {
    fn begin(&mut self, wanted: &[Wanted]) -> usize {
        let new = self.options.plan(wanted).expect("planned");
        self.start().expect("a run");
        new
    }

    fn start(&mut self) -> Result<(), String> {
        let process = wait("the ledger", 300, || {
            match Process::start(ROLE, &self.options) {
                Err(why) if is_ours(&why) => None,
                started => Some(started),
            }
        });
        self.process = Some(process?);
        Ok(())
    }

    fn go_on(&mut self) {
        self.process = None;
        self.start().expect("a run");
    }

    fn relieve(&mut self) {
        self.go_on();
    }

    fn kill(&mut self) {
        self.process.take().expect("a run").kill();
    }

    fn stop(&mut self) {
        self.process.take().expect("a run").stop();
    }

    fn pause(&mut self) {
        self.process.as_ref().expect("a run").pause();
    }

    fn resume(&mut self) {
        self.process.as_ref().expect("a run").resume();
    }

    fn submit(&mut self, wanted: &[Wanted]) -> Result<usize, String> {
        self.options.plan(wanted)
    }

    fn submit_from_two_sides(&mut self, wanted: &[Wanted]) -> usize {
        // Who finds the ledger in use comes back.
        let side = || wait("the ledger", 300, || self.options.plan(wanted).ok());
        std::thread::scope(|scope| {
            let sides = [scope.spawn(side), scope.spawn(side)];
            sides.map(|side| side.join().expect("planned")).iter().sum()
        })
    }

    fn is_at_rest(&mut self) -> bool {
        self.process.as_mut().is_none_or(Process::has_ended)
    }

    fn orders(&self) -> BTreeMap<Fingerprint, Order> {
        let store = Store::view(&self.options.ledger).expect("a ledger");
        let entries = store.orders(None).expect("orders");
        entries
            .into_iter()
            .map(|entry| (entry.order.wanted().fingerprint(), entry.order))
            .collect()
    }

    fn codes(&self, wanted: &Wanted) -> Vec<Option<String>> {
        let store = Store::view(&self.options.ledger).expect("a ledger");
        let orders = self.orders();
        let id = orders[&wanted.fingerprint()].id();
        let (_, exchanges) = store.history(id).expect("a history");
        exchanges.into_iter().map(|row| row.code).collect()
    }

    fn decide(&mut self, wanted: &Wanted, decision: &Decision) -> Result<(), String> {
        let verdict = match decision {
            Decision::Placed { reference } => Verdict::Placed(reference.clone()),
            Decision::PlacedLink { link } => Verdict::PlacedLink(link.clone()),
            Decision::NotPlaced => Verdict::NotPlaced,
            Decision::Abandon => Verdict::Abandon,
        };
        let orders = self.orders();
        let id = orders[&wanted.fingerprint()].id();
        let mut store = self.options.open()?;
        let decided = store.decide(id, verdict, now());
        decided.map(drop).map_err(|error| error.to_string())
    }

    fn open(&mut self, _: Vendor) {
        // Every run tries what the last one left.
        self.go_on();
    }

    fn stuck(&self) -> String {
        String::new()
    }

    fn process_ids(&self) -> Vec<u32> {
        self.process.iter().map(Process::id).collect()
    }
}

/// The process that runs a ledger.
pub(crate) fn main(options: &str) -> ExitCode {
    let options: Options = serde_json::from_str(options).expect("options");
    process::main(options.open(), |mut store, asked| {
        let stop = Stop::new();
        let asked_to_stop = stop.clone();
        std::thread::spawn(move || {
            asked();
            asked_to_stop.request();
        });
        store.list_all().expect("orders");
        let all = RunOptions {
            folder: Folder::create(&options.folder).expect("a folder"),
            prices: Prices::default(),
            max_cost: None,
            policies: options.terms.policies(),
            wait: false,
        };
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        let vendors = Arc::new(options.terms.vendors());
        let ran = runtime.block_on(run(store, vendors, all, |_| {}, stop));
        ran.expect("a run");
    })
}

/// Whether a ledger is only in use since this process was just starting others when it closed it: a
/// lock lives on in them until they have become themselves.
fn is_ours(why: &str) -> bool {
    why.ends_with(&format!(
        "in use by jindiao, process {}",
        std::process::id()
    ))
}

fn now() -> Timestamp {
    SystemClock::new().now()
}
