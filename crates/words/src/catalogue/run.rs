//! What is said: run.

use super::Entry;

pub(super) const TEXTS: &[Entry] = &[];
