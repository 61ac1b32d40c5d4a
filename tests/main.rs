//! The program as a process, the way its users run it.

mod at_once;
mod cli;
mod clocks;
mod crashes;
mod dashboard;
mod doctor;
mod guide;
mod language;
mod lists;
mod money;
mod secrets;
mod support;
mod watch;
