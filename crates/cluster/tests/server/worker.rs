//! A worker of a cluster, in a process of its own.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use jindiao_batch::{Folder, LedgerKind};
use jindiao_client::HttpTransport;
use jindiao_cluster::{Cluster, ClusterError, Host, Joining, VendorHands, Worker};
use jindiao_protocol::Origin;
use serde::{Deserialize, Serialize};
use tokio::sync::Notify;

use crate::process::{self, Process};
use crate::vendors::Terms;

/// How this program is told to be a worker.
pub(crate) const ROLE: &str = "worker";

/// How a worker is started.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Options {
    pub(crate) terms: Terms,
    pub(crate) admin: String,
    pub(crate) listen: SocketAddr,
    pub(crate) folder: PathBuf,
    /// Where the server is told that the worker is.
    pub(crate) advertise: Option<String>,
    pub(crate) simulated: bool,
    /// An address whose workers are gone.
    pub(crate) take_over: Option<String>,
}

impl Options {
    /// Starts one and waits until it has joined, or says why it did not.
    pub(crate) fn start(&self) -> Result<Process, String> {
        Process::start(ROLE, self)
    }
}

/// The worker's process.
pub(crate) fn main(options: &str) -> ExitCode {
    let options: Options = serde_json::from_str(options).expect("options");
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let joined = runtime.block_on(join(&options));
    process::main(
        joined.map_err(|error| error.to_string()),
        |worker, asked| {
            let stop = Arc::new(Notify::new());
            let stopped = Arc::clone(&stop);
            std::thread::spawn(move || {
                asked();
                stopped.notify_one();
            });
            runtime.block_on(worker.run(stop.notified()));
        },
    )
}

async fn join(options: &Options) -> Result<Worker, ClusterError> {
    let transport = Arc::new(HttpTransport::new().expect("a transport"));
    let admin: Origin = options.admin.parse().expect("an origin");
    let cluster = Cluster::connect(transport, &admin, None).await?;
    let kind = match options.simulated {
        true => LedgerKind::Simulated,
        false => LedgerKind::Real,
    };
    let folder = Folder::create(&options.folder).expect("a folder");
    let hands = VendorHands::new(options.terms.vendors(), Arc::new(folder));
    let mut host = Host::new(Arc::new(hands), kind).expect("a host");
    for account in options.terms.accounts() {
        host = host.with_account(account);
    }
    let host = host.with_policies(options.terms.policies());
    let joining = Joining {
        listen: options.listen,
        advertise: options.advertise.clone(),
        take_over: options.take_over.clone(),
    };
    Worker::join(host, &cluster, &joining).await
}
