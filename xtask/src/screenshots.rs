//! The pictures of the docs, made by the tests that look at the page in a real browser.

use std::path::Path;
use std::process::Command;

/// Where they are kept.
const FOLDER: &str = "docs/images";
/// The largest that a picture may be, in bytes: they stay in the history for ever.
const MOST: u64 = 150_000;

/// Makes them anew.
pub(crate) fn run(root: &Path) -> Result<(), String> {
    let folder = root.join(FOLDER);
    std::fs::create_dir_all(&folder).map_err(|error| format!("{FOLDER}: {error}"))?;
    let status = Command::new(env!("CARGO"))
        .args(["test", "--locked", "-p", "jindiao", "--test", "program"])
        .args([
            "--",
            "--exact",
            "dashboard::the_page_fits_a_phone_and_the_dark",
        ])
        .current_dir(root)
        .env("JINDIAO_PICTURES", &folder)
        .status()
        .map_err(|error| format!("cannot run cargo: {error}"))?;
    if !status.success() {
        return Err("the test that makes the pictures failed".to_owned());
    }
    check(&folder)
}

/// That there are pictures, and none is too large.
fn check(folder: &Path) -> Result<(), String> {
    let entries = std::fs::read_dir(folder).map_err(|error| format!("{FOLDER}: {error}"))?;
    let mut pictures = 0;
    for entry in entries.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let size = entry.metadata().map_or(0, |found| found.len());
        if !name.ends_with(".png") {
            continue;
        }
        pictures += 1;
        if size > MOST {
            return Err(format!("{FOLDER}/{name} has {size} bytes: {MOST} at most"));
        }
    }
    if pictures == 0 {
        return Err("no picture was made: there is no Chromium with its driver".to_owned());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pictures_of_the_docs_are_there_and_small() {
        assert_eq!(check(&crate::root().join(FOLDER)), Ok(()));
    }
}
