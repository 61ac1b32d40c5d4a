//! Whose the configuration's file is, and who else can read or write it.
//!
//! Only Unix tells. Elsewhere nothing is known, and nothing is said.

use std::fs::File;
use std::path::Path;

use jindiao_words::{Message, say};

use super::values::Note;
use crate::ledger::quoted;

/// What the system says of the file and of the folder that it is in.
#[derive(Debug, Clone, Copy)]
pub(super) struct Standing {
    owner: u32,
    mode: u32,
    folder_mode: u32,
}

impl Standing {
    /// Of the file that was opened at `path`.
    #[cfg(unix)]
    pub(super) fn of(file: &File, path: &Path) -> Option<Self> {
        use std::os::unix::fs::MetadataExt as _;
        let found = file.metadata().ok()?;
        Some(Self {
            owner: found.uid(),
            mode: found.mode(),
            folder_mode: folder(path).metadata().map_or(0, |found| found.mode()),
        })
    }

    #[cfg(not(unix))]
    pub(super) fn of(_: &File, _: &Path) -> Option<Self> {
        None
    }

    /// Whether it belongs to somebody else than `user` and root.
    pub(super) fn is_foreign(self, user: u32) -> bool {
        ![user, 0].contains(&self.owner)
    }

    /// Whose it is, and its mode.
    pub(super) fn described(self, user: Option<u32>) -> Message {
        let mode = format!("{:03o}", self.mode & 0o777);
        match self.owner {
            owner if Some(owner) == user => say!("yours, mode {mode}", mode),
            0 => say!("root's, mode {mode}", mode),
            owner => say!(
                "of the user with the number {owner}, mode {mode}",
                owner,
                mode
            ),
        }
    }

    /// What is to be said of a file at `path` that has credentials in it.
    pub(super) fn warnings(self, path: &Path) -> Vec<Note> {
        let mut warnings = Vec::new();
        let mut warn = |text: Message, mode: &str, path: &Path| {
            warnings.push(Note::warning(text, chmod(mode, path)));
        };
        if self.mode & 0o077 != 0 {
            let text = say!(
                "{path} holds credentials, and others may read it",
                path = path.display()
            );
            warn(text, "600", path);
        }
        // In a folder with the sticky bit, others cannot replace a file that is not theirs.
        if self.folder_mode & 0o022 != 0 && self.folder_mode & 0o1000 == 0 {
            let text = say!(
                "{path} holds credentials, and others may replace it",
                path = path.display()
            );
            warn(text, "go-w", folder(path));
        }
        warnings
    }

    /// Why a command that stands in the file at `path` is not run.
    pub(super) fn no_commands(self, path: &Path) -> Option<Message> {
        (self.mode & 0o022 != 0).then(|| {
            say!(
                "not run, because others may write the file: {command}",
                command = chmod("go-w", path)
            )
        })
    }
}

/// The command that changes the mode of what is at `path`.
fn chmod(mode: &str, path: &Path) -> Message {
    let path = quoted(&path.display().to_string());
    Message::verbatim(format!("chmod {mode} {path}"))
}

/// The id of the user that this process acts for.
#[cfg(unix)]
pub(super) fn user() -> Option<u32> {
    Some(rustix::process::geteuid().as_raw())
}

#[cfg(not(unix))]
pub(super) fn user() -> Option<u32> {
    None
}

#[cfg_attr(not(unix), expect(dead_code, reason = "only Unix is asked for modes"))]
fn folder(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    }
}

#[cfg(test)]
mod tests {
    use jindiao_words::Say as _;

    use super::*;

    fn standing(mode: u32, folder_mode: u32) -> Standing {
        Standing {
            owner: 1000,
            mode,
            folder_mode,
        }
    }

    #[test]
    fn what_others_may_do_is_said_with_the_command_that_mends_it() {
        let check = |mode, folder_mode, expect: &[&str]| {
            let shown = standing(mode, folder_mode).warnings(Path::new("my conf/j.toml"));
            let shown: Vec<_> = shown.iter().map(|it| it.say().to_string()).collect();
            assert_eq!(shown, expect, "{mode:o} {folder_mode:o}");
        };
        let read = "warning: my conf/j.toml holds credentials, and others may read it: chmod 600 'my conf/j.toml'";
        let replace = "warning: my conf/j.toml holds credentials, and others may replace it: chmod go-w 'my conf'";
        check(0o100_600, 0o40_755, &[]);
        check(0o100_400, 0o41_777, &[]);
        check(0o100_640, 0o40_755, &[read]);
        check(0o100_602, 0o40_755, &[read]);
        check(0o100_600, 0o40_775, &[replace]);
        check(0o100_644, 0o40_777, &[read, replace]);
    }

    #[test]
    fn the_folder_of_a_name_is_this_one() {
        assert_eq!(folder(Path::new("j.toml")), Path::new("."));
    }

    #[test]
    fn ones_own_files_and_those_of_the_system_are_not_foreign() {
        let of = |owner| Standing {
            owner,
            ..standing(0o600, 0o755)
        };
        assert!(!of(1000).is_foreign(1000) && !of(0).is_foreign(1000));
        assert!(of(1001).is_foreign(1000) && of(1001).is_foreign(0));
    }

    #[test]
    fn commands_are_only_run_from_files_that_nobody_else_writes() {
        let runs = |mode| standing(mode, 0o777).no_commands(Path::new("j")).is_none();
        assert!(runs(0o644) && runs(0o600));
        assert!(!runs(0o664) && !runs(0o646));
    }
}
