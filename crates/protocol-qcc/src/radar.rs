//! The risk report of the monitored companies: ordered, then asked for until it is there
//! (QCC-2023).

use bytes::Bytes;
use http::{Request, Response};
use jindiao_protocol::{
    Answer, Effect, Exchange, Period, RawLink, ReplyError, RequestError, Timestamp, Vendor, wire,
};

use crate::Auth;
use crate::envelope::{Envelope, Fields};

/// Orders the risk report of the companies that the account monitors.
///
/// A `GET` that charges, without a key of ours that would let the vendor see a repetition. Code 201
/// says that nothing changed at any monitored company, so that there is no report (QCC-2023).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CreateReport {
    /// The time that the report looks back on.
    pub period: Period,
}

impl Exchange for CreateReport {
    type Auth = Auth;
    type Reply = CreatedReport;

    const VENDOR: Vendor = Vendor::Qcc;
    const NAME: &'static str = "radar_ext/createReport";
    const EFFECT: Effect = Effect::Charge;

    fn request(&self, auth: &Auth, now: Timestamp) -> Result<Request<Bytes>, RequestError> {
        let query = [("reportType", self.period.as_str())];
        auth.get::<Self>("/api/radar_ext/createReport", &query, now)
    }

    fn reply(
        &self,
        auth: &Auth,
        response: &Response<Bytes>,
    ) -> Result<Answer<CreatedReport>, ReplyError> {
        let envelope = Envelope::open::<Self>(auth, response)?;
        match order_no(&envelope, &envelope.result_fields()) {
            Some(order_no) => Ok(Answer {
                value: CreatedReport { order_no },
                receipt: envelope.receipt,
            }),
            None => Err(envelope.incomplete::<Self>("no usable orderNo")),
        }
    }
}

/// An ordered risk report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreatedReport {
    /// The number to ask for it with, e.g. `JKDAY-167660123348194027`. It is not the
    /// `OrderNumber` of the envelope, which is the serial of one call.
    pub order_no: String,
}

/// Asks where an ordered risk report stands.
///
/// Code 201 says that there is no such order (QCC-2023).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GetReportInfo {
    /// The number from [`CreatedReport`].
    pub order_no: String,
}

impl Exchange for GetReportInfo {
    type Auth = Auth;
    type Reply = ReportInfo;

    const VENDOR: Vendor = Vendor::Qcc;
    const NAME: &'static str = "radar_ext/getReportInfo";
    const EFFECT: Effect = Effect::Read;

    fn request(&self, auth: &Auth, now: Timestamp) -> Result<Request<Bytes>, RequestError> {
        let query = [("orderNo", self.order_no.as_str())];
        auth.get::<Self>("/api/radar_ext/getReportInfo", &query, now)
    }

    fn reply(
        &self,
        auth: &Auth,
        response: &Response<Bytes>,
    ) -> Result<Answer<ReportInfo>, ReplyError> {
        let envelope = Envelope::open::<Self>(auth, response)?;
        let result = envelope.result_fields();
        // The answer about somebody else's order is no answer, and asking again costs nothing.
        if order_no(&envelope, &result).is_some_and(|other| other != self.order_no) {
            return Err(envelope.incomplete::<Self>("the reply is about another orderNo"));
        }
        let field = |name: &str| {
            let nested = result.get(&[name]).text();
            nested.or_else(|| envelope.fields.get(&[name]).text())
        };
        let Some(status) = field("reportStatus") else {
            return Err(envelope.incomplete::<Self>("no reportStatus"));
        };
        let value = match status.to_ascii_uppercase().as_str() {
            // An address that comes early is not believed: the report is not done.
            "P" => ReportInfo::Pending,
            "F" => ReportInfo::Failed,
            // Its documented life is unknown; the sample says a year in its own query.
            "S" => match field("reportUrl") {
                Some(url) => ReportInfo::Ready {
                    url: RawLink::new(url, None),
                },
                None => return Err(envelope.incomplete::<Self>("no reportUrl with status S")),
            },
            _ => {
                ReportInfo::Unknown(wire::vendor_text(status, &auth.secrets()).unwrap_or_default())
            }
        };
        Ok(Answer {
            value,
            receipt: envelope.receipt,
        })
    }
}

/// Where an ordered risk report stands.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ReportInfo {
    /// `P`: being made.
    Pending,
    /// `S`: there, at an address that says itself when it dies.
    Ready {
        /// Where to fetch the ZIP archive.
        url: RawLink,
    },
    /// `F`: it will not come. QCC-2023 gives no reason.
    Failed,
    /// A `reportStatus` that is in no document, as it came.
    Unknown(String),
}

/// The `orderNo`: QCC-2023 shows it within `result` and lists it beside `status`.
///
/// `None` also where both are there and differ: a guess would be followed for a day.
fn order_no(envelope: &Envelope, result: &Fields) -> Option<String> {
    let nested = result.get(&["orderNo"]).id();
    let beside = envelope.fields.get(&["orderNo"]).id();
    match (nested, beside) {
        (Some(a), Some(b)) if a != b => None,
        (a, b) => a.or(b).map(str::to_owned),
    }
}
