//! One look at an order: the steps that it takes until it waits, is settled or is left for later.

use std::sync::Arc;
use std::time::Duration;

use jindiao_batch::ExchangeRow;
use jindiao_order::{Action, Call, Fence, Input, Order, State, StateName};
use jindiao_protocol::{Effect, Timestamp};
use jindiao_words::say;

use super::{lost_row, schedule};
use crate::account::{Permit, PermitRequest, Report};
use crate::host::{
    Armed, Begin, Busy, Errand, Fetched, Heard, Host, Prepared, Slot, Told, Unready, unsent,
};
use crate::journal::Journal;
use crate::{Books, Record, Shard};

/// When an order is looked at again that was left, or whose account is closed.
const LOOK_AGAIN: Duration = Duration::from_secs(600);
/// An order that was left again and again is looked at this seldom.
const LOOK_AGAIN_MOST: Duration = Duration::from_secs(6 * 3600);
/// However far away something is due, the clock is looked at this often.
const LONGEST: Duration = Duration::from_secs(6 * 3600);
/// Slots that are so near need no timer.
const AT_ONCE: Duration = Duration::from_millis(2);

/// One look at an order.
pub(super) struct Run<'a, J> {
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

impl<'a, J: Journal> Run<'a, J> {
    pub(super) fn new(
        journal: &'a J,
        host: &'a Arc<Host>,
        begin: Begin,
        record: Record,
        books: Books,
    ) -> Self {
        Self {
            journal,
            host,
            now: begin.now,
            begin,
            status: record.status(),
            record,
            books,
            permit: false,
            is_kept: true,
        }
    }

    pub(super) async fn follow(mut self, anew: bool) -> Result<(), J::Stop> {
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
            let is_to_call = matches!(action, Action::Record(_) | Action::Place { .. });
            if !is_to_call && written.take().is_some() {
                // The intent ended before the call could be made.
                self.report(Report::GiveBack);
            }
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
                        (false, Some(call)) => Input::Failed(unsent(
                            &call,
                            &say!("another worker got ready for the call").to_string(),
                        )),
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
