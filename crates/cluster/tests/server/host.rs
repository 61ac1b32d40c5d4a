//! What the two hosts have in common, the simulated vendors before them, and the judge.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use jindiao_cluster::tick::Decision;
use jindiao_order::{Fingerprint, Order, State, StateName, Wanted};
use jindiao_protocol::Vendor;
use jindiao_simulator::{ChargeBook, Clock, FaultPlan, FaultRule, PendingPlan, Simulator};
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::lists;
use crate::many::Many;
use crate::restate::Setup;
use crate::single::Single;
use crate::vendors::Terms;

/// A host of the order machine, with processes that do the work.
pub(crate) trait Host {
    /// A process begins with a list; how much of it was new.
    fn begin(&mut self, wanted: &[Wanted]) -> usize;
    /// Another process goes on with what there is, or there is a reason why it cannot.
    fn start(&mut self) -> Result<(), String>;
    /// A new run of what there is, if this host has runs.
    fn go_on(&mut self);
    /// Another process takes the place of those that work, if any does.
    fn relieve(&mut self);
    /// `kill -9` of the process that has worked longest.
    fn kill(&mut self);
    /// The same asked to stop, and waited for.
    fn stop(&mut self);
    /// The same stopped in the middle of whatever it does.
    fn pause(&mut self);
    /// Goes on where it was.
    fn resume(&mut self);
    /// A list comes in; how much of it was new, or why it is not taken now.
    fn submit(&mut self, wanted: &[Wanted]) -> Result<usize, String>;
    /// The same list comes in twice at the same time; how many orders were made of it.
    fn submit_from_two_sides(&mut self, wanted: &[Wanted]) -> usize;
    /// Whether nothing moves, and nothing will before long.
    fn is_at_rest(&mut self) -> bool;
    /// All orders.
    fn orders(&self) -> BTreeMap<Fingerprint, Order>;
    /// What the vendor answered to each call that was made for a report.
    fn codes(&self, wanted: &Wanted) -> Vec<Option<String>>;
    /// A person decides about a report.
    fn decide(&mut self, wanted: &Wanted, decision: &Decision) -> Result<(), String>;
    /// A person has seen to an account, and wants it to be used now.
    fn open(&mut self, vendor: Vendor);
    /// What moves, for people to look at.
    fn stuck(&self) -> String;
    /// The processes that work.
    fn process_ids(&self) -> Vec<u32>;
}

/// Which host.
#[derive(Debug, Clone)]
pub(crate) enum Kind {
    /// SQLite, on one machine.
    Single,
    /// Restate, whose server is this program.
    Many(PathBuf),
}

/// What differs from one test to the other.
#[derive(Debug, Clone)]
pub(crate) struct Options {
    pub(crate) faults: Vec<FaultRule>,
    pub(crate) terms: fn(Terms) -> Terms,
    pub(crate) setup: Setup,
    pub(crate) pending: PendingPlan,
    /// By how many seconds all clocks are ahead, those of the vendors too.
    pub(crate) ahead: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            faults: Vec::new(),
            terms: |terms| terms,
            setup: Setup::ONE,
            pending: PendingPlan::polls(2),
            ahead: 0,
        }
    }
}

/// A host, and simulated vendors.
pub(crate) struct World<H: ?Sized = dyn Host> {
    // They end in this order.
    pub(crate) host: Box<H>,
    pub(crate) simulator: Simulator,
    folder: TempDir,
    _runtime: Runtime,
}

impl World {
    pub(crate) fn new(kind: &Kind, options: &Options) -> Self {
        match kind {
            Kind::Single => World::of(options, |_, terms, folder| {
                Box::new(Single::new(terms, folder)) as Box<dyn Host>
            }),
            Kind::Many(program) => World::of(options, |runtime, terms, folder| {
                let handle = runtime.handle();
                Box::new(Many::new(program, options.setup, handle, terms, folder)) as Box<dyn Host>
            }),
        }
    }
}

impl World<Many> {
    pub(crate) fn many(program: &Path, options: &Options) -> Self {
        Self::of(options, |runtime, terms, folder| {
            let handle = runtime.handle();
            Box::new(Many::new(program, options.setup, handle, terms, folder))
        })
    }
}

impl<H: Host + ?Sized> World<H> {
    fn of(options: &Options, host: impl FnOnce(&Runtime, Terms, PathBuf) -> Box<H>) -> Self {
        let runtime = Runtime::new().expect("a runtime");
        let folder = tempfile::tempdir().expect("a folder");
        let simulated = jindiao_simulator::Options {
            faults: FaultPlan {
                rules: options.faults.clone(),
            },
            pending: options.pending,
            clock: Clock::ahead_by(i64::try_from(options.ahead).expect("a day")),
            state_file: Some(folder.path().join("vendors")),
            ..jindiao_simulator::Options::default()
        };
        let simulator = runtime.block_on(Simulator::start(simulated));
        let simulator = simulator.expect("a simulator");
        let mut terms = Terms::new(simulator.base_url());
        terms.concurrency = 8;
        terms.poll_ms = 100;
        terms.ahead = options.ahead;
        let terms = (options.terms)(terms);
        let host = host(&runtime, terms, folder.path().join("reports"));
        Self {
            host,
            simulator,
            folder,
            _runtime: runtime,
        }
    }

    pub(crate) fn charges(&self) -> ChargeBook {
        self.simulator.charges()
    }

    /// The references that the vendors gave out for a report: what their consoles would show.
    pub(crate) fn references(&self, wanted: &Wanted) -> Vec<String> {
        let text = std::fs::read_to_string(self.folder.path().join("vendors"));
        let text = text.expect("what the vendors remember");
        let prefix = wanted.subject().label();
        let orders = text.lines().map(|line| {
            let order: serde_json::Value = serde_json::from_str(line).expect("json");
            let of = |name: &str| order[name].as_str().expect("a text").to_owned();
            (of("subject"), of("reference"))
        });
        let of_it = orders.filter(|(subject, _)| subject.split(' ').next() == Some(prefix));
        of_it.map(|(_, reference)| reference).collect()
    }

    pub(crate) fn wait_for_charges(&self, charges: u64) {
        wait("charges", 300, || {
            (self.charges().total >= charges).then_some(())
        });
    }

    /// Waits until nothing moves; how many orders are in each state.
    pub(crate) fn rest(&mut self) -> BTreeMap<StateName, usize> {
        let begin = Instant::now();
        while !self.host.is_at_rest() {
            // It only ends a hang.
            if begin.elapsed() > Duration::from_secs(300) {
                panic!(
                    "it does not come to rest: {:?}, {}",
                    self.states(),
                    self.host.stuck()
                );
            }
            pause();
        }
        self.states()
    }

    pub(crate) fn states(&self) -> BTreeMap<StateName, usize> {
        let mut states = BTreeMap::new();
        for order in self.host.orders().values() {
            *states.entry(order.state().name()).or_default() += 1;
        }
        states
    }

    /// The reports in this state.
    pub(crate) fn in_state(&self, state: StateName) -> Vec<Wanted> {
        let orders = self.host.orders().into_values();
        let orders = orders.filter(|order| order.state().name() == state);
        orders.map(|order| order.wanted().clone()).collect()
    }

    /// Everything that was wanted is known; nothing was paid for that is neither stored, nor on its
    /// way, nor a question; nothing was paid for twice, but what a person had ordered `again`.
    pub(crate) fn judge(&self, wanted: &[Wanted], again: &[Wanted]) {
        let charges = self.charges();
        let orders = self.host.orders();
        assert_eq!(orders.len(), wanted.len());
        let mut known = 0;
        for wanted in wanted {
            let order = &orders[&wanted.fingerprint()];
            let charge = lists::charge(wanted);
            let is_its = |key: &str| {
                key.strip_prefix(&charge)
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
            };
            let its = charges.by_subject.iter().filter(|(key, _)| is_its(key));
            let paid: u64 = its.map(|(_, times)| times).sum();
            known += paid;
            let most = 1 + u64::from(again.contains(wanted));
            let state = order.state();
            let may_be = match state.name() {
                StateName::Stored if !lists::is_charged(wanted) => 0..=0,
                StateName::Stored | StateName::Ordered | StateName::Waiting | StateName::Ready => {
                    1..=most
                }
                StateName::Uncertain | StateName::Failed => 0..=most,
                _ => 0..=0,
            };
            assert!(
                may_be.contains(&paid),
                "{charge} is {state:?}, and paid {paid} times"
            );
            if let State::Stored { report, .. } = state {
                let file = self.folder.path().join("reports").join(&report.file);
                let size = std::fs::metadata(&file).expect("a file").len();
                assert_eq!(size, report.size, "{}", report.file);
            }
        }
        assert_eq!(known, charges.total, "charges for what nobody wanted");
    }
}

/// Waits until there is something, or gives up after so many seconds.
pub(crate) fn wait<T>(what: &str, seconds: u64, mut done: impl FnMut() -> Option<T>) -> T {
    let begin = Instant::now();
    loop {
        if let Some(found) = done() {
            return found;
        }
        assert!(begin.elapsed() < Duration::from_secs(seconds), "{what}");
        pause();
    }
}

fn pause() {
    std::thread::sleep(Duration::from_millis(20));
}
