//! What is said: dashboard.

use super::Entry;

pub(super) const TEXTS: &[Entry] = &[];
