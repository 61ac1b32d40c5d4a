//! What is said: ledger.

use super::Entry;

pub(super) const TEXTS: &[Entry] = &[];
