//! What is said: watch.

use super::Entry;

pub(super) const TEXTS: &[Entry] = &[];
