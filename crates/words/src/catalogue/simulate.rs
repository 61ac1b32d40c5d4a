//! What is said: simulate.

use super::Entry;

pub(super) const TEXTS: &[Entry] = &[];
