//! What the two report families share: a task is created, then asked for until it is done.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use bytes::Bytes;
use http::Response;
use jindiao_protocol::wire::{self, Loose};
use jindiao_protocol::{Answer, Exchange, FileKind, RawLink, ReplyError};
use serde::{Deserialize, Serialize};

use crate::Auth;
use crate::auth::Secrets as _;
use crate::envelope::Envelope;

/// How long a report's address lives: 7 days (PatSnap D2, D4). The addresses say it themselves.
pub const LINK_LIFE: Duration = Duration::from_secs(7 * 24 * 3600);

/// What a report comes as (`report_type`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ReportFormat {
    /// A Word document, `.docx`.
    Word,
    /// A PDF.
    Pdf,
}

impl ReportFormat {
    /// `word` or `pdf`, as it is on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Word => "word",
            Self::Pdf => "pdf",
        }
    }

    /// The kind of file that comes.
    pub const fn file_kind(self) -> FileKind {
        match self {
            Self::Word => FileKind::Docx,
            Self::Pdf => FileKind::Pdf,
        }
    }
}

impl fmt::Display for ReportFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for ReportFormat {
    type Err = UnknownFormat;

    /// Reads `word` (also `docx`) or `pdf`, in any case.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.trim().to_ascii_lowercase().as_str() {
            "word" | "docx" => Ok(Self::Word),
            "pdf" => Ok(Self::Pdf),
            _ => Err(UnknownFormat),
        }
    }
}

/// The text names no format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnknownFormat;

impl fmt::Display for UnknownFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a format; known are word and pdf")
    }
}

impl std::error::Error for UnknownFormat {}

/// An accepted task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreatedTask {
    /// The number to ask for it with, in the vendor's own digits.
    pub job_id: String,
}

/// Where a task stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskStatus {
    /// The state.
    pub state: TaskState,
    /// `queue_num`: how many tasks are in the queue. Whose, and whether this one is among them,
    /// is in no document.
    pub queue: Option<u32>,
}

/// The state of a task (`job_status`).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum TaskState {
    /// 0: not begun.
    Waiting,
    /// 1: being made.
    Exporting,
    /// 2: done.
    Ready {
        /// Where to fetch the report.
        url: RawLink,
    },
    /// 3: it will not come.
    Failed {
        /// `abnormal_cause`: the vendor's words, Chinese in both regions.
        cause: Option<String>,
    },
    /// A state that is in no document, as it came.
    Unknown(String),
}

/// Reads the reply to a task creation.
pub(crate) fn created<E: Exchange<Auth = Auth>>(
    auth: &Auth,
    response: &Response<Bytes>,
) -> Result<Answer<CreatedTask>, ReplyError> {
    #[derive(Deserialize, Default)]
    struct Data {
        #[serde(default)]
        job_id: Loose,
    }

    let envelope = Envelope::open::<E>(auth, response)?;
    let data: Data = envelope.data.object().unwrap_or_default();
    match exact_id(&data.job_id) {
        Some(id) => Ok(Answer {
            value: CreatedTask {
                job_id: id.to_owned(),
            },
            receipt: envelope.receipt,
        }),
        None => Err(envelope.incomplete::<E>("no job_id with all its digits")),
    }
}

/// Reads the reply to the question where the task `job_id` stands.
pub(crate) fn status<E: Exchange<Auth = Auth>>(
    job_id: &str,
    auth: &Auth,
    response: &Response<Bytes>,
) -> Result<Answer<TaskStatus>, ReplyError> {
    #[derive(Deserialize, Default)]
    #[serde(default)]
    struct Data {
        job_id: Loose,
        queue_num: Loose,
        job_status: Loose,
        download_url: Loose,
        abnormal_cause: Loose,
    }

    let envelope = Envelope::open::<E>(auth, response)?;
    // On zero hits other endpoints answer success with `{}`: then nothing is known.
    let data: Data = envelope.data.object().unwrap_or_default();
    // The answer about somebody else's task is no answer, and asking again costs nothing.
    if exact_id(&data.job_id).is_some_and(|echo| !may_be_same(echo, job_id)) {
        return Err(envelope.incomplete::<E>("the reply is about another job_id"));
    }
    let clean = |value: &Loose| wire::vendor_text(value.text()?, &auth.secrets());
    let state = match data.job_status.text() {
        None => return Err(envelope.incomplete::<E>("no job_status")),
        Some("0") => TaskState::Waiting,
        // The vendor's own sample has an address with status 1: it is not believed, the report
        // is not done.
        Some("1") => TaskState::Exporting,
        Some("2") => match data.download_url.text() {
            Some(url) => TaskState::Ready {
                url: RawLink::new(url, Some(LINK_LIFE)),
            },
            None => return Err(envelope.incomplete::<E>("no download_url with job_status 2")),
        },
        Some("3") => TaskState::Failed {
            cause: clean(&data.abnormal_cause),
        },
        Some(_) => TaskState::Unknown(clean(&data.job_status).unwrap_or_default()),
    };
    Ok(Answer {
        value: TaskStatus {
            state,
            queue: data.queue_num.integer().and_then(|n| n.try_into().ok()),
        },
        receipt: envelope.receipt,
    })
}

/// A task's id, if it can be trusted to the last digit.
///
/// The vendor's own documents show ids that went through a float (`1.579434053399036E+18`): such a
/// text asks for another task, or none. Neither is 0 a task.
fn exact_id(value: &Loose) -> Option<&str> {
    let plain = |id: &&str| {
        *id != "0"
            && id
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
    };
    value.id().filter(plain)
}

/// Whether `echo` can be our own `asked` after it went through a float on its way back: the
/// vendor's samples answer 1579434053399036000 to 1579434053399035904, which is the same double.
fn may_be_same(echo: &str, asked: &str) -> bool {
    let double = |id: &str| id.parse::<f64>().ok();
    echo == asked || double(echo).is_some_and(|echo| double(asked) == Some(echo))
}
