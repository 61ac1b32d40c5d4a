//! What is measured, group by group.

mod client;
mod crates;
mod downloads;
mod micro;
mod orders;
mod pace;
mod program;
mod python;

use crate::place::Place;
use crate::row::Row;

/// Rows that are measured together.
pub(crate) struct Group {
    /// What it is called on the command line.
    pub(crate) name: &'static str,
    /// What it is about.
    pub(crate) title: &'static str,
    /// What is measured and what bounds it, for the document.
    pub(crate) about: &'static str,
    pub(crate) measure: fn(&Place) -> Result<Vec<Row>, String>,
}

/// All of them.
pub(crate) const GROUPS: &[Group] = &[
    Group {
        name: "micro",
        title: "signing, codes, requests, replies",
        about: micro::ABOUT,
        measure: micro::measure,
    },
    Group {
        name: "client",
        title: "one exchange",
        about: client::ABOUT,
        measure: client::measure,
    },
    Group {
        name: "orders",
        title: "a list of orders",
        about: orders::ABOUT,
        measure: orders::measure,
    },
    Group {
        name: "growth",
        title: "longer lists",
        about: orders::ABOUT_GROWTH,
        measure: orders::growth,
    },
    Group {
        name: "million",
        title: "a million orders",
        about: orders::ABOUT_MILLION,
        measure: orders::million,
    },
    Group {
        name: "pace",
        title: "pace",
        about: pace::ABOUT,
        measure: pace::measure,
    },
    Group {
        name: "links",
        title: "links that die",
        about: pace::ABOUT_LINKS,
        measure: pace::links,
    },
    Group {
        name: "download",
        title: "a large download",
        about: downloads::ABOUT,
        measure: downloads::large,
    },
    Group {
        name: "downloads",
        title: "small downloads",
        about: downloads::ABOUT_SMALL,
        measure: downloads::small,
    },
    Group {
        name: "python",
        title: "the Python clients",
        about: python::ABOUT,
        measure: python::measure,
    },
    Group {
        name: "crates",
        title: "adding a crate",
        about: crates::ABOUT,
        measure: crates::measure,
    },
    Group {
        name: "program",
        title: "the program",
        about: program::ABOUT,
        measure: program::measure,
    },
];
