//! A ledger that is written in the caller's own thread, and outlives the run that writes it.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jindiao_client::BoxFuture;

use crate::store::Write;
use crate::writer::{Failed, failed};
use crate::{LedgerError, Store};

/// A ledger for [`run_inline`](crate::run_inline): for hosts of their own and simulations.
///
/// It is written in the caller's own thread, one commit for each change that must last, and stays
/// with whoever has a clone of it: when the run is dropped in the middle, what was committed is in
/// it, and nothing else. [`Store::reopen`] then makes of it what a process finds that starts anew.
#[derive(Clone)]
pub struct InlineLedger {
    store: Arc<Mutex<Store>>,
    around: Option<Arc<Around>>,
}

/// What is waited for around a commit.
type Around = dyn Fn(Commit) -> BoxFuture<'static, ()> + Send + Sync;

/// A moment around a commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Commit {
    /// Nothing of it is durable yet.
    Before,
    /// All of it is durable.
    After,
}

impl InlineLedger {
    /// Keeps the ledger in the caller's thread.
    pub fn new(store: Store) -> Self {
        Self {
            store: Arc::new(Mutex::new(store)),
            around: None,
        }
    }

    /// The same ledger, whose runs wait for `around` before and after each commit. A future that
    /// never ends is a process that dies there.
    #[must_use]
    pub fn with_around(
        mut self,
        around: impl Fn(Commit) -> BoxFuture<'static, ()> + Send + Sync + 'static,
    ) -> Self {
        self.around = Some(Arc::new(around));
        self
    }

    /// The ledger itself. A run waits while it is held.
    pub fn store(&self) -> MutexGuard<'_, Store> {
        // SQLite keeps the ledger whole between any two statements.
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for InlineLedger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InlineLedger").finish_non_exhaustive()
    }
}

/// Writes an [`InlineLedger`] during one run.
#[derive(Debug)]
pub(crate) struct Inline {
    ledger: InlineLedger,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// What goes with the next commit.
    gathered: Vec<Write>,
    broken: Option<Failed>,
}

impl Inline {
    pub(crate) fn new(ledger: InlineLedger) -> Self {
        Self {
            ledger,
            state: Mutex::default(),
        }
    }

    pub(crate) async fn write(&self, writes: Vec<Write>) -> Result<(), Failed> {
        self.state().gathered.extend(writes);
        self.around(Commit::Before).await;
        self.commit()?;
        self.around(Commit::After).await;
        Ok(())
    }

    pub(crate) fn note(&self, writes: Vec<Write>) {
        self.state().gathered.extend(writes);
    }

    pub(crate) fn ask<T>(
        &self,
        question: impl FnOnce(&Store) -> Result<T, LedgerError>,
    ) -> Result<T, Failed> {
        // What was said before must be seen.
        self.commit()?;
        question(&self.ledger.store()).map_err(|error| failed(&error))
    }

    /// Commits what is left to be committed.
    pub(crate) fn close(self) {
        // A failure is in the log, and what is lost is what may be.
        let _ = self.commit();
    }

    /// Commits what has gathered, unless another order's commit took it along. After a first
    /// failure nothing more is written: what follows rests on what was lost.
    fn commit(&self) -> Result<(), Failed> {
        let mut state = self.state();
        let writes = std::mem::take(&mut state.gathered);
        if state.broken.is_none()
            && !writes.is_empty()
            && let Err(error) = self.ledger.store().write(&writes)
        {
            tracing::error!(%error, "the ledger cannot be written");
            state.broken = Some(failed(&error));
        }
        state.broken.clone().map_or(Ok(()), Err)
    }

    async fn around(&self, moment: Commit) {
        if let Some(around) = &self.ledger.around {
            around(moment).await;
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // The state is whole between any two statements.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Change;
    use crate::{LedgerKind, Prices};
    use jindiao_order::{OrderId, Product, StateName, Wanted};
    use jindiao_protocol::{Period, Subject, Timestamp};

    fn abandoned(ledger: &InlineLedger) -> (OrderId, Write) {
        let wanted = Wanted::new(Product::QccRiskReport, Subject::Period(Period::Day), None)
            .expect("wanted");
        let mut store = ledger.store();
        let plan = store.plan(&[wanted], &Prices::default(), None, Timestamp::EPOCH);
        let id = plan.expect("a plan")[0].id.clone();
        let found = store.found(&id).expect("an order");
        let order = found
            .entry
            .order
            .decide(Timestamp::EPOCH, jindiao_order::Verdict::Abandon)
            .expect("a decision");
        let write = Write::Order(Box::new(Change::of(found.row, &order, Timestamp::EPOCH)));
        (id, write)
    }

    fn ledger() -> InlineLedger {
        let store = Store::in_memory(LedgerKind::Simulated, Timestamp::EPOCH);
        InlineLedger::new(store.expect("a ledger"))
    }

    fn state(ledger: &InlineLedger, id: &OrderId) -> StateName {
        ledger
            .store()
            .order(id)
            .expect("an order")
            .order
            .state()
            .name()
    }

    #[tokio::test]
    async fn what_is_only_noted_goes_with_the_next_commit_or_is_lost() {
        let ledger = ledger();
        let (id, write) = abandoned(&ledger);
        let writer = Inline::new(ledger.clone());
        writer.note(vec![write]);
        assert_eq!(state(&ledger, &id), StateName::Planned);
        drop(writer);
        assert_eq!(state(&ledger, &id), StateName::Planned);

        let (_, write) = abandoned(&ledger);
        let writer = Inline::new(ledger.clone());
        writer.note(vec![write]);
        writer.write(Vec::new()).await.expect("a commit");
        assert_eq!(state(&ledger, &id), StateName::Failed);
    }

    #[tokio::test]
    async fn a_process_that_dies_before_the_commit_has_written_nothing() {
        for (dies, left) in [
            (Commit::Before, StateName::Planned),
            (Commit::After, StateName::Failed),
        ] {
            let ledger = ledger();
            let (id, write) = abandoned(&ledger);
            let around = ledger.clone().with_around(move |moment| {
                if moment == dies {
                    Box::pin(std::future::pending())
                } else {
                    Box::pin(std::future::ready(()))
                }
            });
            let writer = Inline::new(around);
            tokio::select! {
                biased;
                result = writer.write(vec![write]) => panic!("it lives: {result:?}"),
                () = std::future::ready(()) => {}
            }
            drop(writer);
            assert_eq!(state(&ledger, &id), left);
        }
    }
}
