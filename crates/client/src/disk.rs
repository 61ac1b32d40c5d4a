//! Where work that waits for the disk is done.

use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::task::JoinHandle;

/// Where work that waits for the disk is done.
#[derive(Debug, Clone, Default)]
pub(crate) struct Disk {
    place: Place,
    folders: Arc<FolderSyncs>,
}

#[derive(Debug, Clone, Copy, Default)]
enum Place {
    /// On tokio's threads for such work, where it holds nobody up.
    #[default]
    Threads,
    /// Where it is asked for: everything happens on one thread and in one order.
    Inline,
}

/// Work that was begun.
pub(crate) enum Work<T> {
    Under(JoinHandle<T>),
    Done(T),
}

/// How many bytes more `folder` has room for; none where the system does not tell.
pub(crate) fn free_bytes(folder: &Path) -> Option<u64> {
    #[cfg(unix)]
    {
        let found = rustix::fs::statvfs(folder).ok()?;
        // File systems that know nothing of blocks say that they have none.
        (found.f_blocks > 0).then(|| found.f_bavail.saturating_mul(found.f_frsize))
    }
    #[cfg(not(unix))]
    {
        let _ = folder;
        None
    }
}

impl Disk {
    /// One that does everything where it is asked for it.
    pub(crate) fn inline() -> Self {
        Self {
            place: Place::Inline,
            ..Self::default()
        }
    }

    /// Does `work`, which waits for the disk.
    pub(crate) async fn work<T, E>(
        &self,
        work: impl FnOnce() -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<io::Error> + Send + 'static,
    {
        self.begin(work).end().await?
    }

    /// Begins `work`, which waits for the disk, and goes on meanwhile.
    pub(crate) fn begin<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Work<T> {
        match self.place {
            Place::Threads => Work::Under(tokio::task::spawn_blocking(work)),
            Place::Inline => Work::Done(work()),
        }
    }

    /// Makes durable what was created or renamed in `folder` before. What ends in the same folder
    /// at the same time shares one sync.
    pub(crate) async fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        let turns = self.folders.of(folder);
        let mine = turns.asked.fetch_add(1, Ordering::SeqCst) + 1;
        let mut done = turns.done.lock().await;
        if *done >= mine {
            return Ok(());
        }
        // Whoever asked until now has renamed already.
        let covered = turns.asked.load(Ordering::SeqCst);
        let folder = folder.to_owned();
        self.work(move || sync_folder(&folder)).await?;
        *done = covered;
        Ok(())
    }
}

impl<T> Work<T> {
    /// What came of it.
    ///
    /// # Errors
    /// If the thread that did it ended before.
    pub(crate) async fn end(self) -> io::Result<T> {
        match self {
            Self::Under(thread) => thread.await.map_err(io::Error::other),
            Self::Done(result) => Ok(result),
        }
    }
}

/// The syncs of folders.
#[derive(Debug, Default)]
struct FolderSyncs(Mutex<HashMap<PathBuf, Arc<Turns>>>);

#[derive(Debug, Default)]
struct Turns {
    /// How many asked for a sync.
    asked: AtomicU64,
    /// How many of them have it; locked by the one that syncs.
    done: tokio::sync::Mutex<u64>,
}

impl FolderSyncs {
    fn of(&self, folder: &Path) -> Arc<Turns> {
        // The map is whole between any two statements.
        let mut folders = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(turns) = folders.get(folder) {
            return Arc::clone(turns);
        }
        Arc::clone(folders.entry(folder.to_owned()).or_default())
    }
}

/// Makes what was created or renamed in a folder durable. Only Unix can and must.
pub(crate) fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(not(unix)) {
        return Ok(());
    }
    match fs::File::open(folder).and_then(|folder| folder.sync_all()) {
        // Some file systems cannot sync folders, and some folders may not be read.
        Err(error)
            if matches!(
                error.kind(),
                io::ErrorKind::InvalidInput
                    | io::ErrorKind::Unsupported
                    | io::ErrorKind::PermissionDenied
            ) =>
        {
            Ok(())
        }
        result => result,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn on_a_runtime<T>(future: impl Future<Output = T>) -> T {
        tokio::runtime::Builder::new_current_thread()
            .build()
            .expect("a runtime")
            .block_on(future)
    }

    #[test]
    fn a_folder_that_cannot_be_synced_is_told_to_each() {
        let gone = tempfile::tempdir().expect("a folder").path().to_owned();
        for disk in [Disk::default(), Disk::inline()] {
            on_a_runtime(async {
                let (one, other) = tokio::join!(disk.sync_folder(&gone), disk.sync_folder(&gone));
                assert_eq!(
                    [one, other].map(|it| it.map_err(|e| e.kind())),
                    [Err(io::ErrorKind::NotFound); 2]
                );
            });
        }
    }

    #[test]
    fn a_sync_covers_those_that_asked_before_it_began() {
        let folder = tempfile::tempdir().expect("a folder");
        let disk = Disk::default();
        on_a_runtime(async {
            let turns = disk.folders.of(folder.path());
            let held = turns.done.lock().await;
            // Polled in this order: all three have asked when the lock is let go.
            let (one, two, three, ()) = tokio::join!(
                disk.sync_folder(folder.path()),
                disk.sync_folder(folder.path()),
                disk.sync_folder(folder.path()),
                async { drop(held) },
            );
            assert!([one, two, three].iter().all(Result::is_ok));
            assert_eq!(*turns.done.lock().await, 3);
            // One that comes later has its own.
            disk.sync_folder(folder.path()).await.expect("a sync");
            assert_eq!(*turns.done.lock().await, 4);
        });
    }
}
