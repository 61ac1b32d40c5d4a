//! Small servers that are not vendors: one that answers the same to everybody, with or without TLS, and
//! proxies.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// A server of our own.
pub(crate) struct Server {
    pub(crate) addr: SocketAddr,
    heads: Arc<Mutex<Vec<String>>>,
}

impl Server {
    /// One that gives `answer` to every request.
    pub(crate) fn answering(answer: impl Into<String>) -> Self {
        let answer = answer.into();
        Self::serving(move |mut stream, _| {
            let _ = stream.write_all(answer.as_bytes());
        })
    }

    /// The same over TLS, as `localhost`, with a certificate that nobody trusts.
    pub(crate) fn trusted_by_nobody(answer: impl Into<String>) -> Self {
        let pem = |text: &'static str| text.as_bytes();
        let certificates = CertificateDer::pem_slice_iter(pem(include_str!("tls/localhost.pem")))
            .collect::<Result<Vec<_>, _>>()
            .expect("a certificate");
        let key =
            PrivateKeyDer::from_pem_slice(pem(include_str!("tls/localhost.key"))).expect("a key");
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_no_client_auth()
            .with_single_cert(certificates, key)
            .expect("a certificate and its key");
        let (config, answer) = (Arc::new(config), answer.into());
        Self::listening(move |stream, heads| {
            let connection = rustls::ServerConnection::new(Arc::clone(&config));
            let mut stream = rustls::StreamOwned::new(connection.expect("a connection"), stream);
            // Whoever does not trust us hangs up.
            if let Some(head) = head(&mut stream) {
                heads.lock().expect("no panic").push(head);
                let _ = stream.write_all(answer.as_bytes());
                stream.conn.send_close_notify();
                let _ = stream.flush();
            }
        })
    }

    /// A proxy: requests for plain http, and tunnels, go to `server` whatever they ask for.
    pub(crate) fn proxy_to(server: SocketAddr) -> Self {
        Self::serving(move |mut stream, head| {
            let mut server = TcpStream::connect(server).expect("a server");
            if head.starts_with("CONNECT ") {
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n");
            } else {
                // One request for each connection, and no body: calls of our vendors are GETs.
                let head = head.replacen("\r\n", "\r\nconnection: close\r\n", 1);
                let path = head.find("//").and_then(|at| {
                    let after = &head[at + 2..];
                    after.find('/').map(|end| at + 2 + end)
                });
                let method = head.split(' ').next().unwrap_or_default();
                let rest = path.map_or("", |at| &head[at..]);
                let _ = write!(server, "{method} {rest}");
            }
            pass(stream, server);
        })
    }

    /// A SOCKS5 proxy to `server`, whatever is asked for: a name must be.
    pub(crate) fn socks_to(server: SocketAddr) -> Self {
        Self::listening(move |mut stream, heads| {
            let mut greeting = [0; 2];
            stream.read_exact(&mut greeting).expect("a greeting");
            let mut methods = vec![0; greeting[1].into()];
            stream.read_exact(&mut methods).expect("methods");
            stream.write_all(&[5, 0]).expect("an answer");
            let mut request = [0; 5];
            stream.read_exact(&mut request).expect("a request");
            assert_eq!(request[..4], [5, 1, 0, 3], "a name is asked for");
            let mut name = vec![0; usize::from(request[4]) + 2];
            stream.read_exact(&mut name).expect("a name");
            name.truncate(name.len() - 2);
            let name = String::from_utf8(name).expect("UTF-8");
            heads.lock().expect("no panic").push(name);
            let answer = [5, 0, 0, 1, 0, 0, 0, 0, 0, 0];
            stream.write_all(&answer).expect("an answer");
            pass(stream, TcpStream::connect(server).expect("a server"));
        })
    }

    /// The heads of all requests, or the names that a SOCKS proxy was asked for.
    pub(crate) fn heads(&self) -> Vec<String> {
        self.heads.lock().expect("no panic").clone()
    }

    fn serving(each: impl Fn(TcpStream, String) + Send + Sync + 'static) -> Self {
        Self::listening(move |mut stream, heads| {
            if let Some(head) = head(&mut stream) {
                heads.lock().expect("no panic").push(head.clone());
                each(stream, head);
            }
        })
    }

    /// It serves as long as the tests run.
    fn listening(each: impl Fn(TcpStream, &Mutex<Vec<String>>) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let addr = listener.local_addr().expect("an address");
        let heads = Arc::<Mutex<Vec<String>>>::default();
        let (keep, each) = (Arc::clone(&heads), Arc::new(each));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (keep, each) = (Arc::clone(&keep), Arc::clone(&each));
                let _ = stream.set_read_timeout(Some(Duration::from_secs(30)));
                thread::spawn(move || each(stream, &keep));
            }
        });
        Self { addr, heads }
    }
}

/// A request up to its empty line.
fn head(stream: &mut impl Read) -> Option<String> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read(&mut byte) {
            Ok(1) => head.push(byte[0]),
            _ => return None,
        }
    }
    String::from_utf8(head).ok()
}

/// Both directions until both end.
fn pass(client: TcpStream, server: TcpStream) {
    let copy = |mut from: TcpStream, mut to: TcpStream| {
        let _ = std::io::copy(&mut from, &mut to);
        let _ = to.shutdown(Shutdown::Write);
    };
    let back = (
        server.try_clone().expect("a stream"),
        client.try_clone().expect("a stream"),
    );
    let thread = thread::spawn(move || copy(back.0, back.1));
    copy(client, server);
    let _ = thread.join();
}
