//! What is said: accounts.

use super::Entry;

pub(super) const TEXTS: &[Entry] = &[];
