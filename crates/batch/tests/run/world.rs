//! A ledger, a folder and simulated vendors to run against.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::ops::Deref;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use jindiao_batch::{
    Entry, Event, Folder, LedgerError, LedgerKind, Listed, Manifest, Prices, Ran, RunOptions, Stop,
    Store, Summary, run,
};
use jindiao_client::{
    AddressPolicy, BoxFuture, Client, DownloadLimits, HttpTransport, PaceLimits, SystemClock, Time,
    Vendors,
};
use jindiao_order::{Backoff, Fen, OrderId, Policy, Product, StateName, Wanted};
use jindiao_protocol::{Company, Subject, Timestamp};
use jindiao_protocol_patsnap::Credential;
use jindiao_signing as signing;
use jindiao_simulator::{Clock, FaultPlan, FaultRule, Options, PendingPlan, Simulator};
use tempfile::TempDir;

/// A ledger, a folder and a simulated world.
pub(crate) struct World {
    pub(crate) dir: TempDir,
    pub(crate) simulator: Simulator,
    pub(crate) max_cost: Option<Fen>,
    /// What differs from the quick policy of each product.
    pub(crate) policy: fn(Policy) -> Policy,
    /// The pace of every account.
    pub(crate) pace: PaceLimits,
    /// Where the vendors are, if it is not where the simulator is.
    pub(crate) origin: Option<String>,
    pub(crate) wait: bool,
    /// Where links may lead.
    pub(crate) addresses: AddressPolicy,
    /// What time it is for the runs.
    pub(crate) clock: Arc<dyn Time>,
}

/// The system's clock, moved ahead: a day of China has begun an hour ago, and no test sees its end.
#[derive(Debug)]
struct Morning(SystemClock);

/// By how much it is moved.
static AHEAD: LazyLock<Duration> = LazyLock::new(|| {
    let now = SystemClock::new().now();
    let rest_of_day = now.next_china_midnight().since(now).as_secs();
    Duration::from_secs(rest_of_day + 3600)
});

impl Time for Morning {
    fn now(&self) -> Timestamp {
        self.0.now().plus(*AHEAD)
    }

    fn monotonic(&self) -> Duration {
        self.0.monotonic()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'_, ()> {
        self.0.sleep(duration)
    }
}

/// What time it is in every world.
pub(crate) fn now() -> Timestamp {
    Morning(SystemClock::new()).now()
}

/// The vendors of every world, whose clock is so many seconds ahead of ours.
pub(crate) fn vendors_ahead(seconds: i64) -> Options {
    let morning = i64::try_from(AHEAD.as_secs()).expect("a day");
    Options {
        pending: PendingPlan::polls(2),
        clock: Clock::ahead_by(morning + seconds),
        ..Options::default()
    }
}

/// The time of day, and a monotonic time that stands still but when it is moved: however long the
/// machine is busy, nothing takes too long.
#[derive(Debug, Default)]
pub(crate) struct HandClock {
    moved: AtomicU64,
}

impl HandClock {
    /// So much time passes at once.
    pub(crate) fn pass(&self, duration: Duration) {
        let ms = u64::try_from(duration.as_millis()).expect("a short time");
        self.moved.fetch_add(ms, Ordering::Relaxed);
    }
}

impl Time for HandClock {
    fn now(&self) -> Timestamp {
        now().plus(self.monotonic())
    }

    fn monotonic(&self) -> Duration {
        Duration::from_millis(self.moved.load(Ordering::Relaxed))
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'_, ()> {
        Box::pin(tokio::time::sleep(duration))
    }
}

/// How a run ended, and each of its orders with why it was left.
pub(crate) struct Outcome {
    summary: Summary,
    pub(crate) orders: Vec<(OrderId, Option<String>)>,
}

impl Outcome {
    pub(crate) fn of(store: &Store, summary: Summary, mut each: impl FnMut(&Entry)) -> Self {
        let mut orders = Vec::new();
        store
            .each_listed(|Listed { entry, left, .. }| {
                each(&entry);
                orders.push((entry.order.id().clone(), left));
                Ok::<_, LedgerError>(())
            })
            .expect("the orders of the run");
        Self { summary, orders }
    }
}

impl Deref for Outcome {
    type Target = Summary;

    fn deref(&self) -> &Summary {
        &self.summary
    }
}

impl World {
    pub(crate) async fn new(faults: Vec<FaultRule>) -> Self {
        let options = Options {
            faults: FaultPlan { rules: faults },
            ..vendors_ahead(0)
        };
        Self::with(options).await
    }

    pub(crate) async fn with(options: Options) -> Self {
        let simulator = Simulator::start(options).await.expect("a simulator");
        Self {
            dir: tempfile::tempdir().expect("a folder"),
            simulator,
            max_cost: None,
            policy: |policy| policy,
            pace: PaceLimits::default().with_concurrency(NonZeroUsize::MIN.saturating_add(3)),
            origin: None,
            wait: false,
            addresses: AddressPolicy::PRIVATE_TOO,
            clock: Arc::new(Morning(SystemClock::new())),
        }
    }

    pub(crate) fn ledger(&self) -> std::path::PathBuf {
        self.dir.path().join("ledger.db")
    }

    pub(crate) fn out(&self) -> std::path::PathBuf {
        self.dir.path().join("reports")
    }

    pub(crate) fn store(&self) -> Store {
        Store::open(&self.ledger(), LedgerKind::Simulated, now()).expect("a ledger")
    }

    pub(crate) fn vendors(&self) -> Vendors {
        let credentials = self.simulator.credentials();
        let origin = self
            .origin
            .clone()
            .unwrap_or_else(|| self.simulator.base_url())
            .parse::<jindiao_protocol::Origin>()
            .expect("an origin");
        let transport = HttpTransport::new().expect("a transport");
        let pace = self.pace;
        // It only ends a hang.
        let timeout = Duration::from_secs(60);
        Vendors::new(Client::shared(Arc::new(transport), Arc::clone(&self.clock)))
            .with_qcc(
                jindiao_protocol_qcc::Auth::new(
                    origin.clone(),
                    signing::qcc::AppKey::new(&*credentials.qcc_key).expect("a key"),
                    signing::qcc::SecretKey::new(&*credentials.qcc_secret).expect("a secret"),
                ),
                pace,
                timeout,
            )
            .with_patsnap(
                origin.clone(),
                Credential::Client {
                    id: signing::patsnap::ClientId::new(&*credentials.patsnap_client_id)
                        .expect("an id"),
                    secret: signing::patsnap::ClientSecret::new(
                        &*credentials.patsnap_client_secret,
                    )
                    .expect("a secret"),
                },
                pace,
                timeout,
            )
            .with_yibeidiao(
                jindiao_protocol_yibeidiao::Auth::new(
                    origin,
                    signing::yibeidiao::CompanyKey::new(&*credentials.yibeidiao_key)
                        .expect("a key"),
                    signing::yibeidiao::Token::new(&*credentials.yibeidiao_token).expect("a token"),
                ),
                pace,
                timeout,
            )
            .with_download_limits(DownloadLimits::default().with_addresses(self.addresses))
    }

    /// Runs `wanted` to the end.
    pub(crate) async fn run(&self, wanted: &[Wanted]) -> (Outcome, BTreeMap<OrderId, StateName>) {
        self.run_watched(wanted, |_| {}, Stop::new()).await
    }

    /// What a run does with `wanted`, which is planned.
    pub(crate) fn options(&self, store: &mut Store, wanted: &[Wanted]) -> RunOptions {
        store
            .plan(wanted, &Prices::default(), None, now())
            .expect("a plan");
        RunOptions {
            folder: Folder::create(&self.out()).expect("a folder"),
            prices: Prices::default(),
            max_cost: self.max_cost,
            policies: Product::ALL
                .iter()
                .map(|product| (*product, (self.policy)(quick(*product))))
                .collect(),
            wait: self.wait,
        }
    }

    pub(crate) async fn run_watched(
        &self,
        wanted: &[Wanted],
        watch: impl Fn(Event) + Send + Sync + 'static,
        stop: Stop,
    ) -> (Outcome, BTreeMap<OrderId, StateName>) {
        let mut store = self.store();
        let options = self.options(&mut store, wanted);
        let Ran { store, summary } = run(store, Arc::new(self.vendors()), options, watch, stop)
            .await
            .expect("a run");
        let mut states = BTreeMap::new();
        let outcome = Outcome::of(&store, summary, |entry| {
            let order = &entry.order;
            states.insert(order.id().clone(), order.state().name());
        });
        (outcome, states)
    }

    pub(crate) fn manifest(&self) -> usize {
        Manifest::at(&self.out())
            .read()
            .expect("a manifest")
            .iter()
            .filter(|line| line.is_ok())
            .count()
    }

    #[track_caller]
    pub(crate) fn no_subject_paid_twice(&self) {
        let charges = self.simulator.charges();
        assert!(
            charges.charged_twice().is_empty(),
            "{:?}",
            charges.charged_twice()
        );
    }
}

pub(crate) fn quick(product: Product) -> Policy {
    let ms = Duration::from_millis;
    Policy::of(product)
        .with_poll_interval(ms(5))
        .with_backoff(Backoff {
            first: ms(5),
            most: ms(20),
        })
}

pub(crate) fn company(product: Product, name: &str) -> Wanted {
    let subject = Subject::Company(Company::named(name.parse().expect("a name")));
    Wanted::new(product, subject, None).expect("a wanted report")
}

pub(crate) fn snapshots(n: usize) -> Vec<Wanted> {
    (0..n)
        .map(|n| company(Product::QccSnapshot, &format!("第{n}号公司")))
        .collect()
}

pub(crate) fn innovation_reports(n: usize) -> Vec<Wanted> {
    (0..n)
        .map(|n| company(Product::PatsnapInnovationReport, &format!("第{n}号公司")))
        .collect()
}

/// Something of everything.
pub(crate) fn mixture() -> Vec<Wanted> {
    let mut wanted = snapshots(3);
    wanted.extend(innovation_reports(3));
    for period in ["day", "week", "month"] {
        let subject = Subject::Period(period.parse().expect("a period"));
        wanted.push(Wanted::new(Product::QccRiskReport, subject, None).expect("wanted"));
    }
    for patent in ["CN108977442B", "CN101234567A"] {
        let subject = Subject::Patent(patent.parse().expect("a patent"));
        wanted.push(Wanted::new(Product::PatsnapPatentValueReport, subject, None).expect("wanted"));
    }
    for record in ["20190415152645093983751", "20190415152645093983752"] {
        let subject = Subject::Record(record.parse().expect("a record"));
        wanted.push(Wanted::new(Product::YibeidiaoInterimReport, subject, None).expect("wanted"));
    }
    wanted
}

pub(crate) fn all(states: &BTreeMap<OrderId, StateName>, state: StateName) -> bool {
    states.values().all(|found| *found == state)
}

pub(crate) fn files(root: &Path) -> usize {
    let mut n = 0;
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
            if entry.path().is_dir() {
                folders.push(entry.path());
            } else if entry.file_name() != "manifest.jsonl" {
                n += 1;
            }
        }
    }
    n
}
