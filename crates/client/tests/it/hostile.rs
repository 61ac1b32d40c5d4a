//! Replies of any bytes: each gives a value or a typed error, in bounded time and memory, and none
//! makes believe that a charge did nothing.

use std::io::Write;
use std::time::Duration;

use flate2::Compression;
use flate2::write::{GzEncoder, ZlibEncoder};
use jindiao_client::{CallError, Client, TransportErrorKind as Broken};
use jindiao_codes::Outcome;
use jindiao_protocol::{Delivery, Period};
use jindiao_protocol_qcc::{Auth, CreateReport, GetReportInfo};
use jindiao_signing::qcc::{AppKey, SecretKey};

use crate::server::{Act, Server, head, reply};

/// What an order and a question are both answered with.
const GOOD: &[u8] = br#"{"Status":"200","Message":"ok","OrderNumber":"S1","Result":{"orderNo":"JKDAY-1","reportStatus":"P"}}"#;

/// What a reply must come to.
#[derive(Debug, Clone, Copy, PartialEq)]
enum End {
    /// It is what was asked for.
    Value,
    /// It is an answer, and not what was asked for.
    Answer,
    /// There is no whole answer, for this reason.
    Broken(Broken),
}

const CUT: End = End::Broken(Broken::Interrupted);
const LATE: End = End::Broken(Broken::Timeout);
const LARGE: End = End::Broken(Broken::TooLarge);

/// Plays `act` to a call that charges nothing and to one that charges.
async fn check(what: &str, act: Act, end: End) {
    let client = Client::http().expect("a client");
    for charges in [false, true] {
        let server = Server::start([act.clone()]).await;
        let auth = Auth::new(
            server.url("").parse().expect("an origin"),
            AppKey::new("KEY-S3CR3T").expect("a key"),
            SecretKey::new("S3CR3T").expect("a secret"),
        );
        let call = async {
            if charges {
                let period = Period::Day;
                let called = client.once(&CreateReport { period }, &auth, None).await;
                called.map(|(answer, _)| assert_eq!(answer.value.order_no, "JKDAY-1"))
            } else {
                let order_no = "JKDAY-1".to_owned();
                let called = client.once(&GetReportInfo { order_no }, &auth, None).await;
                called.map(drop)
            }
        };
        let result = if end == LATE {
            server.outlasts(call).await
        } else {
            tokio::time::timeout(Duration::from_secs(60), call)
                .await
                .unwrap_or_else(|_| unreachable!("{what}: no end"))
        };
        assert_eq!(server.connections(), 1, "{what}");
        let shown = format!("{what}, charges: {charges}: {result:?}");
        assert_eq!(ended(&result), end, "{shown}");
        assert!(!shown.contains("S3CR3T"), "{shown}");
        if let Err(error) = result {
            assert_eq!(error.outcome(), Outcome::Unclear, "{shown}");
            let delivery = match end {
                End::Broken(_) => Delivery::MaybeSent,
                _ => Delivery::Answered,
            };
            assert_eq!(error.delivery(), delivery, "{shown}");
            assert_eq!(error.attempts().len(), 1, "{shown}");
        }
    }
}

fn ended(result: &Result<(), CallError>) -> End {
    match result {
        Ok(()) => End::Value,
        Err(error) => error
            .transport_error()
            .map_or(End::Answer, |error| End::Broken(error.kind())),
    }
}

/// A whole reply with a length, with HTTP 200.
fn ok(headers: &str, body: &[u8]) -> Act {
    Act::Reply(reply("200 OK", headers, body))
}

/// A reply with HTTP 200 and just these headers.
fn raw(headers: &str, body: &[u8]) -> Act {
    Act::Reply(head("200 OK", headers, body))
}

fn chunked(body: &[u8]) -> Act {
    raw("transfer-encoding: chunked\r\n", body)
}

fn good_in_chunks() -> Vec<u8> {
    let mut body = Vec::new();
    for chunk in GOOD.chunks(7) {
        body.extend_from_slice(format!("{:X};why=not\r\n", chunk.len()).as_bytes());
        body.extend_from_slice(chunk);
        body.extend_from_slice(b"\r\n");
    }
    body
}

fn gzip(plain: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(plain).expect("memory");
    encoder.finish().expect("memory")
}

fn zlib(plain: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(plain).expect("memory");
    encoder.finish().expect("memory")
}

#[tokio::test]
async fn what_is_no_answer_of_the_vendor() {
    let page = b"<!DOCTYPE html><title>502</title><h1>Bad Gateway";
    for (what, act) in [
        ("empty", ok("", b"")),
        ("HTML", ok("content-type: text/html\r\n", page)),
        (
            "an error as XML",
            ok("", b"<?xml version=\"1.0\"?><Error/>"),
        ),
        ("a list", ok("", b"[200,{}]")),
        ("half", ok("", &GOOD[..GOOD.len() - 30])),
        ("no content", Act::Reply(head("204 No Content", "", GOOD))),
        (
            "not modified",
            Act::Reply(head("304 Not Modified", "", b"")),
        ),
        (
            "switched",
            Act::Reply(head(
                "101 Switching Protocols",
                "connection: upgrade\r\nupgrade: h2c\r\n",
                GOOD,
            )),
        ),
        ("an odd status", Act::Reply(reply("999 Whatever", "", GOOD))),
    ] {
        check(what, act, End::Answer).await;
    }
    for status in [300, 301, 302, 303, 307, 308] {
        let to = "location: /elsewhere\r\n";
        let act = Act::Reply(reply(&format!("{status} Go On"), to, GOOD));
        check(&status.to_string(), act, End::Answer).await;
    }
}

#[tokio::test]
async fn lengths_that_are_wrong() {
    let more = GOOD.len() + 1;
    for (what, headers, end) in [
        ("too long", format!("content-length: {more}\r\n"), CUT),
        (
            "too short",
            "content-length: 60\r\n".to_owned(),
            End::Answer,
        ),
        ("zero", "content-length: 0\r\n".to_owned(), End::Answer),
        ("not a number", "content-length: many\r\n".to_owned(), CUT),
        ("negative", "content-length: -1\r\n".to_owned(), CUT),
        (
            "beyond 2^64",
            "content-length: 99999999999999999999\r\n".to_owned(),
            CUT,
        ),
        ("100 MB", "content-length: 100000000\r\n".to_owned(), LARGE),
        (
            "2^63",
            "content-length: 9223372036854775808\r\n".to_owned(),
            LARGE,
        ),
        ("none", String::new(), End::Value),
        (
            "two that differ",
            format!("content-length: {}\r\ncontent-length: 5\r\n", GOOD.len()),
            CUT,
        ),
    ] {
        check(what, raw(&headers, GOOD), end).await;
    }
    // Nothing of it is waited for.
    let stalled = Act::Stall(head("200 OK", "content-length: 100000000\r\n", b""));
    check("100 MB that never come", stalled, LARGE).await;
}

#[tokio::test]
async fn chunks() {
    let end = |end: &[u8]| chunked(&[&good_in_chunks(), end].concat());
    check("whole", end(b"0\r\n\r\n"), End::Value).await;
    check(
        "trailers",
        end(b"0\r\nx-sum: 1\r\nstatus: 500\r\n\r\n"),
        End::Value,
    )
    .await;
    check("cut before the end", end(b""), CUT).await;
    check("cut within the end", end(b"0\r\n"), CUT).await;
    check("no size", end(b"\r\n\r\n"), CUT).await;
    check("a size that is none", end(b"xyz\r\n\r\n"), CUT).await;
    check("a size beyond 2^64", end(b"fffffffffffffffff\r\nx"), CUT).await;
    check("no line after a chunk", chunked(b"2\r\n{}0\r\n\r\n"), CUT).await;
    let both = "transfer-encoding: chunked\r\ncontent-length: 3\r\n";
    let both = raw(both, &[&good_in_chunks()[..], b"0\r\n\r\n"].concat());
    check("chunks and a length", both, End::Value).await;
}

#[tokio::test]
async fn what_never_ends_ends() {
    let flood = |begin: &[u8], piece: &[u8]| Act::Flood(begin.to_vec(), piece.to_vec());
    let megabyte = vec![b'x'; 1 << 20];
    check("a body", flood(&head("200 OK", "", b""), &megabyte), LARGE).await;
    let chunk = [b"100000\r\n", &megabyte[..], b"\r\n"].concat();
    let begin = head("200 OK", "transfer-encoding: chunked\r\n", b"");
    check("chunks", flood(&begin, &chunk), LARGE).await;
    let announced = head("200 OK", "content-length: 100000000\r\n", b"");
    check("100 MB", flood(&announced, &megabyte), LARGE).await;

    check(
        "an extension",
        flood(&[&begin[..], b"1;"].concat(), &megabyte),
        CUT,
    )
    .await;
    let trailers = [&begin[..], b"0\r\n"].concat();
    check("trailers", flood(&trailers, b"x-more: and more\r\n"), CUT).await;
    check("a status", flood(b"HTTP/1.1 200 ", &megabyte), CUT).await;
    check("a header", flood(b"HTTP/1.1 200 OK\r\nx: ", &megabyte), CUT).await;
    let headers = flood(b"HTTP/1.1 200 OK\r\n", b"x-more: and more\r\n");
    check("headers", headers, CUT).await;
    let interim = b"HTTP/1.1 100 Continue\r\n\r\n";
    check("interim answers", flood(b"", interim), LATE).await;
}

#[tokio::test]
async fn the_slow_are_given_up() {
    check("nothing", Act::Stall(Vec::new()), LATE).await;
    check(
        "a slow head",
        Act::Drip(b"HTTP/1.1 200 OK\r\nx: ".to_vec()),
        LATE,
    )
    .await;
    let begun = head("200 OK", "content-length: 1000000\r\n", b"{");
    check("a slow body", Act::Drip(begun), LATE).await;
    let begun = head("200 OK", "", &GOOD[..GOOD.len() - 1]);
    check("no end", Act::Stall(begun), LATE).await;
}

#[tokio::test]
async fn compressed_answers_are_read() {
    let gzipped = gzip(GOOD);
    for (coding, body, end) in [
        ("gzip", &gzipped[..], End::Value),
        ("x-gzip", &gzipped, End::Value),
        ("deflate", &zlib(GOOD), End::Value),
        // Only called so.
        ("gzip", GOOD, End::Value),
        ("identity", GOOD, End::Value),
        ("gzip", &gzipped[..gzipped.len() - 1], End::Answer),
        ("gzip", &gzipped[..20], End::Answer),
        ("br", b"\x8b\x02\x80{}\x03", End::Answer),
        ("gzip, br", &gzipped, End::Answer),
        ("gzip", &gzip(&gzipped), End::Answer),
        ("gzip", &gzip(&vec![b' '; 1 << 20]).repeat(100), LARGE),
        ("deflate", &zlib(&vec![b' '; 9 << 20]), LARGE),
    ] {
        let headers = format!("content-encoding: {coding}\r\n");
        let what = format!("{coding}, {} bytes", body.len());
        check(&what, ok(&headers, body), end).await;
    }
}

#[tokio::test]
async fn json_that_is_out_to_hurt() {
    let deep = |open: &str, n: usize| open.repeat(n);
    let within = |result: &str| {
        let body = format!(r#"{{"Status":"200","Result":{result}}}"#);
        ok("", body.as_bytes())
    };
    let lists = format!("{}{}", deep("[", 500_000), deep("]", 500_000));
    let objects = format!("{}1{}", deep(r#"{"a":"#, 120_000), deep("}", 120_000));
    let names: String = (0..90_000).map(|n| format!("\"{n}\":0,")).collect();
    for (what, act, end) in [
        ("lists", ok("", lists.as_bytes()), End::Answer),
        ("objects", ok("", objects.as_bytes()), End::Answer),
        (
            "lists without end",
            ok("", deep("[", 1_000_000).as_bytes()),
            End::Answer,
        ),
        (
            "objects without end",
            ok("", deep(r#"{"a":"#, 200_000).as_bytes()),
            End::Answer,
        ),
        ("lists within", within(&lists), End::Answer),
        ("objects within", within(&objects), End::Answer),
        (
            "lists in a text within",
            within(&format!("\"{lists}\"")),
            End::Answer,
        ),
        (
            "objects in a text within",
            within(&format!("\"{}\"", objects.replace('"', "\\\""))),
            End::Answer,
        ),
        (
            "beside what is good",
            ok(
                "",
                [
                    &GOOD[..GOOD.len() - 1],
                    b",\"More\":",
                    lists.as_bytes(),
                    b"}",
                ]
                .concat()
                .as_slice(),
            ),
            End::Value,
        ),
        (
            "a deep status",
            ok("", format!("{{\"Status\":{objects}}}").as_bytes()),
            End::Answer,
        ),
        (
            "an endless number",
            ok(
                "",
                &[b"{\"Status\":", &[b'9'; 1_000_000][..], b"}"].concat(),
            ),
            End::Answer,
        ),
        (
            "beyond 2^63",
            ok("", br#"{"Status":9223372036854775809}"#),
            End::Answer,
        ),
        ("1e400", ok("", br#"{"Status":1e400}"#), End::Answer),
        ("-0", ok("", br#"{"Status":-0}"#), End::Answer),
        (
            "invalid UTF-8",
            ok(
                "",
                b"{\"Status\":\"200\",\"Result\":{\"orderNo\":\"\xff\xfe\"}}",
            ),
            End::Answer,
        ),
        // 成功 in GB18030.
        (
            "GB18030",
            ok(
                "",
                b"{\"Status\":\"200\",\"Message\":\"\xb3\xc9\xb9\xa6\",\"Result\":{}}",
            ),
            End::Answer,
        ),
        (
            "UTF-16",
            ok("", &GOOD.iter().flat_map(|b| [*b, 0]).collect::<Vec<_>>()),
            End::Answer,
        ),
        (
            "a byte-order mark",
            ok("", &[b"\xef\xbb\xbf", GOOD].concat()),
            End::Value,
        ),
        (
            "a lone surrogate",
            ok("", br#"{"Status":"200","Message":"\ud800"}"#),
            End::Answer,
        ),
        (
            "nothing but names",
            ok("", format!("{{{names}\"Status\":\"777\"}}").as_bytes()),
            End::Answer,
        ),
        ("NaN", ok("", br#"{"Status":NaN}"#), End::Answer),
        ("two objects", ok("", &[GOOD, GOOD].concat()), End::Answer),
    ] {
        check(what, act, end).await;
    }
    // The same name twice: 101 would prove that nothing was done, and 200 that it was.
    for (first, second) in [("200", "101"), ("101", "200"), ("101", "101")] {
        let body = format!(
            r#"{{"Status":"{first}","Status":"{second}","Result":{{"orderNo":"JKDAY-1","reportStatus":"P"}}}}"#
        );
        check(&body, ok("", body.as_bytes()), End::Answer).await;
    }
    let twice = within(r#"{"orderNo":"JKDAY-1","orderNo":"JKDAY-2","reportStatus":"P"}"#);
    check("two numbers of the order", twice, End::Answer).await;
}

#[tokio::test]
async fn heads_that_are_out_to_hurt() {
    for (what, headers, end) in [
        (
            "a date from nowhere",
            "date: Thu, 99 Foo 0000 99:99:99 XYZ\r\n",
            End::Value,
        ),
        (
            "the last date",
            "date: Fri, 31 Dec 9999 23:59:59 GMT\r\n",
            End::Value,
        ),
        (
            "the first date",
            "date: Mon, 01 Jan 0001 00:00:00 GMT\r\n",
            End::Value,
        ),
        ("a date that is no text", "date: \u{e9}\u{0f}\r\n", CUT),
        ("names that are none", "x y: z\r\n", CUT),
        ("a line without a name", "what is this\r\n", CUT),
        ("a zero", "x: a\0b\r\n", CUT),
        ("a folded line", "x: a\r\n b\r\n", CUT),
    ] {
        check(what, ok(headers, GOOD), end).await;
    }
    let many = "x-more: and more\r\n".repeat(200);
    check("200 headers", ok(&many, GOOD), CUT).await;
    for (pause, end) in [
        ("99999999999999999999", End::Answer),
        ("-1", End::Answer),
        ("1e9", End::Answer),
        ("Fri, 31 Dec 9999 23:59:59 GMT", End::Answer),
        ("Mon, 01 Jan 0001 00:00:00 GMT", End::Answer),
    ] {
        let headers = format!("retry-after: {pause}\r\n");
        let act = Act::Reply(reply("503 Service Unavailable", &headers, b""));
        check(pause, act, end).await;
    }
}

#[tokio::test]
async fn what_is_hardly_http() {
    let good = reply("200 OK", "", GOOD);
    let after = |first: &str| [first.as_bytes(), &good].concat();
    for (what, bytes, end) in [
        (
            "100 first",
            after("HTTP/1.1 100 Continue\r\n\r\n"),
            End::Value,
        ),
        (
            "103 first",
            after("HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n"),
            End::Value,
        ),
        (
            "102 and 100 first",
            after("HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 100 C\r\n\r\n"),
            End::Value,
        ),
        ("HTTP/0.9", GOOD.to_vec(), CUT),
        (
            "HTTP/1.0",
            [b"HTTP/1.0 200 OK\r\n\r\n", GOOD].concat(),
            End::Value,
        ),
        ("HTTP/2", b"HTTP/2 200\r\n\r\n".to_vec(), CUT),
        (
            "frames of HTTP/2",
            b"\0\0\x12\x04\0\0\0\0\0\0\x03\0\0\0\x80".to_vec(),
            CUT,
        ),
        ("a TLS alert", b"\x15\x03\x01\x00\x02\x02\x46".to_vec(), CUT),
        ("SSH", b"SSH-2.0-OpenSSH_9.9\r\n".to_vec(), CUT),
        (
            "a request",
            b"GET / HTTP/1.1\r\nhost: a\r\n\r\n".to_vec(),
            CUT,
        ),
        ("status 99", b"HTTP/1.1 99 Low\r\n\r\n".to_vec(), CUT),
        ("status 1000", b"HTTP/1.1 1000 High\r\n\r\n".to_vec(), CUT),
        ("no status", b"HTTP/1.1 \r\n\r\n".to_vec(), CUT),
        ("zeros", vec![0; 1000], CUT),
        (
            "bare line ends",
            [b"HTTP/1.1 200 OK\n\n", GOOD].concat(),
            End::Value,
        ),
        (
            "half a head",
            b"HTTP/1.1 200 OK\r\ncontent-le".to_vec(),
            CUT,
        ),
    ] {
        check(what, Act::Reply(bytes), end).await;
    }
}

/// What comes after the end of an answer is not the answer to the next question.
#[tokio::test]
async fn what_is_left_over_answers_nothing() {
    let forged = reply(
        "200 OK",
        "",
        br#"{"Status":"200","Result":{"orderNo":"JKDAY-1","reportStatus":"F"}}"#,
    );
    let both = [reply("200 OK", "", GOOD), forged].concat();
    let server = Server::start([Act::Serve(both.clone()), Act::Serve(both)]).await;
    let auth = Auth::new(
        server.url("").parse().expect("an origin"),
        AppKey::new("KEY").expect("a key"),
        SecretKey::new("SECRET").expect("a secret"),
    );
    let client = Client::http().expect("a client");
    let ask = GetReportInfo {
        order_no: "JKDAY-1".to_owned(),
    };
    for _ in 0..2 {
        let (answer, _) = client.once(&ask, &auth, None).await.expect("an answer");
        assert_eq!(answer.value, jindiao_protocol_qcc::ReportInfo::Pending);
    }
    assert_eq!(server.connections(), 2);
}
