//! The service host on Restate: the only place that knows the engine's own library.

mod journal;
mod objects;
mod worker;

pub use worker::{Joining, Worker};
