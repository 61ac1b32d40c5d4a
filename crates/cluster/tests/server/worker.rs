//! A worker: how it is started, and what it does in its own process.

use std::io::{BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command, ExitCode, Stdio};
use std::sync::Arc;
use std::time::Duration;

use jindiao_batch::{Folder, LedgerKind};
use jindiao_client::{AddressPolicy, Client, DownloadLimits, HttpTransport, PaceLimits, Vendors};
use jindiao_cluster::{AccountConfig, Cluster, ClusterError, Host, VendorHands, Worker};
use jindiao_order::{Backoff, Policy, Product};
use jindiao_protocol::{Origin, Vendor};
use jindiao_protocol_patsnap::Credential;
use jindiao_signing as signing;
use jindiao_simulator::Credentials;
use serde::{Deserialize, Serialize};

/// How a worker is started.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Options {
    pub(crate) vendors: String,
    pub(crate) admin: String,
    pub(crate) listen: SocketAddr,
    pub(crate) folder: PathBuf,
    /// Calls a second of each account, of all workers; 0 for no limit.
    pub(crate) qps: u32,
    /// Where the server is told that the worker is.
    pub(crate) advertise: Option<String>,
    pub(crate) simulated: bool,
}

/// A worker in a process of its own.
pub(crate) struct Process(Child);

impl Process {
    /// Starts one and waits until it has joined, or says why it did not.
    pub(crate) fn start(options: &Options) -> Result<Self, String> {
        let program = std::env::current_exe().expect("this program");
        let mut child = Command::new(program)
            .arg("worker")
            .arg(serde_json::to_string(options).expect("json"))
            // It stops when this is closed.
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("a process");
        let mut line = String::new();
        let stdout = child.stdout.take().expect("a pipe");
        BufReader::new(stdout).read_line(&mut line).expect("a line");
        match line.trim() {
            "joined" => Ok(Self(child)),
            why => {
                child.wait().expect("ended");
                Err(why.to_owned())
            }
        }
    }

    /// Asks it to stop, and waits until it has.
    pub(crate) fn stop(mut self) {
        drop(self.0.stdin.take());
        assert!(self.0.wait().expect("ended").success());
    }

    /// `kill -9`.
    pub(crate) fn kill(mut self) {
        self.0.kill().expect("killed");
        self.0.wait().expect("ended");
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The worker's process.
pub(crate) fn main(options: &str) -> ExitCode {
    let options: Options = serde_json::from_str(options).expect("options");
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let joined = runtime.block_on(join(&options));
    let say = |text: &str| {
        println!("{text}");
        std::io::stdout().flush().expect("a pipe");
    };
    match joined {
        Ok(worker) => {
            say("joined");
            let stop = tokio::sync::Notify::new();
            std::thread::scope(|scope| {
                scope.spawn(|| {
                    let _ = std::io::copy(&mut std::io::stdin(), &mut std::io::sink());
                    stop.notify_one();
                });
                runtime.block_on(worker.run(stop.notified()));
            });
            ExitCode::SUCCESS
        }
        Err(error) => {
            say(&error.to_string());
            ExitCode::FAILURE
        }
    }
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
    let hands = VendorHands::new(vendors(options), Arc::new(folder));
    let mut host = Host::new(Arc::new(hands), kind).expect("a host");
    for account in accounts(options) {
        host = host.with_account(account);
    }
    let policies = Product::ALL.iter().map(|product| {
        let backoff = Backoff {
            first: Duration::from_millis(50),
            most: Duration::from_secs(1),
        };
        let policy = Policy::of(*product)
            .with_poll_interval(Duration::from_millis(300))
            .with_backoff(backoff);
        (*product, policy)
    });
    let host = host.with_policies(policies.collect());
    Worker::join(host, &cluster, options.listen, options.advertise.as_deref()).await
}

fn interval(options: &Options) -> Duration {
    match options.qps {
        0 => Duration::ZERO,
        qps => Duration::from_secs(1) / qps,
    }
}

fn accounts(options: &Options) -> Vec<AccountConfig> {
    let known = Credentials::simulated();
    let origin: Origin = options.vendors.parse().expect("an origin");
    let config = |vendor, key: &str, secret: &str| {
        AccountConfig::new(vendor, &origin, key, secret, interval(options), None)
    };
    vec![
        config(Vendor::Qcc, &known.qcc_key, &known.qcc_secret),
        config(
            Vendor::Patsnap,
            &known.patsnap_client_id,
            &known.patsnap_client_secret,
        ),
        config(
            Vendor::Yibeidiao,
            &known.yibeidiao_key,
            &known.yibeidiao_token,
        ),
    ]
}

fn vendors(options: &Options) -> Vendors {
    let known = Credentials::simulated();
    let origin: Origin = options.vendors.parse().expect("an origin");
    let concurrency = std::num::NonZeroUsize::MIN.saturating_add(31);
    let mut pace = PaceLimits::default().with_concurrency(concurrency);
    if let Some(qps) = std::num::NonZeroU32::new(options.qps) {
        pace = pace.with_qps(qps);
    }
    let timeout = Duration::from_secs(5);
    Vendors::new(Client::http().expect("a client"))
        .with_qcc(
            jindiao_protocol_qcc::Auth::new(
                origin.clone(),
                signing::qcc::AppKey::new(&*known.qcc_key).expect("a key"),
                signing::qcc::SecretKey::new(&*known.qcc_secret).expect("a secret"),
            ),
            pace,
            timeout,
        )
        .with_patsnap(
            origin.clone(),
            Credential::Client {
                id: signing::patsnap::ClientId::new(&*known.patsnap_client_id).expect("an id"),
                secret: signing::patsnap::ClientSecret::new(&*known.patsnap_client_secret)
                    .expect("a secret"),
            },
            pace,
            timeout,
        )
        .with_yibeidiao(
            jindiao_protocol_yibeidiao::Auth::new(
                origin,
                signing::yibeidiao::CompanyKey::new(&*known.yibeidiao_key).expect("a key"),
                signing::yibeidiao::Token::new(&*known.yibeidiao_token).expect("a token"),
            ),
            pace,
            timeout,
        )
        .with_download_limits(DownloadLimits::default().with_addresses(AddressPolicy::PRIVATE_TOO))
}
