//! The value report of a patent, R002 (PatSnap D9, D10).

use bytes::Bytes;
use http::{Request, Response};
use jindiao_protocol::{
    Answer, Effect, Exchange, Patent, ReplyError, RequestError, Timestamp, Vendor,
};
use serde::Serialize;

use crate::task::{self, CreatedTask, TaskStatus};
use crate::{Auth, ReportFormat};

/// Orders the value report of a patent. It is made within 1 to 10 minutes; applications that are
/// not granted and design patents are not supported (PatSnap D9).
///
/// No document has a key of ours that would let the vendor see a repetition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreatePatentReport {
    /// The patent, by id or by number.
    pub patent: Patent,
    /// What the report comes as.
    pub format: ReportFormat,
    /// With PatSnap's logo, or by the operation `task/create-no-logo`.
    pub logo: bool,
}

impl Exchange for CreatePatentReport {
    type Auth = Auth;
    type Reply = CreatedTask;

    const VENDOR: Vendor = Vendor::Patsnap;
    const NAME: &'static str = "patent-report/task/create";
    const EFFECT: Effect = Effect::Charge;

    fn request(&self, auth: &Auth, _now: Timestamp) -> Result<Request<Bytes>, RequestError> {
        #[derive(Serialize)]
        struct Body<'a> {
            report_type: &'static str,
            #[serde(skip_serializing_if = "Option::is_none")]
            patent_id: Option<&'a str>,
            #[serde(skip_serializing_if = "Option::is_none")]
            patent_number: Option<&'a str>,
        }

        let path = if self.logo {
            "/patent-valuation-data/patent-report/task/create"
        } else {
            "/patent-valuation-data/patent-report/task/create-no-logo"
        };
        let (patent_id, patent_number) = match &self.patent {
            Patent::Id(id) => (Some(id.as_str()), None),
            Patent::Number(number) => (None, Some(number.as_str())),
        };
        let body = Body {
            report_type: self.format.as_str(),
            patent_id,
            patent_number,
        };
        let body = serde_json::to_string(&body).expect("texts are JSON");
        auth.post::<Self>(path, body)
    }

    fn reply(
        &self,
        auth: &Auth,
        response: &Response<Bytes>,
    ) -> Result<Answer<CreatedTask>, ReplyError> {
        task::created::<Self>(auth, response)
    }
}

/// Asks where the value report of a patent stands (PatSnap D10). Whether the vendor counts such a
/// call, and how often it may be made, is in no document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PatentReportStatus {
    /// The id from [`CreatedTask`].
    pub job_id: String,
}

impl Exchange for PatentReportStatus {
    type Auth = Auth;
    type Reply = TaskStatus;

    const VENDOR: Vendor = Vendor::Patsnap;
    const NAME: &'static str = "patent-report/job_id/status";
    const EFFECT: Effect = Effect::Read;

    fn request(&self, auth: &Auth, _now: Timestamp) -> Result<Request<Bytes>, RequestError> {
        // `job_id` in the path is a literal, not a placeholder.
        let path = "/patent-valuation-data/patent-report/job_id/status";
        auth.get::<Self>(path, ("job_id", &self.job_id))
    }

    fn reply(
        &self,
        auth: &Auth,
        response: &Response<Bytes>,
    ) -> Result<Answer<TaskStatus>, ReplyError> {
        task::status::<Self>(&self.job_id, auth, response)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{JOB_ID, NOW, auth, create_patent, patent_status};

    fn check(patent: &str, logo: bool, path: &str, body: &str) {
        let create = CreatePatentReport {
            patent: patent.parse().expect("a patent"),
            logo,
            ..create_patent()
        };
        let request = create.request(&auth(), NOW).expect("a request");
        assert_eq!(request.method(), "POST");
        assert_eq!(request.uri().path(), path);
        assert_eq!(request.headers()["content-type"], "application/json");
        assert_eq!(request.body(), body);
    }

    #[test]
    fn by_number_or_by_id() {
        let path = "/patent-valuation-data/patent-report/task/create";
        check(
            "CN108977442B",
            true,
            path,
            r#"{"report_type":"word","patent_number":"CN108977442B"}"#,
        );
        check(
            "718ead9c-4f3c-4674-8f5a-24e126827269",
            false,
            &format!("{path}-no-logo"),
            r#"{"report_type":"word","patent_id":"718ead9c-4f3c-4674-8f5a-24e126827269"}"#,
        );
    }

    #[test]
    fn a_status_is_asked_by_id() {
        let request = patent_status().request(&auth(), NOW).expect("a request");
        assert_eq!(request.method(), "GET");
        assert_eq!(
            request.uri().path(),
            "/patent-valuation-data/patent-report/job_id/status"
        );
        let query = format!("apikey=fake-client-id&job_id={JOB_ID}");
        assert_eq!(request.uri().query(), Some(query.as_str()));
    }
}
