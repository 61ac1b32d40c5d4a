//! What is known of the money when an order is answered, when its answer is lost, and when it
//! never left: against a simulator in this process that counts every charge.
//!
//! `cargo run -p jindiao-client --example lost_answer`

use std::error::Error;
use std::time::Duration;

use jindiao_client::{Client, SendGuard};
use jindiao_protocol_qcc::{Auth, GetEciImage};
use jindiao_signing::qcc::{AppKey, SecretKey};
use jindiao_simulator::{Fault, FaultPlan, FaultRule, Operation, Options, Simulator};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let lost = FaultRule::nth(Operation::QccImage, 2, Fault::DropAfterCharge);
    let simulator = Simulator::start(Options {
        faults: FaultPlan::one(lost),
        ..Options::default()
    })
    .await?;
    let account = simulator.credentials();
    let auth = Auth::new(
        simulator.base_url().parse()?,
        AppKey::new(account.qcc_key.as_str())?,
        SecretKey::new(account.qcc_secret.as_str())?,
    );
    let client = Client::http()?;
    let guard = |life| SendGuard::new(&**client.time(), life);
    for (name, guard) in [
        ("answered", guard(Duration::from_secs(3))),
        ("its answer is lost", guard(Duration::from_secs(3))),
        ("too late to be sent", guard(Duration::ZERO)),
    ] {
        let wanted = GetEciImage {
            key_word: format!("{name}有限公司"),
        };
        match client.once(&wanted, &auth, Some(guard)).await {
            Ok((answer, _)) => println!("{name}: {}", answer.value.link(client.time().now())?),
            Err(error) => {
                println!("{name}: {error}");
                println!("  {}, so: {}", error.delivery(), error.outcome());
            }
        }
        println!("  charged until now: {}", simulator.charges().total);
    }
    simulator.shutdown().await;
    Ok(())
}
