//! The page over a real listener, with a ledger that a run with simulated vendors made.

mod http;
mod pages;
mod security;
mod world;
