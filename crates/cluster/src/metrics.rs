//! What a worker tells Prometheus: its counters as text, at an address of its own.

use std::convert::Infallible;
use std::fmt::{self, Write};
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode, header};
use hyper::body::{Body, Frame, Incoming, SizeHint};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use jindiao_batch::LedgerKind;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;

use crate::Host;

/// The media type of [`metrics`].
const MEDIA: &str = "text/plain; version=0.0.4; charset=utf-8";
/// Who scrapes asks at once.
const PATIENCE: Duration = Duration::from_secs(10);
/// So many may ask at the same time.
const CONNECTIONS: usize = 16;

/// The server of a worker's metrics, as long as it is kept.
#[derive(Debug)]
pub struct Metrics {
    addr: SocketAddr,
    task: JoinHandle<()>,
}

impl Metrics {
    /// Where it listens.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }
}

impl Drop for Metrics {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Serves `GET /metrics` at `addr`, without encryption or a password: at a loopback address, or in
/// a network where only your own machines are.
///
/// # Errors
/// If the address cannot be had.
pub async fn serve_metrics(host: Arc<Host>, addr: SocketAddr) -> io::Result<Metrics> {
    let listener = TcpListener::bind(addr).await?;
    let addr = listener.local_addr()?;
    let task = tokio::spawn(accept(host, listener));
    Ok(Metrics { addr, task })
}

/// What `host` has done, in the text format of Prometheus. It names no order, company or account
/// but the vendors.
pub fn metrics(host: &Host) -> String {
    let mut page = Page::default();
    let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
    let counters = &host.counters;
    let kind = match host.kind() {
        LedgerKind::Real => "real",
        LedgerKind::Simulated => "simulated",
    };
    page.gauge(
        "worker_info",
        "The version and the process.",
        &[(
            &format!(
                "version=\"{}\",kind=\"{kind}\",incarnation=\"{}\"",
                env!("CARGO_PKG_VERSION"),
                host.incarnation()
            ),
            1,
        )],
    );
    page.gauge(
        "uptime_seconds",
        "Since the process began.",
        &[("", host.uptime().as_secs())],
    );
    let mut count = |name: &str, help: &str, counter: &AtomicU64| {
        page.family(name, help, "counter", &[("", read(counter))]);
    };
    count("ticks_total", "Looks at an order.", &counters.ticks);
    count(
        "charges_total",
        "Calls made that may cost money.",
        &counters.charges,
    );
    count("reads_total", "Other calls made.", &counters.reads);
    count(
        "lost_total",
        "Charging calls of which nobody knows whether they were made.",
        &counters.lost,
    );
    count("stored_total", "Reports stored.", &counters.stored);
    count(
        "stored_bytes_total",
        "Bytes of the reports stored.",
        &counters.bytes,
    );
    count(
        "store_failures_total",
        "Tries to download and store a report that failed.",
        &counters.unstored,
    );
    count(
        "refused_permits_total",
        "Permits refused, since this worker is configured otherwise than the cluster.",
        &counters.refused,
    );
    page.gauge(
        "in_flight",
        "Calls and downloads under way.",
        &[("", host.in_flight() as u64)],
    );
    page.gauge(
        "shelf_trouble",
        "1 while reports cannot be stored: nothing new is ordered.",
        &[("", u64::from(host.shelf_trouble().is_some()))],
    );
    let vendors = host.accounts().map(|account| account.vendor.id());
    let accounts: Vec<_> = vendors.map(|it| format!("vendor=\"{it}\"")).collect();
    let accounts: Vec<_> = accounts.iter().map(|it| (it.as_str(), 1)).collect();
    page.gauge(
        "account_info",
        "The accounts that this worker is configured for.",
        &accounts,
    );
    page.0
}

/// Families of metrics, one after the other.
#[derive(Default)]
struct Page(String);

impl Page {
    fn gauge(&mut self, name: &str, help: &str, values: &[(&str, u64)]) {
        self.family(name, help, "gauge", values);
    }

    /// One family; each value with its labels.
    fn family(&mut self, name: &str, help: &str, kind: &str, values: &[(&str, u64)]) {
        let name = format!("jindiao_{name}");
        let text = &mut self.0;
        // Writing into a text does not fail.
        let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} {kind}");
        for (labels, value) in values {
            let _ = match *labels {
                "" => writeln!(text, "{name} {value}"),
                labels => writeln!(text, "{name}{{{labels}}} {value}"),
            };
        }
    }
}

async fn accept(host: Arc<Host>, listener: TcpListener) {
    let room = Arc::new(Semaphore::new(CONNECTIONS));
    loop {
        let Ok(place) = Arc::clone(&room).acquire_owned().await else {
            return;
        };
        let Ok((stream, _)) = listener.accept().await else {
            // Most likely there are too many open files: some connection will end.
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        let host = Arc::clone(&host);
        tokio::spawn(async move {
            let service = service_fn(|request: Request<Incoming>| {
                let response = answer(&host, request.method(), request.uri().path());
                async move { Ok::<_, Infallible>(response) }
            });
            let connection = http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(PATIENCE)
                .keep_alive(false)
                .serve_connection(TokioIo::new(stream), service);
            if tokio::time::timeout(PATIENCE, connection).await.is_err() {
                tracing::debug!("a connection for the metrics took too long");
            }
            drop(place);
        });
    }
}

fn answer(host: &Host, method: &Method, path: &str) -> Response<Whole> {
    let (status, text) = match (method, path) {
        (&Method::GET | &Method::HEAD, "/metrics") => (StatusCode::OK, metrics(host)),
        (_, "/metrics") => (StatusCode::METHOD_NOT_ALLOWED, String::new()),
        _ => (
            StatusCode::NOT_FOUND,
            "the metrics are at /metrics\n".to_owned(),
        ),
    };
    let mut response = Response::new(Whole(Some(text.into())));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        header::HeaderValue::from_static(MEDIA),
    );
    response
}

/// A body that is there at once.
struct Whole(Option<Bytes>);

impl Body for Whole {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(self.0.take().map(|it| Ok(Frame::data(it))))
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.0.as_ref().map_or(0, |it| it.len() as u64))
    }
}

impl fmt::Debug for Whole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Whole")
    }
}

#[cfg(test)]
mod tests {
    use jindiao_batch::Folder;
    use jindiao_client::{Client, HttpTransport, SendTerms, SystemClock, Transport, Vendors};
    use jindiao_protocol::{Effect, Vendor};

    use super::*;
    use crate::{AccountConfig, VendorHands};

    fn host() -> Host {
        let dir = tempfile::tempdir().expect("a folder");
        let transport = HttpTransport::new().expect("a transport");
        let vendors = Vendors::new(Client::new(transport, SystemClock::new()));
        let shelf = Arc::new(Folder::create(dir.path()).expect("a folder"));
        let origin = "https://vendor.invalid".parse().expect("an origin");
        let pace = Duration::from_millis(50);
        let account = AccountConfig::new(Vendor::Qcc, &origin, "FAKE-KEY", "FAKE", pace, None);
        Host::new(
            Arc::new(VendorHands::new(vendors, shelf)),
            LedgerKind::Simulated,
        )
        .expect("a host")
        .with_account(account)
    }

    #[test]
    fn the_page_is_what_prometheus_reads() {
        let host = host();
        host.counters.charges.store(3, Ordering::Relaxed);
        let text = metrics(&host);
        let mut family = String::new();
        let mut families = 0;
        for line in text.lines() {
            if let Some(rest) = line.strip_prefix("# HELP ") {
                let (name, help) = rest.split_once(' ').expect(line);
                assert!(
                    name.starts_with("jindiao_") && help.ends_with('.'),
                    "{line}"
                );
                name.clone_into(&mut family);
                families += 1;
            } else if let Some(rest) = line.strip_prefix("# TYPE ") {
                let (name, kind) = rest.split_once(' ').expect(line);
                let is_total = name.ends_with("_total");
                assert_eq!((name, kind == "counter"), (&*family, is_total), "{line}");
            } else {
                let (name, value) = line.rsplit_once(' ').expect(line);
                let (name, labels) = name.split_once('{').unwrap_or((name, "}"));
                assert!(labels.ends_with('}') && name == family, "{line}");
                value.parse::<u64>().expect(line);
            }
        }
        assert_eq!(families, 13);
        assert!(text.contains("\njindiao_charges_total 3\n"), "{text}");
        assert!(
            text.contains("\njindiao_account_info{vendor=\"qcc\"} 1\n"),
            "{text}"
        );
        assert!(text.ends_with('\n') && !text.contains("FAKE"), "{text}");
    }

    #[tokio::test]
    async fn it_is_served_and_nothing_else_is() {
        let loopback = "127.0.0.1:0".parse().expect("an address");
        let served = serve_metrics(Arc::new(host()), loopback).await;
        let served = served.expect("a server");
        let transport = HttpTransport::new().expect("a transport");
        let check = async |method: Method, path: &str, status: u16, text: &str| {
            let request = Request::builder()
                .method(method)
                .uri(format!("http://{}{path}", served.addr()))
                .body(Bytes::new())
                .expect("a request");
            let terms = SendTerms::new(Effect::Read);
            let response = transport.send(request, terms).await.expect("an answer");
            assert_eq!(response.status(), status, "{path}");
            let body = String::from_utf8_lossy(response.body());
            assert!(body.contains(text), "{path}: {body}");
            assert_eq!(response.headers()["content-type"], MEDIA);
        };
        check(Method::GET, "/metrics", 200, "\njindiao_ticks_total 0\n").await;
        check(Method::POST, "/metrics", 405, "").await;
        check(Method::GET, "/", 404, "/metrics").await;
    }
}
