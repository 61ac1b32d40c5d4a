//! The command line in the language of who reads it: its help, and what is said where it is wrong.

use std::ffi::OsString;
use std::fmt::Write as _;

use clap::builder::StyledStr;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Command, CommandFactory as _, FromArgMatches as _};
use jindiao_words::catalogue::chinese;
use jindiao_words::{Lang, Message, say};

use super::Cli;
use crate::error::cause;
use crate::output::{Output, note};

/// The definition of the command line, with its texts in this language.
pub(crate) fn command(lang: Lang) -> Command {
    let mut command = Cli::command();
    if lang == Lang::Zh {
        // What clap adds by itself is there from then on.
        command.build();
        command = in_chinese(command);
    }
    command
}

/// Reads the command line.
///
/// # Errors
///
/// With the exit code where there is nothing to do: help was asked for and printed, or something is
/// wrong and was said.
pub(crate) fn parse(arguments: &[OsString], lang: Lang) -> Result<Cli, u8> {
    let parsed = command(lang)
        .try_get_matches_from(arguments)
        .and_then(|mut matches| Cli::from_arg_matches_mut(&mut matches));
    parsed.map_err(|error| {
        if lang == Lang::En {
            // It knows about colours.
            let _ = error.print();
        } else if error.use_stderr() {
            note(Message::verbatim(wrong(&error).in_lang(lang)));
        } else {
            let mut out = Output::stdout(false);
            out.script(own_words(&error.render().to_string()).trim_end());
            let _ = out.finish();
        }
        u8::try_from(error.exit_code()).unwrap_or(2)
    })
}

/// A command and all below it, with the Chinese texts of the catalogue. What is not there stays.
fn in_chinese(command: Command) -> Command {
    let about = |text: Option<&StyledStr>| text.map(|text| paragraphs(&text.to_string()));
    let (short, long) = (about(command.get_about()), about(command.get_long_about()));
    let after = command
        .get_after_help()
        .map(|text| lines(&text.to_string()));
    let mut command = command.mut_args(|arg| {
        let (short, long) = (about(arg.get_help()), about(arg.get_long_help()));
        let arg = match short {
            Some(text) => arg.help(text),
            None => arg,
        };
        match long {
            Some(text) => arg.long_help(text),
            None => arg,
        }
    });
    if let Some(text) = short {
        command = command.about(text);
    }
    if let Some(text) = long {
        command = command.long_about(text);
    }
    if let Some(text) = after {
        command = command.after_help(text);
    }
    command.mut_subcommands(in_chinese)
}

/// A text of several paragraphs, each of which stands in the catalogue.
fn paragraphs(text: &str) -> String {
    let all = text.split("\n\n").map(|it| chinese(it).unwrap_or(it));
    all.collect::<Vec<_>>().join("\n\n")
}

/// Lines of examples: what stands behind a command is for people.
fn lines(text: &str) -> String {
    let all = text.lines().map(|line| match for_people(line) {
        Some(words) => match (line.strip_suffix(words), chinese(words)) {
            (Some(head), Some(words)) => format!("{head}{words}"),
            _ => line.to_owned(),
        },
        None => line.to_owned(),
    });
    all.collect::<Vec<_>>().join("\n")
}

/// What of a line of examples is for people: all of it, what stands behind a command or a number, or
/// nothing.
fn for_people(line: &str) -> Option<&str> {
    let words = line.trim_start();
    let is_set_off = line.len() > words.len();
    match words.rsplit_once("  ") {
        Some((_, words)) => Some(words),
        None if words.is_empty() || is_set_off => None,
        None => Some(words),
    }
}

/// Help with clap's own words in Chinese.
fn own_words(help: &str) -> String {
    const OWN: [&str; 10] = [
        "Usage: ",
        "Commands:",
        "Arguments:",
        "Options:",
        "Possible values:",
        "[possible values: ",
        "[default: ",
        "[OPTIONS]",
        "<COMMAND>",
        "[COMMAND]",
    ];
    let mut said = help.to_owned();
    for words in OWN.into_iter().chain(VALUES) {
        if let Some(chinese) = chinese(words) {
            said = said.replace(words, chinese);
        }
    }
    said
}

/// What clap says of values that explain themselves: it takes these words from no `Command`.
const VALUES: [&str; 2] = ["A line for people", "A line of JSON"];

/// What is wrong with a command line.
fn wrong(error: &clap::Error) -> Message {
    let mut said = match mistake(error) {
        Some(what) => say!("error: {line}", line = what),
        // Help that nobody asked for has no other words.
        None => return Message::verbatim(own_words(error.render().to_string().trim_end())),
    };
    let mut add = |message: Message| said = Message::lines([said.clone(), message]);
    for kind in [ContextKind::ValidValue, ContextKind::ValidSubcommand] {
        if let Some(mut names) = texts(error, kind).filter(|it| !it.is_empty()) {
            // Those are for scripts.
            names.retain(|name| !name.starts_with("__"));
            let names = Message::list(names.into_iter().map(Message::verbatim));
            add(say!("  possible values: {names}", names));
        }
    }
    let suggested = [
        ContextKind::SuggestedSubcommand,
        ContextKind::SuggestedArg,
        ContextKind::SuggestedValue,
    ];
    for names in suggested.into_iter().filter_map(|kind| texts(error, kind)) {
        let names = Message::list(names.into_iter().map(Message::verbatim));
        add(say!("  did you mean {names}?", names));
    }
    if let Some(ContextValue::StyledStr(usage)) = error.get(ContextKind::Usage) {
        add(Message::verbatim(format!(
            "\n{}",
            own_words(usage.to_string().trim_end())
        )));
    }
    add(say!("\nFor more information, try '--help'."));
    said
}

/// What is wrong, in one sentence; `None` where clap has no words for it either.
fn mistake(error: &clap::Error) -> Option<Message> {
    let one = |kind| texts(error, kind).map(|it| it.join(" "));
    let many = |kind| {
        texts(error, kind).map(|all| {
            all.iter().fold(String::new(), |mut said, it| {
                let _ = write!(said, "\n  {it}");
                said
            })
        })
    };
    let argument = one(ContextKind::InvalidArg);
    let value = one(ContextKind::InvalidValue);
    Some(match (error.kind(), argument, value) {
        (ErrorKind::DisplayHelp | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand, ..) => {
            return None;
        }
        (ErrorKind::ArgumentConflict, Some(argument), _) => match many(ContextKind::PriorArg) {
            Some(others) if others.trim() != argument => say!(
                "the argument '{argument}' cannot be used with:{others}",
                argument,
                others
            ),
            _ => say!(
                "the argument '{argument}' cannot be used multiple times",
                argument
            ),
        },
        (ErrorKind::InvalidValue, Some(argument), Some(value)) if value.is_empty() => say!(
            "a value is required for '{argument}' but none was supplied",
            argument
        ),
        (ErrorKind::InvalidValue, Some(argument), Some(value)) => {
            say!("invalid value '{value}' for '{argument}'", value, argument)
        }
        (ErrorKind::ValueValidation, Some(argument), Some(value)) => {
            match std::error::Error::source(error) {
                Some(why) => say!(
                    "invalid value '{value}' for '{argument}': {why}",
                    value,
                    argument,
                    why = cause(why)
                ),
                None => say!("invalid value '{value}' for '{argument}'", value, argument),
            }
        }
        (ErrorKind::UnknownArgument, Some(argument), _) => {
            say!("unexpected argument '{argument}' found", argument)
        }
        (ErrorKind::InvalidSubcommand, ..) => say!(
            "unrecognized subcommand '{name}'",
            name = one(ContextKind::InvalidSubcommand)?
        ),
        (ErrorKind::MissingSubcommand, ..) => say!(
            "'{name}' requires a subcommand but one was not provided",
            name = one(ContextKind::InvalidSubcommand)?
        ),
        (ErrorKind::MissingRequiredArgument, Some(_), _) => say!(
            "the following required arguments were not provided:{names}",
            names = many(ContextKind::InvalidArg)?
        ),
        (ErrorKind::TooManyValues, Some(argument), Some(value)) => say!(
            "unexpected value '{value}' for '{argument}' found; no more were expected",
            value,
            argument
        ),
        (ErrorKind::InvalidUtf8, ..) => {
            say!("invalid UTF-8 was detected in one or more arguments")
        }
        (kind, ..) => Message::verbatim(kind.to_string()),
    })
}

/// What clap knows about an error.
fn texts(error: &clap::Error, kind: ContextKind) -> Option<Vec<String>> {
    match error.get(kind)? {
        ContextValue::String(text) => Some(vec![text.clone()]),
        ContextValue::Strings(texts) => Some(texts.clone()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use clap::Arg;

    use super::*;

    /// Every text of a command and of all below it.
    fn all_texts(command: &Command, texts: &mut BTreeSet<String>) {
        let help = |text: Option<&StyledStr>| text.map(ToString::to_string).unwrap_or_default();
        let mut of_paragraphs = |text: String| {
            texts.extend(
                text.split("\n\n")
                    .filter(|it| !it.is_empty())
                    .map(str::to_owned),
            );
        };
        of_paragraphs(help(command.get_about()));
        of_paragraphs(help(command.get_long_about()));
        for arg in command.get_arguments() {
            of_paragraphs(help(arg.get_help()));
            of_paragraphs(help(arg.get_long_help()));
        }
        let values = command.get_arguments().flat_map(Arg::get_possible_values);
        texts.extend(values.filter_map(|it| Some(it.get_help()?.to_string())));
        let after = help(command.get_after_help());
        texts.extend(after.lines().filter_map(for_people).map(str::to_owned));
        for below in command.get_subcommands() {
            all_texts(below, texts);
        }
    }

    fn english() -> BTreeSet<String> {
        let mut command = command(Lang::En);
        command.build();
        let mut texts = BTreeSet::new();
        all_texts(&command, &mut texts);
        texts
    }

    #[test]
    fn no_text_of_the_help_is_without_chinese() {
        let texts = english();
        let missing: Vec<_> = texts.iter().filter(|it| chinese(it).is_none()).collect();
        assert!(
            missing.is_empty(),
            "add to crates/words/src/catalogue/help.rs: {missing:#?}"
        );
        let mut said = BTreeSet::new();
        all_texts(&command(Lang::Zh), &mut said);
        // Values explain themselves where they are defined, and in Chinese where help is shown.
        let is_value = |it: &&String| VALUES.contains(&it.as_str());
        let english: Vec<_> = said
            .intersection(&texts)
            .filter(|it| !is_value(it))
            .collect();
        assert!(english.is_empty(), "still English: {english:#?}");
    }

    #[test]
    fn what_clap_adds_has_these_words() {
        let texts = english();
        for words in [
            "Print help (see more with '--help')",
            "Print help (see a summary with '-h')",
            "Print version",
            "Print this message or the help of the given subcommand(s)",
        ] {
            assert!(texts.contains(words), "{words}");
        }
    }

    #[test]
    fn values_that_explain_themselves_are_known() {
        let mut command = command(Lang::En);
        command.build();
        for command in command.get_subcommands() {
            for value in command.get_arguments().flat_map(Arg::get_possible_values) {
                if let Some(help) = value.get_help() {
                    assert!(VALUES.contains(&help.to_string().as_str()), "{help}");
                }
            }
        }
    }

    fn said(line: &str) -> String {
        let error = command(Lang::Zh)
            .try_get_matches_from(line.split(' '))
            .and_then(|mut matches| Cli::from_arg_matches_mut(&mut matches))
            .expect_err(line);
        wrong(&error).in_lang(Lang::Zh)
    }

    #[test]
    fn what_is_wrong_is_said_in_chinese() {
        let check = |line: &str, expect: &str| {
            let said = said(line);
            assert!(said.starts_with(expect), "{line}: {said}");
            assert!(said.ends_with("更多说明请用 '--help'。"), "{said}");
        };
        check(
            "jindiao run a.csv",
            "错误：缺少必需的参数：\n  --out <DIR>\n\n用法：jindiao run",
        );
        check("jindiao runn", "错误：没有子命令 'runn'\n  是不是 run？");
        check(
            "jindiao run a.csv --out d --max-cost 1.001",
            "错误：'--max-cost <YUAN>' 的值 '1.001' 无效：不是以元为单位的金额",
        );
        check(
            "jindiao run a.csv --out d --fresh-within soon",
            "错误：'--fresh-within <DURATION>' 的值 'soon' 无效：不是时长",
        );
        check(
            "jindiao template --lang de",
            "错误：'--lang <LANG>' 的值 'de' 无效\n  可选值：zh、en",
        );
        check("jindiao status --no", "错误：不认识参数 '--no'");
        check(
            "jindiao resolve a --not-placed --abandon",
            "错误：参数 '--not-placed' 不能与以下参数同时使用：\n  --abandon",
        );
        check("jindiao run --out", "错误：'--out <DIR>' 需要一个值");
        check(
            "jindiao status --json --json",
            "错误：参数 '--json' 不能重复使用",
        );
    }

    #[test]
    fn the_help_is_chinese_as_a_whole() {
        let error = command(Lang::Zh)
            .try_get_matches_from(["jindiao", "run", "--help"])
            .expect_err("help");
        let help = own_words(&error.render().to_string());
        for words in [
            "用法：jindiao run [选项]",
            "参数：",
            "选项：",
            "可选值：",
            "示例：",
        ] {
            assert!(help.contains(words), "{words}: {help}");
        }
        for words in ["Usage", "Options", "Print", "Order", "line"] {
            assert!(!help.contains(words), "{words}: {help}");
        }
    }
}
