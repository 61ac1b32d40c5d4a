//! The client against servers that misbehave, on 127.0.0.1.

mod accounts;
mod calls;
mod clocks;
mod downloads;
mod hostile;
mod links;
mod server;
