//! Many seeds on all cores.

use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use jindiao_client::{SystemClock, Time};
use tempfile::TempDir;

use crate::schedule::{Rehearsal, Story, rehearse};
use crate::tally::Tally;

/// Which seeds are played.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Campaign {
    /// The first seed; the others follow it one by one.
    pub seed: u64,
    /// How many.
    pub schedules: u64,
    /// After how long no new one is begun.
    pub limit: Option<Duration>,
    /// On how many threads; 0 takes one a core.
    pub threads: usize,
}

/// What came of a campaign.
#[derive(Debug, Default)]
pub struct CampaignReport {
    /// What was counted.
    pub tally: Tally,
    /// The seeds that failed and what went wrong, lowest first.
    pub failures: Vec<(u64, String)>,
    /// How long it took.
    pub duration: Duration,
}

impl Campaign {
    /// Plays the seeds.
    ///
    /// # Errors
    /// If there is no place for files.
    pub fn run(self) -> io::Result<CampaignReport> {
        let clock = SystemClock::new();
        let next = AtomicU64::new(0);
        let report = Mutex::new(CampaignReport::default());
        let threads = match self.threads {
            0 => std::thread::available_parallelism().map_or(1, usize::from),
            n => n,
        };
        let dirs = (0..threads)
            .map(|_| workplace())
            .collect::<io::Result<Vec<_>>>()?;
        std::thread::scope(|scope| {
            for dir in &dirs {
                scope.spawn(|| {
                    let mut sum = Tally::default();
                    let mut failures = Vec::new();
                    let dir = dir.path().join("stage");
                    while self.limit.is_none_or(|limit| clock.monotonic() < limit) {
                        let n = next.fetch_add(1, Ordering::Relaxed);
                        if n >= self.schedules {
                            break;
                        }
                        let seed = self.seed.wrapping_add(n);
                        let rehearsal = rehearse(seed, &dir, Story::Untold);
                        sum += &rehearsal.tally;
                        failures.extend(rehearsal.failure.map(|why| (seed, why)));
                    }
                    let mut report = report.lock().unwrap_or_else(PoisonError::into_inner);
                    report.tally += &sum;
                    report.failures.extend(failures);
                });
            }
        });
        let mut report = report.into_inner().unwrap_or_else(PoisonError::into_inner);
        report.failures.sort();
        report.duration = clock.monotonic();
        Ok(report)
    }
}

/// Plays one seed in a place of its own.
///
/// # Errors
/// If there is no place for files.
pub fn replay(seed: u64, story: Story) -> io::Result<Rehearsal> {
    let dir = workplace()?;
    Ok(rehearse(seed, &dir.path().join("stage"), story))
}

/// A folder for files that are written and read a thousand times a second: in memory where there
/// is such a place.
fn workplace() -> io::Result<TempDir> {
    let memory = Path::new("/dev/shm");
    let place = if memory.is_dir() {
        memory.to_owned()
    } else {
        std::env::temp_dir()
    };
    tempfile::Builder::new()
        .prefix("jindiao-rehearsal-")
        .tempdir_in(place)
}
