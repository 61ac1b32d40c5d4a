//! Vendors whose tables are not in this crate, and their codes.

use alloc::boxed::Box;
use core::cmp::Ordering;
use core::fmt;
use core::hash::{Hash, Hasher};

use crate::{Info, Vendor};

/// A vendor that the program does not order from, with its table: what a crate of your own brings
/// along, so that its exchanges and their errors speak the same words as ours.
///
/// ```
/// use jindiao_codes::{Advice, Code, Info, OtherVendor, Outcome, Vendor};
///
/// static LEDE: OtherVendor = OtherVendor::new("lede", "乐德", "OK", || &CODES);
/// const VENDOR: Vendor = Vendor::Other(&LEDE);
/// static CODES: [Info; 1] = [Info::new(
///     VENDOR,
///     "E1",
///     "no_money",
///     Advice::FixAccount,
///     Outcome::NothingDone,
///     "The account has no money left.",
///     "账户余额不足。",
/// )];
///
/// let code = Code::parse(VENDOR, "E1");
/// assert_eq!(code.to_string(), "lede E1");
/// assert_eq!(code.advice_at("reports/order"), Advice::FixAccount);
/// // What the table does not list proves nothing about money.
/// assert_eq!(Code::parse(VENDOR, "E9").outcome_at("reports/order"), Outcome::Unclear);
/// ```
///
/// Two are the same vendor if their ids are the same.
pub struct OtherVendor {
    id: &'static str,
    zh: &'static str,
    success: &'static str,
    codes: fn() -> &'static [Info],
}

impl OtherVendor {
    /// A vendor by its stable id (small letters, none of [`Vendor::ALL`]'s), its name in Chinese, the
    /// code that says success, and its table: a function, for the rows name the vendor in turn.
    pub const fn new(
        id: &'static str,
        zh: &'static str,
        success: &'static str,
        codes: fn() -> &'static [Info],
    ) -> Self {
        Self {
            id,
            zh,
            success,
            codes,
        }
    }

    /// The stable id.
    pub const fn id(&self) -> &'static str {
        self.id
    }

    /// The name in Chinese.
    pub const fn zh(&self) -> &'static str {
        self.zh
    }

    /// Its table.
    pub fn codes(&self) -> &'static [Info] {
        (self.codes)()
    }
}

impl PartialEq for OtherVendor {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl Eq for OtherVendor {}

impl PartialOrd for OtherVendor {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for OtherVendor {
    fn cmp(&self, other: &Self) -> Ordering {
        self.id.cmp(other.id)
    }
}

impl Hash for OtherVendor {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.id.hash(state);
    }
}

impl fmt::Debug for OtherVendor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The rows of the table name the vendor again, without end.
        write!(f, "OtherVendor({:?})", self.id)
    }
}

/// A code of an [`OtherVendor`].
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct OtherCode {
    vendor: &'static OtherVendor,
    text: Box<str>,
}

impl OtherCode {
    pub(crate) fn parse(vendor: &'static OtherVendor, text: &str) -> Self {
        let text = text.trim().into();
        Self { vendor, text }
    }

    /// Whose code it is.
    pub const fn vendor(&self) -> Vendor {
        Vendor::Other(self.vendor)
    }

    /// The code as it came, without blanks around it.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// What the vendor's table says of the code, wherever it comes from.
    pub fn info(&self) -> Option<&'static Info> {
        self.rows().find(|info| info.endpoint.is_none())
    }

    /// What the vendor's table says of the code when the exchange `endpoint` answers it.
    pub fn info_at(&self, endpoint: &str) -> Option<&'static Info> {
        let is_here = |info: &&Info| {
            info.endpoint
                .is_some_and(|it| it.eq_ignore_ascii_case(endpoint))
        };
        self.rows().find(is_here).or_else(|| self.info())
    }

    /// Whether the code says that the call did what it was asked for.
    pub fn is_success(&self) -> bool {
        *self.text == *self.vendor.success
    }

    fn rows(&self) -> impl Iterator<Item = &'static Info> {
        let rows = self.vendor.codes().iter();
        rows.filter(|info| info.code == &*self.text)
    }
}

impl fmt::Debug for OtherCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OtherCode({}/{:?})", self.vendor.id, self.text)
    }
}
