//! One line of the table.

use std::fmt;

/// One line of the table.
pub(crate) struct Row {
    pub(crate) what: String,
    pub(crate) ours: String,
    pub(crate) other: String,
    pub(crate) ratio: String,
    pub(crate) target: String,
    pub(crate) met: Met,
}

/// Whether the target is met.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Met {
    Yes,
    No,
    /// There is no target.
    Untold,
    NotMeasured,
}

impl Met {
    pub(crate) fn of(met: bool) -> Self {
        if met { Self::Yes } else { Self::No }
    }
}

impl fmt::Display for Met {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Yes => "yes",
            Self::No => "**no**",
            Self::Untold => "–",
            Self::NotMeasured => "not measured",
        })
    }
}

/// Above the rows.
pub(crate) const HEAD: &str = "\
| what | ours | the other | ratio | target | met |
|---|---:|---:|---:|---:|---|";

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            what,
            ours,
            other,
            ratio,
            target,
            met,
        } = self;
        write!(
            f,
            "| {what} | {ours} | {other} | {ratio} | {target} | {met} |"
        )
    }
}

impl Row {
    /// `ours` as a multiple of `other`, which may be `most` at most.
    pub(crate) fn at_most(what: &str, figures: [f64; 2], most: f64, unit: &str) -> Self {
        let [ours, other] = figures;
        let ratio = ours / other;
        Self {
            target: format!("≤ {most}"),
            met: Met::of(ratio <= most),
            ..Self::untold(what, figures, unit)
        }
    }

    /// The same without a target.
    pub(crate) fn untold(what: &str, figures: [f64; 2], unit: &str) -> Self {
        let [ours, other] = figures;
        Self {
            what: what.to_owned(),
            ours: shown(ours, unit),
            other: shown(other, unit),
            ratio: format!("{:.2}", ours / other),
            target: "–".to_owned(),
            met: Met::Untold,
        }
    }

    /// A figure that is compared with nothing but its limit.
    pub(crate) fn limit(what: &str, figure: f64, most: f64, unit: &str) -> Self {
        Self {
            what: what.to_owned(),
            ours: shown(figure, unit),
            other: "–".to_owned(),
            ratio: "–".to_owned(),
            target: format!("≤ {}", shown(most, unit)),
            met: Met::of(figure <= most),
        }
    }

    /// What this machine cannot measure, and why.
    pub(crate) fn not_measured(what: &str, reason: &str) -> Self {
        Self {
            what: format!("{what}: not measured: {}", reason.replace(['\n', '|'], " ")),
            ours: "–".to_owned(),
            other: "–".to_owned(),
            ratio: "–".to_owned(),
            target: "–".to_owned(),
            met: Met::NotMeasured,
        }
    }
}

/// A figure with its unit, and no more places than it is worth.
pub(crate) fn shown(figure: f64, unit: &str) -> String {
    let places = match figure.abs() {
        it if it >= 100.0 || it.fract() == 0.0 => 0,
        it if it >= 10.0 => 1,
        _ => 2,
    };
    let gap = if unit.is_empty() { "" } else { " " };
    format!("{figure:.places$}{gap}{unit}")
}

/// The one in the middle.
pub(crate) fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    let half = figures.len() / 2;
    match figures.len() {
        0 => f64::NAN,
        n if n % 2 == 0 => f64::midpoint(figures[half - 1], figures[half]),
        _ => figures[half],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_shown_with_what_they_are_worth() {
        let check = |figure, expect: &str| assert_eq!(shown(figure, "ms"), expect);
        check(1234.56, "1235 ms");
        check(12.34, "12.3 ms");
        check(1.234, "1.23 ms");
        check(3.0, "3 ms");
    }

    #[test]
    fn the_one_in_the_middle() {
        let check = |figures: &[f64], expect: &str| {
            assert_eq!(shown(median(figures.to_vec()), ""), expect);
        };
        check(&[3.0, 1.0, 2.0], "2");
        check(&[4.0, 1.0, 2.0, 3.0], "2.50");
    }

    #[test]
    fn a_target_is_met_or_not() {
        let met = |ours| Row::at_most("it", [ours, 2.0], 1.5, "s").met == Met::Yes;
        assert!(met(3.0) && !met(3.1));
    }
}
