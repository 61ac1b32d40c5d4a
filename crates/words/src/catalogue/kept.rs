//! What is said: kept.

use super::Entry;

pub(super) const TEXTS: &[Entry] = &[];
