//! The ledger's one writer: a thread that commits what many orders say in one go, or the caller's
//! own thread.

use std::sync::mpsc;
use std::thread;

use tokio::sync::oneshot;

use crate::inline::Inline;
use crate::store::{Store, Write};
use crate::{Entry, LedgerError};
use jindiao_order::OrderId;

/// How many writes share one commit at most.
const GROUP: usize = 512;

/// What writes the ledger during a run.
#[derive(Debug)]
pub(crate) enum Writer {
    Thread(ThreadWriter),
    Inline(Inline),
}

impl Writer {
    /// Writes all of `writes`, or nothing; durable when it returns.
    pub(crate) async fn write(&self, writes: Vec<Write>) -> Result<(), Failed> {
        match self {
            Self::Thread(writer) => writer.write(writes).await,
            Self::Inline(writer) => writer.write(writes).await,
        }
    }

    /// Writes with the next commit, and does not wait for it: for what may be lost in a crash.
    pub(crate) fn note(&self, writes: Vec<Write>) {
        match self {
            Self::Thread(writer) => writer.note(writes),
            Self::Inline(writer) => writer.note(writes),
        }
    }

    /// The order with this id.
    pub(crate) async fn read(&self, id: OrderId) -> Result<Entry, Failed> {
        match self {
            Self::Thread(writer) => writer.read(id).await,
            Self::Inline(writer) => writer.read(&id),
        }
    }
}

/// A handle to the thread that owns the [`Store`].
#[derive(Debug)]
pub(crate) struct ThreadWriter {
    sender: mpsc::Sender<Message>,
    thread: thread::JoinHandle<Store>,
}

enum Message {
    Write {
        writes: Vec<Write>,
        done: Option<oneshot::Sender<Result<(), Failed>>>,
    },
    Read {
        id: OrderId,
        done: oneshot::Sender<Result<Entry, LedgerError>>,
    },
    End,
}

/// The ledger could not be written; the reason is said once, by [`Writer::close`] or the log.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Failed(String);

impl ThreadWriter {
    /// Gives the store to a thread of its own.
    pub(crate) fn start(store: Store) -> std::io::Result<Self> {
        let (sender, receiver) = mpsc::channel();
        let thread = thread::Builder::new()
            .name("ledger".to_owned())
            .spawn(move || serve(store, &receiver))?;
        Ok(Self { sender, thread })
    }

    async fn write(&self, writes: Vec<Write>) -> Result<(), Failed> {
        let (done, answer) = oneshot::channel();
        let message = Message::Write {
            writes,
            done: Some(done),
        };
        self.sender.send(message).map_err(|_| gone())?;
        answer.await.map_err(|_| gone())?
    }

    fn note(&self, writes: Vec<Write>) {
        // A writer that has gone says so at the next durable write.
        let _ = self.sender.send(Message::Write { writes, done: None });
    }

    async fn read(&self, id: OrderId) -> Result<Entry, Failed> {
        let (done, answer) = oneshot::channel();
        self.sender
            .send(Message::Read { id, done })
            .map_err(|_| gone())?;
        answer
            .await
            .map_err(|_| gone())?
            .map_err(|error| failed(&error))
    }

    /// Ends the thread when all is written, and gives the store back.
    pub(crate) fn close(self) -> Option<Store> {
        let _ = self.sender.send(Message::End);
        self.thread.join().ok()
    }
}

fn gone() -> Failed {
    Failed("the ledger's writer has ended".to_owned())
}

pub(crate) fn failed(error: &LedgerError) -> Failed {
    use std::error::Error;
    match error.source() {
        Some(source) => Failed(format!("{error}: {source}")),
        None => Failed(error.to_string()),
    }
}

fn serve(mut store: Store, receiver: &mpsc::Receiver<Message>) -> Store {
    let mut writes = Vec::new();
    let mut waiting = Vec::new();
    let mut broken: Option<Failed> = None;
    loop {
        let Ok(first) = receiver.recv() else {
            return store;
        };
        let mut next = Some(first);
        let mut has_ended = false;
        while let Some(message) = next {
            match message {
                Message::Write { writes: more, done } => {
                    writes.extend(more);
                    waiting.extend(done);
                }
                Message::Read { id, done } => {
                    // What was said before must be seen.
                    commit(&mut store, &mut writes, &mut waiting, &mut broken);
                    let _ = done.send(store.order(&id));
                }
                Message::End => has_ended = true,
            }
            next = if writes.len() < GROUP && !has_ended {
                receiver.try_recv().ok()
            } else {
                None
            };
        }
        commit(&mut store, &mut writes, &mut waiting, &mut broken);
        if has_ended {
            return store;
        }
    }
}

/// Commits what has gathered. After a first failure nothing more is written: what follows rests on
/// what was lost.
fn commit(
    store: &mut Store,
    writes: &mut Vec<Write>,
    waiting: &mut Vec<oneshot::Sender<Result<(), Failed>>>,
    broken: &mut Option<Failed>,
) {
    if broken.is_none()
        && !writes.is_empty()
        && let Err(error) = store.write(&*writes)
    {
        tracing::error!(%error, "the ledger cannot be written");
        *broken = Some(failed(&error));
    }
    writes.clear();
    let result = broken.clone().map_or(Ok(()), Err);
    for done in waiting.drain(..) {
        let _ = done.send(result.clone());
    }
}
