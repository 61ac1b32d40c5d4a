//! Whether the shelf takes reports: nothing is ordered that could not be stored.

use std::sync::Mutex;
use std::time::Duration;

use jindiao_client::Time;
use jindiao_order::{DownloadFailure, DownloadProblem, StoredReport};

/// A shelf that is in trouble is tried again this often, and not more often.
const AGAIN: Duration = Duration::from_secs(30);

/// What is known of the shelf.
#[derive(Debug, Default)]
pub(crate) struct ShelfHealth {
    trouble: Mutex<Option<Trouble>>,
}

#[derive(Debug, Clone)]
struct Trouble {
    why: String,
    /// When it was last tried, on the clock that never goes back.
    tried: Duration,
}

impl ShelfHealth {
    /// Takes in what came of storing a report.
    pub(crate) fn heed(&self, time: &dyn Time, result: &Result<StoredReport, DownloadFailure>) {
        match result {
            Ok(_) => self.set(None),
            Err(failure) if failure.problem == DownloadProblem::Disk => {
                tracing::error!(
                    why = failure.text,
                    "a report cannot be stored: nothing new is ordered"
                );
                self.set(Some(Trouble {
                    why: failure.text.clone(),
                    tried: time.monotonic(),
                }));
            }
            // That was the link's or the host's.
            Err(_) => {}
        }
    }

    /// Why reports cannot be stored, if they cannot.
    pub(crate) fn trouble(&self) -> Option<String> {
        self.known().map(|it| it.why)
    }

    /// Whether a report could be stored now. One in trouble is tried with `probe`, now and then.
    ///
    /// # Errors
    /// Why it could not, in one line.
    pub(crate) async fn check(
        &self,
        time: &dyn Time,
        probe: impl Future<Output = Result<(), String>>,
    ) -> Result<(), String> {
        let Some(trouble) = self.known() else {
            return Ok(());
        };
        let now = time.monotonic();
        if now.saturating_sub(trouble.tried) < AGAIN {
            return Err(trouble.why);
        }
        // Before it is tried: whoever comes meanwhile does not try, too.
        self.set(Some(Trouble {
            tried: now,
            ..trouble
        }));
        match probe.await {
            Ok(()) => {
                self.set(None);
                Ok(())
            }
            Err(why) => {
                self.set(Some(Trouble {
                    why: why.clone(),
                    tried: now,
                }));
                Err(why)
            }
        }
    }

    fn known(&self) -> Option<Trouble> {
        match self.trouble.lock() {
            Ok(trouble) => trouble.clone(),
            Err(poisoned) => poisoned.into_inner().clone(),
        }
    }

    fn set(&self, trouble: Option<Trouble>) {
        match self.trouble.lock() {
            Ok(mut known) => *known = trouble,
            Err(poisoned) => *poisoned.into_inner() = trouble,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::ready;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

    use jindiao_batch::LedgerKind;
    use jindiao_client::{Asked, BoxFuture, SendGuard, VirtualClock};
    use jindiao_order::{Call, Order, Product, Wanted};
    use jindiao_protocol::{Company, Delivery, Link, Subject, Timestamp, Vendor};

    use super::*;
    use crate::host::Unready;
    use crate::{Hands, Host, Ready};

    fn failed(problem: DownloadProblem) -> Result<StoredReport, DownloadFailure> {
        Err(DownloadFailure {
            problem,
            text: "full".to_owned(),
        })
    }

    #[tokio::test(start_paused = true)]
    async fn a_shelf_in_trouble_is_tried_now_and_then() {
        let clock = VirtualClock::starting_at(Timestamp::EPOCH);
        let health = ShelfHealth::default();
        let no = || ready(Err("still full".to_owned()));
        let never = async { panic!("nobody tries a shelf that is known") };
        assert_eq!(health.check(&clock, never).await, Ok(()));
        health.heed(&clock, &failed(DownloadProblem::LinkDead));
        assert_eq!(health.trouble(), None);

        health.heed(&clock, &failed(DownloadProblem::Disk));
        let never = async { panic!("that was just now") };
        assert_eq!(health.check(&clock, never).await, Err("full".to_owned()));
        tokio::time::advance(AGAIN).await;
        let still = Err("still full".to_owned());
        assert_eq!(health.check(&clock, no()).await, still);
        let never = async { panic!("that was just now") };
        assert_eq!(health.check(&clock, never).await, still);
        tokio::time::advance(AGAIN).await;
        assert_eq!(health.check(&clock, ready(Ok(()))).await, Ok(()));
        assert_eq!(health.trouble(), None);
    }

    /// A worker whose shelf is full, until it is not.
    #[derive(Debug)]
    struct Full {
        time: Arc<dyn Time>,
        is_full: AtomicBool,
        readied: AtomicU32,
    }

    impl Hands for Full {
        fn time(&self) -> &Arc<dyn Time> {
            &self.time
        }

        fn ready(&self, _: Vendor) -> BoxFuture<'_, Ready> {
            self.readied.fetch_add(1, Ordering::Relaxed);
            Box::pin(ready(Ready {
                turn: Ok(None),
                token_attempts: Vec::new(),
            }))
        }

        fn ask<'a>(&'a self, _: &'a Call, _: Option<SendGuard>) -> BoxFuture<'a, Asked> {
            unreachable!("nobody calls")
        }

        fn slow_down(&self, _: Vendor, _: Option<Duration>) {}

        fn store<'a>(
            &'a self,
            _: &'a Link,
            _: &'a Order,
        ) -> BoxFuture<'a, Result<StoredReport, DownloadFailure>> {
            Box::pin(ready(failed(DownloadProblem::Disk)))
        }

        fn shelf(&self) -> String {
            "full".to_owned()
        }

        fn probe_shelf(&self) -> BoxFuture<'_, Result<(), String>> {
            Box::pin(ready(match self.is_full.load(Ordering::Relaxed) {
                true => Err("still full".to_owned()),
                false => Ok(()),
            }))
        }
    }

    #[tokio::test(start_paused = true)]
    async fn nothing_new_is_ordered_while_reports_cannot_be_stored() {
        let hands = Arc::new(Full {
            time: Arc::new(VirtualClock::starting_at(Timestamp::EPOCH)),
            is_full: AtomicBool::new(true),
            readied: AtomicU32::new(0),
        });
        let host = Host::new(Arc::clone(&hands) as _, LedgerKind::Simulated).expect("a host");
        let host = Arc::new(host);
        let company = Company::named("A".parse().expect("a name"));
        let wanted = Wanted::new(Product::QccSnapshot, Subject::Company(company), None);
        let order = Order::plan(wanted.expect("wanted"), 0, Timestamp::EPOCH);
        let prepare = || Arc::clone(&host).ready(Product::QccSnapshot, order.id().clone());

        assert!(prepare().await.result.is_ok());
        let link = Link::parse("https://host.invalid/r", Timestamp::EPOCH, None);
        let fetched = Arc::clone(&host).store(link.expect("a link"), order.clone());
        assert!(fetched.await.result.is_err());
        assert_eq!(host.counters.unstored.load(Ordering::Relaxed), 1);
        for _ in 0..2 {
            let Err(Unready::Failed(refused)) = prepare().await.result else {
                panic!("the shelf is full");
            };
            assert_eq!(refused.delivery(), Delivery::NeverSent);
            assert!(refused.refusal().text.contains("full"), "{refused:?}");
            tokio::time::advance(AGAIN).await;
        }
        assert_eq!(hands.readied.load(Ordering::Relaxed), 1);
        hands.is_full.store(false, Ordering::Relaxed);
        assert!(prepare().await.result.is_ok());
        assert_eq!(host.shelf_trouble(), None);
    }
}
