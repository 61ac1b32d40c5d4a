//! Looks at the ledger for all who ask: again only when it pays.

use std::sync::Arc;
use std::time::{Duration, Instant};

use jindiao_batch::{LedgerError, Lookout, Overview};

use crate::Options;

/// For how long an overview is good where the ledger did not change: its times go on.
const GOOD_FOR: Duration = Duration::from_secs(5);

/// The last look at the ledger, and what it is looked at with.
#[derive(Default)]
pub(crate) struct Looking {
    lookout: Option<Lookout>,
    last: Option<Last>,
}

struct Last {
    overview: Arc<Overview>,
    version: i64,
    at: Instant,
    cost: Duration,
}

impl Looking {
    pub(crate) fn lookout(&mut self, options: &Options) -> Result<&mut Lookout, LedgerError> {
        match &mut self.lookout {
            Some(lookout) => Ok(lookout),
            none => Ok(none.insert(Lookout::open(&options.ledger)?)),
        }
    }

    /// The ledger at a glance. However many ask, looking takes a tenth of the time at most.
    pub(crate) fn overview(&mut self, options: &Options) -> Result<Arc<Overview>, LedgerError> {
        let version = self.lookout(options)?.version()?;
        if let Some(last) = &self.last {
            let age = last.at.elapsed();
            let is_whole = last.overview.unread == 0;
            let is_same = is_whole && last.version == version && age < GOOD_FOR;
            if is_same || (is_whole && age < last.cost.saturating_mul(9)) {
                return Ok(Arc::clone(&last.overview));
            }
        }
        let begin = Instant::now();
        let overview = Arc::new(self.lookout(options)?.look((options.clock)())?);
        self.last = Some(Last {
            overview: Arc::clone(&overview),
            version,
            at: Instant::now(),
            cost: begin.elapsed(),
        });
        Ok(overview)
    }

    /// What was seen before is old now.
    pub(crate) fn forget(&mut self) {
        self.last = None;
    }
}
