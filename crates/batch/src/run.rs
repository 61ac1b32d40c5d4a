//! A run: drives the orders of a list to their end.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jindiao_client::{ClockNote, Time, Vendors};
use jindiao_order::{
    Fen, Flow, Input, Order, OrderId, Policy, Product, Refusal, State, StateName, WaitReason,
};
use jindiao_protocol::{Timestamp, Vendor};
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::chain::{self, End, Landed};
use crate::inline::Inline;
use crate::queue::{Job, Queue};
use crate::shared::{Shared, Tally};
use crate::store::Write;
use crate::writer::{ThreadWriter, Writer};
use crate::{Entry, Folder, InlineLedger, LedgerError, Manifest, ManifestEntry, Prices, Store};

/// How long calls that are under way may still take when a run is interrupted.
const FAREWELL: Duration = Duration::from_millis(1500);
/// How long a run sleeps at most before it looks at the clock again.
const LOOK_AGAIN: Duration = Duration::from_secs(60);

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
    let planned = begin(&store, &vendors, &options)?;
    let writer = ThreadWriter::start(store).map_err(RunError::Start)?;
    let driven = drive_all(
        Writer::Thread(writer),
        planned,
        vendors,
        options,
        watch,
        stop,
    );
    let (writer, driven) = driven.await?;
    let store = match writer {
        Writer::Thread(writer) => writer.close(),
        Writer::Inline(_) => None,
    };
    let mut store = store.ok_or_else(|| RunError::Broken("its thread ended".to_owned()))?;
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
    let planned = begin(&ledger.store(), &vendors, &options)?;
    let writer = Writer::Inline(Inline::new(ledger.clone()));
    let (writer, driven) = drive_all(writer, planned, vendors, options, watch, stop).await?;
    if let Writer::Inline(writer) = writer {
        writer.close();
    }
    driven.sum_up(&mut ledger.store())
}

/// Reads what a run begins with.
fn begin(
    store: &Store,
    vendors: &Vendors,
    options: &RunOptions,
) -> Result<Vec<Entry>, LedgerError> {
    let now = vendors.client().time().now();
    for vendor in Vendor::ALL {
        if let Some(pace) = vendors.pace(vendor) {
            pace.restore_used_today(store.calls_today(vendor, now)?);
        }
    }
    options.orders.iter().map(|id| store.order(id)).collect()
}

/// A run whose orders have all come as far as they come.
struct Driven {
    options: RunOptions,
    manifest: Manifest,
    tally: Tally,
    left: HashMap<OrderId, String>,
    time: Arc<dyn Time>,
    stop: Stop,
}

async fn drive_all(
    writer: Writer,
    planned: Vec<Entry>,
    vendors: Arc<Vendors>,
    options: RunOptions,
    watch: impl Fn(Event) + Send + Sync + 'static,
    stop: Stop,
) -> Result<(Writer, Driven), RunError> {
    let time = Arc::clone(vendors.client().time());
    let mut queue = Queue::new(&vendors);
    let mut left = HashMap::new();
    let shared = Shared::new(writer, vendors, options, Box::new(watch), stop.clone())
        .map(Arc::new)
        .map_err(RunError::Start)?;
    let mut asked = BTreeSet::new();
    for entry in planned {
        let id = entry.order.id().clone();
        match first_input(&shared, entry).await {
            First::Look(job) => {
                asked.insert(job.vendor);
                queue.add(job, time.now());
            }
            First::Settled => {}
            First::Left(why) => {
                left.insert(id, why);
            }
        }
    }

    for vendor in asked {
        if let Some(origin) = shared.vendors.plain_http(vendor) {
            (shared.watch)(Event::PlainHttp {
                vendor,
                address: origin.to_string(),
            });
        }
    }

    drive(&shared, queue, &mut left, &stop).await;

    let shared = Arc::into_inner(shared)
        .ok_or_else(|| RunError::Broken("a task outlived the run".to_owned()))?;
    let (writer, options, manifest, tally) = shared.finish();
    let driven = Driven {
        options,
        manifest,
        tally,
        left,
        time,
        stop,
    };
    Ok((writer, driven))
}

impl Driven {
    /// Writes the manifest and sums up, when everything is in the ledger.
    fn sum_up(mut self, store: &mut Store) -> Result<Summary, RunError> {
        if let Some(why) = self.tally.broken {
            return Err(RunError::Broken(why));
        }
        // What an interrupt cut off in mid-charge is uncertain from now on, and not only at the
        // next start. It may have been charged.
        let cut_off = store.recover(self.time.now())?;
        let ids = self.options.orders;
        let stored: Vec<_> = ids
            .iter()
            .map(|id| store.order(id))
            .collect::<Result<_, _>>()?;
        self.manifest
            .rewrite(
                &self.options.folder,
                stored.iter().filter_map(ManifestEntry::of),
            )
            .map_err(|source| RunError::Manifest {
                path: self.manifest.path().to_owned(),
                source,
            })?;
        let orders = ids
            .into_iter()
            .map(|id| (id.clone(), self.left.remove(&id)))
            .collect();
        Ok(Summary {
            orders,
            charged: self.tally.charged + cut_off,
            charges: self.tally.charges + store.recovered(),
            is_interrupted: self.stop.is_requested(),
            is_budget_spent: self.tally.is_budget_spent,
            accounts: self.tally.troubles(),
            waits_until: self.tally.waits_until,
        })
    }
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
        State::Uncertain { .. } if order.again_at(&shared.policy(product)).is_some() => {
            Input::Found
        }
        state if state.is_settled() => return First::Settled,
        _ => Input::Found,
    };
    First::Look(Job {
        id: order.id().clone(),
        vendor: product.vendor(),
        is_new: order.placement().is_none(),
        // What is due later is looked at all the same: only the order knows why it waits, and so
        // whether a run waits for it.
        due: order
            .due()
            .map_or(Timestamp::EPOCH, |due| due.min(shared.time.now())),
        why: WaitReason::Backoff,
        input,
    })
}

/// Looks at the orders as they come due, until nothing is left that this run can do.
async fn drive(
    shared: &Arc<Shared>,
    mut queue: Queue,
    left: &mut HashMap<OrderId, String>,
    stop: &Stop,
) {
    let time = &shared.time;
    let mut chains: JoinSet<Landed> = JoinSet::new();
    let mut farewell: Option<Duration> = None;
    // Until when the run said that it waits.
    let mut said: Option<Timestamp> = None;
    loop {
        let is_stopping = stop.is_requested();
        if is_stopping && farewell.is_none() {
            farewell = Some(time.monotonic() + FAREWELL);
        }
        let now = time.now();
        let is_over = is_stopping || shared.is_ledger_broken();
        while !is_over && let Some(job) = queue.pop(now) {
            let shared = Arc::clone(shared);
            chains.spawn(async move { chain::follow(&shared, job).await });
        }
        let next_due = queue.next_due();
        if chains.is_empty() {
            let may_wait = queue.has_short_waits() || shared.options.wait;
            if is_over || next_due.is_none() || !may_wait {
                break;
            }
            if let Some(until) = next_due
                && !queue.has_short_waits()
                && said != Some(until)
            {
                said = Some(until);
                let orders = queue.waiting();
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
            break;
        }
        tokio::select! {
            // In one order, so that the same things happen when the same things come.
            biased;
            Some(landed) = chains.join_next(), if !chains.is_empty() => {
                // A chain that panicked has left its order as it is in the ledger.
                let Ok(Landed { id, vendor, is_new, end }) = landed else { continue };
                queue.landed(vendor);
                match end {
                    End::Wait { until: due, why } => {
                        let input = Input::Look;
                        queue.add(Job { id, vendor, is_new, due, why, input }, time.now());
                    }
                    End::Left(why) => {
                        left.insert(id, why);
                    }
                    End::Settled => {}
                }
            }
            () = time.sleep(pause) => {}
            () = stop.requested(), if !is_stopping => {}
        }
    }
    // What has not landed by now is cut off; the ledger knows what it was about to do.
    chains.shutdown().await;
    for job in queue.drain() {
        if matches!(job.why, WaitReason::NextDay | WaitReason::Cooldown) {
            shared.waits(job.due);
        }
        let why = match job.why {
            _ if stop.is_requested() => "interrupted".to_owned(),
            WaitReason::NextDay => format!("the daily quota is used up until {}", job.due),
            WaitReason::Cooldown => format!("the vendor wants it left alone until {}", job.due),
            WaitReason::Poll | WaitReason::Backoff => "the run ended before".to_owned(),
        };
        left.entry(job.id).or_insert(why);
    }
}
