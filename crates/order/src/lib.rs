#![doc = include_str!("../README.md")]

mod again;
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

pub use again::again;
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
