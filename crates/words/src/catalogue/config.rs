//! What is said: config.

use super::Entry;

pub(super) const TEXTS: &[Entry] = &[];
