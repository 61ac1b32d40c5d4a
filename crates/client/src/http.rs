//! The transport that comes with the house: reqwest with rustls, tamed.

use std::error::Error as StdError;
use std::fmt;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::{HeaderValue, Request, Response, header};
use jindiao_protocol::{Delivery, Effect};
use jindiao_words::{Message, Say, say};
use reqwest::Url;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use rustls::client::ClientConfig;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::CertificateDer;
use rustls_platform_verifier::{BuilderVerifierExt, Verifier};
use tower_layer::Layer;
use tower_service::Service;

use crate::coding::{Decoder, Undecoded};
use crate::connect::{HttpOptions, Route};
use crate::{
    AddressPolicy, BoxFuture, Chunks, Gate, OpenTerms, SendTerms, Transport, TransportError,
    TransportErrorKind,
};

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
///   it; the [`Gate`] is asked after the connection stands.
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

struct Tls {
    config: ClientConfig,
    trusts_nothing: bool,
}

impl Tls {
    /// That trusts the platform's authorities and `others`.
    fn of_the_platform(others: &[CertificateDer<'static>]) -> Result<Self, HttpTransportError> {
        if CryptoProvider::get_default().is_none() {
            // Fails only if somebody else was faster, and then there is one.
            let _ = rustls::crypto::ring::default_provider().install_default();
        }
        let provider = CryptoProvider::get_default().map_or_else(
            || Arc::new(rustls::crypto::ring::default_provider()),
            Arc::clone,
        );
        let builder = || {
            ClientConfig::builder_with_provider(Arc::clone(&provider))
                .with_safe_default_protocol_versions()
                .map_err(HttpTransportError::of)
        };
        let platform = if others.is_empty() {
            builder()?.with_platform_verifier()
        } else {
            Verifier::new_with_extra_roots(others.iter().cloned(), Arc::clone(&provider)).and_then(
                |verifier| {
                    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
                        .with_safe_default_protocol_versions()?;
                    Ok(builder
                        .dangerous()
                        .with_custom_certificate_verifier(Arc::new(verifier)))
                },
            )
        };
        let (mut config, trusts_nothing) = match platform {
            Ok(config) => (config.with_no_client_auth(), false),
            // No roots on this machine: plain http must still work, and https must fail, but to
            // whom the others vouch for.
            Err(_) => {
                let mut roots = rustls::RootCertStore::empty();
                roots.add_parsable_certificates(others.iter().cloned());
                let config = builder()?.with_root_certificates(roots);
                (config.with_no_client_auth(), others.is_empty())
            }
        };
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self {
            config,
            trusts_nothing,
        })
    }
}

/// The one place where failures become deliveries.
///
/// `NeverSent` is what surely happened before the first byte of the request: it could not be
/// carried at all, or the connector failed (DNS, TCP, proxy tunnel, TLS, the gate). A request
/// that was handed to a connection, be it new or reused, is `MaybeSent` however it ended. Time
/// that ran out is `MaybeSent` here, too; only for a charge it is known whether its connection
/// stood, see [`Crossing`].
fn of_reqwest(error: &reqwest::Error, trusts_nothing: bool) -> TransportError {
    if find::<GateShut>(error).is_some() {
        return TransportError::too_late();
    }
    let detail = chain(error);
    if error.is_builder() {
        return TransportError::never_sent(TransportErrorKind::Unusable, detail);
    }
    if error.is_connect() {
        if let Some(tls) = find::<rustls::Error>(error) {
            let detail = match tls {
                rustls::Error::InvalidCertificate(_) if trusts_nothing => say!(
                    "{detail}; this machine has no CA certificates: install the package ca-certificates, or name a file in SSL_CERT_FILE",
                    detail
                )
                .to_string(),
                _ => detail,
            };
            return TransportError::never_sent(TransportErrorKind::Tls, detail);
        }
        let kind = if error.is_dns() {
            TransportErrorKind::Dns
        } else {
            TransportErrorKind::Connect
        };
        return TransportError::never_sent(kind, detail);
    }
    let kind = if error.is_timeout() {
        TransportErrorKind::Timeout
    } else {
        TransportErrorKind::Interrupted
    };
    TransportError::maybe_sent(kind, detail)
}

/// The texts of an error and its sources on one line, each once.
///
/// reqwest's own text is left out: it may name the whole address.
fn chain(error: &(dyn StdError + 'static)) -> String {
    let mut texts: Vec<String> = Vec::new();
    let mut next = if error.is::<reqwest::Error>() {
        error.source()
    } else {
        Some(error)
    };
    while let Some(error) = next {
        next = error.source();
        if error.is::<reqwest::Error>() {
            continue;
        }
        let text = error.to_string();
        // hyper's own frame around what matters.
        if text.starts_with("client error (") {
            continue;
        }
        if !texts.iter().any(|known| known.contains(&text)) {
            texts.push(text);
        }
    }
    texts.join(": ")
}

/// An error of type `T` among the sources of `error`, also inside of I/O errors.
fn find<'a, T: StdError + 'static>(error: &'a (dyn StdError + 'static)) -> Option<&'a T> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref() {
            return Some(found);
        }
        if let Some(inner) = error
            .downcast_ref::<io::Error>()
            .and_then(io::Error::get_ref)
            && let Some(found) = find(inner)
        {
            return Some(found);
        }
        next = error.source();
    }
    None
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

/// A body broke off: the request was surely handed over.
fn of_body(error: &reqwest::Error) -> TransportError {
    let mapped = of_reqwest(error, false);
    match mapped.delivery() {
        Delivery::NeverSent => {
            TransportError::maybe_sent(TransportErrorKind::Interrupted, chain(error))
        }
        _ => mapped,
    }
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

/// The host of `url` if it is written as an address, in any of the forms that browsers read
/// (`127.1`, `0x7f000001`).
pub(crate) fn literal_host(url: &Url) -> Option<IpAddr> {
    let host = url.host_str()?;
    let host = host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'))
        .unwrap_or(host);
    host.parse().ok()
}

/// Whether `url` names this machine itself.
pub(crate) fn is_loopback(url: &Url) -> bool {
    match literal_host(url) {
        Some(IpAddr::V6(v6)) => v6.to_canonical().is_loopback(),
        Some(v4) => v4.is_loopback(),
        None => url
            .host_str()
            .map(|host| host.trim_end_matches('.'))
            .is_some_and(|host| host == "localhost" || host.ends_with(".localhost")),
    }
}

/// Looks the host of a download up and keeps what the policy allows.
///
/// A name that cannot be resolved here is no error yet: behind a proxy it may be the proxy's to
/// resolve. Without a proxy the connector asks [`Pinned`] and gets the DNS error.
async fn pin(url: &Url, policy: AddressPolicy) -> Result<Pinned, TransportError> {
    let refused = || {
        TransportError::never_sent(
            TransportErrorKind::Address,
            say!(
                "{address} is not on the public internet",
                address = url.host_str().unwrap_or_default()
            )
            .to_string(),
        )
    };
    let host = url.host_str().unwrap_or_default().to_owned();
    if let Some(address) = literal_host(url) {
        return if policy.allows(address) {
            Ok(Pinned {
                host,
                addresses: Ok(Vec::new()),
            })
        } else {
            Err(refused())
        };
    }
    if is_loopback(url) && !policy.allows(IpAddr::V4(Ipv4Addr::LOCALHOST)) {
        return Err(refused());
    }
    let port = url.port_or_known_default().unwrap_or(0);
    let addresses = match tokio::net::lookup_host((host.as_str(), port)).await {
        Ok(all) => Ok(allowed(all, policy).ok_or_else(refused)?),
        Err(error) => Err(error.to_string()),
    };
    Ok(Pinned { host, addresses })
}

/// Those of a name's addresses that `policy` allows; none if it allows none.
fn allowed(
    all: impl Iterator<Item = SocketAddr>,
    policy: AddressPolicy,
) -> Option<Vec<SocketAddr>> {
    let allowed: Vec<_> = all.filter(|address| policy.allows(address.ip())).collect();
    (!allowed.is_empty()).then_some(allowed)
}

/// Gives the addresses that were checked, and no others, for the host of a download.
struct Pinned {
    host: String,
    addresses: Result<Vec<SocketAddr>, String>,
}

impl Resolve for Pinned {
    fn resolve(&self, name: Name) -> Resolving {
        if name.as_str().eq_ignore_ascii_case(&self.host) {
            let addresses = self.addresses.clone();
            return Box::pin(async move {
                let addresses: Addrs = Box::new(addresses.map_err(io::Error::other)?.into_iter());
                Ok(addresses)
            });
        }
        // Any other name is that of a proxy, which the user chose.
        Box::pin(async move {
            let addresses = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let addresses: Addrs = Box::new(addresses.collect::<Vec<_>>().into_iter());
            Ok(addresses)
        })
    }
}

tokio::task_local! {
    /// The addresses of the download that is being opened. Where it needs a new connection, that is
    /// begun inside of the request's own future; what is looked up outside of it fails.
    static PINNED: Pinned;
}

/// Gives the addresses of the download that is being opened.
struct PinnedHere;

impl Resolve for PinnedHere {
    fn resolve(&self, name: Name) -> Resolving {
        PINNED
            .try_with(|pinned| pinned.resolve(name))
            // What was not checked is not connected to.
            .unwrap_or_else(|error| Box::pin(std::future::ready(Err(error.into()))))
    }
}

/// What a request and the making of its connection know of each other.
#[derive(Clone)]
struct Crossing {
    gate: Gate,
    /// Whether the request was given a connection to go onto.
    connected: Arc<AtomicBool>,
}

tokio::task_local! {
    /// The request that is being sent. Connections of charges are not pooled, so the connector
    /// runs inside of the request's own future and sees it.
    static CROSSING: Crossing;
}

/// Asks the gate once the connection stands, before the request goes onto it.
#[derive(Clone)]
struct GateLayer;

impl<S> Layer<S> for GateLayer {
    type Service = Gated<S>;

    fn layer(&self, connect: S) -> Gated<S> {
        Gated(connect)
    }
}

#[derive(Clone)]
struct Gated<S>(S);

type BoxError = Box<dyn StdError + Send + Sync>;

impl<S, R> Service<R> for Gated<S>
where
    S: Service<R, Error = BoxError>,
    S::Future: Send + 'static,
{
    type Response = S::Response;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<S::Response, BoxError>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.0.poll_ready(cx)
    }

    fn call(&mut self, target: R) -> Self::Future {
        let connecting = self.0.call(target);
        Box::pin(async move {
            let connection = connecting.await?;
            let may_cross = CROSSING.try_with(|crossing| {
                let open = crossing.gate.is_open();
                crossing.connected.store(open, Ordering::SeqCst);
                open
            });
            // Without a gate in sight nothing is known, and what is not known is not sent.
            if may_cross.unwrap_or(false) {
                Ok(connection)
            } else {
                Err(GateShut.into())
            }
        })
    }
}

#[derive(Debug)]
struct GateShut;

impl fmt::Display for GateShut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the permission to send ran out")
    }
}

impl StdError for GateShut {}

#[cfg(test)]
mod tests {
    use super::*;

    /// A client that goes nowhere but where it is told, and trusts nobody.
    fn lone_client() -> reqwest::Client {
        let tls = Tls::of_the_platform(&[]).expect("TLS");
        plain_client(&tls, Duration::from_secs(5))
            .no_proxy()
            .build()
            .expect("a client")
    }

    #[tokio::test]
    async fn a_name_that_does_not_exist_was_never_sent() {
        let error = lone_client()
            .get("http://nowhere.invalid/?sign=S3CR3T")
            .send()
            .await
            .expect_err("no such name");
        let error = of_reqwest(&error, false);
        assert_eq!(error.kind(), TransportErrorKind::Dns);
        assert_eq!(error.delivery(), Delivery::NeverSent);
        assert!(!error.to_string().contains("S3CR3T"), "{error}");
    }

    async fn get_pinned(
        url: &str,
        addresses: Result<Vec<SocketAddr>, String>,
    ) -> Result<u16, TransportError> {
        let transport = HttpTransport::new().expect("TLS");
        get_through(&transport.0.public_file.direct, url, addresses).await
    }

    async fn get_through(
        file: &reqwest::Client,
        url: &str,
        addresses: Result<Vec<SocketAddr>, String>,
    ) -> Result<u16, TransportError> {
        let pinned = Pinned {
            host: "files.example.com".to_owned(),
            addresses,
        };
        let response = PINNED.scope(pinned, file.get(url).send()).await;
        response
            .map(|response| response.status().as_u16())
            .map_err(|error| of_reqwest(&error, false))
    }

    #[tokio::test]
    async fn the_address_that_was_checked_is_the_one_that_is_connected_to() {
        let server = mockito::Server::new_async().await;
        let here = server.socket_address();
        let url = format!("http://Files.Example.com:{}/", here.port());
        // mockito answers 501 to what it does not know; nobody else would answer that.
        assert_eq!(get_pinned(&url, Ok(vec![here])).await, Ok(501));
        let error = get_pinned(&url, Err("no such name".to_owned())).await;
        let error = error.expect_err("no address");
        assert_eq!(error.kind(), TransportErrorKind::Dns);
        assert!(error.to_string().contains("no such name"), "{error}");
    }

    #[tokio::test]
    async fn a_kept_connection_serves_only_what_its_address_was_checked_for() {
        let server = mockito::Server::new_async().await;
        let here = server.socket_address();
        let url = format!("http://files.example.com:{}/", here.port());
        let transport = HttpTransport::new().expect("TLS");
        let (any, public) = (
            &transport.0.any_file.direct,
            &transport.0.public_file.direct,
        );
        let unknown = || Err("no such name".to_owned());
        assert_eq!(get_through(any, &url, Ok(vec![here])).await, Ok(501));
        assert_eq!(get_through(any, &url, unknown()).await, Ok(501));
        let error = get_through(public, &url, unknown()).await;
        assert_eq!(error.map_err(|e| e.kind()), Err(TransportErrorKind::Dns));
    }

    #[tokio::test]
    async fn what_was_not_checked_is_not_connected_to() {
        let file = HttpTransport::new()
            .expect("TLS")
            .0
            .public_file
            .direct
            .clone();
        let error = file.get("http://localhost:1/").send().await;
        let error = of_reqwest(&error.expect_err("no address"), false);
        assert_eq!(error.kind(), TransportErrorKind::Dns);
        assert_eq!(error.delivery(), Delivery::NeverSent);
    }

    #[tokio::test]
    async fn names_are_pinned_to_what_the_policy_allows() {
        let url = |text: &str| Url::parse(text).expect("an address");
        let localhost = url("http://localhost:81/");
        let pinned = pin(&localhost, AddressPolicy::PRIVATE_TOO)
            .await
            .expect("allowed");
        let addresses = pinned.addresses.expect("localhost has an address");
        assert!(
            addresses
                .iter()
                .all(|a| a.ip().is_loopback() && a.port() == 81)
        );
        for refused in ["http://localhost/", "http://10.0.0.1/", "http://[::]/"] {
            let error = pin(&url(refused), AddressPolicy::PUBLIC).await.err();
            assert_eq!(error.map(|e| e.kind()), Some(TransportErrorKind::Address));
        }
    }

    #[test]
    fn a_name_with_addresses_inside_and_outside_leads_outside_alone() {
        let addresses = |texts: &[&str]| {
            let parse = |text: &&str| format!("{text}:80").parse::<SocketAddr>().expect(text);
            texts.iter().map(parse).collect::<Vec<_>>()
        };
        let check = |all: &[&str], expect: Option<&[&str]>| {
            let allowed = allowed(addresses(all).into_iter(), AddressPolicy::PUBLIC);
            assert_eq!(allowed, expect.map(addresses), "{all:?}");
        };
        check(&["127.0.0.1", "1.1.1.1", "[::1]"], Some(&["1.1.1.1"]));
        check(&["10.0.0.1", "169.254.169.254", "[fe80::1]"], None);
        check(&["[::ffff:127.0.0.1]", "[64:ff9b::7f00:1]"], None);
        check(&[], None);
    }

    #[test]
    fn errors_are_found_inside_of_io_errors() {
        let untrusted = rustls::Error::InvalidCertificate(rustls::CertificateError::UnknownIssuer);
        let error = io::Error::other(io::Error::other(untrusted.clone()));
        assert_eq!(find::<rustls::Error>(&error), Some(&untrusted));
        assert!(find::<GateShut>(&error).is_none());
    }

    #[test]
    fn this_machine_by_any_name() {
        let check = |url: &str, loopback: bool| {
            assert_eq!(is_loopback(&Url::parse(url).expect(url)), loopback, "{url}");
        };
        for url in [
            "http://127.0.0.1/",
            "http://127.1:80/",
            "http://0x7f000001/",
            "http://[::1]/",
            "http://[::ffff:127.0.0.1]/",
            "http://localhost/",
            "http://LocalHost.:8080/",
            "http://a.localhost/",
        ] {
            check(url, true);
        }
        for url in [
            "http://10.0.0.1/",
            "http://localhost.example.com/",
            "http://notlocalhost/",
            "http://[fd00::1]/",
        ] {
            check(url, false);
        }
    }
}
