//! Vendors that check the time and sign their replies: what is made of a clock that is wrong, and
//! of a reply that is not theirs.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use jindiao_client::{
    Asked, BoxFuture, Chunks, Client, OpenTerms, PaceLimits, SendTerms, Time, Transport,
    TransportError, TransportErrorKind, Vendors, VirtualClock,
};
use jindiao_order::Call;
use jindiao_protocol::{Advice, Timestamp, Vendor};
use jindiao_protocol_qcc::GetEciImage;
use jindiao_protocol_yibeidiao::{GenerateTempReport, Seq};
use jindiao_signing::qcc::{AppKey, SecretKey};
use jindiao_signing::yibeidiao::{CompanyKey, Token, Ts, sign};

const NOON: Timestamp = Timestamp::from_unix_seconds(1_800_000_000);
const ACCOUNT: (&str, &str) = ("COMPANYKEY", "COMPANYTOKEN");

/// Both vendors behind one transport, with a clock that is ahead of the machine's.
#[derive(Debug)]
struct Desk {
    machine: Arc<VirtualClock>,
    ahead: i64,
    /// With which code QCC refuses a time.
    code: &'static str,
    says: Says,
    /// By how many seconds what was signed differed from the vendor's time.
    signed: Mutex<Vec<i64>>,
    /// Whether Yibeidiao's replies are signed by somebody else.
    forges: AtomicBool,
}

/// What replies say of the time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Says {
    Date,
    Nothing,
    AnOldDate,
    TwoDates,
}

impl Desk {
    fn answer(&self, request: &Request<Bytes>) -> Response<Bytes> {
        let now = self.machine.now().unix_seconds() + self.ahead;
        let header = |name: &str| {
            let value = request.headers().get(name)?.to_str().ok()?;
            Some(value.to_owned())
        };
        let (body, at) = match header("Timespan") {
            Some(timespan) => {
                let at: i64 = timespan.parse().expect("seconds");
                let (code, result) = if (at - now).abs() > 300 {
                    (self.code, "null")
                } else {
                    ("200", "\"https://h.test/a.png\"")
                };
                (format!(r#"{{"Status":"{code}","Result":{result}}}"#), at)
            }
            None => self.signed_reply(now, &header("seq").expect("a seq")),
        };
        self.signed.lock().expect("the list").push(at - now);
        let mut response = Response::builder();
        let date = jiff::Timestamp::from_second(now).expect("an instant");
        let date = jiff::fmt::rfc2822::DateTimePrinter::new()
            .timestamp_to_rfc9110_string(&date)
            .expect("a date");
        if self.says != Says::Nothing {
            response = response.header("date", &date);
        }
        if self.says == Says::TwoDates {
            response = response.header("date", "Sun, 06 Nov 1994 08:49:37 GMT");
        }
        if self.says == Says::AnOldDate {
            response = response.header("age", "600");
        }
        response.body(body.into()).expect("a response")
    }

    fn signed_reply(&self, now: i64, seq: &str) -> (String, i64) {
        let (key, token) = ACCOUNT;
        let token = if self.forges.load(Ordering::Relaxed) {
            "SOMEBODYELSES"
        } else {
            token
        };
        let ts = Ts::from_unix_seconds(now);
        let company = CompanyKey::new(key).expect("a key");
        let token = Token::new(token).expect("a token");
        let sign = sign(&company, &ts, seq, &token);
        let sign = sign.as_str();
        let body = format!(
            r#"{{"code":"000","key":"{key}","seq":"{seq}","ts":"{ts}","sign":"{sign}","msg":"https://h.test/a.pdf"}}"#
        );
        (body, now)
    }
}

/// So that the test keeps a hand on it.
#[derive(Debug)]
struct At(Arc<Desk>);

impl Transport for At {
    fn send(
        &self,
        request: Request<Bytes>,
        _: SendTerms,
    ) -> BoxFuture<'_, Result<Response<Bytes>, TransportError>> {
        Box::pin(async move { Ok(self.0.answer(&request)) })
    }

    fn open(
        &self,
        _: Request<()>,
        _: OpenTerms,
    ) -> BoxFuture<'_, Result<Response<Box<dyn Chunks>>, TransportError>> {
        let kind = TransportErrorKind::Connect;
        Box::pin(async move { Err(TransportError::never_sent(kind, "")) })
    }
}

fn desk(ahead: i64, code: &'static str, says: Says) -> (Arc<Desk>, Vendors) {
    let machine = Arc::new(VirtualClock::starting_at(NOON));
    let desk = Arc::new(Desk {
        machine: Arc::clone(&machine),
        ahead,
        code,
        says,
        signed: Mutex::default(),
        forges: AtomicBool::new(false),
    });
    let client = Client::shared(Arc::new(At(Arc::clone(&desk))), machine);
    let origin = |url: &str| url.parse().expect("an origin");
    let (pace, timeout) = (PaceLimits::default(), Duration::from_secs(15));
    let vendors = Vendors::new(client)
        .with_qcc(
            jindiao_protocol_qcc::Auth::new(
                origin("https://qcc.test"),
                AppKey::new("key").expect("a key"),
                SecretKey::new("S3CR3T").expect("a secret"),
            ),
            pace,
            timeout,
        )
        .with_yibeidiao(
            jindiao_protocol_yibeidiao::Auth::new(
                origin("http://yibeidiao.test"),
                CompanyKey::new(ACCOUNT.0).expect("a key"),
                Token::new(ACCOUNT.1).expect("a token"),
            ),
            pace,
            timeout,
        );
    (desk, vendors)
}

async fn snapshot(vendors: &Vendors) -> Asked {
    let key_word = "某某科技有限公司".to_owned();
    let call = Call::EciImage(GetEciImage { key_word });
    vendors.ask(&call, None).await
}

#[tokio::test(start_paused = true)]
async fn a_refused_time_is_signed_anew_with_the_vendors() {
    for (ahead, code) in [(420, "115"), (-420, "107"), (9 * 3600, "115")] {
        let (desk, vendors) = desk(ahead, code, Says::Date);
        let asked = snapshot(&vendors).await;
        let failure = asked.result.expect_err("a refusal");
        // It charges, and may be made again only since the code says that nothing was done.
        assert!(failure.is_surely_nothing());
        assert_eq!(failure.advice(), Advice::Retry);
        let text = &failure.refusal().text;
        assert!(text.contains("made again with the vendor's time"), "{text}");
        let note = asked.clock.expect("a word");
        assert_eq!((note.vendor, note.is_corrected), (Vendor::Qcc, true));
        assert!((note.ahead_seconds - ahead).abs() <= 1, "{note:?}");

        for _ in 0..2 {
            let asked = snapshot(&vendors).await;
            assert!(asked.result.is_ok(), "{asked:?}");
            assert_eq!(asked.clock, None, "said once");
        }
        let signed = desk.signed.lock().expect("the list").clone();
        assert_eq!(signed[0], -ahead);
        assert!(
            signed[1..].iter().all(|apart| apart.abs() <= 1),
            "{signed:?}"
        );
        // Only the signature is corrected: the books have our time.
        let attempt = snapshot(&vendors).await.attempt.expect("an attempt");
        assert_eq!(attempt.started, NOON);
    }
}

#[tokio::test(start_paused = true)]
async fn a_date_that_says_nothing_corrects_nothing() {
    for says in [Says::Nothing, Says::AnOldDate, Says::TwoDates] {
        for (code, advice) in [("115", Advice::Reauthenticate), ("107", Advice::FixAccount)] {
            let (desk, vendors) = desk(420, code, says);
            for n in 1..4 {
                let asked = snapshot(&vendors).await;
                let failure = asked.result.expect_err("a refusal");
                // To sign anew is no use for ever.
                let advice = if n < 3 { advice } else { Advice::FixAccount };
                assert_eq!(failure.advice(), advice, "{says:?}");
                let text = &failure.refusal().text;
                assert!(text.contains("does not tell the vendor's time"), "{text}");
                assert_eq!(asked.clock, None);
            }
            assert_eq!(*desk.signed.lock().expect("the list"), [-420; 3]);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_time_that_is_taken_is_left_alone() {
    let (desk, vendors) = desk(120, "115", Says::Date);
    let first = snapshot(&vendors).await;
    assert!(first.result.is_ok());
    // It is told all the same: the next vendor may be stricter.
    let note = first.clock.expect("a word");
    assert_eq!((note.vendor, note.is_corrected), (Vendor::Qcc, false));
    assert!(snapshot(&vendors).await.clock.is_none());
    assert_eq!(*desk.signed.lock().expect("the list"), [-120, -120]);
}

#[tokio::test(start_paused = true)]
async fn forged_replies_are_reported_and_end_at_the_account() {
    let (desk, vendors) = desk(0, "115", Says::Date);
    let ask = async |seq: usize| {
        let call = Call::TempReport(GenerateTempReport {
            record_no: "20190415152645093983751".parse().expect("a record"),
            seq: Seq::new(format!("s{seq}")).expect("a seq"),
        });
        vendors.ask(&call, None).await.result
    };
    let forges = |is_forging| desk.forges.store(is_forging, Ordering::Relaxed);
    forges(true);
    for seq in 0..4 {
        let failure = ask(seq).await.expect_err("a forgery");
        assert!(failure.is_tampering());
        assert_eq!(failure.advice(), Advice::Retry);
        let refusal = failure.refusal();
        assert_eq!(refusal.code, None, "a forged code says nothing");
        for words in ["tampered", "its sign", "not lost", "another network"] {
            assert!(refusal.text.contains(words), "{}", refusal.text);
        }
        assert!(!refusal.text.contains(ACCOUNT.0), "{}", refusal.text);
    }
    forges(false);
    ask(4).await.expect("the vendor's own");
    forges(true);
    for seq in 5..9 {
        let failure = ask(seq).await.expect_err("a forgery");
        assert_eq!(failure.advice(), Advice::Retry, "counted anew");
    }
    let failure = ask(9).await.expect_err("a forgery");
    assert_eq!(failure.advice(), Advice::FixAccount);
    assert!(failure.refusal().text.contains("5 replies in a row"));
}

#[test]
fn unencrypted_vendors_are_known() {
    let plain = |url: &str| {
        let client = Client::new(
            At(desk(0, "115", Says::Date).0),
            VirtualClock::starting_at(NOON),
        );
        let auth = jindiao_protocol_yibeidiao::Auth::new(
            url.parse().expect("an origin"),
            CompanyKey::new(ACCOUNT.0).expect("a key"),
            Token::new(ACCOUNT.1).expect("a token"),
        );
        let timeout = Duration::from_secs(15);
        let vendors = Vendors::new(client).with_yibeidiao(auth, PaceLimits::default(), timeout);
        assert_eq!(vendors.plain_http(Vendor::Qcc), None);
        vendors
            .plain_http(Vendor::Yibeidiao)
            .map(ToString::to_string)
    };
    for url in [
        "http://api.yibeidiao.com",
        "http://192.168.1.2:8080",
        "http://localhost.evil.test",
        "http://127.0.0.1.evil.test",
    ] {
        assert_eq!(plain(url).as_deref(), Some(url));
    }
    for url in [
        "https://api.yibeidiao.com",
        "http://127.0.0.1:8080",
        "http://[::1]:8080",
        "http://localhost",
    ] {
        assert_eq!(plain(url), None, "{url}");
    }
}
