//! What is said: cluster.

use super::Entry;

pub(super) const TEXTS: &[Entry] = &[];
