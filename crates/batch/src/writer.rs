//! The ledger's one writer: a thread that commits what many orders say in one go, or the caller's
//! own thread.

use std::fmt;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use jindiao_words::{self as words, Say, say};
use tokio::sync::oneshot;

use crate::LedgerError;
use crate::inline::Inline;
use crate::store::{Store, Write};

/// How many writes share one commit at most.
const GROUP: usize = 512;
/// How long what may be lost in a crash waits at most for something else to be written with it.
const NOTED: Duration = Duration::from_millis(200);

/// How many wait for a commit where more are sure to come.
const CROWD: usize = 4;
/// How long a commit then waits for them, so that they share its sync.
const GATHER: Duration = Duration::from_millis(2);

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

    /// Asks the ledger something; all that was written before is seen.
    pub(crate) async fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce(&Store) -> Result<T, LedgerError> + Send + 'static,
    ) -> Result<T, Failed> {
        match self {
            Self::Thread(writer) => writer.ask(question).await,
            Self::Inline(writer) => writer.ask(question),
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
    Ask(Box<Question>),
    End,
}

/// What the thread is asked while it has the ledger.
type Question = dyn FnOnce(&Store) + Send;

/// Why the ledger could not be read or written.
#[derive(Debug, Clone)]
pub(crate) struct Failed(words::Message);

impl Say for Failed {
    fn say(&self) -> words::Message {
        self.0.clone()
    }
}

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

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

    async fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce(&Store) -> Result<T, LedgerError> + Send + 'static,
    ) -> Result<T, Failed> {
        let (done, answer) = oneshot::channel();
        let question = move |store: &Store| {
            // Whoever asked may have gone.
            let _ = done.send(question(store));
        };
        self.sender
            .send(Message::Ask(Box::new(question)))
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
    Failed(say!("the ledger's writer has ended"))
}

pub(crate) fn failed(error: &LedgerError) -> Failed {
    use std::error::Error;
    match error.source() {
        Some(source) => Failed(say!(
            "{what}: {cause}",
            what = error,
            cause = source.to_string()
        )),
        None => Failed(error.say()),
    }
}

fn serve(store: Store, receiver: &mpsc::Receiver<Message>) -> Store {
    let mut group = Group {
        store,
        writes: 0,
        waiting: Vec::new(),
        broken: None,
        is_crowded: false,
    };
    loop {
        let first = if group.is_only_noted() {
            receiver.recv_timeout(NOTED)
        } else {
            receiver.recv().map_err(mpsc::RecvTimeoutError::from)
        };
        let mut next = match first {
            Ok(message) => Some(message),
            Err(mpsc::RecvTimeoutError::Timeout) => {
                group.commit();
                continue;
            }
            Err(mpsc::RecvTimeoutError::Disconnected) => Some(Message::End),
        };
        if group.is_crowded && matches!(next, Some(Message::Write { .. })) {
            thread::sleep(GATHER);
        }
        while let Some(message) = next {
            match message {
                Message::Write { writes, done } => group.stage(&writes, done),
                Message::Ask(question) => question(&group.store),
                Message::End => {
                    group.commit();
                    return group.store;
                }
            }
            next = (group.writes < GROUP)
                .then(|| receiver.try_recv().ok())
                .flatten();
        }
        if !group.is_only_noted() || group.writes >= GROUP {
            group.commit();
        }
    }
}

/// What is written together.
struct Group {
    store: Store,
    /// How many writes are not durable yet.
    writes: usize,
    /// Who waits for that.
    waiting: Vec<oneshot::Sender<Result<(), Failed>>>,
    /// Whether many waited for the last commit.
    is_crowded: bool,
    /// After a first failure nothing more is written: what follows rests on what was lost.
    broken: Option<Failed>,
}

impl Group {
    fn stage(&mut self, writes: &[Write], done: Option<oneshot::Sender<Result<(), Failed>>>) {
        self.waiting.extend(done);
        self.writes += writes.len();
        if self.broken.is_none() {
            let staged = self.store.stage(writes);
            self.heed(staged);
        }
    }

    /// Whether all of it may be lost in a crash, so that nobody waits.
    fn is_only_noted(&self) -> bool {
        self.writes > 0 && self.waiting.is_empty()
    }

    fn commit(&mut self) {
        if self.broken.is_none() {
            let committed = self.store.commit();
            self.heed(committed);
        }
        self.writes = 0;
        self.is_crowded = self.waiting.len() >= CROWD;
        let result = self.broken.clone().map_or(Ok(()), Err);
        for done in self.waiting.drain(..) {
            // Whoever waited may have gone.
            let _ = done.send(result.clone());
        }
    }

    fn heed(&mut self, result: Result<(), LedgerError>) {
        if let Err(error) = result {
            tracing::error!(%error, "the ledger cannot be written");
            self.broken = Some(failed(&error));
        }
    }
}
