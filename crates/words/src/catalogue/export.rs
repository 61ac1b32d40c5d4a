//! What is said: export.

use super::Entry;

pub(super) const TEXTS: &[Entry] = &[];
