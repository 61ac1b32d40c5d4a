//! Which cluster a server holds: so that an emptied or another server is noticed.

use jindiao_batch::LedgerKind;
use jindiao_words::say;
use serde::{Deserialize, Serialize};

use crate::STATE_VERSION;

/// Which cluster a server holds. Settled by the first worker.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// Drawn at random, once.
    pub id: String,
    /// Whether its orders are simulated.
    pub simulated: bool,
    /// The version of the forms in which state is kept; what is older can be read.
    pub form: u32,
}

impl Identity {
    /// Why a worker for orders of this kind cannot join; `None` where it can.
    pub fn objection(&self, kind: LedgerKind) -> Option<String> {
        if self.form > STATE_VERSION {
            let text = say!(
                "the cluster keeps its orders in form {form}, this program reads up to {known}: use the newer program",
                form = self.form,
                known = STATE_VERSION
            );
            return Some(text.to_string());
        }
        match (self.simulated, kind) {
            (true, LedgerKind::Simulated) | (false, LedgerKind::Real) => None,
            (true, LedgerKind::Real) => Some(
                say!("the cluster has simulated orders, and this worker is for real ones")
                    .to_string(),
            ),
            (false, LedgerKind::Simulated) => Some(
                say!("the cluster has real orders, and this worker is for simulated ones")
                    .to_string(),
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn simulated_and_real_orders_never_meet() {
        let identity = |simulated, form| Identity {
            id: "1".to_owned(),
            simulated,
            form,
        };
        assert_eq!(identity(true, 1).objection(LedgerKind::Simulated), None);
        assert_eq!(identity(false, 1).objection(LedgerKind::Real), None);
        for (simulated, kind) in [(true, LedgerKind::Real), (false, LedgerKind::Simulated)] {
            assert!(identity(simulated, 1).objection(kind).is_some());
        }
        let newer = identity(false, STATE_VERSION + 1).objection(LedgerKind::Real);
        assert!(newer.expect("newer").contains("newer program"));
    }
}
