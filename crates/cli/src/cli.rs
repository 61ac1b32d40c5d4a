//! The command line.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::builder::{PossibleValue, TypedValueParser};
use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use jindiao_codes::Vendor;
use jindiao_list::{Entry, Field};
use jindiao_order::{Fen, Product, StateName};
use jindiao_protocol::Timestamp;
use jindiao_words::Lang;

use crate::log::LogFormat;
use crate::{day, duration};

#[cfg(feature = "cluster")]
pub(crate) mod cluster;
mod list;
pub(crate) mod spoken;

pub(crate) use list::{CheckArgs, ListArgs};
pub(crate) mod dashboard;

/// Turns a list of companies into a folder of reports from QCC (企查查), PatSnap (智慧芽) and
/// Yibeidiao (易背调), without paying twice and without losing one.
#[derive(Debug, Parser)]
#[command(name = "jindiao", version, arg_required_else_help = true, subcommand_required = true, after_help = EXIT_CODES)]
pub(crate) struct Cli {
    /// The configuration; else `jindiao.toml` here, else in the user's configuration folder
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Write data as JSON Lines: {"type":…,"data":…}
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// How logged events are written to stderr; what is logged, JINDIAO_LOG or `log` says
    #[arg(long, global = true, value_name = "FORMAT")]
    pub(crate) log_format: Option<LogFormat>,
    /// The language of messages and help; else what JINDIAO_LANG says, else LC_ALL, LC_MESSAGES or LANG
    #[arg(long, global = true, value_name = "LANG", value_parser = language())]
    pub(crate) lang: Option<Lang>,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Takes the code of a language.
fn language() -> impl TypedValueParser<Value = Lang> {
    clap::builder::PossibleValuesParser::new(["zh", "en"])
        .map(|id| Lang::of(&id).unwrap_or_default())
}

const EXIT_CODES: &str = "\
Exit codes:
    0  everything that was asked for is done
    1  some orders are not stored; each is named with its reason
    2  the command line, the list or the configuration is wrong
    3  orders are uncertain and wait for a decision
    4  an account needs attention
  130  interrupted; the same command goes on from there

Try it without an account: jindiao run examples/orders.csv --simulate --out reports";

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Order every line of a list, wait, and download
    ///
    /// The list is a workbook (.xlsx) or CSV with a header: product,company,credit_code,org_number,
    /// period,record_no,patent,format, or these in Chinese. Missing columns are empty. The same command
    /// again goes on where it stopped, and orders nothing that is stored.
    #[command(after_help = "\
Examples:
    jindiao run orders.csv --out reports --dry-run          what would it cost?
    jindiao run orders.csv --out reports --max-cost 500     order, for 500 yuan at most
    jindiao run orders.csv --out reports --simulate         no account, no money: simulated vendors
    jindiao run orders.xlsx --out reports --export results.xlsx     the list again, with what became of it")]
    Run(RunArgs),
    /// Say what a list would order, what is wrong with it, and what it would cost
    ///
    /// Orders nothing, writes nothing, and needs no account. What the ledger has of the list counts as
    /// for `run`. Ends with 0 if the list can be ordered, and with 2 if something is wrong with it.
    #[command(after_help = list::CHECK_EXAMPLES)]
    Check(CheckArgs),
    /// Print a list to fill in, with a line for each product
    ///
    /// Lines that are not filled in are wrong, and nothing is ordered as long as one is there: delete
    /// what is not wanted.
    #[command(after_help = list::TEMPLATE_EXAMPLES)]
    Template,
    /// Keep the reports of a list up to date, round after round
    ///
    /// Each round is a `run` of the list as it stands then: new lines are ordered, and with
    /// --fresh-within what is too old is ordered anew. What was going on when it was stopped goes on with
    /// the next start.
    #[command(after_help = "\
Examples:
    jindiao watch orders.csv --out reports --every 1h --fresh-within 30d --max-cost 500
    jindiao watch orders.xlsx --out reports --every 1d --yes --notify-command /usr/local/bin/tell-us")]
    Watch(WatchArgs),
    /// Order one report, wait, and download it
    #[command(after_help = "\
Examples:
    jindiao get qcc/snapshot --company 小米科技有限责任公司 --out reports
    jindiao get patsnap/innovation-report --credit-code 91110108551385082Q --format docx --out reports
    jindiao get qcc/risk-report --period week --out reports
    jindiao get patsnap/patent-value-report --patent CN108977442B --out reports
    jindiao get yibeidiao/interim-report --record-no 20190415152645093983751 --out reports")]
    Get(GetArgs),
    /// Count the orders of the ledger by vendor and state
    Status(LedgerArgs),
    /// List the orders of the ledger
    Orders(OrdersArgs),
    /// Show one order and everything that happened to it
    Show(ShowArgs),
    /// Decide about an order that may have been placed and was not answered
    ///
    /// Such an order is never sent again by itself, unless `on_uncertain` in the configuration says
    /// so. Look into your account with the vendor, then say what you found: of one order, of
    /// several, of all that are uncertain, or of those in a file.
    #[command(after_help = "\
Examples:
    jindiao resolve 7h2k9q --placed 1579434053399035904
    jindiao resolve 7h2k9q 0g3bxw --not-placed
    jindiao resolve --all-uncertain --product qcc/snapshot --before 2026-11-22 --not-placed
    jindiao resolve --from decisions.csv            CSV with the header order,verdict,reference")]
    Resolve(ResolveArgs),
    /// Add up what was charged, what vendors count and what is uncertain
    ///
    /// From the books of every exchange, with the prices of the day that it was made. A report that
    /// was ordered twice is two charges.
    #[command(after_help = "\
Examples:
    jindiao bill --since 2026-11-01 --by day
    jindiao bill --by product --csv november.csv    a line for each exchange, to check an invoice")]
    Bill(BillArgs),
    /// Serve a page over the ledger on this machine: live while a run goes on, useful after it
    ///
    /// Prints the address to open, with a token that lets in whoever has it. The page settles
    /// uncertain orders as `resolve` does. Metrics for Prometheus are at /metrics.
    #[command(after_help = dashboard::DASHBOARD_EXAMPLES)]
    Dashboard(dashboard::DashboardArgs),
    /// Write the same page as a file that needs no server and no script
    #[command(after_help = dashboard::REPORT_EXAMPLES)]
    Report(dashboard::ReportArgs),
    /// Explain a vendor's status code, in English and Chinese
    #[command(after_help = "\
Examples:
    jindiao code qcc 110
    jindiao code patsnap 67200002 --json")]
    Code(CodeArgs),
    /// Print signed headers for the configured account, for curl
    #[command(after_help = "\
Example:
    jindiao sign qcc > headers.txt && curl -H @headers.txt \"https://pro.qcc.com/…?key=$JINDIAO_QCC_KEY&…\"")]
    Sign(SignArgs),
    /// Set Jindiao up: ask for the accounts and write a commented jindiao.toml
    ///
    /// The file can be read by its owner alone. A file that is there is only replaced after a
    /// question, or with --force. Without a terminal nothing can be asked: then --from-env takes
    /// the accounts from the JINDIAO_ variables, or those alone are used without a file.
    #[command(after_help = "\
Examples:
    jindiao init                      asks; writes jindiao.toml here
    jindiao init --global             writes it into the user's configuration folder
    jindiao init --global --from-env  asks nothing; takes what the variables say")]
    Init(InitArgs),
    /// Check the configuration, the accounts, the way to the vendors, the folder and the ledger
    ///
    /// Says what to do about each finding. Orders nothing and charges nothing; vendors are asked
    /// without an account, unless --call is given. Ends with 0 if there is no problem, 2 if the
    /// configuration or the ledger is wrong, 4 if an account needs attention, and 1 for any other
    /// problem; warnings and notes do not count.
    #[command(after_help = "\
Examples:
    jindiao doctor
    jindiao doctor --out reports          also: can reports be written there?
    jindiao doctor --call                 also: do the vendors take the credentials? It asks before")]
    Doctor(DoctorArgs),
    /// Run the three vendors as a local server that charges nothing
    ///
    /// Prints one line of JSON with the addresses and test credentials, then serves until it is
    /// stopped.
    Simulate(SimulateArgs),
    /// Check the files of an output folder against its manifest
    Verify(VerifyArgs),
    /// Order with many machines, on a Restate server
    ///
    /// Workers on any number of machines share the pace, the quota and the health of each account. One
    /// machine is enough for most lists: what limits is how fast a vendor lets itself be called.
    #[cfg(feature = "cluster")]
    #[command(after_help = cluster::EXAMPLES)]
    Cluster(cluster::ClusterArgs),
    /// Order with many machines, on a Restate server (not in this program)
    ///
    /// It is built with `cargo install --path crates/cli --features cluster`.
    #[cfg(not(feature = "cluster"))]
    #[command(disable_help_flag = true)]
    Cluster(NoCluster),
    /// Print a completion script for a shell
    #[command(after_help = "\
Example:
    jindiao completions bash > ~/.local/share/bash-completion/completions/jindiao")]
    Completions(CompletionsArgs),
    /// Write the manual pages, one for each command
    #[command(after_help = "\
Example:
    jindiao man ~/.local/share/man/man1 && man jindiao-run")]
    Man(ManArgs),
    /// Print the ids of orders, for completion scripts
    #[command(name = "__orders", hide = true)]
    CompleteOrders(CompleteOrdersArgs),
}

/// What `run` and `get` have in common.
#[derive(Debug, Clone, Args)]
pub(crate) struct OrderArgs {
    /// Where the reports go
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,
    /// The ledger; else `ledger` in the configuration, else jindiao.db here
    #[arg(long, value_name = "FILE")]
    pub(crate) ledger: Option<PathBuf>,
    /// Order from simulated vendors in this process: no account, no money
    #[arg(long)]
    pub(crate) simulate: bool,
    /// Show the bill and order nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Order for so many yuan at most; downloads of what is paid for go on
    #[arg(long, value_name = "YUAN", value_parser = amount)]
    pub(crate) max_cost: Option<Fen>,
    /// Order again what is stored for longer than this, e.g. 30d; never, if not given
    #[arg(long, value_name = "DURATION", value_parser = duration::parse)]
    pub(crate) fresh_within: Option<Duration>,
    /// Order without asking
    #[arg(long)]
    pub(crate) yes: bool,
    /// Wait also for what takes hours: a daily quota that begins anew at midnight in China, a query
    /// that the vendor wants left alone
    #[arg(long)]
    pub(crate) wait: bool,
}

impl OrderArgs {
    /// Whether somebody has to say yes before money is spent.
    pub(crate) fn wants_consent(&self) -> bool {
        !self.simulate && !self.yes && self.max_cost.is_none()
    }
}

#[derive(Debug, Clone, Args)]
pub(crate) struct RunArgs {
    #[command(flatten)]
    pub(crate) list: ListArgs,
    #[command(flatten)]
    pub(crate) order: OrderArgs,
    /// Write the list to this .xlsx or .csv, with the state, file, vendor reference, cost and reason of
    /// each line; a file that is there is kept as FILE.bak
    #[arg(long, value_name = "FILE", conflicts_with = "dry_run")]
    pub(crate) export: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct WatchArgs {
    #[command(flatten)]
    pub(crate) run: RunArgs,
    /// From the beginning of one round to the next, e.g. 1h
    #[arg(long, value_name = "DURATION", value_parser = duration::parse)]
    pub(crate) every: Duration,
    /// Run this program, with a line of JSON on its standard input, when orders become uncertain, an
    /// account needs attention or a round cannot be made
    #[arg(long, value_name = "COMMAND")]
    pub(crate) notify_command: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct GetArgs {
    /// qcc/snapshot, qcc/risk-report, patsnap/innovation-report, patsnap/patent-value-report or
    /// yibeidiao/interim-report
    #[arg(value_name = "PRODUCT", hide_possible_values = true, value_parser = Suggested(products))]
    product: String,
    /// The company's registered name
    #[arg(long, value_name = "NAME")]
    company: Option<String>,
    /// The company's unified social credit code
    #[arg(long, value_name = "CODE")]
    credit_code: Option<String>,
    /// The company's organisation number
    #[arg(long, value_name = "N")]
    org_number: Option<String>,
    /// day, week or month
    #[arg(long, value_name = "PERIOD", hide_possible_values = true, value_parser = Suggested(periods))]
    period: Option<String>,
    /// The number of the background-check record
    #[arg(long, value_name = "N")]
    record_no: Option<String>,
    /// The patent's publication number or PatSnap id
    #[arg(long, value_name = "PATENT")]
    patent: Option<String>,
    /// pdf, docx, zip or png, where the product comes in several
    #[arg(long, value_name = "FORMAT", hide_possible_values = true, value_parser = Suggested(formats))]
    format: Option<String>,
    #[command(flatten)]
    pub(crate) order: OrderArgs,
}

impl GetArgs {
    /// The same as a line of a list.
    pub(crate) fn entry(&self) -> Entry {
        let mut entry = Entry::default();
        entry.set(Field::Product, &self.product);
        let options = [
            (Field::Company, &self.company),
            (Field::CreditCode, &self.credit_code),
            (Field::OrgNumber, &self.org_number),
            (Field::Period, &self.period),
            (Field::RecordNo, &self.record_no),
            (Field::Patent, &self.patent),
            (Field::Format, &self.format),
        ];
        for (field, value) in options {
            entry.set(field, value.as_deref().unwrap_or_default());
        }
        entry
    }
}

#[derive(Debug, Args)]
pub(crate) struct LedgerArgs {
    /// The ledger; else `ledger` in the configuration, else jindiao.db here
    #[arg(long, value_name = "FILE")]
    pub(crate) ledger: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct OrdersArgs {
    #[command(flatten)]
    pub(crate) which: WhichOrders,
    #[command(flatten)]
    pub(crate) ledger: LedgerArgs,
}

/// Which orders are listed, of a ledger or of a cluster.
#[derive(Debug, Args)]
pub(crate) struct WhichOrders {
    /// Only orders in this state: planned, ordering, ordered, waiting, ready, stored, uncertain,
    /// refused, failed or held
    #[arg(long, value_name = "STATE", hide_possible_values = true,
          value_parser = Suggested(states).try_map(|text| text.parse::<StateName>()))]
    pub(crate) state: Option<StateName>,
}

#[derive(Debug, Args)]
pub(crate) struct ShowArgs {
    /// The order's id, or a beginning of it that no other order has
    pub(crate) order: String,
    #[command(flatten)]
    pub(crate) ledger: LedgerArgs,
}

#[derive(Debug, Args)]
pub(crate) struct ResolveArgs {
    #[command(flatten)]
    pub(crate) deciding: Deciding,
    #[command(flatten)]
    pub(crate) ledger: LedgerArgs,
}

/// Which orders are decided about, and how.
#[derive(Debug, Args)]
pub(crate) struct Deciding {
    /// The order's id, or a beginning of it that no other order has; several for --not-placed and
    /// --abandon
    #[arg(value_name = "ORDER", required_unless_present_any = ["all_uncertain", "from"], conflicts_with_all = ["all_uncertain", "from"])]
    pub(crate) orders: Vec<String>,
    #[command(flatten)]
    pub(crate) decision: Decision,
    /// Decide about every uncertain order, or those that the next three flags leave
    #[arg(long, conflicts_with_all = ["placed", "from"])]
    pub(crate) all_uncertain: bool,
    /// Only orders of this vendor
    #[arg(long, value_name = "V", requires = "all_uncertain", conflicts_with_all = ["orders", "from"],
          hide_possible_values = true, value_parser = Suggested(vendors).try_map(|text| text.parse::<Vendor>()))]
    pub(crate) vendor: Option<Vendor>,
    /// Only orders of this product
    #[arg(long, value_name = "P", requires = "all_uncertain", conflicts_with_all = ["orders", "from"],
          hide_possible_values = true, value_parser = Suggested(products).try_map(|text| text.parse::<Product>()))]
    pub(crate) product: Option<Product>,
    /// Only orders that are uncertain since before then: a day of China, or RFC 3339
    #[arg(long, value_name = "TIME", requires = "all_uncertain", conflicts_with_all = ["orders", "from"], value_parser = day::instant)]
    pub(crate) before: Option<Timestamp>,
    /// Decide about all of them without asking
    #[arg(long)]
    pub(crate) yes: bool,
}

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(crate) struct Decision {
    /// The vendor has it, under this reference (or, for qcc/snapshot, with this link; - reads it
    /// from standard input, since links are signed and arguments can be seen by other users)
    #[arg(long, value_name = "REF")]
    pub(crate) placed: Option<String>,
    /// The vendor does not have it: order it again with the next run
    #[arg(long)]
    pub(crate) not_placed: bool,
    /// Give the report up
    #[arg(long)]
    pub(crate) abandon: bool,
    /// Decide as a CSV file says: order,verdict,reference, where the verdict is placed, not-placed
    /// or abandon
    #[arg(long, value_name = "FILE")]
    pub(crate) from: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct BillArgs {
    /// Only exchanges since the beginning of this day of China
    #[arg(long, value_name = "DATE", value_parser = day::parse)]
    pub(crate) since: Option<Timestamp>,
    /// What the lines are about
    #[arg(long, value_name = "BY", default_value = "vendor")]
    pub(crate) by: BillBy,
    /// Write a line for each exchange that could have been charged or was counted
    #[arg(long, value_name = "FILE")]
    pub(crate) csv: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) ledger: LedgerArgs,
}

/// What the lines of a bill are about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum BillBy {
    Vendor,
    Product,
    Day,
}

impl BillBy {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Vendor => "vendor",
            Self::Product => "product",
            Self::Day => "day",
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct CodeArgs {
    /// qcc, patsnap or yibeidiao
    #[arg(hide_possible_values = true, value_parser = Suggested(vendors).try_map(|text| text.parse::<Vendor>()))]
    pub(crate) vendor: Vendor,
    /// The code, as the vendor sends it
    pub(crate) code: String,
}

#[derive(Debug, Args)]
pub(crate) struct SignArgs {
    /// Whose signature
    pub(crate) vendor: Signer,
    /// Sign for this time, in seconds since 1970; else now
    #[arg(long, value_name = "UNIX", allow_negative_numbers = true)]
    pub(crate) at: Option<i64>,
    /// Yibeidiao's serial number of the request; else a fresh one
    #[arg(long, value_name = "S")]
    pub(crate) seq: Option<String>,
}

/// A vendor whose requests are signed. PatSnap's carry a token instead.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Signer {
    Qcc,
    Yibeidiao,
}

#[derive(Debug, Args)]
pub(crate) struct SimulateArgs {
    /// Where to listen; port 0 takes a free one
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:0")]
    pub(crate) addr: SocketAddr,
    /// The same seed gives the same faults
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) seed: u64,
    /// What goes wrong and when: JSON, or a file of it
    #[arg(long, value_name = "JSON|FILE")]
    pub(crate) faults: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct VerifyArgs {
    /// The output folder
    #[arg(value_name = "DIR")]
    pub(crate) dir: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct CompletionsArgs {
    /// The shell
    pub(crate) shell: Shell,
}

#[derive(Debug, Args)]
pub(crate) struct InitArgs {
    /// Write it into the user's configuration folder, for all folders to work in
    #[arg(long)]
    pub(crate) global: bool,
    /// Ask nothing: take the accounts from the JINDIAO_ variables
    #[arg(long)]
    pub(crate) from_env: bool,
    /// Replace a file that is there
    #[arg(long)]
    pub(crate) force: bool,
}

#[derive(Debug, Args)]
pub(crate) struct DoctorArgs {
    /// Also make a call to each vendor with an account; what that may cost is said before
    #[arg(long)]
    pub(crate) call: bool,
    /// Make these calls without asking
    #[arg(long, requires = "call")]
    pub(crate) yes: bool,
    /// Also check the folder that reports go into
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) ledger: LedgerArgs,
}

#[derive(Debug, Args)]
pub(crate) struct ManArgs {
    /// Where the pages go; it is made if it is not there
    #[arg(value_name = "DIR")]
    pub(crate) dir: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct CompleteOrdersArgs {
    /// Only those that wait for a decision
    #[arg(long)]
    pub(crate) uncertain: bool,
    #[command(flatten)]
    pub(crate) ledger: LedgerArgs,
}

/// Takes any text, and suggests these to who completes a line: what is wrong with another text is
/// said by whoever reads it, who knows more.
#[derive(Clone)]
struct Suggested(fn() -> Vec<&'static str>);

impl TypedValueParser for Suggested {
    type Value = String;

    fn parse_ref(
        &self,
        command: &clap::Command,
        arg: Option<&clap::Arg>,
        value: &std::ffi::OsStr,
    ) -> Result<String, clap::Error> {
        clap::builder::StringValueParser::new().parse_ref(command, arg, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new((self.0)().into_iter().map(PossibleValue::new)))
    }
}

fn products() -> Vec<&'static str> {
    Product::ALL.iter().map(|product| product.id()).collect()
}

fn states() -> Vec<&'static str> {
    StateName::ALL.iter().map(|state| state.as_str()).collect()
}

fn vendors() -> Vec<&'static str> {
    Vendor::ALL.iter().map(|vendor| vendor.id()).collect()
}

fn periods() -> Vec<&'static str> {
    vec!["day", "week", "month"]
}

fn formats() -> Vec<&'static str> {
    vec!["pdf", "docx", "zip", "png"]
}

/// What is said after `cluster` to a program that was built without it.
#[cfg(not(feature = "cluster"))]
#[derive(Debug, Args)]
pub(crate) struct NoCluster {
    #[arg(
        trailing_var_arg = true,
        allow_hyphen_values = true,
        hide = true,
        value_name = "ARGS"
    )]
    pub(crate) _rest: Vec<std::ffi::OsString>,
}

fn amount(text: &str) -> Result<Fen, jindiao_order::FenError> {
    text.parse()
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    fn parsed(line: &str) -> Result<Cli, clap::Error> {
        Cli::try_parse_from(line.split(' '))
    }

    #[test]
    fn the_definition_holds() {
        Cli::command().debug_assert();
    }

    #[test]
    fn global_flags_stand_before_or_after_the_command() {
        for line in [
            "jindiao --json --config a.toml status",
            "jindiao status --json --config a.toml",
        ] {
            let cli = parsed(line).expect(line);
            assert!(cli.json && cli.config == Some(PathBuf::from("a.toml")));
        }
    }

    #[test]
    fn the_contract_parses() {
        for line in [
            "jindiao run a.csv --out d --ledger l.db --simulate --dry-run --max-cost 12.50 --fresh-within 30d --json --yes",
            "jindiao get qcc/snapshot --company a --credit-code b --org-number c --out d",
            "jindiao get x --period day --record-no 1 --patent p --format pdf --out d",
            "jindiao orders --state uncertain",
            "jindiao show abc",
            "jindiao resolve abc --placed 1",
            "jindiao resolve abc --not-placed",
            "jindiao resolve abc --abandon",
            "jindiao resolve abc def --abandon",
            "jindiao resolve --all-uncertain --vendor qcc --before 2026-11-22 --not-placed --yes",
            "jindiao resolve --all-uncertain --product qcc/snapshot --abandon",
            "jindiao resolve --from a.csv --ledger l.db",
            "jindiao bill",
            "jindiao bill --since 2026-11-01 --by day --csv a.csv --ledger l.db --json",
            "jindiao run a.csv --out d --wait",
            "jindiao run - --out d --product qcc/snapshot",
            "jindiao run a.csv --out d --export results.xlsx",
            "jindiao run a.xlsx --sheet 名单 --hidden take --out d",
            "jindiao dashboard",
            "jindiao dashboard --addr 127.0.0.1:0 --ledger l.db --json",
            "jindiao dashboard --addr 0.0.0.0:80 --exposed",
            "jindiao report --html a.html --ledger l.db --lang zh --force",
            "jindiao check a.csv",
            "jindiao check - --product qcc/snapshot --json",
            "jindiao check a.xlsx --sheet 名单 --hidden skip --fresh-within 30d --ledger l.db",
            "jindiao check a.txt --product 企业快照",
            "jindiao template --lang zh",
            "jindiao code QCC 110",
            "jindiao sign yibeidiao --at 0 --seq S",
            "jindiao simulate --addr 127.0.0.1:0",
            "jindiao verify d",
            "jindiao completions zsh",
            "jindiao doctor",
            "jindiao doctor --call --yes --out d --ledger l.db --json --log-format json",
            "jindiao init --global --from-env --force",
            "jindiao man d",
        ] {
            parsed(line).expect(line);
        }
    }

    #[test]
    fn what_is_refused() {
        for line in [
            "jindiao run a.csv",
            "jindiao run a.csv --out d --max-cost 1.001",
            "jindiao run a.csv --out d --fresh-within soon",
            "jindiao resolve abc",
            "jindiao resolve abc --not-placed --abandon",
            "jindiao resolve --not-placed",
            "jindiao resolve abc --all-uncertain --not-placed",
            "jindiao resolve abc --vendor qcc --not-placed",
            "jindiao resolve --all-uncertain --placed 1",
            "jindiao resolve --all-uncertain",
            "jindiao resolve --all-uncertain --from a.csv",
            "jindiao resolve abc --from a.csv",
            "jindiao resolve --from a.csv --abandon",
            "jindiao bill --since yesterday",
            "jindiao bill --by month",
            "jindiao dashboard --addr localhost",
            "jindiao report",
            "jindiao orders --state lost",
            "jindiao check a.csv --product qcc/nothing",
            "jindiao check a.csv --hidden order",
            "jindiao run a.csv --out d --dry-run --export results.xlsx",
            "jindiao template --lang de",
            "jindiao sign patsnap",
            "jindiao code tyc 1",
            "jindiao doctor --yes",
            "jindiao status --log-format xml",
        ] {
            assert_eq!(parsed(line).expect_err(line).exit_code(), 2, "{line}");
        }
    }
}
