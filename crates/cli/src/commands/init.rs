//! `jindiao init`: a configuration from a few questions.

mod file;
mod questions;

use std::io::Write as _;
use std::path::{Path, PathBuf};

use crate::cli::InitArgs;
use crate::config::{Config, Sources};
use crate::error::{CliError, Kind};
use crate::output::{self, Output, note};
use file::Written;
use jindiao_words::{Message, say};

pub(crate) fn run(
    args: &InitArgs,
    sources: &Sources,
    out: &mut Output,
) -> Result<Vec<Kind>, CliError> {
    let path = target(args, sources)?;
    let is_there = path.exists();
    if !args.from_env && !output::can_ask() {
        return Err(
            CliError::usage(say!("there is no terminal to ask the questions on, so nothing was written"))
                .hint(say!("--from-env writes what the variables say: JINDIAO_QCC_KEY and JINDIAO_QCC_SECRET, JINDIAO_PATSNAP_CLIENT_ID and JINDIAO_PATSNAP_CLIENT_SECRET or JINDIAO_PATSNAP_API_KEY, JINDIAO_YIBEIDIAO_KEY and JINDIAO_YIBEIDIAO_TOKEN; the program also reads them without a file")),
        );
    }
    let may_replace = !is_there || args.force || agreed(&path)?;
    if !may_replace {
        return Err(CliError::new(
            Kind::NotStored,
            say!("{path} is left as it is", path = path.display()),
        ));
    }
    let written = match args.from_env {
        true => from_variables(sources)?,
        false => questions::ask()?,
    };
    save(&path, &written.text(), is_there)?;
    if out.is_json() {
        out.record("init", &serde_json::json!({"file": path}));
    } else {
        out.line(Message::verbatim(path.display().to_string()));
    }
    note(say!("note: its owner alone can read it"));
    if is_versioned(&path) {
        note(say!(
            "note: it is in a folder that git looks after: keep it out of there, e.g. with a line `jindiao.toml` in .gitignore"
        ));
    }
    note(say!("next: jindiao doctor"));
    Ok(Vec::new())
}

/// What the variables say.
fn from_variables(sources: &Sources) -> Result<Written, CliError> {
    let settings = sources.settings();
    if settings.is_empty() {
        return Err(CliError::usage(say!(
            "no variable JINDIAO_… has a setting, so nothing was written"
        ))
        .hint(say!("docs/configuration.md lists the variables")));
    }
    let mut written = Written::default();
    for (key, value) in settings {
        written.set(&key, value);
    }
    Ok(written)
}

/// Where the file goes.
fn target(args: &InitArgs, sources: &Sources) -> Result<PathBuf, CliError> {
    if let Some(file) = &sources.file {
        return Ok(file.clone());
    }
    let mut places = sources.places();
    let place = match args.global {
        true => places.nth(1),
        false => places.next(),
    };
    place.ok_or_else(|| {
        CliError::usage(say!("the user's configuration folder is not known"))
            .hint(say!("name the file with --config FILE"))
    })
}

/// That a file may be replaced.
fn agreed(path: &Path) -> Result<bool, CliError> {
    let shown = path.display().to_string();
    if !output::can_ask() {
        return Err(CliError::usage(say!(
            "{path} is there, and nobody can be asked",
            path = shown
        ))
        .hint(say!("--force replaces it")));
    }
    questions::guarded(move || {
        let question = say!(
            "{path} is there. Replace it? What it says is lost. [y/N] ",
            path = shown
        );
        Ok(output::ask(question))
    })
}

/// Writes the file: whole, readable by its owner alone, and only if the program can read it.
fn save(path: &Path, text: &str, replace: bool) -> Result<(), CliError> {
    let cannot = |error: std::io::Error| {
        CliError::new(
            Kind::NotStored,
            say!("{path} cannot be written", path = path.display()),
        )
        .because(error)
    };
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    std::fs::create_dir_all(folder).map_err(cannot)?;
    // Made for its owner alone from the first byte on, and gone if anything fails.
    let mut file = tempfile::Builder::new()
        .prefix(".jindiao-init-")
        .tempfile_in(folder)
        .map_err(cannot)?;
    file.write_all(text.as_bytes()).map_err(cannot)?;
    file.as_file().sync_all().map_err(cannot)?;
    let sources = Sources {
        file: Some(file.path().to_owned()),
        ..Sources::default()
    };
    Config::load(&sources).map_err(|error| {
        let told = CliError::usage(say!(
            "what was said is no configuration, so nothing was written"
        ))
        .because(error.finding());
        match error.advice() {
            Some(advice) => told.hint(advice),
            None => told,
        }
    })?;
    let persisted = match replace {
        true => file.persist(path),
        false => file.persist_noclobber(path),
    };
    persisted.map(drop).map_err(|error| cannot(error.error))
}

/// Whether git may take it in.
fn is_versioned(path: &Path) -> bool {
    let whole = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    whole.ancestors().skip(1).any(|it| it.join(".git").exists())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_saved_whole_or_not_at_all() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("deep/jindiao.toml");
        let report = |saved: Result<(), CliError>| saved.map_err(|error| error.report());
        assert_eq!(report(save(&path, "[qcc]\nqps = 2\n", false)), Ok(()));
        assert!(
            save(&path, "[qcc]\nqps = 3\n", false).is_err(),
            "it is there"
        );
        assert_eq!(report(save(&path, "[qcc]\nqps = 4\n", true)), Ok(()));
        let wrong = report(save(&path, "[qcc]\nkez = 'FAKE'\n", true)).expect_err("no such key");
        assert!(
            wrong.contains("nothing was written") && !wrong.contains("FAKE"),
            "{wrong}"
        );
        assert_eq!(
            std::fs::read_to_string(&path).expect("a file"),
            "[qcc]\nqps = 4\n"
        );
        let names = std::fs::read_dir(folder.path().join("deep")).expect("a folder");
        assert_eq!(names.count(), 1);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = path.metadata().expect("a file").permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
    }
}
