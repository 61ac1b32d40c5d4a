//! A wire that remembers what went over it, and can keep answers back.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::Duration;

/// Listens, passes every connection on to a server, and keeps what was said in either direction.
pub(crate) struct Wire {
    pub(crate) addr: SocketAddr,
    heard: Arc<Heard>,
}

#[derive(Default)]
struct Heard {
    /// One for each direction of each connection.
    streams: Mutex<Vec<Vec<u8>>>,
    more: Condvar,
    /// Whether answers are kept back.
    is_held: Mutex<bool>,
    released: Condvar,
}

impl Wire {
    /// A wire to `server`, which serves as long as the tests run.
    pub(crate) fn to(server: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let addr = listener.local_addr().expect("an address");
        let heard = Arc::<Heard>::default();
        let keep = Arc::clone(&heard);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let Ok(server) = TcpStream::connect(server) else {
                    continue;
                };
                let both = client
                    .try_clone()
                    .and_then(|c| Ok((c, server.try_clone()?)));
                if let Ok((to_client, from_server)) = both {
                    let released = Arc::clone(&keep);
                    pass(client, server, Arc::clone(&keep), || {});
                    pass(from_server, to_client, Arc::clone(&keep), move || {
                        released.wait_for_release();
                    });
                }
            }
        });
        Self { addr, heard }
    }

    /// All that was said, each direction of each connection for itself.
    pub(crate) fn heard(&self) -> Vec<String> {
        let streams = self.heard.streams.lock().expect("no panic");
        let text = |stream: &Vec<u8>| String::from_utf8_lossy(stream).into_owned();
        streams.iter().map(text).collect()
    }

    /// How often `text` was said.
    pub(crate) fn count(&self, text: &str) -> usize {
        count(&self.heard.streams.lock().expect("no panic"), text)
    }

    /// Keeps answers back from now on.
    #[cfg(unix)]
    pub(crate) fn hold(&self) {
        *self.heard.is_held.lock().expect("no panic") = true;
    }

    /// Lets all answers through.
    #[cfg(unix)]
    pub(crate) fn release(&self) {
        *self.heard.is_held.lock().expect("no panic") = false;
        self.heard.released.notify_all();
    }

    /// Waits until `text` was said more than `before` times.
    pub(crate) fn wait_for(&self, text: &str, before: usize) {
        let streams = self.heard.streams.lock().expect("no panic");
        let limit = Duration::from_secs(60);
        let waited = self
            .heard
            .more
            .wait_timeout_while(streams, limit, |streams| count(streams, text) <= before)
            .expect("no panic");
        assert!(!waited.1.timed_out(), "nobody said {text}");
    }
}

impl Heard {
    fn wait_for_release(&self) {
        let held = self.is_held.lock().expect("no panic");
        let free = self.released.wait_while(held, |is_held| *is_held);
        drop(free.expect("no panic"));
    }
}

fn count(streams: &[Vec<u8>], text: &str) -> usize {
    let said = |stream: &Vec<u8>| String::from_utf8_lossy(stream).matches(text).count();
    streams.iter().map(said).sum()
}

/// Copies until the end, in a thread of its own; whatever it has, it keeps until `may_go_on` returns.
fn pass(
    mut from: TcpStream,
    mut to: TcpStream,
    heard: Arc<Heard>,
    may_go_on: impl Fn() + Send + 'static,
) {
    thread::spawn(move || {
        let mine = {
            let mut streams = heard.streams.lock().expect("no panic");
            streams.push(Vec::new());
            streams.len() - 1
        };
        let mut buffer = vec![0; 1 << 16];
        while let Ok(n @ 1..) = from.read(&mut buffer) {
            heard.streams.lock().expect("no panic")[mine].extend_from_slice(&buffer[..n]);
            heard.more.notify_all();
            may_go_on();
            if to.write_all(&buffer[..n]).is_err() {
                break;
            }
        }
        let _ = to.shutdown(Shutdown::Write);
        let _ = from.shutdown(Shutdown::Read);
    });
}
