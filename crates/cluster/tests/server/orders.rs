//! What the cluster says of its orders, and what it refuses.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use jindiao_cluster::tick::{Decision, Standing, Submit};
use jindiao_cluster::{Cluster, ClusterErrorKind};
use jindiao_order::{Product, State, StateName, Wanted};
use jindiao_protocol::Vendor;
use jindiao_simulator::{Credentials, Fault, FaultPlan, FaultRule, Operation, Options, Simulator};
use tempfile::TempDir;

use crate::lists::mixture;
use crate::port::free_port;
use crate::process::Process;
use crate::restate::{Server, Setup};
use crate::vendors::Terms;
use crate::worker;

/// A server, simulated vendors, and a folder.
struct World {
    server: Server,
    cluster: Cluster,
    simulator: Simulator,
    folder: TempDir,
    port: u16,
}

impl World {
    async fn new(program: &Path, faults: FaultPlan) -> Self {
        let options = Options {
            faults,
            ..Options::default()
        };
        let simulator = Simulator::start(options).await.expect("a simulator");
        let server = Server::start(program, Setup::ONE);
        Self {
            cluster: server.cluster(0).await,
            server,
            simulator,
            folder: tempfile::tempdir().expect("a folder"),
            port: free_port(),
        }
    }

    fn options(&self) -> worker::Options {
        worker::Options {
            terms: Terms::new(self.simulator.base_url()),
            admin: self.server.admin(0).to_string(),
            listen: ([127, 0, 0, 1], self.port).into(),
            folder: self.folder.path().join("reports"),
            advertise: None,
            simulated: true,
            take_over: None,
        }
    }

    fn worker(&self) -> Process {
        self.options().start().expect("joined")
    }

    /// Submits everything; how many of it was new.
    async fn submit(&self, wanted: &[Wanted]) -> usize {
        let mut new = 0;
        for wanted in wanted {
            let request = Submit {
                wanted: wanted.clone(),
                simulated: true,
                fresh_since: None,
            };
            let submitted = self.cluster.submit(&request).await.expect("submitted");
            new += usize::from(submitted.standing == Standing::New);
        }
        new
    }

    async fn counts(&self) -> BTreeMap<StateName, u64> {
        let mut counts = BTreeMap::new();
        // The server may just be down.
        for counted in self.cluster.counts().await.unwrap_or_default() {
            *counts.entry(counted.state).or_default() += counted.orders;
        }
        counts
    }

    async fn wait(&self, what: &str, limit: u64, mut done: impl AsyncFnMut() -> bool) {
        let begin = Instant::now();
        while !done().await {
            if begin.elapsed() > Duration::from_secs(limit) {
                let stuck = self.cluster.paused().await;
                panic!("{what}: {:?}, {stuck:?}", self.counts().await);
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    async fn wait_for_charges(&self, charges: u64) {
        self.wait("charges", 60, async || {
            self.simulator.charges().total >= charges
        })
        .await;
    }

    /// Waits until every order is stored or uncertain; how many are uncertain.
    async fn wait_for_rest(&self, orders: usize) -> usize {
        let orders = u64::try_from(orders).expect("few");
        self.wait("rest", 120, async || {
            let counts = self.counts().await;
            let of = |state| counts.get(&state).copied().unwrap_or(0);
            of(StateName::Stored) + of(StateName::Uncertain) == orders
        })
        .await;
        let uncertain = self.counts().await.get(&StateName::Uncertain).copied();
        usize::try_from(uncertain.unwrap_or(0)).expect("few")
    }

    /// Nothing was paid twice, everything that is stored is there, and nothing secret is on the
    /// server's disk.
    async fn judge(&self, wanted: &[Wanted]) {
        let charges = self.simulator.charges();
        assert!(
            charges.charged_twice().is_empty(),
            "{:?}",
            charges.charged_twice()
        );
        let mut stored = 0;
        for wanted in wanted {
            let view = self
                .cluster
                .show(&wanted.fingerprint())
                .await
                .expect("an order");
            if let State::Stored { report, .. } = view.record.order.state() {
                let file = self.options().folder.join(&report.file);
                let size = std::fs::metadata(&file).expect("a file").len();
                assert_eq!(size, report.size);
                stored += 1;
            }
        }
        assert!(stored > wanted.len() / 2, "{stored}");
        let known = Credentials::simulated();
        let secrets = [
            known.qcc_secret,
            known.patsnap_client_secret,
            known.yibeidiao_token,
            "/files/".to_owned(),
        ];
        for secret in secrets {
            assert_eq!(
                self.server.has_written(&secret),
                None::<PathBuf>,
                "{secret}"
            );
        }
    }
}

/// Every answer takes a while, so that much is in flight.
fn slow() -> FaultPlan {
    FaultPlan::one(FaultRule::always(Fault::Slow { ms: 100 }))
}

fn run(future: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(future);
}

pub(crate) fn orders_are_found_and_nothing_secret_is_kept(program: &Path) {
    run(async {
        let world = World::new(program, slow()).await;
        let wanted = mixture(80);
        let first = world.worker();
        assert_eq!(world.submit(&wanted).await, wanted.len());
        world.wait_for_charges(20).await;
        first.kill();
        // Another worker goes on where the first was reached.
        let _second = world.worker();
        assert_eq!(world.submit(&wanted).await, 0);
        let uncertain = world.wait_for_rest(wanted.len()).await;
        // What was in flight, at most: so many calls at once for each of two vendors that charge.
        assert!(uncertain <= 64, "{uncertain} are uncertain");
        world.judge(&wanted).await;
        // What charged is known: each order that is stored, and some of those in doubt.
        let charged = world.simulator.charges().total;
        let free = wanted
            .iter()
            .filter(|it| it.product() == Product::YibeidiaoInterimReport);
        let paid = u64::try_from(wanted.len() - free.count()).expect("few");
        let doubts = u64::try_from(uncertain).expect("few");
        assert!(
            (paid - doubts..=paid).contains(&charged),
            "{charged} of {paid}"
        );

        // Everything can be found, and nothing hangs.
        assert_eq!(world.cluster.paused().await, Ok(Vec::new()));
        let first = world.cluster.orders(None, None, 50).await.expect("orders");
        let last = first.last().map(|found| &found.fingerprint);
        let rest = world.cluster.orders(None, last, 50).await.expect("orders");
        assert_eq!((first.len(), rest.len()), (50, 30));
        let found = world.cluster.find(&rest[0].order.as_str()[..11]).await;
        assert_eq!(found.as_deref(), Ok(&rest[..1]));
        let account = world.cluster.account(Vendor::Patsnap).await.expect("asked");
        assert!(account.is_some_and(|it| it.used_today > 0 && it.closed.is_empty()));

        // A person answers one doubt, and everything submitted again finds its order.
        let doubtful = world
            .cluster
            .orders(Some(StateName::Uncertain), None, 1)
            .await;
        if let Some(found) = doubtful.expect("orders").first() {
            let abandoned = world
                .cluster
                .resolve(&found.fingerprint, &Decision::Abandon)
                .await;
            assert_eq!(abandoned, Ok(StateName::Failed));
        }
        assert_eq!(world.submit(&wanted).await, 0);
        assert_eq!(world.simulator.charges().total, charged);
    });
}

pub(crate) fn the_work_of_workers_that_are_gone_is_taken_over(program: &Path) {
    run(async {
        let world = World::new(program, slow()).await;
        let wanted = mixture(80);
        let first = world.worker();
        let gone = format!("http://127.0.0.1:{}", world.port);
        assert_eq!(world.submit(&wanted).await, wanted.len());
        world.wait_for_charges(20).await;
        first.kill();
        let own = free_port();
        let other = |take_over: Option<&str>| worker::Options {
            listen: ([127, 0, 0, 1], own).into(),
            take_over: take_over.map(str::to_owned),
            ..world.options()
        };
        let waits = async || {
            let stranded = world.cluster.stranded("http://elsewhere").await;
            stranded.is_ok_and(|it| it.iter().any(|it| it.address == gone && it.tasks > 0))
        };
        world.wait("stranded work", 30, waits).await;
        // Nobody else is to be mistaken for those who are gone.
        let why = other(Some("http://127.0.0.1:1")).start().err();
        let why = why.expect("nobody was ever there");
        assert!(
            why.contains("never sent work") && why.contains(&gone),
            "{why}"
        );

        let _second = other(Some(&gone)).start().expect("joined");
        let uncertain = world.wait_for_rest(wanted.len()).await;
        assert!(uncertain <= 64, "{uncertain} are uncertain");
        world.judge(&wanted).await;
        let own = format!("http://127.0.0.1:{own}/");
        assert_eq!(world.cluster.stranded(&own).await, Ok(Vec::new()));
        assert_eq!(world.submit(&wanted).await, 0);
    });
}

pub(crate) fn who_joins_is_told_of_workers_that_are_gone(program: &Path) {
    run(async {
        // Permits are asked for one by one, so that an account's answer is always under way.
        let world = World::new(program, FaultPlan::default()).await;
        let mut options = world.options();
        options.terms.qps = 40;
        let first = options.start().expect("joined");
        let gone = format!("http://127.0.0.1:{}", world.port);
        let wanted = mixture(120);
        assert_eq!(world.submit(&wanted).await, wanted.len());
        world.wait_for_charges(5).await;
        first.kill();
        options.listen = ([127, 0, 0, 1], free_port()).into();
        // What is in the way is the account's work, and where there is none nothing is.
        match options.start() {
            Ok(_joined) => eprintln!("nothing was under way in an account when its worker died"),
            Err(why) => assert!(why.contains(&gone) && why.contains("--take-over"), "{why}"),
        }
        options.take_over = Some(gone);
        let _second = options.start().expect("joined");
        world.wait_for_rest(wanted.len()).await;
        world.judge(&wanted).await;
    });
}

pub(crate) fn what_does_not_fit_is_refused_before_anything_is_ordered(program: &Path) {
    run(async {
        let world = World::new(program, slow()).await;
        let kind = |error: jindiao_cluster::ClusterError| error.kind();
        let request = Submit {
            wanted: mixture(4).remove(3),
            simulated: true,
            fresh_since: None,
        };
        // Nobody has joined yet.
        assert_eq!(
            world.cluster.expect(None).await.map_err(kind),
            Err(ClusterErrorKind::Empty)
        );
        assert_eq!(
            world.cluster.submit(&request).await.map_err(kind),
            Err(ClusterErrorKind::Empty)
        );
        let emptied = world
            .cluster
            .expect(Some("known"))
            .await
            .expect_err("an empty server");
        assert!(
            emptied.to_string().contains("is empty, though"),
            "{emptied}"
        );

        // The server cannot reach it.
        let nowhere = worker::Options {
            advertise: Some(format!("http://127.0.0.1:{}", free_port())),
            ..world.options()
        };
        let why = nowhere.start().err().expect("unreachable");
        assert!(why.contains("--advertise"), "{why}");

        let _worker = world.worker();
        let identity = world.cluster.expect(None).await.expect("a cluster");
        assert!(identity.simulated);
        let other = world.cluster.expect(Some("another")).await.map_err(kind);
        assert_eq!(other, Err(ClusterErrorKind::Other));

        // A worker that is configured otherwise, and one for real orders.
        let check = |options: worker::Options, part: &str| {
            let listen = ([127, 0, 0, 1], 0).into();
            let options = worker::Options { listen, ..options };
            let why = options.start().err().expect("refused");
            assert!(why.contains(part), "{why}");
        };
        check(
            worker::Options {
                terms: Terms {
                    qps: 3,
                    ..world.options().terms
                },
                ..world.options()
            },
            "its pace",
        );
        check(
            worker::Options {
                simulated: false,
                ..world.options()
            },
            "simulated orders",
        );

        // A real order among simulated ones.
        let real = Submit {
            simulated: false,
            ..request
        };
        assert_eq!(
            world.cluster.submit(&real).await.map_err(kind),
            Err(ClusterErrorKind::Refused)
        );
        let nothing = world
            .cluster
            .show(&real.wanted.fingerprint())
            .await
            .map_err(kind);
        assert_eq!(nothing.map(drop), Err(ClusterErrorKind::NoSuchOrder));
        assert_eq!(world.simulator.charges().calls_of(Operation::QccImage), 0);
        assert!(
            world
                .cluster
                .account(Vendor::Qcc)
                .await
                .expect("asked")
                .is_some()
        );
    });
}
