//! The exchanges of an order's life in one type, and what they tell.

use jindiao_codes::{Code, Vendor, yibeidiao as yibeidiao_codes};
use jindiao_protocol::{
    Effect, Exchange, FileKind, RawLink, ReplyError, ReplyErrorKind, Subject, Timestamp,
};
use jindiao_protocol_patsnap as patsnap;
use jindiao_protocol_qcc as qcc;
use jindiao_protocol_yibeidiao as yibeidiao;
use jindiao_words::say;

use crate::wanted::qcc_key_word;
use crate::{OrderId, Placement, Product, Wanted};

/// An exchange of an order's life.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Call {
    /// Order and get a QCC business snapshot.
    EciImage(qcc::GetEciImage),
    /// Order a QCC risk-monitoring report.
    CreateRiskReport(qcc::CreateReport),
    /// Ask for the state of a QCC risk-monitoring report.
    RiskReportInfo(qcc::GetReportInfo),
    /// Order a PatSnap innovation report.
    CreateCompanyReport(patsnap::CreateCompanyReport),
    /// Ask for the state of a PatSnap innovation report.
    CompanyReportStatus(patsnap::CompanyReportStatus),
    /// Order a PatSnap patent value report.
    CreatePatentReport(patsnap::CreatePatentReport),
    /// Ask for the state of a PatSnap patent value report.
    PatentReportStatus(patsnap::PatentReportStatus),
    /// Ask Yibeidiao for a link to an interim report.
    TempReport(yibeidiao::GenerateTempReport),
}

/// Evaluates `$body` with `$exchange` bound to the exchange inside a [`Call`].
macro_rules! on_exchange {
    ($call:expr, $exchange:ident => $body:expr) => {
        match $call {
            Call::EciImage($exchange) => $body,
            Call::CreateRiskReport($exchange) => $body,
            Call::RiskReportInfo($exchange) => $body,
            Call::CreateCompanyReport($exchange) => $body,
            Call::CompanyReportStatus($exchange) => $body,
            Call::CreatePatentReport($exchange) => $body,
            Call::PatentReportStatus($exchange) => $body,
            Call::TempReport($exchange) => $body,
        }
    };
}

impl Call {
    /// The vendor that is asked.
    pub fn vendor(&self) -> Vendor {
        fn of<E: Exchange>(_: &E) -> Vendor {
            E::VENDOR
        }
        on_exchange!(self, exchange => of(exchange))
    }

    /// The operation's name in the vendor's documents.
    pub fn name(&self) -> &'static str {
        fn of<E: Exchange>(_: &E) -> &'static str {
            E::NAME
        }
        on_exchange!(self, exchange => of(exchange))
    }

    /// Whether making the call again may cost money again.
    pub fn effect(&self) -> Effect {
        fn of<E: Exchange>(_: &E) -> Effect {
            E::EFFECT
        }
        on_exchange!(self, exchange => of(exchange))
    }

    /// The call that places an order for `wanted`; `None` for what needs no placing.
    pub fn place(wanted: &Wanted) -> Option<Self> {
        match (wanted.product(), wanted.subject()) {
            (Product::QccSnapshot, Subject::Company(company)) => {
                let key_word = qcc_key_word(company);
                Some(Self::EciImage(qcc::GetEciImage {
                    key_word: key_word.to_owned(),
                }))
            }
            (Product::QccRiskReport, Subject::Period(period)) => {
                Some(Self::CreateRiskReport(qcc::CreateReport {
                    period: *period,
                }))
            }
            (Product::PatsnapInnovationReport, Subject::Company(company)) => {
                Some(Self::CreateCompanyReport(patsnap::CreateCompanyReport {
                    company: company.clone(),
                    format: patsnap_format(wanted),
                    logo: wanted.logo(),
                }))
            }
            (Product::PatsnapPatentValueReport, Subject::Patent(patent)) => {
                Some(Self::CreatePatentReport(patsnap::CreatePatentReport {
                    patent: patent.clone(),
                    format: patsnap_format(wanted),
                    logo: wanted.logo(),
                }))
            }
            _ => None,
        }
    }

    /// The call that asks how an order for `wanted` is getting on; `None` where nothing can be
    /// asked. `asks` counts the answers that were had before.
    pub(crate) fn ask(
        wanted: &Wanted,
        id: &OrderId,
        planned: Timestamp,
        placement: &Placement,
        asks: u32,
    ) -> Option<Self> {
        let reference = || placement.reference.clone();
        match (wanted.product(), wanted.subject()) {
            (Product::QccRiskReport, _) => Some(Self::RiskReportInfo(qcc::GetReportInfo {
                order_no: reference()?,
            })),
            (Product::PatsnapInnovationReport, _) => {
                Some(Self::CompanyReportStatus(patsnap::CompanyReportStatus {
                    job_id: reference()?,
                }))
            }
            (Product::PatsnapPatentValueReport, _) => {
                Some(Self::PatentReportStatus(patsnap::PatentReportStatus {
                    job_id: reference()?,
                }))
            }
            (Product::YibeidiaoInterimReport, Subject::Record(record_no)) => {
                // One serial per wanted answer: the same when an attempt is repeated, another for
                // the next answer and in every other ledger.
                let order = format!("{id} {}", planned.unix_millis());
                Some(Self::TempReport(yibeidiao::GenerateTempReport {
                    record_no: record_no.clone(),
                    seq: yibeidiao::Seq::derive(&order, asks),
                }))
            }
            _ => None,
        }
    }
}

fn patsnap_format(wanted: &Wanted) -> patsnap::ReportFormat {
    match wanted.format() {
        FileKind::Docx => patsnap::ReportFormat::Word,
        _ => patsnap::ReportFormat::Pdf,
    }
}

/// What a call told about the order, in the words that all vendors share.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum News {
    /// The vendor took the order under this reference.
    Placed(String),
    /// The report is not ready yet.
    Pending {
        /// How many jobs the vendor says are queued.
        queue: Option<u32>,
    },
    /// There is a link.
    Link(RawLink),
    /// The vendor could not make the report.
    Failed(String),
    /// This very question had arrived before (Yibeidiao 902): ask anew.
    AlreadyAsked,
}

impl News {
    /// The news in an error, where an error is news.
    pub fn of_error(error: &ReplyError) -> Option<Self> {
        let had_arrived = error.kind() == ReplyErrorKind::Refused
            && matches!(
                error.code(),
                Some(Code::Yibeidiao(yibeidiao_codes::Code::ALREADY_ARRIVED))
            );
        had_arrived.then_some(Self::AlreadyAsked)
    }
}

impl From<RawLink> for News {
    fn from(link: RawLink) -> Self {
        Self::Link(link)
    }
}

impl From<qcc::CreatedReport> for News {
    fn from(report: qcc::CreatedReport) -> Self {
        Self::Placed(report.order_no)
    }
}

impl From<qcc::ReportInfo> for News {
    fn from(info: qcc::ReportInfo) -> Self {
        match info {
            qcc::ReportInfo::Ready { url } => Self::Link(url),
            qcc::ReportInfo::Failed => {
                Self::Failed(say!("reportStatus F, without a reason").to_string())
            }
            // A state that no document lists is no reason to give up a paid report.
            _ => Self::Pending { queue: None },
        }
    }
}

impl From<patsnap::CreatedTask> for News {
    fn from(task: patsnap::CreatedTask) -> Self {
        Self::Placed(task.job_id)
    }
}

impl From<patsnap::TaskStatus> for News {
    fn from(status: patsnap::TaskStatus) -> Self {
        match status.state {
            patsnap::TaskState::Ready { url } => Self::Link(url),
            patsnap::TaskState::Failed { cause } => Self::Failed(
                cause.unwrap_or_else(|| say!("job_status 3, without a cause").to_string()),
            ),
            // A state that no document lists is no reason to give up a paid report.
            _ => Self::Pending {
                queue: status.queue,
            },
        }
    }
}

impl From<yibeidiao::TempReport> for News {
    fn from(report: yibeidiao::TempReport) -> Self {
        match report {
            yibeidiao::TempReport::Ready { url } => Self::Link(url),
            _ => Self::Pending { queue: None },
        }
    }
}
