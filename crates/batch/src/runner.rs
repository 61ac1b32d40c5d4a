//! Drives the orders of a list to their end: who is next, what it costs, what comes of it.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, HashMap};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering as Atomic};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jindiao_client::{Asked, Attempt, Permit, SendGuard, Time, Vendors};
use jindiao_codes::Scope;
use jindiao_order::{
    Action, DownloadProblem, Failure, Fen, Fence, Flow, Input, News, Order, OrderId, Policy,
    Product, Refusal, State, StateName, StoredReport, WaitReason,
};
use jindiao_protocol::{Advice, Delivery, Effect, Receipt, Timestamp, Vendor};
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::row::ExchangeRow;
use crate::store::Write;
use crate::writer::Writer;
use crate::{Entry, Folder, LedgerError, Manifest, ManifestEntry, Prices, Store};

/// How long calls that are under way may still take when a run is interrupted.
const FAREWELL: Duration = Duration::from_millis(1500);
/// How many orders of one vendor are under way at once where its pace does not say.
const IN_FLIGHT: usize = 16;

/// What a run does, and how far it may go.
#[derive(Debug, Clone)]
pub struct RunOptions {
    /// The orders, each once.
    pub orders: Vec<OrderId>,
    /// Where reports go.
    pub folder: Folder,
    /// What orders cost.
    pub prices: Prices,
    /// How much this run may spend on new charges. Paid reports are downloaded all the same.
    pub max_cost: Option<Fen>,
    /// The policies that differ from [`Policy::of`].
    pub policies: BTreeMap<Product, Policy>,
    /// Whether to wait also for daily quotas and cooldowns. Without it the run ends when only
    /// such waits are left.
    pub wait: bool,
}

/// Asks a run to end: what is under way is finished or left resumable.
#[derive(Debug, Clone)]
pub struct Stop(Arc<watch::Sender<bool>>);

impl Stop {
    /// Not asked yet.
    pub fn new() -> Self {
        Self(Arc::new(watch::Sender::new(false)))
    }

    /// Asks.
    pub fn request(&self) {
        self.0.send_replace(true);
    }

    /// Whether it was asked.
    pub fn is_requested(&self) -> bool {
        *self.0.borrow()
    }

    async fn requested(&self) {
        let mut receiver = self.0.subscribe();
        // The sender lives as long as `self`.
        let _ = receiver.wait_for(|requested| *requested).await;
    }
}

impl Default for Stop {
    fn default() -> Self {
        Self::new()
    }
}

/// Something that happened in a run, for whoever watches.
#[derive(Debug, Clone)]
pub enum Event {
    /// An order came into another state.
    Moved {
        /// The order as it stands now.
        order: Order,
        /// Where it stood before.
        from: StateName,
    },
    /// The vendor took an order.
    Charged {
        /// Which.
        order: OrderId,
        /// Who.
        vendor: Vendor,
        /// At what price.
        price: Fen,
    },
    /// An account needs attention: no new orders go to it.
    Paused(AccountTrouble),
    /// A vendor wants to be left alone until then.
    Resting {
        /// Who.
        vendor: Vendor,
        /// Until when.
        until: Timestamp,
        /// Why.
        why: WaitReason,
    },
}

/// An account that needs attention.
#[derive(Debug, Clone)]
pub struct AccountTrouble {
    /// Whose account.
    pub vendor: Vendor,
    /// The one product that it stops, where it does not stop all.
    pub product: Option<Product>,
    /// What the vendor said.
    pub refusal: Refusal,
}

/// How a run ended.
#[derive(Debug, Clone)]
pub struct Summary {
    /// Each order, in the order of the list, with why it was left, where it was.
    pub orders: Vec<(OrderId, Option<String>)>,
    /// What this run had charged.
    pub charged: Fen,
    /// How many charging calls this run made that were or may have been charged.
    pub charges: u64,
    /// Whether the run was interrupted.
    pub is_interrupted: bool,
    /// Whether the budget kept orders from being made.
    pub is_budget_spent: bool,
    /// The accounts that need attention.
    pub accounts: Vec<AccountTrouble>,
}

/// A run that came to its end, and the ledger.
#[derive(Debug)]
pub struct Ran {
    /// The ledger, open as before.
    pub store: Store,
    /// How it ended.
    pub summary: Summary,
}

/// A run that could not go on. What was ordered is in the ledger.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RunError {
    /// The ledger could not be read or written.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The ledger failed while orders were under way.
    #[error("the ledger failed in the middle of the run: {0}; nothing is ordered without it")]
    Broken(String),
    /// The manifest could not be written. The reports and the ledger are whole.
    #[error("the manifest {} cannot be written", path.display())]
    Manifest {
        /// The manifest.
        path: PathBuf,
        /// What the disk said.
        source: std::io::Error,
    },
    /// The system gave no thread or no random numbers.
    #[error("the run cannot be started")]
    Start(#[source] std::io::Error),
}

/// Runs the orders to their end, as far as `options` and the vendors let it.
///
/// Running the same orders again resumes: what is stored stays, what is paid for is fetched, what
/// is uncertain waits for a person. `watch` is told of what happens; it must not block.
///
/// # Errors
/// If the ledger fails. Orders that fail do not fail the run.
pub async fn run(
    store: Store,
    vendors: Arc<Vendors>,
    options: RunOptions,
    watch: impl Fn(Event) + Send + Sync + 'static,
    stop: Stop,
) -> Result<Ran, RunError> {
    let time = Arc::clone(vendors.client().time());
    for vendor in Vendor::ALL {
        if let Some(pace) = vendors.pace(vendor) {
            pace.restore_used_today(store.calls_today(vendor, time.now())?);
        }
    }
    let ids = options.orders.clone();
    let mut queue = Queue::new(&vendors);
    let mut left = HashMap::new();
    let mut planned = Vec::with_capacity(ids.len());
    for id in &ids {
        planned.push(store.order(id)?);
    }

    let shared = Arc::new(Shared {
        writer: Writer::start(store).map_err(RunError::Start)?,
        time: Arc::clone(&time),
        incarnation: incarnation().map_err(RunError::Start)?,
        nonce: AtomicU64::new(0),
        manifest: Manifest::of(&options.folder),
        vendors,
        options,
        watch: Box::new(watch),
        stop: stop.clone(),
        tally: Mutex::new(Tally::default()),
    });

    for entry in planned {
        let id = entry.order.id().clone();
        match first_input(&shared, entry).await {
            First::Look(job) => queue.add(job, &time.now()),
            First::Settled => {}
            First::Left(why) => {
                left.insert(id, why);
            }
        }
    }

    drive(&shared, queue, &mut left, &stop).await;

    let shared = Arc::into_inner(shared)
        .ok_or_else(|| RunError::Broken("a task outlived the run".to_owned()))?;
    let Shared {
        writer,
        options,
        manifest,
        tally,
        ..
    } = shared;
    let tally = tally.into_inner().unwrap_or_else(PoisonError::into_inner);
    let mut store = writer
        .close()
        .ok_or_else(|| RunError::Broken("its thread ended".to_owned()))?;
    if let Some(why) = tally.broken {
        return Err(RunError::Broken(why));
    }
    // What an interrupt cut off in mid-charge is uncertain from now on, and not only at the next
    // start.
    store.recover(time.now())?;
    let stored: Vec<_> = ids
        .iter()
        .map(|id| store.order(id))
        .collect::<Result<_, _>>()?;
    manifest
        .rewrite(&options.folder, stored.iter().filter_map(ManifestEntry::of))
        .map_err(|source| RunError::Manifest {
            path: manifest.path().to_owned(),
            source,
        })?;
    let orders = ids
        .into_iter()
        .map(|id| (id.clone(), left.remove(&id)))
        .collect();
    let summary = Summary {
        orders,
        charged: tally.charged,
        charges: tally.charges,
        is_interrupted: stop.is_requested(),
        is_budget_spent: tally.is_budget_spent,
        accounts: tally
            .gates
            .into_values()
            .filter_map(Gate::trouble)
            .collect(),
    };
    Ok(Ran { store, summary })
}

/// A name that no other process ever had.
fn incarnation() -> std::io::Result<String> {
    let mut bytes = [0; 12];
    getrandom::fill(&mut bytes).map_err(std::io::Error::other)?;
    Ok(hex::encode(bytes))
}

/// What all chains of a run share.
struct Shared {
    writer: Writer,
    vendors: Arc<Vendors>,
    options: RunOptions,
    manifest: Manifest,
    time: Arc<dyn Time>,
    incarnation: String,
    nonce: AtomicU64,
    watch: Box<dyn Fn(Event) + Send + Sync>,
    stop: Stop,
    tally: Mutex<Tally>,
}

/// What the run has come to so far.
#[derive(Default)]
struct Tally {
    /// What charging calls under way may cost.
    reserved: Fen,
    /// What was charged, or may have been.
    charged: Fen,
    charges: u64,
    is_budget_spent: bool,
    gates: HashMap<(Vendor, Option<Product>), Gate>,
    /// The output folder cannot be written.
    disk: Option<String>,
    /// The ledger cannot be written.
    broken: Option<String>,
}

/// Why no new orders go to an account.
#[derive(Clone)]
enum Gate {
    Trouble(AccountTrouble),
    Until(Timestamp, WaitReason),
}

impl Gate {
    fn trouble(self) -> Option<AccountTrouble> {
        match self {
            Self::Trouble(trouble) => Some(trouble),
            Self::Until(..) => None,
        }
    }
}

/// An order to look at.
struct Job {
    id: OrderId,
    vendor: Vendor,
    /// Whether nothing was charged for it yet: what is paid for goes first.
    is_new: bool,
    due: Timestamp,
    why: WaitReason,
    input: Input,
}

/// How a chain of steps ended.
enum End {
    /// Look again then.
    Wait { until: Timestamp, why: WaitReason },
    /// Not in this run.
    Left(String),
    /// A person or nobody moves it on.
    Settled,
}

/// What to do with an order when the run begins.
enum First {
    Look(Job),
    Settled,
    Left(String),
}

async fn first_input(shared: &Shared, entry: Entry) -> First {
    let Entry { order, folder, .. } = entry;
    let product = order.wanted().product();
    let input = match order.state() {
        State::Stored { report, .. } => {
            let ours = &shared.options.folder;
            if ours.has(report) {
                return First::Settled;
            }
            let copied = folder
                .filter(|other| other != ours.root())
                .map_or(Ok(false), |other| ours.copy_from(&other, report));
            match copied {
                Ok(true) => {
                    let write = Write::Order {
                        order: Box::new(order),
                        note: Some("copied to another folder".to_owned()),
                        folder: Some(ours.root().to_owned()),
                        at: shared.time.now(),
                    };
                    return match shared.writer.write(vec![write]).await {
                        Ok(()) => First::Settled,
                        Err(error) => First::Left(error.to_string()),
                    };
                }
                Ok(false) if product.flow() == Flow::Direct => {
                    return First::Left(format!(
                        "its file {} is gone, and getting it again is another charge; --fresh-within 0s orders it anew",
                        report.file
                    ));
                }
                Ok(false) => Input::FileLost,
                Err(error) => return First::Left(format!("its file cannot be copied: {error}")),
            }
        }
        State::Held { .. } => Input::AccountOpen,
        state if state.is_settled() => return First::Settled,
        _ => Input::Found,
    };
    First::Look(Job {
        id: order.id().clone(),
        vendor: product.vendor(),
        is_new: order.placement().is_none(),
        due: order.due().unwrap_or(Timestamp::EPOCH),
        why: WaitReason::Backoff,
        input,
    })
}

/// The orders that are to be looked at, the most urgent first.
struct Queue {
    jobs: HashMap<u64, Job>,
    next: u64,
    /// What is due, by vendor: what is paid for before what is new, then by time.
    ready: BTreeMap<Vendor, BinaryHeap<Reverse<(bool, Timestamp, u64)>>>,
    /// What is not due yet.
    timers: BinaryHeap<Reverse<(Timestamp, u64)>>,
    /// How many of the timers are worth waiting for.
    short: usize,
    limits: BTreeMap<Vendor, usize>,
    in_flight: BTreeMap<Vendor, usize>,
}

impl Queue {
    fn new(vendors: &Vendors) -> Self {
        let limit = |vendor: Vendor| {
            let limits = vendors.pace(vendor).map(jindiao_client::Pace::limits);
            // One more than may call, so that a download keeps no call from being made.
            limits
                .and_then(jindiao_client::PaceLimits::concurrency)
                .map_or(IN_FLIGHT, |calls| calls.get().saturating_mul(2))
        };
        Self {
            jobs: HashMap::new(),
            next: 0,
            ready: BTreeMap::new(),
            timers: BinaryHeap::new(),
            short: 0,
            limits: Vendor::ALL
                .into_iter()
                .map(|vendor| (vendor, limit(vendor)))
                .collect(),
            in_flight: BTreeMap::new(),
        }
    }

    fn add(&mut self, job: Job, now: &Timestamp) {
        let n = self.next;
        self.next += 1;
        if job.due <= *now {
            self.ready
                .entry(job.vendor)
                .or_default()
                .push(Reverse((job.is_new, job.due, n)));
        } else {
            self.short += usize::from(is_short(job.why));
            self.timers.push(Reverse((job.due, n)));
        }
        self.jobs.insert(n, job);
    }

    /// The next order to look at, if there is one that is due and whose vendor has room.
    fn pop(&mut self, now: Timestamp) -> Option<Job> {
        while let Some(Reverse((due, n))) = self.timers.peek().copied() {
            if due > now {
                break;
            }
            self.timers.pop();
            if let Some(job) = self.jobs.get(&n) {
                self.short -= usize::from(is_short(job.why));
                self.ready
                    .entry(job.vendor)
                    .or_default()
                    .push(Reverse((job.is_new, due, n)));
            }
        }
        for (vendor, ready) in &mut self.ready {
            let in_flight = self.in_flight.entry(*vendor).or_default();
            if *in_flight < self.limits.get(vendor).copied().unwrap_or(IN_FLIGHT)
                && let Some(Reverse((_, _, n))) = ready.pop()
                && let Some(job) = self.jobs.remove(&n)
            {
                *in_flight += 1;
                return Some(job);
            }
        }
        None
    }

    fn landed(&mut self, vendor: Vendor) {
        if let Some(n) = self.in_flight.get_mut(&vendor) {
            *n = n.saturating_sub(1);
        }
    }

    /// What is left when the run ends.
    fn drain(self) -> impl Iterator<Item = Job> {
        self.jobs.into_values()
    }
}

/// Whether a run waits for it in any case.
fn is_short(why: WaitReason) -> bool {
    matches!(why, WaitReason::Poll | WaitReason::Backoff)
}

async fn drive(
    shared: &Arc<Shared>,
    mut queue: Queue,
    left: &mut HashMap<OrderId, String>,
    stop: &Stop,
) {
    let mut chains: JoinSet<(OrderId, Vendor, Result<(bool, End), Interrupted>)> = JoinSet::new();
    let mut farewell: Option<Duration> = None;
    loop {
        let is_stopping = stop.is_requested();
        if is_stopping && farewell.is_none() {
            farewell = Some(shared.time.monotonic() + FAREWELL);
        }
        let now = shared.time.now();
        let is_broken = shared.tally().broken.is_some();
        if !is_stopping && !is_broken {
            while let Some(job) = queue.pop(now) {
                let shared = Arc::clone(shared);
                chains.spawn(async move {
                    let Job {
                        id, vendor, input, ..
                    } = job;
                    let end = Chain {
                        shared: &shared,
                        id: id.clone(),
                    }
                    .run(input)
                    .await;
                    (id, vendor, end)
                });
            }
        }
        let next_timer = queue.timers.peek().map(|Reverse((due, _))| *due);
        if chains.is_empty() {
            let may_wait = queue.short > 0 || shared.options.wait;
            if is_stopping || is_broken || next_timer.is_none() || !may_wait {
                break;
            }
        }
        let pause = match (farewell, next_timer) {
            (Some(end), _) => {
                let pause = end.saturating_sub(shared.time.monotonic());
                if pause.is_zero() {
                    break;
                }
                pause
            }
            // The wall clock may jump: look again at least once a minute.
            (None, Some(due)) => due
                .since(now)
                .clamp(Duration::from_millis(1), Duration::from_secs(60)),
            (None, None) => Duration::from_secs(60),
        };
        tokio::select! {
            Some(landed) = chains.join_next(), if !chains.is_empty() => {
                let Ok((id, vendor, end)) = landed else { continue };
                queue.landed(vendor);
                match end {
                    Ok((is_new, End::Wait { until, why })) => {
                        queue.add(Job { id, vendor, is_new, due: until, why, input: Input::Look }, &shared.time.now());
                    }
                    Ok((_, End::Left(why))) => {
                        left.insert(id, why);
                    }
                    Ok((_, End::Settled)) => {}
                    Err(Interrupted(why)) => {
                        left.insert(id, why);
                    }
                }
            }
            () = shared.time.sleep(pause) => {}
            () = stop.requested(), if !is_stopping => {}
        }
    }
    chains.shutdown().await;
    for job in queue.drain() {
        let why = match job.why {
            _ if stop.is_requested() => "interrupted".to_owned(),
            WaitReason::NextDay => format!("the daily quota is used up until {}", job.due),
            WaitReason::Cooldown => format!("the vendor wants it left alone until {}", job.due),
            WaitReason::Poll | WaitReason::Backoff => "the run ended before".to_owned(),
        };
        left.entry(job.id).or_insert(why);
    }
}

impl Shared {
    fn tally(&self) -> MutexGuard<'_, Tally> {
        // The tally is whole between any two statements.
        self.tally.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn policy(&self, product: Product) -> Policy {
        self.options
            .policies
            .get(&product)
            .cloned()
            .unwrap_or_else(|| Policy::of(product))
    }

    /// Why no new order of `product` may be made now.
    fn closed(&self, product: Product) -> Option<Gate> {
        let now = self.time.now();
        let tally = self.tally();
        [(product.vendor(), None), (product.vendor(), Some(product))]
            .iter()
            .filter_map(|key| tally.gates.get(key))
            .find(|gate| !matches!(gate, Gate::Until(until, _) if *until <= now))
            .cloned()
    }

    /// Closes an account or slows it down, where a failure says so.
    fn heed(&self, product: Product, failure: &Failure, retry_after: Option<Duration>) {
        let vendor = product.vendor();
        let refusal = failure.refusal();
        let scope = refusal
            .code
            .as_ref()
            .map_or(Scope::Account, |code| code.scope_at(&refusal.exchange));
        let key = match scope {
            Scope::Account | Scope::Platform => (vendor, None),
            Scope::Endpoint => (vendor, Some(product)),
            _ => return self.heed_pace(vendor, failure, retry_after),
        };
        match failure.advice() {
            Advice::FixAccount => {
                let trouble = AccountTrouble {
                    vendor,
                    product: key.1,
                    refusal: refusal.clone(),
                };
                let before = self
                    .tally()
                    .gates
                    .insert(key, Gate::Trouble(trouble.clone()));
                if !matches!(before, Some(Gate::Trouble(_))) {
                    (self.watch)(Event::Paused(trouble));
                }
            }
            Advice::NextDay => self.rest(
                key,
                self.time.now().next_china_midnight(),
                WaitReason::NextDay,
            ),
            _ => self.heed_pace(vendor, failure, retry_after),
        }
    }

    fn heed_pace(&self, vendor: Vendor, failure: &Failure, retry_after: Option<Duration>) {
        if failure.advice() == Advice::SlowDown
            && let Some(pace) = self.vendors.pace(vendor)
        {
            pace.slow_down(retry_after);
        }
    }

    fn rest(&self, key: (Vendor, Option<Product>), until: Timestamp, why: WaitReason) {
        let mut tally = self.tally();
        let is_known = match tally.gates.get(&key) {
            Some(Gate::Trouble(_)) => return,
            Some(Gate::Until(known, _)) => *known >= until,
            None => false,
        };
        if !is_known {
            tally.gates.insert(key, Gate::Until(until, why));
            drop(tally);
            (self.watch)(Event::Resting {
                vendor: key.0,
                until,
                why,
            });
        }
    }

    /// Sets `price` aside, if the budget has it.
    fn reserve(&self, price: Fen) -> bool {
        let mut tally = self.tally();
        let would_be = tally.charged + tally.reserved + price;
        if self.options.max_cost.is_some_and(|most| would_be > most) {
            tally.is_budget_spent = true;
            return false;
        }
        tally.reserved = tally.reserved + price;
        true
    }

    /// What was set aside is charged after all, or is not.
    fn settle(&self, price: Fen, is_charged: bool) {
        let mut tally = self.tally();
        tally.reserved = tally.reserved.minus(price);
        if is_charged {
            tally.charged = tally.charged + price;
            tally.charges += 1;
        }
    }
}

/// The ledger failed, and with it everything that was to come.
struct Interrupted(String);

/// One order's chain of steps, from being looked at to a wait or an end.
struct Chain<'a> {
    shared: &'a Shared,
    id: OrderId,
}

impl Chain<'_> {
    /// Takes steps until the order waits, is settled or is left. Says also whether it is still a
    /// new order.
    async fn run(&self, input: Input) -> Result<(bool, End), Interrupted> {
        let shared = self.shared;
        let entry = shared
            .writer
            .read(self.id.clone())
            .await
            .map_err(|error| self.broken(&error))?;
        let mut order = entry.order;
        let product = order.wanted().product();
        let policy = shared.policy(product);
        let price = shared.options.prices.of(product).fen;
        let mut input = input;
        // The permit of the call to come, and what must leave before when.
        let mut ready: Option<(Permit, SendGuard)> = None;
        // What is to be written with the next change.
        let mut rows: Vec<Write> = Vec::new();
        let mut folder: Option<PathBuf> = None;
        let mut note: Option<String> = None;
        loop {
            let before = order.state().name();
            let unchanged = order.clone();
            let (next, action) = order.step(shared.time.now(), input, &policy);
            order = next;
            if order != unchanged || !rows.is_empty() {
                let must_last = must_last(before, &order, &action);
                if note.is_none() {
                    note = note_of(&order, &action);
                }
                rows.push(Write::Order {
                    order: Box::new(order.clone()),
                    note: note.take(),
                    folder: folder.take(),
                    at: shared.time.now(),
                });
                let writes = std::mem::take(&mut rows);
                if must_last {
                    shared
                        .writer
                        .write(writes)
                        .await
                        .map_err(|error| self.broken(&error))?;
                } else {
                    shared.writer.note(writes);
                }
                if order.state().name() != before {
                    (shared.watch)(Event::Moved {
                        order: order.clone(),
                        from: before,
                    });
                }
            }
            let is_new = order.placement().is_none();
            match action {
                Action::Prepare => match self.prepare(product, price, &policy).await? {
                    Ok((permit, guard)) => {
                        ready = Some((permit, guard));
                        rows.push(Write::Price {
                            id: self.id.clone(),
                            price,
                        });
                        input = Input::Permitted(self.fence());
                    }
                    Err(Unready::End(end)) => return Ok((is_new, end)),
                    Err(Unready::Failed(failure)) => {
                        shared.heed(product, &failure, None);
                        input = Input::Failed(failure);
                    }
                },
                Action::Record(fence) => input = Input::Recorded(fence),
                Action::Place { call, .. } => {
                    let Some((permit, guard)) = ready.take() else {
                        // Unreachable while `Permitted` is said above only; never call without.
                        shared.settle(price, false);
                        return Ok((is_new, End::Left("it had no permit".to_owned())));
                    };
                    let asked = shared.vendors.ask(&call, Some(guard)).await;
                    let is_charged = may_be_charged(&asked.result);
                    shared.settle(price, is_charged);
                    if is_charged && asked.result.is_ok() {
                        let vendor = product.vendor();
                        (shared.watch)(Event::Charged {
                            order: self.id.clone(),
                            vendor,
                            price,
                        });
                    }
                    input = self.heard(product, price, &call, asked, permit, &mut rows);
                }
                Action::Ask(call) => {
                    let prepared = shared.vendors.prepare(product.vendor()).await;
                    rows.extend(self.token_rows(prepared.token_attempts));
                    if let Err(failure) = prepared.result {
                        shared.heed(product, &failure, None);
                        input = Input::Failed(failure);
                        continue;
                    }
                    let permit = match self.permit(product.vendor()).await {
                        Ok(permit) => permit,
                        Err(end) => return Ok((is_new, end)),
                    };
                    let asked = shared.vendors.ask(&call, None).await;
                    input = self.heard(product, price, &call, asked, permit, &mut rows);
                }
                Action::Download { link, kind } => {
                    let file = Folder::relative(&order);
                    let target = shared.options.folder.path(&file);
                    input = match shared.vendors.download(&link, &target, kind).await {
                        Ok(stored) => {
                            folder = Some(shared.options.folder.root().to_owned());
                            let sha256 = stored.sha256_hex();
                            Input::Stored(StoredReport {
                                file,
                                size: stored.bytes,
                                sha256,
                            })
                        }
                        Err(failure) => {
                            note = Some(failure.text.clone());
                            if failure.problem == DownloadProblem::Disk {
                                shared.tally().disk = Some(failure.text.clone());
                            }
                            Input::NotStored(failure)
                        }
                    };
                }
                Action::Wait { until, why } => {
                    let end = if shared.stop.is_requested() {
                        End::Left("interrupted".to_owned())
                    } else {
                        End::Wait { until, why }
                    };
                    return Ok((is_new, end));
                }
                Action::Leave { why } => return Ok((is_new, End::Left(why))),
                Action::Rest => {
                    if before != StateName::Stored && order.state().name() == StateName::Stored {
                        self.list(order, price);
                    }
                    return Ok((is_new, End::Settled));
                }
            }
        }
    }

    /// Everything that must be right before an intent is written: the gates, the budget, the
    /// token, and last the permit.
    async fn prepare(
        &self,
        product: Product,
        price: Fen,
        policy: &Policy,
    ) -> Result<Result<(Permit, SendGuard), Unready>, Interrupted> {
        let shared = self.shared;
        let vendor = product.vendor();
        if let Some(end) = self.stopped(product) {
            return Ok(Err(Unready::End(end)));
        }
        if !shared.reserve(price) {
            let why = format!("the budget does not have the {price} yuan that it costs");
            return Ok(Err(Unready::End(End::Left(why))));
        }
        let prepared = shared.vendors.prepare(vendor).await;
        shared
            .writer
            .note(self.token_rows(prepared.token_attempts).collect());
        if let Err(failure) = prepared.result {
            shared.settle(price, false);
            return Ok(Err(Unready::Failed(failure)));
        }
        let permit = match self.permit(vendor).await {
            Ok(permit) => permit,
            Err(end) => {
                shared.settle(price, false);
                return Ok(Err(Unready::End(end)));
            }
        };
        // The permit may have taken a while.
        if let Some(end) = self.stopped(product) {
            permit.give_back();
            shared.settle(price, false);
            return Ok(Err(Unready::End(end)));
        }
        let guard = SendGuard::new(&*shared.time, policy.intent_life);
        Ok(Ok((permit, guard)))
    }

    /// Why no new charge may be made.
    fn stopped(&self, product: Product) -> Option<End> {
        let shared = self.shared;
        if shared.stop.is_requested() {
            return Some(End::Left("interrupted".to_owned()));
        }
        if let Some(why) = &shared.tally().disk {
            return Some(End::Left(format!(
                "not ordered, since reports cannot be stored: {why}"
            )));
        }
        shared.closed(product).map(|gate| match gate {
            Gate::Trouble(trouble) => End::Left(format!(
                "not ordered, since the account needs attention: {}",
                trouble.refusal.text
            )),
            Gate::Until(until, why) => End::Wait { until, why },
        })
    }

    async fn permit(&self, vendor: Vendor) -> Result<Permit, End> {
        let shared = self.shared;
        let Some(pace) = shared.vendors.pace(vendor) else {
            return Err(End::Left(format!("there is no account for {vendor}")));
        };
        tokio::select! {
            permit = pace.permit() => permit.map_err(|limit| {
                shared.rest((vendor, None), limit.until, WaitReason::NextDay);
                End::Wait { until: limit.until, why: WaitReason::NextDay }
            }),
            () = shared.stop.requested() => Err(End::Left("interrupted".to_owned())),
        }
    }

    fn fence(&self) -> Fence {
        Fence {
            incarnation: self.shared.incarnation.clone(),
            nonce: self.shared.nonce.fetch_add(1, Atomic::Relaxed),
        }
    }

    /// Books a call, and turns what came of it into what the order is told.
    fn heard(
        &self,
        product: Product,
        price: Fen,
        call: &jindiao_order::Call,
        asked: Asked,
        permit: Permit,
        rows: &mut Vec<Write>,
    ) -> Input {
        let Asked {
            result,
            attempt,
            token_attempts,
            retry_after,
        } = asked;
        rows.extend(self.token_rows(token_attempts));
        if let Some(attempt) = &attempt {
            let row = ExchangeRow::of(&self.id, call, attempt, price, &result);
            rows.push(Write::Exchange(Box::new(row)));
        }
        match result {
            Ok((news, _)) => Input::Told(news),
            Err(failure) => {
                if failure.delivery() == Delivery::NeverSent {
                    permit.give_back();
                }
                self.shared.heed(product, &failure, retry_after);
                Input::Failed(failure)
            }
        }
    }

    fn token_rows(&self, attempts: Vec<Attempt>) -> impl Iterator<Item = Write> + use<> {
        let order = self.id.clone();
        attempts
            .into_iter()
            .map(move |attempt| Write::Exchange(Box::new(ExchangeRow::of_token(&order, &attempt))))
    }

    /// Adds the stored report to the manifest at once; the end of the run writes it anew.
    fn list(&self, order: Order, price: Fen) {
        let entry = Entry {
            updated: self.shared.time.now(),
            order,
            round: 0,
            price,
            folder: None,
        };
        if let Some(line) = ManifestEntry::of(&entry)
            && let Err(error) = self.shared.manifest.append(&line)
        {
            tracing::warn!(%error, "the manifest cannot be written now");
        }
    }

    fn broken(&self, error: &crate::writer::Failed) -> Interrupted {
        let why = error.to_string();
        self.shared
            .tally()
            .broken
            .get_or_insert_with(|| why.clone());
        Interrupted(why)
    }
}

/// Why a charging call cannot be made now.
enum Unready {
    End(End),
    Failed(Failure),
}

/// Whether a charging call was charged, or may have been.
fn may_be_charged(result: &Result<(News, Receipt), Failure>) -> bool {
    match result {
        Ok(_) => true,
        Err(failure) => !failure.is_surely_nothing(),
    }
}

/// Whether a change must be durable before the next action: everything about money and files.
/// That a poll came to nothing may be lost in a crash; it is asked again.
fn must_last(before: StateName, order: &Order, action: &Action) -> bool {
    let is_poll = before == StateName::Waiting && order.state().name() == StateName::Waiting;
    let is_askable = order.wanted().product().flow() != Flow::Direct;
    let is_passing = matches!(action, Action::Download { .. }) && is_askable;
    let is_first_ask = matches!(action, Action::Ask(call) if call.effect() == Effect::Read);
    !(is_poll || is_passing || is_first_ask)
}

/// The word on a change that the history keeps.
fn note_of(order: &Order, action: &Action) -> Option<String> {
    match (order.state(), action) {
        (_, Action::Leave { why }) => Some(why.clone()),
        (State::Uncertain { note, .. }, _) => Some(note.clone()),
        (State::Failed { reason, .. }, _) => Some(reason.clone()),
        (State::Refused { refusal, .. } | State::Held { refusal, .. }, _) => {
            Some(refusal.text.clone())
        }
        _ => None,
    }
}
