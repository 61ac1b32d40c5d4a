//! A run: drives the orders of a list to their end.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jindiao_client::{ClockNote, Time, Vendors};
use jindiao_order::{
    Fen, Flow, Order, OrderId, Policy, Product, Refusal, State, StateName, WaitReason,
};
use jindiao_protocol::{Timestamp, Vendor};
use jindiao_words::{Message, Say, say};
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::chain::{self, End, Landed};
use crate::fresh::Fresh;
use crate::inline::Inline;
use crate::queue::{Job, News, Queue};
use crate::shared::{Shared, Tally, Turn, beyond_budget};
use crate::store::{Change, Found, KnownDrawn, Write};
use crate::writer::{Failed, ThreadWriter, Writer};
use crate::{Entry, Folder, InlineLedger, LedgerError, Manifest, ManifestEntry, Prices, Store};

/// How long calls that are under way may still take when a run is interrupted.
const FAREWELL: Duration = Duration::from_millis(1500);
/// How many orders are read or written at once that are not under way.
const PAGE: usize = 256;
/// How long a run sleeps at most before it looks at the clock again.
const LOOK_AGAIN: Duration = Duration::from_secs(60);

/// What a run does, and how far it may go.
#[derive(Debug, Clone)]
pub struct RunOptions {
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

    pub(crate) async fn requested(&self) {
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
    /// A vendor's clock differs from this machine's: said once for each vendor.
    Clock(ClockNote),
    /// Calls to a vendor go out unencrypted: said once for each vendor, before the first one.
    PlainHttp {
        /// Who.
        vendor: Vendor,
        /// Where: scheme, host and port.
        address: String,
    },
    /// Nothing but long waits is left, and the run waits.
    Waiting {
        /// When the first of them ends.
        until: Timestamp,
        /// How many orders wait.
        orders: usize,
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

/// How a run ended. How each order stands, and why it was left, is told by
/// [`Store::each_listed`].
#[derive(Debug, Clone)]
pub struct Summary {
    /// What this run had charged.
    pub charged: Fen,
    /// How many charging calls this run made that were or may have been charged.
    pub charges: u64,
    /// Whether the run was interrupted.
    pub is_interrupted: bool,
    /// Whether the budget kept orders from being made.
    pub is_budget_spent: bool,
    /// The accounts that need attention, by vendor and product. An account that needs it as a whole
    /// is named once.
    pub accounts: Vec<AccountTrouble>,
    /// When the first of the orders goes on that wait for a daily quota or a cooldown, where the
    /// run did not wait for it.
    pub waits_until: Option<Timestamp>,
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
#[derive(Debug)]
#[non_exhaustive]
pub enum RunError {
    /// The ledger could not be read or written.
    Ledger(LedgerError),
    /// The ledger failed while orders were under way.
    Broken(Message),
    /// The manifest could not be written. The reports and the ledger are whole.
    Manifest {
        /// The manifest.
        path: PathBuf,
        /// What the disk said.
        source: std::io::Error,
    },
    /// The system gave no thread or no random numbers.
    Start(std::io::Error),
}

impl From<LedgerError> for RunError {
    fn from(error: LedgerError) -> Self {
        Self::Ledger(error)
    }
}

impl Say for RunError {
    fn say(&self) -> Message {
        match self {
            Self::Ledger(error) => error.say(),
            Self::Broken(why) => say!(
                "the ledger failed in the middle of the run: {why}; nothing is ordered without it",
                why
            ),
            Self::Manifest { path, .. } => {
                say!(
                    "the manifest {path} cannot be written",
                    path = path.display()
                )
            }
            Self::Start(_) => say!("the run cannot be started"),
        }
    }
}

impl fmt::Display for RunError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.say().fmt(f)
    }
}

impl std::error::Error for RunError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Ledger(error) => error.source(),
            Self::Broken(_) => None,
            Self::Manifest { source, .. } | Self::Start(source) => Some(source),
        }
    }
}

/// Runs the orders that are listed in the ledger to their end, as far as `options` and the vendors let
/// it: those that were planned last, or that [`Store::list`] or [`Store::list_all`] named.
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
    begin(&store, &vendors)?;
    let writer = ThreadWriter::start(store).map_err(RunError::Start)?;
    let driven = drive_all(Writer::Thread(writer), vendors, options, watch, stop);
    let (writer, driven) = driven.await?;
    let store = match writer {
        Writer::Thread(writer) => writer.close(),
        Writer::Inline(_) => None,
    };
    let mut store = store.ok_or_else(|| RunError::Broken(say!("its thread ended")))?;
    let summary = driven.sum_up(&mut store)?;
    Ok(Ran { store, summary })
}

/// As [`run`], in the caller's own thread: for hosts of their own and simulations.
///
/// Nothing is spawned but tasks of the current tokio runtime. When the future is dropped in the
/// middle, the ledger holds what was committed until then.
///
/// # Errors
/// As [`run`].
pub async fn run_inline(
    ledger: &InlineLedger,
    vendors: Arc<Vendors>,
    options: RunOptions,
    watch: impl Fn(Event) + Send + Sync + 'static,
    stop: Stop,
) -> Result<Summary, RunError> {
    begin(&ledger.store(), &vendors)?;
    let writer = Writer::Inline(Inline::new(ledger.clone()));
    let (writer, driven) = drive_all(writer, vendors, options, watch, stop).await?;
    if let Writer::Inline(writer) = writer {
        writer.close();
    }
    driven.sum_up(&mut ledger.store())
}

/// Reads what a run begins with.
fn begin(store: &Store, vendors: &Vendors) -> Result<(), LedgerError> {
    let now = vendors.client().time().now();
    for vendor in Vendor::ALL {
        // Without a daily limit nobody asks how many calls of the day are used up.
        if let Some(pace) = vendors.pace(vendor)
            && pace.left_today().is_some()
        {
            pace.restore_used_today(store.calls_today(vendor, now)?);
        }
    }
    Ok(())
}

/// A run whose orders have all come as far as they come.
struct Driven {
    options: RunOptions,
    manifest: Manifest,
    tally: Tally,
    /// Why the new orders were left that nobody came to.
    rest: BTreeMap<Product, String>,
    time: Arc<dyn Time>,
    stop: Stop,
}

async fn drive_all(
    writer: Writer,
    vendors: Arc<Vendors>,
    options: RunOptions,
    watch: impl Fn(Event) + Send + Sync + 'static,
    stop: Stop,
) -> Result<(Writer, Driven), RunError> {
    let time = Arc::clone(vendors.client().time());
    let shared = Shared::new(writer, vendors, options, Box::new(watch), stop.clone())
        .map(Arc::new)
        .map_err(RunError::Start)?;
    let rest = match drive_listed(&shared, &stop).await {
        Ok(rest) => rest,
        Err(failed) => {
            shared.ledger_broke(&failed);
            BTreeMap::new()
        }
    };
    let shared =
        Arc::into_inner(shared).ok_or_else(|| RunError::Broken(say!("a task outlived the run")))?;
    let (writer, options, manifest, tally) = shared.finish();
    let driven = Driven {
        options,
        manifest,
        tally,
        rest,
        time,
        stop,
    };
    Ok((writer, driven))
}

impl Driven {
    /// Writes the manifest and sums up, when everything is in the ledger.
    fn sum_up(self, store: &mut Store) -> Result<Summary, RunError> {
        if let Some(why) = self.tally.broken {
            return Err(RunError::Broken(why));
        }
        // What an interrupt cut off in mid-charge is uncertain from now on, and not only at the
        // next start. It may have been charged.
        let cut_off = store.recover(self.time.now())?;
        store.leave_rest(self.rest);
        renew(&self.manifest, &self.options.folder, store)?;
        Ok(Summary {
            charged: self.tally.charged + cut_off,
            charges: self.tally.charges + store.recovered(),
            is_interrupted: self.stop.is_requested(),
            is_budget_spent: self.tally.is_budget_spent,
            accounts: self.tally.troubles(),
            waits_until: self.tally.waits_until,
        })
    }
}

/// Writes the manifest anew, with the listed orders that are stored.
fn renew(manifest: &Manifest, folder: &Folder, store: &Store) -> Result<(), RunError> {
    let fail = |source| RunError::Manifest {
        path: manifest.path().to_owned(),
        source,
    };
    let anew = manifest.begin_anew(folder).map_err(fail)?;
    store.each_listed_in(Some(StateName::Stored), |listed| {
        let entry = ManifestEntry::of(&listed.entry);
        entry.map_or(Ok(()), |entry| anew.add(&entry).map_err(fail))
    })?;
    anew.finish().map_err(fail)
}

/// Looks at all listed orders. Says why the new ones were left that nobody came to.
async fn drive_listed(
    shared: &Arc<Shared>,
    stop: &Stop,
) -> Result<BTreeMap<Product, String>, Failed> {
    let mut queue = Queue::new(&shared.vendors);
    add_known(shared, &mut queue).await?;
    let mut fresh = Fresh::new();
    let new = fresh.products(shared).await?;
    let new = new.into_iter().map(Product::vendor);
    let asked: BTreeSet<Vendor> = queue.vendors().chain(new).collect();
    for vendor in asked {
        if let Some(origin) = shared.vendors.plain_http(vendor) {
            (shared.watch)(Event::PlainHttp {
                vendor,
                address: origin.to_string(),
            });
        }
    }
    let mut drive = Drive {
        shared,
        queue,
        fresh,
        chains: JoinSet::new(),
    };
    let driven = drive.go_on(stop).await;
    // What has not landed by now is cut off; the ledger knows what it was about to do.
    drive.chains.shutdown().await;
    driven?;
    drive.leave(stop).await
}

/// Queues the listed orders that are not new.
async fn add_known(shared: &Shared, queue: &mut Queue) -> Result<(), Failed> {
    let mut at = KnownDrawn::default();
    loop {
        let draw = move |store: &Store| {
            let found = store.draw_known(&mut at, PAGE)?;
            Ok((found, at))
        };
        let (page, next) = shared.writer.ask(draw).await?;
        at = next;
        let is_last = page.len() < PAGE;
        for found in page {
            // Files may be copied here, which takes its time.
            if shared.stop.is_requested() {
                return Ok(());
            }
            let row = found.row;
            match first_input(shared, found).await {
                First::Look(job) => queue.add(job, shared.time.now()),
                First::Settled => {}
                First::Left(why) => shared.writer.note(vec![Write::Leave { row, why }]),
            }
        }
        if is_last {
            return Ok(());
        }
    }
}

/// What to do with an order when the run begins.
enum First {
    Look(Job),
    Settled,
    Left(String),
}

async fn first_input(shared: &Shared, found: Found) -> First {
    let Found { row, state, entry } = found;
    let Entry { order, folder, .. } = entry;
    let product = order.wanted().product();
    let news = match order.state() {
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
                    let change = Change::of(row, &order, shared.time.now())
                        .after(state)
                        .with_note(Some(say!("copied to another folder").to_string()))
                        .in_folder(Some(ours.root().to_owned()));
                    let write = Write::Order(Box::new(change));
                    return match shared.writer.write(vec![write]).await {
                        Ok(()) => First::Settled,
                        Err(error) => First::Left(error.to_string()),
                    };
                }
                Ok(false) if product.flow() == Flow::Direct => {
                    return First::Left(say!(
                        "its file {file} is gone, and getting it again is another charge; --fresh-within 0s orders it anew",
                        file = report.file
                    )
                    .to_string());
                }
                Ok(false) => News::FileLost,
                Err(error) => {
                    return First::Left(
                        say!("its file cannot be copied: {error}", error).to_string(),
                    );
                }
            }
        }
        State::Held { .. } => News::AccountOpen,
        State::Uncertain { .. } if order.again_at(&shared.policy(product)).is_some() => News::Found,
        state if state.is_settled() => return First::Settled,
        _ => News::Found,
    };
    First::Look(Job {
        row,
        product,
        is_new: order.placement().is_none(),
        // What is due later is looked at all the same: only the order knows why it waits, and so
        // whether a run waits for it.
        due: order
            .due()
            .map_or(Timestamp::EPOCH, |due| due.min(shared.time.now())),
        why: WaitReason::Backoff,
        news,
    })
}

/// The orders of a run, and those that are under way.
struct Drive<'a> {
    shared: &'a Arc<Shared>,
    queue: Queue,
    fresh: Fresh,
    chains: JoinSet<Landed>,
}

impl Drive<'_> {
    /// Looks at the orders as they come due, until nothing is left that this run can do.
    async fn go_on(&mut self, stop: &Stop) -> Result<(), Failed> {
        let shared = self.shared;
        let time = &shared.time;
        let mut farewell: Option<Duration> = None;
        // Until when the run said that it waits.
        let mut said: Option<Timestamp> = None;
        loop {
            let is_stopping = stop.is_requested();
            if is_stopping && farewell.is_none() {
                farewell = Some(time.monotonic() + FAREWELL);
            }
            let is_over = is_stopping || shared.is_ledger_broken();
            if !is_over {
                self.take_off().await?;
            }
            let now = time.now();
            let pauses = self.fresh.pauses(shared).await?;
            let next_new = pauses.iter().map(|pause| pause.until).min();
            let next_due = self.queue.next_due().into_iter().chain(next_new).min();
            if self.chains.is_empty() {
                let may_wait = self.queue.has_short_waits() || shared.options.wait;
                if is_over || next_due.is_none() || !may_wait {
                    return Ok(());
                }
                if let Some(until) = next_due
                    && !self.queue.has_short_waits()
                    && said != Some(until)
                {
                    said = Some(until);
                    let mut orders = self.queue.waiting();
                    for pause in &pauses {
                        orders += self.fresh.count(shared, pause.product).await?;
                    }
                    (shared.watch)(Event::Waiting { until, orders });
                }
            }
            let pause = match (farewell, next_due) {
                (Some(end), _) => end.saturating_sub(time.monotonic()),
                // The wall clock may jump: look again at least once a minute.
                (None, Some(due)) => due.since(now).clamp(Duration::from_millis(1), LOOK_AGAIN),
                (None, None) => LOOK_AGAIN,
            };
            if pause.is_zero() {
                return Ok(());
            }
            tokio::select! {
                // In one order, so that the same things happen when the same things come.
                biased;
                Some(landed) = self.chains.join_next(), if !self.chains.is_empty() => {
                    // A chain that panicked has left its order as it is in the ledger.
                    let Ok(landed) = landed else { continue };
                    self.land(landed);
                    // What has landed meanwhile makes room, too.
                    while let Some(landed) = self.chains.try_join_next() {
                        let Ok(landed) = landed else { continue };
                        self.land(landed);
                    }
                }
                () = time.sleep(pause) => {}
                () = stop.requested(), if !is_stopping => {}
            }
        }
    }

    /// Has orders looked at as long as there is room: what is due first, then what is new.
    async fn take_off(&mut self) -> Result<(), Failed> {
        loop {
            let due = self.queue.pop(self.shared.time.now());
            let (job, found) = match due {
                Some(job) => (job, None),
                None => {
                    let has_room = |vendor| self.queue.has_room(vendor);
                    let Some(found) = self.fresh.next(self.shared, has_room).await? else {
                        return Ok(());
                    };
                    let product = found.entry.order.wanted().product();
                    self.queue.takes_off(product.vendor());
                    let job = Job {
                        row: found.row,
                        due: Timestamp::EPOCH,
                        product,
                        is_new: true,
                        why: WaitReason::Backoff,
                        news: News::Found,
                    };
                    (job, Some(found))
                }
            };
            let shared = Arc::clone(self.shared);
            self.chains
                .spawn(async move { chain::follow(&shared, job, found).await });
        }
    }

    fn land(&mut self, landed: Landed) {
        let Landed {
            row,
            product,
            is_new,
            end,
        } = landed;
        self.queue.landed(product.vendor());
        match end {
            End::Wait { until: due, why } => {
                let job = Job {
                    row,
                    due,
                    product,
                    is_new,
                    why,
                    news: News::Due,
                };
                self.queue.add(job, self.shared.time.now());
            }
            End::Left(why) => self.shared.writer.note(vec![Write::Leave { row, why }]),
            End::Settled => {}
        }
    }

    /// Says why each order is left that is not settled, and of the new ones that nobody came to, why
    /// all of a product are.
    async fn leave(mut self, stop: &Stop) -> Result<BTreeMap<Product, String>, Failed> {
        let shared = self.shared;
        let is_stopped = stop.is_requested();
        let mut rest = BTreeMap::new();
        for product in self.fresh.products(shared).await? {
            let why = match shared.turn(product) {
                Turn::Later(until, why) => {
                    shared.waits(until);
                    later(until, why)
                }
                Turn::Spent(price) | Turn::Busy(price) => {
                    shared.budget_is_spent();
                    beyond_budget(price)
                }
                Turn::Never(why) => why,
                Turn::Now => ended(),
            };
            let why = if is_stopped {
                say!("interrupted").to_string()
            } else {
                why
            };
            rest.insert(product, why);
        }
        let mut writes = Vec::new();
        for job in self.queue.drain() {
            if matches!(job.why, WaitReason::NextDay | WaitReason::Cooldown) {
                shared.waits(job.due);
            }
            let why = if is_stopped {
                say!("interrupted").to_string()
            } else {
                later(job.due, job.why)
            };
            writes.push(Write::Leave { row: job.row, why });
            if writes.len() == PAGE {
                shared.writer.note(std::mem::take(&mut writes));
            }
        }
        shared.writer.note(writes);
        Ok(rest)
    }
}

fn ended() -> String {
    say!("the run ended before").to_string()
}

/// Why an order is left that could go on after the run.
fn later(until: Timestamp, why: WaitReason) -> String {
    match why {
        WaitReason::NextDay => say!("the daily quota is used up until {until}", until).to_string(),
        WaitReason::Cooldown => {
            say!("the vendor wants it left alone until {until}", until).to_string()
        }
        WaitReason::Poll | WaitReason::Backoff => ended(),
    }
}
