//! The server: what it answers, to whom, and what every answer says to the browser.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, header};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use jindiao_batch::{LedgerError, Overview};
use jindiao_order::{Policy, Product};
use jindiao_protocol::Timestamp;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::{JoinHandle, JoinSet};

use crate::desk::{Desk, Sent, Told};
use crate::looking::Looking;
use crate::sections::{self, DOUBTS, Kind};
use crate::view::{AccountTerms, View, file_name};
use crate::words::Words as _;
use crate::{Lang, Token, guard, metrics, page};

/// A browser and Prometheus ask at once, or not at all.
const PATIENCE: Duration = Duration::from_secs(30);
/// So many connections are kept at the same time.
const CONNECTIONS: usize = 64;
/// The longest decision, in bytes: a link may be long.
const MAX_BODY: usize = 16 * 1024;
/// From an exchange on, for so long something is going on.
const LIVELY: Duration = Duration::from_secs(20);

/// Where and what is served.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where to listen; port 0 takes a free one.
    pub addr: SocketAddr,
    /// Whether the address may be one that other machines reach.
    pub exposed: bool,
    /// The ledger.
    pub ledger: PathBuf,
    /// What follows `jindiao resolve ORDER VERDICT` so that it finds this ledger.
    pub flag: String,
    /// The accounts that are configured.
    pub accounts: Vec<AccountTerms>,
    /// The policies that differ from [`Policy::of`]: they say what becomes of a doubt by itself.
    pub policies: BTreeMap<Product, Policy>,
    /// The language for those whose browser asks for none of ours.
    pub lang: Lang,
    /// What lets a browser in.
    pub token: Token,
    /// What time it is.
    pub clock: fn() -> Timestamp,
}

/// The server, as long as it is kept.
#[derive(Debug)]
pub struct Dashboard {
    addr: SocketAddr,
    task: JoinHandle<()>,
}

impl Dashboard {
    /// Where it listens.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }
}

impl Drop for Dashboard {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Serves the page, in a task of the current Tokio runtime.
///
/// # Errors
/// If the address cannot be had, or is not a loopback address and is not meant to be exposed.
pub async fn serve(options: Options, desk: Arc<dyn Desk>) -> io::Result<Dashboard> {
    if !options.exposed && !options.addr.ip().is_loopback() {
        return Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            "other machines reach this address, and what goes over it is not encrypted",
        ));
    }
    let listener = TcpListener::bind(options.addr).await?;
    let addr = listener.local_addr()?;
    let shared = Arc::new(Shared {
        addr,
        options,
        desk,
        looking: Mutex::new(Looking::default()),
    });
    let task = tokio::spawn(accept(listener, shared));
    Ok(Dashboard { addr, task })
}

struct Shared {
    addr: SocketAddr,
    options: Options,
    desk: Arc<dyn Desk>,
    looking: Mutex<Looking>,
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    let room = Arc::new(Semaphore::new(CONNECTIONS));
    let mut connections = JoinSet::new();
    loop {
        let Ok(place) = Arc::clone(&room).acquire_owned().await else {
            return;
        };
        match listener.accept().await {
            Ok((stream, _)) => {
                let shared = Arc::clone(&shared);
                connections.spawn(async move {
                    connection(stream, shared).await;
                    drop(place);
                });
            }
            Err(error) => {
                // Most likely there are too many open files: some connection will end.
                tracing::warn!(%error, "the dashboard cannot accept a connection");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
        while connections.try_join_next().is_some() {}
    }
}

async fn connection(stream: TcpStream, shared: Arc<Shared>) {
    let _ = stream.set_nodelay(true);
    let service = service_fn(|request: Request<Incoming>| {
        let shared = Arc::clone(&shared);
        async move { Ok::<_, Infallible>(answer(&shared, request.map(Body::new)).await) }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(PATIENCE)
        .serve_connection(TokioIo::new(stream), service);
    // Whoever went away needs no answer.
    let _ = connection.await;
}

/// The answer to a request, with what every answer says to the browser.
async fn answer(shared: &Arc<Shared>, request: Request<Body>) -> Response<Body> {
    let mut response = routed(shared, request).await;
    let headers = response.headers_mut();
    let fixed = [
        ("content-security-policy", page::POLICY),
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
        ("referrer-policy", "no-referrer"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
        ("cache-control", "no-store"),
    ];
    for (name, value) in fixed {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

async fn routed(shared: &Arc<Shared>, request: Request<Body>) -> Response<Body> {
    let headers = request.headers();
    if !guard::is_own_host(headers, shared.addr) {
        return refused(
            StatusCode::MISDIRECTED_REQUEST,
            "this is not the address of the dashboard",
        );
    }
    let query = Query::of(request.uri().query().unwrap_or_default());
    let lang = query.lang(headers, shared.options.lang);
    let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
    match request.uri().path() {
        // These are the same for everybody, and say nothing about the ledger.
        "/" if is_read => html(page::shell(lang)),
        "/style.css" if is_read => typed("text/css; charset=utf-8", page::STYLE),
        "/live.js" if is_read => typed("text/javascript; charset=utf-8", page::SCRIPT),
        "/icon.svg" if is_read => typed("image/svg+xml", page::ICON),
        "/view" if is_read => {
            if guard::is_foreign(headers) || !shared.options.token.is_brought(headers) {
                return no_token();
            }
            view(shared, lang, query.skip).await
        }
        "/metrics" if is_read => {
            // On this machine they are for everybody: they name nobody, and a page elsewhere
            // cannot read them.
            let is_open = shared.addr.ip().is_loopback();
            if guard::is_foreign(headers) || !(is_open || shared.options.token.is_brought(headers))
            {
                return no_token();
            }
            match overview(shared).await {
                Ok(overview) => typed(metrics::MEDIA, metrics::metrics(&overview)),
                Err(error) => broken(&error),
            }
        }
        "/settle" if *request.method() == Method::POST => settle(shared, request).await,
        "/" | "/style.css" | "/live.js" | "/icon.svg" | "/view" | "/metrics" | "/settle" => {
            refused(StatusCode::METHOD_NOT_ALLOWED, "not with this method")
        }
        _ => refused(StatusCode::NOT_FOUND, "there is nothing here"),
    }
}

/// What a request asks for behind the `?`.
#[derive(Debug, Default, PartialEq, Eq)]
struct Query {
    lang: Option<Lang>,
    skip: u32,
}

impl Query {
    fn of(text: &str) -> Self {
        let mut query = Self::default();
        for (name, value) in text.split('&').filter_map(|it| it.split_once('=')) {
            match name {
                "lang" => query.lang = Lang::of(value),
                "skip" => query.skip = value.parse().unwrap_or(0),
                _ => {}
            }
        }
        query
    }

    fn lang(&self, headers: &HeaderMap, usual: Lang) -> Lang {
        let accepted = headers.get(header::ACCEPT_LANGUAGE);
        let accepted = accepted.and_then(|it| it.to_str().ok());
        self.lang
            .or_else(|| accepted.and_then(Lang::accepted))
            .unwrap_or(usual)
    }
}

/// Does something with the ledger where it holds nobody up. After an error it is opened anew.
async fn looking<T: Send + 'static>(
    shared: &Arc<Shared>,
    read: impl FnOnce(&mut Looking, &Options) -> Result<T, LedgerError> + Send + 'static,
) -> Result<T, LedgerError> {
    let shared = Arc::clone(shared);
    let task = tokio::task::spawn_blocking(move || {
        let mut looking = shared
            .looking
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let read = read(&mut looking, &shared.options);
        if read.is_err() {
            *looking = Looking::default();
        }
        read
    });
    match task.await {
        Ok(read) => read,
        Err(error) => std::panic::resume_unwind(error.into_panic()),
    }
}

async fn overview(shared: &Arc<Shared>) -> Result<Arc<Overview>, LedgerError> {
    looking(shared, Looking::overview).await
}

async fn view(shared: &Arc<Shared>, lang: Lang, skip: u32) -> Response<Body> {
    let read = looking(shared, move |looking, options| {
        let overview = looking.overview(options)?;
        let doubts = looking.lookout(options)?.uncertain(skip, DOUBTS)?;
        let view = View {
            ledger: file_name(&options.ledger),
            overview: Overview::clone(&overview),
            doubts,
            skipped: skip,
            accounts: options.accounts.clone(),
            policies: options.policies.clone(),
            flag: options.flag.clone(),
        };
        let now = (options.clock)();
        let last = overview.last_exchange;
        let is_lively = last.is_some_and(|at| now.since(at) < LIVELY);
        Ok((sections::all(&view, lang, Kind::Live), is_lively))
    });
    match read.await {
        Ok((text, is_lively)) => {
            let mut response = html(text);
            let value = HeaderValue::from_static(if is_lively { "live" } else { "quiet" });
            response.headers_mut().insert("jindiao-state", value);
            response
        }
        Err(error) => broken(&error),
    }
}

async fn settle(shared: &Arc<Shared>, request: Request<Body>) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let kind = parts.headers.get(header::CONTENT_TYPE);
    let kind = kind.and_then(|it| it.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    if !guard::is_own_page(&parts.headers) {
        return refused(StatusCode::FORBIDDEN, "not from the dashboard's own page");
    }
    if !shared.options.token.is_brought(&parts.headers) {
        return no_token();
    }
    if !kind.eq_ignore_ascii_case("application/json") {
        return refused(StatusCode::UNSUPPORTED_MEDIA_TYPE, "a decision is JSON");
    }
    let Ok(body) = to_bytes(body, MAX_BODY).await else {
        return refused(StatusCode::PAYLOAD_TOO_LARGE, "too long for a decision");
    };
    let Ok(sent) = serde_json::from_slice::<Sent>(&body) else {
        return refused(StatusCode::BAD_REQUEST, "not a decision");
    };
    let desk = Arc::clone(&shared.desk);
    let settle = move || desk.settle(&sent.order, &sent.decision());
    let settled = tokio::task::spawn_blocking(settle).await;
    let settled = match settled {
        Ok(settled) => settled,
        Err(error) => std::panic::resume_unwind(error.into_panic()),
    };
    let forgotten = looking(shared, |looking, _| {
        looking.forget();
        Ok(())
    });
    let _ = forgotten.await;
    let told = Told::from(settled);
    let status = match told {
        Told::Settled { .. } => StatusCode::OK,
        Told::InUse { .. } => StatusCode::CONFLICT,
        Told::Refused { .. } => StatusCode::UNPROCESSABLE_ENTITY,
    };
    let text = serde_json::to_string(&told).unwrap_or_default();
    let mut response = typed("application/json", text);
    *response.status_mut() = status;
    response
}

fn html(text: String) -> Response<Body> {
    typed("text/html; charset=utf-8", text)
}

fn typed(media: &'static str, text: impl Into<Body>) -> Response<Body> {
    let mut response = Response::new(text.into());
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media));
    response
}

fn refused(status: StatusCode, text: &str) -> Response<Body> {
    let mut response = typed("text/plain; charset=utf-8", format!("{text}\n"));
    *response.status_mut() = status;
    response
}

fn no_token() -> Response<Body> {
    let mut response = refused(StatusCode::UNAUTHORIZED, "this needs the dashboard's token");
    let headers = response.headers_mut();
    headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    response
}

fn broken(error: &LedgerError) -> Response<Body> {
    let text = jindiao_list::visible(&error.to_string()).into_owned();
    refused(StatusCode::SERVICE_UNAVAILABLE, &text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_behind_the_question_mark() {
        let check =
            |text: &str, lang, skip| assert_eq!(Query::of(text), Query { lang, skip }, "{text}");
        check("", None, 0);
        check("lang=zh&skip=20", Some(Lang::Zh), 20);
        check("lang=xx&skip=-1&a&b=c", None, 0);
        check("skip=99999999999999", None, 0);
    }
}
