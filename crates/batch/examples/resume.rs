//! Orders reports in one run, stops it in the middle, and goes on in another: each is paid once.
//!
//! `cargo run -p jindiao-batch --example resume`

use std::collections::BTreeMap;
use std::error::Error;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use jindiao_batch::{
    Event, Folder, LedgerKind, Manifest, Prices, RunOptions, Stop, Store, Summary, run,
};
use jindiao_client::{
    AddressPolicy, Client, DownloadLimits, PaceLimits, SystemClock, Time as _, Vendors,
};
use jindiao_order::{Policy, Product, StateName, Wanted};
use jindiao_protocol::{Company, Subject};
use jindiao_protocol_patsnap::Credential;
use jindiao_signing::patsnap::ApiKey;
use jindiao_simulator::{Options, PendingPlan, Simulator};

const COMPANIES: [&str; 3] = ["甲科技有限公司", "乙科技有限公司", "丙科技有限公司"];

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let simulator = Simulator::start(Options {
        pending: PendingPlan::polls(2),
        ..Options::default()
    })
    .await?;
    let place = tempfile::tempdir()?;

    // The first run is asked to end as soon as something was ordered.
    let stop = Stop::new();
    let watch = {
        let stop = stop.clone();
        move |event: Event| {
            tell(&event);
            if let Event::Moved { order, .. } = event
                && order.state().name() == StateName::Waiting
            {
                stop.request();
            }
        }
    };
    println!("first run");
    let summary = order(&simulator, place.path(), watch, stop).await?;
    println!("  it was interrupted: {}", summary.is_interrupted);

    println!("second run");
    order(&simulator, place.path(), |event| tell(&event), Stop::new()).await?;

    let reports = Manifest::at(&place.path().join("reports")).read()?.len();
    let charges = simulator.charges();
    println!("{reports} reports, {} charges", charges.total);
    match (reports, charges.total) {
        (3, 3) => Ok(()),
        _ => Err("that is not one charge for each of three reports".into()),
    }
}

fn tell(event: &Event) {
    match event {
        Event::Moved { order, from } => {
            println!("  {}: {from} -> {}", order.id(), order.state().name());
        }
        Event::Charged { order, price, .. } => println!("  {order}: charged, {price}"),
        other => println!("  {other:?}"),
    }
}

/// Opens the ledger, plans what is wanted and runs it, as a new process would.
async fn order(
    simulator: &Simulator,
    place: &Path,
    watch: impl Fn(Event) + Send + Sync + 'static,
    stop: Stop,
) -> Result<Summary, Box<dyn Error>> {
    let now = SystemClock::new().now();
    let mut ledger = Store::open(&place.join("ledger.db"), LedgerKind::Simulated, now)?;
    let product = Product::PatsnapInnovationReport;
    let mut wanted = Vec::new();
    for name in COMPANIES {
        let company = Company::named(name.parse()?);
        wanted.push(Wanted::new(product, Subject::Company(company), None)?);
    }
    let prices = Prices::default();
    ledger.plan(&wanted, &prices, None, now)?;

    let key = ApiKey::new(simulator.credentials().patsnap_api_key.as_str())?;
    let vendors = Vendors::new(Client::http()?)
        .with_patsnap(
            simulator.base_url().parse()?,
            Credential::ApiKey(key),
            PaceLimits::default(),
            Duration::from_secs(30),
        )
        // The simulator's links lead to this machine.
        .with_download_limits(DownloadLimits::default().with_addresses(AddressPolicy::PRIVATE_TOO));
    // A real report takes minutes; nobody wants to wait for them here.
    let policy = Policy::of(product).with_poll_interval(Duration::from_millis(20));
    let options = RunOptions {
        folder: Folder::create(&place.join("reports"))?,
        prices,
        max_cost: None,
        policies: BTreeMap::from([(product, policy)]),
        wait: false,
    };
    Ok(run(ledger, Arc::new(vendors), options, watch, stop)
        .await?
        .summary)
}
