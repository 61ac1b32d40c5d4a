//! What time it is: the clock of the client floor, for commands that need the time once.

use jindiao_client::{SystemClock, Time as _};
use jindiao_protocol::Timestamp;

/// Now.
pub(crate) fn now() -> Timestamp {
    SystemClock::new().now()
}
