//! Downloads with Jindiao's client: `--url URL`, as often as `--count` says, into `--out`.

use std::path::PathBuf;
use std::sync::Arc;

use jindiao_bench::args::Args;
use jindiao_client::{AddressPolicy, Client, DownloadLimits};
use jindiao_protocol::{FileKind, Link};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // As the program has it.
    tokio::runtime::Runtime::new()?.block_on(fetch(&Args::of_process()))
}

async fn fetch(args: &Args) -> Result<(), Box<dyn std::error::Error>> {
    let url: String = args.need("url")?;
    let out: PathBuf = args.need("out")?;
    let slots = Arc::new(Semaphore::new(args.get("concurrency", 1)?));
    let client = Client::http()?;
    let limits = DownloadLimits::default()
        .with_addresses(AddressPolicy::PRIVATE_TOO)
        .with_max_bytes(2 << 30);
    let mut downloads = JoinSet::new();
    for n in 0..args.get("count", 1)? {
        let link = Link::parse(&url, client.time().now(), None)?;
        let target = out.join(format!("{n}.pdf"));
        let (client, limits) = (client.clone(), limits.clone());
        let slot = Arc::clone(&slots).acquire_owned().await?;
        downloads.spawn(async move {
            let stored = client
                .download(&link, &target, FileKind::Pdf, &limits)
                .await;
            drop(slot);
            stored
        });
    }
    while let Some(stored) = downloads.join_next().await {
        stored??;
    }
    Ok(())
}
