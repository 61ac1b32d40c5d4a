//! What is ordered in these tests.

use jindiao_order::{Product, Wanted};
use jindiao_protocol::{Company, Period, Subject};
use jindiao_simulator::Operation;

/// So many reports, as different as they come.
pub(crate) fn mixture(n: usize) -> Vec<Wanted> {
    let periods = [Period::Day, Period::Week, Period::Month].map(Subject::Period);
    let risks = periods.into_iter().map(|it| (Product::QccRiskReport, it));
    let others = (0..n.saturating_sub(3)).map(|n| match n % 4 {
        0 => (Product::QccSnapshot, company(n)),
        1 => (Product::PatsnapInnovationReport, company(n)),
        2 => (Product::PatsnapPatentValueReport, patent(n)),
        _ => (Product::YibeidiaoInterimReport, record(n)),
    });
    let mut wanted = wanted(risks.chain(others));
    wanted.truncate(n);
    wanted
}

pub(crate) fn snapshots(n: usize) -> Vec<Wanted> {
    wanted((0..n).map(|n| (Product::QccSnapshot, company(n))))
}

pub(crate) fn innovation_reports(n: usize) -> Vec<Wanted> {
    wanted((0..n).map(|n| (Product::PatsnapInnovationReport, company(n))))
}

pub(crate) fn patents(n: usize) -> Vec<Wanted> {
    wanted((0..n).map(|n| (Product::PatsnapPatentValueReport, patent(n))))
}

pub(crate) fn records(n: usize) -> Vec<Wanted> {
    wanted((0..n).map(|n| (Product::YibeidiaoInterimReport, record(n))))
}

/// Whether a report costs money when it is ordered.
pub(crate) fn is_charged(wanted: &Wanted) -> bool {
    wanted.product() != Product::YibeidiaoInterimReport
}

/// What the simulator's charges for a report begin with.
pub(crate) fn charge(wanted: &Wanted) -> String {
    let operation = match wanted.product() {
        Product::QccSnapshot => Operation::QccImage,
        Product::QccRiskReport => Operation::QccCreateReport,
        Product::PatsnapInnovationReport => Operation::PatSnapCompanyCreate,
        Product::PatsnapPatentValueReport => Operation::PatSnapPatentCreate,
        _ => Operation::YibeidiaoReport,
    };
    format!("{operation} {}", wanted.subject().label())
}

fn company(n: usize) -> Subject {
    let name = format!("第{n}号有限公司").parse().expect("a name");
    Subject::Company(Company::named(name))
}

fn patent(n: usize) -> Subject {
    Subject::Patent(format!("CN1000{n:05}B").parse().expect("a patent"))
}

fn record(n: usize) -> Subject {
    Subject::Record(format!("20260101{n:014}1").parse().expect("a record"))
}

fn wanted(reports: impl Iterator<Item = (Product, Subject)>) -> Vec<Wanted> {
    let wanted = |(product, subject)| Wanted::new(product, subject, None).expect("wanted");
    reports.map(wanted).collect()
}
