//! What is said: help.

use super::Entry;

pub(super) const TEXTS: &[Entry] = &[];
