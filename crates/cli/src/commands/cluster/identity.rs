//! The file that remembers which cluster it is, so that an emptied or another server is noticed.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use jindiao_cluster::Identity;
use jindiao_words::say;
use serde::{Deserialize, Serialize};

use crate::cli::cluster::ServerArgs;
use crate::config::Config;
use crate::error::CliError;

/// The file where nothing is said.
const NAME: &str = "jindiao-cluster.json";

/// What is remembered of a cluster.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Remembered {
    /// Its id.
    pub(super) id: String,
    /// Whether its orders are simulated.
    pub(super) simulated: bool,
}

/// The file, and what is in it.
#[derive(Debug)]
pub(super) struct Memory {
    pub(super) path: PathBuf,
    known: Option<Remembered>,
}

impl Memory {
    /// Reads the file that `args` or the configuration names.
    pub(super) fn of(args: &ServerArgs, config: &Config) -> Result<Self, CliError> {
        let named = args.identity.as_ref().or(config.cluster.identity.as_ref());
        Self::read(named.map_or_else(|| PathBuf::from(NAME), Clone::clone))
    }

    fn read(path: PathBuf) -> Result<Self, CliError> {
        let shown = path.display();
        let known = match fs::read_to_string(&path) {
            Ok(text) => Some(serde_json::from_str(&text).map_err(|_| {
                CliError::usage(say!(
                    "{path} is not what it was: it should name a cluster",
                    path = shown
                ))
                .hint(say!(
                    "bring back a copy of it, or name another file with --identity"
                ))
            })?),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => {
                return Err(
                    CliError::usage(say!("cannot read {path}", path = shown)).because(error)
                );
            }
        };
        Ok(Self { path, known })
    }

    /// The id of the cluster, if it is known.
    pub(super) fn id(&self) -> Option<&str> {
        self.known.as_ref().map(|known| known.id.as_str())
    }

    /// Remembers the cluster, where none was known.
    pub(super) fn remember(&self, identity: &Identity) -> Result<(), CliError> {
        if self.known.is_some() {
            return Ok(());
        }
        let remembered = Remembered {
            id: identity.id.clone(),
            simulated: identity.simulated,
        };
        write(&self.path, &remembered).map_err(|error| {
            CliError::usage(say!("cannot write {path}", path = self.path.display()))
                .because(error)
                .hint(say!(
                    "it remembers which cluster this is: name a place for it with --identity"
                ))
        })
    }
}

/// Writes the file whole, for its owner alone. One that came in between stays.
fn write(path: &Path, remembered: &Remembered) -> io::Result<()> {
    let folder = path.parent().filter(|it| *it != Path::new(""));
    let mut file = tempfile::Builder::new()
        .prefix(".jindiao-cluster-")
        .tempfile_in(folder.unwrap_or(Path::new(".")))?;
    let text = serde_json::to_string(remembered)? + "\n";
    file.write_all(text.as_bytes())?;
    file.as_file().sync_all()?;
    match file.persist_noclobber(path) {
        Err(error) if error.error.kind() != io::ErrorKind::AlreadyExists => Err(error.error),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn identity(id: &str) -> Identity {
        Identity {
            id: id.to_owned(),
            simulated: true,
            form: 1,
        }
    }

    fn read(path: &Path) -> Result<Memory, String> {
        Memory::read(path.to_owned()).map_err(|error| error.report())
    }

    #[test]
    fn the_first_cluster_is_remembered() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join(NAME);
        let memory = read(&path).expect("nothing yet");
        assert_eq!(memory.id(), None);
        memory.remember(&identity("one")).expect("written");
        let memory = read(&path).expect("a file");
        assert_eq!(memory.id(), Some("one"));
        memory.remember(&identity("two")).expect("nothing to do");
        assert_eq!(read(&path).expect("a file").id(), Some("one"));
        let late = Memory {
            path: path.clone(),
            known: None,
        };
        late.remember(&identity("two")).expect("another was faster");
        assert_eq!(read(&path).expect("a file").id(), Some("one"));
        let names = fs::read_dir(folder.path()).expect("a folder").count();
        assert_eq!(names, 1, "nothing beside it");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = fs::metadata(&path).expect("a file").permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
    }

    #[test]
    fn what_cannot_be_read_or_written_is_told() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join(NAME);
        for text in ["", "{", "[]", "{\"id\":1}"] {
            fs::write(&path, text).expect("a file");
            let why = read(&path).expect_err("no identity");
            assert!(why.contains("should name a cluster"), "{why}");
        }
        let nowhere = read(&folder.path().join("no/such/folder")).expect("nothing yet");
        let why = nowhere.remember(&identity("one")).expect_err("no folder");
        assert!(why.report().contains("--identity"), "{}", why.report());
    }
}
