//! What is said: system.

use super::Entry;

pub(super) const TEXTS: &[Entry] = &[];
