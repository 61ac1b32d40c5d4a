//! The life of one order, as a pure state machine.
//!
//! An [`Order`] is one wanted report and where it stands. A host (one machine with a ledger, many
//! machines with an engine) asks [`Order::step`] what to do, does it, and tells what came of it.
//! Nothing here asks a clock, touches a network or a disk, or panics.
//!
//! ```text
//! Planned -> Ordering(intent durable) -> Ordered(reference) -> Waiting -> Ready(link) -> Stored
//!               |                                                |
//!               +-> Uncertain, Refused, Held <-------------------+-> Failed
//! ```
//!
//! Beside the machine stands the [catalogue](Product) of what can be ordered, and [`Call`], the
//! exchanges of an order's life in one type.

mod aside;
mod call;
mod failure;
mod money;
mod policy;
mod product;
mod serial;
mod state;
mod step;
mod verdict;
mod wanted;

pub use aside::{Concern, Hold, Reach};
pub use call::{Call, News};
pub use failure::{DownloadFailure, DownloadProblem, Failure, Refusal};
pub use money::{Fen, FenError};
pub use policy::{Backoff, OnUncertain, Policy};
pub use product::{Flow, Product, SubjectKind, UnknownProduct};
pub use serial::{FormError, SCHEMA_VERSION};
pub use state::{
    Fence, Intent, NoOrderId, Order, OrderId, Placement, Question, State, StateName, StoredReport,
    UnknownState,
};
pub use step::{Action, Input, WaitReason};
pub use verdict::{Verdict, VerdictError};
pub use wanted::{Fingerprint, Wanted, WantedError};
