//! What is logged: enough to follow a call, and nothing that opens a door.
//!
//! A program of its own: tests that run beside it would have their say in what is logged.

use std::fmt::{self, Write as _};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{Request, Response};
use jindiao_client::{AddressPolicy, Client, DownloadLimits};
use jindiao_protocol::{
    Answer, Effect, Exchange, FileKind, Link, Receipt, ReplyError, RequestError, Timestamp, Vendor,
};
use tracing::field::{Field, Visit};
use tracing::span;
use tracing::{Event, Metadata, Subscriber};

struct Ask;

impl Exchange for Ask {
    type Auth = str;
    type Reply = ();
    const VENDOR: Vendor = Vendor::Qcc;
    const NAME: &'static str = "test/ask";
    const EFFECT: Effect = Effect::Charge;

    fn request(&self, origin: &str, _: Timestamp) -> Result<Request<Bytes>, RequestError> {
        Request::get(format!("{origin}/ask?sign=S3CR3T"))
            .header("authorization", "S3CR3T")
            .body(Bytes::new())
            .map_err(|error| RequestError::new::<Self>(&error))
    }

    fn reply(&self, _: &str, response: &Response<Bytes>) -> Result<Answer<()>, ReplyError> {
        Ok(Answer {
            value: (),
            receipt: Receipt::of_status(response.status()),
        })
    }
}

/// Writes all events of this crate down, one on a line.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<String>>);

impl Subscriber for Log {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("jindiao")
    }
    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }
    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}
    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}
    fn event(&self, event: &Event<'_>) {
        struct Line<'a>(&'a mut String);
        impl Visit for Line<'_> {
            fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
                let _ = write!(self.0, "{}={value:?} ", field.name());
            }
        }
        let mut log = self.0.lock().expect("the log");
        event.record(&mut Line(&mut log));
        log.push('\n');
    }
    fn enter(&self, _: &span::Id) {}
    fn exit(&self, _: &span::Id) {}
}

#[tokio::test]
async fn calls_and_downloads_are_logged_without_secrets() {
    let log = Log::default();
    let _guard = tracing::subscriber::set_default(log.clone());
    let client = Client::http().expect("a client");
    let mut server = mockito::Server::new_async().await;
    for (path, status) in [("/ask", 200), ("/r.pdf", 403)] {
        server
            .mock("GET", path)
            .match_query(mockito::Matcher::Any)
            .with_status(status)
            .create_async()
            .await;
    }

    client
        .once(&Ask, &server.url(), None)
        .await
        .expect("an answer");
    client
        .once(&Ask, "http://127.0.0.1:1", None)
        .await
        .expect_err("nobody there");
    let url = format!("{}/r.pdf?Signature=S3CR3T", server.url());
    let link = Link::parse(&url, Timestamp::EPOCH, None);
    let folder = tempfile::tempdir().expect("a folder");
    client
        .download(
            &link.expect("a link"),
            &folder.path().join("r.pdf"),
            FileKind::Pdf,
            &DownloadLimits::default().with_addresses(AddressPolicy::PRIVATE_TOO),
        )
        .await
        .expect_err("dead");

    let log = log.0.lock().expect("the log").clone();
    for word in [
        "vendor=qcc",
        "exchange=\"test/ask\"",
        "delivery=never sent",
        "delivery=answered",
        "status=200",
        "duration_ms=",
        "/r.pdf?Signature=*",
        "HTTP 403",
    ] {
        assert!(log.contains(word), "{word} is not in\n{log}");
    }
    assert!(!log.contains("S3CR3T"), "{log}");
}
