//! Writes the page of a ledger with a few planned orders, as a file that needs no server.
//!
//! `cargo run -p jindiao-dashboard --example page -- page.html`

use std::collections::BTreeMap;
use std::error::Error;
use std::path::PathBuf;

use jindiao_batch::{LedgerKind, Lookout, Prices, Store};
use jindiao_client::{SystemClock, Time as _};
use jindiao_dashboard::{Lang, View, file, metrics};
use jindiao_order::{Product, Wanted};
use jindiao_protocol::{Company, Period, Subject};

fn main() -> Result<(), Box<dyn Error>> {
    let place = tempfile::tempdir()?;
    let ledger = place.path().join("jindiao.db");
    let now = SystemClock::new().now();
    let mut store = Store::open(&ledger, LedgerKind::Simulated, now)?;
    let company = Company::named("小米科技有限责任公司".parse()?);
    let wanted = [
        Wanted::new(
            Product::QccSnapshot,
            Subject::Company(company.clone()),
            None,
        )?,
        Wanted::new(
            Product::PatsnapInnovationReport,
            Subject::Company(company),
            None,
        )?,
        Wanted::new(Product::QccRiskReport, Subject::Period(Period::Week), None)?,
    ];
    store.plan(&wanted, &Prices::default(), None, now)?;

    let view = View::of(&ledger, now, Vec::new(), BTreeMap::new(), String::new(), 20)?;
    let page = file(&view, Lang::Zh);
    let target = std::env::args_os().nth(1).map(PathBuf::from);
    let target = target.unwrap_or_else(|| place.path().join("page.html"));
    std::fs::write(&target, &page)?;
    println!("{} bytes in {}", page.len(), target.display());

    println!("\nwhat Prometheus would be told:");
    print!("{}", metrics(&Lookout::open(&ledger)?.look(now)?));
    Ok(())
}
