//! `jindiao cluster worker`: orders what was submitted.

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

use jindiao_batch::{Folder, LedgerKind};
use jindiao_client::{HttpTransport, SystemClock};
use jindiao_cluster::{Host, Joining, ObjectShelf, Shelf, VendorHands, Worker};
use jindiao_codes::Vendor;
use jindiao_order::Product;
use jindiao_words::{Message, say};
use serde::Serialize;

use super::contact::Contact;
use crate::cli::cluster::WorkerArgs;
use crate::config::Config;
use crate::error::{CliError, Kind};
use crate::output::{Output, note};
use crate::signals::StopAsked;
use crate::{accounts, ledger};

/// Where a worker listens where nothing is said.
const LISTEN: SocketAddr =
    SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 9080);

pub(super) async fn run(
    args: &WorkerArgs,
    config: &Config,
    out: &mut Output,
) -> Result<Vec<Kind>, CliError> {
    let (listen, advertise) = addresses(args, config)?;
    if let Some(addr) = args.metrics {
        // Once the server knows of the worker, it sends work: nothing may fail any more by then.
        drop(TcpListener::bind(addr).map_err(|error| no_metrics(addr, error))?);
    }
    let kind = ledger::kind(args.simulated);
    // What is wrong here is said before anybody is asked.
    let host = host(args, config, kind).await?;
    let contact = Contact::make(&args.server, config).await?;
    if contact.memory.id().is_some() {
        contact.expect().await?;
    }
    // Before the server knows of it: from then on it can be asked to stop.
    let mut stop_asked = StopAsked::listen()?;
    let joining = Joining {
        listen,
        advertise: advertise.clone(),
        take_over: args.take_over.as_ref().map(ToString::to_string),
    };
    let worker = Worker::join(host, &contact.cluster, &joining).await;
    let worker = worker.map_err(|error| contact.told(error))?;
    let identity = worker.identity().clone();
    // It was the one before; nobody knows what the server did in between.
    contact.expect().await?;
    contact.memory.remember(&identity)?;
    let metrics = match args.metrics {
        Some(addr) => {
            let served = worker.serve_metrics(addr).await;
            Some(served.map_err(|error| no_metrics(addr, error))?)
        }
        None => None,
    };
    let own = advertise.unwrap_or_else(|| format!("http://{}", worker.addr()));
    for gone in contact.cluster.stranded(&own).await.unwrap_or_default() {
        note(say!(
            "note: {n} tasks wait for the workers at {address}, which the server does not reach: start one there, or give their work to a worker with --take-over {address}",
            n = gone.tasks,
            address = gone.address
        ));
    }
    let joined = Joined {
        listens: worker.addr(),
        advertised: own,
        cluster: identity.id,
        simulated: identity.simulated,
        server: contact.admin.to_string(),
        server_version: contact.cluster.version().to_owned(),
        metrics: metrics.as_ref().map(jindiao_cluster::Metrics::addr),
        vendors: worker.host().accounts().map(|it| it.vendor.id()).collect(),
    };
    joined.tell(out);
    worker.run(stop_asked.wait()).await;
    note(say!(
        "the worker has ended; what waits goes on with another one"
    ));
    Ok(Vec::new())
}

fn no_metrics(
    addr: SocketAddr,
    why: impl Into<Box<dyn std::error::Error + Send + Sync>>,
) -> CliError {
    CliError::usage(say!("cannot serve metrics at {addr}", addr)).because(why)
}

/// Where it listens, and where the server is told that it is.
fn addresses(args: &WorkerArgs, config: &Config) -> Result<(SocketAddr, Option<String>), CliError> {
    let listen = args.listen.or(config.cluster.listen).unwrap_or(LISTEN);
    let advertise = args.advertise.as_ref();
    let advertise = advertise
        .or(config.cluster.advertise.as_ref())
        .map(ToString::to_string);
    if listen.ip().is_unspecified() && advertise.is_none() {
        return Err(CliError::usage(say!(
            "the server cannot reach a worker at {listen}, which is every address of this machine",
            listen
        ))
        .hint(say!("--advertise URL says where the server reaches it")));
    }
    Ok((listen, advertise))
}

/// What this process is configured for.
async fn host(args: &WorkerArgs, config: &Config, kind: LedgerKind) -> Result<Host, CliError> {
    let (accounts, configs) = accounts::of_worker(config, kind)?;
    for vendor in Vendor::ALL {
        if let Some(origin) = accounts.plain_http(vendor) {
            note(say!(
                "note: {vendor} is called without encryption: whoever is on the way to {origin} can read and change what is said",
                vendor,
                origin
            ));
        }
        if !configs.iter().any(|it| it.vendor == vendor) {
            let missing = config.missing(vendor);
            let why = missing.into_iter().next();
            note(say!(
                "note: no account with {vendor}, whose orders wait: {why}",
                vendor,
                why = why.unwrap_or_else(|| Message::verbatim(""))
            ));
        }
    }
    let hands = VendorHands::new(accounts, shelf(args, config, kind).await?);
    let host = Host::new(Arc::new(hands), kind)
        .map_err(|error| CliError::usage(say!("cannot start")).because(error))?;
    let policies = Product::ALL.iter().map(|it| (*it, config.policy(*it)));
    let host = host
        .with_policies(policies.collect())
        .with_prices(ledger::prices(config, kind));
    Ok(configs.into_iter().fold(host, Host::with_account))
}

/// Where the reports go. It is tried before anything is ordered.
async fn shelf(
    args: &WorkerArgs,
    config: &Config,
    kind: LedgerKind,
) -> Result<Arc<dyn Shelf>, CliError> {
    let refused = || CliError::usage(say!("the worker does not start"));
    let Some((store, credentials)) = config.store().map_err(|why| refused().because(why))? else {
        let folder = Folder::create(&args.out).map_err(|error| {
            refused()
                .because(error)
                .hint(say!("name another folder with --out"))
        })?;
        return Ok(Arc::new(folder));
    };
    // What is not real never lies where something real may be looked for.
    let store = match kind {
        LedgerKind::Simulated => store.with_folder("simulated"),
        LedgerKind::Real => store,
    };
    if let Some(endpoint) = store.endpoint()
        && !endpoint.is_https()
    {
        note(say!(
            "note: {store} is written without encryption: whoever is on the way to {endpoint} can read the reports",
            store,
            endpoint
        ));
    }
    let transport = HttpTransport::new()
        .map_err(|error| CliError::usage(say!("TLS cannot be set up")).because(error))?;
    let clock = Arc::new(SystemClock::new());
    let opened = ObjectShelf::open(&store, &credentials, Arc::new(transport), clock, &args.out);
    let shelf = opened.await.map_err(|error| refused().because(error))?;
    Ok(Arc::new(shelf))
}

/// The data of `{"type":"worker"}`: it has joined.
#[derive(Serialize)]
struct Joined {
    listens: SocketAddr,
    advertised: String,
    cluster: String,
    simulated: bool,
    server: String,
    server_version: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    metrics: Option<SocketAddr>,
    vendors: Vec<&'static str>,
}

impl Joined {
    fn tell(&self, out: &mut Output) {
        if out.is_json() {
            out.record("worker", self);
            return;
        }
        out.line(say!(
            "listens at {listens}, is reached at {advertised}",
            listens = self.listens,
            advertised = self.advertised
        ));
        out.line(say!(
            "works for cluster {cluster} ({orders} orders) at {server} (Restate {version}): {vendors}",
            cluster = self.cluster,
            orders = real_or_simulated(self.simulated),
            server = self.server,
            version = self.server_version,
            vendors = Message::list(self.vendors.iter().map(|it| Message::verbatim(*it)))
        ));
        note(say!("Ctrl-C ends it when no call is under way any more"));
    }
}

/// What kind of orders a cluster has.
pub(super) fn real_or_simulated(is_simulated: bool) -> Message {
    match is_simulated {
        true => say!("simulated"),
        false => say!("real"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::cluster::ServerArgs;
    use crate::config::Sources;
    use crate::output::testing::output;

    #[tokio::test]
    async fn where_metrics_cannot_be_served_nobody_is_asked() {
        let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
        let args = WorkerArgs {
            listen: None,
            advertise: None,
            take_over: None,
            out: "no-such-folder".into(),
            metrics: Some(taken.local_addr().expect("an address")),
            simulated: true,
            server: ServerArgs {
                restate_admin: None,
                restate_ingress: None,
                identity: None,
            },
        };
        let (config, _) = Config::load(&Sources::default())
            .map_err(|error| error.report())
            .expect("a configuration");
        let (mut out, _) = output(false);
        let error = run(&args, &config, &mut out)
            .await
            .expect_err("a port in use");
        assert!(
            error
                .report()
                .starts_with("error: cannot serve metrics at "),
            "{}",
            error.report()
        );
    }
}
