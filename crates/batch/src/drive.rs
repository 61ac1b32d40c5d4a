//! Drives the listed orders: what is due first, then what is new, until nothing is left that a run
//! can do.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use jindiao_order::{Flow, Product, State, WaitReason};
use jindiao_protocol::{Timestamp, Vendor};
use jindiao_words::say;
use tokio::task::JoinSet;

use crate::chain::{self, End, Landed};
use crate::fresh::Fresh;
use crate::queue::{Job, News, Queue};
use crate::run::Event;
use crate::shared::{Shared, Turn, beyond_budget, interrupted};
use crate::store::{Change, Found, KnownDrawn, Write};
use crate::writer::Failed;
use crate::{Entry, Store};

/// How long calls that are under way may still take when a run is interrupted.
const FAREWELL: Duration = Duration::from_millis(1500);
/// How many orders are read or written at once that are not under way.
const PAGE: usize = 256;
/// How long a run sleeps at most before it looks at the clock again.
const LOOK_AGAIN: Duration = Duration::from_secs(60);

/// Looks at all listed orders. Says why the new ones were left that nobody came to.
pub(crate) async fn drive_listed(
    shared: &Arc<Shared>,
) -> Result<BTreeMap<Product, String>, Failed> {
    let mut queue = Queue::new(&shared.vendors);
    add_known(shared, &mut queue).await?;
    let mut fresh = Fresh::new();
    let new = fresh.products(shared).await?;
    let new = new.into_iter().map(Product::vendor);
    let asked: BTreeSet<Vendor> = queue.vendors().chain(new).collect();
    for vendor in asked {
        if let Some(origin) = shared.vendors.plain_http(vendor) {
            (shared.watch)(Event::PlainHttp {
                vendor,
                address: origin.to_string(),
            });
        }
    }
    let mut drive = Drive {
        shared,
        queue,
        fresh,
        chains: JoinSet::new(),
    };
    let driven = drive.go_on().await;
    // What has not landed by now is cut off; the ledger knows what it was about to do.
    drive.chains.shutdown().await;
    driven?;
    drive.leave().await
}

/// Queues the listed orders that are not new.
async fn add_known(shared: &Shared, queue: &mut Queue) -> Result<(), Failed> {
    let mut at = KnownDrawn::default();
    loop {
        let draw = move |store: &Store| {
            let found = store.draw_known(&mut at, PAGE)?;
            Ok((found, at))
        };
        let (page, next) = shared.writer.ask(draw).await?;
        at = next;
        let is_last = page.len() < PAGE;
        for found in page {
            // Files may be copied here, which takes its time.
            if shared.stop.is_requested() {
                return Ok(());
            }
            let row = found.row;
            match first_input(shared, found).await {
                First::Look(job) => queue.add(job, shared.time.now()),
                First::Settled => {}
                First::Left(why) => shared.writer.note(vec![Write::Leave { row, why }]),
            }
        }
        if is_last {
            return Ok(());
        }
    }
}

/// What to do with an order when the run begins.
enum First {
    Look(Job),
    Settled,
    Left(String),
}

async fn first_input(shared: &Shared, found: Found) -> First {
    let Found { row, state, entry } = found;
    let Entry { order, folder, .. } = entry;
    let product = order.wanted().product();
    let news = match order.state() {
        State::Stored { report, .. } => {
            let ours = &shared.options.folder;
            if ours.has(report) {
                return First::Settled;
            }
            let copied = folder
                .filter(|other| other != ours.root())
                .map_or(Ok(false), |other| ours.copy_from(&other, report));
            match copied {
                Ok(true) => {
                    let change = Change::of(row, &order, shared.time.now())
                        .after(state)
                        .with_note(Some(say!("copied to another folder").to_string()))
                        .in_folder(Some(ours.root().to_owned()));
                    let write = Write::Order(Box::new(change));
                    return match shared.writer.write(vec![write]).await {
                        Ok(()) => First::Settled,
                        Err(error) => First::Left(error.to_string()),
                    };
                }
                Ok(false) if product.flow() == Flow::Direct => {
                    return First::Left(say!(
                        "its file {file} is gone, and getting it again is another charge; --fresh-within 0s orders it anew",
                        file = report.file
                    )
                    .to_string());
                }
                Ok(false) => News::FileLost,
                Err(error) => {
                    return First::Left(
                        say!("its file cannot be copied: {error}", error).to_string(),
                    );
                }
            }
        }
        State::Held { .. } => News::AccountOpen,
        State::Uncertain { .. } if order.again_at(&shared.policy(product)).is_some() => News::Found,
        state if state.is_settled() => return First::Settled,
        _ => News::Found,
    };
    First::Look(Job {
        row,
        product,
        is_new: order.placement().is_none(),
        // What is due later is looked at all the same: only the order knows why it waits, and so
        // whether a run waits for it.
        due: order
            .due()
            .map_or(Timestamp::EPOCH, |due| due.min(shared.time.now())),
        why: WaitReason::Backoff,
        news,
    })
}

/// The orders of a run, and those that are under way.
struct Drive<'a> {
    shared: &'a Arc<Shared>,
    queue: Queue,
    fresh: Fresh,
    chains: JoinSet<Landed>,
}

impl Drive<'_> {
    /// Looks at the orders as they come due, until nothing is left that this run can do.
    async fn go_on(&mut self) -> Result<(), Failed> {
        let shared = self.shared;
        let time = &shared.time;
        let mut farewell: Option<Duration> = None;
        // Until when the run said that it waits.
        let mut said: Option<Timestamp> = None;
        loop {
            let is_stopping = shared.stop.is_requested();
            if is_stopping && farewell.is_none() {
                farewell = Some(time.monotonic() + FAREWELL);
            }
            let is_over = is_stopping || shared.is_ledger_broken();
            if !is_over {
                self.take_off().await?;
            }
            let now = time.now();
            let pauses = self.fresh.pauses(shared).await?;
            let next_new = pauses.iter().map(|pause| pause.until).min();
            let next_due = self.queue.next_due().into_iter().chain(next_new).min();
            if self.chains.is_empty() {
                let may_wait = self.queue.has_short_waits() || shared.options.wait;
                if is_over || next_due.is_none() || !may_wait {
                    return Ok(());
                }
                if let Some(until) = next_due
                    && !self.queue.has_short_waits()
                    && said != Some(until)
                {
                    said = Some(until);
                    let mut orders = self.queue.waiting();
                    for pause in &pauses {
                        orders += self.fresh.count(shared, pause.product).await?;
                    }
                    (shared.watch)(Event::Waiting { until, orders });
                }
            }
            let pause = match (farewell, next_due) {
                (Some(end), _) => end.saturating_sub(time.monotonic()),
                // The wall clock may jump: look again at least once a minute.
                (None, Some(due)) => due.since(now).clamp(Duration::from_millis(1), LOOK_AGAIN),
                (None, None) => LOOK_AGAIN,
            };
            if pause.is_zero() {
                return Ok(());
            }
            tokio::select! {
                // In one order, so that the same things happen when the same things come.
                biased;
                Some(landed) = self.chains.join_next(), if !self.chains.is_empty() => {
                    // A chain that panicked has left its order as it is in the ledger.
                    let Ok(landed) = landed else { continue };
                    self.land(landed);
                    // What has landed meanwhile makes room, too.
                    while let Some(landed) = self.chains.try_join_next() {
                        let Ok(landed) = landed else { continue };
                        self.land(landed);
                    }
                }
                () = time.sleep(pause) => {}
                () = shared.stop.requested(), if !is_stopping => {}
            }
        }
    }

    /// Has orders looked at as long as there is room: what is due first, then what is new.
    async fn take_off(&mut self) -> Result<(), Failed> {
        loop {
            let due = self.queue.pop(self.shared.time.now());
            let (job, found) = match due {
                Some(job) => (job, None),
                None => {
                    let has_room = |vendor| self.queue.has_room(vendor);
                    let Some(found) = self.fresh.next(self.shared, has_room).await? else {
                        return Ok(());
                    };
                    let product = found.entry.order.wanted().product();
                    self.queue.takes_off(product.vendor());
                    let job = Job {
                        row: found.row,
                        due: Timestamp::EPOCH,
                        product,
                        is_new: true,
                        why: WaitReason::Backoff,
                        news: News::Found,
                    };
                    (job, Some(found))
                }
            };
            let shared = Arc::clone(self.shared);
            self.chains
                .spawn(async move { chain::follow(&shared, job, found).await });
        }
    }

    fn land(&mut self, landed: Landed) {
        let Landed {
            row,
            product,
            is_new,
            end,
        } = landed;
        self.queue.landed(product.vendor());
        match end {
            End::Wait { until: due, why } => {
                let job = Job {
                    row,
                    due,
                    product,
                    is_new,
                    why,
                    news: News::Due,
                };
                self.queue.add(job, self.shared.time.now());
            }
            End::Left(why) => self.shared.writer.note(vec![Write::Leave { row, why }]),
            End::Settled => {}
        }
    }

    /// Says why each order is left that is not settled, and of the new ones that nobody came to, why
    /// all of a product are.
    async fn leave(mut self) -> Result<BTreeMap<Product, String>, Failed> {
        let shared = self.shared;
        let is_stopped = shared.stop.is_requested();
        let mut rest = BTreeMap::new();
        for product in self.fresh.products(shared).await? {
            let why = match shared.turn(product) {
                Turn::Later(until, why) => {
                    shared.waits(until);
                    later(until, why)
                }
                Turn::Spent(price) | Turn::Busy(price) => {
                    shared.budget_is_spent();
                    beyond_budget(price)
                }
                Turn::Never(why) => why,
                Turn::Now => ended(),
            };
            let why = if is_stopped { interrupted() } else { why };
            rest.insert(product, why);
        }
        let mut writes = Vec::new();
        for job in self.queue.drain() {
            if matches!(job.why, WaitReason::NextDay | WaitReason::Cooldown) {
                shared.waits(job.due);
            }
            let why = if is_stopped {
                interrupted()
            } else {
                later(job.due, job.why)
            };
            writes.push(Write::Leave { row: job.row, why });
            if writes.len() == PAGE {
                shared.writer.note(std::mem::take(&mut writes));
            }
        }
        shared.writer.note(writes);
        Ok(rest)
    }
}

fn ended() -> String {
    say!("the run ended before").to_string()
}

/// Why an order is left that could go on after the run.
fn later(until: Timestamp, why: WaitReason) -> String {
    match why {
        WaitReason::NextDay => say!("the daily quota is used up until {until}", until).to_string(),
        WaitReason::Cooldown => {
            say!("the vendor wants it left alone until {until}", until).to_string()
        }
        WaitReason::Poll | WaitReason::Backoff => ended(),
    }
}
