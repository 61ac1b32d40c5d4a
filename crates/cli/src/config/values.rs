//! The texts of the settings, from the file and the environment, and what is wrong with them.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use jindiao_codes::Vendor;
use jindiao_list::nearest;
use jindiao_words::{Message, Say, say};

use super::command::SecretCommand;
use super::file::{self, Written};
use super::settings;

/// The texts that were set, until they are read, and what is wrong with them.
#[derive(Default)]
pub(super) struct Values {
    by_key: BTreeMap<String, Value>,
    /// The programs that print credentials.
    pub(super) commands: BTreeMap<Vendor, SecretCommand>,
    /// What is wrong, in the order in which it was found.
    pub(super) problems: Vec<Message>,
}

/// Something that the user should know of the configuration.
#[derive(Debug)]
pub(crate) struct Note {
    /// Whether something is to be done about it.
    pub(crate) is_warning: bool,
    /// What it is.
    pub(crate) text: Message,
    /// The command that mends it.
    pub(crate) advice: Option<Message>,
}

impl Note {
    fn new(text: Message) -> Self {
        Self {
            is_warning: false,
            text,
            advice: None,
        }
    }

    pub(super) fn warning(text: Message, advice: Message) -> Self {
        Self {
            is_warning: true,
            text,
            advice: Some(advice),
        }
    }
}

impl Say for Note {
    fn say(&self) -> Message {
        let text = &self.text;
        match (self.is_warning, &self.advice) {
            (true, Some(advice)) => say!("warning: {text}: {advice}", text, advice),
            (true, None) => say!("warning: {text}", text),
            (false, _) => say!("note: {line}", line = text),
        }
    }
}

/// A text that was set.
#[derive(Clone)]
pub(super) struct Value {
    /// The text, as it was written.
    pub(super) text: String,
    /// Where.
    pub(super) source: Source,
}

/// Where a text was set.
#[derive(Clone)]
pub(super) enum Source {
    File {
        path: PathBuf,
        line: usize,
        key: String,
    },
    Variable(String),
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { path, line, key } => write!(f, "{}:{line} ({key})", path.display()),
            Self::Variable(name) => f.write_str(name),
        }
    }
}

impl Source {
    /// This, said of what is set here.
    pub(super) fn says(&self, message: &Message) -> Message {
        say!("{place}: {message}", place = self, message)
    }
}

impl Values {
    /// Takes in the file at `path`.
    pub(super) fn add_file(&mut self, path: &Path, text: &str) {
        for entry in file::entries(text) {
            let file::Entry { line, key, value } = entry;
            let source = Source::File {
                path: path.to_owned(),
                line,
                key: key.clone(),
            };
            let mut commands = Vendor::ALL.iter();
            let command = commands.find(|vendor| settings::command_key(**vendor) == key);
            let is_setting = || settings::all().iter().any(|setting| setting.key == key);
            match value {
                Err(message) if key.is_empty() => {
                    let place = format!("{}:{line}", path.display());
                    self.problems.push(say!("{place}: {message}", place, message));
                }
                _ if command.is_none() && !is_setting() => {
                    let mut near: Vec<_> = settings::all().into_iter().map(|it| it.key).collect();
                    near.extend(Vendor::ALL.iter().map(|vendor| settings::command_key(*vendor)));
                    let near = nearest(&key, near.iter().map(String::as_str));
                    self.problems.push(source.says(&match near {
                        Some(near) => {
                            say!("there is no such key; did you mean `{near}`?", near)
                        }
                        None => say!("there is no such key"),
                    }));
                }
                Err(message) => self.problems.push(source.says(&message)),
                Ok(Written::List(words)) if let Some(vendor) = command => {
                    match SecretCommand::new(words, source) {
                        Ok(command) => drop(self.commands.insert(*vendor, command)),
                        Err(problem) => self.problems.push(problem),
                    }
                }
                Ok(Written::Text(text)) if command.is_none() => {
                    self.by_key.insert(key, Value { text, source });
                }
                Ok(Written::Text(_)) => self.problems.push(source.says(&say!(
                    "write the program and each of its arguments as a list: [\"…\", \"…\"]; no shell is used"
                ))),
                Ok(Written::List(words)) if settings::is_list(&key) => {
                    let text = words.join(",");
                    self.by_key.insert(key, Value { text, source });
                }
                Ok(Written::List(_)) => self.problems.push(source.says(&say!(
                    "the value must be a text, a number, true or false, not a list"
                ))),
            }
        }
    }

    /// Takes in variables; returns notes on those that nobody reads.
    pub(super) fn add_environment(&mut self, environment: &BTreeMap<String, String>) -> Vec<Note> {
        let mut notes = Vec::new();
        let settings = settings::all();
        for (name, text) in environment {
            match settings.iter().find(|setting| setting.env == *name) {
                // An empty variable is how shells and containers leave one out.
                Some(_) if text.is_empty() => {}
                Some(setting) => {
                    let value = Value {
                        text: text.clone(),
                        source: Source::Variable(name.clone()),
                    };
                    self.by_key.insert(setting.key.clone(), value);
                }
                // Chosen before there is a configuration.
                None if name == "JINDIAO_LANG" => {}
                None if let Some(key) = settings::command_of_variable(name) => {
                    notes.push(Note::new(say!(
                        "the variable {name} is not read: `{key}` stands in the configuration's file",
                        name,
                        key
                    )));
                }
                None => {
                    // Names are compared in lower case.
                    let names: Vec<String> =
                        settings.iter().map(|it| it.env.to_lowercase()).collect();
                    let near = nearest(name, names.iter().map(String::as_str));
                    notes.push(Note::new(match near {
                        Some(near) => say!(
                            "the variable {name} is no setting of Jindiao; did you mean {near}?",
                            name,
                            near = near.to_uppercase()
                        ),
                        None => say!("the variable {name} is no setting of Jindiao", name),
                    }));
                }
            }
        }
        notes
    }

    /// Whether a credential was taken in.
    pub(super) fn has_secrets(&self) -> bool {
        let mut secrets = settings::all().into_iter().filter(|setting| setting.secret);
        secrets.any(|setting| self.by_key.contains_key(&setting.key))
    }

    /// Where there is a reason, the commands that were taken in must not be run.
    pub(super) fn refuse_commands(&mut self, reason: Option<&Message>) {
        let commands = std::mem::take(&mut self.commands).into_iter();
        self.commands = commands
            .map(|(vendor, command)| (vendor, command.refused_for(reason.cloned())))
            .collect();
    }

    /// The text of a key, unread.
    pub(super) fn take(&mut self, key: &str) -> Option<Value> {
        self.by_key.remove(key)
    }

    /// Reads the text of a key; `None` if there is none, or it is wrong.
    pub(super) fn read<T, E: Say>(
        &mut self,
        key: &str,
        parse: impl Fn(&str) -> Result<T, E>,
    ) -> Option<T> {
        let Value { text, source } = self.take(key)?;
        // The text itself is never repeated: an address may hold a password.
        parse(text.trim())
            .map_err(|error| self.problems.push(source.says(&error.say())))
            .ok()
    }
}

/// Reads the settings of one vendor.
pub(super) struct Scoped<'a> {
    pub(super) vendor: Vendor,
    pub(super) values: &'a mut Values,
}

impl Scoped<'_> {
    pub(super) fn of<T, E: Say>(
        &mut self,
        name: &str,
        parse: impl Fn(&str) -> Result<T, E>,
    ) -> Option<T> {
        self.values.read(&format!("{}.{name}", self.vendor), parse)
    }
}
