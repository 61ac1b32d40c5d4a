//! An object store: reports are downloaded to this machine with all the checks of one machine, put
//! into the store, read back, and only then removed here.

mod config;
mod error;
mod transport;

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use bytes::Bytes;
use jindiao_batch::Folder;
use jindiao_client::{BoxFuture, Time, Transport, Vendors};
use jindiao_order::{DownloadFailure, DownloadProblem, Order, OrderId, StoredReport};
use jindiao_protocol::{FileKind, Link};
use jindiao_words::say;
use opendal::{Buffer, HttpTransporter, Metadata, OperationContext, Operator};
use ring::digest;
use tokio::fs::File;
use tokio::io::AsyncReadExt;

pub use config::{AccessKey, StoreConfig, StoreConfigError, StoreCredentials, StoreService};
pub use error::{StoreError, StoreErrorKind};

use super::Shelf;
use transport::Carrier;

/// A report travels in pieces of this many bytes; most have one.
const PIECE: usize = 8 * 1024 * 1024;
/// A report that is not larger is read back whole; of a larger one the size is looked at.
const READ_BACK: u64 = 32 * 1024 * 1024;
/// The pauses before a store that failed for the moment is tried again.
const PAUSES: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(4)];
/// A store that has taken so long is not tried again for now.
const PATIENCE: Duration = Duration::from_secs(20);
/// How often is looked for reports that wait here for the store.
const LOOK: Duration = Duration::from_secs(60);
/// What an object says of itself: whose report it is, from which placement, and its SHA-256 digest
/// in hex.
const ORDER: &str = "jindiao-order";
const PLACED: &str = "jindiao-placed";
const SHA256: &str = "jindiao-sha256";

/// An object store.
///
/// A report that cannot be put there waits in a folder of this machine, the spool, and is put there
/// as soon as that is possible, whoever goes on with its order. The content of an object is never
/// replaced by another, but where it is damaged.
#[derive(Clone)]
pub struct ObjectShelf(Arc<Inner>);

struct Inner {
    name: String,
    operator: Operator,
    time: Arc<dyn Time>,
    spool: Folder,
    /// The objects whose orders are at work on them.
    held: Mutex<BTreeSet<String>>,
}

/// What became of the reports that waited for the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Flushed {
    /// So many are there now.
    pub stored: usize,
    /// So many still wait.
    pub left: usize,
}

impl ObjectShelf {
    /// Opens the store and tries it: writes, reads and deletes a small object. What waits in the
    /// folder `spool`, which is made where it is missing, is put there, now and from time to time.
    ///
    /// # Errors
    /// If the settings make no store, or it does not do what it is asked for; or if the folder
    /// cannot be written.
    pub async fn open(
        config: &StoreConfig,
        credentials: &StoreCredentials,
        transport: Arc<dyn Transport>,
        time: Arc<dyn Time>,
        spool: &Path,
    ) -> Result<Self, StoreError> {
        let name = config.to_string();
        let operator = config
            .operator(credentials)
            .map_err(|error| StoreError::config(&name, error))?;
        let carrier = HttpTransporter::new(Carrier(transport));
        let context = OperationContext::new().with_http_transport(carrier);
        let shelf = Self::of(name, operator.with_context(context), time, spool)?;
        shelf.0.probe().await?;
        shelf.flush().await?;
        shelf.look_after_the_spool();
        Ok(shelf)
    }

    fn of(
        name: String,
        operator: Operator,
        time: Arc<dyn Time>,
        spool: &Path,
    ) -> Result<Self, StoreError> {
        let spool = Folder::create(spool)
            .map_err(|error| StoreError::new(StoreErrorKind::Spool, &name, error.to_string()))?;
        Ok(Self(Arc::new(Inner {
            name,
            operator,
            time,
            spool,
            held: Mutex::default(),
        })))
    }

    /// Puts what waits in the spool into the store.
    ///
    /// # Errors
    /// If the spool cannot be read. What the store does not take goes on waiting.
    pub async fn flush(&self) -> Result<Flushed, StoreError> {
        let inner = &self.0;
        let root = inner.spool.root().to_owned();
        let waiting = tokio::task::spawn_blocking(move || waiting(&root)).await;
        let waiting = waiting
            .unwrap_or_else(|_| Err(io::Error::other("the folder could not be read")))
            .map_err(|error| StoreError::spool(&inner.name, &error))?;
        let mut flushed = Flushed::default();
        for (object, mark) in waiting {
            let Some(_held) = inner.hold(&object) else {
                // Its order is at work on it.
                continue;
            };
            match inner.take_in(&object, &mark).await {
                Ok(_) => flushed.stored += 1,
                Err(error) => {
                    tracing::warn!(object, %error, "a report waits for the object store");
                    flushed.left += 1;
                    if error.kind() != StoreErrorKind::Occupied {
                        break;
                    }
                }
            }
        }
        Ok(flushed)
    }

    /// Whether `report` is there, whole.
    ///
    /// # Errors
    /// If it is missing, or is not what was put there, or the store cannot be asked.
    pub async fn check(&self, report: &StoredReport) -> Result<(), StoreError> {
        let found = self.0.stat(&report.file).await?;
        let digest = self.0.digest_of(&report.file, &found).await?;
        if found.content_length() == report.size && digest == report.sha256 {
            return Ok(());
        }
        Err(self.0.error(StoreErrorKind::Damaged, &report.file))
    }

    /// As long as the shelf is there.
    fn look_after_the_spool(&self) {
        let (weak, time) = (Arc::downgrade(&self.0), Arc::clone(&self.0.time));
        tokio::spawn(async move {
            loop {
                time.sleep(LOOK).await;
                let Some(inner) = weak.upgrade() else { break };
                if let Err(error) = Self(inner).flush().await {
                    tracing::warn!(%error, "reports may be waiting for the object store");
                }
            }
        });
    }
}

impl Shelf for ObjectShelf {
    fn name(&self) -> String {
        self.0.name.clone()
    }

    fn store<'a>(
        &'a self,
        vendors: &'a Vendors,
        link: &'a Link,
        order: &'a Order,
    ) -> BoxFuture<'a, Result<StoredReport, DownloadFailure>> {
        Box::pin(async move {
            let inner = &self.0;
            let object = Folder::relative(order);
            let mark = Mark::of(order);
            let spooled = inner.spooled(&object, &mark);
            // Two looks at one order are never at work at the same time.
            let _held = inner.hold(&object);
            if !tokio::fs::try_exists(&spooled).await.unwrap_or(false) {
                // Another worker may have brought it, and not lived to say so. If the store cannot
                // say: the link lives for a minute, perhaps, and the store is asked again below.
                if let Ok(Some(report)) = inner.brought(&object, &mark).await {
                    return Ok(report);
                }
                let wanted = order.wanted();
                let vendor = wanted.product().vendor();
                vendors
                    .download(vendor, link, &spooled, wanted.format())
                    .await?;
            }
            let taken = inner.take_in(&object, &mark).await;
            taken.map_err(|error| DownloadFailure {
                problem: DownloadProblem::Disk,
                text: say!(
                    "{error}; the report waits in {path}",
                    error,
                    path = spooled.display()
                )
                .to_string(),
            })
        })
    }

    fn probe(&self) -> BoxFuture<'_, Result<(), String>> {
        Box::pin(async move {
            let probed = self.0.probe().await;
            probed.map_err(|error| error.to_string())
        })
    }
}

impl fmt::Debug for ObjectShelf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ObjectShelf")
            .field("name", &self.0.name)
            .field("spool", &self.0.spool.root())
            .finish_non_exhaustive()
    }
}

/// What a file or an object holds.
#[derive(Debug, PartialEq, Eq)]
struct Content {
    size: u64,
    sha256: String,
}

impl Inner {
    /// Puts the report that waits in the spool into the store, and removes it here.
    async fn take_in(&self, object: &str, mark: &Mark) -> Result<StoredReport, StoreError> {
        let spooled = self.spooled(object, mark);
        let content = match content_of(&spooled).await {
            Ok(content) => content,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                // Another process with the same spool was quicker.
                let brought = self.brought(object, mark).await?;
                return brought.ok_or_else(|| StoreError::spool(&self.name, &error));
            }
            Err(error) => return Err(StoreError::spool(&self.name, &error)),
        };
        let begin = self.time.monotonic();
        let mut pauses = PAUSES.iter();
        let content = loop {
            let error = match self.put(object, mark, &spooled, &content).await {
                Ok(content) => break content,
                Err(error) => error,
            };
            let took = self.time.monotonic().saturating_sub(begin);
            match pauses.next() {
                Some(pause) if error.is_passing() && took < PATIENCE => {
                    self.time.sleep(*pause).await;
                }
                _ => return Err(error),
            }
        };
        if let Err(error) = tokio::fs::remove_file(&spooled).await
            && error.kind() != io::ErrorKind::NotFound
        {
            // It is in the store, and found there again.
            tracing::warn!(path = %spooled.display(), %error, "a stored report could not be removed here");
        }
        // Its folders, as far as they are empty.
        for folder in spooled.ancestors().skip(1).take(3) {
            if tokio::fs::remove_dir(folder).await.is_err() {
                break;
            }
        }
        Ok(report(object, content))
    }

    /// Puts a file into the store, where nothing is under its name. What is there is kept if it is
    /// this order's, whole.
    async fn put(
        &self,
        object: &str,
        mark: &Mark,
        file: &Path,
        content: &Content,
    ) -> Result<Content, StoreError> {
        let is_guarded = self.operator.info().capability().write_with_if_not_exists;
        let is_free = is_guarded
            || match self.stat(object).await {
                Err(error) if error.kind() == StoreErrorKind::Missing => true,
                Err(error) => return Err(error),
                Ok(_) => false,
            };
        let written = match is_free {
            true => self.write(object, mark, file, content, is_guarded).await,
            false => Err(self.error(StoreErrorKind::Occupied, object)),
        };
        match written {
            Ok(()) => {}
            Err(error) if error.kind() == StoreErrorKind::Occupied => {
                let found = self.stat(object).await?;
                let sha256 = self.digest_of(object, &found).await?;
                let size = found.content_length();
                let said = Said::of(&found);
                let is_own = said.mark.as_ref() == Some(mark);
                if sha256 == content.sha256 || (is_own && said.sha256.as_ref() == Some(&sha256)) {
                    return Ok(Content { size, sha256 });
                }
                if !is_own {
                    return Err(self.error(StoreErrorKind::Occupied, object));
                }
                // It says itself that it is damaged.
                self.write(object, mark, file, content, false).await?;
            }
            Err(error) => return Err(error),
        }
        let found = self.stat(object).await?;
        let is_whole = found.content_length() == content.size
            && (content.size > READ_BACK
                || self.digest_of(object, &found).await? == content.sha256);
        if !is_whole {
            return Err(self.error(StoreErrorKind::Damaged, object));
        }
        Ok(Content {
            size: content.size,
            sha256: content.sha256.clone(),
        })
    }

    async fn write(
        &self,
        object: &str,
        mark: &Mark,
        file: &Path,
        content: &Content,
        only_new: bool,
    ) -> Result<(), StoreError> {
        let can = self.operator.info().capability();
        let mut writer = self.operator.writer_with(object).chunk(PIECE);
        if only_new {
            writer = writer.if_not_exists(true);
        }
        if can.write_with_user_metadata {
            let said = [
                (ORDER, &mark.order),
                (PLACED, &mark.placed),
                (SHA256, &content.sha256),
            ];
            writer = writer.user_metadata(said.map(|(key, value)| (key.to_owned(), value.clone())));
        }
        if let (true, Some(media)) = (can.write_with_content_type, media_type(object)) {
            writer = writer.content_type(media);
        }
        let failed = |error: &opendal::Error| match StoreError::of(&self.name, error) {
            error if error.kind() == StoreErrorKind::Missing => {
                self.error(StoreErrorKind::NoBucket, "")
            }
            error if error.kind() == StoreErrorKind::Occupied => {
                self.error(StoreErrorKind::Occupied, object)
            }
            error => error,
        };
        let mut writer = writer.await.map_err(|error| failed(&error))?;
        let mut source = File::open(file)
            .await
            .map_err(|error| StoreError::spool(&self.name, &error))?;
        let written = async {
            loop {
                let piece = piece(&mut source)
                    .await
                    .map_err(|error| StoreError::spool(&self.name, &error))?;
                if piece.is_empty() {
                    break;
                }
                writer
                    .write(Buffer::from(piece))
                    .await
                    .map_err(|error| failed(&error))?;
            }
            writer.close().await.map_err(|error| failed(&error))
        };
        let written = written.await;
        if written.is_err() {
            // What was begun in pieces; where that fails, too, the store's own rules clean it up.
            let _ = writer.abort().await;
        }
        written.map(|_| ())
    }

    /// The report of this mark, if the store has it, whole.
    async fn brought(&self, object: &str, mark: &Mark) -> Result<Option<StoredReport>, StoreError> {
        let found = match self.stat(object).await {
            Ok(found) => found,
            Err(error) if error.kind() == StoreErrorKind::Missing => return Ok(None),
            Err(error) => return Err(error),
        };
        let said = Said::of(&found);
        let (true, Some(sha256)) = (said.mark.as_ref() == Some(mark), said.sha256) else {
            return Ok(None);
        };
        let is_whole = self.digest_of(object, &found).await? == sha256;
        let size = found.content_length();
        Ok(is_whole.then(|| report(object, Content { size, sha256 })))
    }

    async fn stat(&self, object: &str) -> Result<Metadata, StoreError> {
        let found = self.operator.stat(object).await;
        found.map_err(|error| StoreError::of(&self.name, &error))
    }

    /// The digest of what the store gives back, in hex.
    async fn digest_of(&self, object: &str, found: &Metadata) -> Result<String, StoreError> {
        let mut context = digest::Context::new(&digest::SHA256);
        let (mut begin, size) = (0, found.content_length());
        while begin < size {
            let end = size.min(begin + PIECE as u64);
            let piece = self.operator.read_with(object).range(begin..end).await;
            let piece = piece.map_err(|error| StoreError::of(&self.name, &error))?;
            piece.into_iter().for_each(|bytes| context.update(&bytes));
            begin = end;
        }
        Ok(hex::encode(context.finish()))
    }

    /// Writes, reads and deletes a small object.
    async fn probe(&self) -> Result<(), StoreError> {
        let mut nonce = [0; 8];
        getrandom::fill(&mut nonce)
            .map_err(|error| StoreError::spool(&self.name, &io::Error::other(error)))?;
        let object = format!("jindiao-probe-{}", hex::encode(nonce));
        let failed = |error: opendal::Error| match StoreError::of(&self.name, &error) {
            // Of a store that was just written to: it was the bucket that was not found.
            error if error.kind() == StoreErrorKind::Missing => {
                self.error(StoreErrorKind::NoBucket, "")
            }
            error => error,
        };
        let text = Bytes::from_static(b"Jindiao tries whether it can store reports here.\n");
        let written = self.operator.write(&object, text.clone()).await;
        written.map_err(failed)?;
        let read = self.operator.read(&object).await.map_err(failed);
        self.operator.delete(&object).await.map_err(failed)?;
        if read?.to_bytes() == text {
            Ok(())
        } else {
            Err(self.error(StoreErrorKind::Damaged, &object))
        }
    }

    fn error(&self, kind: StoreErrorKind, detail: &str) -> StoreError {
        StoreError::new(kind, &self.name, detail)
    }

    /// Where a report waits: `<placed>/<object>` below the spool.
    fn spooled(&self, object: &str, mark: &Mark) -> PathBuf {
        self.spool.path(&format!("{}/{object}", mark.placed))
    }

    /// Keeps others from `object`, unless somebody has it.
    fn hold(&self, object: &str) -> Option<Held<'_>> {
        let is_free = self.held().insert(object.to_owned());
        is_free.then(|| Held {
            inner: self,
            object: object.to_owned(),
        })
    }

    fn held(&self) -> MutexGuard<'_, BTreeSet<String>> {
        match self.held.lock() {
            Ok(held) => held,
            Err(poisoned) => poisoned.into_inner(),
        }
    }
}

/// An object that others are kept from.
struct Held<'a> {
    inner: &'a Inner,
    object: String,
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        self.inner.held().remove(&self.object);
    }
}

/// Which report of which order it is. The same request is another report after it was ordered
/// anew, also by a cluster that knows nothing of the first one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Mark {
    order: String,
    /// When the vendor took the order, in milliseconds.
    placed: String,
}

impl Mark {
    fn of(order: &Order) -> Self {
        let placed = order.placement().map_or(0, |it| it.at.unix_millis());
        Self {
            order: order.id().to_string(),
            placed: placed.to_string(),
        }
    }
}

/// What an object says of itself, if it is one of ours.
struct Said {
    mark: Option<Mark>,
    sha256: Option<String>,
}

impl Said {
    fn of(found: &Metadata) -> Self {
        let said: Vec<_> = found.user_metadata().into_iter().flatten().collect();
        let value = |name: &str| {
            let mut said = said.iter();
            let found = said.find(|(key, _)| key.eq_ignore_ascii_case(name));
            found.map(|(_, value)| (*value).to_owned())
        };
        let mark = |order, placed| Mark { order, placed };
        Self {
            mark: value(ORDER)
                .zip(value(PLACED))
                .map(|(order, placed)| mark(order, placed)),
            sha256: value(SHA256),
        }
    }
}

fn report(object: &str, content: Content) -> StoredReport {
    StoredReport {
        file: object.to_owned(),
        size: content.size,
        sha256: content.sha256,
    }
}

async fn content_of(path: &Path) -> io::Result<Content> {
    let mut file = File::open(path).await?;
    let mut context = digest::Context::new(&digest::SHA256);
    let mut size = 0;
    loop {
        let piece = piece(&mut file).await?;
        if piece.is_empty() {
            break;
        }
        size += piece.len() as u64;
        context.update(&piece);
    }
    Ok(Content {
        size,
        sha256: hex::encode(context.finish()),
    })
}

/// The next piece of a file; an empty one at its end.
async fn piece(file: &mut File) -> io::Result<Bytes> {
    let mut piece = Vec::new();
    let mut source = file.take(PIECE as u64);
    source.read_to_end(&mut piece).await?;
    Ok(piece.into())
}

/// The reports in the spool: their objects and marks. What is being downloaded, or was rejected,
/// is called otherwise.
fn waiting(root: &Path) -> io::Result<Vec<(String, Mark)>> {
    let mut found = vec![(root.to_owned(), Vec::new())];
    // Placements, vendors, products, files.
    for _ in 0..4 {
        let above = std::mem::take(&mut found);
        for (path, names) in above.into_iter().filter(|(path, _)| path.is_dir()) {
            for entry in std::fs::read_dir(path)? {
                let entry = entry?;
                if let Ok(name) = entry.file_name().into_string() {
                    let names = names.iter().cloned().chain([name]).collect::<Vec<_>>();
                    found.push((entry.path(), names));
                }
            }
        }
    }
    let mut waiting = Vec::new();
    for (path, names) in found {
        if let [placed, vendor, product, name] = &names[..]
            && path.is_file()
            && placed.parse::<i64>().is_ok()
            && let Some(order) = order_of(name)
        {
            let mark = Mark {
                order: order.to_string(),
                placed: placed.clone(),
            };
            waiting.push((format!("{vendor}/{product}/{name}"), mark));
        }
    }
    waiting.sort();
    Ok(waiting)
}

/// The order that a file of this name is of: `<subject>-<short id>.<ext>`.
fn order_of(name: &str) -> Option<OrderId> {
    let (stem, extension) = name.rsplit_once('.')?;
    let kind: FileKind = extension.parse().ok()?;
    let id = stem.rsplit_once('-').map_or(stem, |(_, id)| id);
    let id: OrderId = id.parse().ok()?;
    name.ends_with(&format!("{}.{}", id.as_str(), kind.extension()))
        .then_some(id)
}

fn media_type(object: &str) -> Option<&'static str> {
    let (_, extension) = object.rsplit_once('.')?;
    Some(match extension.parse().ok()? {
        FileKind::Pdf => "application/pdf",
        FileKind::Docx => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        FileKind::Zip => "application/zip",
        FileKind::Png => "image/png",
    })
}
