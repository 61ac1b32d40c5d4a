//! Folders: are they there, can they be written, is there space, and what kind of disk is it?

use std::io;
use std::path::Path;

use jindiao_batch::network_file_system;
use jindiao_words::{Message, say};

use super::{Finding, Report};
use crate::error::Kind;

/// Less than this is little, in bytes: a thousand reports of a megabyte.
const LITTLE: u64 = 1 << 30;
/// With less than this a run is not begun in good faith.
const TOO_LITTLE: u64 = 32 << 20;

/// Tells of the folder that reports go into. Nothing of what is tried there stays.
pub(super) fn folder(folder: &Path, report: &mut Report<'_>) {
    const CHECK: &str = "output folder";
    let shown = folder.display();
    // As a run would end with such a folder.
    let problem = |text: Message| Finding::problem(Kind::Usage, None, CHECK, text);
    let Some(there) = existing(folder) else {
        let text = say!(
            "{folder} cannot be made: nothing above it is there",
            folder = shown
        );
        return report.add(problem(text).advice(say!("name another folder with --out")));
    };
    if !there.is_dir() {
        let text = say!("{folder} is a file, not a folder", folder = there.display());
        return report.add(problem(text).advice(say!("name another folder with --out")));
    }
    match is_case_blind(there) {
        Err(error) => {
            let text = say!(
                "nothing can be written into {folder}: {error}",
                folder = there.display(),
                error = crate::error::cause(&error)
            );
            report.add(problem(text).advice(say!(
                "name another folder with --out, or mend its permissions"
            )));
        }
        Ok(blind) => {
            let made = if there == folder {
                say!("{folder} can be written", folder = shown)
            } else {
                say!("{folder} can be made", folder = shown)
            };
            report.add(Finding::ok(None, CHECK, made));
            if blind {
                let text = say!(
                    "its file system does not tell capitals from small letters; the order's id in a report's name keeps them apart"
                );
                report.add(Finding::note(None, CHECK, text));
            }
        }
    }
    // The system is asked about the folder of a file.
    if let Some(name) = network_file_system(&there.join("file")) {
        let text = say!(
            "{folder} is on {name}, another machine maybe",
            folder = shown,
            name
        );
        report.add(Finding::note(None, CHECK, text).advice(say!(
            "reports may lie there; keep the ledger on a disk of this machine"
        )));
    }
    space(there, CHECK, report);
}

/// Tells whether a file can be made at `path`.
pub(super) fn parent(path: &Path, check: &'static str, report: &mut Report<'_>) {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let tried = tempfile::Builder::new()
        .prefix(".jindiao-doctor-")
        .tempfile_in(folder);
    if let Err(error) = tried {
        let text = say!(
            "it cannot be made in {folder}: {error}",
            folder = folder.display(),
            error = crate::error::cause(&plain(&error))
        );
        report.add(
            Finding::problem(Kind::Usage, None, check, text).advice(say!(
                "name another file with --ledger, or mend the folder's permissions"
            )),
        );
    } else {
        space(folder, check, report);
    }
}

/// The folder itself, or the nearest one above it that is there.
fn existing(folder: &Path) -> Option<&Path> {
    folder.ancestors().find_map(|it| {
        let it = if it.as_os_str().is_empty() {
            Path::new(".")
        } else {
            it
        };
        it.exists().then_some(it)
    })
}

/// Makes a file in `folder`, looks for it under another name, and takes it away.
fn is_case_blind(folder: &Path) -> io::Result<bool> {
    let file = tempfile::Builder::new()
        .prefix(".jindiao-doctor-")
        .tempfile_in(folder)
        .map_err(|error| plain(&error))?;
    let name = file.path().file_name().unwrap_or_default();
    let other = name.to_string_lossy().replace("doctor", "DOCTOR");
    Ok(folder.join(other).exists())
}

/// What the system says, without the name that was tried.
fn plain(error: &io::Error) -> io::Error {
    match error.raw_os_error() {
        Some(code) => io::Error::from_raw_os_error(code),
        None => error.kind().into(),
    }
}

#[cfg(unix)]
fn space(folder: &Path, check: &'static str, report: &mut Report<'_>) {
    let Ok(found) = rustix::fs::statvfs(folder) else {
        return;
    };
    let free = found.f_bavail.saturating_mul(found.f_frsize);
    let text = say!(
        "{free} MB are free in {folder}",
        free = free >> 20,
        folder = folder.display()
    );
    report.add(if free < TOO_LITTLE {
        Finding::problem(Kind::NotStored, None, check, text).advice(say!("make room"))
    } else if free < LITTLE {
        Finding::warning(None, check, text).advice(say!(
            "reports have up to several megabytes each: make room for many"
        ))
    } else {
        Finding::ok(None, check, text)
    });
}

#[cfg(not(unix))]
fn space(_: &Path, _: &'static str, _: &mut Report<'_>) {}

#[cfg(test)]
mod tests {
    use super::super::testing::told;
    use super::*;

    fn of(path: &Path) -> String {
        told(|report| folder(path, report))
    }

    #[test]
    fn folders_that_are_there_and_that_are_not() {
        let place = tempfile::tempdir().expect("a folder");
        let here = place.path();
        assert!(
            of(here).starts_with("ok       output folder: "),
            "{}",
            of(here)
        );
        let deep = here.join("a/b/c");
        let text = of(&deep);
        assert!(text.contains("a/b/c can be made\n"), "{text}");
        let left = std::fs::read_dir(here).expect("a folder").count();
        assert_eq!(left, 0, "nothing stays");
        let file = here.join("file");
        std::fs::write(&file, "").expect("a file");
        for path in [&file, &file.join("deeper")] {
            let text = of(path);
            assert!(text.starts_with("problem  output folder: "), "{text}");
            assert!(text.contains("file is a file, not a folder"), "{text}");
        }
    }

    #[test]
    fn a_file_that_can_be_made_and_one_that_cannot() {
        let place = tempfile::tempdir().expect("a folder");
        let of = |path: &Path| told(|report| parent(path, "ledger", report));
        assert!(!of(&place.path().join("l.db")).contains("problem"));
        let text = of(&place.path().join("no/l.db"));
        assert!(
            text.starts_with("problem  ledger: it cannot be made in "),
            "{text}"
        );
    }
}
