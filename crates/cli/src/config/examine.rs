//! Reads the configuration as far as it can be read, with all that is wrong with it.

use std::io::Read as _;
use std::path::PathBuf;

use jindiao_words::Message;

use super::sources::unreadable;
use super::trust::Standing;
use super::values::{Note, Values};
use super::{Config, Sources};
use crate::error::CliError;

/// What the configuration is, and what is wrong with it.
pub(crate) struct Examined {
    /// The file, if there is one.
    pub(crate) path: Option<PathBuf>,
    /// Whose it is and who else may read or write it, where the system tells.
    pub(super) standing: Option<Standing>,
    /// What its user should know.
    pub(crate) notes: Vec<Note>,
    /// What is wrong.
    pub(crate) problems: Vec<Message>,
    /// What could be read; none only where there are problems.
    pub(crate) config: Option<Config>,
}

impl Config {
    /// Reads the configuration, right or wrong.
    ///
    /// # Errors
    /// If its file cannot be read, or must not.
    pub(crate) fn examine(sources: &Sources) -> Result<Examined, CliError> {
        let mut values = Values::default();
        let mut notes = Vec::new();
        let mut standing = None;
        let path = sources.path();
        if let Some(path) = &path {
            let (mut file, found) = sources.open(path)?;
            let mut text = String::new();
            file.read_to_string(&mut text)
                .map_err(|error| unreadable(path, error))?;
            values.add_file(path, &text);
            if let Some(found) = found {
                if values.has_secrets() {
                    notes = found.warnings(path);
                }
                values.refuse_commands(found.no_commands(path).as_ref());
            }
            standing = found;
        }
        notes.extend(values.add_environment(&sources.environment));
        let config = Self::from_values(&mut values, sources.no_proxy());
        Ok(Examined {
            path,
            standing,
            notes,
            problems: values.problems,
            config,
        })
    }
}

impl Examined {
    /// Whose the file is and what others may do with it, where the system tells.
    pub(crate) fn standing(&self, sources: &Sources) -> Option<Message> {
        Some(self.standing?.described(sources.user))
    }
}
