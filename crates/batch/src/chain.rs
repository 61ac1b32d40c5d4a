//! One order's chain of steps, from being looked at to a wait or an end.

use std::path::PathBuf;

use jindiao_client::{Asked, Attempt, Permit, SendGuard};
use jindiao_order::{
    Action, Call, DownloadProblem, Failure, Fen, Flow, Hold, Input, News, Order, OrderId, Policy,
    Product, StateName, StoredReport, WaitReason,
};
use jindiao_protocol::{Delivery, Effect, Receipt, Timestamp, Vendor};
use jindiao_words::say;

use crate::queue::Job;
use crate::row::ExchangeRow;
use crate::run::Event;
use crate::shared::{Closed, Shared, beyond_budget};
use crate::store::{Change, Found, Row, Write};
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
    let chain = Chain {
        shared,
        row: job.row,
    };
    let (is_new, end) = match chain.run(job.news.input(), found).await {
        Ok(ended) => ended,
        Err(Broken(why)) => (job.is_new, End::Left(why)),
    };
    Landed {
        row: job.row,
        product: job.product,
        is_new,
        end,
    }
}

/// The ledger failed, and with it everything that was to come.
struct Broken(String);

/// The order that a chain is about.
struct What {
    id: OrderId,
    product: Product,
    price: Fen,
}

struct Chain<'a> {
    shared: &'a Shared,
    row: Row,
}

impl Chain<'_> {
    /// Says also whether it is still a new order.
    async fn run(&self, input: Input, found: Option<Found>) -> Result<(bool, End), Broken> {
        let shared = self.shared;
        let row = self.row;
        let Found {
            state: mut written,
            entry,
            ..
        } = match found {
            Some(found) => found,
            None => shared
                .writer
                .ask(move |store| store.order_at(row))
                .await
                .map_err(|error| self.broken(&error))?,
        };
        let mut known_price = entry.price;
        let mut order = entry.order;
        let product = order.wanted().product();
        let policy = shared.policy(product);
        let price = shared.options.prices.of(product).fen;
        let what = What {
            id: order.id().clone(),
            product,
            price,
        };
        let mut input = input;
        // The permit of the call to come, and what must leave before when.
        let mut ready: Option<(Permit, SendGuard)> = None;
        // What is to be written with the next change.
        let mut rows: Vec<Write> = Vec::new();
        let mut folder: Option<PathBuf> = None;
        let mut note: Option<String> = None;
        loop {
            let before = order.state().name();
            let unchanged = order.clone();
            let (next, action) = order.step(shared.time.now(), input, &policy);
            order = next;
            if order != unchanged || !rows.is_empty() {
                let must_last = must_last(before, &order, &action);
                if note.is_none() {
                    note = order.remark(before, &action);
                }
                let change = Change::of(row, &order, shared.time.now())
                    .after(written)
                    .with_note(note.take())
                    .in_folder(folder.take());
                written = order.state().name();
                rows.push(Write::Order(Box::new(change)));
                let writes = std::mem::take(&mut rows);
                if must_last {
                    shared
                        .writer
                        .write(writes)
                        .await
                        .map_err(|error| self.broken(&error))?;
                } else {
                    shared.writer.note(writes);
                }
                if let Some(Hold { refusal, effect }) = order.hold() {
                    // Also what only shows after a few tries, such as a secret that is wrong.
                    shared.pause(product, effect, refusal);
                }
                if order.state().name() != before {
                    (shared.watch)(Event::Moved {
                        order: order.clone(),
                        from: before,
                    });
                }
            }
            let is_new = order.placement().is_none();
            match action {
                Action::Prepare => match self.prepare(&what, &policy).await? {
                    Ok((permit, guard)) => {
                        ready = Some((permit, guard));
                        if known_price != price {
                            known_price = price;
                            rows.push(Write::Price { row, price });
                        }
                        input = Input::Permitted(shared.fence());
                    }
                    Err(Unready::End(end)) => return Ok((is_new, end)),
                    Err(Unready::Failed(failure)) => {
                        // What fails before a charging call is a call that charges nothing.
                        shared.heed(product, Effect::Read, &failure, None);
                        input = Input::Failed(failure);
                    }
                },
                Action::Record(fence) => input = Input::Recorded(fence),
                Action::Place { call, .. } => {
                    let Some((permit, guard)) = ready.take() else {
                        // Unreachable while `Permitted` is said above only; never call without.
                        shared.settle(price, false);
                        return Ok((is_new, End::Left(say!("it had no permit").to_string())));
                    };
                    // The ledger may have held up many.
                    permit.departure().await;
                    let asked = shared.vendors.ask(&call, Some(guard)).await;
                    let is_charged = may_be_charged(&asked.result);
                    shared.settle(price, is_charged);
                    if is_charged && asked.result.is_ok() {
                        let vendor = product.vendor();
                        (shared.watch)(Event::Charged {
                            order: what.id.clone(),
                            vendor,
                            price,
                        });
                    }
                    input = self.heard(&what, &call, asked, permit, &mut rows);
                }
                Action::Ask(call) => {
                    if let Some(end) = self.closed(product, Effect::Read) {
                        return Ok((is_new, end));
                    }
                    let prepared = shared.vendors.prepare(product.vendor()).await;
                    rows.extend(self.token_rows(&what.id, prepared.token_attempts));
                    if let Err(failure) = prepared.result {
                        shared.heed(product, Effect::Read, &failure, None);
                        input = Input::Failed(failure);
                        continue;
                    }
                    let permit = match self.permit(product.vendor()).await {
                        Ok(permit) => permit,
                        Err(end) => return Ok((is_new, end)),
                    };
                    // The permit may have taken a while.
                    if let Some(end) = self.closed(product, Effect::Read) {
                        permit.give_back();
                        return Ok((is_new, end));
                    }
                    let asked = shared.vendors.ask(&call, None).await;
                    input = self.heard(&what, &call, asked, permit, &mut rows);
                }
                Action::Download { link, kind } => {
                    let file = Folder::relative(&order);
                    let target = shared.options.folder.path(&file);
                    let vendor = product.vendor();
                    input = match shared.vendors.download(vendor, &link, &target, kind).await {
                        Ok(stored) => {
                            folder = Some(shared.options.folder.root().to_owned());
                            let sha256 = stored.sha256_hex();
                            Input::Stored(StoredReport {
                                file,
                                size: stored.bytes,
                                sha256,
                            })
                        }
                        Err(failure) => {
                            note = Some(failure.text.clone());
                            if failure.problem == DownloadProblem::Disk {
                                shared.disk_broke(&failure.text);
                            }
                            Input::NotStored(failure)
                        }
                    };
                }
                Action::Wait { until, why } => {
                    let end = if shared.stop.is_requested() {
                        End::Left("interrupted".to_owned())
                    } else {
                        End::Wait { until, why }
                    };
                    return Ok((is_new, end));
                }
                Action::Leave { why } => return Ok((is_new, End::Left(why))),
                Action::Rest => {
                    if before != StateName::Stored && order.state().name() == StateName::Stored {
                        self.list(order, price);
                    }
                    return Ok((is_new, End::Settled));
                }
            }
        }
    }

    /// Everything that must be right before an intent is written: the gates, the budget, the
    /// token, and last the permit.
    async fn prepare(
        &self,
        what: &What,
        policy: &Policy,
    ) -> Result<Result<(Permit, SendGuard), Unready>, Broken> {
        let shared = self.shared;
        let What { id, product, price } = what;
        let (product, price) = (*product, *price);
        let vendor = product.vendor();
        if let Some(end) = self.stopped(product) {
            return Ok(Err(Unready::End(end)));
        }
        if !shared.reserve(price) {
            return Ok(Err(Unready::End(End::Left(beyond_budget(price)))));
        }
        let prepared = shared.vendors.prepare(vendor).await;
        shared
            .writer
            .note(self.token_rows(id, prepared.token_attempts).collect());
        if let Err(failure) = prepared.result {
            shared.settle(price, false);
            return Ok(Err(Unready::Failed(failure)));
        }
        let permit = match self.permit(vendor).await {
            Ok(permit) => permit,
            Err(end) => {
                shared.settle(price, false);
                return Ok(Err(Unready::End(end)));
            }
        };
        // The permit may have taken a while.
        if let Some(end) = self.stopped(product) {
            permit.give_back();
            shared.settle(price, false);
            return Ok(Err(Unready::End(end)));
        }
        let guard = SendGuard::new(&*shared.time, policy.intent_life);
        Ok(Ok((permit, guard)))
    }

    /// Why no new charge may be made.
    fn stopped(&self, product: Product) -> Option<End> {
        let shared = self.shared;
        if shared.stop.is_requested() {
            return Some(End::Left("interrupted".to_owned()));
        }
        if let Some(why) = shared.no_room() {
            return Some(End::Left(why));
        }
        self.closed(product, Effect::Charge)
    }

    /// Why the account may not be called with this effect.
    fn closed(&self, product: Product, effect: Effect) -> Option<End> {
        self.shared
            .closed(product, effect)
            .map(|closed| match closed {
                Closed::Trouble(trouble) => End::Left(trouble.keeps_from(effect)),
                Closed::Until(until, why) => End::Wait { until, why },
            })
    }

    async fn permit(&self, vendor: Vendor) -> Result<Permit, End> {
        let shared = self.shared;
        let Some(pace) = shared.vendors.pace(vendor) else {
            return Err(End::Left(
                say!("there is no account for {vendor}", vendor).to_string(),
            ));
        };
        tokio::select! {
            biased;
            () = shared.stop.requested() => Err(End::Left("interrupted".to_owned())),
            permit = pace.permit() => permit.map_err(|limit| {
                // Our own limit is for calls of every kind.
                shared.rest((vendor, None), Effect::Read, limit.until, WaitReason::NextDay);
                End::Wait { until: limit.until, why: WaitReason::NextDay }
            }),
        }
    }

    /// Books a call, and turns what came of it into what the order is told.
    fn heard(
        &self,
        what: &What,
        call: &Call,
        asked: Asked,
        permit: Permit,
        rows: &mut Vec<Write>,
    ) -> Input {
        let Asked {
            result,
            attempt,
            token_attempts,
            retry_after,
            clock,
        } = asked;
        let What { id, product, price } = what;
        if let Some(note) = clock {
            (self.shared.watch)(Event::Clock(note));
        }
        rows.extend(self.token_rows(id, token_attempts));
        if let Some(attempt) = &attempt {
            let exchange = Box::new(ExchangeRow::of(id, call, attempt, *price, &result));
            let row = self.row;
            rows.push(Write::Exchange { row, exchange });
        }
        match result {
            Ok((news, _)) => Input::Told(news),
            Err(failure) => {
                if failure.delivery() == Delivery::NeverSent {
                    permit.give_back();
                }
                self.shared
                    .heed(*product, call.effect(), &failure, retry_after);
                Input::Failed(failure)
            }
        }
    }

    fn token_rows(
        &self,
        id: &OrderId,
        attempts: Vec<Attempt>,
    ) -> impl Iterator<Item = Write> + use<> {
        let (row, id) = (self.row, id.clone());
        attempts.into_iter().map(move |attempt| {
            let exchange = Box::new(ExchangeRow::of_token(&id, &attempt));
            Write::Exchange { row, exchange }
        })
    }

    /// Adds the stored report to the manifest at once; the end of the run writes it anew.
    fn list(&self, order: Order, price: Fen) {
        let entry = Entry {
            updated: self.shared.time.now(),
            order,
            round: 0,
            price,
            folder: None,
        };
        if let Some(line) = ManifestEntry::of(&entry) {
            self.shared.list(&line);
        }
    }

    fn broken(&self, error: &crate::writer::Failed) -> Broken {
        self.shared.ledger_broke(error);
        Broken(error.to_string())
    }
}

/// Why a charging call cannot be made now.
enum Unready {
    End(End),
    Failed(Failure),
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
