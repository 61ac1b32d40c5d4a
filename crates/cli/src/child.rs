//! A program of the user's that is waited for, but not for ever.

use std::io;
use std::process::{Child, ExitStatus};
use std::time::{Duration, Instant};

/// How often it is looked whether it has ended.
const LOOK: Duration = Duration::from_millis(5);

/// How it ends; `None` if it has not by then.
pub(crate) fn end_by(child: &mut Child, deadline: Instant) -> io::Result<Option<ExitStatus>> {
    loop {
        match child.try_wait()? {
            Some(status) => return Ok(Some(status)),
            None if Instant::now() >= deadline => return Ok(None),
            None => std::thread::sleep(LOOK),
        }
    }
}

/// Ends it, where it has not ended by itself, and leaves nothing of it behind.
pub(crate) fn kill(child: &mut Child) {
    let _ = child.kill();
    let _ = child.wait();
}
