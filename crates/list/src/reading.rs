//! How a list is to be read, where it does not say it itself.

use jindiao_order::Product;

/// How a list is to be read.
#[derive(Debug, Clone, Default)]
pub struct Reading {
    pub(crate) product: Option<Product>,
    pub(crate) sheet: Option<String>,
    pub(crate) hidden: Hidden,
}

/// What becomes of rows and columns of a workbook that nobody sees, since somebody or a filter hid
/// them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Hidden {
    /// They are problems.
    #[default]
    Refuse,
    /// They are left out.
    Skip,
    /// They are read like the others.
    Take,
}

impl Reading {
    /// As a list says it itself.
    pub fn new() -> Self {
        Self::default()
    }

    /// Lines that name no product ask for this one; those that name another are problems. A list of
    /// subjects and nothing else, without a header, is one then, too.
    #[must_use]
    pub fn with_product(mut self, product: Option<Product>) -> Self {
        self.product = product;
        self
    }

    /// The list is in the sheet of this name; else in the only one that has our headings.
    #[must_use]
    pub fn with_sheet(mut self, sheet: Option<String>) -> Self {
        self.sheet = sheet;
        self
    }

    /// What becomes of hidden rows and columns.
    #[must_use]
    pub fn with_hidden(mut self, hidden: Hidden) -> Self {
        self.hidden = hidden;
        self
    }
}
