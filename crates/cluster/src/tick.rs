//! An order's handlers: what its virtual object does when it is submitted, looked at, decided about.
//!
//! A charging call takes these steps, each durable before the next: the account's permit; getting
//! ready (token, turn); the intent, as the state of the object; arming the right to call, in the
//! memory of this process; and the call, which uses the right up. Whatever is begun anew in the
//! middle finds no right, never calls, and the order becomes `Uncertain`.

mod run;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use jindiao_batch::{Charged, ExchangeRow, LedgerKind};
use jindiao_order::{
    Fingerprint, Input, Intent, Order, OrderId, Question, State, StateName, Verdict, Wanted,
};
use jindiao_protocol::{Link, Timestamp};
use jindiao_words::say;
use serde::{Deserialize, Serialize};

use crate::host::{Begin, Host};
use crate::journal::{Journal, Tick};
use crate::{Books, Record};
use run::Run;

/// Asks for a report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Submit {
    /// What is wanted.
    pub wanted: Wanted,
    /// Whether nothing real is to be ordered.
    pub simulated: bool,
    /// Orders the report anew if what came of it is older than this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fresh_since: Option<Timestamp>,
}

/// What became of a submitted request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Submitted {
    /// The order that stands for it.
    pub order: OrderId,
    /// Where it stands.
    pub state: StateName,
    /// How the request was found.
    pub standing: Standing,
}

/// How a submitted request was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// It was not known before.
    New,
    /// What came of it was too old: it is ordered anew.
    Renewed,
    /// It was known.
    Known,
}

/// A person's decision, in a form that can be sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "verdict", rename_all = "snake_case")]
pub enum Decision {
    /// [`Verdict::Placed`].
    Placed {
        /// The vendor's reference.
        reference: String,
    },
    /// [`Verdict::PlacedLink`].
    PlacedLink {
        /// The link, sealed.
        link: Link,
    },
    /// [`Verdict::NotPlaced`].
    NotPlaced,
    /// [`Verdict::Abandon`].
    Abandon,
}

/// An order as another host kept it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Adopt {
    /// The order and what its host knows of it.
    pub record: Record,
    /// Its books.
    pub books: Books,
    /// Whether it is not real.
    pub simulated: bool,
}

/// An order for people to look at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderView {
    /// The order and what its host knows of it.
    pub record: Record,
    /// Its books.
    pub books: Books,
}

/// A request that makes no sense for this order, in one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejected(pub String);

impl fmt::Display for Rejected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Rejected {}

/// Finds the order of a request, for ever, or plans it.
///
/// # Errors
/// If the invocation cannot go on; inside, if the request is none for this object.
pub async fn submit<J: Journal>(
    journal: &J,
    host: &Arc<Host>,
    key: &str,
    request: Submit,
) -> Result<Result<Submitted, Rejected>, J::Stop> {
    if let Err(rejected) = check(host, key, &request.wanted, request.simulated) {
        return Ok(Err(rejected));
    }
    let known = journal.record().await?;
    if let Some(moved) = known.as_ref().and_then(moved) {
        return Ok(Err(moved));
    }
    let is_stale = |record: &Record| match (record.order.state(), request.fresh_since) {
        (State::Stored { at, .. } | State::Refused { at, .. }, Some(since)) => *at < since,
        _ => false,
    };
    let (round, epoch, standing) = match &known {
        None => (0, 0, Standing::New),
        Some(record) if is_stale(record) => (record.round + 1, record.epoch + 1, Standing::Renewed),
        Some(record) => {
            return Ok(Ok(Submitted {
                order: record.order.id().clone(),
                state: record.order.state().name(),
                standing: Standing::Known,
            }));
        }
    };
    let begin = begin(journal, host, &request.wanted).await?;
    let order = Order::plan(request.wanted, round, begin.now);
    let mut record = Record::plan(order, round, begin.price, begin.now);
    record.epoch = epoch;
    let mut books = journal.books().await?;
    books.moved(begin.now, StateName::Planned, None);
    let submitted = Submitted {
        order: record.order.id().clone(),
        state: StateName::Planned,
        standing,
    };
    keep(
        journal,
        &mut record,
        &books,
        begin.now,
        Some((Duration::ZERO, false)),
    );
    Ok(Ok(submitted))
}

/// Takes an order's steps until it waits, is settled or is left for later.
///
/// # Errors
/// If the invocation cannot go on.
pub async fn tick<J: Journal>(journal: &J, host: &Arc<Host>, tick: Tick) -> Result<(), J::Stop> {
    match journal.record().await? {
        Some(record) if record.epoch == tick.epoch && record.moved_to.is_none() => {
            let look = Arc::clone(host).look(record.order.clone(), record.waited, tick.anew);
            let begin: Begin = journal.step("begin", look).await?;
            let books = journal.books().await?;
            let run = Run::new(journal, host, begin, record, books);
            run.follow(tick.anew).await
        }
        // Somebody else has moved the order on since.
        _ => Ok(()),
    }
}

/// Has the order looked at now, as if the world had changed.
///
/// # Errors
/// If the invocation cannot go on; inside, if there is no such order.
pub async fn wake<J: Journal>(
    journal: &J,
    host: &Arc<Host>,
) -> Result<Result<(), Rejected>, J::Stop> {
    let Some(mut record) = journal.record().await? else {
        return Ok(Err(no_order()));
    };
    if let Some(moved) = moved(&record) {
        return Ok(Err(moved));
    }
    if !record.order.state().is_settled() {
        let begin = begin(journal, host, record.order.wanted()).await?;
        (record.leaves, record.downloads) = (0, 0);
        advance(
            journal,
            &mut record,
            begin.now,
            Some((Duration::ZERO, true)),
        );
    }
    Ok(Ok(()))
}

/// Takes in a person's decision.
///
/// # Errors
/// If the invocation cannot go on; inside, if the decision does not fit where the order stands.
pub async fn resolve<J: Journal>(
    journal: &J,
    host: &Arc<Host>,
    decision: Decision,
) -> Result<Result<StateName, Rejected>, J::Stop> {
    let Some(mut record) = journal.record().await? else {
        return Ok(Err(no_order()));
    };
    if let Some(moved) = moved(&record) {
        return Ok(Err(moved));
    }
    let (verdict, settled, note) = match decision {
        Decision::Placed { reference } => (
            Verdict::Placed(reference),
            Some(Charged::Yes),
            say!("decided: the vendor has the order"),
        ),
        Decision::PlacedLink { link } if link.url().is_some() => {
            return Ok(Err(Rejected(say!("the link must be sealed").to_string())));
        }
        Decision::PlacedLink { link } => (
            Verdict::PlacedLink(link),
            Some(Charged::Yes),
            say!("decided: the vendor has the order"),
        ),
        Decision::NotPlaced => (
            Verdict::NotPlaced,
            Some(Charged::Denied),
            say!("decided: the vendor does not have the order"),
        ),
        Decision::Abandon => (Verdict::Abandon, None, say!("decided: given up")),
    };
    let is_doubt = matches!(
        record.order.state(),
        State::Uncertain {
            question: Question::WasItPlaced,
            ..
        }
    );
    let begin = begin(journal, host, record.order.wanted()).await?;
    record.order = match record.order.decide(begin.now, verdict) {
        Ok(order) => order,
        Err(error) => return Ok(Err(Rejected(error.to_string()))),
    };
    let mut books = journal.books().await?;
    if let (true, Some(charged)) = (is_doubt, settled) {
        books.settle(charged);
    }
    let state = record.order.state().name();
    books.moved(begin.now, state, Some(note.to_string()));
    record.epoch += 1;
    record.blocked = None;
    (record.leaves, record.downloads) = (0, 0);
    let next = (!record.order.state().is_settled()).then_some((Duration::ZERO, true));
    keep(journal, &mut record, &books, begin.now, next);
    Ok(Ok(state))
}

/// Takes over an order that another host kept; one that is known here stays as it is. An order in
/// mid-charge becomes `Uncertain`.
///
/// # Errors
/// If the invocation cannot go on; inside, if the order is none for this object.
pub async fn adopt<J: Journal>(
    journal: &J,
    host: &Arc<Host>,
    key: &str,
    request: Adopt,
) -> Result<Result<Submitted, Rejected>, J::Stop> {
    let Adopt {
        mut record,
        mut books,
        simulated,
    } = request;
    if let Err(rejected) = check(host, key, record.order.wanted(), simulated) {
        return Ok(Err(rejected));
    }
    if let Some(known) = journal.record().await? {
        if let Some(moved) = moved(&known) {
            return Ok(Err(moved));
        }
        return Ok(Ok(Submitted {
            order: known.order.id().clone(),
            state: known.order.state().name(),
            standing: Standing::Known,
        }));
    }
    let begin = begin(journal, host, record.order.wanted()).await?;
    let note = say!("moved here in mid-charge").to_string();
    doubt(&mut record, &mut books, &begin, &note);
    record.epoch = 0;
    record.next = None;
    let submitted = Submitted {
        order: record.order.id().clone(),
        state: record.order.state().name(),
        standing: Standing::New,
    };
    let policy = begin.terms.policy(record.order.wanted().product());
    let next = record
        .order
        .may_go_on(&policy)
        .then_some((Duration::ZERO, true));
    keep(journal, &mut record, &books, begin.now, next);
    Ok(Ok(submitted))
}

/// Gives the order away to a ledger, for good: from here on the ledger is the one that goes on with
/// it, and nothing is ordered for the request here. Asked again for the same ledger, it gives
/// the same, so that a move that broke off can be finished. An order in mid-charge becomes `Uncertain`.
///
/// # Errors
/// If the invocation cannot go on; inside, if there is no such order, or another ledger has it.
pub async fn release<J: Journal>(
    journal: &J,
    host: &Arc<Host>,
    ledger: String,
) -> Result<Result<OrderView, Rejected>, J::Stop> {
    let Some(mut record) = journal.record().await? else {
        return Ok(Err(no_order()));
    };
    let mut books = journal.books().await?;
    match &record.moved_to {
        Some(known) if *known == ledger => {}
        Some(_) => return Ok(moved(&record).map_or_else(|| Err(no_order()), Err)),
        None => {
            let begin = begin(journal, host, record.order.wanted()).await?;
            doubt(
                &mut record,
                &mut books,
                &begin,
                &say!("moved to a ledger in mid-charge").to_string(),
            );
            record.moved_to = Some(ledger);
            record.epoch += 1;
            keep(journal, &mut record, &books, begin.now, None);
        }
    }
    Ok(Ok(OrderView { record, books }))
}

/// What was in mid-charge when somebody else kept it is a question: who was to call has ended.
fn doubt(record: &mut Record, books: &mut Books, begin: &Begin, note: &str) {
    let State::Ordering { intent, .. } = record.order.state() else {
        return;
    };
    let row = lost_row(record, intent, None);
    let policy = begin.terms.policy(record.order.wanted().product());
    (record.order, _) = record.order.clone().step(begin.now, Input::Found, &policy);
    let state = record.order.state().name();
    books.moved(begin.now, state, Some(note.to_owned()));
    books.add(row);
}

async fn begin<J: Journal>(
    journal: &J,
    host: &Arc<Host>,
    wanted: &Wanted,
) -> Result<Begin, J::Stop> {
    let begin = Arc::clone(host).begin(wanted.product());
    journal.step("begin", begin).await
}

/// Keeps everything, and schedules the next look.
fn keep<J: Journal>(
    journal: &J,
    record: &mut Record,
    books: &Books,
    now: Timestamp,
    next: Option<(Duration, bool)>,
) {
    journal.keep_books(books);
    journal.keep_status(&record.status());
    schedule(journal, record, now, next);
}

/// Schedules the next look in a new epoch: whatever was scheduled before is stale.
fn advance<J: Journal>(
    journal: &J,
    record: &mut Record,
    now: Timestamp,
    next: Option<(Duration, bool)>,
) {
    record.epoch += 1;
    schedule(journal, record, now, next);
}

fn schedule<J: Journal>(
    journal: &J,
    record: &mut Record,
    now: Timestamp,
    next: Option<(Duration, bool)>,
) {
    record.updated = now;
    record.next = next.map(|(delay, _)| now.plus(delay));
    journal.keep_record(record);
    if let Some((delay, anew)) = next {
        let epoch = record.epoch;
        journal.tick_after(Tick { epoch, anew }, delay);
    }
}

fn check(host: &Host, key: &str, wanted: &Wanted, simulated: bool) -> Result<(), Rejected> {
    if key.parse::<Fingerprint>().ok() != Some(wanted.fingerprint()) {
        return Err(Rejected(
            say!("the request is not the one that this key stands for").to_string(),
        ));
    }
    match (host.kind(), simulated) {
        (LedgerKind::Real, false) | (LedgerKind::Simulated, true) => Ok(()),
        (LedgerKind::Real, true) => Err(Rejected(
            say!("this cluster has real orders, and the request is a simulated one").to_string(),
        )),
        (LedgerKind::Simulated, false) => Err(Rejected(
            say!("this cluster has simulated orders, and the request is a real one").to_string(),
        )),
    }
}

/// Why nothing is done for an order here that a ledger has now.
fn moved(record: &Record) -> Option<Rejected> {
    let ledger = record.moved_to.as_ref()?;
    let order = record.order.id();
    let text = say!(
        "order {order} was moved to the ledger {ledger}, and goes on there; nothing is ordered for it here",
        order,
        ledger
    );
    Some(Rejected(text.to_string()))
}

pub(crate) fn no_order() -> Rejected {
    Rejected(say!("there is no such order").to_string())
}

/// The row of a charging call of which only the intent is known.
fn lost_row(record: &Record, intent: &Intent, note: Option<String>) -> ExchangeRow {
    ExchangeRow::lost(&record.entry(), intent, note)
}
