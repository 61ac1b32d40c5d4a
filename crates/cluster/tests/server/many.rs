//! The host on many machines: a server, a load balancer, and workers that are processes.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jindiao_cluster::tick::{Decision, Standing, Submit};
use jindiao_cluster::{Cluster, ClusterError, Record};
use jindiao_order::{Fingerprint, Order, Wanted};
use jindiao_protocol::Vendor;
use serde::Deserialize;
use serde_json::Value;
use tokio::runtime::Handle;
use tokio::task::JoinSet;

use crate::balancer::Balancer;
use crate::host::Host;
use crate::port::free_port;
use crate::process::Process;
use crate::restate::{Server, Setup};
use crate::vendors::Terms;
use crate::worker;

/// How many requests are submitted at once.
const SUBMITS: usize = 8;

/// The host.
pub(crate) struct Many {
    runtime: Handle,
    pub(crate) server: Server,
    pub(crate) cluster: Cluster,
    balancer: Balancer,
    terms: Terms,
    folder: PathBuf,
    workers: Vec<(SocketAddr, Process)>,
    /// The orders that it was given.
    submitted: BTreeSet<Fingerprint>,
    /// One that was stopped in the middle, and that nobody sends anything to.
    zombie: Option<Process>,
}

impl Many {
    pub(crate) fn new(
        program: &Path,
        setup: Setup,
        runtime: &Handle,
        terms: Terms,
        folder: PathBuf,
    ) -> Self {
        let server = Server::start(program, setup);
        let cluster = runtime.block_on(server.cluster(0));
        Self {
            runtime: runtime.clone(),
            server,
            cluster,
            balancer: Balancer::start(runtime),
            terms,
            folder,
            workers: Vec::new(),
            submitted: BTreeSet::new(),
            zombie: None,
        }
    }

    /// `kill -9` of the server, and the same again.
    pub(crate) fn restart_server(&mut self) {
        self.server.kill(0);
        self.server.run(0);
        self.talk_to(0);
    }

    /// Talks to another node from now on.
    pub(crate) fn talk_to(&mut self, node: usize) {
        self.cluster = self.runtime.block_on(self.server.cluster(node));
    }

    /// Has a worker join at a node.
    pub(crate) fn join(&mut self, node: usize) -> Result<(), String> {
        let listen = SocketAddr::from(([127, 0, 0, 1], free_port()));
        self.balancer.add(listen);
        let options = worker::Options {
            terms: self.terms.clone(),
            admin: self.server.admin(node).to_string(),
            listen,
            folder: self.folder.clone(),
            advertise: Some(self.balancer.url()),
            simulated: true,
            take_over: None,
        };
        self.workers.push((listen, options.start()?));
        Ok(())
    }

    fn records(&self) -> Result<Vec<(Fingerprint, Record)>, ClusterError> {
        #[derive(Deserialize)]
        struct Row {
            service_key: String,
            value_utf8: String,
        }
        let rows = self.cluster.query::<Row>(
            "select service_key, value_utf8 from state where service_name = 'Order' and \
             key = 'record'",
        );
        let record = |row: Row| {
            let record = serde_json::from_str(&row.value_utf8).expect("a record");
            (row.service_key.parse().expect("a key"), record)
        };
        let rows = self.runtime.block_on(rows)?;
        Ok(rows.into_iter().map(record).collect())
    }

    /// Whether something is under way, as far as the server tells.
    fn is_moving(&self) -> bool {
        #[derive(Deserialize)]
        struct Row {
            n: u64,
        }
        let moving = self.cluster.query::<Row>(
            "select count(*) as n from sys_invocation where status not in ('scheduled', 'completed')",
        );
        // A server that has just gone does not answer.
        let moving = self.runtime.block_on(moving).unwrap_or_default();
        moving.first().is_none_or(|row| row.n > 0)
    }

    /// Whether an order is about to move, or not all of them are there to be asked: when a timer ends
    /// only the order itself tells.
    fn is_any_due(&self) -> bool {
        let soon = self.terms.now().plus(Duration::from_secs(5));
        let records = self.records().unwrap_or_default();
        let is_due = |(_, record): &(_, Record)| record.next.is_some_and(|next| next < soon);
        records.len() < self.submitted.len() || records.iter().any(is_due)
    }

    fn oldest(&mut self) -> Process {
        let (addr, process) = self.workers.remove(0);
        self.balancer.remove(addr);
        process
    }
}

impl Host for Many {
    fn begin(&mut self, wanted: &[Wanted]) -> usize {
        self.start().expect("joined");
        self.submit(wanted).expect("submitted")
    }

    fn start(&mut self) -> Result<(), String> {
        self.join(0)
    }

    fn go_on(&mut self) {
        // They would look by themselves, in some minutes.
        let orders = self.orders();
        self.runtime.block_on(async {
            for key in orders.keys() {
                self.cluster.wake(key).await.expect("woken");
            }
        });
    }

    fn relieve(&mut self) {
        while !self.workers.is_empty() {
            self.kill();
        }
        self.start().expect("joined");
        self.go_on();
    }

    fn kill(&mut self) {
        self.oldest().kill();
    }

    fn stop(&mut self) {
        self.oldest().stop();
    }

    fn pause(&mut self) {
        let process = self.oldest();
        process.pause();
        self.zombie = Some(process);
    }

    fn resume(&mut self) {
        let zombie = self.zombie.take().expect("a paused one");
        zombie.resume();
        // It does what it still had to do.
        zombie.stop();
    }

    fn submit(&mut self, wanted: &[Wanted]) -> Result<usize, String> {
        let part = wanted.len().div_ceil(SUBMITS).max(1);
        let mut parts = JoinSet::new();
        for part in wanted.chunks(part) {
            let (cluster, part) = (self.cluster.clone(), part.to_vec());
            parts.spawn_on(submit(cluster, part), &self.runtime);
        }
        let new = self.runtime.block_on(parts.join_all());
        let new: Result<Vec<usize>, String> = new.into_iter().collect();
        let new = new?.into_iter().sum();
        self.submitted
            .extend(wanted.iter().map(Wanted::fingerprint));
        Ok(new)
    }

    fn submit_from_two_sides(&mut self, wanted: &[Wanted]) -> usize {
        let twice: Vec<_> = wanted
            .iter()
            .flat_map(|it| [it.clone(), it.clone()])
            .collect();
        let mut sides = JoinSet::new();
        // Neighbours are the same, so each is submitted from two sides at about the same time.
        for side in 0..SUBMITS {
            let part = twice.iter().skip(side).step_by(SUBMITS).cloned().collect();
            sides.spawn_on(submit(self.cluster.clone(), part), &self.runtime);
        }
        let new = self.runtime.block_on(sides.join_all());
        self.submitted
            .extend(wanted.iter().map(Wanted::fingerprint));
        new.into_iter().map(|new| new.expect("submitted")).sum()
    }

    fn is_at_rest(&mut self) -> bool {
        // A server that has just begun leaves out what it does not lead yet. Where all orders are
        // there, what moves is told in full from then on.
        if self.is_moving() || self.is_any_due() {
            return false;
        }
        !self.is_moving() && !self.is_any_due()
    }

    fn orders(&self) -> BTreeMap<Fingerprint, Order> {
        let records = self.records().expect("orders").into_iter();
        records.map(|(key, record)| (key, record.order)).collect()
    }

    fn codes(&self, wanted: &Wanted) -> Vec<Option<String>> {
        let key = wanted.fingerprint();
        let view = self.cluster.show(&key);
        let view = self.runtime.block_on(view).expect("an order");
        view.books
            .exchanges
            .into_iter()
            .map(|row| row.code)
            .collect()
    }

    fn decide(&mut self, wanted: &Wanted, decision: &Decision) -> Result<(), String> {
        let key = wanted.fingerprint();
        let decided = self.runtime.block_on(self.cluster.resolve(&key, decision));
        decided.map(drop).map_err(|error| error.to_string())
    }

    fn open(&mut self, vendor: Vendor) {
        let opened = self.runtime.block_on(self.cluster.open(vendor, None));
        opened.expect("opened");
        self.go_on();
    }

    fn stuck(&self) -> String {
        let rows = self.cluster.query::<Value>(
            "select target, status, retry_count, last_failure, last_start_at, now() as now from \
             sys_invocation where status not in ('scheduled', 'completed') limit 20",
        );
        let rows = self.runtime.block_on(rows);
        let records = self.records().unwrap_or_default().into_iter();
        let open: Vec<_> = records
            .map(|(_, record)| record)
            .filter(|record| !record.order.state().is_settled())
            .take(10)
            .collect();
        format!("{rows:?}, {open:?}")
    }

    fn process_ids(&self) -> Vec<u32> {
        self.workers.iter().map(|(_, worker)| worker.id()).collect()
    }
}

/// Submits everything; how much of it was new.
async fn submit(cluster: Cluster, wanted: Vec<Wanted>) -> Result<usize, String> {
    let mut new = 0;
    for wanted in wanted {
        let request = Submit {
            wanted,
            simulated: true,
            fresh_since: None,
        };
        let submitted = cluster.submit(&request).await;
        let submitted = submitted.map_err(|error| error.to_string())?;
        new += usize::from(submitted.standing == Standing::New);
    }
    Ok(new)
}
