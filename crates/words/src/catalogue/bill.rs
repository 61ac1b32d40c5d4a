//! What is said: bill.

use super::Entry;

pub(super) const TEXTS: &[Entry] = &[];
