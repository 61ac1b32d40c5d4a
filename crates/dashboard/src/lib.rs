#![doc = include_str!("../README.md")]

mod chart;
mod desk;
mod guard;
mod looking;
mod metrics;
mod page;
mod sections;
mod server;
mod show;
mod view;
mod words;

pub use desk::{Decision, Desk, Settled, Unsettled};
pub use guard::Token;
pub use jindiao_words::Lang;
pub use metrics::metrics;
pub use page::file;
pub use server::{Dashboard, Options, serve};
pub use view::{AccountTerms, View};
