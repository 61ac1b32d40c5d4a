#![doc = include_str!("../README.md")]

mod again;
mod call;
mod concern;
mod failure;
mod id;
mod money;
mod order;
mod policy;
mod product;
mod serial;
mod state;
mod step;
mod verdict;
mod wanted;

pub use again::again;
pub use call::{Call, News};
pub use concern::{Concern, Reach};
pub use failure::{DownloadFailure, DownloadProblem, Failure, Refusal};
pub use id::{NoOrderId, OrderId};
pub use money::{Fen, FenError};
pub use order::{Hold, Order};
pub use policy::{Backoff, OnUncertain, Policy};
pub use product::{Flow, Product, SubjectKind, UnknownProduct};
pub use serial::{FormError, SCHEMA_VERSION};
pub use state::{Fence, Intent, Placement, Question, State, StateName, StoredReport, UnknownState};
pub use step::{Action, Input, WaitReason};
pub use verdict::{Verdict, VerdictError};
pub use wanted::{Fingerprint, Wanted, WantedError};
