//! Calls: what is known of an attempt, and what is made of it.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use jindiao_client::{
    BoxFuture, CallError, CallErrorKind, Client, Gate, HttpTransport, Pace, PaceLimits,
    RetryPolicy, SendGuard, SendTerms, SystemClock, Time, Transport, TransportErrorKind,
};
use jindiao_codes::Outcome;
use jindiao_protocol::{
    Answer, Delivery, Effect, Exchange, Receipt, ReplyError, ReplyErrorKind, RequestError,
    Timestamp, Vendor,
};

use crate::server::{Act, Server, head, reply};

/// Asks for `/ask?sign=S3CR3T`; any 200 is a success.
struct Ask<const CHARGE: bool>;

const READ: Ask<false> = Ask;
const CHARGE: Ask<true> = Ask;

impl<const CHARGE: bool> Exchange for Ask<CHARGE> {
    type Auth = str;
    type Reply = String;
    const VENDOR: Vendor = Vendor::Qcc;
    const NAME: &'static str = "test/ask";
    const EFFECT: Effect = if CHARGE { Effect::Charge } else { Effect::Read };

    fn request(&self, url: &str, _: Timestamp) -> Result<Request<Bytes>, RequestError> {
        Request::get(format!("{url}?sign=S3CR3T"))
            .header("authorization", "S3CR3T")
            .body(Bytes::new())
            .map_err(|error| RequestError::new::<Self>(&error))
    }

    fn reply(&self, _: &str, response: &Response<Bytes>) -> Result<Answer<String>, ReplyError> {
        let receipt = Receipt::of_status(response.status());
        if !response.status().is_success() {
            return Err(ReplyError::new::<Self>(ReplyErrorKind::Http, receipt));
        }
        let value = String::from_utf8_lossy(response.body()).into_owned();
        Ok(Answer { value, receipt })
    }
}

fn client() -> Client {
    Client::http().expect("a client")
}

/// The machine's clock, but nobody sleeps; it says how long they would have.
#[derive(Debug, Clone, Default)]
struct Sleepless {
    clock: SystemClock,
    slept: Arc<Mutex<Vec<Duration>>>,
}

impl Sleepless {
    fn client(&self) -> Client {
        Client::new(HttpTransport::new().expect("a transport"), self.clone())
    }

    fn slept(&self) -> Vec<Duration> {
        self.slept.lock().expect("the log").clone()
    }
}

impl Time for Sleepless {
    fn now(&self) -> Timestamp {
        self.clock.now()
    }
    fn monotonic(&self) -> Duration {
        self.clock.monotonic()
    }
    fn sleep(&self, duration: Duration) -> BoxFuture<'_, ()> {
        self.slept.lock().expect("the log").push(duration);
        Box::pin(std::future::ready(()))
    }
}

/// An address where nobody listens.
fn nobody_there() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    format!("http://{}/ask", listener.local_addr().expect("an address"))
}

/// Both effects come to the same end, and nobody tells a secret.
async fn fails(acts: Vec<Act>, kind: TransportErrorKind, delivery: Delivery) {
    let client = client();
    for charge in [false, true] {
        let server = Server::start(acts.clone()).await;
        let url = server.url("/ask");
        let call = async {
            let called = if charge {
                client.once(&CHARGE, &url, None).await
            } else {
                client.once(&READ, &url, None).await
            };
            called.expect_err("a failure")
        };
        let error = match kind {
            TransportErrorKind::Timeout => server.outlasts(call).await,
            _ => call.await,
        };
        let what = error.transport_error().expect("a transport error");
        assert_eq!((what.kind(), error.delivery()), (kind, delivery), "{error}");
        let outcome = match delivery {
            Delivery::NeverSent => Outcome::NothingDone,
            _ => Outcome::Unclear,
        };
        assert_eq!(error.outcome(), outcome);
        assert_eq!(error.attempts().len(), 1);
        assert_eq!(error.attempts()[0].delivery, delivery);
        tells_no_secret(&error);
    }
}

fn tells_no_secret(error: &CallError) {
    for text in [format!("{error}"), format!("{error:?}")] {
        assert!(!text.contains("S3CR3T"), "{text}");
        assert!(!text.contains('\n'), "{text}");
    }
}

#[tokio::test]
async fn an_answer_is_read_and_booked() {
    let server = Server::start([Act::Reply(reply(
        "200 OK",
        "date: Sun, 06 Nov 1994 08:49:37 GMT\r\nset-cookie: a=b\r\n",
        b"hello",
    ))])
    .await;
    let (answer, attempt) = client()
        .once(&CHARGE, &server.url("/ask"), None)
        .await
        .expect("an answer");
    assert_eq!(answer.value, "hello");
    assert_eq!(attempt.delivery, Delivery::Answered);
    assert_eq!(attempt.http_status, Some(200));
    assert_eq!(
        attempt.server_time,
        Some(Timestamp::from_unix_seconds(784_111_777))
    );
    let request = &server.requests()[0];
    assert!(request.contains("user-agent: jindiao/"), "{request}");
    assert!(
        request.contains("accept-encoding: identity\r\n"),
        "{request}"
    );
}

#[tokio::test]
async fn a_refused_connection_was_never_sent() {
    let error = client()
        .once(&CHARGE, &nobody_there(), None)
        .await
        .expect_err("nobody there");
    assert_eq!(error.delivery(), Delivery::NeverSent);
    assert_eq!(error.outcome(), Outcome::NothingDone);
    let what = error.transport_error().expect("a transport error");
    assert_eq!(what.kind(), TransportErrorKind::Connect);
    assert!(error.to_string().contains("refused"), "{error}");
    tells_no_secret(&error);
}

#[tokio::test]
async fn a_closed_connection_may_have_been_read() {
    let kind = TransportErrorKind::Interrupted;
    fails(vec![Act::CloseAtOnce], kind, Delivery::MaybeSent).await;
    fails(vec![Act::CloseAfterRequest], kind, Delivery::MaybeSent).await;
}

#[tokio::test]
async fn a_broken_answer_is_no_answer() {
    let whole = reply("200 OK", "", &[b'x'; 100]);
    let half = Act::Reply(whole[..whole.len() - 50].to_vec());
    fails(
        vec![half],
        TransportErrorKind::Interrupted,
        Delivery::MaybeSent,
    )
    .await;
    let chunked = head("200 OK", "transfer-encoding: chunked\r\n", b"ff\r\nabc");
    fails(
        vec![Act::Reply(chunked)],
        TransportErrorKind::Interrupted,
        Delivery::MaybeSent,
    )
    .await;
    let garbage = Act::Reply(b"SSH-2.0-OpenSSH\r\n\r\n".to_vec());
    fails(
        vec![garbage],
        TransportErrorKind::Interrupted,
        Delivery::MaybeSent,
    )
    .await;
}

#[tokio::test]
async fn no_answer_in_time_may_have_been_sent() {
    let kind = TransportErrorKind::Timeout;
    fails(vec![Act::Stall(Vec::new())], kind, Delivery::MaybeSent).await;
    let begun = head("200 OK", "content-length: 10\r\n", b"abc");
    fails(vec![Act::Stall(begun)], kind, Delivery::MaybeSent).await;
}

#[tokio::test]
async fn the_status_of_a_broken_answer_is_kept() {
    let begun = head("502 Bad Gateway", "content-length: 10\r\n", b"abc");
    let server = Server::start([Act::Reply(begun)]).await;
    let error = client()
        .once(&READ, &server.url("/ask"), None)
        .await
        .expect_err("half an answer");
    assert_eq!(error.attempts()[0].http_status, Some(502));
}

#[tokio::test]
async fn tls_that_fails_was_never_sent() {
    let server = Server::start([Act::CloseAtOnce, Act::CloseAtOnce]).await;
    let url = server.url("/ask").replace("http:", "https:");
    let error = client()
        .once(&CHARGE, &url, None)
        .await
        .expect_err("no TLS there");
    assert_eq!(error.delivery(), Delivery::NeverSent, "{error}");
    tells_no_secret(&error);
}

#[tokio::test]
async fn a_long_answer_is_cut_off() {
    let transport = HttpTransport::new().expect("a transport");
    for reply in [
        reply("200 OK", "", &[b'x'; 1000]),
        head("200 OK", "", &[b'x'; 1000]),
    ] {
        let server = Server::start([Act::Reply(reply)]).await;
        let request = Request::get(server.url("/"))
            .body(Bytes::new())
            .expect("a request");
        let mut terms = SendTerms::new(Effect::Read);
        terms.max_body = 999;
        let error = Transport::send(&transport, request, terms)
            .await
            .expect_err("too long");
        assert_eq!(error.kind(), TransportErrorKind::TooLarge);
        assert_eq!(error.delivery(), Delivery::MaybeSent);
        assert_eq!(error.http_status(), Some(200));
    }
}

#[tokio::test]
async fn redirects_are_answers() {
    let server = Server::start([Act::Reply(reply("302 Found", "location: /other\r\n", b""))]).await;
    let error = client()
        .once(&CHARGE, &server.url("/ask"), None)
        .await
        .expect_err("no success");
    assert_eq!(error.kind(), CallErrorKind::Reply);
    assert_eq!(error.attempts()[0].http_status, Some(302));
    assert_eq!(server.connections(), 1);
}

#[tokio::test(start_paused = true)]
async fn after_its_end_a_guard_lets_nothing_through() {
    let server = Server::start([]).await;
    let client = client();
    let guard = SendGuard::new(&**client.time(), Duration::ZERO);
    client.time().sleep(Duration::from_millis(2)).await;
    let error = client
        .once(&CHARGE, &server.url("/ask"), Some(guard))
        .await
        .expect_err("too late");
    assert_eq!(error.kind(), CallErrorKind::TooLate);
    assert_eq!(error.delivery(), Delivery::NeverSent);
    assert_eq!(server.connections(), 0);
    let error = client
        .send(
            &CHARGE,
            &server.url("/ask"),
            &RetryPolicy::default(),
            None,
            Some(guard),
        )
        .await
        .expect_err("too late");
    assert_eq!(error.attempts().len(), 1);
}

/// The process slept while it connected: the permission was good before, and is not after.
#[derive(Debug, Default)]
struct Drowsy(AtomicU32);

impl Time for Drowsy {
    fn now(&self) -> Timestamp {
        // Asked by the guard's birth and the first check, then by the check after connecting.
        match self.0.fetch_add(1, Ordering::SeqCst) {
            0..=2 => Timestamp::EPOCH,
            _ => Timestamp::from_unix_seconds(3600),
        }
    }
    fn monotonic(&self) -> Duration {
        Duration::ZERO
    }
    fn sleep(&self, _: Duration) -> BoxFuture<'_, ()> {
        Box::pin(std::future::ready(()))
    }
}

#[tokio::test]
async fn a_process_that_slept_while_connecting_does_not_pay() {
    let server = Server::start([Act::Reply(reply("200 OK", "", b"paid"))]).await;
    let time: Arc<dyn Time> = Arc::new(Drowsy::default());
    let guard = SendGuard::new(&*time, Duration::from_secs(5));
    let mut terms = SendTerms::new(Effect::Charge);
    terms.gate = Gate::guarded(guard, time);
    assert!(terms.gate.is_open());
    let request = Request::get(server.url("/pay"))
        .body(Bytes::new())
        .expect("a request");
    let transport = HttpTransport::new().expect("a transport");
    let error = Transport::send(&transport, request, terms)
        .await
        .expect_err("too late");
    assert_eq!(error.kind(), TransportErrorKind::TooLate);
    assert_eq!(error.delivery(), Delivery::NeverSent);
    while server.connections() == 0 {
        tokio::task::yield_now().await;
    }
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn only_reads_share_connections() {
    let serve = Act::Serve(reply("200 OK", "", b"ok"));
    let server = Server::start([serve.clone(), serve.clone(), serve.clone()]).await;
    let (client, url) = (client(), server.url("/ask"));
    for _ in 0..3 {
        client.once(&READ, &url, None).await.expect("an answer");
    }
    assert_eq!(server.connections(), 1);
    for _ in 0..2 {
        client.once(&CHARGE, &url, None).await.expect("an answer");
    }
    assert_eq!(server.connections(), 3);
}

#[tokio::test]
async fn a_read_is_tried_until_it_is_answered() {
    let server = Server::start([
        Act::CloseAfterRequest,
        Act::Reply(reply("503 Service Unavailable", "", b"")),
        Act::Reply(reply("200 OK", "", b"at last")),
    ])
    .await;
    let time = Sleepless::default();
    let (answer, attempts) = time
        .client()
        .send(
            &READ,
            &server.url("/ask"),
            &RetryPolicy::default(),
            None,
            None,
        )
        .await
        .expect("an answer");
    assert_eq!(answer.value, "at last");
    let seen: Vec<_> = attempts
        .iter()
        .map(|a| (a.delivery, a.http_status))
        .collect();
    assert_eq!(
        seen,
        [
            (Delivery::MaybeSent, None),
            (Delivery::Answered, Some(503)),
            (Delivery::Answered, Some(200)),
        ]
    );
    assert_eq!(time.slept().len(), 2);
}

/// How many attempts a charge gets when the first connection goes so.
async fn charge_attempts(first: Act, expect: usize) {
    let is_stalled = matches!(first, Act::Stall(_));
    let paid = Act::Reply(reply("200 OK", "", b"paid"));
    let server = Server::start([first, paid]).await;
    let (client, url) = (Sleepless::default().client(), server.url("/ask"));
    let policy = RetryPolicy::default();
    let call = client.send(&CHARGE, &url, &policy, None, None);
    let result = if is_stalled {
        server.outlasts(call).await
    } else {
        call.await
    };
    assert_eq!(server.connections(), expect);
    assert_eq!(result.is_ok(), expect == 2);
    if let Err(error) = result {
        assert_eq!(error.outcome(), Outcome::Unclear, "{error}");
        assert_eq!(error.attempts().len(), expect);
    }
}

#[tokio::test]
async fn a_charge_in_doubt_is_never_repeated() {
    charge_attempts(Act::CloseAtOnce, 1).await;
    charge_attempts(Act::CloseAfterRequest, 1).await;
    charge_attempts(Act::Stall(Vec::new()), 1).await;
    charge_attempts(Act::Reply(reply("500 Internal Server Error", "", b"")), 1).await;
    charge_attempts(Act::Reply(reply("504 Gateway Timeout", "", b"")), 1).await;
    charge_attempts(
        Act::Reply(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf".to_vec()),
        1,
    )
    .await;
    charge_attempts(Act::Reply(reply("429 Too Many Requests", "", b"")), 2).await;
}

#[tokio::test]
async fn a_charge_that_never_left_is_repeated() {
    let policy = RetryPolicy::default().with_attempt_limit(3);
    let limits = PaceLimits::default().with_daily_limit(5);
    let time = Sleepless::default();
    let client = time.client();
    let pace = Pace::new(limits, Arc::clone(client.time()));
    let error = client
        .send(&CHARGE, &nobody_there(), &policy, Some(&pace), None)
        .await
        .expect_err("nobody there");
    assert_eq!(error.attempts().len(), 3);
    assert_eq!(error.outcome(), Outcome::NothingDone);
    assert!(error.to_string().ends_with("(after 3 attempts)"), "{error}");
    // What never left does not count for the day.
    assert_eq!(pace.used_today(), 0);
}

#[tokio::test]
async fn retry_after_is_waited_for_and_slows_the_account_down() {
    let mut server = mockito::Server::new_async().await;
    let throttled = server
        .mock("GET", mockito::Matcher::Regex("^/ask".to_owned()))
        .with_status(429)
        .with_header("retry-after", "7")
        .expect(2)
        .create_async()
        .await;
    let time = Sleepless::default();
    let client = time.client();
    let policy = RetryPolicy::default().with_attempt_limit(2);
    let error = client
        .send(&READ, &format!("{}/ask", server.url()), &policy, None, None)
        .await
        .expect_err("throttled");
    throttled.assert_async().await;
    assert_eq!(error.retry_after(), Some(Duration::from_secs(7)));
    assert_eq!(time.slept(), [Duration::from_secs(7)]);
}

#[tokio::test]
async fn a_day_that_is_used_up_sends_nothing() {
    let server = Server::start([]).await;
    let client = client();
    let limits = PaceLimits::default().with_daily_limit(0);
    let pace = Pace::new(limits, Arc::clone(client.time()));
    let error = client
        .send(
            &READ,
            &server.url("/ask"),
            &RetryPolicy::default(),
            Some(&pace),
            None,
        )
        .await
        .expect_err("no calls today");
    assert_eq!(error.kind(), CallErrorKind::DailyLimit);
    assert_eq!(error.delivery(), Delivery::NeverSent);
    assert!(
        error
            .daily_limit()
            .is_some_and(|limit| limit.until > client.time().now())
    );
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn an_address_that_is_none_was_never_sent() {
    for url in ["ftp://127.0.0.1/ask", "/ask"] {
        let error = client().once(&CHARGE, url, None).await.expect_err(url);
        assert_eq!(error.delivery(), Delivery::NeverSent, "{error}");
        tells_no_secret(&error);
    }
}

/// A port that takes no more connections: its queue is full, and what comes is left unanswered.
/// Linux alone does it so; elsewhere there is nothing to see.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn time_that_ran_out_while_connecting_was_never_sent() {
    let socket = tokio::net::TcpSocket::new_v4().expect("a socket");
    socket
        .bind("127.0.0.1:0".parse().expect("an address"))
        .expect("a port");
    let listener = socket.listen(0).expect("a listener");
    let address = listener.local_addr().expect("an address");
    let mut queue = Vec::new();
    while let Ok(connected) = tokio::time::timeout(
        Duration::from_millis(100),
        tokio::net::TcpStream::connect(address),
    )
    .await
    {
        queue.push(connected.expect("a connection"));
    }
    let url = format!("http://{address}/ask");
    let quick = client().with_request_timeout(Duration::from_millis(200));
    let charge = quick
        .once(&CHARGE, &url, None)
        .await
        .expect_err("no connection");
    assert_eq!(charge.delivery(), Delivery::NeverSent, "{charge}");
    // A read may have been given a connection that others left: nobody needs to know.
    let read = quick
        .once(&READ, &url, None)
        .await
        .expect_err("no connection");
    assert_eq!(read.delivery(), Delivery::MaybeSent, "{read}");
}
