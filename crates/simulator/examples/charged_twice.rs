//! A client that repeats an order whose answer it did not get, and the book that catches it.
//!
//! `cargo run -p jindiao-simulator --example charged_twice`

use std::error::Error;
use std::time::{SystemTime, UNIX_EPOCH};

use jindiao_signing::qcc::{AppKey, SecretKey, sign};
use jindiao_simulator::{Fault, FaultPlan, FaultRule, Operation, Options, Simulator};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let lost = FaultRule::nth(Operation::QccImage, 1, Fault::DropAfterCharge);
    let simulator = Simulator::start(Options {
        faults: FaultPlan::one(lost),
        ..Options::default()
    })
    .await?;
    println!("the vendors are at {}", simulator.base_url());

    for attempt in 1..=2 {
        let reply = order(&simulator).await?;
        let first = reply
            .lines()
            .next()
            .unwrap_or("nothing, the connection ended");
        println!("attempt {attempt}: {first}");
    }
    let charges = simulator.charges();
    for (subject, times) in charges.charged_twice() {
        println!("charged {times} times: {subject}");
    }
    simulator.shutdown().await;
    match charges.total {
        2 => Ok(()),
        other => Err(format!("{other} charges, where two were made").into()),
    }
}

/// Orders a picture of a company, as a client without a library would.
async fn order(simulator: &Simulator) -> Result<String, Box<dyn Error>> {
    let account = simulator.credentials();
    let key = AppKey::new(account.qcc_key.as_str())?;
    let secret = SecretKey::new(account.qcc_secret.as_str())?;
    #[expect(clippy::disallowed_methods, reason = "the clock of a program")]
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?;
    let signature = sign(&key, &secret, i64::try_from(now.as_secs())?);
    let request = format!(
        "GET /api/yj/EciImage/GetEciImage?key={}&keyWord=Example HTTP/1.1\r\n\
         Host: {}\r\nToken: {}\r\nTimespan: {}\r\nConnection: close\r\n\r\n",
        key.expose(),
        simulator.addr(),
        signature.token.as_str(),
        signature.timespan.as_str(),
    );
    let mut connection = TcpStream::connect(simulator.addr()).await?;
    connection.write_all(request.as_bytes()).await?;
    let mut reply = String::new();
    // Where the simulator hangs up there is nothing to read.
    let _ = connection.read_to_string(&mut reply).await;
    Ok(reply)
}
