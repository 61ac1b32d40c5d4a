//! `jindiao completions`: a completion script for a shell.

use clap::CommandFactory as _;
use clap_complete::Shell;
use jindiao_order::StateName;
use jindiao_words::Message;

use crate::cli::{Cli, CompleteOrdersArgs, CompletionsArgs};
use crate::config::{Config, Sources};
use crate::error::{CliError, Kind};
use crate::ledger;
use crate::output::Output;

/// In a ledger with more orders than this, only those that a person may have to see to are offered.
const MANY: u64 = 5_000;

pub(crate) fn run(args: &CompletionsArgs, out: &mut Output) -> Vec<Kind> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "jindiao", &mut script);
    let script = String::from_utf8_lossy(&script);
    out.script(with_orders(args.shell, &script).trim_end());
    Vec::new()
}

/// The ids of orders, one a line; none where there is no ledger. It must stay quiet: somebody is in the
/// middle of typing a line.
pub(crate) fn orders(args: &CompleteOrdersArgs, sources: &Sources, out: &mut Output) -> Vec<Kind> {
    if let Ok(ids) = ids(args, sources) {
        for id in ids {
            out.line(Message::verbatim(id));
        }
    }
    Vec::new()
}

fn ids(args: &CompleteOrdersArgs, sources: &Sources) -> Result<Vec<String>, CliError> {
    let (config, _) = Config::load(sources)?;
    let store = ledger::view(args.ledger.ledger.as_deref(), &config)?;
    let all: u64 = store.counts()?.iter().map(|count| count.orders).sum();
    let states: &[Option<StateName>] = if args.uncertain {
        &[Some(StateName::Uncertain)]
    } else if all > MANY {
        const ATTENTION: [StateName; 4] = [
            StateName::Uncertain,
            StateName::Held,
            StateName::Failed,
            StateName::Refused,
        ];
        &ATTENTION.map(Some)
    } else {
        &[None]
    };
    let mut ids = Vec::new();
    for state in states {
        store.each_order(*state, |entry| {
            ids.push(entry.order.id().to_string());
            Ok::<_, CliError>(())
        })?;
    }
    Ok(ids)
}

/// The script with the ids of orders where one is expected: the scripts that are made know the words
/// of the program, and not what is in a ledger.
fn with_orders(shell: Shell, script: &str) -> String {
    // What is hidden is no word to type, but the scripts have it.
    let is_offer = |line: &str| {
        line.trim_start().starts_with("'__orders:") || line.contains("-a \"__orders\"")
    };
    let lines: Vec<_> = script.lines().filter(|line| !is_offer(line)).collect();
    let script = &lines.join("\n").replace(" __orders ", " ");
    match shell {
        Shell::Bash => format!("{script}\n{BASH}"),
        Shell::Zsh => {
            // The first line tells zsh what the script is for.
            let (first, rest) = script.split_once('\n').unwrap_or((script, ""));
            let is_order = |line: &str| {
                ["':order -- ", "'*::orders -- "]
                    .iter()
                    .any(|it| line.trim_start().starts_with(it))
            };
            // Orders of a cluster are not in a ledger of this machine.
            let mut is_here = true;
            let rest = rest.lines().map(|line| {
                is_here &= line.trim() != "(cluster)";
                if is_here && is_order(line) {
                    line.replacen(":_default'", ":_jindiao_orders'", 1)
                } else {
                    line.to_owned()
                }
            });
            let rest: Vec<_> = rest.collect();
            format!("{first}\n{ZSH}\n{}", rest.join("\n"))
        }
        Shell::Fish => format!("{script}\n{}{FISH}", fish_values()),
        _ => script.to_owned(),
    }
}

/// What the script for fish lacks, as it is made: the values of arguments that are no flags.
fn fish_values() -> String {
    let mut command = Cli::command();
    command.build();
    let of_command = |command: &clap::Command| {
        let values = command
            .get_positionals()
            .flat_map(clap::Arg::get_possible_values)
            .filter(|value| !value.is_hide_set())
            .map(|value| value.get_name().to_owned());
        let values: Vec<_> = values.collect();
        (!values.is_empty()).then(|| {
            format!(
                "complete -c jindiao -n \"__fish_jindiao_using_subcommand {}\" -f -a \"{}\"\n",
                command.get_name(),
                values.join(" ")
            )
        })
    };
    command.get_subcommands().filter_map(of_command).collect()
}

const BASH: &str = r#"
_jindiao_with_orders() {
    _jindiao "$@"
    local cur="${COMP_WORDS[COMP_CWORD]}" prev="${COMP_WORDS[COMP_CWORD-1]}"
    local command="" i flags=()
    for ((i = 1; i < COMP_CWORD; i++)); do
        case "${COMP_WORDS[i]}" in
            --ledger|--config)
                flags+=("${COMP_WORDS[i]}" "${COMP_WORDS[i+1]/#\~/$HOME}")
                i=$((i + 1))
                ;;
            --lang|--log-format|--placed|--from|--vendor|--product|--before) i=$((i + 1)) ;;
            -*) ;;
            show|resolve) if [[ -z $command ]]; then command="${COMP_WORDS[i]}"; fi ;;
            *) if [[ -z $command ]]; then return 0; fi ;;
        esac
    done
    case "$prev" in
        --ledger|--config|--lang|--log-format|--placed|--from|--vendor|--product|--before) return 0 ;;
    esac
    if [[ -z $command || $cur == -* ]]; then return 0; fi
    if [[ $command == resolve ]]; then flags+=(--uncertain); fi
    COMPREPLY=($(compgen -W "$("${COMP_WORDS[0]}" __orders "${flags[@]}" 2>/dev/null)" -- "$cur"))
}
complete -F _jindiao_with_orders -o bashdefault -o default jindiao
"#;

const ZSH: &str = r#"
_jindiao_orders() {
    local -a ids flags
    local i
    for ((i = 2; i < $#words; i++)); do
        if [[ ${words[i]} == (--ledger|--config) ]]; then
            flags+=(${words[i]} ${~words[i+1]})
        fi
    done
    ids=(${(f)"$(_call_program orders jindiao __orders $flags 2>/dev/null)"})
    compadd -a ids
}
"#;

const FISH: &str = r#"
function __jindiao_orders
    set -l words (commandline -opc)
    set -l flags
    for i in (seq 2 (count $words))
        if contains -- "$words[$i]" --ledger --config
            set -l next (math $i + 1)
            set -a flags $words[$i] (string replace -r '^~' $HOME -- "$words[$next]")
        end
    end
    jindiao __orders $flags $argv 2>/dev/null
end
complete -c jindiao -n "__fish_seen_subcommand_from show; and not __fish_seen_subcommand_from cluster" -f -a "(__jindiao_orders)"
complete -c jindiao -n "__fish_seen_subcommand_from resolve; and not __fish_seen_subcommand_from cluster" -f -a "(__jindiao_orders --uncertain)"
"#;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::testing::output;

    fn script(shell: Shell) -> String {
        let (mut out, written) = output(false);
        run(&CompletionsArgs { shell }, &mut out);
        written.text()
    }

    #[test]
    fn scripts_know_the_commands_and_what_can_be_ordered() {
        for shell in [Shell::Bash, Shell::Zsh, Shell::Fish, Shell::PowerShell] {
            let script = script(shell);
            assert!(script.contains("fresh-within"), "{shell}");
            if shell != Shell::PowerShell {
                assert!(script.contains("patsnap/patent-value-report"), "{shell}");
                assert!(script.contains("uncertain"), "{shell}");
                assert!(script.contains("__orders"), "{shell}");
            }
        }
    }

    #[test]
    fn what_is_hidden_is_not_offered() {
        for shell in [Shell::Bash, Shell::Zsh, Shell::Fish] {
            let script = script(shell);
            let offers = |line: &&str| {
                line.contains("opts=") && line.contains("__orders")
                    || line.contains("'__orders:")
                    || line.contains("-a \"__orders\"")
            };
            assert_eq!(script.lines().find(offers), None, "{shell}");
        }
    }

    #[test]
    fn bash_knows_which_global_flags_take_a_value() {
        let command = Cli::command();
        let globals = command.get_arguments().filter(|arg| arg.is_global_set());
        let with_value = globals.filter(|arg| arg.get_action().takes_values());
        for flag in with_value.filter_map(|arg| arg.get_long()) {
            // Before the order, and before the word that is typed.
            let named = BASH.matches(&format!("--{flag}")).count();
            assert!(named >= 2, "--{flag}");
        }
    }

    #[test]
    fn zsh_asks_for_ids_where_an_order_stands() {
        let script = script(Shell::Zsh);
        assert!(script.starts_with("#compdef jindiao\n"), "{script}");
        assert_eq!(script.matches(":_jindiao_orders'").count(), 2, "{script}");
    }

    #[test]
    fn fish_knows_what_stands_without_a_flag() {
        let script = script(Shell::Fish);
        let check = |command: &str, value: &str| {
            let begin = format!("-n \"__fish_jindiao_using_subcommand {command}\" -f -a \"");
            let line = script.lines().find(|line| {
                line.split_once(&begin).is_some_and(|(_, values)| {
                    values
                        .trim_end_matches('"')
                        .split(' ')
                        .any(|it| it == value)
                })
            });
            assert!(line.is_some(), "{command} {value}");
        };
        check("get", "qcc/snapshot");
        check("code", "patsnap");
        check("completions", "fish");
    }

    #[test]
    fn a_program_without_a_ledger_offers_nothing() {
        let (mut out, written) = output(false);
        let args = CompleteOrdersArgs {
            uncertain: false,
            ledger: crate::cli::LedgerArgs {
                ledger: Some("/no/such/ledger.db".into()),
            },
        };
        orders(&args, &Sources::default(), &mut out);
        assert_eq!(written.text(), "");
    }
}
