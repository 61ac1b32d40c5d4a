//! The risk report of the monitored companies: ordered, then asked for until it is there
//! (QCC-2023).

use bytes::Bytes;
use http::{Request, Response};
use jindiao_protocol::wire::{self, Loose};
use jindiao_protocol::{
    Answer, Effect, Exchange, Period, RawLink, ReplyError, RequestError, Timestamp, Vendor,
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
        let echoes = order_no_fields(&envelope, &result).map(Loose::text);
        if echoes
            .into_iter()
            .flatten()
            .any(|echo| echo != self.order_no)
        {
            return Err(envelope.incomplete::<Self>("the reply is about another orderNo"));
        }
        let field = |name: &str| {
            let nested = result.get(name).text();
            nested.or_else(|| envelope.fields.get(name).text())
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
                let status = wire::vendor_text(status, &auth.secrets());
                ReportInfo::Unknown(status.unwrap_or_default().into_owned())
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

/// The `orderNo` of a new order. None where there are two that differ: a guess would be asked for
/// until the end of time.
fn order_no(envelope: &Envelope<'_>, result: &Fields<'_>) -> Option<String> {
    match order_no_fields(envelope, result).map(Loose::id) {
        [Some(nested), Some(beside)] if nested != beside => None,
        [nested, beside] => nested.or(beside).map(str::to_owned),
    }
}

/// QCC-2023 shows the `orderNo` within `result` and lists it beside `status`.
fn order_no_fields<'a, 'b>(
    envelope: &'a Envelope<'b>,
    result: &'a Fields<'b>,
) -> [&'a Loose<'b>; 2] {
    [result.get("orderNo"), envelope.fields.get("orderNo")]
}

#[cfg(test)]
mod tests {
    use jindiao_protocol::{Code, ReplyErrorKind};

    use super::*;
    use crate::testing::{CREATE, NOW, auth, info, read};

    const ORDER_NO: &str = "JKDAY-167660123348194027";

    #[test]
    fn requests_name_what_they_ask_for() {
        let check = |period: Period, expect: &str| {
            let request = CreateReport { period }.request(&auth(), NOW).expect("one");
            assert_eq!(request.uri().to_string(), expect);
        };
        let base = "https://pro.qcc.com/api/radar_ext/createReport?key=FAKE-KEY-0001";
        check(Period::Day, &format!("{base}&reportType=day"));
        check(Period::Week, &format!("{base}&reportType=week"));
        check(Period::Month, &format!("{base}&reportType=month"));
        let request = info().request(&auth(), NOW).expect("a request");
        assert_eq!(
            request.uri(),
            "https://pro.qcc.com/api/radar_ext/getReportInfo\
             ?key=FAKE-KEY-0001&orderNo=JKDAY-167660123348194027"
        );
    }

    fn created(body: &str) -> Result<String, ReplyErrorKind> {
        let answer = read(&CREATE, 200, body.to_owned()).map_err(|e| e.kind())?;
        Ok(answer.value.order_no)
    }

    #[test]
    fn the_order_number_wherever_it_is() {
        let check = |body: &str| assert_eq!(created(body).as_deref(), Ok(ORDER_NO), "{body}");
        check(r#"{"status":"200","result":{"orderNo":"JKDAY-167660123348194027"}}"#);
        check(r#"{"status":200,"orderNo":"JKDAY-167660123348194027"}"#);
        check(r#"{"status":200,"orderNo":"JKDAY-167660123348194027","result":null}"#);
        check(
            r#"{"Status":"200","Result":{"OrderNo":"JKDAY-167660123348194027"},"OrderNumber":"X1"}"#,
        );
        check(r#"{"status":"200","result":"{\"orderNo\":\"JKDAY-167660123348194027\"}"}"#);
        check(&format!(
            r#"{{"status":"200","orderNo":"{ORDER_NO}","result":{{"orderNo":"{ORDER_NO}"}}}}"#
        ));
        let digits = r#"{"status":"200","result":{"orderNo":20171113194268140201}}"#;
        assert_eq!(created(digits).as_deref(), Ok("20171113194268140201"));
    }

    #[test]
    fn no_order_number_is_incomplete() {
        for body in [
            r#"{"status":"200"}"#,
            r#"{"status":"200","result":null}"#,
            r#"{"status":"200","result":{}}"#,
            r#"{"status":"200","result":{"orderNo":""}}"#,
            r#"{"status":"200","result":{"orderNo":null}}"#,
            r#"{"status":"200","result":{"orderNo":1.7e18}}"#,
            // What would steer a terminal, or fit no address, is no number of anybody's.
            r#"{"status":"200","result":{"orderNo":"JKDAY\u001b[2J"}}"#,
            r#"{"status":"200","result":{"orderNo":"JK DAY"}}"#,
            &format!(r#"{{"status":"200","orderNo":"{}"}}"#, "9".repeat(129)),
            r#"{"status":"200","result":["X"]}"#,
            // The serial of the call is not the number of the order.
            r#"{"Status":"200","OrderNumber":"RADAR2023021710335319402"}"#,
            r#"{"status":"200","orderNo":"A","result":{"orderNo":"B"}}"#,
        ] {
            assert_eq!(created(body), Err(ReplyErrorKind::Incomplete), "{body}");
        }
    }

    #[test]
    fn nothing_changed_and_no_such_order_are_201() {
        let body = r#"{"status":"201","msg":"查询无结果","result":null}"#;
        let error = read(&CREATE, 200, body).expect_err(body);
        assert_eq!(error.code().map(Code::as_str), Some("201"));
        assert_eq!(error.exchange(), "radar_ext/createReport");
        let error = read(&info(), 200, body).expect_err(body);
        assert_eq!(error.exchange(), "radar_ext/getReportInfo");
        assert_eq!(error.kind(), ReplyErrorKind::Refused);
    }

    fn state(body: &str) -> Result<ReportInfo, ReplyErrorKind> {
        let answer = read(&info(), 200, body.to_owned()).map_err(|e| e.kind())?;
        Ok(answer.value)
    }

    #[test]
    fn the_states_of_a_report() {
        let check = |result: &str, expect: ReportInfo| {
            let nested = format!(r#"{{"status":"200","result":{{{result}}}}}"#);
            assert_eq!(state(&nested), Ok(expect.clone()), "{nested}");
            let beside = format!(r#"{{"Status":200,{result}}}"#);
            assert_eq!(state(&beside), Ok(expect), "{beside}");
        };
        check(r#""reportStatus":"P""#, ReportInfo::Pending);
        check(
            r#""reportStatus":"p","reportUrl":null"#,
            ReportInfo::Pending,
        );
        check(
            r#""reportStatus":"P","reportUrl":"https://h/a.zip""#,
            ReportInfo::Pending,
        );
        check(r#""reportStatus":"F","reportUrl":"""#, ReportInfo::Failed);
        check(r#""ReportStatus":"X""#, ReportInfo::Unknown("X".to_owned()));
        check(r#""reportStatus":7"#, ReportInfo::Unknown("7".to_owned()));
        check(
            r#""reportStatus":"S","reportUrl":"https://h/a.zip""#,
            ReportInfo::Ready {
                url: RawLink::new("https://h/a.zip", None),
            },
        );
    }

    #[test]
    fn the_address_says_when_it_dies() {
        // The Expires of QCC-2023's own sample.
        let body = r#"{"status":"200","msg":"success","result":{"orderNo":"JKDAY-167660123348194027",
            "reportStatus":"S","reportUrl":"https://pro-files.qichacha.com/a.zip?Expires=1708137472&OSSAccessKeyId=K&Signature=S3CR3T"}}"#;
        let Ok(ReportInfo::Ready { url }) = state(body) else {
            unreachable!("the report is ready");
        };
        let link = url.link(NOW).expect("a link");
        assert_eq!(
            link.expires(),
            Some(Timestamp::from_unix_seconds(1_708_137_472))
        );
        assert!(!format!("{:?}", state(body)).contains("S3CR3T"));
    }

    #[test]
    fn no_state_is_incomplete() {
        for body in [
            r#"{"status":"200","result":{"reportStatus":"S"}}"#,
            r#"{"status":"200","result":{"reportStatus":"S","reportUrl":""}}"#,
            r#"{"status":"200","result":{"reportUrl":"https://h/a.zip"}}"#,
            r#"{"status":"200","result":{"reportStatus":null}}"#,
            r#"{"status":"200","result":{}}"#,
            r#"{"status":"200","result":null}"#,
            r#"{"status":"200"}"#,
        ] {
            assert_eq!(state(body), Err(ReplyErrorKind::Incomplete), "{body}");
        }
    }

    #[test]
    fn somebody_elses_report_is_not_ours() {
        let check = |fields: &str| {
            let body = format!(r#"{{"status":"200",{fields}}}"#);
            assert_eq!(state(&body), Err(ReplyErrorKind::Incomplete), "{body}");
        };
        let ready = r#""reportStatus":"S","reportUrl":"https://h/a.zip""#;
        check(&format!(r#""result":{{"orderNo":"JKDAY-1",{ready}}}"#));
        check(&format!(r#""orderNo":"JKDAY-1","result":{{{ready}}}"#));
        check(&format!(
            r#""orderNo":"JKDAY-1","result":{{"orderNo":"{ORDER_NO}",{ready}}}"#
        ));
        check(&format!(r#""result":{{"orderNo":"JK DAY",{ready}}}"#));
    }
}
