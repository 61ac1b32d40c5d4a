//! The file that a download grows in, and what is remembered of it when the download breaks off.

use std::ffi::OsString;
use std::fs;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use bytes::Bytes;
use sha2::{Digest, Sha256};

use crate::disk::{Disk, Work, free_bytes, sync_folder};
use crate::own_file::{self, Identity};

/// How much of a file's beginning is kept to be looked at.
const HEAD: usize = 512;
/// How much of its end.
const TAIL: usize = 1024;
/// The longest note that is read: one that we wrote is far shorter.
const MAX_NOTE: usize = 4096;
/// How often a part is tried that is not there, not ours or just gone, before it is given up.
const MAX_TRIES: u32 = 8;

/// How much of a download is gathered in memory to be hashed and written in one go, in bytes.
const BATCH: usize = 256 * 1024;

/// `<target>.part`, locked while it is open.
///
/// What comes is hashed and written on the disk's thread while more of it comes. Small reports are
/// written, synced and renamed in one go.
pub(crate) struct Part {
    paths: Paths,
    disk: Disk,
    /// The file, where nothing is being written.
    file: Option<Hashed>,
    /// What is being written.
    writing: Option<Work<Written>>,
    /// What came and is not being written yet. Copied: to keep what the connection gave would have
    /// it take new memory for all that comes after.
    pending: Vec<u8>,
    identity: Identity,
    /// How many bytes more there was room for when it was opened.
    free: Option<u64>,
    bytes: u64,
    head: Vec<u8>,
    tail: Vec<u8>,
    /// The size of the whole file, where it is known.
    total: Option<u64>,
    etag: Option<String>,
}

/// A file and the digest of what is in it.
struct Hashed {
    file: fs::File,
    digest: Sha256,
}

/// What there is when a batch is written.
struct Written {
    hashed: Hashed,
    result: io::Result<()>,
    /// The batch, to be filled again.
    batch: Vec<u8>,
}

/// What a broken download left: the next one may ask for the rest of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Resume {
    /// How much there is.
    pub(crate) bytes: u64,
    /// How much there should be.
    pub(crate) total: Option<u64>,
    /// The strong `ETag` of the file that it is a part of.
    pub(crate) etag: String,
    /// The digest of what there is, in hex.
    sha256: String,
}

#[derive(Debug)]
pub(crate) enum PartError {
    /// Another download has it.
    Busy,
    /// The file system refused.
    Disk(io::Error),
}

impl From<io::Error> for PartError {
    fn from(error: io::Error) -> Self {
        Self::Disk(error)
    }
}

#[derive(Clone)]
struct Paths {
    target: PathBuf,
    folder: PathBuf,
    part: PathBuf,
    note: PathBuf,
    aside: PathBuf,
}

impl Part {
    /// Opens the part of `target`, with what a download before left in it, if that can be resumed.
    pub(crate) async fn open(
        target: &Path,
        disk: &Disk,
    ) -> Result<(Self, Option<Resume>), PartError> {
        let paths = Paths::of(target)?;
        let place = disk.clone();
        disk.work(move || {
            let Locked {
                mut file,
                identity,
                is_new,
            } = open_locked(&paths)?;
            let mut left = Left::default();
            let mut resume = None;
            if !is_new {
                resume = take_note(&paths.note).filter(|note| left.read_back(&mut file, note));
                if resume.is_none() {
                    left = Left::default();
                }
                file.set_len(left.bytes)?;
                file.seek(SeekFrom::Start(left.bytes))?;
            }
            let part = Self {
                free: free_bytes(&paths.folder),
                paths,
                disk: place,
                identity,
                file: Some(Hashed {
                    file,
                    digest: left.digest,
                }),
                writing: None,
                pending: Vec::new(),
                bytes: left.bytes,
                head: left.head,
                tail: left.tail,
                total: resume.as_ref().and_then(|note| note.total),
                etag: resume.as_ref().map(|note| note.etag.clone()),
            };
            Ok((part, resume))
        })
        .await
    }

    /// Forgets what there is; what comes now is a file of this size with this strong `ETag`.
    pub(crate) async fn start_over(
        &mut self,
        total: Option<u64>,
        etag: Option<&str>,
    ) -> Result<(), PartError> {
        self.total = total;
        self.etag = etag.map(str::to_owned);
        if self.bytes > 0 {
            let mut hashed = self.at_rest().await?;
            self.pending.clear();
            let empty = move || {
                hashed.digest = Sha256::new();
                hashed.file.set_len(0)?;
                hashed.file.seek(SeekFrom::Start(0))?;
                Ok::<_, io::Error>(hashed)
            };
            self.file = Some(self.disk.work(empty).await?);
            self.bytes = 0;
            self.head.clear();
            self.tail.clear();
        }
        Ok(())
    }

    pub(crate) async fn write(&mut self, piece: Bytes) -> Result<(), PartError> {
        self.bytes = self.bytes.saturating_add(piece.len() as u64);
        remember(&mut self.head, &mut self.tail, &piece);
        self.pending.extend_from_slice(&piece);
        if self.pending.len() >= BATCH {
            let full = std::mem::take(&mut self.pending);
            let hashed = self.at_rest().await?;
            self.writing = Some(self.disk.begin(move || hashed.write(full)));
        }
        Ok(())
    }

    /// The file, when what is being written is written.
    async fn at_rest(&mut self) -> io::Result<Hashed> {
        if let Some(writing) = self.writing.take() {
            let written = writing.end().await?;
            self.file = Some(written.hashed);
            written.result?;
            if self.pending.is_empty() {
                self.pending = written.batch;
                self.pending.clear();
            }
        }
        self.file
            .take()
            .ok_or_else(|| io::Error::other("the part was given up after an error"))
    }

    /// How many bytes more the folder had room for, where the system tells.
    pub(crate) fn room(&self) -> Option<u64> {
        self.free
    }

    /// How much there is.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// The first bytes.
    pub(crate) fn head(&self) -> &[u8] {
        &self.head
    }

    /// The last bytes.
    pub(crate) fn tail(&self) -> &[u8] {
        &self.tail
    }

    /// Keeps what there is for the next download, if that can know the file again.
    pub(crate) async fn keep(mut self) -> Result<(), PartError> {
        let Some(etag) = self.etag.take().filter(|_| self.bytes > 0) else {
            self.discard().await;
            return Ok(());
        };
        let hashed = self.at_rest().await?;
        let last = std::mem::take(&mut self.pending);
        let (bytes, total, path) = (self.bytes, self.total, self.paths.note.clone());
        self.disk
            .work(move || {
                // Only what is surely on disk is worth a note.
                let hashed = hashed.write_and_sync(last)?;
                let note = Resume {
                    bytes,
                    total,
                    etag,
                    sha256: hex::encode(hashed.digest.clone().finalize()),
                };
                write_private(&path, note.to_text().as_bytes()).map_err(PartError::Disk)
            })
            .await
    }

    /// Leaves nothing behind.
    pub(crate) async fn discard(mut self) {
        // What was written is of no interest, but nothing may be written after.
        let hashed = self.at_rest().await;
        let paths = self.paths.clone();
        // Removed while the lock is still held, so that nobody else's part goes. What cannot be
        // removed is overwritten by the next download.
        let remove = move || {
            let removed = fs::remove_file(&paths.part);
            drop(hashed);
            removed
        };
        let _ = self.disk.work(remove).await;
    }

    /// Makes the part the target, so that it survives a power cut: its size and digest.
    pub(crate) async fn publish(mut self) -> Result<(u64, [u8; 32]), PartError> {
        let target = self.paths.target.clone();
        let digest = self.become_file(target).await?;
        Ok((self.bytes, digest.finalize().into()))
    }

    /// Keeps a whole file that is not what was expected: its name.
    pub(crate) async fn set_aside(mut self) -> Result<String, PartError> {
        let aside = self.paths.aside.clone();
        let name = aside
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        self.become_file(aside).await?;
        Ok(name)
    }

    async fn become_file(&mut self, path: PathBuf) -> Result<Sha256, PartError> {
        let hashed = self.at_rest().await?;
        let last = std::mem::take(&mut self.pending);
        let (part, identity) = (self.paths.part.clone(), self.identity.clone());
        let rename = move || {
            let hashed = hashed.write_and_sync(last).inspect_err(|_| {
                // It is of no use, and takes room that may be what is missing.
                let _ = fs::remove_file(&part);
            })?;
            if !own_file::is_at(&identity, &part) {
                // Somebody put another file there: it is not what was downloaded.
                return Err(PartError::Busy);
            }
            fs::rename(&part, path)?;
            Ok(hashed.digest)
        };
        let digest = self.disk.work(rename).await?;
        self.disk.sync_folder(&self.paths.folder).await?;
        Ok(digest)
    }
}

impl Hashed {
    fn write(mut self, batch: Vec<u8>) -> Written {
        self.digest.update(&batch);
        Written {
            result: self.file.write_all(&batch),
            hashed: self,
            batch,
        }
    }

    fn write_and_sync(self, batch: Vec<u8>) -> io::Result<Self> {
        let Written { hashed, result, .. } = self.write(batch);
        result?;
        hashed.file.sync_all()?;
        Ok(hashed)
    }
}

impl Paths {
    fn of(target: &Path) -> io::Result<Self> {
        let name = target.file_name().ok_or_else(|| {
            io::Error::new(io::ErrorKind::InvalidInput, "the target is no file name")
        })?;
        let with = |suffix: &str| {
            let mut name = OsString::from(name);
            name.push(suffix);
            target.with_file_name(name)
        };
        let folder = match target.parent() {
            Some(folder) if folder != Path::new("") => folder.to_owned(),
            _ => PathBuf::from("."),
        };
        Ok(Self {
            target: target.to_owned(),
            folder,
            part: with(".part"),
            note: with(".part.resume"),
            aside: with(".rejected"),
        })
    }
}

/// What was read back of a part that was left.
#[derive(Default)]
struct Left {
    bytes: u64,
    digest: Sha256,
    head: Vec<u8>,
    tail: Vec<u8>,
}

impl Left {
    /// Whether `file` begins with exactly what `note` says.
    fn read_back(&mut self, file: &mut fs::File, note: &Resume) -> bool {
        let mut buffer = vec![0; 64 * 1024];
        let mut left = note.bytes;
        while left > 0 {
            let want = usize::try_from(left)
                .unwrap_or(buffer.len())
                .min(buffer.len());
            let chunk = &mut buffer[..want];
            if file.read_exact(chunk).is_err() {
                return false;
            }
            self.digest.update(&*chunk);
            remember(&mut self.head, &mut self.tail, chunk);
            left -= want as u64;
        }
        self.bytes = note.bytes;
        hex::encode(self.digest.clone().finalize()) == note.sha256
    }
}

fn remember(head: &mut Vec<u8>, tail: &mut Vec<u8>, chunk: &[u8]) {
    let room = HEAD - head.len();
    head.extend_from_slice(&chunk[..chunk.len().min(room)]);
    let news = &chunk[chunk.len().saturating_sub(TAIL)..];
    let surplus = (tail.len() + news.len()).saturating_sub(TAIL);
    tail.drain(..surplus);
    tail.extend_from_slice(news);
}

impl Resume {
    fn to_text(&self) -> String {
        let total = self
            .total
            .map_or_else(String::new, |total| total.to_string());
        format!("{}\n{total}\n{}\n{}\n", self.bytes, self.sha256, self.etag)
    }

    fn parse(text: &str) -> Option<Self> {
        let mut lines = text.lines();
        let bytes = lines.next()?.parse().ok()?;
        let total = match lines.next()? {
            "" => None,
            total => Some(total.parse().ok()?),
        };
        let sha256 = lines.next()?.to_owned();
        let etag = lines.next()?.to_owned();
        let complete = total.is_some_and(|total| total <= bytes);
        (bytes > 0 && !complete).then_some(Self {
            bytes,
            total,
            etag,
            sha256,
        })
    }
}

/// Reads the note and removes it: while the part changes, it would be wrong.
fn take_note(path: &Path) -> Option<Resume> {
    let text = own_file::open(path).ok().filter(own_file::is_ours);
    let text = text.and_then(|file| {
        let mut text = String::new();
        let read = file.take(MAX_NOTE as u64).read_to_string(&mut text);
        read.is_ok().then_some(text)
    });
    fs::remove_file(path).ok()?;
    Resume::parse(&text?)
}

/// A part that is locked.
struct Locked {
    file: fs::File,
    identity: Identity,
    /// Whether there was none before.
    is_new: bool,
}

/// Opens and locks a part. Where another download made it the target just before the lock was
/// had, opens the next one: a report that is stored must not be written to.
fn open_locked(paths: &Paths) -> Result<Locked, PartError> {
    let path = &paths.part;
    for _ in 0..MAX_TRIES {
        let (file, is_new) = match own_file::create(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                create_folder(&paths.folder)?;
                continue;
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                match own_file::open(path) {
                    // It became the target meanwhile.
                    Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                    Err(error) if own_file::is_in_the_way(&error) => {
                        fs::remove_file(path)?;
                        continue;
                    }
                    opened => (opened?, false),
                }
            }
            created => (created?, true),
        };
        match file.try_lock() {
            Ok(()) => {}
            Err(fs::TryLockError::WouldBlock) => return Err(PartError::Busy),
            // Some network file systems have no locks. One process does not download to the same
            // target twice at a time anyway.
            Err(fs::TryLockError::Error(_)) => {}
        }
        let identity = Identity::of(&file)?;
        if !own_file::is_at(&identity, path) {
            continue;
        }
        if is_new || own_file::is_ours(&file) {
            return Ok(Locked {
                file,
                identity,
                is_new,
            });
        }
        // Locked, so that nobody is at work on it. Where a file system keeps no owners it may be
        // ours all the same: then what came before comes again.
        fs::remove_file(path)?;
    }
    Err(PartError::Busy)
}

fn write_private(path: &Path, content: &[u8]) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = own_file::create(path)?;
    file.write_all(content)?;
    file.sync_all()
}

/// Creates a folder and those above it, for their owner alone and so that they survive a power
/// cut. What is there keeps its mode.
fn create_folder(folder: &Path) -> io::Result<()> {
    let missing: Vec<&Path> = folder
        .ancestors()
        .take_while(|folder| !folder.as_os_str().is_empty() && !folder.exists())
        .collect();
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)?;
    for created in missing {
        match created.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => sync_folder(parent)?,
            _ => sync_folder(Path::new("."))?,
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn note() -> Resume {
        Resume {
            bytes: 10,
            total: Some(20),
            etag: "\"tag\"".to_owned(),
            sha256: hex::encode(Sha256::digest(b"0123456789")),
        }
    }

    #[test]
    fn a_note_is_read_as_it_was_written() {
        for total in [None, Some(20)] {
            let note = Resume { total, ..note() };
            assert_eq!(Resume::parse(&note.to_text()), Some(note));
        }
    }

    #[test]
    fn a_note_of_nothing_or_of_everything_is_none() {
        for (bytes, total) in [(0, Some(20)), (20, Some(20)), (21, Some(20))] {
            let note = Resume {
                bytes,
                total,
                ..note()
            };
            assert_eq!(Resume::parse(&note.to_text()), None);
        }
    }

    /// What is made of a part with this content and the note above.
    fn left(content: &[u8]) -> (Option<Resume>, u64) {
        let folder = tempfile::tempdir().expect("a folder");
        let target = folder.path().join("r.pdf");
        fs::write(folder.path().join("r.pdf.part"), content).expect("a part");
        let path = folder.path().join("r.pdf.part.resume");
        write_private(&path, note().to_text().as_bytes()).expect("a note");
        let (part, resume) = tokio::runtime::Builder::new_current_thread()
            .build()
            .expect("a runtime")
            .block_on(Part::open(&target, &Disk::default()))
            .expect("a part");
        assert!(!path.exists());
        let length = fs::metadata(folder.path().join("r.pdf.part"))
            .expect("the part")
            .len();
        assert_eq!(length, part.bytes());
        assert_eq!(part.head(), &content[..part.head().len()]);
        (resume, length)
    }

    #[test]
    fn only_what_the_note_vouches_for_is_resumed() {
        assert_eq!(left(b"0123456789"), (Some(note()), 10));
        // Written after the note was made: not vouched for.
        assert_eq!(left(b"0123456789 and more"), (Some(note()), 10));
        assert_eq!(left(b"012345678"), (None, 0));
        assert_eq!(left(b"0123456780"), (None, 0));
        assert_eq!(left(b""), (None, 0));
    }

    #[test]
    fn a_target_needs_a_name() {
        assert!(Paths::of(Path::new("/")).is_err());
        let paths = Paths::of(Path::new("r.pdf")).expect("paths");
        assert_eq!(paths.folder, Path::new("."));
        assert_eq!(paths.part, Path::new("r.pdf.part"));
    }

    proptest! {
        #[test]
        fn head_and_tail_are_the_ends(chunks in proptest::collection::vec(
            proptest::collection::vec(any::<u8>(), 0..700), 0..6)) {
            let (mut head, mut tail) = (Vec::new(), Vec::new());
            for chunk in &chunks {
                remember(&mut head, &mut tail, chunk);
            }
            let whole = chunks.concat();
            prop_assert_eq!(&head[..], &whole[..whole.len().min(HEAD)]);
            prop_assert_eq!(&tail[..], &whole[whole.len().saturating_sub(TAIL)..]);
        }

        #[test]
        fn any_text_is_a_note_or_none(text in "\\PC{0,100}") {
            let _ = Resume::parse(&text);
        }
    }
}
