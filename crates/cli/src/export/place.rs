//! Where a finished file goes, and what becomes of the one that was there.

use std::fs::File;
use std::io::{self, BufReader, Read as _, Seek as _};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

/// Puts a file in its place. What is there already is kept under a name of its own: somebody may have
/// written into it.
pub(super) fn put(file: NamedTempFile, path: &Path) -> io::Result<Option<PathBuf>> {
    let mut file = match file.persist_noclobber(path) {
        Ok(_) => {
            sync_folder(path);
            return Ok(None);
        }
        Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => error.file,
        Err(error) => return Err(error.error),
    };
    if is_same(file.as_file_mut(), path)? {
        return Ok(None);
    }
    let mut name = path.as_os_str().to_owned();
    name.push(".bak");
    let mut kept = PathBuf::from(&name);
    let mut n = 1;
    // A link, which fails where there is something, and never leaves the place empty.
    while let Err(error) = std::fs::hard_link(path, &kept) {
        if error.kind() != io::ErrorKind::AlreadyExists {
            // Not every file system has links.
            std::fs::rename(path, &kept)?;
            break;
        }
        n += 1;
        let mut name = name.clone();
        name.push(n.to_string());
        kept = PathBuf::from(name);
    }
    file.persist(path).map_err(|error| error.error)?;
    sync_folder(path);
    Ok(Some(kept))
}

/// Whether the file at `path` has the same bytes.
fn is_same(file: &mut File, path: &Path) -> io::Result<bool> {
    let other = File::open(path)?;
    if other.metadata()?.len() != file.metadata()?.len() {
        return Ok(false);
    }
    file.rewind()?;
    let mut pairs = BufReader::new(file)
        .bytes()
        .zip(BufReader::new(other).bytes());
    pairs.try_fold(true, |same, (a, b)| Ok(same && a? == b?))
}

pub(super) fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    }
}

/// A name lasts when its folder does. Where folders cannot be synced the system does it by itself.
fn sync_folder(path: &Path) {
    let _ = File::open(folder_of(path)).and_then(|folder| folder.sync_all());
}
