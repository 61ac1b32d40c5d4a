//! One writer at a time: a lock file beside the ledger.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};

use crate::{LedgerError, LedgerErrorKind};

/// The exclusive right to write a ledger, held until dropped or the process ends.
#[derive(Debug)]
pub(crate) struct Lock {
    _file: File,
}

impl Lock {
    /// Takes the lock of the ledger at `path`, or says who has it.
    pub(crate) fn take(path: &Path) -> Result<Self, LedgerError> {
        let lock_path = lock_path(path);
        let access = |error| LedgerError::because(LedgerErrorKind::Access, path, error);
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        crate::folder::owner_only(&mut options);
        let mut file = options.open(&lock_path).map_err(access)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut holder = String::new();
                let _ = file.take(200).read_to_string(&mut holder);
                let holder = if holder.trim().is_empty() {
                    "another process"
                } else {
                    holder.trim()
                };
                let kind = LedgerErrorKind::InUse {
                    holder: holder.to_owned(),
                };
                return Err(LedgerError::new(kind, path));
            }
            // A file system without locks: SQLite's own locks are all there is.
            Err(TryLockError::Error(error)) if error.kind() == std::io::ErrorKind::Unsupported => {}
            Err(TryLockError::Error(error)) => return Err(access(error)),
        }
        file.set_len(0).map_err(access)?;
        file.rewind().map_err(access)?;
        write!(file, "jindiao, process {}", std::process::id()).map_err(access)?;
        Ok(Self { _file: file })
    }
}

fn lock_path(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".lock");
    name.into()
}
