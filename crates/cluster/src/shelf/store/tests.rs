//! A store in memory that speaks as the four services do, and what the shelf makes of its moods.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex, MutexGuard};

use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response, StatusCode, header};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use jindiao_client::{
    BoxFuture, Chunks, Client, HttpTransport, LinkHosts, OpenTerms, SendTerms, Transport,
    TransportError, TransportErrorKind, Vendors, VirtualClock,
};
use jindiao_order::{DownloadProblem, Fence, Input, News, Order, Policy, Product, Wanted};
use jindiao_protocol::{Company, Link, Subject, Timestamp, Vendor};
use tempfile::TempDir;

use super::*;

/// A store, and a host that links lead to.
#[derive(Debug, Clone, Default)]
struct Cloud(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    objects: BTreeMap<String, Object>,
    /// Pieces of what is not complete.
    pieces: BTreeMap<u32, Bytes>,
    begun: Option<HeaderMap>,
    mood: Mood,
    /// The requests: method, host and path, and what they were signed with.
    asked: Vec<(Method, String, String)>,
    downloads: u32,
    report: Bytes,
}

#[derive(Debug, Clone)]
struct Object {
    bytes: Bytes,
    headers: HeaderMap,
}

#[derive(Debug, Clone, Copy, Default)]
enum Mood {
    #[default]
    Well,
    /// Everything is answered so.
    Says(u16, &'static str),
    /// What changes something is answered so.
    WritesSay(u16, &'static str),
    /// So many requests are answered with 503.
    Tired(u32),
    /// It gives back other bytes.
    Garbles,
    Silent,
}

impl Cloud {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().expect("the state")
    }

    fn mood(&self, mood: Mood) {
        self.state().mood = mood;
    }

    fn names(&self) -> Vec<String> {
        self.state().objects.keys().cloned().collect()
    }

    /// The only object.
    fn bytes(&self) -> Bytes {
        let state = self.state();
        let mut objects = state.objects.values();
        match (objects.next(), objects.next()) {
            (Some(object), None) => object.bytes.clone(),
            _ => panic!("there are {} objects", state.objects.len()),
        }
    }

    fn answer(&self, request: &Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        let mut state = self.state();
        let (method, headers) = (request.method(), request.headers());
        let host = request.uri().host().unwrap_or_default();
        let path = request.uri().path().to_owned();
        let signed = headers.get(header::AUTHORIZATION);
        let signed = signed.and_then(|it| it.to_str().ok()).unwrap_or_default();
        let place = format!("{host}{path}");
        state.asked.push((method.clone(), place, signed.to_owned()));
        let is_write = matches!(*method, Method::PUT | Method::POST | Method::DELETE);
        let failed = |status: u16, code: &str| {
            let body = format!(
                "<?xml version=\"1.0\"?><Error><Code>{code}</Code><Message>FAKE-SIGNED</Message>\
                 <Resource>/</Resource><RequestId>1</RequestId><HostId>1</HostId></Error>"
            );
            let body = if method == Method::HEAD {
                String::new()
            } else {
                body
            };
            reply(status, &[], body)
        };
        match &mut state.mood {
            Mood::Says(status, code) => return Ok(failed(*status, code)),
            Mood::WritesSay(status, code) if is_write => return Ok(failed(*status, code)),
            Mood::Tired(requests) if *requests > 0 => {
                *requests -= 1;
                return Ok(failed(503, "SlowDown"));
            }
            Mood::Silent => {
                let kind = TransportErrorKind::Timeout;
                return Err(TransportError::maybe_sent(kind, "no answer within 60 s"));
            }
            _ => {}
        }
        let query: BTreeMap<&str, &str> = request
            .uri()
            .query()
            .into_iter()
            .flat_map(|query| query.split('&'))
            .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
            .collect();
        let guard = headers.iter().any(|(name, value)| {
            (name == header::IF_NONE_MATCH && value == "*")
                || (name.as_str().ends_with("-forbid-overwrite") && value == "true")
        });
        let is_taken = guard && state.objects.contains_key(&path);
        let taken = || match headers.contains_key(header::IF_NONE_MATCH) {
            true => failed(412, "PreconditionFailed"),
            false => failed(409, "FileAlreadyExists"),
        };
        let piece = query.get("partNumber").and_then(|n| n.parse().ok());
        Ok(match (method, piece) {
            (&Method::POST, _) if query.contains_key("uploads") => {
                state.begun = Some(headers.clone());
                let body = "<InitiateMultipartUploadResult><UploadId>u1</UploadId></InitiateMultipartUploadResult>";
                reply(200, &[], body)
            }
            (&Method::PUT, Some(piece)) => {
                state.pieces.insert(piece, request.body().clone());
                reply(200, &[("etag", "\"p\"")], "")
            }
            (&Method::POST, _) | (&Method::PUT, None) if is_taken => taken(),
            (&Method::POST, _) => {
                let pieces = std::mem::take(&mut state.pieces);
                let bytes: Vec<u8> = pieces.into_values().flatten().collect();
                let headers = state.begun.take().expect("an upload");
                state.objects.insert(
                    path,
                    Object {
                        bytes: bytes.into(),
                        headers,
                    },
                );
                reply(
                    200,
                    &[],
                    "<CompleteMultipartUploadResult><ETag>\"e\"</ETag></CompleteMultipartUploadResult>",
                )
            }
            (&Method::PUT, None) => {
                let (bytes, headers) = (request.body().clone(), headers.clone());
                state.objects.insert(path, Object { bytes, headers });
                reply(200, &[("etag", "\"e\"")], "")
            }
            (&Method::DELETE, _) => {
                state.objects.remove(&path);
                reply(204, &[], "")
            }
            (&Method::HEAD | &Method::GET, _) => {
                let Some(object) = state.objects.get(&path) else {
                    return Ok(failed(404, "NoSuchKey"));
                };
                let mut bytes = object.bytes.clone();
                let mut response = reply(200, &[], "");
                for (name, value) in &object.headers {
                    if name.as_str().contains("-meta-") || name == header::CONTENT_TYPE {
                        response.headers_mut().insert(name, value.clone());
                    }
                }
                if let Some((begin, end)) = range(headers, bytes.len()) {
                    let shown = format!("bytes {begin}-{end}/{}", bytes.len());
                    bytes = bytes.slice(begin..=end);
                    *response.status_mut() = StatusCode::PARTIAL_CONTENT;
                    let shown = shown.parse().expect("a value");
                    response.headers_mut().insert(header::CONTENT_RANGE, shown);
                }
                response
                    .headers_mut()
                    .insert(header::CONTENT_LENGTH, bytes.len().into());
                if matches!(state.mood, Mood::Garbles) {
                    bytes = bytes.iter().map(|byte| byte ^ 1).collect();
                }
                if method == Method::GET {
                    *response.body_mut() = bytes;
                }
                response
            }
            _ => failed(405, "MethodNotAllowed"),
        })
    }
}

fn reply(status: u16, headers: &[(&str, &str)], body: impl Into<Bytes>) -> Response<Bytes> {
    let mut response = Response::builder()
        .status(status)
        .header("last-modified", "Sun, 22 Nov 2026 00:00:00 GMT");
    for (name, value) in headers {
        response = response.header(*name, *value);
    }
    response.body(body.into()).expect("a response")
}

fn range(headers: &HeaderMap, len: usize) -> Option<(usize, usize)> {
    let text = headers.get(header::RANGE)?.to_str().ok()?;
    let (begin, end) = text.strip_prefix("bytes=")?.split_once('-')?;
    let end: usize = end.parse().ok()?;
    Some((begin.parse().ok()?, end.min(len - 1)))
}

impl Transport for Cloud {
    fn send(
        &self,
        request: Request<Bytes>,
        _: SendTerms,
    ) -> BoxFuture<'_, Result<Response<Bytes>, TransportError>> {
        Box::pin(std::future::ready(self.answer(&request)))
    }

    fn open(
        &self,
        _: Request<()>,
        _: OpenTerms,
    ) -> BoxFuture<'_, Result<Response<Box<dyn Chunks>>, TransportError>> {
        let mut state = self.state();
        state.downloads += 1;
        let body: Box<dyn Chunks> = Box::new(Report(Some(state.report.clone())));
        Box::pin(std::future::ready(Ok(Response::new(body))))
    }
}

struct Report(Option<Bytes>);

impl Chunks for Report {
    fn next(&mut self) -> BoxFuture<'_, Result<Option<Bytes>, TransportError>> {
        Box::pin(std::future::ready(Ok(self.0.take())))
    }
}

/// A worker with a spool of its own, before a store.
struct Machine {
    cloud: Cloud,
    spool: TempDir,
    config: StoreConfig,
}

impl Machine {
    fn new(store: &str) -> Self {
        Self::before(&Cloud::default(), store)
    }

    fn before(cloud: &Cloud, store: &str) -> Self {
        cloud.state().report = pdf("one");
        let config: StoreConfig = store.parse().expect(store);
        let endpoint = "https://store.invalid".parse().expect("an endpoint");
        Self {
            cloud: cloud.clone(),
            spool: tempfile::tempdir().expect("a folder"),
            config: config.with_endpoint(endpoint),
        }
    }

    async fn open(&self) -> Result<ObjectShelf, StoreError> {
        let transport = Arc::new(self.cloud.clone());
        let time = Arc::new(VirtualClock::starting_at(Timestamp::EPOCH));
        ObjectShelf::open(
            &self.config,
            &credentials(),
            transport,
            time,
            self.spool.path(),
        )
        .await
    }

    async fn store(&self, shelf: &ObjectShelf) -> Result<StoredReport, DownloadFailure> {
        self.store_of(shelf, &order()).await
    }

    async fn store_of(
        &self,
        shelf: &ObjectShelf,
        order: &Order,
    ) -> Result<StoredReport, DownloadFailure> {
        let clock = VirtualClock::starting_at(Timestamp::EPOCH);
        let vendors = Vendors::new(Client::new(self.cloud.clone(), clock))
            .with_link_hosts(Vendor::Patsnap, LinkHosts::ANY);
        let link = Link::parse(
            "https://files.invalid/r?Signature=FAKE",
            Timestamp::EPOCH,
            None,
        );
        shelf.store(&vendors, &link.expect("a link"), order).await
    }

    /// How many files wait.
    fn waiting(&self) -> usize {
        waiting(self.spool.path()).expect("the spool").len()
    }
}

fn credentials() -> StoreCredentials {
    let key = |text| AccessKey::new(text).expect("a key");
    StoreCredentials::new(key("FAKE-ID"), key("FAKE-SECRET"))
}

fn order() -> Order {
    order_placed(1)
}

/// The order, as the vendor took it then.
fn order_placed(seconds: i64) -> Order {
    let company = Company::named("小米科技有限责任公司".parse().expect("a name"));
    let subject = Subject::Company(company);
    let wanted = Wanted::new(
        Product::PatsnapInnovationReport,
        subject,
        Some(FileKind::Pdf),
    )
    .expect("wanted");
    let fence = Fence {
        incarnation: "this".to_owned(),
        nonce: 1,
    };
    let now = Timestamp::from_unix_seconds(seconds);
    let policy = Policy::of(Product::PatsnapInnovationReport);
    let steps = [
        Input::Look,
        Input::Permitted(fence.clone()),
        Input::Recorded(fence),
        Input::Told(News::Placed("1".to_owned())),
    ];
    let order = steps
        .into_iter()
        .fold(Order::plan(wanted, 0, now), |order, input| {
            order.step(now, input, &policy).0
        });
    assert!(order.placement().is_some());
    order
}

fn pdf(text: &str) -> Bytes {
    format!("%PDF-1.7 {text} %%EOF").into()
}

const STORES: [&str; 4] = [
    "s3://reports/a/b",
    "oss://reports/a/b",
    "cos://reports/a/b",
    "obs://reports/a/b",
];

#[tokio::test(start_paused = true)]
async fn a_report_is_put_read_back_and_removed_here() {
    for store in STORES {
        let machine = Machine::new(store);
        let shelf = machine.open().await.expect(store);
        let report = machine.store(&shelf).await.expect(store);
        assert_eq!(shelf.name(), store);
        assert_eq!(report.file, Folder::relative(&order()), "{store}");
        assert_eq!(report.size, pdf("one").len() as u64, "{store}");
        assert_eq!(machine.cloud.bytes(), pdf("one"), "{store}");
        assert_eq!(machine.waiting(), 0, "{store}");
        shelf.check(&report).await.expect(store);
        let damaged = StoredReport { size: 1, ..report };
        let error = shelf.check(&damaged).await.expect_err(store);
        assert_eq!(error.kind(), StoreErrorKind::Damaged);
        // Whoever looks at the order again finds it.
        machine.store(&shelf).await.expect(store);
        assert_eq!(machine.cloud.state().downloads, 1, "{store}");
    }
}

#[tokio::test(start_paused = true)]
async fn each_service_is_addressed_and_signed_as_it_wants() {
    let check = async |machine: Machine, place: &str, signed: &str| {
        machine.open().await.expect(place);
        let state = machine.cloud.state();
        assert!(!state.asked.is_empty());
        for (method, at, by) in &state.asked {
            assert!(at.starts_with(place), "{method} {at}");
            assert!(by.contains(signed) && by.contains("FAKE-ID"), "{by}");
            assert!(!by.contains("FAKE-SECRET"), "{by}");
        }
    };
    let aws = "AWS4-HMAC-SHA256 Credential=";
    check(Machine::new(STORES[0]), "store.invalid/reports/a/b/", aws).await;
    let mut machine = Machine::new(STORES[0]);
    machine.config = machine.config.with_virtual_host();
    check(machine, "reports.store.invalid/a/b/", aws).await;
    let mut machine = Machine::new(STORES[0]);
    machine.config = STORES[0].parse::<StoreConfig>().expect("a store");
    machine.config = machine.config.with_region("eu-west-1");
    check(machine, "reports.s3.eu-west-1.amazonaws.com/a/b/", aws).await;
    check(Machine::new(STORES[1]), "reports.store.invalid/a/b/", "OSS").await;
    check(
        Machine::new(STORES[2]),
        "reports.store.invalid/a/b/",
        "q-sign-algorithm=sha1",
    )
    .await;
    check(Machine::new(STORES[3]), "store.invalid/a/b/", "OBS ").await;
}

#[tokio::test(start_paused = true)]
async fn a_store_that_refuses_is_said_at_once() {
    use StoreErrorKind as Kind;
    let check = async |mood: Mood, kind: Kind, text: &str| {
        for store in STORES {
            let machine = Machine::new(store);
            machine.cloud.mood(mood);
            let error = machine.open().await.expect_err(store);
            assert_eq!(error.kind(), kind, "{store}: {error}");
            let shown = error.to_string();
            assert!(shown.contains(store) && shown.contains(text), "{shown}");
            assert!(!format!("{error:?} {shown}").contains("FAKE"), "{error:?}");
        }
    };
    check(
        Mood::Says(403, "AccessDenied"),
        Kind::Refused,
        "check the credentials",
    )
    .await;
    check(
        Mood::WritesSay(403, "SignatureDoesNotMatch"),
        Kind::Refused,
        "clock",
    )
    .await;
    check(
        Mood::Says(404, "NoSuchBucket"),
        Kind::NoBucket,
        "no such bucket",
    )
    .await;
    check(
        Mood::Says(500, "InternalError"),
        Kind::Busy,
        "InternalError",
    )
    .await;
    check(Mood::Silent, Kind::Unreachable, "no answer within 60 s").await;
    check(Mood::Garbles, Kind::Damaged, "does not give back").await;
    check(
        Mood::Says(301, "PermanentRedirect"),
        Kind::Unexpected,
        "not known",
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn what_the_store_does_not_take_waits_here() {
    let moods = [
        Mood::Says(403, "AccessDenied"),
        Mood::WritesSay(507, "QuotaExceeded"),
        Mood::Silent,
        Mood::Garbles,
    ];
    for (store, mood) in STORES.into_iter().zip(moods) {
        let machine = Machine::new(store);
        let shelf = machine.open().await.expect(store);
        machine.cloud.mood(mood);
        let failure = machine.store(&shelf).await.expect_err(store);
        assert_eq!(failure.problem, DownloadProblem::Disk, "{store}");
        assert!(failure.text.contains("waits in"), "{failure:?}");
        assert!(!format!("{failure:?}").contains("FAKE"), "{failure:?}");
        assert_eq!(machine.waiting(), 1, "{store}");
        shelf.probe().await.expect_err(store);
        // The link may be dead by now; it is not needed.
        machine.cloud.mood(Mood::Well);
        shelf.probe().await.expect(store);
        machine.store(&shelf).await.expect(store);
        assert_eq!(machine.cloud.state().downloads, 1, "{store}");
        assert_eq!(machine.cloud.bytes(), pdf("one"), "{store}");
        assert_eq!(machine.waiting(), 0, "{store}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_store_that_is_tired_for_a_moment_is_tried_again() {
    let machine = Machine::new(STORES[0]);
    let shelf = machine.open().await.expect("a store");
    // The look before the download, and the first try to put it.
    machine.cloud.mood(Mood::Tired(2));
    machine.store(&shelf).await.expect("stored");
    assert_eq!(machine.cloud.bytes(), pdf("one"));
}

#[tokio::test(start_paused = true)]
async fn what_waits_is_put_there_without_its_order() {
    let one = Machine::new(STORES[0]);
    let shelf = one.open().await.expect("a store");
    one.cloud.mood(Mood::Silent);
    one.store(&shelf).await.expect_err("it is silent");
    let left = shelf.flush().await.expect("the spool");
    assert_eq!(left, Flushed { stored: 0, left: 1 });
    one.cloud.mood(Mood::Well);
    tokio::time::sleep(LOOK * 2).await;
    assert_eq!(one.waiting(), 0);

    // Another worker goes on with the order: its link is dead, and that is no matter.
    let other = Machine::before(&one.cloud, STORES[0]);
    other.cloud.state().report = Bytes::from_static(b"<html>");
    let shelf = other.open().await.expect("a store");
    let report = other.store(&shelf).await.expect("it is there");
    assert_eq!(report.size, pdf("one").len() as u64);
    assert_eq!(one.cloud.state().downloads, 1);

    // A worker that starts anew begins with what its predecessor left.
    let path = one.spool.path().join("1000").join(&report.file);
    std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
    std::fs::write(&path, pdf("one")).expect("a file");
    std::fs::write(path.with_extension("pdf.part"), "half").expect("a file");
    one.cloud.state().objects.clear();
    one.open().await.expect("a store");
    assert_eq!((one.waiting(), one.cloud.names().len()), (0, 1));
    assert!(path.with_extension("pdf.part").exists());
}

#[tokio::test(start_paused = true)]
async fn nothing_is_overwritten_but_what_is_damaged() {
    for store in STORES {
        let machine = Machine::new(store);
        let shelf = machine.open().await.expect(store);
        let spool = |text: &str| {
            let path = machine.spool.path().join("1000");
            let path = path.join(Folder::relative(&order()));
            std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
            std::fs::write(path, pdf(text)).expect("a file");
        };
        let report = machine.store(&shelf).await.expect(store);

        // The same order's, brought by another worker, with another content: the first is kept.
        spool("two");
        let again = machine.store(&shelf).await.expect(store);
        assert_eq!(
            (&again, machine.cloud.bytes()),
            (&report, pdf("one")),
            "{store}"
        );

        // It is not what it says of itself.
        let damage = |edit: &dyn Fn(&mut Object)| {
            machine.cloud.state().objects.values_mut().for_each(edit);
        };
        damage(&|object| object.bytes = pdf("bad"));
        spool("two");
        machine.store(&shelf).await.expect(store);
        assert_eq!(machine.cloud.bytes(), pdf("two"), "{store}");

        // Somebody else's.
        damage(&|object| object.headers.clear());
        damage(&|object| object.bytes = pdf("theirs"));
        spool("two");
        let failure = machine.store(&shelf).await.expect_err(store);
        assert!(failure.text.contains("not overwritten"), "{failure:?}");
        assert_eq!(machine.cloud.bytes(), pdf("theirs"), "{store}");
        assert_eq!(machine.waiting(), 1, "{store}");

        // Somebody else's with the same content is as good.
        damage(&|object| object.bytes = pdf("two"));
        machine.store(&shelf).await.expect(store);
        assert_eq!(machine.waiting(), 0, "{store}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_large_report_travels_in_pieces() {
    for store in STORES {
        let machine = Machine::new(store);
        let middle = vec![7; PIECE + 1000];
        let report: Bytes = [&b"%PDF-1.7 "[..], &middle, b"%%EOF"].concat().into();
        machine.cloud.state().report = report.clone();
        let shelf = machine.open().await.expect(store);
        let stored = machine.store(&shelf).await.expect(store);
        assert_eq!(stored.size, report.len() as u64);
        assert!(machine.cloud.bytes() == report, "{store}");
        shelf.check(&stored).await.expect(store);
    }
}

#[tokio::test]
async fn over_a_socket() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a port");
    let addr = listener.local_addr().expect("an address");
    let mut machine = Machine::new("s3://reports/年报");
    let endpoint = format!("http://{addr}").parse().expect("an endpoint");
    machine.config = machine.config.with_endpoint(endpoint);
    let cloud = machine.cloud.clone();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let cloud = cloud.clone();
            let service = service_fn(move |request: Request<hyper::body::Incoming>| {
                let cloud = cloud.clone();
                async move {
                    let (parts, body) = request.into_parts();
                    let body = collect(body).await;
                    let response = cloud.answer(&Request::from_parts(parts, body));
                    let (parts, body) = response.expect("an answer").into_parts();
                    let body = Whole(Some(body));
                    Ok::<_, Infallible>(Response::from_parts(parts, body))
                }
            });
            let http = hyper::server::conn::http1::Builder::new();
            tokio::spawn(http.serve_connection(TokioIo::new(stream), service));
        }
    });
    let open = async || {
        let transport = Arc::new(HttpTransport::new().expect("a transport"));
        let time = Arc::new(jindiao_client::SystemClock::new());
        ObjectShelf::open(
            &machine.config,
            &credentials(),
            transport,
            time,
            machine.spool.path(),
        )
        .await
    };
    let shelf = open().await.expect("a store");
    let report = machine.store(&shelf).await.expect("stored");
    shelf.check(&report).await.expect("it is there");
    assert_eq!(machine.cloud.bytes(), pdf("one"));
    machine.cloud.mood(Mood::Says(403, "InvalidAccessKeyId"));
    let error = open().await.expect_err("it refuses");
    assert_eq!(error.kind(), StoreErrorKind::Refused, "{error}");
    assert!(error.to_string().contains("InvalidAccessKeyId"), "{error}");
}

/// A body that is there at once.
struct Whole(Option<Bytes>);

impl hyper::body::Body for Whole {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<hyper::body::Frame<Bytes>, Infallible>>> {
        std::task::Poll::Ready(self.0.take().map(|it| Ok(hyper::body::Frame::data(it))))
    }

    fn size_hint(&self) -> hyper::body::SizeHint {
        hyper::body::SizeHint::with_exact(self.0.as_ref().map_or(0, |it| it.len() as u64))
    }
}

async fn collect(mut body: hyper::body::Incoming) -> Bytes {
    use hyper::body::Body;
    let mut whole = Vec::new();
    let mut body = std::pin::Pin::new(&mut body);
    while let Some(frame) = std::future::poll_fn(|cx| body.as_mut().poll_frame(cx)).await {
        let data = frame.expect("a frame").into_data();
        whole.extend_from_slice(&data.unwrap_or_default());
    }
    whole.into()
}

#[tokio::test(start_paused = true)]
async fn another_report_of_the_same_request_is_never_taken_for_this_one() {
    for store in STORES {
        let machine = Machine::new(store);
        let shelf = machine.open().await.expect(store);
        machine.store(&shelf).await.expect(store);
        // A cluster that knows nothing of the first order makes the same one, and pays for it.
        machine.cloud.state().report = pdf("two");
        let later = order_placed(2);
        assert_eq!(later.id(), order().id());
        let failure = machine.store_of(&shelf, &later).await.expect_err(store);
        assert!(failure.text.contains("not overwritten"), "{failure:?}");
        assert_eq!((machine.cloud.bytes(), machine.waiting()), (pdf("one"), 1));
        // Somebody moves the first one away.
        machine.cloud.state().objects.clear();
        machine.store_of(&shelf, &later).await.expect(store);
        assert_eq!((machine.cloud.bytes(), machine.waiting()), (pdf("two"), 0));
        assert_eq!(machine.cloud.state().downloads, 2, "{store}");
        let mut left = std::fs::read_dir(machine.spool.path()).expect("the spool");
        assert!(left.next().is_none(), "{store}: folders are left");
    }
}

#[test]
fn files_in_the_spool() {
    let order = order();
    let name = Folder::relative(&order);
    let (_, name) = name.rsplit_once('/').expect("a name");
    let check = |name: &str, is_one: bool| {
        let expect = is_one.then(|| order.id().clone());
        assert_eq!(order_of(name), expect, "{name}");
    };
    check(name, true);
    check(&format!("{}.pdf", order.id()), true);
    check(&format!("{name}.part"), false);
    check(&format!("{name}.rejected"), false);
    check("manifest.jsonl", false);
    check("-.pdf", false);
}
