//! Penglai on 127.0.0.1, as its contract says, and what becomes of orders there.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use http::Method;
use jindiao_client::{
    AddressPolicy, Client, DownloadLimits, HttpTransport, Pace, PaceLimits, SystemClock,
};
use jindiao_protocol::{CompanyName, Exchange as _, Timestamp};
use penglai_vendor::order::{Orders, Seen, Stand};
use penglai_vendor::{Auth, OrderDossier, Secret};
use serde_json::{Value, json};

const REPORT: &[u8] = b"%PDF-1.4\n1 0 obj <<>> endobj\ntrailer <<>>\n%%EOF\n";

/// What goes wrong with the next order.
#[derive(Clone, Copy, PartialEq)]
enum Twist {
    None,
    /// It is charged, and the answer is lost.
    AnswerLost,
    /// It is charged, and a gateway answers with a page.
    Page,
    /// It is refused with this code.
    Refused(&'static str),
    /// It is made, and the next link to it is none.
    NoLink,
}

#[derive(Debug, Default, Clone)]
struct Book {
    charged: u32,
    asked: u32,
    links_are_none: bool,
}

/// The vendor: checks signatures, counts charges, and needs two questions to make a dossier.
struct Penglai {
    auth: Auth,
    book: Arc<Mutex<Book>>,
    twist: Arc<Mutex<Twist>>,
}

impl Penglai {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let origin = format!("http://{}", listener.local_addr().expect("an address"));
        let auth = Auth {
            origin: origin.parse().expect("an origin"),
            account: "fake-account".to_owned(),
            secret: Secret::new("FAKE-SECRET"),
        };
        let penglai = Self {
            auth: auth.clone(),
            book: Arc::default(),
            twist: Arc::new(Mutex::new(Twist::None)),
        };
        let (book, twist) = (penglai.book.clone(), penglai.twist.clone());
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let _ = answer(stream, &auth, &book, &twist);
            }
        });
        penglai
    }

    fn book(&self) -> Book {
        self.book.lock().expect("the book").clone()
    }

    fn twist(&self, twist: Twist) {
        *self.twist.lock().expect("the twist") = twist;
    }

    /// A process that begins: its orders in `folder`, and how often it may call.
    fn orders(&self, folder: &Path, limits: PaceLimits) -> Orders {
        let transport = HttpTransport::new().expect("a transport");
        let client = Client::new(transport, SystemClock::new());
        let pace = Pace::new(limits, Arc::clone(client.time()));
        let downloads = DownloadLimits::default().with_addresses(AddressPolicy::PRIVATE_TOO);
        let auth = self.auth.clone();
        Orders::new(client, auth, pace, folder.to_owned(), downloads)
            .with_poll_interval(Duration::from_millis(5))
    }
}

fn answer(
    mut stream: TcpStream,
    auth: &Auth,
    book: &Mutex<Book>,
    twist: &Mutex<Twist>,
) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        match line.trim_end() {
            "" => break,
            line => lines.push(line.to_owned()),
        }
    }
    let header = |name: &str| {
        lines.iter().find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name)
                .then(|| value.trim().to_owned())
        })
    };
    let length = header("content-length").and_then(|it| it.parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    reader.read_exact(&mut body)?;
    let mut words = lines.first().map_or("", String::as_str).split(' ');
    let (method, path) = (words.next().unwrap_or(""), words.next().unwrap_or(""));

    let mut reply = |kind: &str, body: &[u8]| -> std::io::Result<()> {
        let head = format!(
            "HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
            body.len()
        );
        stream.write_all(head.as_bytes())?;
        stream.write_all(body)
    };
    if path.starts_with("/files/") {
        return reply("application/pdf", REPORT);
    }
    let method: Method = method.parse().unwrap_or_default();
    let time = header("x-time").and_then(|it| it.parse().ok()).unwrap_or(0);
    if header("x-sign") != Some(auth.sign(&method, path, time)) {
        return reply("application/json", br#"{"code":"E10"}"#);
    }
    let mut book = book.lock().expect("the book");
    let said: Value = if method == Method::POST {
        let twist = std::mem::replace(&mut *twist.lock().expect("the twist"), Twist::None);
        if let Twist::Refused(code) = twist {
            json!({ "code": code })
        } else {
            book.charged += 1;
            match twist {
                Twist::AnswerLost => return Ok(()),
                Twist::Page => return reply("text/html", b"<html>try later</html>"),
                Twist::NoLink => book.links_are_none = true,
                _ => {}
            }
            json!({"code": "OK", "dossier": "D000001"})
        }
    } else {
        book.asked += 1;
        if book.asked < 2 {
            json!({"code": "OK", "state": "making"})
        } else if std::mem::take(&mut book.links_are_none) {
            json!({"code": "OK", "state": "ready", "url": "on the ferry"})
        } else {
            let url = format!("{}/files/D000001.pdf?Expires=4102444800", auth.origin);
            json!({"code": "OK", "state": "ready", "url": url})
        }
    };
    reply("application/json", said.to_string().as_bytes())
}

fn company() -> CompanyName {
    "蓬莱仙岛有限公司".parse().expect("a name")
}

async fn look(penglai: &Penglai, folder: &Path) -> Seen {
    look_within(PaceLimits::default(), penglai, folder).await
}

async fn look_within(limits: PaceLimits, penglai: &Penglai, folder: &Path) -> Seen {
    let orders = penglai.orders(folder, limits);
    orders.look(&company()).await.expect("a readable folder")
}

#[tokio::test]
async fn a_dossier_is_ordered_once_and_stored() {
    let (penglai, folder) = (Penglai::start(), tempfile::tempdir().expect("a folder"));
    let first = look(&penglai, folder.path()).await;
    let Seen::At(Stand::Stored { sha256 }) = first else {
        unreachable!("{first:?}");
    };
    let file = std::fs::read_dir(folder.path())
        .expect("a folder")
        .flatten()
        .find(|it| it.path().extension().is_some_and(|it| it == "pdf"))
        .expect("a report");
    assert_eq!(std::fs::read(file.path()).expect("a report"), REPORT);

    // Another process, later: it is here, and nothing is asked.
    let asked = penglai.book().asked;
    let again = look(&penglai, folder.path()).await;
    assert!(matches!(again, Seen::At(Stand::Stored { sha256: again }) if again == sha256));
    assert_eq!((penglai.book().charged, penglai.book().asked), (1, asked));
}

#[tokio::test]
async fn a_doubtful_charge_is_never_repeated() {
    for twist in [
        Twist::AnswerLost,
        Twist::Page,
        Twist::Refused("E50"),
        Twist::Refused("E99"),
    ] {
        let (penglai, folder) = (Penglai::start(), tempfile::tempdir().expect("a folder"));
        penglai.twist(twist);
        for _ in 0..3 {
            let seen = look(&penglai, folder.path()).await;
            assert!(matches!(seen, Seen::At(Stand::Uncertain)), "{seen:?}");
        }
        assert!(penglai.book().charged <= 1);
    }
}

#[tokio::test]
async fn what_surely_was_not_ordered_is_ordered_later() {
    let (penglai, folder) = (Penglai::start(), tempfile::tempdir().expect("a folder"));
    penglai.twist(Twist::Refused("E40"));
    let seen = look(&penglai, folder.path()).await;
    let Seen::NotOrdered(error) = seen else {
        unreachable!("{seen:?}");
    };
    let expect = "penglai dossiers/order: code E40 — No money is left.";
    assert_eq!(error.to_string(), expect);
    assert_eq!(penglai.book().charged, 0);
    let seen = look(&penglai, folder.path()).await;
    assert!(matches!(seen, Seen::At(Stand::Stored { .. })), "{seen:?}");
    assert_eq!(penglai.book().charged, 1);
}

#[tokio::test]
async fn without_a_permit_nothing_is_ordered_and_nothing_doubtful() {
    let (penglai, folder) = (Penglai::start(), tempfile::tempdir().expect("a folder"));
    let none = PaceLimits::default().with_daily_limit(0);
    let seen = look_within(none, &penglai, folder.path()).await;
    assert!(matches!(seen, Seen::NotToday(_)), "{seen:?}");
    assert_eq!(penglai.book().charged, 0);
    let seen = look(&penglai, folder.path()).await;
    assert!(matches!(seen, Seen::At(Stand::Stored { .. })), "{seen:?}");
}

#[tokio::test]
async fn a_link_that_is_none_is_asked_for_again() {
    let (penglai, folder) = (Penglai::start(), tempfile::tempdir().expect("a folder"));
    penglai.twist(Twist::NoLink);
    let seen = look(&penglai, folder.path()).await;
    assert!(matches!(seen, Seen::NoLink(_)), "{seen:?}");
    let seen = look(&penglai, folder.path()).await;
    assert!(matches!(seen, Seen::At(Stand::Stored { .. })), "{seen:?}");
    assert_eq!(penglai.book().charged, 1);
}

#[tokio::test]
async fn an_intent_of_a_process_that_is_gone_is_a_doubt() {
    let (penglai, folder) = (Penglai::start(), tempfile::tempdir().expect("a folder"));
    look(&penglai, folder.path()).await;
    for left_behind in [r#"{"state":"ordering"}"#, r#"{"sta"#, ""] {
        for file in std::fs::read_dir(folder.path())
            .expect("a folder")
            .flatten()
        {
            if file.path().extension().is_some_and(|it| it == "json") {
                std::fs::write(file.path(), left_behind).expect("written");
            }
        }
        let seen = look(&penglai, folder.path()).await;
        assert!(matches!(seen, Seen::At(Stand::Uncertain)), "{seen:?}");
    }
    assert_eq!(penglai.book().charged, 1);
}

/// Computed once with `sha256sum`, line by line as Penglai §2 has it.
#[test]
fn a_signature_step_by_step() {
    let auth = Auth {
        origin: penglai_vendor::ORIGIN.parse().expect("an origin"),
        account: "fake-account".to_owned(),
        secret: Secret::new("FAKE-SECRET"),
    };
    let order = OrderDossier { company: company() };
    let now = Timestamp::from_unix_seconds(1_700_000_000);
    let request = order.request(&auth, now).expect("a request");
    assert_eq!(request.uri(), "https://api.penglai.example/v1/dossiers");
    assert_eq!(request.headers()["x-time"], "1700000000");
    assert_eq!(
        request.headers()["x-sign"],
        "186a413020f18e39b2e0315f2caf2e35a52b24fdf8d1dbbb63de1249e3227c9b"
    );
    assert!(!format!("{auth:?} {request:?}").contains("SECRET"));
}
