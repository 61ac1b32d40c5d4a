//! A run: drives the orders of a list to their end.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use jindiao_client::{ClockNote, Time, Vendors};
use jindiao_order::{Fen, Order, OrderId, Policy, Product, Refusal, StateName, WaitReason};
use jindiao_protocol::{Timestamp, Vendor};
use jindiao_words::{Message, Say, say};
use tokio::sync::watch;

use crate::drive::drive_listed;
use crate::inline::Inline;
use crate::shared::{Shared, Tally};
use crate::writer::{ThreadWriter, Writer};
use crate::{Folder, InlineLedger, LedgerError, Manifest, ManifestEntry, Prices, Store};

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
    let rest = match drive_listed(&shared).await {
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
            charged: self.tally.charged + cut_off.at_stake,
            charges: self.tally.charges + cut_off.orders,
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
