//! The innovation report of a company: R011 in China, R001 elsewhere (PatSnap D1 to D4).

use bytes::Bytes;
use http::{Request, Response};
use jindiao_protocol::{
    Answer, Company, CompanyName, CreditCode, Effect, Exchange, OrgNumber, ReplyError,
    RequestError, Timestamp, Vendor,
};
use serde::Serialize;

use crate::Auth;
use crate::task::{self, CreatedTask, ReportFormat, TaskStatus};

/// Orders the innovation report of a company. It is made within 1 to 10 minutes (PatSnap D1).
///
/// No document has a key of ours that would let the vendor see a repetition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreateCompanyReport {
    /// The company. All its identifiers are sent: which one wins is in no document.
    pub company: Company,
    /// What the report comes as.
    pub format: ReportFormat,
    /// With PatSnap's logo, or by the operation `task/create-no-logo`, whose path is documented
    /// for the international region only.
    pub logo: bool,
}

impl Exchange for CreateCompanyReport {
    type Auth = Auth;
    type Reply = CreatedTask;

    const VENDOR: Vendor = Vendor::Patsnap;
    const NAME: &'static str = "company-report/task/create";
    const EFFECT: Effect = Effect::Charge;

    fn request(&self, auth: &Auth, _now: Timestamp) -> Result<Request<Bytes>, RequestError> {
        #[derive(Serialize)]
        struct Body<'a> {
            report_type: &'static str,
            #[serde(skip_serializing_if = "Option::is_none")]
            company_name: Option<&'a str>,
            #[serde(skip_serializing_if = "Option::is_none")]
            credit_code: Option<&'a str>,
            #[serde(skip_serializing_if = "Option::is_none")]
            org_number: Option<&'a str>,
        }

        let path = if self.logo {
            "/innovation/company-report/task/create"
        } else {
            "/innovation/company-report/task/create-no-logo"
        };
        let body = Body {
            report_type: self.format.as_str(),
            company_name: self.company.name().map(CompanyName::as_str),
            credit_code: self.company.credit_code().map(CreditCode::as_str),
            org_number: self.company.org_number().map(OrgNumber::as_str),
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

/// Asks where the innovation report of a company stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompanyReportStatus {
    /// The id from [`CreatedTask`].
    pub job_id: String,
}

impl Exchange for CompanyReportStatus {
    type Auth = Auth;
    type Reply = TaskStatus;

    const VENDOR: Vendor = Vendor::Patsnap;
    const NAME: &'static str = "company-report/job_id/status";
    const EFFECT: Effect = Effect::Read;

    fn request(&self, auth: &Auth, _now: Timestamp) -> Result<Request<Bytes>, RequestError> {
        // `job_id` in the path is a literal, not a placeholder.
        let path = "/innovation/company-report/job_id/status";
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
