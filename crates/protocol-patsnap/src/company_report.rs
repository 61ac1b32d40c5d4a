//! The innovation report of a company: R011 in China, R001 elsewhere (PatSnap D1 to D4).

use bytes::Bytes;
use http::{Request, Response};
use jindiao_protocol::{
    Answer, Company, CompanyName, CreditCode, Effect, Exchange, OrgNumber, ReplyError,
    RequestError, Timestamp, Vendor,
};
use serde::Serialize;

use crate::task::{self, CreatedTask, TaskStatus};
use crate::{Auth, ReportFormat};

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

/// Asks where the innovation report of a company stands (PatSnap D2, D4). Whether the vendor counts
/// such a call, and how often it may be made, is in no document.
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{NOW, auth, create};

    fn check(create: &CreateCompanyReport, path: &str, body: &str) {
        let request = create.request(&auth(), NOW).expect("a request");
        assert_eq!(request.method(), "POST");
        assert_eq!(request.uri().path(), path);
        assert_eq!(request.headers()["content-type"], "application/json");
        assert_eq!(request.body(), body);
    }

    #[test]
    fn with_and_without_logo() {
        let body = r#"{"report_type":"pdf","company_name":"小米科技有限责任公司"}"#;
        check(&create(), "/innovation/company-report/task/create", body);
        let plain = CreateCompanyReport {
            logo: false,
            ..create()
        };
        let path = "/innovation/company-report/task/create-no-logo";
        check(&plain, path, body);
    }

    #[test]
    fn all_that_is_known_of_a_company_is_sent() {
        // The credit code and the malformed organisation number of the sample (PatSnap D1).
        let company = Company::new(
            Some("A \"quoted\" name & co".parse().expect("a name")),
            Some("91110108551385082Q".parse().expect("a credit code")),
            Some("5513850T82".parse().expect("an organisation number")),
        );
        let create = CreateCompanyReport {
            company: company.expect("a company"),
            format: ReportFormat::Word,
            logo: true,
        };
        check(
            &create,
            "/innovation/company-report/task/create",
            r#"{"report_type":"word","company_name":"A \"quoted\" name & co","credit_code":"91110108551385082Q","org_number":"5513850T82"}"#,
        );
    }

    #[test]
    fn a_status_is_asked_by_id() {
        let status = CompanyReportStatus {
            job_id: "a b&c".to_owned(),
        };
        let request = status.request(&auth(), NOW).expect("a request");
        assert_eq!(request.method(), "GET");
        assert_eq!(
            request.uri().path(),
            "/innovation/company-report/job_id/status"
        );
        assert_eq!(
            request.uri().query(),
            Some("apikey=fake-client-id&job_id=a%20b%26c")
        );
        assert!(request.body().is_empty());
    }
}
