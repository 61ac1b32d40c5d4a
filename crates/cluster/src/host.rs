//! One worker process: what it is configured for, and the steps that it does for orders.

use std::collections::BTreeMap;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jindiao_batch::{ExchangeRow, LedgerKind, Prices};
use jindiao_client::{Asked, Attempt};
use jindiao_order::{
    Action, Backoff, Call, DownloadFailure, Failure, Fen, Fence, Input, News, OnUncertain, Order,
    OrderId, Policy, Product, StoredReport,
};
use jindiao_protocol::{Advice, Delivery, Effect, Link, LinkError, RawLink, Timestamp, Vendor};
use jindiao_words::say;
use serde::{Deserialize, Serialize};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::account::{AccountConfig, Draw, Permit, PermitRequest, Report};
use crate::book::{Book, Taken};
use crate::hands::{Hands, Ready, Turn};
use crate::shard::Shard;
use crate::shelf::ShelfHealth;
use crate::slots::Drawn;

/// One worker process.
#[derive(Debug)]
pub struct Host {
    hands: Arc<dyn Hands>,
    book: Book,
    drawn: Drawn,
    kind: LedgerKind,
    accounts: BTreeMap<Vendor, AccountConfig>,
    policies: BTreeMap<Product, Policy>,
    prices: Prices,
    /// What a vendor has just closed: until the account's object has heard of it, so many permits
    /// are out already. The end is on the monotonic clock.
    closed: Mutex<BTreeMap<(Vendor, Option<Product>), Duration>>,
    /// What it has done so far.
    pub counters: Counters,
    shelf: ShelfHealth,
    /// When it began, on the clock that never goes back.
    began: Duration,
    /// One for each call or download under way; all of them when nothing is.
    work: Arc<Semaphore>,
}

/// How long a worker keeps in mind by itself that a vendor has closed something.
const CLOSED: Duration = Duration::from_secs(5);
/// How often who waits for a turn looks whether somebody has one who is gone.
const LOOK_AGAIN: Duration = Duration::from_secs(1);
/// So much can be under way at once: more than a process can do.
const MOST_WORK: u32 = 1 << 24;

/// Something is under way that is not durable yet.
#[derive(Debug)]
pub(crate) struct Busy(#[expect(dead_code, reason = "it is held")] Option<OwnedSemaphorePermit>);

/// What a worker process has done since it began.
#[derive(Debug, Default)]
pub struct Counters {
    /// Looks at an order.
    pub ticks: AtomicU64,
    /// Calls that may cost money.
    pub charges: AtomicU64,
    /// Other calls.
    pub reads: AtomicU64,
    /// Reports stored.
    pub stored: AtomicU64,
    /// Their bytes.
    pub bytes: AtomicU64,
    /// Tries to download and store a report that failed.
    pub unstored: AtomicU64,
    /// Charging calls of which nobody knows whether they were made.
    pub lost: AtomicU64,
    /// Permits that were refused, since this worker is configured otherwise than the cluster.
    pub refused: AtomicU64,
}

impl Host {
    /// A worker that works with these hands, for orders of this kind.
    ///
    /// # Errors
    /// If the system gives no random numbers.
    pub fn new(hands: Arc<dyn Hands>, kind: LedgerKind) -> io::Result<Self> {
        let book = Book::new(Arc::clone(hands.time()))?;
        let began = hands.time().monotonic();
        Ok(Self {
            hands,
            book,
            drawn: Drawn::default(),
            kind,
            accounts: BTreeMap::new(),
            policies: BTreeMap::new(),
            prices: Prices::default(),
            closed: Mutex::default(),
            counters: Counters::default(),
            shelf: ShelfHealth::default(),
            began,
            work: Arc::new(Semaphore::new(MOST_WORK as usize)),
        })
    }

    /// With an account. Orders of vendors without one wait.
    #[must_use]
    pub fn with_account(mut self, config: AccountConfig) -> Self {
        self.accounts.insert(config.vendor, config);
        self
    }

    /// With policies that differ from [`Policy::of`].
    #[must_use]
    pub fn with_policies(mut self, policies: BTreeMap<Product, Policy>) -> Self {
        self.policies = policies;
        self
    }

    /// With these prices.
    #[must_use]
    pub fn with_prices(mut self, prices: Prices) -> Self {
        self.prices = prices;
        self
    }

    /// Whether its orders are real.
    pub fn kind(&self) -> LedgerKind {
        self.kind
    }

    /// The accounts that it is configured for.
    pub fn accounts(&self) -> impl Iterator<Item = &AccountConfig> {
        self.accounts.values()
    }

    /// The name of this process, which no other ever had.
    pub fn incarnation(&self) -> &str {
        self.book.incarnation()
    }

    /// For how long it has been running.
    pub fn uptime(&self) -> Duration {
        self.hands.time().monotonic().saturating_sub(self.began)
    }

    /// How many calls and downloads are under way.
    pub fn in_flight(&self) -> usize {
        // Each holds the semaphore; how many permits are left says nothing while the worker drains.
        Arc::strong_count(&self.work).saturating_sub(1)
    }

    /// Why reports cannot be stored at the moment, if they cannot. Then nothing new is ordered.
    pub fn shelf_trouble(&self) -> Option<String> {
        self.shelf.trouble()
    }

    /// Begins something that is not to be cut off in the middle. When the worker stops nothing
    /// begins any more: whoever wants to waits until it is cut off, and another worker does it.
    pub(crate) async fn begin_work(&self) -> Busy {
        // Nobody closes it, so there is always a permit.
        Busy(Arc::clone(&self.work).acquire_owned().await.ok())
    }

    /// Lets nothing begin any more, and waits until what is under way is done and durable.
    pub(crate) async fn end_work(&self) {
        // Who asks later waits behind this.
        if let Ok(all) = self.work.acquire_many(MOST_WORK).await {
            all.forget();
        }
    }

    /// A permit was refused.
    pub(crate) fn count_refusal(&self) {
        count(&self.counters.refused);
    }

    /// The time.
    pub(crate) fn now(&self) -> Timestamp {
        self.hands.time().now()
    }

    /// What an order of `product` is held to from here on.
    pub(crate) async fn begin(self: Arc<Self>, product: Product) -> Begin {
        count(&self.counters.ticks);
        let policy = self.policies.get(&product).cloned();
        Begin {
            now: self.now(),
            terms: Terms::of(&policy.unwrap_or_else(|| Policy::of(product))),
            price: self.prices.of(product).fen,
            account: self.accounts.get(&product.vendor()).cloned(),
            slot: None,
        }
    }

    /// The same with a slot for the call that the order makes first, where its account is a fast one:
    /// so a look needs no step more for that.
    pub(crate) async fn look(self: Arc<Self>, order: Order, waited: bool, anew: bool) -> Begin {
        let product = order.wanted().product();
        let mut begin = Arc::clone(&self).begin(product).await;
        let is_held = order.hold().is_some();
        let input = if anew { Input::Found } else { Input::Look };
        let (_, action) = order.step(begin.now, input, &begin.terms.policy(product));
        let effect = match action {
            Action::Prepare if !is_held => Effect::Charge,
            Action::Ask(_) if !is_held => Effect::Read,
            _ => return begin,
        };
        if let Some(config) = begin.account.clone()
            && Shard::parts(&config) > 1
        {
            let request = PermitRequest {
                effect,
                product,
                waited,
                config,
            };
            begin.slot = Some(Arc::clone(&self).slot(request).await);
            begin.now = begin.now.max(self.now());
        }
        begin
    }

    /// A slot for a call to a fast account, when its time has come.
    pub(crate) async fn slot(self: Arc<Self>, request: PermitRequest) -> Slot {
        match self.drawn.take(&**self.hands.time(), &request).await {
            Ok(permit) => Slot::Permit(self.await_slot(permit).await),
            Err(nonce) => Slot::Draw(Fence {
                incarnation: self.incarnation().to_owned(),
                nonce,
            }),
        }
    }

    /// Takes in slots that were drawn by who has this fence, and gives the first of them.
    pub(crate) async fn fill(
        self: Arc<Self>,
        request: PermitRequest,
        draw: Draw,
        fence: Fence,
    ) -> Permit {
        let is_ours = fence.incarnation == self.incarnation();
        let number = is_ours.then_some(fence.nonce);
        let time = &**self.hands.time();
        let permit = self.drawn.fill(time, &request, draw, number);
        self.await_slot(permit).await
    }

    /// Here a process waits and no timer of the engine: a slot is seconds away at most.
    async fn await_slot(&self, permit: Permit) -> Permit {
        let Permit::Granted { wait_us } = permit else {
            return permit;
        };
        if wait_us > 0 {
            let wait = Duration::from_micros(wait_us);
            self.hands.time().sleep(wait).await;
        }
        Permit::Granted { wait_us: 0 }
    }

    /// Gets ready for a charging call.
    pub(crate) async fn ready(self: Arc<Self>, product: Product, order: OrderId) -> Prepared {
        let time = &**self.hands.time();
        if let Err(why) = self.shelf.check(time, self.hands.probe_shelf()).await {
            // What is paid for must have a place to go.
            let text = say!(
                "nothing new is ordered while reports cannot be stored: {why}",
                why
            )
            .to_string();
            let failure = Failure::unanswered(product.vendor(), "store", Delivery::NeverSent, text);
            return Prepared {
                now: self.now(),
                result: Err(Unready::Failed(failure.with_advice(Advice::Retry))),
                rows: Vec::new(),
                reports: vec![Report::GiveBack],
            };
        }
        let ready = self.turn(product.vendor()).await;
        let (mut rows, mut reports) = (Vec::new(), Vec::new());
        tokens(&order, &ready.token_attempts, &mut rows, &mut reports);
        let result = match ready.turn {
            Ok(turn) if self.is_closed(product) => {
                if let Some(Turn(permit)) = turn {
                    permit.give_back();
                }
                reports.push(Report::GiveBack);
                Err(Unready::Closed(CLOSED))
            }
            Ok(turn) => Ok(self.book.prepare(turn.map(|Turn(permit)| permit))),
            Err(failure) => {
                // What fails before a charging call is a call that charges nothing.
                reports.extend(Report::of(product, Effect::Read, &failure, None));
                reports.push(Report::GiveBack);
                Err(Unready::Failed(failure))
            }
        };
        Prepared {
            now: self.now(),
            result,
            rows,
            reports,
        }
    }

    /// Arms the right to a call whose intent is kept.
    pub(crate) async fn arm(self: Arc<Self>, fence: Fence, life: Duration) -> Armed {
        let now = self.now();
        let is_armed = self.book.arm(&fence, life);
        Armed { now, is_armed }
    }

    /// Waits for a token and a turn. Whoever waits sees to it that nobody has a turn who is gone.
    async fn turn(&self, vendor: Vendor) -> Ready {
        let mut ready = self.hands.ready(vendor);
        loop {
            self.book.give_back_ended();
            tokio::select! {
                biased;
                ready = &mut ready => return ready,
                () = self.hands.time().sleep(LOOK_AGAIN) => {}
            }
        }
    }

    /// Makes a charging call, if this process has the right to, and never otherwise.
    pub(crate) async fn place(self: Arc<Self>, call: Call, fence: Fence, errand: Errand) -> Heard {
        let (guard, permit) = match self.book.take(&fence) {
            Taken::Yes(guard, permit) => (guard, permit),
            Taken::Ended => {
                let failure = unsent(
                    &call,
                    &say!("the intent ended before the call could be made").to_string(),
                );
                return Heard {
                    now: self.now(),
                    told: Told::Failed(failure),
                    rows: Vec::new(),
                    reports: vec![Report::GiveBack],
                };
            }
            Taken::Unknown => {
                count(&self.counters.lost);
                return Heard {
                    now: self.now(),
                    told: Told::Lost,
                    rows: Vec::new(),
                    reports: Vec::new(),
                };
            }
        };
        if let Some(permit) = &permit {
            // The server may have held up many, until their intents were durable.
            permit.departure().await;
        }
        count(&self.counters.charges);
        let asked = self.hands.ask(&call, Some(guard)).await;
        let heard = self.heard(&call, asked, &errand);
        if let (true, Some(permit)) = (heard.was_never_sent(), permit) {
            permit.give_back();
        }
        heard
    }

    /// Makes a call that charges nothing.
    pub(crate) async fn ask(self: Arc<Self>, call: Call, errand: Errand) -> Heard {
        let ready = self.turn(call.vendor()).await;
        let (mut rows, mut reports) = (Vec::new(), Vec::new());
        tokens(
            &errand.order,
            &ready.token_attempts,
            &mut rows,
            &mut reports,
        );
        let turn = match ready.turn {
            Ok(turn) => turn,
            Err(failure) => {
                reports.extend(Report::of(errand.product, Effect::Read, &failure, None));
                reports.push(Report::GiveBack);
                return Heard {
                    now: self.now(),
                    told: Told::Failed(failure),
                    rows,
                    reports,
                };
            }
        };
        count(&self.counters.reads);
        let asked = self.hands.ask(&call, None).await;
        let mut heard = self.heard(&call, asked, &errand);
        if let (true, Some(Turn(permit))) = (heard.was_never_sent(), turn) {
            permit.give_back();
        }
        rows.append(&mut heard.rows);
        reports.append(&mut heard.reports);
        Heard {
            rows,
            reports,
            ..heard
        }
    }

    /// Downloads the report of `order` and stores it.
    pub(crate) async fn store(self: Arc<Self>, link: Link, order: Order) -> Fetched {
        let result = self.hands.store(&link, &order).await;
        self.shelf.heed(&**self.hands.time(), &result);
        match &result {
            Ok(report) => {
                count(&self.counters.stored);
                self.counters
                    .bytes
                    .fetch_add(report.size, Ordering::Relaxed);
            }
            Err(_) => count(&self.counters.unstored),
        }
        Fetched {
            now: self.now(),
            shelf: self.hands.shelf(),
            result,
        }
    }

    /// Makes no further charging call for a while where the vendor turns them away.
    fn close(&self, vendor: Vendor, report: &Report) {
        if let Report::Trouble {
            product, effect, ..
        }
        | Report::DaySpent { product, effect } = report
            && *effect == Effect::Charge
        {
            let until = self.hands.time().monotonic().saturating_add(CLOSED);
            self.closed().insert((vendor, *product), until);
        }
    }

    fn is_closed(&self, product: Product) -> bool {
        let now = self.hands.time().monotonic();
        let vendor = product.vendor();
        let closed = self.closed();
        [None, Some(product)]
            .iter()
            .any(|it| closed.get(&(vendor, *it)).is_some_and(|until| now < *until))
    }

    fn closed(&self) -> MutexGuard<'_, BTreeMap<(Vendor, Option<Product>), Duration>> {
        // It is whole between any two statements.
        self.closed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What came of a call, in a form that can be kept.
    fn heard(&self, call: &Call, asked: Asked, errand: &Errand) -> Heard {
        let now = self.now();
        let (mut rows, mut reports) = (Vec::new(), Vec::new());
        tokens(
            &errand.order,
            &asked.token_attempts,
            &mut rows,
            &mut reports,
        );
        if let Some(attempt) = &asked.attempt {
            rows.push(ExchangeRow::of(
                &errand.order,
                call,
                attempt,
                errand.price,
                &asked.result,
            ));
        }
        let told = match asked.result {
            Ok((news, _)) => Told::News(NewsForm::of(news, now)),
            Err(failure) => {
                let report = Report::of(errand.product, call.effect(), &failure, asked.retry_after);
                if let Some(Report::SlowDown { pause }) = &report {
                    self.hands.slow_down(call.vendor(), *pause);
                }
                if let Some(report) = &report {
                    self.close(call.vendor(), report);
                }
                reports.extend(report);
                if failure.delivery() == Delivery::NeverSent {
                    reports.push(Report::GiveBack);
                }
                Told::Failed(failure)
            }
        };
        Heard {
            now,
            told,
            rows,
            reports,
        }
    }
}

/// A failure of `call` that surely did not leave.
pub(crate) fn unsent(call: &Call, text: &str) -> Failure {
    Failure::unanswered(call.vendor(), call.name(), Delivery::NeverSent, text)
        .with_advice(Advice::Retry)
}

fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}

fn tokens(
    order: &OrderId,
    attempts: &[Attempt],
    rows: &mut Vec<ExchangeRow>,
    reports: &mut Vec<Report>,
) {
    rows.extend(attempts.iter().map(|it| ExchangeRow::of_token(order, it)));
    if !attempts.is_empty() {
        let calls = u64::try_from(attempts.len()).unwrap_or(u64::MAX);
        reports.push(Report::Calls { calls });
    }
}

/// For which order a call is made.
#[derive(Debug, Clone)]
pub(crate) struct Errand {
    pub(crate) order: OrderId,
    pub(crate) product: Product,
    pub(crate) price: Fen,
}

/// What a look at an order begins with.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Begin {
    pub(crate) now: Timestamp,
    pub(crate) terms: Terms,
    pub(crate) price: Fen,
    pub(crate) account: Option<AccountConfig>,
    /// What came of asking for a slot for the first call, where that was done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) slot: Option<Slot>,
}

/// What came of asking this process for a slot.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Slot {
    /// Its time has come.
    Permit(Permit),
    /// Some are to be drawn from the account, by who has this fence.
    Draw(Fence),
}

/// What came of getting ready for a charging call.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Prepared {
    pub(crate) now: Timestamp,
    pub(crate) result: Result<Fence, Unready>,
    pub(crate) rows: Vec<ExchangeRow>,
    pub(crate) reports: Vec<Report>,
}

/// Why a charging call cannot be made now.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Unready {
    Failed(Failure),
    /// The vendor has just turned another order away: the account is to be asked again after so
    /// long, for it has heard of that by then, and perhaps a person has seen to it.
    Closed(Duration),
}

/// Whether the right to a call may be used.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Armed {
    pub(crate) now: Timestamp,
    pub(crate) is_armed: bool,
}

/// What came of a call.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Heard {
    pub(crate) now: Timestamp,
    pub(crate) told: Told,
    pub(crate) rows: Vec<ExchangeRow>,
    pub(crate) reports: Vec<Report>,
}

impl Heard {
    fn was_never_sent(&self) -> bool {
        matches!(&self.told, Told::Failed(failure) if failure.delivery() == Delivery::NeverSent)
    }
}

/// What was heard.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Told {
    News(NewsForm),
    Failed(Failure),
    /// The right to the call was used before, or is another process's: nobody knows.
    Lost,
}

/// What came of a download.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Fetched {
    pub(crate) now: Timestamp,
    pub(crate) shelf: String,
    pub(crate) result: Result<StoredReport, DownloadFailure>,
}

/// [`News`] in a form that can be kept: its link is sealed.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum NewsForm {
    Placed(String),
    Pending(Option<u32>),
    Link(Link),
    /// What was given is no link, for this reason.
    NoLink(BadLink),
    Failed(String),
    AlreadyAsked,
    /// Something that this version has no word for.
    Unknown,
}

/// What is wrong with a link. The text itself may be signed and is not kept.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum BadLink {
    Empty,
    NotAnAddress,
    Scheme,
    TooLong,
}

impl NewsForm {
    fn of(news: News, now: Timestamp) -> Self {
        match news {
            News::Placed(reference) => Self::Placed(reference),
            News::Pending { queue } => Self::Pending(queue),
            News::Failed(cause) => Self::Failed(cause),
            News::AlreadyAsked => Self::AlreadyAsked,
            News::Link(raw) => match raw.link(now) {
                Ok(link) if link.url().is_none() => Self::Link(link),
                // Hands that do not seal have no link that could be kept.
                Ok(_) => Self::NoLink(BadLink::NotAnAddress),
                Err(LinkError::Empty) => Self::NoLink(BadLink::Empty),
                Err(LinkError::Scheme) => Self::NoLink(BadLink::Scheme),
                Err(LinkError::TooLong) => Self::NoLink(BadLink::TooLong),
                Err(_) => Self::NoLink(BadLink::NotAnAddress),
            },
            _ => Self::Unknown,
        }
    }

    pub(crate) fn news(self) -> News {
        let bad = |text: &str| News::Link(RawLink::new(text, None));
        match self {
            Self::Placed(reference) => News::Placed(reference),
            Self::Pending(queue) => News::Pending { queue },
            Self::Link(link) => News::Link(link.into()),
            // Texts that are bad for the same reason.
            Self::NoLink(BadLink::Empty) => bad(""),
            Self::NoLink(BadLink::NotAnAddress) => bad("not an address"),
            Self::NoLink(BadLink::Scheme) => bad("ftp://host/"),
            Self::NoLink(BadLink::TooLong) => bad(&"x".repeat(10_000)),
            Self::Failed(cause) => News::Failed(cause),
            Self::AlreadyAsked => News::AlreadyAsked,
            // Not news that any order waits for: asked again, or a doubt.
            Self::Unknown => News::AlreadyAsked,
        }
    }
}

/// [`Policy`] in a form that can be kept: what holds for a look at an order holds for its replay.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Terms {
    intent_life: Duration,
    poll_interval: Duration,
    poll_timeout: Duration,
    backoff: (Duration, Duration),
    place_attempts: u32,
    ask_attempts: u32,
    download_attempts: u32,
    unknown_grace: Duration,
    order_again: bool,
    again_grace: Duration,
}

impl Terms {
    pub(crate) fn of(policy: &Policy) -> Self {
        Self {
            intent_life: policy.intent_life,
            poll_interval: policy.poll_interval,
            poll_timeout: policy.poll_timeout,
            backoff: (policy.backoff.first, policy.backoff.most),
            place_attempts: policy.place_attempts,
            ask_attempts: policy.ask_attempts,
            download_attempts: policy.download_attempts,
            unknown_grace: policy.unknown_grace,
            order_again: policy.on_uncertain == OnUncertain::OrderAgain,
            again_grace: policy.again_grace,
        }
    }

    pub(crate) fn policy(&self, product: Product) -> Policy {
        let mut policy = Policy::of(product);
        policy.intent_life = self.intent_life;
        policy.poll_interval = self.poll_interval;
        policy.poll_timeout = self.poll_timeout;
        let (first, most) = self.backoff;
        policy.backoff = Backoff { first, most };
        policy.place_attempts = self.place_attempts;
        policy.ask_attempts = self.ask_attempts;
        policy.download_attempts = self.download_attempts;
        policy.unknown_grace = self.unknown_grace;
        policy.on_uncertain = match self.order_again {
            true => OnUncertain::OrderAgain,
            false => OnUncertain::Hold,
        };
        policy.again_grace = self.again_grace;
        policy
    }
}

#[cfg(test)]
mod tests {
    use std::num::{NonZeroU32, NonZeroUsize};

    use jindiao_client::{BoxFuture, Pace, PaceLimits, SendGuard, Time, VirtualClock};
    use jindiao_order::Wanted;
    use jindiao_protocol::{Company, Subject};
    use tokio::task::JoinSet;

    use super::*;
    use crate::hands::TURN;

    /// Hands that call at a pace, and write down when they did.
    #[derive(Debug)]
    struct PacedHands {
        time: Arc<dyn Time>,
        pace: Pace,
        left: Mutex<Vec<Duration>>,
    }

    impl Hands for PacedHands {
        fn time(&self) -> &Arc<dyn Time> {
            &self.time
        }

        fn ready(&self, _: Vendor) -> BoxFuture<'_, Ready> {
            Box::pin(async {
                let permit = self.pace.permit().await.expect("no daily limit");
                Ready {
                    turn: Ok(Some(Turn(permit))),
                    token_attempts: Vec::new(),
                }
            })
        }

        fn ask<'a>(&'a self, call: &'a Call, _: Option<SendGuard>) -> BoxFuture<'a, Asked> {
            let now = self.time.monotonic();
            self.left.lock().expect("no panic").push(now);
            Box::pin(std::future::ready(Asked {
                result: Err(unsent(call, "nobody is there")),
                attempt: None,
                token_attempts: Vec::new(),
                retry_after: None,
                clock: None,
            }))
        }

        fn slow_down(&self, _: Vendor, _: Option<Duration>) {}

        fn store<'a>(
            &'a self,
            _: &'a Link,
            _: &'a Order,
        ) -> BoxFuture<'a, Result<StoredReport, DownloadFailure>> {
            unreachable!("nothing is ordered")
        }

        fn shelf(&self) -> String {
            "nowhere".to_owned()
        }
    }

    fn paced(limits: PaceLimits) -> (Arc<Host>, Arc<PacedHands>) {
        let time: Arc<dyn Time> = Arc::new(VirtualClock::starting_at(Timestamp::EPOCH));
        let hands = Arc::new(PacedHands {
            pace: Pace::new(limits, Arc::clone(&time)),
            time,
            left: Mutex::default(),
        });
        let host = Host::new(Arc::clone(&hands) as _, LedgerKind::Simulated).expect("a host");
        (Arc::new(host), hands)
    }

    #[tokio::test(start_paused = true)]
    async fn what_the_server_held_up_together_does_not_leave_together() {
        let limits = PaceLimits::default().with_qps(NonZeroU32::new(10).expect("ten"));
        let (host, hands) = paced(limits);
        let product = Product::QccSnapshot;
        let subject = Subject::Company(Company::named("小米".parse().expect("a name")));
        let wanted = Wanted::new(product, subject, None).expect("wanted");
        let order: OrderId = "0g3bxw7h2k9q".parse().expect("an id");
        let mut fences = Vec::new();
        for _ in 0..8 {
            let prepared = Arc::clone(&host).ready(product, order.clone()).await;
            fences.push(prepared.result.expect("a fence"));
        }
        // The intents become durable at the same moment.
        let mut calls = JoinSet::new();
        for fence in fences {
            let life = Duration::from_secs(10);
            assert!(Arc::clone(&host).arm(fence.clone(), life).await.is_armed);
            let errand = Errand {
                order: order.clone(),
                product,
                price: Fen::ZERO,
            };
            let call = Call::place(&wanted).expect("a charging call");
            calls.spawn(Arc::clone(&host).place(call, fence, errand));
        }
        calls.join_all().await;
        let left = hands.left.lock().expect("no panic").clone();
        assert_eq!(left.len(), 8);
        let closest = Duration::from_millis(50);
        assert!(
            left.windows(2).all(|pair| pair[1] - pair[0] >= closest),
            "{left:?}"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn who_got_ready_and_was_lost_keeps_nobody_waiting() {
        let limits = PaceLimits::default().with_concurrency(NonZeroUsize::MIN);
        let (host, hands) = paced(limits);
        let order: OrderId = "0g3bxw7h2k9q".parse().expect("an id");
        let ready = || Arc::clone(&host).ready(Product::QccSnapshot, order.clone());
        // The server that heard of the first two does not know them any more. One of them was about
        // to call.
        let life = Duration::from_secs(10);
        for is_armed in [false, true] {
            let fence = ready().await.result.expect("a fence");
            if is_armed {
                assert!(Arc::clone(&host).arm(fence, life).await.is_armed);
            }
        }
        assert!(ready().await.result.is_ok());
        // Nobody who waits for a turn has given up by then.
        assert!(hands.time.monotonic() < 2 * TURN);
    }

    #[test]
    fn a_policy_survives_being_kept() {
        for product in Product::ALL {
            let mut policy = Policy::of(*product).ordering_again(Duration::from_secs(7));
            policy.ask_attempts = 99;
            policy.backoff.most = Duration::from_millis(3);
            let text = serde_json::to_string(&Terms::of(&policy)).expect("json");
            let terms: Terms = serde_json::from_str(&text).expect("terms");
            assert_eq!(terms.policy(*product), policy);
        }
    }

    #[test]
    fn no_address_is_kept() {
        let url = "https://h/a.pdf?Expires=1900000000&Signature=S3CR3T";
        let now = Timestamp::from_unix_seconds(1_700_000_000);
        let check = |raw: RawLink, error: Option<LinkError>| {
            let kept = NewsForm::of(News::Link(raw), now);
            let text = serde_json::to_string(&kept).expect("json");
            assert!(
                !text.contains("S3CR3T") && !text.contains("https"),
                "{text}"
            );
            let News::Link(read) = kept.news() else {
                panic!("no link any more");
            };
            assert_eq!(read.link(now).err(), error);
        };
        check(RawLink::new(url, None), Some(LinkError::NotAnAddress));
        check(RawLink::new("", None), Some(LinkError::Empty));
        check(
            RawLink::new("ftp://h/S3CR3T", None),
            Some(LinkError::Scheme),
        );
        check(
            RawLink::new("S3CR3T at h", None),
            Some(LinkError::NotAnAddress),
        );
        check(
            RawLink::new("S3CR3T".repeat(5000), None),
            Some(LinkError::TooLong),
        );
        check(Link::sealed("00", None).into(), None);
    }
}
