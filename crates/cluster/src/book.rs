//! Which charging calls this process may make: each once, soon, and only if it got ready for it.

use std::collections::HashMap;
use std::fmt;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jindiao_client::{Permit, SendGuard, Time};
use jindiao_order::Fence;

use crate::hands::TURN;

/// How long who got ready may take until the intent is durable: less than others wait for their turn,
/// so that an invocation that ended in the middle, with its server, turns none of them away.
const PATIENCE: Duration = Duration::from_secs(TURN.as_secs() / 2);
/// How long a right that ended unused is remembered, so that nobody has to doubt whether its call
/// was made.
const MEMORY: Duration = Duration::from_secs(3600);

/// The rights of one incarnation of a worker process. It lives in memory only: whatever a journal
/// replays, in this process or another, it finds a right used up or unknown.
pub struct Book {
    incarnation: String,
    nonce: AtomicU64,
    time: Arc<dyn Time>,
    rights: Mutex<HashMap<u64, Right>>,
}

/// A right to make one charging call.
struct Right {
    /// Of the account's pace, held from here to the end of the call.
    permit: Option<Permit>,
    ends: SendGuard,
    is_armed: bool,
    /// On the monotonic clock.
    forgotten: Duration,
}

/// What came of asking for a right.
#[derive(Debug)]
pub(crate) enum Taken {
    /// The call may be made now, until the guard ends. The permit is to be held meanwhile.
    Yes(SendGuard, Option<Permit>),
    /// It was this process's right, it ended unused: the call was surely not made.
    Ended,
    /// It was used before, or belongs to another process: the call may have been made.
    Unknown,
}

impl Book {
    /// A book that knows no right.
    ///
    /// # Errors
    /// If the system gives no random numbers.
    pub fn new(time: Arc<dyn Time>) -> io::Result<Self> {
        let mut bytes = [0; 12];
        getrandom::fill(&mut bytes).map_err(io::Error::other)?;
        Ok(Self {
            incarnation: hex::encode(bytes),
            nonce: AtomicU64::new(0),
            time,
            rights: Mutex::default(),
        })
    }

    /// The name of this process, which no other ever had.
    pub fn incarnation(&self) -> &str {
        &self.incarnation
    }

    /// A right that cannot be used yet, for a call whose intent is to be written.
    pub(crate) fn prepare(&self, permit: Option<Permit>) -> Fence {
        let nonce = self.nonce.fetch_add(1, Ordering::Relaxed);
        let right = Right {
            permit,
            ends: SendGuard::new(&*self.time, PATIENCE),
            is_armed: false,
            forgotten: self.time.monotonic().saturating_add(MEMORY),
        };
        let now = self.time.monotonic();
        let mut rights = self.rights();
        rights.retain(|_, right| right.forgotten > now);
        rights.insert(nonce, right);
        Fence {
            incarnation: self.incarnation.clone(),
            nonce,
        }
    }

    /// Gives back the permits of rights that ended: those whose invocation ended in the middle keep
    /// nobody waiting.
    pub(crate) fn give_back_ended(&self) {
        for right in self.rights().values_mut() {
            if right.ends.is_expired(&*self.time) {
                right.permit.take().into_iter().for_each(Permit::give_back);
            }
        }
    }

    /// Lets the right be used, once, within `life`. False where this process did not prepare it.
    pub(crate) fn arm(&self, fence: &Fence, life: Duration) -> bool {
        if fence.incarnation != self.incarnation {
            return false;
        }
        let mut rights = self.rights();
        match rights.get_mut(&fence.nonce) {
            Some(right) if !right.is_armed && !right.ends.is_expired(&*self.time) => {
                right.is_armed = true;
                right.ends = SendGuard::new(&*self.time, life);
                true
            }
            _ => false,
        }
    }

    /// Uses the right up.
    pub(crate) fn take(&self, fence: &Fence) -> Taken {
        if fence.incarnation != self.incarnation {
            return Taken::Unknown;
        }
        match self.rights().remove(&fence.nonce) {
            Some(right) if !right.is_armed || right.ends.is_expired(&*self.time) => {
                right.permit.into_iter().for_each(Permit::give_back);
                Taken::Ended
            }
            Some(right) => Taken::Yes(right.ends, right.permit),
            None => Taken::Unknown,
        }
    }

    fn rights(&self) -> MutexGuard<'_, HashMap<u64, Right>> {
        // The rights are whole between any two statements.
        self.rights.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Book {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Book")
            .field("incarnation", &self.incarnation)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jindiao_client::VirtualClock;
    use jindiao_protocol::Timestamp;

    const LIFE: Duration = Duration::from_secs(5);

    fn book() -> (Book, Arc<dyn Time>) {
        let start = Timestamp::from_unix_seconds(1_700_000_000);
        let time: Arc<dyn Time> = Arc::new(VirtualClock::starting_at(start));
        (Book::new(Arc::clone(&time)).expect("a book"), time)
    }

    #[tokio::test(start_paused = true)]
    async fn a_right_is_used_once() {
        let (book, _) = book();
        let fence = book.prepare(None);
        assert!(book.arm(&fence, LIFE));
        assert!(!book.arm(&fence, LIFE), "a second time");
        assert!(matches!(book.take(&fence), Taken::Yes(..)));
        assert!(matches!(book.take(&fence), Taken::Unknown));
        assert!(!book.arm(&fence, LIFE));
    }

    #[tokio::test(start_paused = true)]
    async fn another_process_has_no_right() {
        let ((book, _), (other, _)) = (book(), book());
        let fence = book.prepare(None);
        assert!(!other.arm(&fence, LIFE));
        assert!(book.arm(&fence, LIFE));
        let _ = other.prepare(None);
        assert!(matches!(other.take(&fence), Taken::Unknown));
    }

    #[tokio::test(start_paused = true)]
    async fn a_right_ends() {
        let (book, time) = book();
        let fence = book.prepare(None);
        assert!(book.arm(&fence, LIFE));
        time.sleep(LIFE * 2).await;
        assert!(matches!(book.take(&fence), Taken::Ended));
        let (slow, unarmed) = (book.prepare(None), book.prepare(None));
        time.sleep(PATIENCE * 2).await;
        assert!(!book.arm(&slow, LIFE));
        book.give_back_ended();
        assert!(matches!(book.take(&unarmed), Taken::Ended));
    }
}
