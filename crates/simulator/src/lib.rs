#![doc = include_str!("../README.md")]
//!
//! # Paths
//!
//! One origin serves all vendors; the operations have the vendors' own paths and methods.
//! Links lead to `/files/…` of the same host. Three paths are for the tester, in any language:
//!
//! | path | |
//! |---|---|
//! | `GET /simulator/health` | `{"ok":true}` |
//! | `GET /simulator/charges` | the [`ChargeBook`]: `{"total":2,"by_operation":{…},"by_subject":{"qcc/GetEciImage 小米":1,…},"counted":{…},"calls":{…},"wrong_time":{…}}` |
//! | `GET`, `POST /simulator/faults` | the [`FaultPlan`], `{"rules":[…]}`; posting one replaces the plan and its counts |
//!
//! # Names that make things happen
//!
//! | a company (or patent) whose name contains | QCC picture | PatSnap report |
//! |---|---|---|
//! | `查无此企` | 201 | 68300004 |
//! | `欠费` | 102 | 67200005 |
//! | `维护` | 124 | 68300008 |
//! | `失败` | – | charged, then `job_status` 3 |
//!
//! A Yibeidiao record number that ends with `0000` has nothing ready: code 000 and `msg` `"{}"`.
//! QCC's risk report knows no name: let [`Fault::ReportFails`] or [`Fault::Code`] strike.
//!
//! # What is charged
//!
//! Accepted orders: a successful `GetEciImage`, `createReport` and both PatSnap creates, each time
//! anew, because no vendor documents a way to recognise a repetition. Polls, tokens, downloads and
//! everything of Yibeidiao (whose records are paid elsewhere) cost nothing.
//!
//! # Where the documents are silent
//!
//! - A signature is good for [`Options::clock_skew_tolerance`]; no document gives a number.
//! - Signatures must be in upper case, as the documents have them.
//! - PatSnap needs at least one name of a company; the first of name, credit code and organisation
//!   number is the one.
//! - An unknown or foreign PatSnap job is 68300013; a dead or foreign token is 67200009.
//! - A Yibeidiao record that cannot be read is 900; a `seq` is remembered for ever, failures of the
//!   earlier checks aside.
//! - A link that comes with a vendor's credentials is refused with 400, as stores refuse two ways
//!   to authenticate.

mod call;
mod charges;
mod credentials;
mod document;
mod fault;
mod files;
mod operation;
mod options;
mod pace;
mod patsnap;
mod qcc;
mod serve;
mod special;
mod sync;
mod world;
mod yibeidiao;

use std::convert::Infallible;
use std::fmt;
use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use serde_json::{Map, Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

pub use charges::ChargeBook;
pub use credentials::Credentials;
pub use fault::{Fault, FaultPlan, FaultRule};
pub use operation::Operation;
pub use options::{Clock, DateHeader, Hand, JobIdForm, LinkLife, Options, PendingPlan, TokenForm};

use serve::HangUp;
use world::World;

/// A running simulator. Dropping it ends it and every connection.
pub struct Simulator {
    addr: SocketAddr,
    world: Arc<World>,
    task: JoinHandle<()>,
}

impl Simulator {
    /// Listens and serves, in a task of the current Tokio runtime.
    ///
    /// # Errors
    /// Where the address cannot be listened on, or the state file cannot be read or written.
    pub async fn start(options: Options) -> io::Result<Self> {
        let listener = TcpListener::bind(options.addr).await?;
        let addr = listener.local_addr()?;
        let world = Arc::new(World::new(options, base_url(addr))?);
        let task = tokio::spawn(accept(
            listener,
            serve::router(world.clone()),
            world.options.date != DateHeader::Absent,
        ));
        Ok(Self { addr, world, task })
    }

    /// Where it listens.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// The origin of all three vendors, e.g. `http://127.0.0.1:8080`.
    pub fn base_url(&self) -> String {
        self.world.base_url.clone()
    }

    /// The credentials that it accepts.
    pub fn credentials(&self) -> &Credentials {
        &self.world.credentials
    }

    /// The environment variables that let the `jindiao` program work against it.
    pub fn env(&self) -> Vec<(&'static str, String)> {
        self.credentials().env(&self.world.base_url)
    }

    /// Addresses, credentials and environment as JSON, for people and for clients in other
    /// languages.
    pub fn description(&self) -> Value {
        let url = &self.world.base_url;
        let env = self.env().into_iter();
        let env: Map<_, _> = env
            .map(|(name, value)| (name.to_owned(), value.into()))
            .collect();
        json!({
            "addr": self.addr,
            "urls": {"qcc": url, "patsnap": url, "yibeidiao": url},
            "credentials": self.credentials(),
            "env": env,
            "charges": format!("{url}/simulator/charges"),
        })
    }

    /// What was charged until now.
    pub fn charges(&self) -> ChargeBook {
        self.world.ledger.snapshot()
    }

    /// Replaces the fault plan and its counts.
    pub fn set_faults(&self, plan: FaultPlan) {
        self.world.set_faults(plan);
    }

    /// Ends it and every connection, and waits until that is done.
    pub async fn shutdown(mut self) {
        self.task.abort();
        // The only way to end is the abort.
        let _ = (&mut self.task).await;
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl fmt::Debug for Simulator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Simulator")
            .field("addr", &self.addr)
            .finish_non_exhaustive()
    }
}

/// Where a client on this machine finds `addr`.
fn base_url(addr: SocketAddr) -> String {
    let ip = match addr.ip() {
        ip if !ip.is_unspecified() => ip,
        ip if ip.is_ipv4() => Ipv4Addr::LOCALHOST.into(),
        _ => Ipv6Addr::LOCALHOST.into(),
    };
    format!("http://{}", SocketAddr::new(ip, addr.port()))
}

/// Connections live in this task's set, so that they end with it.
async fn accept(listener: TcpListener, router: Router, has_date: bool) {
    let mut connections = JoinSet::new();
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                connections.spawn(connection(stream, router.clone(), has_date));
            }
            Err(error) => {
                // Most likely there are too many open files: some connection will end.
                tracing::warn!(%error, "the simulator cannot accept a connection");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
        while connections.try_join_next().is_some() {}
    }
}

async fn connection(stream: TcpStream, router: Router, has_date: bool) {
    let _ = stream.set_nodelay(true);
    let router = TowerToHyperService::new(router);
    let service = service_fn(|request| {
        let response = router.call(request);
        async move {
            let response = response
                .await
                .unwrap_or_else(|never: Infallible| match never {});
            // An error of the service ends the connection without a word.
            let hangs_up = response.extensions().get::<HangUp>().is_some();
            if hangs_up {
                Err(io::Error::from(io::ErrorKind::ConnectionAborted))
            } else {
                Ok(response)
            }
        }
    });
    // Planned hang-ups end here as well: nothing to report.
    let _ = http1::Builder::new()
        .auto_date_header(has_date)
        .serve_connection(TokioIo::new(stream), service)
        .await;
}
