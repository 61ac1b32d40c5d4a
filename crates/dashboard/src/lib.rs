#![doc = include_str!("../README.md")]

mod chart;
mod guard;
mod look;
mod metrics;
mod page;
mod sections;
mod server;
mod show;
mod words;

pub use guard::Token;
pub use jindiao_words::Lang;
pub use look::{AccountTerms, View};
pub use metrics::metrics;
pub use page::file;
pub use server::{Dashboard, Decision, Desk, Options, Settled, Unsettled, serve};
