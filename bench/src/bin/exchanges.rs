//! The processor time of exchanges: by Jindiao's client beside raw reqwest (`--beside read` or
//! `--beside charge`), or by Jindiao's client alone (`--alone qcc` or `--alone patsnap`, with
//! `--key`, `--secret` and, for PatSnap, the client id and secret).

use std::time::Duration;

use jindiao_bench::args::Args;
use jindiao_bench::{plain, samples};
use jindiao_client::Client;
use jindiao_protocol::Exchange;
use jindiao_protocol_patsnap::{Auth as PatsnapAuth, RequestToken, TokenAuth};
use jindiao_protocol_qcc::Auth as QccAuth;
use jindiao_signing::patsnap::{ClientId, ClientSecret};
use jindiao_signing::qcc::{self, AppKey, SecretKey};
use reqwest::header::ACCEPT_ENCODING;
use rustix::time::{ClockId, clock_gettime};

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    let args = Args::of_process();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        match (args.text("beside"), args.text("alone")) {
            (Some("read"), _) => beside(&args, &samples::report_info(), Side::Read).await,
            (Some("charge"), _) => beside(&args, &samples::eci_image(), Side::Charge).await,
            (_, Some("qcc")) => qcc(&args).await,
            (_, Some("patsnap")) => patsnap(&args).await,
            _ => Err("--beside read|charge or --alone qcc|patsnap".into()),
        }
    })
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Read,
    Charge,
}

/// Rounds of both, in turn: what disturbs one disturbs the other. A line of JSON for each round
/// with microseconds of processor time for one exchange.
async fn beside<E: Exchange<Auth = QccAuth>>(
    args: &Args,
    exchange: &E,
    side: Side,
) -> Result<(), Failure> {
    let url: String = args.need("url")?;
    let (rounds, each) = (args.get("rounds", 9)?, args.get("each", 2000)?);
    let auth = samples::qcc_auth(&url)?;
    let client = Client::http()?;
    let raw = raw(side)?;
    for round in 0..=rounds {
        let begin = cpu();
        for _ in 0..each {
            client.once(exchange, &auth, None).await?;
        }
        let middle = cpu();
        for _ in 0..each {
            raw_exchange(&raw, &url, side).await?;
        }
        let end = cpu();
        // The first one only warms up.
        if round > 0 {
            let micros = |time: Duration| time.as_secs_f64() * 1e6 / f64::from(each);
            let (ours, other) = (micros(middle - begin), micros(end - middle));
            println!(r#"{{"ours":{ours},"other":{other}}}"#);
        }
    }
    Ok(())
}

/// reqwest with the same pool, and none of the rest.
fn raw(side: Side) -> Result<reqwest::Client, Failure> {
    // Another one is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let builder = reqwest::Client::builder()
        .http1_only()
        .no_proxy()
        .timeout(Duration::from_secs(15));
    let builder = match side {
        Side::Read => builder.pool_idle_timeout(Duration::from_secs(8)),
        Side::Charge => builder.pool_max_idle_per_host(0),
    };
    Ok(builder.build()?)
}

async fn raw_exchange(client: &reqwest::Client, base: &str, side: Side) -> Result<(), Failure> {
    let (key, secret) = samples::qcc_credentials()?;
    let now = jiff::Timestamp::now().as_second();
    let signature = qcc::sign(&key, &secret, now);
    let request = match side {
        Side::Read => client.get(format!(
            "{base}/api/radar_ext/getReportInfo?key={}&orderNo={}",
            samples::QCC_KEY,
            samples::ORDER_NO
        )),
        Side::Charge => client.get(format!(
            "{base}/api/yj/EciImage/GetEciImage?key={}&keyWord={}",
            samples::QCC_KEY,
            percent_encoding::utf8_percent_encode(
                samples::COMPANY,
                percent_encoding::NON_ALPHANUMERIC
            )
        )),
    };
    let reply = request
        .header("Token", signature.token.as_str())
        .header("Timespan", signature.timespan.as_str())
        .header(ACCEPT_ENCODING, "identity")
        .send()
        .await?
        .bytes()
        .await?;
    match side {
        Side::Read => {
            let info: plain::QccInfo = serde_json::from_slice(&reply)?;
            info.result.report_url.ok_or("no link")?;
        }
        Side::Charge => {
            let image: plain::QccImage = serde_json::from_slice(&reply)?;
            image.result.ok_or("no link")?;
        }
    }
    Ok(())
}

/// QCC's `GetEciImage`, as many as `--each` says; the seconds of processor time as JSON.
async fn qcc(args: &Args) -> Result<(), Failure> {
    let url: String = args.need("url")?;
    let (key, secret) = (args.need::<String>("key")?, args.need::<String>("secret")?);
    let auth = QccAuth::new(url.parse()?, AppKey::new(key)?, SecretKey::new(secret)?);
    alone(args, &samples::eci_image(), &auth).await
}

/// PatSnap's `company-report/task/create`, likewise.
async fn patsnap(args: &Args) -> Result<(), Failure> {
    let url: String = args.need("url")?;
    let id = ClientId::new(args.need::<String>("key")?)?;
    let secret = ClientSecret::new(args.need::<String>("secret")?)?;
    let client = Client::http()?;
    let origin: jindiao_protocol::Origin = url.parse()?;
    let token = TokenAuth {
        origin: origin.clone(),
        id: id.clone(),
        secret,
    };
    let (answer, _) = client.once(&RequestToken, &token, None).await?;
    let auth = PatsnapAuth::with_token(origin, id, answer.value.token);
    alone(args, &samples::create_company_report()?, &auth).await
}

async fn alone<E: Exchange>(args: &Args, exchange: &E, auth: &E::Auth) -> Result<(), Failure> {
    let each: u32 = args.get("each", 2000)?;
    let client = Client::http()?;
    client.once(exchange, auth, None).await?;
    let begin = cpu();
    for _ in 0..each {
        client.once(exchange, auth, None).await?;
    }
    let seconds = (cpu() - begin).as_secs_f64();
    println!(r#"{{"exchanges":{each},"seconds":{seconds}}}"#);
    Ok(())
}

/// The processor time that this process has had.
fn cpu() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(
        u64::try_from(time.tv_sec).unwrap_or_default(),
        u32::try_from(time.tv_nsec).unwrap_or_default(),
    )
}
