//! One seed from its first act to its last.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use jindiao_batch::{
    Commit, Event, Folder, InlineLedger, LedgerKind, Prices, RunOptions, Store, Summary, run_inline,
};
use jindiao_client::{Client, DownloadLimits, Time, Transport, Vendors};
use jindiao_order::{Fen, OrderId, Policy, Product, StateName};
use jindiao_protocol::Timestamp;
use jindiao_protocol_patsnap::Credential;
use jindiao_signing as signing;

use crate::clock::WorldClock;
use crate::dice::Dice;
use crate::oracle;
use crate::person;
use crate::scenario::{Scenario, millis};
use crate::tally::Tally;
use crate::transport::WorldTransport;
use crate::vendors::{API_KEY, YIBEIDIAO};
use crate::world::{Point, Shared, World};

/// How many incarnations in good weather must be enough.
const LAST_ACT: u32 = 8;

/// What came of one seed.
#[derive(Debug)]
pub struct Rehearsal {
    /// The seed.
    pub seed: u64,
    /// What was counted.
    pub tally: Tally,
    /// What went wrong that must never be.
    pub failure: Option<String>,
    /// What happened, line by line, where a story was wanted.
    pub story: Vec<String>,
}

/// Whether a rehearsal is told line by line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Story {
    /// Not told.
    Untold,
    /// Told.
    Told,
}

/// Plays the seed, with reports in `folder`, which is emptied before.
pub(crate) fn rehearse(seed: u64, folder: &Path, story: Story) -> Rehearsal {
    let mut dice = Dice::new(seed);
    let scenario = Scenario::roll(seed, &mut dice);
    let shared = Arc::new(Shared::new(scenario, dice, story == Story::Told));
    let played = catch_unwind(AssertUnwindSafe(|| play(&shared, folder)));
    let mut world = shared.world();
    let mut tally = match played {
        Ok(Ok(tally)) => tally,
        Ok(Err(error)) => {
            world.fail(|| error);
            Tally::default()
        }
        Err(_) => {
            world.fail(|| "something panicked".to_owned());
            Tally::default()
        }
    };
    tally.schedules = 1;
    tally.steps = world.steps;
    tally.crashes = world.crashes;
    tally.orders = world.books.len() as u64;
    for book in &world.books {
        tally.charges += book.charges.len() as u64;
        tally.allowed += (book.charges.len() as u64).saturating_sub(1);
    }
    Rehearsal {
        seed,
        tally,
        failure: world.failure.take(),
        story: world.take_story(),
    }
}

fn play(shared: &Arc<Shared>, dir: &Path) -> Result<Tally, String> {
    let _ = std::fs::remove_dir_all(dir);
    let mut stage = Stage::set(shared, dir)?;
    let mut tally = Tally::default();
    let runs = shared.world().scenario.runs;
    let mut died = false;
    for run in 1..=runs {
        died = stage.incarnation(run, died, true)?;
        tally.runs += 1;
        let mut world = shared.world();
        tally.uncertain += oracle::check(&mut world, &stage.ledger.store(), &stage.folder);
        let now = Timestamp::from_unix_millis(world.truth + world.skew);
        tally.decisions += person::muse(&mut world, &mut stage.ledger.store(), now);
        person::lose_files(&mut world, &stage.ledger.store(), &stage.folder);
        let pause = world.dice.pick(&[0, 1_000, 60_000, 3_600_000, 90_000_000]);
        world.truth += millis(pause);
        if world.failure.is_some() {
            return Ok(tally);
        }
    }

    shared.world().clear_up();
    shared
        .world()
        .tell(|_| "the last act: good weather, a truthful person".to_owned());
    for run in 1..=LAST_ACT {
        {
            let mut world = shared.world();
            let now = Timestamp::from_unix_millis(world.truth + world.skew);
            tally.decisions += person::settle(&mut world, &mut stage.ledger.store(), now);
        }
        stage.incarnation(runs + run, false, false)?;
        tally.runs += 1;
        let mut world = shared.world();
        tally.uncertain += oracle::check(&mut world, &stage.ledger.store(), &stage.folder);
        if world.failure.is_some() || stage.is_done(&world) {
            break;
        }
        // Nobody runs it again at once.
        world.truth += 1_800_000;
    }
    let mut world = shared.world();
    for key in 0..world.books.len() {
        let entry = person::find(&world, &stage.ledger.store(), key)
            .ok_or_else(|| "an order is gone from the ledger".to_owned())?;
        if !oracle::is_done(&world, key, &entry) || world.books[key].is_file_lost {
            let (label, name) = (world.label(key), entry.order.state().name());
            world.fail(|| format!("{label} is {name} after {LAST_ACT} runs in good weather"));
        }
        match entry.order.state().name() {
            StateName::Stored => tally.stored += 1,
            StateName::Refused => tally.refused += 1,
            StateName::Failed => tally.failed += 1,
            _ => {}
        }
    }
    Ok(tally)
}

/// What outlives an incarnation: the ledger, the folder, the list.
struct Stage {
    shared: Arc<Shared>,
    ledger: InlineLedger,
    /// Where the ledger is, if it is a file.
    file: Option<std::path::PathBuf>,
    folder: Folder,
    orders: Vec<OrderId>,
}

impl Stage {
    fn set(shared: &Arc<Shared>, dir: &Path) -> Result<Self, String> {
        let folder = Folder::create(&dir.join("reports")).map_err(|error| error.to_string())?;
        let mut world = shared.world();
        let now = Timestamp::from_unix_millis(world.truth + world.skew);
        let file = world.scenario.is_on_disk.then(|| dir.join("ledger.db"));
        let mut store = match &file {
            Some(file) => Store::open(file, LedgerKind::Simulated, now),
            None => Store::in_memory(LedgerKind::Simulated, now),
        }
        .map_err(|error| error.to_string())?;
        let wanted: Vec<_> = world
            .scenario
            .list
            .iter()
            .map(|key| world.want(*key).wanted.clone())
            .collect();
        let lines = store
            .plan(&wanted, &Prices::default(), None, now)
            .map_err(|error| error.to_string())?;
        let mut orders: Vec<OrderId> = Vec::new();
        for line in lines {
            if !orders.contains(&line.id) {
                orders.push(line.id);
            }
        }
        // The list begins with every want once.
        world.ids.clone_from(&orders);
        drop(world);
        Ok(Self {
            shared: Arc::clone(shared),
            ledger: Self::watched(shared, store),
            file,
            folder,
            orders,
        })
    }

    /// The ledger with the world around each commit.
    fn watched(shared: &Arc<Shared>, store: Store) -> InlineLedger {
        let shared = Arc::downgrade(shared);
        InlineLedger::new(store).with_around(move |moment| {
            let shared = shared.upgrade();
            Box::pin(async move {
                if let Some(shared) = shared {
                    let point = match moment {
                        Commit::Before => Point::BeforeCommit,
                        Commit::After => Point::AfterCommit,
                    };
                    shared.pass(point).await;
                }
            })
        })
    }

    fn is_done(&self, world: &World) -> bool {
        (0..world.books.len()).all(|key| {
            !world.books[key].is_file_lost
                && person::find(world, &self.ledger.store(), key)
                    .is_some_and(|entry| oracle::is_done(world, key, &entry))
        })
    }

    /// Lets the program live once. Says whether it died.
    fn incarnation(&mut self, run: u32, died_before: bool, is_bad: bool) -> Result<bool, String> {
        self.reopen()?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .map_err(|error| error.to_string())?;
        let shared = Arc::clone(&self.shared);
        {
            let mut world = shared.world();
            world.run = run;
            world.aim(died_before);
            world.tell(|world| {
                let skew = world.skew / 1000;
                format!("incarnation {run} begins (the clock is off by {skew} s)")
            });
        }
        let limit = shared.world().scenario.max_cost.filter(|_| is_bad);
        let (end, lived) = runtime.block_on(async {
            let clock = {
                let mut world = shared.world();
                let clock = Arc::new(WorldClock::new(world.truth, world.skew));
                world.clock = Some(Arc::clone(&clock));
                clock
            };
            let end = self.live(&shared, Arc::clone(&clock), limit, is_bad).await;
            let mut world = shared.world();
            world.truth = clock.truth();
            world.skew = clock.skew();
            (end, clock.monotonic())
        });
        drop(runtime);
        let mut world = shared.world();
        world.clock = None;
        world.forget_waiting();
        world.advance();
        oracle::check_calls(&mut world, lived);
        let died = match end {
            End::Died => true,
            End::Endless => {
                world.fail(|| format!("the run did not end in {} s", lived.as_secs()));
                true
            }
            End::Ended(summary) => {
                world.tell(|_| "the run has ended".to_owned());
                oracle::check_summary(&mut world, &summary, limit, run);
                if let Some(since) = world.interrupted
                    && lived.saturating_sub(since) > Duration::from_secs(2)
                {
                    world
                        .fail(|| "the run went on for more than 2 s after an interrupt".to_owned());
                }
                false
            }
            End::Failed(why) => {
                world.fail(|| format!("the run failed: {why}"));
                false
            }
        };
        drop(world);
        if died {
            self.reopen()?;
        }
        Ok(died)
    }

    async fn live(
        &self,
        shared: &Arc<Shared>,
        clock: Arc<WorldClock>,
        limit: Option<Fen>,
        is_bad: bool,
    ) -> End {
        let (options, stop) = {
            let world = shared.world();
            let scenario = &world.scenario;
            let wait = scenario.wait || !is_bad;
            let policies: BTreeMap<Product, Policy> = Product::ALL
                .iter()
                .filter(|_| scenario.order_again)
                .map(|product| {
                    let policy = Policy::of(*product).ordering_again(scenario.request_timeout);
                    (*product, policy)
                })
                .collect();
            let options = RunOptions {
                folder: self.folder.clone(),
                prices: Prices::default(),
                max_cost: limit,
                policies,
                wait,
            };
            (options, world.stop.clone())
        };
        let bound = longest(options.wait);
        let watcher = Arc::downgrade(shared);
        let watch = move |event: Event| {
            if let Some(shared) = watcher.upgrade() {
                hear(&shared, &event);
            }
        };
        let vendors = match vendors(shared, clock, is_bad) {
            Ok(vendors) => Arc::new(vendors),
            Err(error) => return End::Failed(error),
        };
        let run = async {
            shared.pass(Point::Start).await;
            self.ledger.store().list(&self.orders)?;
            run_inline(&self.ledger, vendors, options, watch, stop).await
        };
        tokio::select! {
            biased;
            () = shared.died.notified() => End::Died,
            ended = run => match ended {
                Ok(summary) => End::Ended(Box::new(summary)),
                Err(error) => End::Failed(error.to_string()),
            },
            () = tokio::time::sleep(bound) => End::Endless,
        }
    }

    /// Opens the ledger as a process does that starts: what was in mid-charge becomes uncertain.
    fn reopen(&mut self) -> Result<(), String> {
        let shared = Arc::clone(&self.shared);
        let mut world = shared.world();
        let now = Timestamp::from_unix_millis(world.truth + world.skew);
        let caught = self
            .ledger
            .store()
            .orders(Some(StateName::Ordering))
            .map_err(|error| error.to_string())?;
        for entry in caught {
            let key =
                (0..world.books.len()).find(|key| world.want(*key).wanted == *entry.order.wanted());
            if let Some(key) = key {
                world.tell(|world| format!("{} was caught in mid-charge", world.label(key)));
            }
        }
        let Some(file) = &self.file else {
            return self
                .ledger
                .store()
                .reopen(now)
                .map_err(|error| error.to_string());
        };
        // The old one must be closed before the lock can be had.
        let empty = Store::in_memory(LedgerKind::Simulated, now);
        *self.ledger.store() = empty.map_err(|error| error.to_string())?;
        let store = Store::open(file, LedgerKind::Simulated, now);
        *self.ledger.store() = store.map_err(|error| error.to_string())?;
        Ok(())
    }
}

/// How long a run may live on in virtual time before it is said to never end.
fn longest(wait: bool) -> Duration {
    Duration::from_secs(if wait { 90 } else { 4 } * 86_400)
}

enum End {
    Died,
    Ended(Box<Summary>),
    Failed(String),
    Endless,
}

fn hear(shared: &Shared, event: &Event) {
    let mut world = shared.world();
    match event {
        Event::Moved { order, from } => world.tell(|world| {
            let key = (0..world.books.len())
                .find(|key| world.want(*key).wanted == *order.wanted())
                .unwrap_or_default();
            format!(
                "ledger: {} {from} -> {}",
                world.label(key),
                order.state().name()
            )
        }),
        Event::Paused(trouble) => {
            world.tell(|_| format!("paused: {} ({})", trouble.vendor, trouble.refusal.text));
        }
        Event::Resting { vendor, until, .. } => {
            world.tell(|_| format!("resting: {vendor} until {until}"));
        }
        _ => {}
    }
}

fn vendors(shared: &Arc<Shared>, clock: Arc<WorldClock>, is_bad: bool) -> Result<Vendors, String> {
    let text = |error: &dyn std::error::Error| error.to_string();
    let world = shared.world();
    let scenario = &world.scenario;
    let transport: Arc<dyn Transport> = Arc::new(WorldTransport(Arc::clone(shared)));
    let client = Client::shared(transport, clock).with_inline_disk();
    let pace = if is_bad {
        scenario.pace
    } else {
        jindiao_client::PaceLimits::default()
    };
    let timeout = scenario.request_timeout;
    let origin = |host: &str| {
        host.parse::<jindiao_protocol::Origin>()
            .map_err(|error| error.to_string())
    };
    let credential = if scenario.has_api_key {
        Credential::ApiKey(signing::patsnap::ApiKey::new(API_KEY).map_err(|e| text(&e))?)
    } else {
        Credential::Client {
            id: signing::patsnap::ClientId::new("client").map_err(|e| text(&e))?,
            secret: signing::patsnap::ClientSecret::new("secret").map_err(|e| text(&e))?,
        }
    };
    Ok(Vendors::new(client)
        .with_qcc(
            jindiao_protocol_qcc::Auth::new(
                origin("https://qcc.test")?,
                signing::qcc::AppKey::new("key").map_err(|e| text(&e))?,
                signing::qcc::SecretKey::new("secret").map_err(|e| text(&e))?,
            ),
            pace,
            timeout,
        )
        .with_patsnap(origin("https://patsnap.test")?, credential, pace, timeout)
        .with_yibeidiao(
            jindiao_protocol_yibeidiao::Auth::new(
                origin("http://yibeidiao.test")?,
                signing::yibeidiao::CompanyKey::new(YIBEIDIAO.0).map_err(|e| text(&e))?,
                signing::yibeidiao::Token::new(YIBEIDIAO.1).map_err(|e| text(&e))?,
            ),
            pace,
            timeout,
        )
        .with_link_hosts(
            jindiao_codes::Vendor::Yibeidiao,
            jindiao_client::LinkHosts::ANY,
        )
        .with_download_limits(DownloadLimits::default()))
}
