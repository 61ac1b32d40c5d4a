//! An engine for durable execution in memory that can cut an invocation off anywhere.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use jindiao_client::Time;
use jindiao_cluster::{
    Account, AccountConfig, Books, Draw, Host, Journal, Permit, PermitRequest, Record, Report,
    Shard, Tick,
};
use jindiao_protocol::{Timestamp, Vendor};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::vendor::Clock;

/// A worker process.
pub(crate) type Process = Arc<Host>;

/// How an invocation is cut off at an awaited operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Crash {
    /// Before it was done; nothing that was said since the last one arrived.
    Before,
    /// Before it was done; all that was said before it arrived.
    BeforeHeard,
    /// It was done, and nobody heard of it.
    Done,
    /// It was done, nobody heard of it, and what was said before it arrived.
    DoneHeard,
    /// It was done and is durable, and the invocation did not hear that.
    Durable,
    /// It stops before it is done, and goes on when another has taken over.
    Stopped,
}

impl Crash {
    pub(crate) const ALL: [Self; 6] = [
        Self::Before,
        Self::BeforeHeard,
        Self::Done,
        Self::DoneHeard,
        Self::Durable,
        Self::Stopped,
    ];
}

/// The invocation was cut off.
#[derive(Debug)]
pub(crate) struct CutOff;

type Zombie = Pin<Box<dyn Future<Output = ()> + Send>>;

#[derive(Default)]
struct State {
    /// The object's state, as text.
    record: Option<String>,
    books: Option<String>,
    status: Option<String>,
    /// The state as the invocation saw it when it began.
    seen: (Option<String>, Option<String>),
    /// What the invocation did, as far as it is durable.
    log: Vec<(String, Value)>,
    ticks: Vec<(Timestamp, Tick)>,
    account: Account,
    zombies: Vec<Zombie>,
    /// Everything that was ever written.
    written: String,
}

pub(crate) struct Engine {
    clock: Arc<Clock>,
    state: Arc<Mutex<State>>,
}

/// One attempt at an invocation.
pub(crate) struct Attempt {
    clock: Arc<Clock>,
    state: Arc<Mutex<State>>,
    inner: Mutex<Inner>,
}

struct Inner {
    /// How far it has come in the log.
    cursor: usize,
    /// What was said and has not arrived yet.
    said: Vec<(String, Value)>,
    awaited: usize,
    crash: Option<(usize, Crash)>,
}

impl Engine {
    pub(crate) fn new(clock: Arc<Clock>) -> Self {
        Self {
            clock,
            state: Arc::default(),
        }
    }

    /// A new invocation begins.
    pub(crate) fn begin(&self) {
        let mut state = self.state();
        assert!(state.log.is_empty(), "one invocation at a time");
        state.seen = (state.record.clone(), state.books.clone());
    }

    /// An attempt at the invocation that has begun; it is cut off at the `n`-th awaited operation.
    pub(crate) fn attempt(&self, crash: Option<(usize, Crash)>) -> Attempt {
        Attempt {
            clock: Arc::clone(&self.clock),
            state: Arc::clone(&self.state),
            inner: Mutex::new(Inner {
                cursor: 0,
                said: Vec::new(),
                awaited: 0,
                crash,
            }),
        }
    }

    /// Somebody ends the invocation that was cut off.
    pub(crate) fn kill(&self) {
        self.state().log.clear();
    }

    /// The next tick; the clock is moved to it. Ticks of other epochs are for nobody.
    pub(crate) fn next_tick(&self) -> Option<Tick> {
        let mut state = self.state();
        state.ticks.sort_by_key(|(at, tick)| (*at, tick.epoch));
        if state.ticks.is_empty() {
            return None;
        }
        let (at, tick) = state.ticks.remove(0);
        drop(state);
        self.clock.advance_to(at);
        Some(tick)
    }

    pub(crate) fn ticks(&self) -> usize {
        self.state().ticks.len()
    }

    pub(crate) fn record(&self) -> Option<Record> {
        read(&self.state().record)
    }

    pub(crate) fn books(&self) -> Books {
        read(&self.state().books).unwrap_or_default()
    }

    pub(crate) fn open_account(&self) {
        self.state().account.open(None);
    }

    /// How many calls of the day the account takes to be made.
    pub(crate) fn used_today(&self) -> u64 {
        self.state().account.view(self.clock.now()).used_today
    }

    pub(crate) fn join_account(&self, config: &AccountConfig) {
        self.state().account.join(config).expect("the first");
    }

    /// What was stopped goes on.
    pub(crate) fn run_zombies(&self) {
        let zombies = std::mem::take(&mut self.state().zombies);
        for zombie in zombies {
            crate::now(zombie);
        }
    }

    /// The status tells where the order stands, and nothing that was written is secret.
    pub(crate) fn check_secrets(&self, case: &str) {
        let state = self.state();
        let record: Record = read(&state.record).expect("an order");
        let status: String = read(&state.status).expect("a status");
        assert_eq!(status, record.status(), "{case}");
        for secret in ["\"secret\"", "https://h/", "Signature"] {
            assert!(!state.written.contains(secret), "{case}: {secret}");
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("the state")
    }
}

impl Attempt {
    /// The handler has returned: everything that it said arrives.
    pub(crate) fn end(self) {
        let said = std::mem::take(&mut self.inner().said);
        let mut state = self.state.lock().expect("the state");
        state.arrive(said, self.clock.now());
        let cursor = self.inner().cursor;
        assert!(cursor <= state.log.len(), "it did less than before");
        state.log.clear();
    }

    pub(crate) fn awaited(&self) -> usize {
        self.inner().awaited
    }

    /// An operation whose result is awaited.
    async fn awaited_op<T, F>(&self, name: &str, done: F) -> Result<T, CutOff>
    where
        T: Serialize + DeserializeOwned + Send + 'static,
        F: Future<Output = T> + Send + 'static,
    {
        let crash = {
            let mut inner = self.inner();
            let n = inner.awaited;
            inner.awaited += 1;
            inner
                .crash
                .filter(|(at, _)| *at == n)
                .map(|(_, crash)| crash)
        };
        if let Some(known) = self.replayed(name) {
            // What is known already can only be cut off before or after.
            if crash.is_some() {
                return Err(CutOff);
            }
            return Ok(serde_json::from_value(known).expect("the same type"));
        }
        match crash {
            Some(Crash::Before) => return Err(CutOff),
            Some(Crash::BeforeHeard) => {
                self.arrive();
                return Err(CutOff);
            }
            Some(Crash::Stopped) => {
                self.arrive();
                let zombie = async move {
                    done.await;
                };
                self.state().zombies.push(Box::pin(zombie));
                return Err(CutOff);
            }
            _ => {}
        }
        let result = done.await;
        if crash == Some(Crash::Done) {
            return Err(CutOff);
        }
        self.arrive();
        if crash == Some(Crash::DoneHeard) {
            return Err(CutOff);
        }
        let value = serde_json::to_value(&result).expect("json");
        {
            let mut state = self.state();
            state.written.push_str(&value.to_string());
            state.log.push((name.to_owned(), value.clone()));
        }
        self.inner().cursor += 1;
        if crash == Some(Crash::Durable) {
            return Err(CutOff);
        }
        // What is replayed later must be what was heard now.
        Ok(serde_json::from_value(value).expect("the same type"))
    }

    /// The result of an operation that was done before, which must be the same operation.
    fn replayed(&self, name: &str) -> Option<Value> {
        let mut inner = self.inner();
        let state = self.state();
        let (known, value) = state.log.get(inner.cursor)?;
        assert_eq!(known, name, "the replay takes another way");
        inner.cursor += 1;
        Some(value.clone())
    }

    /// Something is said to the engine.
    fn say(&self, name: &str, value: impl Serialize) {
        let value = serde_json::to_value(value).expect("json");
        match self.replayed(name) {
            Some(known) => assert_eq!(known, value, "the replay says something else: {name}"),
            None => self.inner().said.push((name.to_owned(), value)),
        }
    }

    /// Everything that was said arrives.
    fn arrive(&self) {
        let said = std::mem::take(&mut self.inner().said);
        self.inner().cursor += said.len();
        self.state().arrive(said, self.clock.now());
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().expect("the attempt")
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("the state")
    }
}

impl State {
    fn arrive(&mut self, said: Vec<(String, Value)>, now: Timestamp) {
        for (name, value) in said {
            self.written.push_str(&value.to_string());
            self.log.push((name.clone(), value.clone()));
            match name.as_str() {
                "record" => self.record = Some(value.to_string()),
                "books" => self.books = Some(value.to_string()),
                "status" => self.status = Some(value.to_string()),
                "tick" => {
                    let (tick, delay): (Tick, Duration) =
                        serde_json::from_value(value).expect("a tick");
                    self.ticks.push((now.plus(delay), tick));
                }
                "report" => {
                    let report: Report = serde_json::from_value(value).expect("a report");
                    self.account.heed(now, report);
                }
                other => panic!("{other}"),
            }
        }
    }
}

impl Journal for Attempt {
    type Stop = CutOff;

    async fn step<T, F>(&self, name: &'static str, step: F) -> Result<T, CutOff>
    where
        T: Serialize + DeserializeOwned + Send + 'static,
        F: Future<Output = T> + Send + 'static,
    {
        self.awaited_op(name, step).await
    }

    async fn sleep(&self, duration: Duration) -> Result<(), CutOff> {
        let clock = Arc::clone(&self.clock);
        self.awaited_op("sleep", async move { clock.advance(duration) })
            .await
    }

    async fn record(&self) -> Result<Option<Record>, CutOff> {
        Ok(read(&self.state().seen.0))
    }

    async fn books(&self) -> Result<Books, CutOff> {
        Ok(read(&self.state().seen.1).unwrap_or_default())
    }

    fn keep_record(&self, record: &Record) {
        self.say("record", record);
    }

    fn keep_status(&self, status: &str) {
        self.say("status", status);
    }

    fn keep_books(&self, books: &Books) {
        self.say("books", books);
    }

    fn tick_after(&self, tick: Tick, delay: Duration) {
        self.say("tick", (tick, delay));
    }

    async fn permit(&self, request: PermitRequest) -> Result<Permit, CutOff> {
        let (state, clock) = (Arc::clone(&self.state), Arc::clone(&self.clock));
        let permit = async move {
            let mut state = state.lock().expect("the state");
            state.account.permit(clock.now(), &request)
        };
        self.awaited_op("permit", permit).await
    }

    async fn draw(&self, request: PermitRequest) -> Result<Draw, CutOff> {
        let (state, clock) = (Arc::clone(&self.state), Arc::clone(&self.clock));
        let draw = async move {
            let mut state = state.lock().expect("the state");
            let most = Shard::batch(&request.config);
            state.account.draw(clock.now(), &request, most)
        };
        self.awaited_op("draw", draw).await
    }

    fn report(&self, _: Vendor, report: Report) {
        self.say("report", report);
    }
}

fn read<T: DeserializeOwned>(text: &Option<String>) -> Option<T> {
    text.as_ref()
        .map(|text| serde_json::from_str(text).expect("what was written"))
}
