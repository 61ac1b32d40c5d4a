//! `jindiao report`: the page over the ledger as a file.

use std::io::Write as _;
use std::path::Path;

use jindiao_dashboard::{View, file};
use jindiao_words::{Message, say};
use serde::Serialize;

use crate::cli::dashboard::ReportArgs;
use crate::commands::dashboard::{policies, terms};
use crate::config::Config;
use crate::error::{CliError, Kind};
use crate::output::Output;
use crate::{clock, ledger, locale};

/// How many uncertain orders a file names.
const DOUBTS: u32 = 200;

pub(crate) fn run(
    args: &ReportArgs,
    config: &Config,
    out: &mut Output,
) -> Result<Vec<Kind>, CliError> {
    let store = ledger::view(args.ledger.ledger.as_deref(), config)?;
    // Before the work: whoever mistypes a name loses no file by it.
    if !args.force && args.html.exists() {
        return Err(
            CliError::usage(say!("{path} is there already", path = args.html.display()))
                .hint(say!("--force replaces it")),
        );
    }
    ledger::spare(&store, &args.html)?;
    let view = View::of(
        store.path(),
        clock::now(),
        terms(config, store.kind()),
        policies(config),
        ledger::flag(&store, config),
        DOUBTS,
    )?;
    write(&args.html, &file(&view, locale::lang())).map_err(|error| {
        CliError::new(
            Kind::NotStored,
            say!("cannot write {path}", path = args.html.display()),
        )
        .because(error)
    })?;
    if out.is_json() {
        #[derive(Serialize)]
        struct Record {
            file: String,
        }
        let file = args.html.display().to_string();
        out.record("report", &Record { file });
    } else {
        out.line(Message::verbatim(args.html.display().to_string()));
    }
    Ok(Vec::new())
}

/// Writes a file whole or not at all, for its owner alone: it names companies.
fn write(path: &Path, text: &str) -> std::io::Result<()> {
    let folder = path.parent().filter(|it| *it != Path::new(""));
    let mut file = tempfile::Builder::new()
        .prefix(".jindiao-report-")
        .tempfile_in(folder.unwrap_or(Path::new(".")))?;
    file.write_all(text.as_bytes())?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use jindiao_batch::{LedgerKind, Store};

    use super::*;
    use crate::cli::LedgerArgs;
    use crate::config::Sources;
    use crate::output::testing::output;

    #[test]
    fn the_page_is_not_written_over_the_ledger() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("jindiao.db");
        drop(Store::open(&path, LedgerKind::Real, clock::now()).expect("a ledger"));
        let (config, _) = Config::load(&Sources::default())
            .map_err(|error| error.report())
            .expect("a configuration");
        let args = ReportArgs {
            html: path.clone(),
            force: true,
            ledger: LedgerArgs {
                ledger: Some(path.clone()),
            },
        };
        let (mut out, _) = output(false);
        let error = run(&args, &config, &mut out).expect_err("the ledger itself");
        assert_eq!(error.kind(), Kind::Usage);
        assert!(Store::view(&path).is_ok(), "it is still one");
    }

    #[test]
    fn a_file_is_whole_or_not_there() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("page.html");
        write(&path, "one").expect("written");
        write(&path, "two").expect("written again");
        assert_eq!(std::fs::read_to_string(&path).expect("a file"), "two");
        let names = || std::fs::read_dir(folder.path()).expect("a folder").count();
        assert_eq!(names(), 1);
        // A folder stands where the file shall be.
        let taken = folder.path().join("taken");
        std::fs::create_dir(&taken).expect("a folder");
        write(&taken, "three").expect_err("not written");
        assert_eq!(names(), 2, "no half file is left");
    }
}
