//! What is said: doctor.

use super::Entry;

pub(super) const TEXTS: &[Entry] = &[];
