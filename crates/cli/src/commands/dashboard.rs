//! `jindiao dashboard`: a page over the ledger, as long as it is wanted.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::PathBuf;
use std::sync::Arc;

use jindiao_batch::{Entry, LedgerErrorKind, LedgerKind, Store};
use jindiao_codes::Vendor;
use jindiao_dashboard::{
    AccountTerms, Dashboard, Decision, Desk, Options, Settled, Token, Unsettled, serve,
};
use jindiao_order::{OrderId, Policy, Product, StateName, Verdict};
use jindiao_words::{Message, say};
use serde::Serialize;

use crate::cli::dashboard::DashboardArgs;
use crate::commands::resolve;
use crate::config::Config;
use crate::error::{CliError, Kind};
use crate::output::{Output, note, spoken};
use crate::signals::StopAsked;
use crate::{clock, ledger, locale, runtime};

/// Serves until asked to stop, which is how a server ends well.
pub(crate) fn run(
    args: &DashboardArgs,
    config: Config,
    out: &mut Output,
) -> Result<Vec<Kind>, CliError> {
    let addr = args.addr;
    if !args.exposed && !addr.ip().is_loopback() {
        return Err(CliError::usage(say!(
            "other machines reach {addr}, and what goes over it is not encrypted",
            addr
        ))
        .hint(say!(
            "listen at 127.0.0.1 and come by `ssh -L`, or say --exposed if the network is yours"
        )));
    }
    let store = ledger::view(args.ledger.ledger.as_deref(), &config)?;
    let (path, kind) = (store.path().to_owned(), store.kind());
    let token = Token::random().map_err(|error| {
        CliError::usage(say!("the system gives no random numbers")).because(error)
    })?;
    let options = Options {
        addr,
        exposed: args.exposed,
        ledger: path.clone(),
        flag: ledger::flag(&store, &config),
        accounts: terms(&config, kind),
        policies: policies(&config),
        lang: locale::lang(),
        token: token.clone(),
        clock: clock::now,
    };
    drop(store);
    let desk = Arc::new(LedgerDesk { path, kind, config });
    let runtime = runtime::of_many_threads()?;
    let served = runtime.block_on(async {
        let dashboard = serve(options, desk)
            .await
            .map_err(|error| cannot_listen(addr, error))?;
        // Before anybody knows that it runs: from then on it can be asked to stop.
        let mut stop_asked = StopAsked::listen()?;
        tell(&dashboard, &token, out);
        stop_asked.wait().await;
        Ok(Vec::new())
    });
    // A look at a large ledger that is under way holds nobody up.
    runtime.shutdown_background();
    served
}

/// What the configuration says of the accounts that the orders are of. A simulated run has its own.
pub(super) fn terms(config: &Config, kind: LedgerKind) -> Vec<AccountTerms> {
    let is_there = |vendor: &Vendor| config.missing(*vendor).is_empty();
    let vendors = Vendor::ALL.into_iter();
    vendors
        .filter(|vendor| kind == LedgerKind::Real && is_there(vendor))
        .map(|vendor| {
            let terms = config.vendor(vendor);
            AccountTerms {
                vendor,
                interval: terms.qps.interval(),
                daily_limit: terms.daily_limit.map(u64::from),
            }
        })
        .collect()
}

/// What the configuration says of each product.
pub(super) fn policies(config: &Config) -> BTreeMap<Product, Policy> {
    let products = Product::ALL.iter();
    products.map(|it| (*it, config.policy(*it))).collect()
}

fn tell(dashboard: &Dashboard, token: &Token, out: &mut Output) {
    #[derive(Serialize)]
    struct Record {
        url: String,
        metrics: String,
    }
    let addr = dashboard.addr();
    let record = Record {
        // Behind the #, no browser sends it and no log keeps it.
        url: format!("http://{addr}/#{}", token.expose()),
        metrics: format!("http://{addr}/metrics"),
    };
    if out.is_json() {
        out.record("dashboard", &record);
    } else {
        out.line(Message::verbatim(&record.url));
    }
    if !addr.ip().is_loopback() {
        note(say!(
            "warning: other machines reach this address, and nothing that goes over it is encrypted"
        ));
    }
    note(say!(
        "open the address; whoever has it can decide about orders. Ctrl-C ends the dashboard"
    ));
}

fn cannot_listen(addr: std::net::SocketAddr, error: std::io::Error) -> CliError {
    let told = CliError::usage(say!("cannot listen on {addr}", addr));
    match error.kind() {
        ErrorKind::AddrInUse => told
            .because(say!("another program has this port"))
            .hint(say!(
                "--addr 127.0.0.1:0 takes a free one; or a dashboard is running already"
            )),
        _ => told.because(error).hint(say!(
            "--addr 127.0.0.1:0 listens on this machine, at a free port"
        )),
    }
}

/// Writes decisions down as `jindiao resolve` does: the ledger is open for writing for the moment
/// of a decision only.
struct LedgerDesk {
    path: PathBuf,
    kind: LedgerKind,
    config: Config,
}

impl Desk for LedgerDesk {
    fn settle(&self, order: &OrderId, decision: &Decision) -> Result<Settled, Unsettled> {
        let verdict = match decision {
            Decision::Placed(text) if text.is_empty() => {
                return Err(Unsettled::Refused(spoken(say!(
                    "placed needs the vendor's reference"
                ))));
            }
            Decision::Placed(text) => Verdict::Placed(text.clone()),
            Decision::NotPlaced => Verdict::NotPlaced,
            Decision::Abandon => Verdict::Abandon,
        };
        // Looked at before it is opened for writing: what does not fit holds no run up.
        let seen = Store::view(&self.path).map_err(|error| refused(error.into()))?;
        self.checked(&seen, order, verdict.clone())?;
        drop(seen);
        let mut store = Store::open(&self.path, self.kind, clock::now()).map_err(|error| {
            match error.kind() {
                LedgerErrorKind::InUse { holder } => Unsettled::InUse {
                    holder: holder.clone(),
                },
                _ => refused(error.into()),
            }
        })?;
        // Between the two, a run may have gone on with it.
        let verdict = self.checked(&store, order, verdict)?;
        let entry = store
            .decide(order, verdict, clock::now())
            .map_err(|error| refused(error.into()))?;
        Ok(Settled {
            state: entry.order.state().name(),
        })
    }
}

impl LedgerDesk {
    /// The verdict as it will be written down, if the order waits for one and it fits.
    fn checked(
        &self,
        store: &Store,
        order: &OrderId,
        verdict: Verdict,
    ) -> Result<Verdict, Unsettled> {
        let entry: Entry = store.order(order).map_err(|error| refused(error.into()))?;
        let state = entry.order.state().name();
        if state != StateName::Uncertain {
            return Err(Unsettled::Refused(spoken(say!(
                "order {order} is not uncertain any more: it is {state}",
                order,
                state
            ))));
        }
        resolve::checked(entry, verdict, &self.config, self.kind).map_err(refused)
    }
}

/// What is said on the page: what would be said in the terminal.
#[expect(
    clippy::needless_pass_by_value,
    reason = "it stands in `map_err`, which gives it away"
)]
fn refused(error: CliError) -> Unsettled {
    Unsettled::Refused(spoken(error.bare()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Sources;
    use crate::output::testing::output;

    fn refusal(addr: &str) -> String {
        let args = DashboardArgs {
            addr: addr.parse().expect("an address"),
            exposed: false,
            ledger: crate::cli::LedgerArgs {
                ledger: Some("no-such-ledger.db".into()),
            },
        };
        let config = Config::load(&Sources::default()).map_err(|error| error.report());
        let (mut out, written) = output(false);
        let ended = run(&args, config.expect("a configuration").0, &mut out);
        assert_eq!(written.text(), "");
        ended.expect_err("an error").report()
    }

    #[test]
    fn other_machines_are_let_in_by_name_only() {
        for addr in ["0.0.0.0:0", "192.0.2.1:80", "[::]:0"] {
            let told = refusal(addr);
            assert!(
                told.contains("is not encrypted") && told.contains("--exposed"),
                "{told}"
            );
        }
        let told = refusal("127.0.0.1:0");
        assert!(
            told.contains("there is no ledger no-such-ledger.db"),
            "{told}"
        );
    }

    #[test]
    fn a_port_in_use_is_said_so() {
        let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let addr = taken.local_addr().expect("an address");
        let error = std::net::TcpListener::bind(addr).expect_err("taken");
        let error = cannot_listen(addr, error);
        let zh = error.told().in_lang(jindiao_words::Lang::Zh);
        assert!(
            zh.starts_with(&format!("错误：无法监听 {addr}：此端口已被其他程序占用\n")),
            "{zh}"
        );
        let told = error.report();
        assert!(
            told.starts_with(&format!(
                "error: cannot listen on {addr}: another program has this port\nhint:"
            )),
            "{told}"
        );
    }
}
