//! The one error of the program, and the one place where exit codes are made.

use std::error::Error;
use std::{fmt, io};

use jindiao_words::{Lang, Message, say};

/// Why the program does not end with 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The command line, the list or the configuration is wrong.
    Usage,
    /// An account needs attention.
    Account,
    /// Orders are uncertain and wait for a decision.
    Uncertain,
    /// Something that was wanted is not there.
    NotStored,
    /// The user stopped it; everything can be resumed.
    Interrupted,
}

/// The exit code: 0 without a reason; of several reasons the one that must be seen to first.
pub(crate) fn exit_code(kinds: &[Kind]) -> u8 {
    const ORDER: [(Kind, u8); 5] = [
        (Kind::Interrupted, 130),
        (Kind::Usage, 2),
        (Kind::Account, 4),
        (Kind::Uncertain, 3),
        (Kind::NotStored, 1),
    ];
    ORDER
        .iter()
        .find(|(kind, _)| kinds.contains(kind))
        .map_or(0, |(_, code)| *code)
}

/// What ended the program: one line, its causes, and what to do.
#[derive(Debug)]
pub(crate) struct CliError {
    kind: Kind,
    message: Message,
    /// Lines of their own that stand before the message.
    details: Vec<Message>,
    source: Option<Box<dyn Error + Send + Sync>>,
    hints: Vec<Message>,
}

impl CliError {
    pub(crate) fn new(kind: Kind, message: impl Into<Message>) -> Self {
        Self {
            kind,
            message: message.into(),
            details: Vec::new(),
            source: None,
            hints: Vec::new(),
        }
    }

    /// The command line, the list or the configuration is wrong.
    pub(crate) fn usage(message: impl Into<Message>) -> Self {
        Self::new(Kind::Usage, message)
    }

    /// Several things are wrong: each is a line, and `what` with their number comes last. A single
    /// one is the message itself.
    pub(crate) fn problems(what: impl Into<Message>, problems: Vec<impl Into<Message>>) -> Self {
        let count = problems.len() as u64;
        Self::problems_of(what, problems, count)
    }

    /// The same of `count` problems, of which some are not told one by one.
    pub(crate) fn problems_of(
        what: impl Into<Message>,
        problems: Vec<impl Into<Message>>,
        count: u64,
    ) -> Self {
        let mut problems: Vec<Message> = problems.into_iter().map(Into::into).collect();
        match problems.pop() {
            Some(only) if problems.is_empty() => Self::usage(only),
            last => {
                problems.extend(last);
                let message = say!("{what}: {count} problems", what = what.into(), count);
                Self {
                    details: problems,
                    ..Self::usage(message)
                }
            }
        }
    }

    /// The same with what caused it.
    #[must_use]
    pub(crate) fn because(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// The same with something that the user can do.
    #[must_use]
    pub(crate) fn hint(mut self, hint: impl Into<Message>) -> Self {
        self.hints.push(hint.into());
        self
    }

    pub(crate) fn kind(&self) -> Kind {
        self.kind
    }

    /// What stands on stderr: details, the message with its causes on one line, the hints.
    pub(crate) fn told(&self) -> Message {
        self.with(|line| say!("error: {line}", line))
    }

    /// The same of what ends nothing and is only worth knowing.
    pub(crate) fn remark(&self) -> Message {
        self.with(|line| say!("note: {line}", line))
    }

    /// The same in English.
    #[cfg(test)]
    pub(crate) fn report(&self) -> String {
        self.told().to_string()
    }

    /// The same without a word before it.
    pub(crate) fn bare(&self) -> Message {
        self.with(|line| line)
    }

    /// What is wrong, without what to do.
    pub(crate) fn finding(&self) -> Message {
        let all = self.details.iter().cloned().chain([self.with_causes()]);
        Message::joined(all, say!("; "))
    }

    /// What the user can do.
    pub(crate) fn advice(&self) -> Option<Message> {
        (!self.hints.is_empty()).then(|| Message::joined(&self.hints, say!("; ")))
    }

    fn with(&self, line: impl FnOnce(Message) -> Message) -> Message {
        let mut lines = self.details.clone();
        lines.push(line(self.with_causes()));
        lines.extend(self.hints.iter().map(|hint| say!("hint: {hint}", hint)));
        Message::lines(lines)
    }

    /// The message with its causes, on one line.
    fn with_causes(&self) -> Message {
        let mut line = self.message.clone();
        let mut next = self.source();
        while let Some(error) = next {
            let cause = cause(error);
            // Many errors repeat their cause in their own text.
            if !line.to_string().ends_with(&cause.to_string()) {
                line = say!("{what}: {cause}", what = line, cause);
            }
            next = error.source();
        }
        line
    }
}

/// What an error says: in each language where it is one of ours.
pub(crate) fn cause(error: &(dyn Error + 'static)) -> Message {
    macro_rules! ours {
        ($($known:ty),*) => {
            $(if let Some(error) = error.downcast_ref::<$known>() {
                return jindiao_words::Say::say(error);
            })*
        };
    }
    ours!(
        Message,
        jindiao_list::ListChanged,
        jindiao_order::VerdictError,
        jindiao_order::WantedError,
        jindiao_order::UnknownState,
        jindiao_order::UnknownProduct,
        jindiao_order::FenError,
        crate::duration::NotADuration,
        jindiao_protocol::SubjectError,
        jindiao_protocol::LinkError,
        jindiao_protocol::OriginError,
        jindiao_protocol::TimestampError,
        jindiao_client::CallError,
        jindiao_client::TransportError,
        jindiao_client::DownloadError,
        jindiao_client::HttpTransportError,
        jindiao_client::HttpOptionsError,
        jindiao_client::LinkHostsError,
        jindiao_client::Unsealable,
        jindiao_batch::LedgerError,
        jindiao_batch::RunError,
        jindiao_batch::FolderError
    );
    #[cfg(feature = "cluster")]
    ours!(
        jindiao_cluster::ClusterError,
        jindiao_cluster::StoreError,
        jindiao_cluster::StoreConfigError
    );
    match error.downcast_ref::<io::Error>() {
        Some(error) => of_system(error),
        None => Message::verbatim(error.to_string()),
    }
}

/// What the system says: in English its own words, which searches find.
fn of_system(error: &io::Error) -> Message {
    if let Some(inner) = error.get_ref() {
        return cause(inner);
    }
    let Some(number) = error.raw_os_error() else {
        return Message::verbatim(error.to_string());
    };
    let what = match error.kind() {
        io::ErrorKind::NotFound => say!("no such file or directory"),
        io::ErrorKind::PermissionDenied => say!("permission denied"),
        io::ErrorKind::AlreadyExists => say!("it exists already"),
        io::ErrorKind::NotADirectory => say!("not a directory"),
        io::ErrorKind::IsADirectory => say!("is a directory"),
        io::ErrorKind::StorageFull => say!("no space left on device"),
        io::ErrorKind::ReadOnlyFilesystem => say!("read-only file system"),
        io::ErrorKind::AddrInUse => say!("address already in use"),
        io::ErrorKind::AddrNotAvailable => say!("address not available"),
        io::ErrorKind::ConnectionRefused => say!("connection refused"),
        io::ErrorKind::ConnectionReset => say!("connection reset"),
        io::ErrorKind::TimedOut => say!("timed out"),
        _ => return Message::verbatim(error.to_string()),
    };
    let chinese = say!("{what} (os error {number})", what, number).in_lang(Lang::Zh);
    Message::of_two(error.to_string(), chinese)
}

impl fmt::Display for CliError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.message.fmt(f)
    }
}

impl Error for CliError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_deref().map(|it| it as _)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_gravest_reason_decides() {
        use Kind::{Account, Interrupted, NotStored, Uncertain, Usage};
        let check = |kinds: &[Kind], expect| assert_eq!(exit_code(kinds), expect, "{kinds:?}");
        check(&[], 0);
        check(&[NotStored], 1);
        check(&[NotStored, Uncertain], 3);
        check(&[NotStored, Uncertain, Account], 4);
        check(&[NotStored, Uncertain, Account, Usage], 2);
        check(&[NotStored, Interrupted, Account], 130);
    }

    #[test]
    fn several_problems_are_counted() {
        let report = |problems: &[&str]| {
            CliError::problems(
                say!("the list"),
                problems.iter().map(|it| Message::verbatim(*it)).collect(),
            )
            .report()
        };
        assert_eq!(report(&["a"]), "error: a");
        assert_eq!(report(&["a", "b"]), "a\nb\nerror: the list: 2 problems");
    }

    #[test]
    fn one_line_with_causes_and_then_the_hints() {
        let cause = std::io::Error::other("disk on fire");
        let error = CliError::usage(Message::verbatim("cannot read a.csv"))
            .because(cause)
            .hint(Message::verbatim("put it out"));
        assert_eq!(
            error.report(),
            "error: cannot read a.csv: disk on fire\nhint: put it out"
        );
    }
}
