//! Downloads: what is kept, what is refused, and what is left behind.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use jindiao_client::{
    AddressPolicy, BoxFuture, Chunks, Client, DownloadError, DownloadErrorKind as Kind,
    DownloadLimits, OpenTerms, SendTerms, StoredFile, SystemClock, Transport, TransportError,
};
use jindiao_protocol::{FileKind, Link, Timestamp};

use crate::server::{Act, Server, head, reply};

const ETAG: &str = "etag: \"one\"\r\n";

/// A report of 100,000 bytes.
fn report() -> Vec<u8> {
    let mut report = b"%PDF-1.7\n".to_vec();
    report.extend((0..99_985).map(|n: u32| n.to_le_bytes()[0]));
    report.extend_from_slice(b"\n%%EOF");
    report
}

/// A folder, a target in it and a client that may go to this machine.
struct Desk {
    folder: tempfile::TempDir,
    client: Client,
    limits: DownloadLimits,
}

impl Desk {
    fn new() -> Self {
        Self {
            folder: tempfile::tempdir().expect("a folder"),
            client: Client::http().expect("a client"),
            limits: DownloadLimits::default().with_addresses(AddressPolicy::PRIVATE_TOO),
        }
    }

    fn target(&self) -> PathBuf {
        self.folder.path().join("qcc/report.pdf")
    }

    async fn get(&self, url: &str) -> Result<StoredFile, DownloadError> {
        let link = Link::parse(url, Timestamp::EPOCH, None).expect(url);
        self.client
            .download(&link, &self.target(), FileKind::Pdf, &self.limits)
            .await
    }

    async fn get_from(&self, act: Act) -> Result<StoredFile, DownloadError> {
        let server = Server::start([act]).await;
        self.get(&server.url("/r.pdf?Signature=S3CR3T")).await
    }

    /// The names of all files under the folder.
    fn files(&self) -> Vec<String> {
        let Ok(entries) = std::fs::read_dir(self.folder.path().join("qcc")) else {
            return Vec::new();
        };
        let mut names: Vec<_> = entries
            .map(|entry| {
                entry
                    .expect("an entry")
                    .file_name()
                    .into_string()
                    .expect("text")
            })
            .collect();
        names.sort();
        names
    }
}

/// What comes instead of a report gives an error of this kind and leaves nothing behind.
async fn check(act: Act, kind: Kind) -> DownloadError {
    let desk = Desk::new();
    let error = desk.get_from(act).await.expect_err("no report");
    assert_eq!(error.kind(), kind, "{error}");
    assert_eq!(desk.files(), [""; 0], "{error}");
    for text in [format!("{error}"), format!("{error:?}")] {
        assert!(!text.contains("S3CR3T"), "{text}");
    }
    error
}

#[tokio::test]
async fn a_report_is_stored_whole_and_private() {
    let desk = Desk::new();
    let mut server = mockito::Server::new_async().await;
    let mock = server
        .mock("GET", "/r.pdf?Signature=S3CR3T")
        .match_header("authorization", mockito::Matcher::Missing)
        .match_header("cookie", mockito::Matcher::Missing)
        .match_header("referer", mockito::Matcher::Missing)
        .match_header("accept-encoding", "identity")
        .with_body(report())
        .create_async()
        .await;
    let url = format!("{}/r.pdf?Signature=S3CR3T", server.url());
    let stored = desk.get(&url).await.expect("a report");
    mock.assert_async().await;
    assert_eq!(stored.bytes, 100_000);
    assert_eq!(stored.sha256_hex().len(), 64);
    assert_eq!(std::fs::read(desk.target()).expect("the file"), report());
    assert_eq!(desk.files(), ["report.pdf"]);
    owner_only(&desk.target());
    // The same again replaces it.
    assert_eq!(desk.get(&url).await.expect("a report"), stored);
    assert_eq!(desk.files(), ["report.pdf"]);
}

#[cfg(unix)]
fn owner_only(path: &Path) {
    use std::os::unix::fs::PermissionsExt;
    let mode = std::fs::metadata(path)
        .expect("the file")
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[cfg(not(unix))]
fn owner_only(_: &Path) {}

#[tokio::test]
async fn the_digest_is_sha_256() {
    let desk = Desk::new();
    let stored = desk
        .get_from(Act::Reply(reply("200 OK", "", b"%PDF-1.7 %%EOF")))
        .await;
    assert_eq!(
        stored.expect("a report").sha256_hex(),
        "12f38dcc70f1e40c3cc032d4d4493938b6b36922b89c67450fc638a1986d4242"
    );
}

#[tokio::test]
async fn a_dead_link_needs_a_fresh_one() {
    for status in ["403 Forbidden", "404 Not Found", "410 Gone"] {
        let error = check(Act::Reply(reply(status, "", b"<Error/>")), Kind::LinkDead).await;
        assert!(error.is_link_dead() && !error.may_retry(), "{error}");
        assert!(error.to_string().contains("fresh one"), "{error}");
    }
    let xml = b"<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code><Message>Request has expired.</Message></Error>";
    check(Act::Reply(reply("200 OK", "", xml)), Kind::LinkDead).await;
}

#[tokio::test]
async fn the_hosts_clock_says_when_a_link_has_expired() {
    let desk = Desk::new();
    let server = Server::start([Act::Reply(reply("200 OK", "", &report()))]).await;
    let stored = desk.get(&server.url("/r.pdf?Expires=1700000000")).await;
    assert_eq!(stored.expect("a report").bytes, 100_000);
}

#[tokio::test]
async fn trouble_at_the_host_may_pass() {
    for (status, again) in [
        ("500 Internal Server Error", true),
        ("503 Slow Down", true),
        ("429 Too Many Requests", true),
        ("418 I'm a teapot", false),
        ("206 Partial Content", false),
        ("204 No Content", false),
    ] {
        let error = check(Act::Reply(reply(status, "", b"")), Kind::Status).await;
        assert_eq!(error.may_retry(), again, "{error}");
        assert!(!error.is_link_dead() && !error.is_disk());
    }
}

#[tokio::test]
async fn only_a_report_is_a_report() {
    for page in [
        "<!DOCTYPE html><p>Bad gateway",
        "\u{feff} <html>",
        "{\"error\": 1}",
        "<?xml?><a/>",
    ] {
        let error = check(Act::Reply(reply("200 OK", "", page.as_bytes())), Kind::Page).await;
        assert!(error.may_retry(), "{error}");
    }
    let error = check(Act::Reply(reply("200 OK", "", b"")), Kind::Truncated).await;
    assert!(error.to_string().contains("empty"), "{error}");
}

#[tokio::test]
async fn a_file_of_another_kind_is_set_aside() {
    let zip = [&b"PK\x03\x04"[..], &[b'z'; 50_000]].concat();
    for other in [&zip[..], b"\x89PNG\r\n\x1a\n", b"%PDF", b"x"] {
        for headers in [
            format!("content-length: {}\r\n", other.len()),
            String::new(),
        ] {
            let desk = Desk::new();
            let act = Act::Reply(head("200 OK", &headers, other));
            let error = desk.get_from(act).await.expect_err("no PDF");
            assert_eq!(error.kind(), Kind::WrongKind, "{error}");
            assert!(!error.may_retry() && !error.is_link_dead());
            assert!(
                error.to_string().ends_with("kept as report.pdf.rejected"),
                "{error}"
            );
            assert_eq!(desk.files(), ["report.pdf.rejected"]);
            let aside = desk.folder.path().join("qcc/report.pdf.rejected");
            assert_eq!(std::fs::read(aside).expect("the file"), other);
        }
    }
}

#[tokio::test]
async fn a_page_is_a_page_whatever_it_is_called() {
    for headers in [
        "content-type: application/pdf\r\n",
        "content-type: application/octet-stream\r\ncontent-disposition: attachment; filename=r.pdf\r\n",
        "",
    ] {
        for page in ["<html>%PDF-1.7 %%EOF", "\r\n\t <?xml?><a/>", "{}"] {
            check(
                Act::Reply(reply("200 OK", headers, page.as_bytes())),
                Kind::Page,
            )
            .await;
        }
    }
    // And a report is one.
    let headers = "content-type: text/html; charset=gb18030\r\n";
    let desk = Desk::new();
    whole(
        &desk,
        desk.get_from(Act::Reply(reply("200 OK", headers, &report())))
            .await,
    );
}

#[tokio::test]
async fn nothing_that_the_host_says_names_a_file() {
    let desk = Desk::new();
    let server = Server::start([
        Act::Reply(reply(
            "302 Found",
            "location: /%2e%2e/../..%2f..%2fevil.sh\r\ncontent-location: /evil.sh\r\n",
            b"",
        )),
        Act::Reply(reply(
            "200 OK",
            "content-disposition: attachment; filename=\"../../evil.sh\"; filename*=UTF-8''%2Fetc%2Fevil\r\n",
            &report(),
        )),
    ])
    .await;
    desk.get(&server.url("/../../evil.sh;CON?../x"))
        .await
        .expect("a report");
    assert_eq!(desk.files(), ["report.pdf"]);
    assert_eq!(
        std::fs::read_dir(desk.folder.path())
            .expect("a folder")
            .count(),
        1
    );
}

#[tokio::test]
async fn a_file_that_was_cut_off_before_it_was_sent_is_set_aside() {
    let cut = &report()[..60_000];
    let in_chunks = [b"ea60\r\n", cut, b"\r\n0\r\n\r\n"].concat();
    for reply in [
        reply("200 OK", ETAG, cut),
        head("200 OK", "transfer-encoding: chunked\r\n", &in_chunks),
    ] {
        let desk = Desk::new();
        let error = desk
            .get_from(Act::Reply(reply))
            .await
            .expect_err("half a report");
        assert_eq!(error.kind(), Kind::WrongKind, "{error}");
        assert!(error.to_string().contains("has no end"), "{error}");
        assert_eq!(desk.files(), ["report.pdf.rejected"]);
    }
}

fn gzip(plain: &[u8]) -> Vec<u8> {
    use std::io::Write;
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(plain).expect("memory");
    encoder.finish().expect("memory")
}

/// Some stores keep their files compressed, and give them out so to everybody.
#[tokio::test]
async fn a_compressed_report_is_stored_as_it_was() {
    let body = gzip(&report());
    let headers = format!("{ETAG}content-encoding: gzip\r\n");
    let desk = Desk::new();
    let stored = desk
        .get_from(Act::Reply(reply("200 OK", &headers, &body)))
        .await;
    whole(&desk, stored);

    // Half of it cannot be resumed: positions in it are not positions in the file.
    let all = format!("{headers}content-length: {}\r\n", body.len());
    check(
        Act::Reply(head("200 OK", &all, &body[..body.len() / 2])),
        Kind::Truncated,
    )
    .await;
    check(
        Act::Reply(reply("200 OK", &headers, &body[..body.len() / 2])),
        Kind::Truncated,
    )
    .await;

    let mut desk = Desk::new();
    desk.limits = desk.limits.with_max_bytes(99_999);
    let error = desk
        .get_from(Act::Reply(reply("200 OK", &headers, &body)))
        .await;
    assert_eq!(error.expect_err("too large").kind(), Kind::TooLarge);
    assert_eq!(desk.files(), [""; 0]);
    // A bomb is no larger than what is allowed, either.
    let bomb = [&gzip(b"%PDF-1.7"), &gzip(&vec![0; 1 << 20]).repeat(100)[..]].concat();
    let error = desk
        .get_from(Act::Reply(reply("200 OK", &headers, &bomb)))
        .await;
    assert_eq!(error.expect_err("too large").kind(), Kind::TooLarge);

    // What is called compressed in a way that nobody asked for is looked at as it is.
    for coding in ["aws-chunked", "br"] {
        let headers = format!("content-encoding: {coding}\r\n");
        let desk = Desk::new();
        whole(
            &desk,
            desk.get_from(Act::Reply(reply("200 OK", &headers, &report())))
                .await,
        );
    }
}

#[tokio::test]
async fn what_has_no_room_is_not_begun() {
    let mut desk = Desk::new();
    desk.limits = desk.limits.with_max_bytes(u64::MAX);
    let huge = 1u64 << 60;
    let act = Act::Stall(head(
        "200 OK",
        &format!("content-length: {huge}\r\n"),
        b"%PDF-",
    ));
    let error = desk.get_from(act).await.expect_err("no room");
    assert!(
        error.is_disk() && error.is_disk_full() && !error.may_retry(),
        "{error}"
    );
    assert!(
        error
            .to_string()
            .contains(&format!("the disk is full: {huge} bytes are needed, and "))
    );
    assert_eq!(desk.files(), [""; 0]);
}

/// What there is counts, and is kept until there is room for the rest.
#[tokio::test]
async fn what_came_waits_for_room() {
    let huge = 1u64 << 60;
    let desk = Desk {
        limits: Desk::new().limits.with_max_bytes(u64::MAX),
        ..Desk::new()
    };
    let unknown = Act::Reply(head(
        "200 OK",
        &format!("{ETAG}transfer-encoding: chunked\r\n"),
        &[b"ea60\r\n", &report()[..60_000]].concat(),
    ));
    let rest = Act::Stall(head(
        "206 Partial Content",
        &format!(
            "{ETAG}content-range: bytes 60000-{}/{huge}\r\ncontent-length: {}\r\n",
            huge - 1,
            huge - 60_000
        ),
        b"",
    ));
    let tail = self::rest("\"one\"", "60000-99999/100000", &report()[60_000..]);
    let server = Server::start([unknown, rest, tail]).await;
    let url = server.url("/r.pdf");
    assert_eq!(
        desk.get(&url).await.expect_err("half").kind(),
        Kind::Truncated
    );
    let error = desk.get(&url).await.expect_err("no room");
    assert!(error.is_disk_full(), "{error}");
    assert!(
        error.to_string().contains(&(huge - 60_000).to_string()),
        "{error}"
    );
    assert_eq!(desk.files(), ["report.pdf.part", "report.pdf.part.resume"]);
    whole(&desk, desk.get(&url).await);
}

/// Neighbours who may write into the folder, too.
#[cfg(unix)]
mod neighbours {
    use std::os::unix::fs::{MetadataExt, symlink};

    use super::*;

    /// A desk where somebody put something under each of the names that a download uses, and a
    /// file elsewhere that is not to be touched.
    fn prepared(put: impl Fn(&Path, &Path)) -> (Desk, PathBuf) {
        let desk = Desk::new();
        let precious = desk.folder.path().join("precious");
        std::fs::write(&precious, "precious").expect("a file");
        std::fs::create_dir(desk.folder.path().join("qcc")).expect("a folder");
        for name in [
            "report.pdf",
            "report.pdf.part",
            "report.pdf.part.resume",
            "report.pdf.rejected",
        ] {
            put(&precious, &desk.folder.path().join("qcc").join(name));
        }
        (desk, precious)
    }

    async fn check(put: impl Fn(&Path, &Path)) {
        // A whole report, one that breaks off and is resumed, and a file of another kind.
        let half = Act::Reply(head(
            "200 OK",
            &format!("{ETAG}content-length: 100000\r\n"),
            &report()[..60_000],
        ));
        let tail = rest("\"one\"", "60000-99999/100000", &report()[60_000..]);
        for (acts, results) in [
            (vec![Act::Reply(reply("200 OK", "", &report()))], vec![None]),
            (vec![half, tail], vec![Some(Kind::Truncated), None]),
            (
                vec![Act::Reply(reply("200 OK", "", b"GIF89a.."))],
                vec![Some(Kind::WrongKind)],
            ),
        ] {
            let (desk, precious) = prepared(&put);
            let server = Server::start(acts).await;
            for expect in &results {
                let result = desk.get(&server.url("/r.pdf")).await;
                assert_eq!(
                    result.as_ref().err().map(DownloadError::kind),
                    *expect,
                    "{result:?}"
                );
            }
            assert_eq!(std::fs::read(&precious).expect("the file"), b"precious");
            if results.contains(&None) {
                let found = std::fs::symlink_metadata(desk.target()).expect("the report");
                assert!(found.is_file() && found.nlink() == 1);
                assert_eq!(std::fs::read(desk.target()).expect("the report"), report());
                owner_only(&desk.target());
            }
        }
    }

    #[tokio::test]
    async fn links_that_others_put_there_are_not_followed() {
        check(|precious, name| symlink(precious, name).expect("a link")).await;
        check(|precious, name| symlink(precious.with_file_name("nothing"), name).expect("a link"))
            .await;
        check(|precious, name| std::fs::hard_link(precious, name).expect("a link")).await;
    }

    #[tokio::test]
    async fn a_socket_in_the_way_holds_nobody_up() {
        check(|_, name| {
            std::os::unix::net::UnixListener::bind(name).expect("a socket");
        })
        .await;
    }

    #[tokio::test]
    async fn a_pipe_in_the_way_holds_nobody_up() {
        check(|_, name| {
            use rustix::fs::{CWD, FileType, Mode, mknodat};
            // Without a process of its own, which would hold the locks of other tests for a moment.
            mknodat(CWD, name, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).expect("a pipe");
        })
        .await;
    }

    #[tokio::test]
    async fn a_folder_in_the_way_is_the_disks_trouble() {
        for name in ["report.pdf", "report.pdf.part"] {
            let desk = Desk::new();
            let folder = desk.folder.path().join("qcc").join(name);
            std::fs::create_dir_all(folder.join("theirs")).expect("a folder");
            let error = desk
                .get_from(Act::Reply(reply("200 OK", "", &report())))
                .await
                .expect_err("a folder");
            assert!(error.is_disk(), "{error}");
            assert!(folder.join("theirs").exists());
        }
    }

    /// What was downloaded is what is stored, or nothing.
    #[tokio::test]
    async fn a_part_that_was_exchanged_is_not_the_report() {
        let desk = Desk {
            limits: Desk::new().limits.with_idle(Duration::from_secs(10)),
            ..Desk::new()
        };
        // More than is kept in memory before it is written.
        let report = report();
        let whole = [&report[..50_000], &vec![b' '; 3 << 20], &report[50_000..]].concat();
        let (first, last) = whole.split_at(2 << 20);
        let length = format!("content-length: {}\r\n", whole.len());
        let begun = head("200 OK", &length, first);
        let (server, finish) = Server::held(begun, last.to_vec()).await;
        let url = server.url("/r.pdf");
        let exchange = async {
            let part = desk.folder.path().join("qcc/report.pdf.part");
            while std::fs::metadata(&part).map_or(0, |found| found.len()) == 0 {
                tokio::task::yield_now().await;
            }
            std::fs::remove_file(&part).expect("the part");
            std::fs::write(&part, &whole).expect("theirs");
            finish.send(()).expect("the server");
        };
        let (result, ()) = tokio::join!(desk.get(&url), exchange);
        assert_eq!(result.expect_err("theirs").kind(), Kind::Busy);
        assert!(!desk.target().exists());
    }
}

#[tokio::test]
async fn a_file_that_is_too_large_is_refused() {
    let mut desk = Desk::new();
    desk.limits = desk.limits.with_max_bytes(99_999);
    for act in [
        // Announced, so that nothing of it is fetched; not announced; without an end.
        Act::Stall(head("200 OK", "content-length: 100000\r\n", b"")),
        Act::Reply(head("200 OK", "", &report())),
        Act::Flood(head("200 OK", "", b"%PDF-"), vec![b'x'; 10_000]),
    ] {
        let error = desk.get_from(act).await.expect_err("too large");
        assert_eq!(error.kind(), Kind::TooLarge);
        assert!(!error.may_retry());
        assert_eq!(desk.files(), [""; 0]);
    }
}

#[tokio::test]
async fn a_broken_download_is_truncated_however_it_breaks() {
    let half = &report()[..50_000];
    for broken in [
        head("200 OK", "content-length: 100000\r\n", half),
        head(
            "200 OK",
            "transfer-encoding: chunked\r\n",
            &[b"c350\r\n", half].concat(),
        ),
        // Nothing but the missing end tells that this one broke.
        head("200 OK", "", half),
    ] {
        let error = check(Act::Reply(broken), Kind::Truncated).await;
        assert!(error.may_retry() && !error.is_link_dead(), "{error}");
    }
    let desk = Desk::new();
    let whole = Act::Reply(head("200 OK", "", &report()));
    assert_eq!(desk.get_from(whole).await.expect("a report").bytes, 100_000);
}

#[tokio::test]
async fn whoever_sends_next_to_nothing_is_given_up() {
    let begun = head("200 OK", "content-length: 100000\r\n", b"%PDF-1.7\n");
    let check = async |act: Act, limits: DownloadLimits, why: &str| {
        let desk = Desk {
            limits,
            ..Desk::new()
        };
        let server = Server::start([act]).await;
        let error = server.outlasts(desk.get(&server.url("/r.pdf"))).await;
        let error = error.expect_err("too slow");
        assert_eq!(error.kind(), Kind::Slow);
        assert!(error.to_string().contains(why), "{error}");
        assert!(error.may_retry());
        assert_eq!(desk.files(), [""; 0]);
    };
    for act in [
        Act::Stall(Vec::new()),
        Act::Stall(begun.clone()),
        Act::Drip(begun.clone()),
    ] {
        check(act, Desk::new().limits, "next to nothing for 30s").await;
    }
    let limits = Desk::new().limits.with_total(Duration::from_secs(10));
    check(Act::Drip(begun), limits, "longer than 10s").await;
}

#[tokio::test]
async fn what_came_slowly_is_kept_and_the_rest_is_asked_for() {
    let headers = format!("{ETAG}content-length: 100000\r\n");
    for slow in [
        Act::Stall(head("200 OK", &headers, &report()[..60_000])),
        // The bytes that drip in are part of what came; they belong to another file here.
        Act::Drip(head("200 OK", &headers, &report()[..60_000])),
    ] {
        let is_drip = matches!(slow, Act::Drip(_));
        let desk = Desk::new();
        let all = Act::Reply(reply("200 OK", ETAG, &report()));
        let second = match is_drip {
            true => all,
            false => rest("\"one\"", "60000-99999/100000", &report()[60_000..]),
        };
        let server = Server::start([slow, second]).await;
        let url = server.url("/r.pdf");
        let error = server.outlasts(desk.get(&url)).await;
        assert_eq!(error.expect_err("slow").kind(), Kind::Slow);
        assert_eq!(desk.files(), ["report.pdf.part", "report.pdf.part.resume"]);
        whole(&desk, desk.get(&url).await);
        assert!(server.requests()[1].contains("if-range: \"one\"\r\n"));
    }
}

#[tokio::test]
async fn nobody_there_is_a_network_error() {
    let desk = Desk::new();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!(
        "http://{}/r.pdf",
        listener.local_addr().expect("an address")
    );
    drop(listener);
    let error = desk.get(&url).await.expect_err("nobody there");
    assert_eq!(error.kind(), Kind::Network);
    assert!(error.may_retry());
}

/// Half a report with a strong tag, and then `second` for the next try.
async fn resumed(second: Vec<Act>) -> (Desk, Server, Result<StoredFile, DownloadError>) {
    let desk = Desk::new();
    let headers = format!("{ETAG}content-length: 100000\r\n");
    let first = Act::Reply(head("200 OK", &headers, &report()[..60_000]));
    let server = Server::start([first].into_iter().chain(second)).await;
    let url = server.url("/r.pdf?Signature=first");
    let error = desk.get(&url).await.expect_err("half a report");
    assert_eq!(error.kind(), Kind::Truncated, "{error}");
    assert_eq!(desk.files(), ["report.pdf.part", "report.pdf.part.resume"]);
    owner_only(&desk.folder.path().join("qcc/report.pdf.part"));
    owner_only(&desk.folder.path().join("qcc/report.pdf.part.resume"));
    let result = desk.get(&server.url("/r.pdf?Signature=second")).await;
    (desk, server, result)
}

fn rest(etag: &str, range: &str, body: &[u8]) -> Act {
    let headers = format!("etag: {etag}\r\ncontent-range: bytes {range}\r\n");
    Act::Reply(reply("206 Partial Content", &headers, body))
}

fn whole(desk: &Desk, result: Result<StoredFile, DownloadError>) {
    let stored = result.expect("a report");
    assert_eq!(stored.bytes, 100_000);
    assert_eq!(std::fs::read(desk.target()).expect("the file"), report());
    assert_eq!(desk.files(), ["report.pdf"]);
}

#[tokio::test]
async fn the_rest_is_asked_for() {
    let (desk, server, result) = resumed(vec![rest(
        "\"one\"",
        "60000-99999/100000",
        &report()[60_000..],
    )])
    .await;
    let digest = result.as_ref().map(StoredFile::sha256_hex).ok();
    whole(&desk, result);
    let requests = server.requests();
    assert!(!requests[0].contains("range"), "{}", requests[0]);
    assert!(
        requests[1].contains("range: bytes=60000-\r\n"),
        "{}",
        requests[1]
    );
    assert!(
        requests[1].contains("if-range: \"one\"\r\n"),
        "{}",
        requests[1]
    );
    // Digested over both pieces.
    let fresh = Desk::new();
    let at_once = fresh
        .get_from(Act::Reply(reply("200 OK", "", &report())))
        .await;
    assert_eq!(digest, at_once.map(|stored| stored.sha256_hex()).ok());
}

#[tokio::test]
async fn what_is_not_surely_the_rest_is_fetched_anew() {
    let all = || Act::Reply(reply("200 OK", ETAG, &report()));
    let tail = &report()[60_000..];
    for second in [
        vec![all()],
        vec![rest("\"two\"", "60000-99999/100000", tail), all()],
        vec![rest("W/\"one\"", "60000-99999/100000", tail), all()],
        vec![rest("\"one\"", "60001-99999/100000", tail), all()],
        vec![rest("\"one\"", "60000-99998/100000", tail), all()],
        vec![rest("\"one\"", "60000-99999/*", tail), all()],
        vec![rest("\"one\"", "60000-100000/100001", tail), all()],
        vec![rest("\"one\"", "0-99999/100000", &report()), all()],
        vec![
            rest(
                "\"one\"",
                "60000-99999/100000\r\ncontent-encoding: gzip",
                &gzip(tail),
            ),
            all(),
        ],
        vec![Act::Reply(reply("206 Partial Content", ETAG, tail)), all()],
        vec![
            Act::Reply(reply(
                "206 Partial Content",
                &format!("{ETAG}content-type: multipart/byteranges; boundary=b\r\n"),
                b"--b\r\ncontent-range: bytes 60000-99999/100000\r\n\r\nxx\r\n--b--",
            )),
            all(),
        ],
        vec![
            Act::Reply(reply("416 Range Not Satisfiable", "", b"")),
            all(),
        ],
    ] {
        let (desk, _server, result) = resumed(second).await;
        whole(&desk, result);
    }
}

#[tokio::test]
async fn what_came_survives_failures_before_the_rest() {
    let (desk, server, result) = resumed(vec![
        Act::Reply(reply("403 Forbidden", "", b"")),
        Act::CloseAtOnce,
        rest("\"one\"", "60000-99999/100000", &report()[60_000..80_000]),
        rest("\"one\"", "80000-99999/100000", &report()[80_000..]),
    ])
    .await;
    assert!(result.expect_err("dead").is_link_dead());
    let url = server.url("/r.pdf");
    assert_eq!(
        desk.get(&url).await.expect_err("closed").kind(),
        Kind::Network
    );
    assert_eq!(
        desk.get(&url).await.expect_err("cut").kind(),
        Kind::Truncated
    );
    whole(&desk, desk.get(&url).await);
}

#[tokio::test]
async fn a_part_that_was_tampered_with_is_not_resumed() {
    let (desk, server, result) = resumed(vec![
        Act::CloseAtOnce,
        Act::Reply(reply("200 OK", ETAG, &report())),
    ])
    .await;
    result.expect_err("closed");
    let part = desk.folder.path().join("qcc/report.pdf.part");
    let mut bytes = std::fs::read(&part).expect("the part");
    bytes[30_000] ^= 1;
    std::fs::write(&part, bytes).expect("the part");
    whole(&desk, desk.get(&server.url("/r.pdf")).await);
    assert!(
        !server
            .requests()
            .last()
            .expect("a request")
            .contains("range")
    );
}

#[tokio::test]
async fn two_downloads_do_not_mix() {
    let desk = Desk::new();
    let serve = Act::Reply(reply("200 OK", ETAG, &report()));
    let server = Server::start(vec![serve; 8]).await;
    let url = server.url("/r.pdf");
    let results = tokio::join!(
        desk.get(&url),
        desk.get(&url),
        desk.get(&url),
        desk.get(&url)
    );
    let results = [results.0, results.1, results.2, results.3];
    assert!(results.iter().any(Result::is_ok));
    for error in results.iter().filter_map(|result| result.as_ref().err()) {
        assert_eq!(error.kind(), Kind::Busy, "{error}");
    }
    assert_eq!(std::fs::read(desk.target()).expect("the file"), report());
    assert_eq!(desk.files(), ["report.pdf"]);
}

#[tokio::test]
async fn a_folder_that_cannot_be_written_is_the_disks_trouble() {
    let desk = Desk::new();
    std::fs::write(desk.folder.path().join("qcc"), "a file, not a folder").expect("a file");
    let error = desk
        .get_from(Act::Reply(reply("200 OK", "", &report())))
        .await
        .expect_err("no folder");
    assert!(
        error.is_disk() && !error.may_retry() && !error.is_link_dead(),
        "{error}"
    );
    assert!(error.io_error().is_some());
}

#[tokio::test]
async fn private_addresses_are_refused_unless_allowed() {
    let desk = Desk::new();
    let server = Server::start([]).await;
    let port = server.port;
    for url in [
        server.url("/r.pdf"),
        format!("http://localhost:{port}/r.pdf"),
        format!("http://LOCALHOST.:{port}/r.pdf"),
        format!("http://a.localhost:{port}/r.pdf"),
        format!("http://127.1:{port}/r.pdf"),
        format!("http://2130706433:{port}/r.pdf"),
        format!("http://0x7f.0.0.1:{port}/r.pdf"),
        format!("http://[::1]:{port}/r.pdf"),
        format!("http://[::ffff:127.0.0.1]:{port}/r.pdf"),
    ] {
        let link = Link::parse(&url, Timestamp::EPOCH, None).expect("a link");
        let public = DownloadLimits::default();
        let error = desk
            .client
            .download(&link, &desk.target(), FileKind::Pdf, &public)
            .await
            .expect_err(&url);
        assert_eq!(error.kind(), Kind::Refused, "{url}: {error}");
        assert!(!error.may_retry() && !error.is_link_dead(), "{url}");
    }
    assert_eq!(server.connections(), 0);
    let error = desk
        .get("http://169.254.169.254/latest/meta-data/")
        .await
        .expect_err("never");
    assert_eq!(error.kind(), Kind::Refused);
}

/// No spelling of an address of this machine gets through: it is no link, or it is refused.
#[tokio::test]
async fn odd_spellings_are_refused() {
    let desk = Desk::new();
    let server = Server::start([]).await;
    let public = DownloadLimits::default();
    for host in [
        "017700000001",
        "0x7f000001",
        "0x7F.1",
        "127.1",
        "127.0.0.1.",
        "127.0.1",
        "0177.0.0.0x1",
        "１２７.０.０.１",
        "127。0。0。1",
        "%31%32%37.0.0.1",
        "ⓛⓞⓒⓐⓛⓗⓞⓢⓣ",
        "LOCALHOST",
        "localhost.",
        "localhost..",
        "x.localhost",
        "[::1]",
        "[::1%25lo]",
        "[0:0:0:0:0:ffff:7f00:1]",
        "[::ffff:127.0.0.1]",
        "[::127.0.0.1]",
        "[64:ff9b::127.0.0.1]",
        "0",
        "0.0.0.0",
        "[::]",
        "169.254.169.254",
        "0xa9fea9fe",
        "[fe80::1%25eth0]",
        "[fd00:ec2::254]",
        "metadata.localhost",
        "user:pass@127.0.0.1",
        "example.com@127.0.0.1",
        "127.0.0.1\\@example.com",
        "",
    ] {
        for scheme in ["http", "https", "HTTP"] {
            let url = format!("{scheme}://{host}:{}/r.pdf", server.port);
            let Ok(link) = Link::parse(&url, Timestamp::EPOCH, None) else {
                continue;
            };
            let result = desk
                .client
                .download(&link, &desk.target(), FileKind::Pdf, &public)
                .await;
            let error = result.expect_err(&url);
            assert_eq!(error.kind(), Kind::Refused, "{url}: {error}");
        }
    }
    assert_eq!(server.connections(), 0);
    for other in [
        "file:///etc/passwd",
        "ftp://h/a",
        "gopher://h/",
        "data:,x",
        "//h/a",
        "h/a",
        "javascript:x",
    ] {
        assert!(
            Link::parse(other, Timestamp::EPOCH, None).is_err(),
            "{other}"
        );
    }
}

#[tokio::test]
async fn redirects_are_followed_a_little_way() {
    let desk = Desk::new();
    let to = |location: &str| {
        Act::Reply(reply(
            "302 Found",
            &format!("location: {location}\r\nset-cookie: a=b\r\n"),
            b"",
        ))
    };
    let file = Act::Reply(reply("200 OK", "", &report()));
    let server = Server::start([to("/1"), to("?2"), to("/3"), file]).await;
    desk.get(&server.url("/r.pdf")).await.expect("a report");
    let requests = server.requests();
    assert!(requests[2].starts_with("get /1?2 "), "{}", requests[2]);
    for header in ["cookie", "referer", "authorization", "origin"] {
        assert!(
            !requests.concat().contains(&format!("{header}:")),
            "{header}"
        );
    }

    for (script, contacted) in [
        (vec![to("/1"), to("/2"), to("/3"), to("/4")], 4),
        (vec![to("http://169.254.169.254/")], 1),
        (vec![to("file:///etc/passwd")], 1),
        (vec![to("http://user:pass@127.0.0.1/")], 1),
        (vec![Act::Reply(reply("302 Found", "", b""))], 1),
    ] {
        let server = Server::start(script).await;
        let error = desk.get(&server.url("/r.pdf")).await.expect_err("refused");
        assert_eq!(error.kind(), Kind::Refused, "{error}");
        assert_eq!(server.connections(), contacted);
    }
}

/// Redirects everything to one address, and remembers what it was asked for.
#[derive(Debug, Clone)]
struct Redirector {
    to: &'static str,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Transport for Redirector {
    fn send(
        &self,
        _: Request<Bytes>,
        _: SendTerms,
    ) -> BoxFuture<'_, Result<Response<Bytes>, TransportError>> {
        unreachable!("downloads are opened")
    }

    fn open(
        &self,
        request: Request<()>,
        _: OpenTerms,
    ) -> BoxFuture<'_, Result<Response<Box<dyn Chunks>>, TransportError>> {
        struct Empty;
        impl Chunks for Empty {
            fn next(&mut self) -> BoxFuture<'_, Result<Option<Bytes>, TransportError>> {
                Box::pin(std::future::ready(Ok(None)))
            }
        }
        self.asked
            .lock()
            .expect("the log")
            .push(request.uri().to_string());
        let body: Box<dyn Chunks> = Box::new(Empty);
        let response = Response::builder()
            .status(302)
            .header("location", self.to)
            .body(body)
            .expect("a response");
        Box::pin(std::future::ready(Ok(response)))
    }
}

#[tokio::test]
async fn a_redirect_is_checked_like_a_link() {
    for (from, to) in [
        (
            "https://files.example.com/r.pdf",
            "http://files.example.com/r.pdf",
        ),
        ("https://files.example.com/r.pdf", "https://10.0.0.1/r.pdf"),
        ("http://files.example.com/r.pdf", "http://192.168.0.1/admin"),
        ("http://files.example.com/r.pdf", "http://[fd00::1]/"),
        ("http://files.example.com/r.pdf", "//127.1/"),
    ] {
        let asked = Arc::new(Mutex::new(Vec::new()));
        let transport = Redirector {
            to,
            asked: Arc::clone(&asked),
        };
        let client = Client::new(transport, SystemClock::new());
        let folder = tempfile::tempdir().expect("a folder");
        let link = Link::parse(from, Timestamp::EPOCH, None).expect("a link");
        let target = folder.path().join("report.pdf");
        let error = client
            .download(&link, &target, FileKind::Pdf, &DownloadLimits::default())
            .await
            .expect_err(to);
        assert_eq!(error.kind(), Kind::Refused, "{to}: {error}");
        assert_eq!(*asked.lock().expect("the log"), [from], "{to}");
    }
}
