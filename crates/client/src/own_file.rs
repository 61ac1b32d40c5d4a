//! Files in a folder into which others may write, too: a link that somebody put there is not
//! followed, and somebody else's file is not taken for ours.

use std::fs;
use std::io;
use std::path::Path;

/// Opens a file that is there, for reading and writing; never the one behind a symbolic link.
pub(crate) fn open(path: &Path) -> io::Result<fs::File> {
    let mut options = fs::OpenOptions::new();
    options.read(true).write(true);
    #[cfg(unix)]
    {
        // Without waiting for whoever is at the other end of a pipe.
        let flags = rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK;
        std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, flags.bits().cast_signed());
    }
    options.open(path)
}

/// Makes a file that only its owner may read, where there is nothing yet.
pub(crate) fn create(path: &Path) -> io::Result<fs::File> {
    let mut options = fs::OpenOptions::new();
    // Nothing is followed: what is there, be it a link to nowhere, is an error.
    options.read(true).write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Whether an error of [`open`] says that there is something else than a file of ours, and so
/// something that may be removed from where our file belongs. Never a folder.
pub(crate) fn is_in_the_way(error: &io::Error) -> bool {
    #[cfg(unix)]
    let is_no_file = {
        use rustix::io::Errno;
        // A symbolic link, as Linux and the BSDs say it; a socket.
        let found = Errno::from_io_error(error);
        found.is_some_and(|it| [Errno::LOOP, Errno::MLINK, Errno::NXIO].contains(&it))
    };
    #[cfg(not(unix))]
    let is_no_file = false;
    is_no_file || error.kind() == io::ErrorKind::PermissionDenied
}

/// Whether `file` is a plain file of this user that has no other name.
#[cfg(unix)]
pub(crate) fn is_ours(file: &fs::File) -> bool {
    use std::os::unix::fs::MetadataExt;
    file.metadata().is_ok_and(|found| {
        found.is_file() && found.nlink() == 1 && found.uid() == rustix::process::geteuid().as_raw()
    })
}

/// Whether `file` is a plain file.
#[cfg(not(unix))]
pub(crate) fn is_ours(file: &fs::File) -> bool {
    file.metadata().is_ok_and(|found| found.is_file())
}

/// Whether `file` is what stands at `path` itself, and not behind a link there.
#[cfg(unix)]
pub(crate) fn is_at(file: &Identity, path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|there| Identity::of_metadata(&there) == *file)
}

/// Whether there is something at `path`.
#[cfg(not(unix))]
pub(crate) fn is_at(_: &Identity, path: &Path) -> bool {
    path.exists()
}

/// Which file a file is, whatever it is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Identity {
    #[cfg(unix)]
    device_and_inode: (u64, u64),
}

impl Identity {
    pub(crate) fn of(file: &fs::File) -> io::Result<Self> {
        file.metadata().map(|metadata| Self::of_metadata(&metadata))
    }

    #[cfg(unix)]
    fn of_metadata(metadata: &fs::Metadata) -> Self {
        use std::os::unix::fs::MetadataExt;
        Self {
            device_and_inode: (metadata.dev(), metadata.ino()),
        }
    }

    #[cfg(not(unix))]
    fn of_metadata(_: &fs::Metadata) -> Self {
        Self {}
    }
}
