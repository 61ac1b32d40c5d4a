//! Where it is measured, and with what.

use std::fs;
use std::path::{Path, PathBuf};

/// Where it is measured, and with what.
pub(crate) struct Place {
    /// The workspace.
    pub(crate) root: PathBuf,
    /// The program, as it is released.
    pub(crate) jindiao: PathBuf,
    /// The benchmark's own programs.
    bins: PathBuf,
    /// Gungraun's runner, where there is a valgrind.
    pub(crate) runner: Option<PathBuf>,
    /// Whether small numbers do.
    pub(crate) quick: bool,
    /// A folder on the disk.
    pub(crate) disk: PathBuf,
    /// A folder in memory, where there is one.
    pub(crate) memory: Option<PathBuf>,
}

impl Place {
    pub(crate) fn new(
        root: PathBuf,
        jindiao: PathBuf,
        runner: Option<PathBuf>,
        quick: bool,
    ) -> Result<Self, String> {
        let program = std::env::current_exe().map_err(|error| error.to_string())?;
        let bins = program.parent().ok_or("a program without a folder")?;
        let id = std::process::id();
        let shm = Path::new("/dev/shm");
        Ok(Self {
            disk: root.join(format!("target/bench/work-{id}")),
            memory: shm
                .is_dir()
                .then(|| shm.join(format!("jindiao-bench-{id}"))),
            bins: bins.to_owned(),
            root,
            jindiao,
            runner,
            quick,
        })
    }

    /// One of the benchmark's own programs.
    pub(crate) fn bin(&self, name: &str) -> PathBuf {
        self.bins
            .join(format!("{name}{}", std::env::consts::EXE_SUFFIX))
    }

    /// Where the benchmark's own programs are built.
    pub(crate) fn target(&self) -> &Path {
        self.bins.parent().unwrap_or(&self.bins)
    }

    /// One number for a whole run, another for a quick one.
    pub(crate) fn pick<T>(&self, whole: T, quick: T) -> T {
        if self.quick { quick } else { whole }
    }

    /// A new folder on the disk.
    pub(crate) fn folder(&self, name: &str) -> Result<PathBuf, String> {
        new_folder(&self.disk, name)
    }

    /// A new folder on the disk beside those that were asked for by this name before. Thousands of
    /// files that were just removed make a file system slow, and the next run is not to pay for that.
    pub(crate) fn another_folder(&self, name: &str) -> Result<PathBuf, String> {
        let free = (1u32..).map(|n| format!("{name}-{n}"));
        let mut free = free.skip_while(|name| self.disk.join(name).exists());
        new_folder(&self.disk, &free.next().unwrap_or_default())
    }

    /// A new folder in memory, else on the disk.
    pub(crate) fn fast_folder(&self, name: &str) -> Result<PathBuf, String> {
        new_folder(self.memory.as_deref().unwrap_or(&self.disk), name)
    }

    /// Removes what was made.
    pub(crate) fn clear(&self) -> Result<(), String> {
        for folder in [Some(&self.disk), self.memory.as_ref()]
            .into_iter()
            .flatten()
        {
            if folder.exists() {
                fs::remove_dir_all(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
            }
        }
        Ok(())
    }
}

fn new_folder(within: &Path, name: &str) -> Result<PathBuf, String> {
    let folder = within.join(name);
    if folder.exists() {
        fs::remove_dir_all(&folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    }
    fs::create_dir_all(&folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    Ok(folder)
}
