//! A worker process: listens for the server, joins the cluster, drains when it is told to stop.

use std::fmt;
use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use jindiao_batch::LedgerKind;
use jindiao_words::say;
use restate_sdk::hyper::HyperEndpoint;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};

use super::objects;
use crate::client::IDENTITY_KEY;
use crate::error::{ClusterError, ClusterErrorKind};
use crate::{Cluster, Host, Identity};

/// How long what is under way may take when the worker is told to stop.
const DRAIN: Duration = Duration::from_secs(60);
/// How long the server may take to let go of a worker that has nothing under way any more.
const FAREWELL: Duration = Duration::from_secs(1);
/// How many invocations one connection of the server carries.
const STREAMS: u32 = 4096;
/// A server that does not answer for so long is gone.
const KEEP_ALIVE: Duration = Duration::from_secs(20);

/// Where a worker is to be reached.
#[derive(Debug, Clone)]
pub struct Joining {
    /// Where it listens.
    pub listen: SocketAddr,
    /// Where the server is told that it is; else where it listens. All workers of a cluster are
    /// reached at one address, that of a load balancer where there are several.
    pub advertise: Option<String>,
    /// An address whose workers are gone for good: what began with them goes on with this one, which
    /// must be of the same version.
    pub take_over: Option<String>,
}

/// A worker that has joined a cluster.
pub struct Worker {
    host: Arc<Host>,
    addr: SocketAddr,
    identity: Identity,
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Worker {
    /// Listens and joins.
    ///
    /// # Errors
    /// If the address cannot be had, the server cannot reach it, or the host is configured otherwise
    /// than the cluster: then nothing was sent to this worker. Or if what joining needs waits for
    /// workers at another address that are gone.
    pub async fn join(
        host: Host,
        cluster: &Cluster,
        joining: &Joining,
    ) -> Result<Self, ClusterError> {
        let listen = joining.listen;
        // Before the server sends anything here: the newest worker gets all that begins.
        cluster.check(host.kind(), host.accounts()).await?;
        let failed = |error: std::io::Error| {
            ClusterError::new(
                ClusterErrorKind::Listen,
                say!("cannot listen at {listen}: {error}", listen, error),
            )
        };
        let listener = TcpListener::bind(listen).await.map_err(failed)?;
        let addr = listener.local_addr().map_err(failed)?;
        let host = Arc::new(host);
        let endpoint = HyperEndpoint::new(objects::endpoint(&host));
        let (stop, stopped) = watch::channel(false);
        let task = tokio::spawn(accept(Arc::clone(&host), listener, endpoint, stopped));
        let joined = Self::register(&host, cluster, addr, joining).await;
        match joined {
            Ok(identity) => Ok(Self {
                host,
                addr,
                identity,
                stop,
                task,
            }),
            Err(error) => {
                task.abort();
                Err(error)
            }
        }
    }

    async fn register(
        host: &Host,
        cluster: &Cluster,
        addr: SocketAddr,
        joining: &Joining,
    ) -> Result<Identity, ClusterError> {
        let own = joining.advertise.clone();
        let own = own.unwrap_or_else(|| format!("http://{addr}"));
        cluster.register(&own).await?;
        if let Some(gone) = &joining.take_over {
            cluster.take_over(gone, &own).await?;
        }
        tokio::select! {
            joined = Self::introduce(host, cluster) => joined,
            error = cluster.cannot_join(&own) => Err(error),
        }
    }

    /// Tells the cluster's objects of this worker.
    async fn introduce(host: &Host, cluster: &Cluster) -> Result<Identity, ClusterError> {
        let simulated = host.kind() == LedgerKind::Simulated;
        let identity = cluster
            .call("Cluster", IDENTITY_KEY, "join", &simulated)
            .await?;
        for config in host.accounts() {
            let _: Value = cluster
                .call("Account", config.vendor.id(), "join", config)
                .await?;
        }
        Ok(identity)
    }

    /// Where it listens.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// The cluster that it joined.
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// What it has done so far, among others.
    pub fn host(&self) -> &Host {
        &self.host
    }

    /// Serves its metrics at `addr`, as long as what is returned is kept; see
    /// [`serve_metrics`](crate::serve_metrics).
    ///
    /// # Errors
    /// If the address cannot be had.
    pub async fn serve_metrics(&self, addr: SocketAddr) -> std::io::Result<crate::Metrics> {
        crate::serve_metrics(Arc::clone(&self.host), addr).await
    }

    /// Works until `stop` is ready, and then until no call or download is under way, for a minute at
    /// most. What only waits goes on with another worker.
    pub async fn run(mut self, stop: impl Future<Output = ()>) {
        tokio::select! {
            () = stop => {}
            _ = &mut self.task => {}
        }
        self.stop.send_replace(true);
        if !self.task.is_finished() {
            // It ends by itself, or was a panic.
            let _ = (&mut self.task).await;
        }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl fmt::Debug for Worker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Worker")
            .field("addr", &self.addr)
            .field("identity", &self.identity)
            .finish_non_exhaustive()
    }
}

async fn accept(
    host: Arc<Host>,
    listener: TcpListener,
    endpoint: HyperEndpoint,
    mut stop: watch::Receiver<bool>,
) {
    let graceful = GracefulShutdown::new();
    // They end with this task.
    let mut connections = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = stop.wait_for(|stopped| *stopped) => break,
        };
        match accepted {
            Ok((stream, _)) => {
                let _ = stream.set_nodelay(true);
                let connection = http2::Builder::new(TokioExecutor::new())
                    .timer(TokioTimer::new())
                    .max_concurrent_streams(STREAMS)
                    .keep_alive_interval(KEEP_ALIVE)
                    .keep_alive_timeout(KEEP_ALIVE)
                    .serve_connection(TokioIo::new(stream), endpoint.clone());
                let connection = graceful.watch(connection);
                connections.spawn(async move {
                    if let Err(error) = connection.await {
                        tracing::debug!(%error, "a connection of the server ended");
                    }
                });
            }
            Err(error) => {
                // Most likely there are too many open files: some connection will end.
                tracing::warn!(%error, "the worker cannot accept a connection");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
        while connections.try_join_next().is_some() {}
    }
    drop(listener);
    // First what must not be cut off: a server that is told to send nothing more here cuts off what
    // it has sent at once.
    if tokio::time::timeout(DRAIN, host.end_work()).await.is_err() {
        tracing::warn!("what was under way did not end in time; another worker goes on with it");
    }
    // What only waits for an account would never end: its answer may be another worker's to give.
    let _ = tokio::time::timeout(FAREWELL, graceful.shutdown()).await;
}
