//! `jindiao man`: the manual pages, made from the same text as the help.

use clap::CommandFactory as _;
use jindiao_words::say;

use crate::cli::{Cli, ManArgs};
use crate::error::{CliError, Kind};
use crate::output::{Output, note};

pub(crate) fn run(args: &ManArgs, out: &mut Output) -> Result<Vec<Kind>, CliError> {
    let cannot = |error: std::io::Error| {
        let shown = args.dir.display();
        CliError::new(
            Kind::NotStored,
            say!("the pages cannot be written into {path}", path = shown),
        )
        .because(error)
    };
    std::fs::create_dir_all(&args.dir).map_err(cannot)?;
    let mut pages = 0;
    let command = Cli::command().disable_help_subcommand(true);
    clap_mangen::generate_to(command, &args.dir).map_err(cannot)?;
    for entry in std::fs::read_dir(&args.dir).map_err(cannot)? {
        let name = entry.map_err(cannot)?.file_name();
        let name = name.to_string_lossy();
        if name.starts_with("jindiao") && name.ends_with(".1") {
            pages += 1;
        }
    }
    if out.is_json() {
        out.record("man", &serde_json::json!({"dir": args.dir, "pages": pages}));
    } else {
        note(say!(
            "{pages} pages in {path}",
            pages,
            path = args.dir.display()
        ));
    }
    Ok(Vec::new())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::testing::output;

    #[test]
    fn a_page_for_each_command() {
        let folder = tempfile::tempdir().expect("a folder");
        let dir = folder.path().join("man1");
        let (mut out, written) = output(true);
        run(&ManArgs { dir: dir.clone() }, &mut out)
            .map_err(|error| error.report())
            .expect("pages");
        for command in Cli::command().get_subcommands() {
            let page = dir.join(format!("jindiao-{}.1", command.get_name()));
            assert_eq!(page.exists(), !command.is_hide_set(), "{}", page.display());
        }
        let page = std::fs::read_to_string(dir.join("jindiao-run.1")).expect("a page");
        assert!(
            page.contains(".SH SYNOPSIS") && page.contains("max\\-cost"),
            "{page}"
        );
        assert!(written.text().contains("\"pages\":"));
        let blocked = ManArgs {
            dir: dir.join("jindiao-run.1/deeper"),
        };
        assert!(run(&blocked, &mut out).is_err());
    }
}
