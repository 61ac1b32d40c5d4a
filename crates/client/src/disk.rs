//! Where work that waits for the disk is done.

use std::fs;
use std::io::{self, Seek, SeekFrom, Write};
use std::path::Path;

use tokio::io::{AsyncSeekExt, AsyncWriteExt};

/// Where work that waits for the disk is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Disk {
    /// On tokio's threads for such work, where it holds nobody up.
    #[default]
    Threads,
    /// Where it is asked for: everything happens on one thread and in one order.
    Inline,
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

/// A file that is open for writing.
pub(crate) enum OpenFile {
    Threads(tokio::fs::File),
    Inline(fs::File),
}

impl Disk {
    /// Does `work`, which waits for the disk.
    pub(crate) async fn work<T, E>(
        self,
        work: impl FnOnce() -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<io::Error> + Send + 'static,
    {
        match self {
            Self::Inline => work(),
            Self::Threads => match tokio::task::spawn_blocking(work).await {
                Ok(result) => result,
                Err(error) => Err(io::Error::other(error).into()),
            },
        }
    }

    /// `file`, to be written where this says.
    pub(crate) fn file(self, file: fs::File) -> OpenFile {
        match self {
            Self::Threads => OpenFile::Threads(tokio::fs::File::from_std(file)),
            Self::Inline => OpenFile::Inline(file),
        }
    }
}

impl OpenFile {
    pub(crate) async fn write_all(&mut self, chunk: &[u8]) -> io::Result<()> {
        match self {
            Self::Threads(file) => file.write_all(chunk).await,
            Self::Inline(file) => file.write_all(chunk),
        }
    }

    /// Throws away what is in the file.
    pub(crate) async fn empty(&mut self) -> io::Result<()> {
        match self {
            Self::Threads(file) => {
                file.set_len(0).await?;
                file.seek(SeekFrom::Start(0)).await?;
            }
            Self::Inline(file) => {
                file.set_len(0)?;
                file.seek(SeekFrom::Start(0))?;
            }
        }
        Ok(())
    }

    /// Makes what was written durable.
    pub(crate) async fn sync(&mut self) -> io::Result<()> {
        match self {
            Self::Threads(file) => {
                file.flush().await?;
                file.sync_all().await
            }
            Self::Inline(file) => file.sync_all(),
        }
    }
}
