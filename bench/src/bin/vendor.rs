//! A vendor that only answers: what it is asked, when, and what became of its links is counted.
//!
//! It speaks as much of QCC and PatSnap as the benchmarks need, checks nothing, and serves files of
//! any size. Its first line on stdout is JSON with its address.

use std::cell::RefCell;
use std::collections::HashMap;
use std::convert::Infallible;
use std::net::Ipv4Addr;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode, header};
use http_body_util::{BodyExt as _, Either, Full};
use hyper::body::{Body, Frame, Incoming, SizeHint};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use jiff::Timestamp;
use jindiao_bench::args::Args;
use jindiao_bench::samples;
use tokio::net::{TcpListener, TcpStream};

/// The file at `/big.pdf`.
const BIG: u64 = 1 << 30;
/// What it is made of.
const PIECE: usize = 256 * 1024;
/// The first job.
const FIRST_JOB: u64 = 1_579_434_053_399_035_904;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let args = Args::of_process();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    tokio::task::LocalSet::new().block_on(&runtime, serve(&args))
}

async fn serve(args: &Args) -> Result<(), Box<dyn std::error::Error>> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let addr = listener.local_addr()?;
    println!(r#"{{"addr":"{addr}"}}"#);
    let vendor = Rc::new(Vendor {
        base: format!("http://{addr}"),
        pending: Duration::from_millis(args.get("pending-ms", 0)?),
        link_life: Duration::from_millis(args.get("link-life-ms", 3_600_000)?),
        begun: Instant::now(),
        books: RefCell::default(),
        piece: Bytes::from(vec![b' '; PIECE]),
    });
    loop {
        let (stream, _) = listener.accept().await?;
        tokio::task::spawn_local(connection(stream, Rc::clone(&vendor)));
    }
}

async fn connection(stream: TcpStream, vendor: Rc<Vendor>) {
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request| {
        let vendor = Rc::clone(&vendor);
        async move { Ok::<_, Infallible>(vendor.answer(request).await) }
    });
    // Whoever hangs up has what they wanted.
    let _ = http1::Builder::new()
        .serve_connection(TokioIo::new(stream), service)
        .await;
}

struct Vendor {
    base: String,
    pending: Duration,
    link_life: Duration,
    begun: Instant,
    books: RefCell<Books>,
    piece: Bytes,
}

/// What is remembered.
#[derive(Default)]
struct Books {
    /// When each call of a vendor's account arrived, in microseconds.
    stamps: Vec<u64>,
    /// When each job was ordered.
    jobs: Vec<Instant>,
    /// When each job's link was first given out.
    links: HashMap<u64, Instant>,
    /// The jobs that were downloaded before their link died.
    in_time: HashMap<u64, ()>,
    /// How often a dead link was followed.
    late: u64,
}

type Answer = Response<Either<Full<Bytes>, Big>>;

impl Vendor {
    async fn answer(&self, request: Request<Incoming>) -> Answer {
        let arrived = Instant::now();
        let (parts, body) = request.into_parts();
        let path = parts.uri.path();
        let query = parts.uri.query().unwrap_or_default();
        if parts.method == Method::POST {
            // An answer to half a request would cut the other half off.
            let _ = body.collect().await;
        }
        match path {
            "/books" => return json(self.books()),
            "/big.pdf" => return big(self.piece.clone()),
            _ => {}
        }
        if let Some(file) = path.strip_prefix("/files/") {
            return self.file(file, arrived);
        }
        let micros = arrived.duration_since(self.begun).as_micros();
        let micros = u64::try_from(micros).unwrap_or(u64::MAX);
        self.books.borrow_mut().stamps.push(micros);
        match path {
            "/oauth/token" => json(format!(
                r#"{{"token":"{}","token_type":"BearerToken","expires_in":1799,"status":"approved","issued_at":{}}}"#,
                samples::ACCESS_TOKEN,
                Timestamp::now().as_millisecond(),
            )),
            "/innovation/company-report/task/create" => {
                let mut books = self.books.borrow_mut();
                books.jobs.push(arrived);
                let job = FIRST_JOB + books.jobs.len() as u64 - 1;
                json(samples::created_body(&job.to_string()))
            }
            "/innovation/company-report/job_id/status" => self.status(query, arrived),
            "/api/radar_ext/getReportInfo" => json(samples::report_info_body(samples::URL)),
            "/api/yj/EciImage/GetEciImage" => json(samples::eci_image_body(&format!(
                "{}/files/a.png",
                self.base
            ))),
            _ => {
                let mut response = json("{}".to_owned());
                *response.status_mut() = StatusCode::NOT_FOUND;
                response
            }
        }
    }

    fn status(&self, query: &str, now: Instant) -> Answer {
        let job = query
            .split('&')
            .find_map(|pair| pair.strip_prefix("job_id="));
        let job = job.and_then(|id| id.parse::<u64>().ok());
        let mut books = self.books.borrow_mut();
        let ordered = job.and_then(|job| {
            let n = usize::try_from(job.checked_sub(FIRST_JOB)?).ok()?;
            books.jobs.get(n).copied()
        });
        let (Some(job), Some(ordered)) = (job, ordered) else {
            return json(r#"{"data":null,"status":false,"error_code":68300013}"#.to_owned());
        };
        if now.duration_since(ordered) < self.pending {
            return json(samples::status_body(&job.to_string(), 0, ""));
        }
        books.links.entry(job).or_insert(now);
        let end = Timestamp::now().as_millisecond()
            + i64::try_from(self.link_life.as_millis()).unwrap_or(i64::MAX / 2);
        let url = format!("{}/files/{job}.pdf?Expires={}", self.base, end / 1000);
        json(samples::status_body(&job.to_string(), 2, &url))
    }

    fn file(&self, name: &str, now: Instant) -> Answer {
        if name.ends_with(".png") {
            return file("image/png", samples::PNG);
        }
        if let Some(job) = name.strip_suffix(".pdf").and_then(|id| id.parse().ok()) {
            let mut books = self.books.borrow_mut();
            if let Some(given) = books.links.get(&job).copied() {
                if now.duration_since(given) > self.link_life {
                    books.late += 1;
                    let mut response = json("{}".to_owned());
                    *response.status_mut() = StatusCode::FORBIDDEN;
                    return response;
                }
                books.in_time.insert(job, ());
            }
        }
        file("application/pdf", samples::PDF)
    }

    fn books(&self) -> String {
        let books = self.books.borrow();
        serde_json::json!({
            "stamps": books.stamps,
            "calls": books.stamps.len(),
            "jobs": books.jobs.len(),
            "links": books.links.len(),
            "in_time": books.in_time.len(),
            "late": books.late,
        })
        .to_string()
    }
}

fn json(text: String) -> Answer {
    answer(
        "application/json;charset=UTF-8",
        Either::Left(Full::from(text)),
    )
}

fn file(kind: &'static str, bytes: &'static [u8]) -> Answer {
    answer(kind, Either::Left(Full::from(Bytes::from_static(bytes))))
}

fn big(piece: Bytes) -> Answer {
    answer("application/pdf", Either::Right(Big { piece, sent: 0 }))
}

fn answer(kind: &'static str, body: Either<Full<Bytes>, Big>) -> Answer {
    let mut response = Response::new(body);
    let kind = header::HeaderValue::from_static(kind);
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}

/// A file of [`BIG`] bytes that begins and ends as a PDF does.
struct Big {
    piece: Bytes,
    sent: u64,
}

impl Body for Big {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        const HEAD: &[u8] = b"%PDF-1.4\n";
        const TAIL: &[u8] = b"\n%%EOF\n";
        let tail = BIG - TAIL.len() as u64;
        let bytes = match self.sent {
            0 => Bytes::from_static(HEAD),
            BIG => return Poll::Ready(None),
            sent if sent == tail => Bytes::from_static(TAIL),
            sent => {
                let rest = usize::try_from(tail - sent).unwrap_or(usize::MAX);
                self.piece.slice(..PIECE.min(rest))
            }
        };
        self.sent += bytes.len() as u64;
        Poll::Ready(Some(Ok(Frame::data(bytes))))
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(BIG - self.sent)
    }
}
