//! A page over the ledger.
//!
//! [`serve`] answers at a loopback address with one page that follows a run in another process;
//! [`file`](file()) is the same page as a file that needs no server and no script; [`metrics`] says
//! it to Prometheus. All three are made from an [`Overview`](jindiao_batch::Overview) and nothing
//! else: they show no secret and no link, and write nothing. The one thing that the page changes,
//! a person's decision about an uncertain order, is the [`Desk`]'s to write down.

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
pub use look::{AccountTerms, View};
pub use metrics::metrics;
pub use page::file;
pub use server::{Dashboard, Decision, Desk, Options, Settled, Unsettled, serve};
pub use words::Lang;
