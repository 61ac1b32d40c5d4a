//! What can be said after `jindiao cluster`.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand};
use jindiao_codes::Vendor;
use jindiao_order::{Fen, Product};
use jindiao_protocol::Origin;

use super::{Deciding, ListArgs, WhichOrders, amount};
use crate::duration;

pub(crate) const EXAMPLES: &str = "\
Examples:
    jindiao cluster worker --out /shared/reports              on each machine
    jindiao cluster submit orders.csv --dry-run               what would it cost?
    jindiao cluster submit orders.csv --max-cost 500          order, for 500 yuan at most
    jindiao cluster status
    jindiao cluster import --ledger jindiao.db                move one machine's orders here";

#[derive(Debug, Args)]
#[command(arg_required_else_help = true)]
pub(crate) struct ClusterArgs {
    #[command(subcommand)]
    pub(crate) command: ClusterCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ClusterCommand {
    /// Order what was submitted, until it is stopped
    ///
    /// It registers itself with the Restate server, which must be able to reach it. All workers of a
    /// cluster have the same accounts, with the same pace and daily limit, and put reports into the
    /// same folder. SIGTERM and Ctrl-C end it when no call is under way any more.
    Worker(WorkerArgs),
    /// Have every line of a list ordered
    ///
    /// What the cluster knows already is not ordered again. The same command again goes on where it
    /// stopped.
    Submit(SubmitArgs),
    /// Count the cluster's orders, and say what needs attention: accounts, doubts, paused work
    Status(StatusArgs),
    /// List the cluster's orders
    Orders(OrdersArgs),
    /// Show one order and everything that happened to it
    Show(ShowArgs),
    /// Decide about an order that may have been placed and was not answered
    Resolve(ResolveArgs),
    /// Say that an account was seen to: orders go to it again
    Open(OpenArgs),
    /// Let the next worker settle anew how an account is configured
    ///
    /// For another pace, daily limit, address or credential. Stop all workers first: one that runs
    /// settles the account as it was.
    Reconfigure(ReconfigureArgs),
    /// Have the server go on with work that it has given up on
    Resume(ResumeArgs),
    /// Move the orders of a ledger of one machine to the cluster
    ///
    /// An order that was caught in mid-charge arrives as uncertain. From then on the ledger can be
    /// looked at and orders nothing. The same command again finishes what was interrupted.
    Import(ImportArgs),
    /// Copy the cluster's orders into a new ledger, for `orders`, `show` and `bill`
    ///
    /// The orders stay in the cluster: nothing can be ordered with the copy.
    Export(ExportArgs),
}

/// Which cluster.
#[derive(Debug, Args)]
pub(crate) struct ServerArgs {
    /// The administration of the Restate server; else `restate_admin` in the configuration, else
    /// http://127.0.0.1:9070
    #[arg(long, value_name = "URL")]
    pub(crate) restate_admin: Option<Origin>,
    /// The ingress of the Restate server, if it is not where the server says
    #[arg(long, value_name = "URL")]
    pub(crate) restate_ingress: Option<Origin>,
    /// The file that remembers which cluster it is; else `identity` in the configuration, else
    /// jindiao-cluster.json here
    #[arg(long, value_name = "FILE")]
    pub(crate) identity: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct WorkerArgs {
    /// Where to listen; else `listen` in the configuration, else 127.0.0.1:9080. Nobody but the
    /// server may reach it
    #[arg(long, value_name = "ADDR")]
    pub(crate) listen: Option<SocketAddr>,
    /// Where the server reaches the workers: a load balancer where there are several; else where
    /// this one listens
    #[arg(long, value_name = "URL")]
    pub(crate) advertise: Option<Origin>,
    /// The address of workers that are gone for good: what began with them goes on with this one,
    /// which must be of the same version
    #[arg(long, value_name = "URL")]
    pub(crate) take_over: Option<Origin>,
    /// Where the reports go: a folder that all workers share; with an object store in the
    /// configuration, a folder of this machine where reports wait for it
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,
    /// Where metrics are served for Prometheus, at /metrics: a loopback address, or one that only
    /// your own machines reach
    #[arg(long, value_name = "ADDR")]
    pub(crate) metrics: Option<SocketAddr>,
    /// Order from `jindiao simulate` at the configured addresses, with its credentials
    #[arg(long)]
    pub(crate) simulated: bool,
    #[command(flatten)]
    pub(crate) server: ServerArgs,
}

#[derive(Debug, Args)]
pub(crate) struct SubmitArgs {
    #[command(flatten)]
    pub(crate) list: ListArgs,
    /// Show the bill and submit nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Submit for so many yuan at most
    #[arg(long, value_name = "YUAN", value_parser = amount)]
    pub(crate) max_cost: Option<Fen>,
    /// Order again what is stored for longer than this, e.g. 30d; never, if not given
    #[arg(long, value_name = "DURATION", value_parser = duration::parse)]
    pub(crate) fresh_within: Option<Duration>,
    /// Submit without asking
    #[arg(long)]
    pub(crate) yes: bool,
    /// The cluster's orders are simulated
    #[arg(long)]
    pub(crate) simulated: bool,
    #[command(flatten)]
    pub(crate) server: ServerArgs,
}

impl SubmitArgs {
    /// Whether somebody has to say yes before money is spent.
    pub(crate) fn wants_consent(&self) -> bool {
        !self.simulated && !self.yes && self.max_cost.is_none()
    }
}

#[derive(Debug, Args)]
pub(crate) struct StatusArgs {
    #[command(flatten)]
    pub(crate) server: ServerArgs,
}

#[derive(Debug, Args)]
pub(crate) struct OrdersArgs {
    #[command(flatten)]
    pub(crate) which: WhichOrders,
    #[command(flatten)]
    pub(crate) server: ServerArgs,
}

#[derive(Debug, Args)]
pub(crate) struct ShowArgs {
    /// The order's id, or a beginning of it that no other order has
    pub(crate) order: String,
    #[command(flatten)]
    pub(crate) server: ServerArgs,
}

#[derive(Debug, Args)]
pub(crate) struct ResolveArgs {
    #[command(flatten)]
    pub(crate) deciding: Deciding,
    #[command(flatten)]
    pub(crate) server: ServerArgs,
}

#[derive(Debug, Args)]
pub(crate) struct OpenArgs {
    /// Whose account
    pub(crate) vendor: Vendor,
    /// Only for this product
    #[arg(long, value_name = "P")]
    pub(crate) product: Option<Product>,
    #[command(flatten)]
    pub(crate) server: ServerArgs,
}

#[derive(Debug, Args)]
pub(crate) struct ReconfigureArgs {
    /// Whose account
    pub(crate) vendor: Vendor,
    #[command(flatten)]
    pub(crate) server: ServerArgs,
}

#[derive(Debug, Args)]
pub(crate) struct ResumeArgs {
    /// Only these, by the ids that `status` shows; else all that are paused
    #[arg(value_name = "ID")]
    pub(crate) invocations: Vec<String>,
    #[command(flatten)]
    pub(crate) server: ServerArgs,
}

#[derive(Debug, Args)]
pub(crate) struct ImportArgs {
    /// The ledger; no run may go on with it
    #[arg(long, value_name = "FILE")]
    pub(crate) ledger: PathBuf,
    /// Have what the ledger has planned and not ordered yet ordered without asking
    #[arg(long)]
    pub(crate) yes: bool,
    #[command(flatten)]
    pub(crate) server: ServerArgs,
}

#[derive(Debug, Args)]
pub(crate) struct ExportArgs {
    /// The new ledger; there must be no such file yet
    #[arg(long, value_name = "FILE")]
    pub(crate) ledger: PathBuf,
    /// Move the orders: from here on `jindiao run` with the ledger goes on with them, and the cluster
    /// does nothing for them any more. Without it they are copied, to be looked at
    #[arg(long = "move")]
    pub(crate) moves: bool,
    /// Also write the manifest of the folder that the workers share, so that `jindiao verify` can
    /// check it
    #[arg(long, value_name = "DIR")]
    pub(crate) manifest: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) server: ServerArgs,
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use crate::cli::Cli;

    #[test]
    fn what_is_understood_and_what_is_not() {
        let code = |line: &str| match Cli::try_parse_from(line.split(' ')) {
            Ok(_) => 0,
            Err(error) => error.exit_code(),
        };
        for line in [
            "jindiao cluster worker --out d",
            "jindiao cluster worker --listen 0.0.0.0:9080 --advertise http://w:9080 --restate-admin http://r:9070 --out d --simulated",
            "jindiao cluster worker --out d --metrics 127.0.0.1:9464",
            "jindiao cluster submit a.csv --fresh-within 30d --yes --json --restate-ingress http://r:8080",
            "jindiao cluster submit a.csv --max-cost 12.50 --dry-run --identity c.json",
            "jindiao cluster status --config a.toml",
            "jindiao cluster orders --state uncertain",
            "jindiao cluster show abc",
            "jindiao cluster resolve abc --placed -",
            "jindiao cluster resolve abc def --abandon",
            "jindiao cluster resolve --all-uncertain --vendor qcc --not-placed --yes",
            "jindiao cluster resolve --from a.csv",
            "jindiao cluster open qcc --product qcc/snapshot",
            "jindiao cluster reconfigure qcc",
            "jindiao cluster resume",
            "jindiao cluster resume inv_1 inv_2",
            "jindiao cluster import --ledger a.db --yes",
            "jindiao cluster export --ledger b.db",
        ] {
            assert_eq!(code(line), 0, "{line}");
        }
        for line in [
            "jindiao cluster",
            "jindiao cluster worker",
            "jindiao cluster worker --out d --listen 9080",
            "jindiao cluster worker --out d --restate-admin r:9070",
            "jindiao cluster submit",
            "jindiao cluster orders --state lost",
            "jindiao cluster resolve abc",
            "jindiao cluster resolve abc --placed 1 --abandon",
            "jindiao cluster open tyc",
            "jindiao cluster import",
            "jindiao cluster export",
        ] {
            assert_eq!(code(line), 2, "{line}");
        }
    }
}
