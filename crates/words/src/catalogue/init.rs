//! What is said: init.

use super::Entry;

pub(super) const TEXTS: &[Entry] = &[];
