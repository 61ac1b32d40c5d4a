//! One order's chain of steps, from being looked at to a wait or an end.

use std::path::PathBuf;

use jindiao_client::{Asked, Attempt, Permit, SendGuard};
use jindiao_order::{
    Action, Call, DownloadProblem, Failure, Fen, Flow, Hold, Input, News, Order, Policy, Product,
    StateName, StoredReport, WaitReason,
};
use jindiao_protocol::{Delivery, Effect, FileKind, Link, Receipt, Timestamp};
use jindiao_words::say;

use crate::queue::Job;
use crate::row::ExchangeRow;
use crate::run::Event;
use crate::shared::{Closed, Shared, beyond_budget, interrupted};
use crate::store::{Change, Found, Row, Write};
use crate::writer::Failed;
use crate::{Entry, Folder, ManifestEntry};

/// How a chain of steps ended.
pub(crate) enum End {
    /// Look again then.
    Wait { until: Timestamp, why: WaitReason },
    /// Not in this run.
    Left(String),
    /// A person or nobody moves it on.
    Settled,
}

/// Where an order stands after its chain of steps.
pub(crate) struct Landed {
    pub(crate) row: Row,
    pub(crate) product: Product,
    /// Whether nothing was charged for it yet.
    pub(crate) is_new: bool,
    pub(crate) end: End,
}

/// Takes steps until the order waits, is settled or is left. The order is read, if it was not
/// `found` already.
pub(crate) async fn follow(shared: &Shared, job: Job, found: Option<Found>) -> Landed {
    let Job {
        row,
        product,
        mut is_new,
        news,
        ..
    } = job;
    let end = match Chain::begin(shared, row, found).await {
        Ok(mut chain) => {
            let end = chain.run(news.input()).await;
            is_new = chain.order.placement().is_none();
            end
        }
        Err(end) => end,
    };
    Landed {
        row,
        product,
        is_new,
        end,
    }
}

/// An order on its way.
struct Chain<'a> {
    shared: &'a Shared,
    row: Row,
    order: Order,
    product: Product,
    policy: Policy,
    /// What it costs.
    price: Fen,
    /// What the ledger says that it costs.
    known_price: Fen,
    /// The state that the ledger has it in.
    written: StateName,
    /// The permit of the call to come, and what must leave before when. Its price is set aside.
    ready: Option<(Permit, SendGuard)>,
    /// What is to be written with the next change.
    writes: Vec<Write>,
    folder: Option<PathBuf>,
    note: Option<String>,
}

impl<'a> Chain<'a> {
    async fn begin(shared: &'a Shared, row: Row, found: Option<Found>) -> Result<Self, End> {
        let found = match found {
            Some(found) => found,
            None => {
                let read = shared.writer.ask(move |store| store.order_at(row)).await;
                read.map_err(|error| broken(shared, &error))?
            }
        };
        let product = found.entry.order.wanted().product();
        Ok(Self {
            shared,
            row,
            product,
            policy: shared.policy(product),
            price: shared.options.prices.of(product).fen,
            known_price: found.entry.price,
            written: found.state,
            order: found.entry.order,
            ready: None,
            writes: Vec::new(),
            folder: None,
            note: None,
        })
    }

    async fn run(&mut self, mut input: Input) -> End {
        loop {
            input = match self.step(input).await {
                Ok(next) => next,
                Err(end) => return end,
            };
        }
    }

    /// Tells the order what happened and does what follows: what it is to be told next, or the end.
    async fn step(&mut self, input: Input) -> Result<Input, End> {
        let shared = self.shared;
        let before = self.order.clone();
        let (order, action) = before.clone().step(shared.time.now(), input, &self.policy);
        self.order = order;
        self.keep(&before, &action).await?;
        if !matches!(action, Action::Record(_) | Action::Place { .. }) {
            self.let_go();
        }
        match action {
            Action::Prepare => self.prepare().await,
            Action::Record(fence) => Ok(Input::Recorded(fence)),
            Action::Place { call, .. } => self.place(&call).await,
            Action::Ask(call) => self.ask(&call).await,
            Action::Download { link, kind } => Ok(self.download(&link, kind).await),
            Action::Wait { .. } if shared.stop.is_requested() => Err(End::Left(interrupted())),
            Action::Wait { until, why } => Err(End::Wait { until, why }),
            Action::Leave { why } => Err(End::Left(why)),
            Action::Rest => {
                if before.state().name() != self.order.state().name() {
                    self.list();
                }
                Err(End::Settled)
            }
        }
    }

    /// Writes down that the order moved on, and tells whoever watches.
    async fn keep(&mut self, before: &Order, action: &Action) -> Result<(), End> {
        if self.order == *before && self.writes.is_empty() {
            return Ok(());
        }
        let (shared, order) = (self.shared, &self.order);
        let (from, to) = (before.state().name(), order.state().name());
        let note = self.note.take().or_else(|| order.remark(from, action));
        let change = Change::of(self.row, order, shared.time.now())
            .after(self.written)
            .with_note(note)
            .in_folder(self.folder.take());
        let mut writes = std::mem::take(&mut self.writes);
        writes.push(Write::Order(Box::new(change)));
        self.written = to;
        if must_last(from, order, action) {
            let written = shared.writer.write(writes).await;
            written.map_err(|error| broken(shared, &error))?;
        } else {
            shared.writer.note(writes);
        }
        if let Some(Hold { refusal, effect }) = order.hold() {
            // Also what only shows after a few tries, such as a secret that is wrong.
            shared.pause(self.product, effect, refusal);
        }
        if from != to {
            (shared.watch)(Event::Moved {
                order: order.clone(),
                from,
            });
        }
        Ok(())
    }

    /// Gets everything right that must be before an intent is written: the gates, the budget, the
    /// token, and last the permit.
    async fn prepare(&mut self) -> Result<Input, End> {
        let shared = self.shared;
        self.check_open()?;
        self.check_day()?;
        if !shared.reserve(self.price) {
            return Err(End::Left(beyond_budget(self.price)));
        }
        if let Err(failure) = self.token().await {
            shared.settle(self.price, false);
            return Ok(Input::Failed(failure));
        }
        let permit = match self.permit().await {
            Ok(permit) => permit,
            Err(end) => {
                shared.settle(self.price, false);
                return Err(end);
            }
        };
        let guard = SendGuard::new(&*shared.time, self.policy.intent_life);
        self.ready = Some((permit, guard));
        // The permit may have taken a while.
        if let Err(end) = self.check_open() {
            self.let_go();
            return Err(end);
        }
        if self.known_price != self.price {
            self.known_price = self.price;
            let (row, price) = (self.row, self.price);
            self.writes.push(Write::Price { row, price });
        }
        Ok(Input::Permitted(shared.fence()))
    }

    /// What was set aside for a call that is not made is free again.
    fn let_go(&mut self) {
        if let Some((permit, _)) = self.ready.take() {
            permit.give_back();
            self.shared.settle(self.price, false);
        }
    }

    /// Makes the charging call, once.
    async fn place(&mut self, call: &Call) -> Result<Input, End> {
        let shared = self.shared;
        let Some((permit, guard)) = self.ready.take() else {
            // Unreachable while `Permitted` is said above only; never call without.
            return Err(End::Left(say!("it had no permit").to_string()));
        };
        // The ledger may have held up many.
        permit.departure().await;
        let asked = shared.vendors.ask(call, Some(guard)).await;
        let is_charged = may_be_charged(&asked.result);
        shared.settle(self.price, is_charged);
        if is_charged && asked.result.is_ok() {
            (shared.watch)(Event::Charged {
                order: self.order.id().clone(),
                vendor: self.product.vendor(),
                price: self.price,
            });
        }
        Ok(self.heard(call, asked, permit))
    }

    /// Makes a call that charges nothing.
    async fn ask(&mut self, call: &Call) -> Result<Input, End> {
        self.check_gates(Effect::Read)?;
        self.check_day()?;
        if let Err(failure) = self.token().await {
            return Ok(Input::Failed(failure));
        }
        let permit = self.permit().await?;
        // The permit may have taken a while.
        if let Err(end) = self.check_gates(Effect::Read) {
            permit.give_back();
            return Err(end);
        }
        let asked = self.shared.vendors.ask(call, None).await;
        Ok(self.heard(call, asked, permit))
    }

    async fn download(&mut self, link: &Link, kind: FileKind) -> Input {
        let shared = self.shared;
        let file = Folder::relative(&self.order);
        let target = shared.options.folder.path(&file);
        let vendor = self.product.vendor();
        match shared.vendors.download(vendor, link, &target, kind).await {
            Ok(stored) => {
                self.folder = Some(shared.options.folder.root().to_owned());
                Input::Stored(StoredReport {
                    file,
                    size: stored.bytes,
                    sha256: stored.sha256_hex(),
                })
            }
            Err(failure) => {
                self.note = Some(failure.text.clone());
                if failure.problem == DownloadProblem::Disk {
                    shared.disk_broke(&failure.text);
                }
                Input::NotStored(failure)
            }
        }
    }

    /// Has a token ready where the vendor wants one. What that took is booked whatever follows.
    async fn token(&self) -> Result<(), Failure> {
        let shared = self.shared;
        let prepared = shared.vendors.prepare(self.product.vendor()).await;
        if !prepared.token_attempts.is_empty() {
            let rows = self.token_rows(prepared.token_attempts).collect();
            shared.writer.note(rows);
        }
        // It is a call that charges nothing, also before one that does.
        let failed = |failure: &Failure| shared.heed(self.product, Effect::Read, failure, None);
        prepared.result.inspect_err(failed)
    }

    /// Whether a new charge may be made.
    fn check_open(&self) -> Result<(), End> {
        if self.shared.stop.is_requested() {
            return Err(End::Left(interrupted()));
        }
        if let Some(why) = self.shared.no_room() {
            return Err(End::Left(why));
        }
        self.check_gates(Effect::Charge)
    }

    /// Whether the account may be called with this effect.
    fn check_gates(&self, effect: Effect) -> Result<(), End> {
        Err(match self.shared.closed(self.product, effect) {
            None => return Ok(()),
            Some(Closed::Trouble(trouble)) => End::Left(trouble.keeps_from(effect)),
            Some(Closed::Until(until, why)) => End::Wait { until, why },
        })
    }

    /// Whether the account has a call left today; who has a permit does not ask.
    fn check_day(&self) -> Result<(), End> {
        let spent = self.shared.out_of_calls(self.product.vendor());
        spent.map_or(Ok(()), |until| Err(next_day(until)))
    }

    async fn permit(&self) -> Result<Permit, End> {
        let (shared, vendor) = (self.shared, self.product.vendor());
        let Some(pace) = shared.vendors.pace(vendor) else {
            return Err(End::Left(
                say!("there is no account for {vendor}", vendor).to_string(),
            ));
        };
        tokio::select! {
            biased;
            () = shared.stop.requested() => Err(End::Left(interrupted())),
            permit = pace.permit() => permit.map_err(|limit| next_day(limit.until)),
        }
    }

    /// Books a call, and turns what came of it into what the order is told.
    fn heard(&mut self, call: &Call, asked: Asked, permit: Permit) -> Input {
        let Asked {
            result,
            attempt,
            token_attempts,
            retry_after,
            clock,
        } = asked;
        let shared = self.shared;
        if let Some(note) = clock {
            (shared.watch)(Event::Clock(note));
        }
        let tokens = self.token_rows(token_attempts);
        self.writes.extend(tokens);
        if let Some(attempt) = &attempt {
            let id = self.order.id();
            let exchange = Box::new(ExchangeRow::of(id, call, attempt, self.price, &result));
            let row = self.row;
            self.writes.push(Write::Exchange { row, exchange });
        }
        match result {
            Ok((news, _)) => Input::Told(news),
            Err(failure) => {
                if failure.delivery() == Delivery::NeverSent {
                    permit.give_back();
                }
                shared.heed(self.product, call.effect(), &failure, retry_after);
                Input::Failed(failure)
            }
        }
    }

    fn token_rows(&self, attempts: Vec<Attempt>) -> impl Iterator<Item = Write> + use<> {
        let (row, id) = (self.row, self.order.id().clone());
        attempts.into_iter().map(move |attempt| {
            let exchange = Box::new(ExchangeRow::of_token(&id, &attempt));
            Write::Exchange { row, exchange }
        })
    }

    /// Adds the report to the manifest at once, if it is stored; the end of the run writes it anew.
    fn list(&self) {
        let entry = Entry {
            updated: self.shared.time.now(),
            order: self.order.clone(),
            round: 0,
            price: self.price,
            folder: None,
        };
        if let Some(line) = ManifestEntry::of(&entry) {
            self.shared.list(&line);
        }
    }
}

/// The account has made all the calls that it may make in a day.
fn next_day(until: Timestamp) -> End {
    let why = WaitReason::NextDay;
    End::Wait { until, why }
}

/// The ledger failed, and with it everything that was to come.
fn broken(shared: &Shared, error: &Failed) -> End {
    shared.ledger_broke(error);
    End::Left(error.to_string())
}

/// Whether a charging call was charged, or may have been.
fn may_be_charged(result: &Result<(News, Receipt), Failure>) -> bool {
    match result {
        Ok(_) => true,
        Err(failure) => !failure.is_surely_nothing(),
    }
}

/// Whether a change must be durable before the next action: everything about money and files.
/// That a poll came to nothing may be lost in a crash; it is asked again.
fn must_last(before: StateName, order: &Order, action: &Action) -> bool {
    let is_poll = before == StateName::Waiting && order.state().name() == StateName::Waiting;
    let is_askable = order.wanted().product().flow() != Flow::Direct;
    let is_passing = matches!(action, Action::Download { .. }) && is_askable;
    let is_first_ask = matches!(action, Action::Ask(call) if call.effect() == Effect::Read);
    !(is_poll || is_passing || is_first_ask)
}
