#![doc = include_str!("../README.md")]

mod campaign;
mod clock;
mod dice;
mod files;
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
