//! Being asked to stop: Ctrl-C, and SIGTERM where there is such a thing.

use std::io;

use jindiao_words::say;

use crate::error::CliError;

/// Listens for being asked to stop. From when it is made, the program no longer just ends.
#[cfg(unix)]
pub(crate) struct StopAsked {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

impl StopAsked {
    pub(crate) fn listen() -> Result<Self, CliError> {
        Self::register()
            .map_err(|error| CliError::usage(say!("cannot listen for signals")).because(error))
    }
}

#[cfg(unix)]
impl StopAsked {
    fn register() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    /// Waits until the program is asked to stop.
    pub(crate) async fn wait(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

/// Listens for being asked to stop. From when it is made, the program no longer just ends.
#[cfg(windows)]
pub(crate) struct StopAsked(tokio::signal::windows::CtrlC);

#[cfg(windows)]
impl StopAsked {
    fn register() -> io::Result<Self> {
        tokio::signal::windows::ctrl_c().map(Self)
    }

    /// Waits until the program is asked to stop.
    pub(crate) async fn wait(&mut self) {
        let _ = self.0.recv().await;
    }
}
