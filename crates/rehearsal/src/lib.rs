//! A rehearsal of everything that can go wrong, under one seed.
//!
//! The real ledger, scheduler, client, exchanges and orders run on one thread and in virtual time
//! against a model of the three vendors at the level of HTTP. A seed picks the orders and the
//! weather: lost and late answers, every code of every table, dead links, quotas, clocks that jump,
//! interrupts, budgets that end, and the points where the process dies. After each incarnation an
//! oracle compares the ledger and the files with what the model charged; in the last act the
//! weather is good, a person answers truthfully, and every report that was paid must be had.
//!
//! The same seed tells the same story, word for word, on every machine.
//!
//! [`replay`] plays one seed, [`Campaign::run`] many on all cores. `cargo xtask simulate` is the
//! command.

mod campaign;
mod clock;
mod dice;
mod oracle;
mod person;
mod request;
mod scenario;
mod schedule;
mod tally;
mod transport;
mod vendors;
mod world;

pub use campaign::{Campaign, CampaignReport, replay};
pub use schedule::{Rehearsal, Story};
pub use tally::Tally;
pub use world::Point;
