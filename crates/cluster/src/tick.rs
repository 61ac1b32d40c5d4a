//! An order's handlers: what its virtual object does when it is submitted, looked at, decided about.
//!
//! A charging call takes these steps, each durable before the next: the account's permit; getting
//! ready (token, turn); the intent, as the state of the object; arming the right to call, in the
//! memory of this process; and the call, which uses the right up. Whatever is begun anew in the
//! middle finds no right, never calls, and the order becomes `Uncertain`.

use std::sync::Arc;
use std::time::Duration;

use jindiao_batch::{Charged, Entry, ExchangeRow, LedgerKind};
use jindiao_order::{
    Action, Call, Fence, Fingerprint, Input, Order, OrderId, Question, State, StateName, Verdict,
    Wanted,
};
use jindiao_protocol::{Effect, Link, Timestamp};
use jindiao_words::say;
use serde::{Deserialize, Serialize};

use crate::account::{Permit, PermitRequest, Report, Shard};
use crate::host::{
    Armed, Begin, Busy, Errand, Fetched, Heard, Host, Prepared, Slot, Told, Unready, unsent,
};
use crate::journal::{Journal, Tick};
use crate::{Books, Record};

/// When an order is looked at again that was left, or whose account is closed.
const LOOK_AGAIN: Duration = Duration::from_secs(600);
/// An order that was left again and again is looked at this seldom.
const LOOK_AGAIN_MOST: Duration = Duration::from_secs(6 * 3600);
/// However far away something is due, the clock is looked at this often.
const LONGEST: Duration = Duration::from_secs(6 * 3600);
/// Slots that are so near need no timer.
const AT_ONCE: Duration = Duration::from_millis(2);

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
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Rejected(pub String);

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
            let run = Run {
                journal,
                host,
                now: begin.now,
                begin,
                status: record.status(),
                record,
                books,
                permit: false,
                is_kept: true,
            };
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

/// One look at an order.
struct Run<'a, J> {
    journal: &'a J,
    host: &'a Arc<Host>,
    begin: Begin,
    now: Timestamp,
    record: Record,
    books: Books,
    /// The status that is kept.
    status: String,
    /// Whether a permit was granted and not used yet.
    permit: bool,
    /// Whether what must not be lost is told to the engine.
    is_kept: bool,
}

/// What happens after a look.
enum Next {
    /// Another look after this time; whether it begins anew.
    After(Duration, bool),
    /// Nothing, until a person does something.
    Nothing,
}

impl<J: Journal> Run<'_, J> {
    async fn follow(mut self, anew: bool) -> Result<(), J::Stop> {
        let next = match self.run(anew).await? {
            Next::After(delay, anew) => Some((delay.min(LONGEST), anew)),
            Next::Nothing => None,
        };
        if self.permit {
            self.report(Report::GiveBack);
        }
        self.record.epoch += 1;
        let now = self.now;
        if self.record.status() != self.status {
            self.journal.keep_status(&self.record.status());
        }
        self.journal.keep_books(&self.books);
        schedule(self.journal, &mut self.record, now, next);
        Ok(())
    }

    async fn run(&mut self, anew: bool) -> Result<Next, J::Stop> {
        let product = self.record.order.wanted().product();
        let policy = self.begin.terms.policy(product);
        let mut input = match self.first_input(anew).await? {
            Ok(input) => input,
            Err(next) => return Ok(next),
        };
        // The fence of the intent that this look wrote, if it wrote one.
        let mut written: Option<Fence> = None;
        // From getting ready for a charging call to having its answer.
        let mut charging: Option<Busy> = None;
        loop {
            let before = self.record.order.clone();
            let was_doubted = matches!(input, Input::Look | Input::Found);
            let (order, action) = before.clone().step(self.now, input, &policy);
            self.record.order = order;
            self.moved(&before, &action, was_doubted);
            if !matches!(
                action,
                Action::Wait { .. } | Action::Leave { .. } | Action::Rest
            ) {
                self.keep_if_due();
            }
            match action {
                Action::Prepare => {
                    if let Err(next) = self.permit(Effect::Charge).await? {
                        return Ok(next);
                    }
                    charging = Some(self.host.begin_work().await);
                    let ready = Arc::clone(self.host).ready(product, before.id().clone());
                    let ready: Prepared = self.journal.step("ready", ready).await?;
                    self.take_in(ready.now, ready.rows, ready.reports);
                    self.record.price = self.begin.price;
                    input = match ready.result {
                        Ok(fence) => {
                            written = Some(fence.clone());
                            Input::Permitted(fence)
                        }
                        Err(Unready::Failed(failure)) => Input::Failed(failure),
                        Err(Unready::Closed(pause)) => {
                            let text = say!("the vendor has just turned another order away");
                            self.record.blocked = Some(text.to_string());
                            return Ok(Next::After(pause, false));
                        }
                    };
                }
                Action::Record(fence) => {
                    // Before the right is armed, so that arming it makes this durable: whoever ends
                    // this invocation from outside leaves an order that knows of its intent.
                    self.keep_now();
                    let arm = Arc::clone(self.host).arm(fence.clone(), policy.intent_life);
                    let armed: Armed = self.journal.step("intent", arm).await?;
                    self.now = self.now.max(armed.now);
                    input = match (armed.is_armed, Call::place(self.record.order.wanted())) {
                        (true, _) | (_, None) => Input::Recorded(fence),
                        // Another process got ready: it did not call, and this one may not.
                        (false, Some(call)) => {
                            self.report(Report::GiveBack);
                            Input::Failed(unsent(
                                &call,
                                &say!("another worker got ready for the call").to_string(),
                            ))
                        }
                    };
                }
                Action::Place { call, intent } => {
                    let Some(fence) = written.take().filter(|fence| *fence == intent.fence) else {
                        // Unreachable while `Permitted` is said above only; never call without.
                        return Ok(Next::After(Duration::ZERO, false));
                    };
                    let place = Arc::clone(self.host).place(call, fence, self.errand());
                    let heard: Heard = self.journal.step("place", place).await?;
                    drop(charging.take());
                    input = self.heard(heard);
                }
                Action::Ask(call) => {
                    if let Err(next) = self.permit(Effect::Read).await? {
                        return Ok(next);
                    }
                    let _busy = self.host.begin_work().await;
                    let ask = Arc::clone(self.host).ask(call, self.errand());
                    let heard: Heard = self.journal.step("ask", ask).await?;
                    input = self.heard(heard);
                }
                Action::Download { link, .. } => {
                    let _busy = self.host.begin_work().await;
                    let store = Arc::clone(self.host).store(link, self.record.order.clone());
                    let fetched: Fetched = self.journal.step("store", store).await?;
                    self.now = self.now.max(fetched.now);
                    input = match fetched.result {
                        Ok(report) => {
                            self.record.downloads = 0;
                            self.record.shelf = Some(fetched.shelf);
                            Input::Stored(report)
                        }
                        Err(failure) => {
                            self.record.downloads = self.record.downloads.saturating_add(1);
                            self.record.blocked = Some(failure.text.clone());
                            Input::NotStored(failure)
                        }
                    };
                }
                Action::Wait { until, .. } => {
                    let failed = self.record.downloads;
                    if failed == 0 {
                        self.record.leaves = 0;
                    }
                    // A link that is not written down takes the machine's count of its downloads with
                    // it, and the vendor would be asked for another one all the time.
                    if failed >= policy.download_attempts && self.record.blocked.is_some() {
                        return Ok(self.leave());
                    }
                    let pause = match failed {
                        0 => Duration::ZERO,
                        failed => policy.backoff.pause(failed),
                    };
                    return Ok(Next::After(until.since(self.now).max(pause), false));
                }
                Action::Leave { why } => {
                    self.record.blocked = Some(why);
                    return Ok(self.leave());
                }
                Action::Rest => return Ok(self.rest()),
            }
        }
    }

    /// What the order is told first.
    async fn first_input(&mut self, anew: bool) -> Result<Result<Input, Next>, J::Stop> {
        let order = &self.record.order;
        let held = order
            .hold()
            .map(|hold| (Report::held(order).is_some(), hold.effect));
        match held {
            None if anew => Ok(Ok(Input::Found)),
            None => Ok(Ok(Input::Look)),
            // What is no business of the account is a person's.
            Some((false, _)) if !anew => Ok(Err(Next::Nothing)),
            Some((_, effect)) => {
                let granted = self.permit(effect).await?;
                // What the order does next is what it was granted for.
                self.permit = granted.is_ok();
                Ok(granted.map(|()| Input::AccountOpen))
            }
        }
    }

    /// Waits for the account's leave to make a call, or says when to ask again.
    async fn permit(&mut self, effect: Effect) -> Result<Result<(), Next>, J::Stop> {
        if std::mem::take(&mut self.permit) {
            return Ok(Ok(()));
        }
        let product = self.record.order.wanted().product();
        let Some(config) = self.begin.account.clone() else {
            let vendor = product.vendor();
            self.record.blocked =
                Some(say!("the worker has no account for {vendor}", vendor).to_string());
            return Ok(Err(Next::After(self.spread(LOOK_AGAIN), false)));
        };
        let request = PermitRequest {
            effect,
            product,
            waited: self.record.waited,
            config,
        };
        let next = match self.ask(request).await? {
            Permit::Granted { wait_us } => {
                let wait = Duration::from_micros(wait_us);
                if wait > AT_ONCE {
                    self.journal.sleep(wait).await?;
                }
                self.record.waited = false;
                self.record.blocked = None;
                return Ok(Ok(()));
            }
            Permit::Wait { until, why } => {
                self.record.waited = why.is_none();
                let spread = match &why {
                    Some(_) => self.spread(LOOK_AGAIN) / 10,
                    None => Duration::ZERO,
                };
                self.record.blocked = why;
                until.since(self.now).saturating_add(spread)
            }
            Permit::Closed { why } => {
                self.record.blocked = Some(why);
                self.spread(LOOK_AGAIN)
            }
            Permit::Refused { why } => {
                tracing::error!(why, "this worker is configured otherwise than the cluster");
                self.host.count_refusal();
                self.record.blocked = Some(why);
                self.spread(LOOK_AGAIN)
            }
        };
        Ok(Err(Next::After(next, false)))
    }

    /// Asks the account, or takes of what this process has drawn from it.
    async fn ask(&mut self, request: PermitRequest) -> Result<Permit, J::Stop> {
        if Shard::parts(&request.config) <= 1 {
            return self.journal.permit(request).await;
        }
        let slot = match self.begin.slot.take() {
            Some(slot) => slot,
            None => {
                let slot = Arc::clone(self.host).slot(request.clone());
                self.journal.step("slot", slot).await?
            }
        };
        let fence = match slot {
            Slot::Permit(permit) => return Ok(permit),
            Slot::Draw(fence) => fence,
        };
        let draw = self.journal.draw(request.clone()).await?;
        let fill = Arc::clone(self.host).fill(request, draw, fence);
        self.journal.step("fill", fill).await
    }

    /// Takes in what came of a call.
    fn heard(&mut self, heard: Heard) -> Input {
        self.take_in(heard.now, heard.rows, heard.reports);
        match heard.told {
            Told::News(news) => Input::Told(news.news()),
            Told::Failed(failure) => Input::Failed(failure),
            Told::Lost => Input::Found,
        }
    }

    fn take_in(&mut self, now: Timestamp, rows: Vec<ExchangeRow>, reports: Vec<Report>) {
        self.now = self.now.max(now);
        rows.into_iter().for_each(|row| self.books.add(row));
        reports.into_iter().for_each(|report| self.report(report));
    }

    /// Writes down that the order moved, and keeps what must not be lost with this invocation.
    fn moved(&mut self, before: &Order, action: &Action, was_doubted: bool) {
        let order = &self.record.order;
        if order == before {
            return;
        }
        let (from, to) = (before.state().name(), order.state().name());
        let note = order.remark(from, action);
        if let (State::Ordering { intent, .. }, StateName::Uncertain, true) =
            (before.state(), to, was_doubted)
        {
            let row = lost_row(&self.record, intent, note.clone());
            self.books.add(row);
        }
        if let Some(report) = Report::held(order) {
            self.report(report);
        }
        if from != to || note.is_some() {
            self.books.moved(self.now, to, note);
        }
        // What came of a charging call.
        if from == StateName::Ordering && to != StateName::Ordering {
            self.is_kept = false;
        }
    }

    /// Looks again when it has become likelier that the world has changed.
    fn leave(&mut self) -> Next {
        let pause = LOOK_AGAIN.saturating_mul(1 << self.record.leaves.min(6));
        self.record.leaves = self.record.leaves.saturating_add(1);
        Next::After(self.spread(pause.min(LOOK_AGAIN_MOST)), true)
    }

    fn rest(&mut self) -> Next {
        let order = &self.record.order;
        self.record.blocked = order.hold().map(|hold| hold.refusal.text.clone());
        match Report::held(order) {
            Some(_) => Next::After(self.spread(LOOK_AGAIN), false),
            None => Next::Nothing,
        }
    }

    fn errand(&self) -> Errand {
        Errand {
            order: self.record.order.id().clone(),
            product: self.record.order.wanted().product(),
            price: self.record.price,
        }
    }

    fn report(&self, report: Report) {
        let vendor = self.record.order.wanted().product().vendor();
        self.journal.report(vendor, report);
    }

    /// Keeps what must not be lost with this invocation, before it waits for anything. Where it ends
    /// instead, the end keeps everything.
    fn keep_if_due(&mut self) {
        if !self.is_kept {
            self.keep_now();
        }
    }

    /// Keeps everything as it is now.
    fn keep_now(&mut self) {
        self.is_kept = true;
        self.record.updated = self.now;
        self.journal.keep_record(&self.record);
        self.journal.keep_books(&self.books);
        let status = self.record.status();
        if status != self.status {
            self.journal.keep_status(&status);
            self.status = status;
        }
    }

    /// About `pause`, spread over a fifth of it by the request.
    fn spread(&self, pause: Duration) -> Duration {
        let fingerprint = self.record.order.wanted().fingerprint();
        let [first, second, ..] = *fingerprint.as_bytes();
        let part = u32::from(u16::from_be_bytes([first, second]));
        pause.saturating_mul(9) / 10 + (pause / 5).saturating_mul(part) / 65_536
    }
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
fn lost_row(record: &Record, intent: &jindiao_order::Intent, note: Option<String>) -> ExchangeRow {
    let entry = Entry {
        order: record.order.clone(),
        round: record.round,
        price: record.price,
        folder: None,
        updated: record.updated,
    };
    ExchangeRow::lost(&entry, intent, note)
}
