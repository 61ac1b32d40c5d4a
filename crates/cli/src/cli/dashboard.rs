//! The arguments of `jindiao dashboard` and `jindiao report`.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;

use super::LedgerArgs;

pub(crate) const DASHBOARD_EXAMPLES: &str = "\
Examples:
    jindiao dashboard                             open the address that it prints
    jindiao dashboard --ledger jindiao-simulated.db
    jindiao dashboard --addr 127.0.0.1:9000       another port; port 0 takes a free one";

pub(crate) const REPORT_EXAMPLES: &str = "\
Examples:
    jindiao report --html ledger.html
    jindiao report --html ledger.html --lang zh --force";

#[derive(Debug, Args)]
pub(crate) struct DashboardArgs {
    /// Where to listen, on this machine; port 0 takes a free one
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8787")]
    pub(crate) addr: SocketAddr,
    /// Listen at an address that other machines reach, too. Nothing is encrypted: whoever sees the
    /// traffic can read the page and decide about orders
    #[arg(long)]
    pub(crate) exposed: bool,
    #[command(flatten)]
    pub(crate) ledger: LedgerArgs,
}

#[derive(Debug, Args)]
pub(crate) struct ReportArgs {
    /// Write the page as this file: it needs no server, no script and no network
    #[arg(long, value_name = "FILE")]
    pub(crate) html: PathBuf,
    /// Replace a file that is there
    #[arg(long)]
    pub(crate) force: bool,
    #[command(flatten)]
    pub(crate) ledger: LedgerArgs,
}
