//! What is known of one code: a row of a table.

use crate::{Advice, Class, Counted, Outcome, Scope, Vendor};

/// What is known of one code, optionally at one endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Info {
    /// Whose code it is.
    pub vendor: Vendor,
    /// The code as the vendor sends it.
    pub code: &'static str,
    /// A stable name in snake_case, unique among the codes of the vendor at one endpoint.
    pub name: &'static str,
    /// The exchange that this meaning is for, if the code means something else there.
    pub endpoint: Option<&'static str>,
    /// QCC's own classification; the other vendors have none.
    pub class: Option<Class>,
    /// How far the trouble reaches.
    pub scope: Scope,
    /// What a program does next.
    pub advice: Advice,
    /// Whether the vendor counts the call against a quota or a balance.
    pub counted: Counted,
    /// What the code proves about a call that charges.
    pub outcome: Outcome,
    /// What happened, in English.
    pub en: &'static str,
    /// What happened, in Chinese.
    pub zh: &'static str,
    /// What the user can do, in English.
    pub todo_en: &'static str,
    /// What the user can do, in Chinese.
    pub todo_zh: &'static str,
    /// The ids of all documents that list the code; see the vendor's `DOCUMENTS`.
    pub documents: &'static [&'static str],
    /// The vendor's own short texts and the documents that print them. Empty where no document's
    /// words are known.
    pub texts: &'static [VendorText],
    /// Where documents contradict each other, kept visible.
    pub conflicts: &'static [Conflict],
}

impl Info {
    /// A row of a table that is not here, of an [`OtherVendor`](crate::OtherVendor): about the
    /// request alone, and with nothing known of its being counted, until told otherwise.
    ///
    /// `outcome` decides over money: [`Outcome::NothingDone`] lets a charging call be made again.
    /// Where the vendor may have taken the order before it answered, or nobody knows, it is
    /// [`Outcome::Unclear`].
    pub const fn new(
        vendor: Vendor,
        code: &'static str,
        name: &'static str,
        advice: Advice,
        outcome: Outcome,
        en: &'static str,
        zh: &'static str,
    ) -> Self {
        Self {
            vendor,
            code,
            name,
            endpoint: None,
            class: None,
            scope: Scope::Request,
            advice,
            counted: Counted::Unknown,
            outcome,
            en,
            zh,
            todo_en: "",
            todo_zh: "",
            documents: &[],
            texts: &[],
            conflicts: &[],
        }
    }

    /// The same with another reach.
    #[must_use]
    pub const fn with_scope(self, scope: Scope) -> Self {
        Self { scope, ..self }
    }

    /// The same with what is known of its being counted.
    #[must_use]
    pub const fn with_counted(self, counted: Counted) -> Self {
        Self { counted, ..self }
    }

    /// The same with what the user can do, in English and in Chinese.
    #[must_use]
    pub const fn with_todo(self, todo_en: &'static str, todo_zh: &'static str) -> Self {
        Self {
            todo_en,
            todo_zh,
            ..self
        }
    }

    /// The same for one exchange only, where the code means something else than elsewhere.
    #[must_use]
    pub const fn at(self, endpoint: &'static str) -> Self {
        Self {
            endpoint: Some(endpoint),
            ..self
        }
    }
}

/// A text that documents print beside a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct VendorText {
    /// The text, as printed.
    pub text: &'static str,
    /// The ids of the documents that print it; see the vendor's `DOCUMENTS`.
    pub documents: &'static [&'static str],
}

/// A contradiction between documents and how it is settled here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Conflict {
    /// Who says what and which reading is used, in English.
    pub en: &'static str,
    /// The same in Chinese.
    pub zh: &'static str,
}

/// A document or a piece of public code that lists codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Document {
    /// The short id that tables and comments cite.
    pub id: &'static str,
    /// What it is and how far it can be trusted.
    pub title: &'static str,
    /// Whether the vendor published it; otherwise it was seen in other people's code or notes.
    pub official: bool,
}
