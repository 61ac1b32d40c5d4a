//! Where the configuration comes from: a file, which may be a stranger's, and the environment.

use std::collections::BTreeMap;
use std::fmt;
use std::fs::File;
use std::path::{Path, PathBuf};

use jindiao_words::say;

use super::settings::{self, Setting};
use super::trust::{self, Standing};
use crate::error::CliError;

/// What the file is called where none is named.
const NAME: &str = "jindiao.toml";
/// The variables that HTTP clients read, in capitals; most read them in small letters, too.
const PROXY_VARIABLES: [&str; 4] = ["ALL_PROXY", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"];

/// Where the configuration comes from. All of it is an argument, so that tests need no process.
#[derive(Default)]
pub(crate) struct Sources {
    /// The file that the command line names.
    pub(crate) file: Option<PathBuf>,
    /// Folders in which `jindiao.toml` is looked for, if no file is named.
    pub(crate) folders: Vec<PathBuf>,
    /// The variables that begin with `JINDIAO_`.
    pub(crate) environment: BTreeMap<String, String>,
    /// The variables that name proxies, and `NO_PROXY`.
    pub(crate) proxies: BTreeMap<String, String>,
    /// The user that the process acts for, where the system has numbers for users.
    pub(crate) user: Option<u32>,
}

impl Sources {
    /// The real ones.
    pub(crate) fn of_process(file: Option<PathBuf>) -> Self {
        use etcetera::BaseStrategy as _;
        let home = etcetera::choose_base_strategy()
            .ok()
            .map(|base| base.config_dir().join("jindiao"));
        let folders = std::iter::once(PathBuf::new()).chain(home).collect();
        // The one place that reads the environment. What is not UTF-8 is no setting of ours.
        let all = || {
            std::env::vars_os().filter_map(|(name, value)| {
                Some((name.into_string().ok()?, value.into_string().ok()?))
            })
        };
        let environment = all()
            .filter(|(name, _)| name.starts_with("JINDIAO_"))
            .collect();
        let proxies = all()
            .filter(|(name, _)| PROXY_VARIABLES.contains(&name.to_uppercase().as_str()))
            .collect();
        Self {
            file,
            folders,
            environment,
            proxies,
            user: trust::user(),
        }
    }

    pub(super) fn path(&self) -> Option<PathBuf> {
        let in_folders = || self.places().find(|path| path.exists());
        self.file.clone().or_else(in_folders)
    }

    /// Where a file is looked for, if none is named.
    pub(crate) fn places(&self) -> impl Iterator<Item = PathBuf> {
        self.folders.iter().map(|folder| folder.join(NAME))
    }

    /// The settings that variables make, by their keys in the file.
    pub(crate) fn settings(&self) -> Vec<(String, String)> {
        let set = |setting: Setting| {
            let value = self.environment.get(&setting.env)?;
            (!value.is_empty()).then(|| (setting.key, value.clone()))
        };
        settings::all().into_iter().filter_map(set).collect()
    }

    /// The hosts that are reached without a proxy.
    pub(super) fn no_proxy(&self) -> &str {
        let names = ["NO_PROXY", "no_proxy"];
        let mut found = names.iter().filter_map(|name| self.proxies.get(*name));
        found.next().map_or("", String::as_str)
    }

    /// Opens the file at `path`, and says what the system knows of it.
    ///
    /// A file that was found and not named must be the user's own: what it says could send the
    /// user's credentials elsewhere, or run programs, in whatever folder one happens to be.
    pub(super) fn open(&self, path: &Path) -> Result<(File, Option<Standing>), CliError> {
        let file = File::open(path).map_err(|error| unreadable(path, error))?;
        let standing = Standing::of(&file, path);
        let is_foreign =
            |standing: Standing| self.user.is_some_and(|user| standing.is_foreign(user));
        if self.file.is_none() && standing.is_some_and(is_foreign) {
            let shown = path.display();
            let named = crate::ledger::quoted(&shown.to_string());
            return Err(CliError::usage(say!(
                "the configuration {path} belongs to another user: it could send your credentials elsewhere",
                path = shown
            ))
            .hint(say!("read it; `--config {path}` uses it all the same", path = named)));
        }
        Ok((file, standing))
    }
}

/// Names of variables, and never their values.
impl fmt::Debug for Sources {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sources")
            .field("file", &self.file)
            .field("folders", &self.folders)
            .field("environment", &self.environment.keys())
            .field("proxies", &self.proxies.keys())
            .finish_non_exhaustive()
    }
}

pub(super) fn unreadable(path: &Path, error: std::io::Error) -> CliError {
    CliError::usage(say!(
        "cannot read the configuration {path}",
        path = path.display()
    ))
    .because(error)
}
