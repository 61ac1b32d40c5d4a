//! The program as a process, the way its users run it.

mod cli;
mod crashes;
mod money;
mod secrets;
mod support;
