//! Many requests to the server: so many at a time, so many a second, and until somebody stops it.

use std::future::Future;
use std::time::Duration;

use jindiao_cluster::ClusterError;
use tokio::task::JoinSet;
use tokio::time::{Interval, MissedTickBehavior, interval, sleep, timeout};

/// How many are under way at a time.
const AT_ONCE: usize = 64;
/// The time between two.
const PACE: Duration = Duration::from_millis(1);
/// How long those under way may take when it is stopped.
const LAST: Duration = Duration::from_secs(10);
/// How often something is tried again that the server did not answer, and after which pause first.
const TRIES: u32 = 5;
const PAUSE: Duration = Duration::from_millis(200);

/// Requests under way.
pub(super) struct Flow<T> {
    tasks: JoinSet<T>,
    pace: Interval,
}

impl<T: Send + 'static> Flow<T> {
    pub(super) fn new() -> Self {
        let mut pace = interval(PACE);
        pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Self {
            tasks: JoinSet::new(),
            pace,
        }
    }

    /// Begins another one. Gives one that has ended, where as many are under way as may be.
    pub(super) async fn begin(
        &mut self,
        task: impl Future<Output = T> + Send + 'static,
    ) -> Option<T> {
        self.pace.tick().await;
        let ended = if self.tasks.len() < AT_ONCE {
            None
        } else {
            self.next().await
        };
        // Nothing is waited for between taking one out and giving it: who stops waiting loses none.
        self.tasks.spawn(task);
        ended
    }

    /// The next one that has ended; none when none is under way.
    async fn next(&mut self) -> Option<T> {
        // One that panicked has said so.
        while let Some(ended) = self.tasks.join_next().await {
            if let Ok(ended) = ended {
                return Some(ended);
            }
        }
        None
    }

    /// All that ends, and whether `stop` came before that: then what ends within a short while.
    pub(super) async fn end(mut self, stop: impl Future<Output = ()>) -> (Vec<T>, bool) {
        let mut ended = Vec::new();
        tokio::pin!(stop);
        loop {
            tokio::select! {
                one = self.next() => match one {
                    Some(one) => ended.push(one),
                    None => return (ended, false),
                },
                () = &mut stop => {
                    ended.extend(self.rest().await);
                    return (ended, true);
                }
            }
        }
    }

    /// What ends within a short while; the rest is not waited for.
    async fn rest(&mut self) -> Vec<T> {
        let mut ended = Vec::new();
        let _ = timeout(LAST, async {
            while let Some(one) = self.next().await {
                ended.push(one);
            }
        })
        .await;
        self.tasks.abort_all();
        ended
    }
}

/// Asks again, a few times, while the server does not answer. Whatever is asked must be one that
/// may be asked twice.
pub(super) async fn patiently<T, F>(mut ask: impl FnMut() -> F) -> Result<T, ClusterError>
where
    F: Future<Output = Result<T, ClusterError>>,
{
    let mut pause = PAUSE;
    for _ in 1..TRIES {
        match ask().await {
            Err(error) if error.is_passing() => sleep(pause).await,
            ended => return ended,
        }
        pause *= 2;
    }
    ask().await
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn everything_ends_and_not_too_much_at_once() {
        let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let mut flow = Flow::new();
        let mut ended = Vec::new();
        for n in 0..500 {
            let (now, most) = (Arc::clone(&now), Arc::clone(&most));
            let task = async move {
                let running = now.fetch_add(1, Ordering::SeqCst) + 1;
                most.fetch_max(running, Ordering::SeqCst);
                sleep(Duration::from_millis(300)).await;
                now.fetch_sub(1, Ordering::SeqCst);
                n
            };
            ended.extend(flow.begin(task).await);
        }
        let (rest, is_stopped) = flow.end(std::future::pending()).await;
        assert!(!is_stopped);
        ended.extend(rest);
        ended.sort_unstable();
        assert_eq!(ended, (0..500).collect::<Vec<_>>());
        assert_eq!(most.load(Ordering::SeqCst), AT_ONCE);
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_stops_waiting_loses_nothing() {
        let mut flow = Flow::new();
        let (mut begun, mut ended) = (0, 0);
        for n in 0..2000 {
            let task = sleep(Duration::from_millis(n % 7 * 20));
            // Given up at any moment.
            let patience = Duration::from_micros(n % 13 * 200);
            let len = flow.tasks.len();
            if let Ok(one) = timeout(patience, flow.begin(task)).await {
                begun += 1;
                ended += usize::from(one.is_some());
            } else {
                assert_eq!(flow.tasks.len(), len, "one was taken out and not given");
            }
        }
        let (rest, _) = flow.end(std::future::pending()).await;
        assert!(begun > 100);
        assert_eq!(ended + rest.len(), begun);
    }

    #[tokio::test(start_paused = true)]
    async fn what_hangs_is_not_waited_for() {
        let mut flow = Flow::new();
        flow.begin(std::future::ready(1)).await;
        flow.begin(std::future::pending()).await;
        let stop = sleep(Duration::from_millis(50));
        assert_eq!(flow.end(stop).await, (vec![1], true));
    }
}
