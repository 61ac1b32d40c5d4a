//! Opens the list that a command is about.

use std::io::{self, IsTerminal as _};

use jindiao_list::List;
use jindiao_words::{Message, Say as _, say};

use crate::cli::ListArgs;
use crate::error::CliError;
use crate::output::{Output, note};

/// What a list without a file is called.
const STDIN: &str = "stdin";

/// Opens a list; all that is wrong with it is told, and `what` came of it.
pub(super) fn open(args: &ListArgs, what: Message, out: &mut Output) -> Result<List, CliError> {
    let is_piped = args.is_piped();
    if is_piped && io::stdin().is_terminal() {
        note(say!(
            "note: the list is read from the terminal; a line with Ctrl-D alone ends it"
        ));
    }
    let list = if is_piped {
        List::once(STDIN, io::stdin().lock(), args.reading())
    } else {
        List::open_as(&args.file, args.reading())
    };
    let list = list.map_err(|problems| {
        let all = || problems.kept().iter().cloned().chain(problems.rest());
        if out.is_json() {
            all().for_each(|problem| out.record("problem", &problem));
        }
        let lines = all().map(|problem| problem.say()).collect();
        CliError::problems_of(what, lines, problems.count())
    })?;
    if let Some(text) = list.note() {
        let name = if is_piped {
            STDIN.into()
        } else {
            args.file.to_string_lossy()
        };
        note(say!("note: {name}: {text}", name, text));
    }
    Ok(list)
}
