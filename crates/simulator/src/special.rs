//! Names that make things happen, for people who try a client by hand.

/// No such company: QCC 201, PatSnap 68300004.
pub(crate) const UNKNOWN: &str = "查无此企";
/// The account owes money: QCC 102, PatSnap 67200005.
pub(crate) const IN_ARREARS: &str = "欠费";
/// Ordering is closed: QCC 124, PatSnap 68300008.
pub(crate) const MAINTENANCE: &str = "维护";
/// The order is accepted, and charged, and its report fails: PatSnap job_status 3.
pub(crate) const FAILS: &str = "失败";
/// The end of a Yibeidiao record number for which nothing is ready.
pub(crate) const NOT_READY: &str = "0000";
