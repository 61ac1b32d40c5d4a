//! The time limits of a download, and who is to blame where they are met.

use std::time::Duration;

use jindiao_words::say;

use super::{DownloadError, DownloadErrorKind, DownloadLimits};
use crate::Time;

/// Less than this within the idle limit is no progress.
const PROGRESS: u64 = 4096;

/// The two time limits of a download.
pub(super) struct Watch<'a> {
    time: &'a dyn Time,
    total: Duration,
    idle: Duration,
    begin: Duration,
    /// How long the host was waited for since it last made progress: what our own disk takes is
    /// not its fault.
    waited: Duration,
    /// What has come since.
    bytes: u64,
}

impl<'a> Watch<'a> {
    pub(super) fn start(time: &'a dyn Time, limits: &DownloadLimits) -> Self {
        Self {
            time,
            total: limits.total,
            idle: limits.idle,
            begin: time.monotonic(),
            waited: Duration::ZERO,
            bytes: 0,
        }
    }

    pub(super) fn progress(&mut self) {
        self.waited = Duration::ZERO;
        self.bytes = 0;
    }

    pub(super) fn received(&mut self, bytes: u64) {
        self.bytes = self.bytes.saturating_add(bytes);
        if self.bytes >= PROGRESS {
            self.progress();
        }
    }

    /// What the host gives, if it gives it within both limits. What is there already is taken,
    /// unless the download as a whole took too long.
    pub(super) async fn during<T>(
        &mut self,
        future: impl Future<Output = T>,
    ) -> Result<T, DownloadError> {
        let asked = self.time.monotonic();
        let total = self.total.saturating_sub(asked.saturating_sub(self.begin));
        let idle = self.idle.saturating_sub(self.waited);
        if !total.is_zero() {
            tokio::select! {
                biased;
                result = future => {
                    let waited = self.time.monotonic().saturating_sub(asked);
                    self.waited = self.waited.saturating_add(waited);
                    return Ok(result);
                }
                () = self.time.sleep(total.min(idle)) => {}
            }
        }
        let text = if total <= idle {
            say!(
                "the download took longer than {time}",
                time = format!("{:?}", self.total)
            )
        } else {
            say!(
                "the link's host sent next to nothing for {time}",
                time = format!("{:?}", self.idle)
            )
        };
        Err(DownloadError::new(DownloadErrorKind::Slow, text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::VirtualClock;
    use jindiao_protocol::Timestamp;

    const SECOND: Duration = Duration::from_secs(1);

    /// Looks after a download that may take 100 s, and 10 s without progress.
    fn limits() -> DownloadLimits {
        DownloadLimits::default()
            .with_total(SECOND * 100)
            .with_idle(SECOND * 10)
    }

    #[tokio::test(start_paused = true)]
    async fn only_the_host_is_waited_for() {
        let clock = VirtualClock::starting_at(Timestamp::EPOCH);
        let mut watch = Watch::start(&clock, &limits());
        // A slow disk, before the first byte and after it.
        for _ in 0..2 {
            clock.sleep(SECOND * 11).await;
            watch.during(clock.sleep(SECOND * 4)).await.expect("8 s");
            watch.received(1);
        }
        let error = watch.during(clock.sleep(SECOND * 3)).await;
        let error = error.expect_err("11 s for next to nothing");
        assert!(error.to_string().contains("nothing for 10s"), "{error}");
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_there_is_taken_until_the_whole_took_too_long() {
        let clock = VirtualClock::starting_at(Timestamp::EPOCH);
        let mut watch = Watch::start(&clock, &limits());
        let error = watch.during(std::future::pending::<()>()).await;
        error.expect_err("nothing for 10 s");
        watch.waited = SECOND * 10;
        watch.during(async {}).await.expect("it is there");
        clock.sleep(SECOND * 90).await;
        let error = watch.during(async {}).await.expect_err("100 s");
        assert!(error.to_string().contains("longer than 100s"), "{error}");
    }
}
