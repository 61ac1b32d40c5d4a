//! What tasks run on.

use std::io;

use jindiao_words::say;
use tokio::runtime::{Builder, Runtime};

use crate::error::CliError;

/// A thread for each processor.
pub(crate) fn of_many_threads() -> Result<Runtime, CliError> {
    started(Runtime::new())
}

/// The thread that it is made in.
pub(crate) fn of_one_thread() -> Result<Runtime, CliError> {
    started(Builder::new_current_thread().enable_all().build())
}

fn started(runtime: io::Result<Runtime>) -> Result<Runtime, CliError> {
    runtime.map_err(|error| CliError::usage(say!("cannot start")).because(error))
}
