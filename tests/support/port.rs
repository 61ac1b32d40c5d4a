//! Ports for servers that cannot choose one themselves and say which.

use std::net::TcpListener;
use std::sync::atomic::{AtomicU32, Ordering};

/// A port that nobody listens at. The system gives it to nobody who lets it choose one: those are
/// higher.
pub(crate) fn free_port() -> u16 {
    static TRIED: AtomicU32 = AtomicU32::new(0);
    // Other processes that run these tests begin elsewhere.
    let begin = std::process::id().wrapping_mul(100);
    loop {
        let tried = TRIED.fetch_add(1, Ordering::Relaxed);
        let port = 10_000 + begin.wrapping_add(tried) % 20_000;
        let port = u16::try_from(port).expect("below 30,000");
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}
