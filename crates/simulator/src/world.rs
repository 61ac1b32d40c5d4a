//! What the simulated vendors know.

use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use jindiao_signing::{qcc, yibeidiao};
use serde::{Deserialize, Serialize};

use crate::charges::Ledger;
use crate::document::Kind;
use crate::fault::Faults;
use crate::options::Moment;
use crate::pace::Pace;
use crate::sync::lock;
use crate::{Credentials, FaultPlan, Operation, Options};

/// Everything that calls share.
pub(crate) struct World {
    pub(crate) options: Options,
    pub(crate) base_url: String,
    pub(crate) credentials: Credentials,
    pub(crate) qcc: (qcc::AppKey, qcc::SecretKey),
    pub(crate) yibeidiao: (yibeidiao::CompanyKey, yibeidiao::Token),
    pub(crate) ledger: Ledger,
    pub(crate) qcc_pace: Pace,
    pub(crate) patsnap_pace: Pace,
    pub(crate) yibeidiao_pace: Pace,
    faults: RwLock<Arc<Faults>>,
    orders: Mutex<HashMap<String, Order>>,
    seqs: Mutex<HashSet<String>>,
    serial: AtomicU64,
    journal: Option<Mutex<File>>,
}

/// An accepted order.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Order {
    pub(crate) reference: String,
    pub(crate) operation: Operation,
    pub(crate) subject: String,
    pub(crate) kind: Kind,
    /// Milliseconds since 1970.
    placed: i64,
    pub(crate) fails: bool,
    #[serde(skip)]
    polls: u32,
}

/// Where an order stands at a poll.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    /// Pending, and how many polls there were before.
    Pending(u32),
    Ready,
    Failed,
}

impl World {
    pub(crate) fn new(options: Options, base_url: String) -> io::Result<Self> {
        let credentials = Credentials::simulated();
        let ledger = Ledger::default();
        let mut orders = HashMap::new();
        let journal = match &options.state_file {
            Some(path) => {
                let (file, earlier) = journal(path)?;
                for order in earlier {
                    ledger.charge(order.operation, &order.subject);
                    orders.insert(order.reference.clone(), order);
                }
                Some(Mutex::new(file))
            }
            None => None,
        };
        Ok(Self {
            base_url,
            qcc: credentials.qcc(),
            yibeidiao: credentials.yibeidiao(),
            credentials,
            ledger,
            qcc_pace: Pace::new(&options),
            patsnap_pace: Pace::new(&options),
            yibeidiao_pace: Pace::new(&options),
            faults: RwLock::new(Arc::new(Faults::new(options.seed, options.faults.clone()))),
            // A later incarnation must not repeat the references of an earlier one.
            serial: AtomicU64::new(u64::try_from(orders.len()).unwrap_or(0)),
            orders: Mutex::new(orders),
            seqs: Mutex::default(),
            journal,
            options,
        })
    }

    /// A number that was not given out before.
    pub(crate) fn serial(&self) -> u64 {
        self.serial.fetch_add(1, Ordering::Relaxed)
    }

    /// Accepts an order, and charges for it.
    pub(crate) fn place(
        &self,
        operation: Operation,
        subject: String,
        kind: Kind,
        reference: String,
        now: Moment,
        fails: bool,
    ) {
        self.ledger.charge(operation, &subject);
        let order = Order {
            reference,
            operation,
            subject,
            kind,
            placed: now.0,
            fails,
            polls: 0,
        };
        self.remember(&order);
        lock(&self.orders).insert(order.reference.clone(), order);
    }

    pub(crate) fn order(&self, reference: &str) -> Option<Order> {
        lock(&self.orders).get(reference).cloned()
    }

    /// Counts a poll of an order that `operation` created.
    pub(crate) fn poll(
        &self,
        operation: Operation,
        reference: &str,
        now: Moment,
    ) -> Option<(Order, Stage)> {
        let mut orders = lock(&self.orders);
        let order = orders
            .get_mut(reference)
            .filter(|order| order.operation == operation)?;
        let before = order.polls;
        order.polls = before.saturating_add(1);
        let age = now.since(Moment(order.placed));
        let stage = if self.options.pending.is_pending(before, age) {
            Stage::Pending(before)
        } else if order.fails {
            Stage::Failed
        } else {
            Stage::Ready
        };
        Some((order.clone(), stage))
    }

    /// Whether this is the first time that `seq` is seen.
    pub(crate) fn first_seen(&self, seq: &str) -> bool {
        lock(&self.seqs).insert(seq.to_owned())
    }

    pub(crate) fn faults(&self) -> Arc<Faults> {
        self.faults
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    pub(crate) fn set_faults(&self, plan: FaultPlan) {
        let faults = Arc::new(Faults::new(self.options.seed, plan));
        *self.faults.write().unwrap_or_else(PoisonError::into_inner) = faults;
    }

    fn remember(&self, order: &Order) {
        let Some(journal) = &self.journal else { return };
        let written = serde_json::to_vec(order)
            .map_err(io::Error::from)
            .and_then(|mut line| {
                line.push(b'\n');
                lock(journal).write_all(&line)
            });
        if let Err(error) = written {
            tracing::warn!(%error, "the simulator's state file cannot be written");
        }
    }
}

/// Opens a state file, and reads the orders of earlier runs. A last line that a kill cut off is no
/// order, nobody was told of it: it goes, so that the next line does not stick to it.
fn journal(path: &Path) -> io::Result<(File, Vec<Order>)> {
    let mut options = File::options();
    options.create(true).read(true).append(true);
    // It says what was ordered about whom.
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    let mut text = Vec::new();
    file.read_to_end(&mut text)?;
    let whole = text
        .iter()
        .rposition(|byte| *byte == b'\n')
        .map_or(0, |end| end + 1);
    let (whole, torn) = text.split_at(whole);
    let lines = whole
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty());
    let orders: Result<Vec<Order>, _> = lines.map(serde_json::from_slice).collect();
    let orders = orders.map_err(|error| {
        let message = format!("{}: not a simulator's state file: {error}", path.display());
        io::Error::new(io::ErrorKind::InvalidData, message)
    })?;
    if !torn.is_empty() {
        if !torn.starts_with(b"{") {
            let message = format!("{}: not a simulator's state file", path.display());
            return Err(io::Error::new(io::ErrorKind::InvalidData, message));
        }
        file.set_len(u64::try_from(whole.len()).unwrap_or(u64::MAX))?;
    }
    Ok((file, orders))
}
