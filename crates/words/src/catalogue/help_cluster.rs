//! What is said: help_cluster.

use super::Entry;

pub(super) const TEXTS: &[Entry] = &[];
