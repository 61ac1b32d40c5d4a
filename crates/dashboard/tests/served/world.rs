//! A ledger that a run made, and a dashboard over it.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jindiao_batch::{Folder, LedgerKind, Prices, RunOptions, Stop, Store, run};
use jindiao_client::{
    AddressPolicy, Client, DownloadLimits, HttpTransport, PaceLimits, SystemClock, Time, Vendors,
};
use jindiao_dashboard::{
    AccountTerms, Dashboard, Decision, Desk, Lang, Options, Settled, Token, Unsettled, View, serve,
};
use jindiao_order::{Backoff, OnUncertain, OrderId, Policy, Product, StateName, Wanted};
use jindiao_protocol::{Company, Origin, Subject, Timestamp, Vendor};
use jindiao_protocol_patsnap::Credential;
use jindiao_signing as signing;
use jindiao_simulator::{FaultPlan, FaultRule, PendingPlan, Simulator};
use tempfile::TempDir;

/// What a company is called that means harm.
pub(crate) const HOSTILE: &str = "<img src=x onerror=alert(1)>&\"'有限公司";

pub(crate) fn now() -> Timestamp {
    SystemClock::new().now()
}

/// A ledger, in a folder of its own.
pub(crate) struct Ledger {
    pub(crate) dir: TempDir,
}

impl Ledger {
    pub(crate) fn path(&self) -> PathBuf {
        self.dir.path().join("jindiao.db")
    }

    /// With no order in it.
    pub(crate) fn empty() -> Self {
        let ledger = Self {
            dir: tempfile::tempdir().expect("a folder"),
        };
        drop(ledger.open());
        ledger
    }

    pub(crate) fn open(&self) -> Store {
        Store::open(&self.path(), LedgerKind::Simulated, now()).expect("a ledger")
    }

    /// After a run of these companies' snapshots and innovation reports.
    pub(crate) async fn of(companies: &[&str], faults: Vec<FaultRule>) -> Self {
        let ledger = Self::empty();
        let options = jindiao_simulator::Options {
            pending: PendingPlan::polls(1),
            faults: FaultPlan { rules: faults },
            ..Default::default()
        };
        let simulator = Simulator::start(options).await.expect("a simulator");
        let mut store = ledger.open();
        let wanted: Vec<_> = companies
            .iter()
            .flat_map(|name| {
                let products = [Product::QccSnapshot, Product::PatsnapInnovationReport];
                products.map(|product| company(product, name))
            })
            .collect();
        let planned = store.plan(&wanted, &Prices::default(), None, now());
        planned.expect("a plan");
        let options = RunOptions {
            folder: Folder::create(&ledger.dir.path().join("reports")).expect("a folder"),
            prices: Prices::default(),
            max_cost: None,
            policies: Product::ALL.iter().map(|it| (*it, quick(*it))).collect(),
            wait: false,
        };
        let ran = run(
            store,
            Arc::new(vendors(&simulator)),
            options,
            |_| {},
            Stop::new(),
        )
        .await;
        drop(ran.expect("a run"));
        ledger
    }

    pub(crate) fn view(&self) -> View {
        let flag = " --ledger jindiao.db".to_owned();
        View::of(&self.path(), now(), terms(), policies(), flag, 50).expect("a view")
    }

    pub(crate) async fn served(&self) -> Served {
        let token = Token::random().expect("a token");
        let desk = Arc::new(TestDesk {
            path: self.path(),
            said: Mutex::default(),
        });
        let options = Options {
            addr: "127.0.0.1:0".parse().expect("an address"),
            exposed: false,
            ledger: self.path(),
            flag: String::new(),
            accounts: terms(),
            policies: policies(),
            lang: Lang::En,
            token: token.clone(),
            clock: now,
        };
        let dashboard = serve(options, Arc::clone(&desk) as Arc<dyn Desk>).await;
        Served {
            dashboard: dashboard.expect("a dashboard"),
            token,
            desk,
        }
    }
}

/// A dashboard.
pub(crate) struct Served {
    pub(crate) dashboard: Dashboard,
    pub(crate) token: Token,
    pub(crate) desk: Arc<TestDesk>,
}

/// Writes decisions down as the program does, but for its checks.
pub(crate) struct TestDesk {
    path: PathBuf,
    /// What it was told, one after the other.
    pub(crate) said: Mutex<Vec<(OrderId, Decision)>>,
}

impl Desk for TestDesk {
    fn settle(&self, order: &OrderId, decision: &Decision) -> Result<Settled, Unsettled> {
        let said = (order.clone(), decision.clone());
        self.said.lock().expect("no panic").push(said);
        let store = Store::open(&self.path, LedgerKind::Simulated, now());
        let mut store = store.map_err(|error| match error.kind() {
            jindiao_batch::LedgerErrorKind::InUse { holder } => Unsettled::InUse {
                holder: holder.clone(),
            },
            _ => Unsettled::Refused(error.to_string()),
        })?;
        let verdict = match decision {
            Decision::Placed(text) => jindiao_order::Verdict::Placed(text.clone()),
            Decision::NotPlaced => jindiao_order::Verdict::NotPlaced,
            Decision::Abandon => jindiao_order::Verdict::Abandon,
        };
        let entry = store
            .decide(order, verdict, now())
            .map_err(|error| Unsettled::Refused(error.to_string()))?;
        Ok(Settled {
            state: entry.order.state().name(),
        })
    }
}

/// The ids of the orders in a state.
pub(crate) fn ids(ledger: &Ledger, state: StateName) -> Vec<OrderId> {
    let store = Store::view(&ledger.path()).expect("a ledger");
    let orders = store.orders(Some(state)).expect("orders");
    orders.into_iter().map(|it| it.order.id().clone()).collect()
}

fn terms() -> Vec<AccountTerms> {
    vec![AccountTerms {
        vendor: Vendor::Qcc,
        interval: Duration::from_millis(200),
        daily_limit: Some(1000),
    }]
}

/// As a person who wants cheap doubts answered by themselves has them.
fn policies() -> BTreeMap<Product, Policy> {
    let product = Product::PatsnapInnovationReport;
    let mut policy = Policy::of(product);
    policy.on_uncertain = OnUncertain::OrderAgain;
    BTreeMap::from([(product, policy)])
}

fn company(product: Product, name: &str) -> Wanted {
    let subject = Subject::Company(Company::named(name.parse().expect("a name")));
    Wanted::new(product, subject, None).expect("a wanted report")
}

fn quick(product: Product) -> Policy {
    let ms = Duration::from_millis;
    Policy::of(product)
        .with_poll_interval(ms(5))
        .with_backoff(Backoff {
            first: ms(5),
            most: ms(20),
        })
}

fn vendors(simulator: &Simulator) -> Vendors {
    let known = simulator.credentials();
    let origin: Origin = simulator.base_url().parse().expect("an origin");
    let transport = HttpTransport::new().expect("a transport");
    let pace = PaceLimits::default().with_concurrency(NonZeroUsize::MIN.saturating_add(3));
    // It only ends a hang.
    let timeout = Duration::from_secs(60);
    let key = signing::qcc::AppKey::new(&*known.qcc_key).expect("a key");
    let secret = signing::qcc::SecretKey::new(&*known.qcc_secret).expect("a secret");
    let id = signing::patsnap::ClientId::new(&*known.patsnap_client_id).expect("an id");
    let client = signing::patsnap::ClientSecret::new(&*known.patsnap_client_secret);
    let credential = Credential::Client {
        id,
        secret: client.expect("a secret"),
    };
    let auth = jindiao_protocol_qcc::Auth::new(origin.clone(), key, secret);
    Vendors::new(Client::new(transport, SystemClock::new()))
        .with_qcc(auth, pace, timeout)
        .with_patsnap(origin, credential, pace, timeout)
        .with_download_limits(DownloadLimits::default().with_addresses(AddressPolicy::PRIVATE_TOO))
}
