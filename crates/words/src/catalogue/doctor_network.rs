//! What is said: doctor_network.

use super::Entry;

pub(super) const TEXTS: &[Entry] = &[];
