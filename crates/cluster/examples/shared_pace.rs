//! Two workers share an account's pace and its day, without an engine: the account is a value.
//!
//! `cargo run -p jindiao-cluster --example shared_pace`

use std::error::Error;
use std::time::Duration;

use jindiao_cluster::{Account, AccountConfig, Permit, PermitRequest, Report};
use jindiao_order::Product;
use jindiao_protocol::{Effect, Timestamp, Vendor};

fn main() -> Result<(), Box<dyn Error>> {
    let origin = "https://pro.qcc.com".parse()?;
    let config = |interval, daily| {
        let (key, secret) = ("FAKE-KEY", "FAKE-SECRET");
        AccountConfig::new(Vendor::Qcc, &origin, key, secret, interval, daily)
    };
    let ours = config(Duration::from_millis(250), Some(4));
    let mut account = Account::default();
    account.join(&ours)?;
    // A worker with another configuration would break the promise of the pace.
    if let Err(error) = account.join(&config(Duration::ZERO, None)) {
        println!("refused: {error}");
    }

    let request = PermitRequest {
        effect: Effect::Charge,
        product: Product::QccSnapshot,
        waited: false,
        config: ours,
    };
    let now = Timestamp::from_unix_seconds(1_676_601_233);
    let mut granted = 0;
    for worker in ["first", "second"].into_iter().cycle().take(5) {
        let permit = account.permit(now, &request);
        println!("{worker} worker: {permit:?}");
        granted += u32::from(matches!(permit, Permit::Granted { .. }));
    }
    account.heed(now, Report::SlowDown { pause: None });
    println!(
        "after an answer that calls come too fast: {:?}",
        account.view(now)
    );
    match granted {
        4 => Ok(()),
        other => Err(format!("{other} calls in a day that has four").into()),
    }
}
