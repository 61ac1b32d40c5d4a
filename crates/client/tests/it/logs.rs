//! What is logged: enough to follow a call, and nothing that opens a door.

use std::fmt::{self, Write as _};
use std::sync::{Arc, Mutex};

use jindiao_client::{AddressPolicy, Client, DownloadLimits};
use jindiao_protocol::{FileKind, Link, Timestamp};
use tracing::field::{Field, Visit};
use tracing::span;
use tracing::{Event, Metadata, Subscriber};

use crate::calls::CHARGE;
use crate::server::{Act, Server, reply};

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
    let server = Server::start([
        Act::CloseAfterRequest,
        Act::Reply(reply("200 OK", "", b"paid")),
        Act::Reply(reply("403 Forbidden", "", b"")),
    ])
    .await;

    client
        .once(&CHARGE, &server.url("/ask"), None)
        .await
        .expect_err("closed");
    client
        .once(&CHARGE, &server.url("/ask"), None)
        .await
        .expect("an answer");
    let link = Link::parse(
        &server.url("/r.pdf?Signature=S3CR3T"),
        Timestamp::EPOCH,
        None,
    );
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
        "delivery=maybe sent",
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
