//! `jindiao cluster`: many machines, on a Restate server.

mod contact;
mod export;
mod flow;
mod identity;
mod import;
mod manage;
mod orders;
mod status;
mod submit;
mod worker;

use crate::cli::cluster::{ClusterArgs, ClusterCommand};
use crate::config::Config;
use crate::error::{CliError, Kind};
use crate::output::Output;
use crate::runtime;

pub(crate) fn run(
    args: &ClusterArgs,
    config: &Config,
    out: &mut Output,
) -> Result<Vec<Kind>, CliError> {
    let runtime = runtime::of_many_threads()?;
    let kinds = match &args.command {
        ClusterCommand::Worker(args) => runtime.block_on(worker::run(args, config, out)),
        ClusterCommand::Submit(args) => runtime.block_on(submit::run(args, config, out)),
        ClusterCommand::Status(args) => runtime.block_on(status::run(args, config, out)),
        ClusterCommand::Orders(args) => runtime.block_on(orders::orders(args, config, out)),
        ClusterCommand::Show(args) => runtime.block_on(orders::show(args, config, out)),
        // Not in the runtime: looking up what is decided about waits for the runtime.
        ClusterCommand::Resolve(args) => manage::resolve(args, config, &runtime, out),
        ClusterCommand::Open(args) => runtime.block_on(manage::open(args, config, out)),
        ClusterCommand::Reconfigure(args) => {
            runtime.block_on(manage::reconfigure(args, config, out))
        }
        ClusterCommand::Resume(args) => runtime.block_on(manage::resume(args, config, out)),
        ClusterCommand::Import(args) => runtime.block_on(import::run(args, config, out)),
        ClusterCommand::Export(args) => runtime.block_on(export::run(args, config, out)),
    };
    // What reads a pipe that nobody writes to any more is not waited for.
    runtime.shutdown_background();
    kinds
}
