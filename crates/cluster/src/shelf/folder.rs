//! A folder that all workers share.

use jindiao_batch::Folder;
use jindiao_client::{BoxFuture, Vendors};
use jindiao_order::{DownloadFailure, Order, StoredReport};
use jindiao_protocol::Link;
use jindiao_words::say;

use super::Shelf;

/// A folder that all workers share.
impl Shelf for Folder {
    fn name(&self) -> String {
        self.root().display().to_string()
    }

    fn store<'a>(
        &'a self,
        vendors: &'a Vendors,
        link: &'a Link,
        order: &'a Order,
    ) -> BoxFuture<'a, Result<StoredReport, DownloadFailure>> {
        Box::pin(async move {
            let file = Self::relative(order);
            let wanted = order.wanted();
            let vendor = wanted.product().vendor();
            let target = self.path(&file);
            let stored = vendors
                .download(vendor, link, &target, wanted.format())
                .await?;
            Ok(StoredReport {
                file,
                size: stored.bytes,
                sha256: stored.sha256_hex(),
            })
        })
    }

    fn probe(&self) -> BoxFuture<'_, Result<(), String>> {
        let root = self.root().to_owned();
        Box::pin(async move {
            let tried = tokio::task::spawn_blocking(move || Self::create(&root)).await;
            match tried {
                Ok(Ok(_)) => Ok(()),
                Ok(Err(error)) => Err(match std::error::Error::source(&error) {
                    Some(cause) => format!("{error}: {cause}"),
                    None => error.to_string(),
                }),
                Err(_) => Err(say!("the folder could not be looked at").to_string()),
            }
        })
    }
}
