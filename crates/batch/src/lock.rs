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
                let holder = holder(&mut file);
                let kind = LedgerErrorKind::InUse { holder };
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

/// Who has the ledger at `path` open for writing at this moment, in that process's own words; `None`
/// if nobody has, or it cannot be told. Makes no file.
///
/// Nothing may be built on it: the next moment it may be otherwise. It is for people.
pub fn ledger_writer(path: &Path) -> Option<String> {
    let mut file = File::open(lock_path(path)).ok()?;
    match file.try_lock_shared() {
        // Let go at once, with the file.
        Ok(()) | Err(TryLockError::Error(_)) => None,
        Err(TryLockError::WouldBlock) => Some(holder(&mut file)),
    }
}

/// What whoever has the lock wrote into its file.
fn holder(file: &mut File) -> String {
    let mut text = String::new();
    let _ = file.take(200).read_to_string(&mut text);
    match text.trim() {
        "" => "another process".to_owned(),
        text => text.to_owned(),
    }
}

fn lock_path(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".lock");
    name.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_writes_a_ledger() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("ledger.db");
        assert_eq!(ledger_writer(&path), None);
        assert!(!lock_path(&path).exists(), "no file is made");
        let lock = Lock::take(&path).expect("a lock");
        let process = format!("jindiao, process {}", std::process::id());
        assert_eq!(ledger_writer(&path), Some(process));
        drop(lock);
        assert_eq!(ledger_writer(&path), None);
        drop(Lock::take(&path).expect("nobody has it"));
    }
}
