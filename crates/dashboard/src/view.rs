//! What a page shows: the ledger at a glance, a page of its uncertain orders, and what the
//! configuration says of the accounts.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use jindiao_batch::{Doubtful, LedgerError, Lookout, Overview};
use jindiao_order::{Policy, Product, StateName};
use jindiao_protocol::{Timestamp, Vendor};

/// What the configuration says of an account: no credential.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountTerms {
    /// With whom.
    pub vendor: Vendor,
    /// The time from one call to the next.
    pub interval: Duration,
    /// How many calls may be made in a day of China.
    pub daily_limit: Option<u64>,
}

/// All that one page shows.
#[derive(Debug, Clone)]
pub struct View {
    /// What the ledger is called.
    pub ledger: String,
    /// The ledger at a glance.
    pub overview: Overview,
    /// Some of the uncertain orders, oldest first.
    pub doubts: Vec<Doubtful>,
    /// How many older ones there are.
    pub skipped: u32,
    /// The accounts that are configured.
    pub accounts: Vec<AccountTerms>,
    /// The policies that differ from [`Policy::of`]: they say what becomes of a doubt by itself.
    pub policies: BTreeMap<Product, Policy>,
    /// What follows `jindiao resolve ORDER VERDICT` so that it finds this ledger.
    pub flag: String,
}

impl View {
    /// The ledger at `path` as it stands at `now`, with up to `doubts` uncertain orders. It reads
    /// all of the ledger, however long that takes.
    ///
    /// # Errors
    /// If the ledger cannot be read.
    pub fn of(
        path: &Path,
        now: Timestamp,
        accounts: Vec<AccountTerms>,
        policies: BTreeMap<Product, Policy>,
        flag: String,
        doubts: u32,
    ) -> Result<Self, LedgerError> {
        let mut lookout = Lookout::open(path)?;
        let mut overview = lookout.look(now)?;
        while overview.unread > 0 {
            overview = lookout.look(now)?;
        }
        Ok(Self {
            ledger: file_name(path),
            doubts: lookout.uncertain(0, doubts)?,
            skipped: 0,
            overview,
            accounts,
            policies,
            flag,
        })
    }

    /// How many orders are in one of these states.
    pub(crate) fn orders(&self, states: &[StateName]) -> u64 {
        let counts = self.overview.counts.iter();
        let counts = counts.filter(|count| states.contains(&count.state));
        counts.map(|count| count.orders).sum()
    }
}

/// The name of a file, for people.
pub(crate) fn file_name(path: &Path) -> String {
    let name = path.file_name().unwrap_or(path.as_os_str());
    name.to_string_lossy().into_owned()
}
