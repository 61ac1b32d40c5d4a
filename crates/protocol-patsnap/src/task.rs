//! What the two report families share: a task is created, then asked for until it is done.

use std::borrow::Cow;
use std::time::Duration;

use bytes::Bytes;
use http::Response;
use jindiao_protocol::wire::Loose;
use jindiao_protocol::{Answer, Exchange, RawLink, ReplyError};
use serde::Deserialize;

use crate::Auth;
use crate::auth::Secrets as _;
use crate::envelope::Envelope;

/// How long a report's address lives: 7 days (PatSnap D2, D4). The addresses say it themselves.
pub const LINK_LIFE: Duration = Duration::from_secs(7 * 24 * 3600);

/// An accepted task (PatSnap D1, D9).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreatedTask {
    /// The number to ask for it with, in the vendor's own digits: a number or a text in the same
    /// document (PatSnap D3), and too long for a float.
    pub job_id: String,
}

/// Where a task stands (PatSnap D2, D4, D10).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskStatus {
    /// The state.
    pub state: TaskState,
    /// `queue_num`: how many tasks are in the queue. Whose, and whether this one is among them,
    /// is in no document.
    pub queue: Option<u32>,
}

/// The state of a task (`job_status`), of which the documents know four (PatSnap D2, D4, D10).
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
    struct Data<'a> {
        #[serde(borrow, default)]
        job_id: Loose<'a>,
    }

    let envelope = Envelope::open::<E>(auth, response)?;
    let data: Data<'_> = envelope.data.object().unwrap_or_default();
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
    struct Data<'a> {
        #[serde(borrow)]
        job_id: Loose<'a>,
        #[serde(borrow)]
        queue_num: Loose<'a>,
        #[serde(borrow)]
        job_status: Loose<'a>,
        #[serde(borrow)]
        download_url: Loose<'a>,
        #[serde(borrow)]
        abnormal_cause: Loose<'a>,
    }

    let envelope = Envelope::open::<E>(auth, response)?;
    // On zero hits other endpoints answer success with `{}`: then nothing is known.
    let data: Data<'_> = envelope.data.object().unwrap_or_default();
    // The answer about somebody else's task is no answer, and asking again costs nothing.
    if exact_id(&data.job_id).is_some_and(|echo| !may_be_same(echo, job_id)) {
        return Err(envelope.incomplete::<E>("the reply is about another job_id"));
    }
    let clean = |value: &Loose<'_>| auth.clean(value.text()?).map(Cow::into_owned);
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
fn exact_id<'a>(value: &'a Loose<'_>) -> Option<&'a str> {
    let is_plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_');
    // A number that is an identifier has digits only.
    let plain =
        |id: &&str| *id != "0" && (matches!(value, Loose::Number(_)) || id.bytes().all(is_plain));
    value.id().filter(plain)
}

/// Whether `echo` can be our own `asked` after it went through a float on its way back: the
/// vendor's samples answer 1579434053399036000 to 1579434053399035904, which is the same double.
fn may_be_same(echo: &str, asked: &str) -> bool {
    let double = |id: &str| id.parse::<f64>().ok();
    echo == asked || double(echo).is_some_and(|echo| double(asked) == Some(echo))
}

#[cfg(test)]
mod tests {
    use jindiao_protocol::ReplyErrorKind;

    use super::*;
    use crate::testing::{JOB_ID, NOW, company_status, create, create_patent, patent_status, read};

    fn envelope(data: &str) -> String {
        format!(r#"{{"data":{data},"status":true,"error_code":0}}"#)
    }

    /// What both creations make of `job_id`.
    fn created_id(job_id: &str) -> Result<String, ReplyErrorKind> {
        created_data(&format!(r#"{{"job_id":{job_id}}}"#))
    }

    fn created_data(data: &str) -> Result<String, ReplyErrorKind> {
        let body = envelope(data);
        let answer = read(&create(), 200, body.clone());
        assert_eq!(
            answer.as_ref().map(|a| &a.value).map_err(ReplyError::kind),
            read(&create_patent(), 200, body)
                .as_ref()
                .map(|a| &a.value)
                .map_err(ReplyError::kind)
        );
        answer.map(|a| a.value.job_id).map_err(|e| e.kind())
    }

    #[test]
    fn an_id_keeps_its_digits() {
        let check = |wire: &str, expect: &str| {
            assert_eq!(created_id(wire).as_deref(), Ok(expect), "{wire}");
        };
        check("1579434053399035904", "1579434053399035904");
        check("\"1579434053399035904\"", "1579434053399035904");
        // A double would make …904 of this one.
        check("1579434053399035905", "1579434053399035905");
        check("18446744073709551617", "18446744073709551617");
        // The JSON sample of the page: what a float leaves cannot be told from an id.
        check("1579434053399036000", "1579434053399036000");
        // Other report families have such ids.
        let hex = "9c3d1f0be1a54c3d8c8a0f5f6b7a8c9d";
        check(&format!("\"{hex}\""), hex);
    }

    #[test]
    fn an_id_that_lost_its_digits_is_none() {
        for wire in [
            "1.579434053399036E+18",
            "\"1.579434053399036E+18\"",
            "1.579434053399036e18",
            "1579434053399036000.0",
            "-1",
            "0",
            "\"0\"",
            "null",
            "\"\"",
            "true",
            "{}",
            "[1]",
            "\"a b\"",
        ] {
            assert_eq!(created_id(wire), Err(ReplyErrorKind::Incomplete), "{wire}");
        }
        for data in ["{}", "null", "[]", "[\"1\"]", "\"1\"", "1", "true", "\"\""] {
            assert_eq!(
                created_data(data),
                Err(ReplyErrorKind::Incomplete),
                "{data}"
            );
        }
        let nothing = read(&create(), 200, r#"{"status":true,"error_code":0}"#);
        assert_eq!(
            nothing.map_err(|e| e.kind()),
            Err(ReplyErrorKind::Incomplete)
        );
    }

    /// What both questions make of `data`.
    fn asked(data: &str) -> Result<TaskStatus, ReplyErrorKind> {
        let body = envelope(data);
        let answer = read(&company_status(), 200, body.clone());
        let answer = answer.map(|a| a.value).map_err(|e| e.kind());
        let patent = read(&patent_status(), 200, body);
        assert_eq!(answer, patent.map(|a| a.value).map_err(|e| e.kind()));
        answer
    }

    fn state(fields: &str) -> Result<TaskState, ReplyErrorKind> {
        asked(&format!("{{{fields}}}")).map(|status| status.state)
    }

    #[test]
    fn the_states_of_a_task() {
        let check = |fields: &str, expect: TaskState| {
            assert_eq!(state(fields), Ok(expect), "{fields}");
        };
        check(r#""job_status":0"#, TaskState::Waiting);
        check(r#""job_status":"0""#, TaskState::Waiting);
        check(r#""job_status":1"#, TaskState::Exporting);
        // The vendor's own sample.
        check(
            r#""job_status":1,"download_url":"https://open.patsnap.com/tffi-export/a.docx","abnormal_cause":"生成失败""#,
            TaskState::Exporting,
        );
        check(
            r#""job_status":"2","download_url":"https://h/a.docx""#,
            TaskState::Ready {
                url: RawLink::new("https://h/a.docx", Some(LINK_LIFE)),
            },
        );
        let failed = |cause: Option<&str>| TaskState::Failed {
            cause: cause.map(str::to_owned),
        };
        check(r#""job_status":3"#, failed(None));
        check(r#""job_status":3,"abnormal_cause":"""#, failed(None));
        check(
            r#""job_status":3,"abnormal_cause":"企业\n不存在","download_url":"https://h/a""#,
            failed(Some("企业 不存在")),
        );
        check(r#""job_status":4"#, TaskState::Unknown("4".to_owned()));
        check(
            r#""job_status":"RUNNING""#,
            TaskState::Unknown("RUNNING".to_owned()),
        );
        check(r#""job_status":2.0"#, TaskState::Unknown("2.0".to_owned()));
    }

    #[test]
    fn a_link_lives_for_a_week_or_as_long_as_it_says() {
        let link = |url: &str| {
            let fields = format!(r#""job_status":2,"download_url":"{url}""#);
            match state(&fields) {
                Ok(TaskState::Ready { url }) => url.link(NOW).expect("a link"),
                other => unreachable!("{other:?}"),
            }
        };
        let week = Duration::from_secs(604_800);
        assert_eq!(link("https://h/a").expires(), Some(NOW.plus(week)));
        // The text of PatSnap D12 says 7 days, its sample 3 hours.
        let sample = "https://h/a.pdf?X-Amz-Date=20221010T112957Z&X-Amz-Expires=10800";
        let end = link(sample).expires().expect("an end").to_string();
        assert_eq!(end, "2022-10-10T14:29:57.000Z");
    }

    #[test]
    fn the_queue_is_a_number_or_unknown() {
        let check = |wire: &str, expect: Option<u32>| {
            let status = asked(&format!(r#"{{"job_status":0,"queue_num":{wire}}}"#));
            assert_eq!(status.map(|s| s.queue), Ok(expect), "{wire}");
        };
        check("7", Some(7));
        check("\"7\"", Some(7));
        check("0", Some(0));
        for unknown in ["null", "\"\"", "-1", "4294967296", "1.5", "\"many\"", "{}"] {
            check(unknown, None);
        }
    }

    #[test]
    fn no_state_is_incomplete() {
        for data in [
            "{}",
            "null",
            "[]",
            "\"\"",
            r#"{"job_id":1579434053399035904}"#,
            r#"{"job_status":null,"download_url":"https://h/a"}"#,
            r#"{"job_status":2}"#,
            r#"{"job_status":2,"download_url":""}"#,
            r#"{"job_status":2,"download_url":null}"#,
            r#"{"job_status":2,"download_url":{"url":"https://h/a"}}"#,
        ] {
            assert_eq!(asked(data), Err(ReplyErrorKind::Incomplete), "{data}");
        }
    }

    #[test]
    fn the_echo_of_our_id_may_have_been_a_float() {
        for echo in [
            JOB_ID,
            "\"1579434053399035904\"",
            // The samples of the pages and of the OpenAPI.
            "1579434053399036000",
            "\"1579434053399036000\"",
            "1.579434053399036E+18",
            "null",
            "\"\"",
        ] {
            let fields = format!(r#""job_status":1,"job_id":{echo}"#);
            assert_eq!(state(&fields), Ok(TaskState::Exporting), "{echo}");
        }
        for other in [
            "1",
            "1579434053399999999",
            "\"9c3d1f0be1a54c3d8c8a0f5f6b7a8c9d\"",
        ] {
            let fields = format!(r#""job_status":1,"job_id":{other}"#);
            assert_eq!(state(&fields), Err(ReplyErrorKind::Incomplete), "{other}");
        }
    }

    #[test]
    fn a_signed_address_is_not_shown() {
        let ready = state(r#""job_status":2,"download_url":"https://h/a?q-signature=S3CR3T""#);
        assert!(!format!("{ready:?}").contains("S3CR3T"));
    }
}
