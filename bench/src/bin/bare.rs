//! The same exchanges, waits and downloads as `jindiao run` of a list, in a loop over reqwest: no
//! ledger, no checks, nothing that survives a crash. With `--durable 1` what is downloaded survives
//! one: each file is synced, renamed, and its folder synced.

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use jindiao_bench::args::Args;
use jindiao_bench::plain;
use jindiao_signing::patsnap::{ClientId, ClientSecret, basic};
use jindiao_signing::qcc::{self, AppKey, SecretKey};
use jindiao_signing::yibeidiao::{self, CompanyKey, Token, Ts};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

type Failure = Box<dyn std::error::Error + Send + Sync>;

fn main() -> Result<(), Failure> {
    tokio::runtime::Runtime::new()?.block_on(run(&Args::of_process()))
}

struct Loop {
    client: reqwest::Client,
    base: String,
    out: PathBuf,
    /// Whether files are synced.
    durable: bool,
    poll: Duration,
    /// Calls under way, by vendor.
    calls: [Semaphore; 3],
    qcc: (AppKey, SecretKey),
    patsnap: (ClientId, String),
    yibeidiao: (CompanyKey, Token),
}

async fn run(args: &Args) -> Result<(), Failure> {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder().http1_only().no_proxy().build()?;
    let base: String = args.need("url")?;
    let list: PathBuf = args.need("list")?;
    let concurrency = args.get("concurrency", 32)?;
    let text = |name: &str| args.need::<String>(name);
    let id = ClientId::new(text("client-id")?)?;
    let secret = ClientSecret::new(text("client-secret")?)?;
    let reply = client
        .post(format!("{base}/oauth/token"))
        .header("Authorization", basic(&id, &secret).expose())
        .header("Content-Type", "application/x-www-form-urlencoded")
        .body("grant_type=client_credentials")
        .send()
        .await?;
    let token: plain::PatsnapToken = serde_json::from_slice(&reply.bytes().await?)?;
    let shared = Arc::new(Loop {
        client,
        base,
        out: args.need("out")?,
        durable: args.get("durable", 0)? == 1,
        poll: Duration::from_millis(args.get("poll-ms", 100)?),
        calls: [(); 3].map(|()| Semaphore::new(concurrency)),
        qcc: (
            AppKey::new(text("qcc-key")?)?,
            SecretKey::new(text("qcc-secret")?)?,
        ),
        patsnap: (id, token.token),
        yibeidiao: (
            CompanyKey::new(text("yibeidiao-key")?)?,
            Token::new(text("yibeidiao-token")?)?,
        ),
    });
    let mut orders = JoinSet::new();
    // The list is one that the benchmark wrote: no quotes, and these columns.
    for (n, line) in std::fs::read_to_string(list)?.lines().skip(1).enumerate() {
        let mut cells = line.split(',').map(str::to_owned);
        let (product, company) = (
            cells.next().unwrap_or_default(),
            cells.next().unwrap_or_default(),
        );
        let record = cells.next().unwrap_or_default();
        let shared = Arc::clone(&shared);
        orders.spawn(async move {
            match product.as_str() {
                "qcc/snapshot" => shared.snapshot(n, &company).await,
                "patsnap/innovation-report" => shared.innovation(n, &company).await,
                _ => shared.interim(n, &record).await,
            }
        });
    }
    let mut stored = 0;
    while let Some(order) = orders.join_next().await {
        order??;
        stored += 1;
    }
    println!(r#"{{"stored":{stored}}}"#);
    Ok(())
}

impl Loop {
    async fn snapshot(&self, n: usize, company: &str) -> Result<(), Failure> {
        let slot = self.calls[0].acquire().await?;
        let (key, secret) = &self.qcc;
        let signature = qcc::sign(key, secret, now());
        let request = self
            .client
            .get(format!(
                "{}/api/yj/EciImage/GetEciImage?key={}&keyWord={}",
                self.base,
                key.expose(),
                utf8_percent_encode(company, NON_ALPHANUMERIC)
            ))
            .header("Token", signature.token.as_str())
            .header("Timespan", signature.timespan.as_str());
        let reply = request.send().await?.bytes().await?;
        drop(slot);
        let image: plain::QccImage = serde_json::from_slice(&reply)?;
        self.download(n, "png", &image.result.ok_or("no link")?)
            .await
    }

    async fn innovation(&self, n: usize, company: &str) -> Result<(), Failure> {
        #[derive(serde::Serialize)]
        struct Body<'a> {
            report_type: &'a str,
            company_name: &'a str,
        }
        let (id, token) = &self.patsnap;
        let slot = self.calls[1].acquire().await?;
        let body = serde_json::to_vec(&Body {
            report_type: "pdf",
            company_name: company,
        })?;
        let request = self
            .client
            .post(format!(
                "{}/innovation/company-report/task/create?apikey={}",
                self.base,
                id.expose()
            ))
            .bearer_auth(token)
            .header("Content-Type", "application/json")
            .body(body);
        let reply = request.send().await?.bytes().await?;
        drop(slot);
        let created: plain::Patsnap<plain::PatsnapJob> = serde_json::from_slice(&reply)?;
        loop {
            tokio::time::sleep(self.poll).await;
            let slot = self.calls[1].acquire().await?;
            let request = self
                .client
                .get(format!(
                    "{}/innovation/company-report/job_id/status?apikey={}&job_id={}",
                    self.base,
                    id.expose(),
                    created.data.job_id
                ))
                .bearer_auth(token);
            let reply = request.send().await?.bytes().await?;
            drop(slot);
            let status: plain::Patsnap<plain::PatsnapStatus> = serde_json::from_slice(&reply)?;
            match status.data.job_status {
                2 => return self.download(n, "pdf", &status.data.download_url).await,
                3 => return Err("the report failed".into()),
                _ => {}
            }
        }
    }

    async fn interim(&self, n: usize, record: &str) -> Result<(), Failure> {
        let slot = self.calls[2].acquire().await?;
        let (key, token) = &self.yibeidiao;
        let ts = Ts::from_unix_seconds(now());
        let seq = format!("n{n:020}");
        let sign = yibeidiao::sign(key, &ts, &seq, token);
        let request = self
            .client
            .get(format!(
                "{}/open/company/record/generate-temp-report?recordNo={record}",
                self.base
            ))
            .header("key", key.expose())
            .header("ts", ts.as_str())
            .header("seq", &seq)
            .header("sign", sign.as_str());
        let reply = request.send().await?.bytes().await?;
        drop(slot);
        let report: plain::Yibeidiao = serde_json::from_slice(&reply)?;
        self.download(n, "pdf", link(&report.msg)?.as_str()).await
    }

    async fn download(&self, n: usize, extension: &str, url: &str) -> Result<(), Failure> {
        let reply = self.client.get(url).send().await?.error_for_status()?;
        let bytes = reply.bytes().await?;
        let file = self.out.join(format!("{n}.{extension}"));
        if !self.durable {
            tokio::fs::write(file, bytes).await?;
            return Ok(());
        }
        tokio::task::spawn_blocking(move || keep(&file, &bytes)).await??;
        Ok(())
    }
}

/// Writes a file so that it survives a power cut.
fn keep(file: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let part = file.with_extension("part");
    let mut written = File::create(&part)?;
    written.write_all(bytes)?;
    written.sync_all()?;
    std::fs::rename(&part, file)?;
    File::open(file.parent().unwrap_or(Path::new(".")))?.sync_all()
}

/// The vendor writes the link as it is or as JSON inside the text.
fn link(msg: &str) -> Result<String, Failure> {
    #[derive(serde::Deserialize)]
    struct Msg {
        url: String,
    }
    if msg.starts_with('{') {
        return Ok(serde_json::from_str::<Msg>(msg)?.url);
    }
    Ok(msg.to_owned())
}

fn now() -> i64 {
    jiff::Timestamp::now().as_second()
}
