//! The transport that comes with the house: reqwest with rustls, tamed.

mod delivery;
mod gate;
mod pinned;
mod tls;

use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::{HeaderValue, Request, Response, header};
use jindiao_protocol::Effect;
use jindiao_words::{Message, Say, say};
use reqwest::Url;

use crate::coding::{Decoder, Undecoded};
use crate::connect::{HttpOptions, Route};
use crate::host::is_loopback;
use crate::{
    AddressPolicy, BoxFuture, Chunks, OpenTerms, SendTerms, Transport, TransportError,
    TransportErrorKind,
};

use delivery::{chain, of_body, of_reqwest};
use gate::{CROSSING, Crossing, GateLayer};
use pinned::{PINNED, PinnedHere, pin};
use tls::Tls;

/// How long a connection of `Read` calls is kept for the next one. Shorter than what servers
/// keep (nginx 75 s, Alibaba's SLB 15 s), so that a connection seldom dies just as it is reused.
const IDLE_TIMEOUT: Duration = Duration::from_secs(8);

/// The default [`Transport`]: HTTP/1.1 over reqwest, with TLS by rustls and the roots of the
/// platform.
///
/// - No redirects, no cookies, no retries.
/// - Replies are asked for as they are. One to [`send`](Transport::send) that comes compressed
///   all the same (gzip, deflate) is decompressed, under the same limit of size.
/// - A `Charge` gets a connection of its own, so that nothing but that one request was ever on
///   it; the [`Gate`](crate::Gate) is asked after the connection stands.
/// - Proxies are taken from the environment and the system; loopback addresses never go through
///   one. Behind a proxy a download's host is checked here where its name can be resolved here;
///   where the proxy connects to is the proxy's business.
/// - On a machine without CA certificates plain http works, and https fails with a message that
///   says so.
#[derive(Clone)]
pub struct HttpTransport(Arc<Inner>);

struct Inner {
    tls: Tls,
    options: HttpOptions,
    /// Pooled: for reads.
    read: Routes,
    /// One connection for each request: for charges.
    charge: Routes,
    /// Pooled, to addresses that were checked: for downloads that may go to the public internet
    /// only. A connection is of use only where the policy that it was checked by holds.
    public_file: Routes,
    /// The same for downloads that may go anywhere.
    any_file: Routes,
}

/// The same client twice.
struct Routes {
    proxied: reqwest::Client,
    direct: reqwest::Client,
}

impl Routes {
    /// The one that goes to `url`.
    fn to(&self, url: &Url) -> &reqwest::Client {
        if is_loopback(url) {
            &self.direct
        } else {
            &self.proxied
        }
    }
}

impl HttpTransport {
    /// With a connect time limit of 5 s.
    ///
    /// # Errors
    /// If TLS cannot be set up at all.
    pub fn new() -> Result<Self, HttpTransportError> {
        Self::with_options(HttpOptions::default())
    }

    /// With another limit for DNS, TCP and TLS together.
    ///
    /// # Errors
    /// If TLS cannot be set up at all.
    pub fn with_connect_timeout(connect_timeout: Duration) -> Result<Self, HttpTransportError> {
        Self::with_options(HttpOptions::default().with_connect_timeout(connect_timeout))
    }

    /// Connecting as `options` say.
    ///
    /// # Errors
    /// If TLS cannot be set up at all.
    pub fn with_options(options: HttpOptions) -> Result<Self, HttpTransportError> {
        let tls = Tls::of_the_platform(&options.authorities)?;
        let routes = |kind: fn(reqwest::ClientBuilder) -> reqwest::ClientBuilder| {
            let build = |direct: bool| {
                let builder = kind(plain_client(&tls, options.connect_timeout));
                routed(builder, &options.route, direct)
                    .and_then(reqwest::ClientBuilder::build)
                    .map_err(HttpTransportError::of)
            };
            Ok::<_, HttpTransportError>(Routes {
                proxied: build(false)?,
                direct: build(true)?,
            })
        };
        let read = routes(|builder| builder.pool_idle_timeout(IDLE_TIMEOUT))?;
        let charge =
            routes(|builder| builder.pool_max_idle_per_host(0).connector_layer(GateLayer))?;
        let file = |builder: reqwest::ClientBuilder| {
            builder
                .pool_idle_timeout(IDLE_TIMEOUT)
                .dns_resolver(PinnedHere)
        };
        let (public_file, any_file) = (routes(file)?, routes(file)?);
        Ok(Self(Arc::new(Inner {
            tls,
            options,
            read,
            charge,
            public_file,
            any_file,
        })))
    }

    async fn send(
        &self,
        request: Request<Bytes>,
        terms: SendTerms,
    ) -> Result<Response<Bytes>, TransportError> {
        let url = read_url(request.uri())?;
        let routes = match terms.effect {
            Effect::Read => &self.0.read,
            Effect::Charge => &self.0.charge,
        };
        let client = routes.to(&url);
        let mut request = with_url(request, url);
        *request.timeout_mut() = Some(terms.timeout);
        // Where nothing is said, a proxy may compress (RFC 9110, 12.5.3).
        let as_it_is = HeaderValue::from_static("identity");
        request
            .headers_mut()
            .entry(header::ACCEPT_ENCODING)
            .or_insert(as_it_is);

        if !terms.gate.is_open() {
            return Err(TransportError::too_late());
        }
        let crossing = Crossing {
            gate: terms.gate,
            connected: Arc::default(),
        };
        let connected = Arc::clone(&crossing.connected);
        let result = match terms.effect {
            Effect::Charge => CROSSING.scope(crossing, client.execute(request)).await,
            Effect::Read => client.execute(request).await,
        };
        let response = result.map_err(|error| {
            let error = self.failed(&error);
            if terms.effect == Effect::Charge && !connected.load(Ordering::SeqCst) {
                // Its own connection never stood, whatever ended the attempt.
                error.surely_never_sent()
            } else {
                error
            }
        })?;
        collect(response, terms.max_body).await
    }

    async fn open(
        &self,
        request: Request<()>,
        terms: OpenTerms,
    ) -> Result<Response<Box<dyn Chunks>>, TransportError> {
        let url = read_url(request.uri())?;
        let pinned =
            tokio::time::timeout(self.0.options.connect_timeout, pin(&url, terms.addresses))
                .await
                .map_err(|_| {
                    TransportError::never_sent(
                        TransportErrorKind::Dns,
                        say!("no answer from DNS in time").to_string(),
                    )
                })??;
        let routes = if terms.addresses == AddressPolicy::PRIVATE_TOO {
            &self.0.any_file
        } else {
            &self.0.public_file
        };
        let client = routes.to(&url);
        let request = with_url(request.map(|()| Bytes::new()), url);
        let response = PINNED.scope(pinned, client.execute(request)).await;
        let response = response.map_err(|e| self.failed(&e))?;

        let mut head = Response::new(());
        *head.status_mut() = response.status();
        *head.headers_mut() = response.headers().clone();
        let body: Box<dyn Chunks> = Box::new(Body(response));
        Ok(head.map(|()| body))
    }

    fn failed(&self, error: &reqwest::Error) -> TransportError {
        of_reqwest(error, self.0.tls.trusts_nothing)
    }
}

impl Transport for HttpTransport {
    fn send(
        &self,
        request: Request<Bytes>,
        terms: SendTerms,
    ) -> BoxFuture<'_, Result<Response<Bytes>, TransportError>> {
        Box::pin(HttpTransport::send(self, request, terms))
    }

    fn open(
        &self,
        request: Request<()>,
        terms: OpenTerms,
    ) -> BoxFuture<'_, Result<Response<Box<dyn Chunks>>, TransportError>> {
        Box::pin(HttpTransport::open(self, request, terms))
    }
}

impl fmt::Debug for HttpTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpTransport")
            .field("options", &self.0.options)
            .finish_non_exhaustive()
    }
}

/// The transport cannot be set up on this machine.
#[derive(Debug)]
pub struct HttpTransportError(String);

impl HttpTransportError {
    fn of(error: impl StdError + 'static) -> Self {
        Self(chain(&error))
    }
}

impl Say for HttpTransportError {
    fn say(&self) -> Message {
        say!("cannot set up HTTP: {why}", why = &self.0)
    }
}

impl fmt::Display for HttpTransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.say().fmt(f)
    }
}

impl StdError for HttpTransportError {}

/// What all clients here have in common.
fn plain_client(tls: &Tls, connect_timeout: Duration) -> reqwest::ClientBuilder {
    reqwest::Client::builder()
        .tls_backend_preconfigured(tls.config.clone())
        .user_agent(concat!("jindiao/", env!("CARGO_PKG_VERSION")))
        .http1_only()
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .referer(false)
        .connect_timeout(connect_timeout)
}

/// The client on its way: straight where that is wanted, else as the options say.
fn routed(
    builder: reqwest::ClientBuilder,
    route: &Route,
    straight: bool,
) -> reqwest::Result<reqwest::ClientBuilder> {
    Ok(match route {
        Route::System if !straight => builder,
        Route::Proxy { url, except } if !straight => {
            let except = reqwest::NoProxy::from_string(except);
            builder.proxy(reqwest::Proxy::all(url.clone())?.no_proxy(except))
        }
        _ => builder.no_proxy(),
    })
}

async fn collect(
    mut response: reqwest::Response,
    max_body: usize,
) -> Result<Response<Bytes>, TransportError> {
    let status = response.status();
    let cut = |error: TransportError| error.with_http_status(status.as_u16());
    let too_large = || {
        cut(TransportError::maybe_sent(
            TransportErrorKind::TooLarge,
            say!("more than {n} bytes", n = max_body).to_string(),
        ))
    };
    let announced = response.content_length();
    if announced.is_some_and(|length| length > max_body as u64) {
        return Err(too_large());
    }
    let mut body = Bytes::new();
    // Most replies come in one piece, which needs no copy.
    let mut pieces = BytesMut::new();
    while let Some(chunk) = response
        .chunk()
        .await
        .map_err(|error| cut(of_body(&error)))?
    {
        if chunk.len() > max_body - body.len().max(pieces.len()) {
            return Err(too_large());
        }
        if body.is_empty() {
            body = chunk;
        } else {
            if pieces.is_empty() {
                pieces.extend_from_slice(&body);
            }
            pieces.extend_from_slice(&chunk);
        }
    }
    if !pieces.is_empty() {
        body = pieces.freeze();
    }
    if let Some(decoder) = Decoder::of(response.headers()) {
        match decoder.whole(&body, max_body) {
            Ok(plain) => {
                body = plain.into();
                let headers = response.headers_mut();
                headers.remove(header::CONTENT_ENCODING);
                headers.remove(header::CONTENT_LENGTH);
            }
            Err(Undecoded::TooLarge) => return Err(too_large()),
            // Given as it came: an answer that nobody can read.
            Err(Undecoded::Broken) => {}
        }
    }
    let mut whole = Response::new(body);
    *whole.status_mut() = status;
    std::mem::swap(whole.headers_mut(), response.headers_mut());
    Ok(whole)
}

struct Body(reqwest::Response);

impl Chunks for Body {
    fn next(&mut self) -> BoxFuture<'_, Result<Option<Bytes>, TransportError>> {
        Box::pin(async {
            let status = self.0.status().as_u16();
            self.0
                .chunk()
                .await
                .map_err(|error| of_body(&error).with_http_status(status))
        })
    }
}

/// `request` as reqwest has it, whose address has been read already.
fn with_url(request: Request<Bytes>, url: Url) -> reqwest::Request {
    let (parts, body) = request.into_parts();
    let mut request = reqwest::Request::new(parts.method, url);
    *request.headers_mut() = parts.headers;
    *request.body_mut() = Some(body.into());
    request
}

fn read_url(uri: &http::Uri) -> Result<Url, TransportError> {
    let url = Url::parse(&uri.to_string())
        .map_err(|e| TransportError::never_sent(TransportErrorKind::Unusable, e.to_string()))?;
    match url.scheme() {
        "http" | "https" if url.has_host() => Ok(url),
        _ => Err(TransportError::never_sent(
            TransportErrorKind::Unusable,
            say!("neither an http nor an https address").to_string(),
        )),
    }
}
