//! Where the bytes of a list come from, and that they are the same each time they are read.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

use sha2::{Digest as _, Sha256};
use tempfile::SpooledTempFile;

/// How much is taken from what can be read only once, in bytes.
const MOST_PIPED: u64 = 4 << 30;
/// How much of it is kept in memory.
const MOST_KEPT: usize = 1 << 20;

/// Bytes that can be read more than once.
pub(crate) struct Source {
    bytes: Box<dyn Again>,
    /// The digest of all of them, from when they were first read to the end.
    digest: Option<[u8; 32]>,
}

/// What can be read from its start again.
pub(crate) trait Again: Read + Seek + Send {}

impl<T: Read + Seek + Send> Again for T {}

impl Source {
    /// A file stays open, so that another file of its name does not take its place.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let file = File::open(path)?;
        if file.metadata()?.is_file() {
            return Ok(Self::new(file));
        }
        Self::once(file)
    }

    /// What can be read only once (a pipe) is copied: into memory, or else into a file that has no
    /// name and goes with the process.
    pub(crate) fn once(bytes: impl Read) -> io::Result<Self> {
        let mut copy = SpooledTempFile::new(MOST_KEPT);
        let more = MOST_PIPED + 1;
        if io::copy(&mut bytes.take(more), &mut copy)? == more {
            return Err(io::Error::other(jindiao_words::say!(
                "more than 4 GiB, and it is no file: save it as one"
            )));
        }
        Ok(Self::new(copy))
    }

    pub(crate) fn new(bytes: impl Again + 'static) -> Self {
        Self {
            bytes: Box::new(bytes),
            digest: None,
        }
    }

    /// The first bytes, at most four.
    pub(crate) fn head(&mut self) -> io::Result<Vec<u8>> {
        let mut head = Vec::new();
        self.bytes.seek(SeekFrom::Start(0))?;
        self.bytes.by_ref().take(4).read_to_end(&mut head)?;
        Ok(head)
    }

    /// The bytes themselves, for who reads them here and there. What was read of them holds if
    /// [`Source::is_same`] says so before and after.
    pub(crate) fn whole(&mut self) -> &mut dyn Again {
        &mut *self.bytes
    }

    /// Whether the bytes, all of them, are what they were before.
    pub(crate) fn is_same(&mut self) -> io::Result<bool> {
        let mut pass = self.pass()?;
        io::copy(&mut pass, &mut io::sink())?;
        Ok(pass.matches())
    }

    /// Whether these bytes, of which there are a few, stand somewhere in it.
    pub(crate) fn holds(&mut self, wanted: &[u8]) -> io::Result<bool> {
        self.bytes.seek(SeekFrom::Start(0))?;
        let mut piece = Vec::new();
        loop {
            let before = piece.len();
            let more = (&mut self.bytes).take(32 << 10).read_to_end(&mut piece)?;
            if piece.windows(wanted.len()).any(|it| it == wanted) {
                return Ok(true);
            }
            if more == 0 {
                return Ok(false);
            }
            // What stands across two pieces is found with the next.
            let kept = wanted.len().min(before + more);
            piece.drain(..piece.len() - kept);
        }
    }

    /// Reads from the start.
    pub(crate) fn pass(&mut self) -> io::Result<Pass<'_>> {
        self.bytes.seek(SeekFrom::Start(0))?;
        Ok(Pass {
            source: self,
            digest: Sha256::new(),
        })
    }
}

impl std::fmt::Debug for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Source").finish_non_exhaustive()
    }
}

/// One reading of a source.
pub(crate) struct Pass<'a> {
    source: &'a mut Source,
    digest: Sha256,
}

impl Pass<'_> {
    /// Whether what was read, which was all, is what was read before.
    pub(crate) fn matches(self) -> bool {
        let digest = self.digest.finalize().into();
        *self.source.digest.get_or_insert(digest) == digest
    }
}

impl Read for Pass<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.source.bytes.read(buffer)?;
        self.digest.update(buffer.get(..n).unwrap_or_default());
        Ok(n)
    }
}
