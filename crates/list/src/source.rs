//! Where the bytes of a list come from, and that they are the same each time they are read.

use std::fs::File;
use std::io::{self, Cursor, Read, Seek, SeekFrom};
use std::path::Path;

use sha2::{Digest as _, Sha256};

/// How much is taken from what can be read only once, in bytes.
const MOST_PIPED: u64 = 64 << 20;

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
    /// A file stays open, so that another file of its name does not take its place. What is no
    /// file (a pipe) can be read only once, and is kept in memory as far as that goes.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let mut file = File::open(path)?;
        if file.metadata()?.is_file() {
            return Ok(Self::new(file));
        }
        let mut bytes = Vec::new();
        let more = MOST_PIPED + 1;
        let read = file.by_ref().take(more).read_to_end(&mut bytes)?;
        if u64::try_from(read).is_ok_and(|read| read == more) {
            return Err(io::Error::other(
                "more than 64 MiB, and it is no file: save it as one",
            ));
        }
        Ok(Self::new(Cursor::new(bytes)))
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
