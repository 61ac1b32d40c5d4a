//! A server that does exactly what it is told, connection by connection.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// What happens to one connection.
#[derive(Clone)]
pub(crate) enum Act {
    /// Closes it without a look.
    CloseAtOnce,
    /// Reads a request and closes it.
    CloseAfterRequest,
    /// Reads a request, writes this and closes it.
    Reply(Vec<u8>),
    /// Answers this to every request on it.
    Serve(Vec<u8>),
    /// Reads a request, writes this and then nothing more.
    Stall(Vec<u8>),
    /// Reads a request, writes this, and then single bytes without end.
    Drip(Vec<u8>),
    /// Reads a request, writes the first, and then the second over and over.
    Flood(Vec<u8>, Vec<u8>),
}

pub(crate) struct Server {
    pub(crate) port: u16,
    log: Arc<Mutex<Log>>,
    task: JoinHandle<()>,
}

#[derive(Default)]
struct Log {
    connections: usize,
    requests: Vec<String>,
    /// Whether a connection came to where nothing new happens on it any more.
    is_stuck: bool,
}

impl Server {
    /// One act for each connection; when they are used up, connections are closed at once.
    pub(crate) async fn start(acts: impl IntoIterator<Item = Act>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let log = Arc::new(Mutex::new(Log::default()));
        let acts: Vec<Act> = acts.into_iter().collect();
        let task = tokio::spawn(run(listener, acts, Arc::clone(&log)));
        Self { port, log, task }
    }

    /// Reads one request, writes the first, and the second when it is told to.
    pub(crate) async fn held(
        first: Vec<u8>,
        second: Vec<u8>,
    ) -> (Self, tokio::sync::oneshot::Sender<()>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let log = Arc::new(Mutex::new(Log::default()));
        let (finish, told) = tokio::sync::oneshot::channel();
        let task = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.expect("a connection");
            read_head(&mut stream).await.expect("a request");
            stream.write_all(&first).await.expect("the client");
            told.await.expect("a word");
            stream.write_all(&second).await.expect("the client");
        });
        (Self { port, log, task }, finish)
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    /// The heads of all requests that came whole, in lower case.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.log.lock().expect("the log").requests.clone()
    }

    pub(crate) fn connections(&self) -> usize {
        self.log.lock().expect("the log").connections
    }

    /// What becomes of `call` when the server stalls, drips or floods, and a minute goes by.
    ///
    /// Tokio's clock stands still until the server has come to that and what it sent has arrived,
    /// and shows the minute at once then: no limit is met earlier because the machine was busy.
    pub(crate) async fn outlasts<T>(&self, call: impl Future<Output = T>) -> T {
        tokio::time::pause();
        let clock = async {
            let begun = Instant::now();
            let turn = async || {
                assert!(begun.elapsed() < Duration::from_secs(60), "no end");
                tokio::task::yield_now().await;
            };
            while !self.log.lock().expect("the log").is_stuck {
                turn().await;
            }
            for _ in 0..1000 {
                turn().await;
            }
            tokio::time::advance(Duration::from_secs(60)).await;
            loop {
                turn().await;
                tokio::time::advance(Duration::from_millis(1)).await;
            }
        };
        let result = tokio::select! {
            result = call => result,
            () = clock => unreachable!("it goes on until the call has ended"),
        };
        tokio::time::resume();
        result
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// An HTTP/1.1 reply with a length.
pub(crate) fn reply(status: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    head(
        status,
        &format!("{headers}content-length: {}\r\n", body.len()),
        body,
    )
}

/// An HTTP/1.1 reply with exactly these headers, each ended by CRLF.
pub(crate) fn head(status: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let mut reply = format!("HTTP/1.1 {status}\r\n{headers}\r\n").into_bytes();
    reply.extend_from_slice(body);
    reply
}

async fn run(listener: TcpListener, acts: Vec<Act>, log: Arc<Mutex<Log>>) {
    let mut acts = acts.into_iter();
    // Dropping it ends what still runs.
    let mut connections = tokio::task::JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        log.lock().expect("the log").connections += 1;
        let act = acts.next().unwrap_or(Act::CloseAtOnce);
        connections.spawn(play(stream, act, Arc::clone(&log)));
    }
}

async fn play(mut stream: TcpStream, act: Act, log: Arc<Mutex<Log>>) {
    if let Act::CloseAtOnce = act {
        return;
    }
    let again = matches!(act, Act::Serve(_));
    while let Some(request) = read_head(&mut stream).await {
        log.lock().expect("the log").requests.push(request);
        match &act {
            Act::CloseAtOnce | Act::CloseAfterRequest => {}
            Act::Reply(bytes)
            | Act::Serve(bytes)
            | Act::Stall(bytes)
            | Act::Drip(bytes)
            | Act::Flood(bytes, _) => {
                if stream.write_all(bytes).await.is_err() {
                    return;
                }
            }
        }
        let stuck = || log.lock().expect("the log").is_stuck = true;
        match &act {
            Act::Stall(_) => {
                stuck();
                std::future::pending::<()>().await;
            }
            Act::Drip(_) => {
                while stream.write_all(b".").await.is_ok() {
                    stuck();
                    tokio::time::sleep(Duration::from_millis(2)).await;
                }
            }
            Act::Flood(_, piece) => {
                let mut written = 0;
                while stream.write_all(piece).await.is_ok() {
                    written += piece.len();
                    if written > 1 << 17 {
                        stuck();
                    }
                }
            }
            _ => {}
        }
        if !again {
            return;
        }
    }
}

/// A request head, in lower case; none of the tests sends a body.
async fn read_head(stream: &mut TcpStream) -> Option<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.ok()?);
    }
    Some(String::from_utf8_lossy(&head).to_lowercase())
}
