//! `jindiao completions`: a completion script for a shell.

use clap::CommandFactory as _;

use crate::cli::{Cli, CompletionsArgs};
use crate::error::Kind;
use crate::output::Output;

pub(crate) fn run(args: &CompletionsArgs, out: &mut Output) -> Vec<Kind> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "jindiao", &mut script);
    out.script(String::from_utf8_lossy(&script).trim_end());
    Vec::new()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::testing::output;

    #[test]
    fn a_script_knows_the_commands() {
        let (mut out, written) = output(false);
        run(
            &CompletionsArgs {
                shell: clap_complete::Shell::Bash,
            },
            &mut out,
        );
        assert!(written.text().contains("--fresh-within"));
    }
}
