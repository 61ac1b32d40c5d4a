//! Charts: stacked columns over time, as SVG without a script.
//!
//! The colours in the picture are names only: the style sheet gives each its colour, by day and in
//! the dark.

use plotters::prelude::*;

/// A column: its label and its parts, from below.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Column {
    pub(crate) label: String,
    pub(crate) parts: [u64; PARTS],
}

/// So many parts a column has: one for each vendor, and what is not sure.
pub(crate) const PARTS: usize = 4;

/// The names of the parts' colours, as the style sheet knows them.
const COLOURS: [RGBColor; PARTS] = [
    RGBColor(1, 1, 1),
    RGBColor(2, 2, 2),
    RGBColor(3, 3, 3),
    RGBColor(4, 4, 4),
];
const INK: RGBColor = RGBColor(5, 5, 5);
const LINE: RGBColor = RGBColor(6, 6, 6);

const WIDTH: u32 = 460;
const HEIGHT: u32 = 190;
/// A column and the room beside it.
const STEP: i64 = 10;

/// The picture, or nothing where there are no columns. `tell` writes a value at the axis.
pub(crate) fn columns(columns: &[Column], tell: impl Fn(u64) -> String) -> Option<String> {
    if columns.is_empty() {
        return None;
    }
    let sums = columns.iter().map(|it| it.parts.iter().sum::<u64>());
    let top = i64::try_from(sums.max().unwrap_or(0)).unwrap_or(i64::MAX / 4);
    // Room above the highest column, and an axis also where all is 0.
    let top = top.saturating_add(top / 10).max(4);
    let right = i64::try_from(columns.len()).ok()?.checked_mul(STEP)?;
    let mut text = String::new();
    draw(&mut text, columns, right, top, &tell).ok()?;
    Some(text)
}

fn draw(
    text: &mut String,
    columns: &[Column],
    right: i64,
    top: i64,
    tell: &dyn Fn(u64) -> String,
) -> Result<(), Box<dyn std::error::Error>> {
    let label = |x: &i64| {
        let n = usize::try_from(x / STEP).unwrap_or(usize::MAX);
        columns.get(n).map_or("", |it| it.label.as_str()).to_owned()
    };
    let value = |y: &i64| tell(y.unsigned_abs());
    let font = |size: u32| ("sans-serif", size).into_font().color(&INK);
    let area = SVGBackend::with_string(text, (WIDTH, HEIGHT)).into_drawing_area();
    let mut chart = ChartBuilder::on(&area)
        .margin_top(8)
        .margin_right(12)
        .x_label_area_size(24)
        .y_label_area_size(54)
        .build_cartesian_2d(0..right, 0..top)?;
    chart
        .configure_mesh()
        .disable_x_mesh()
        .y_labels(4)
        .x_labels(6)
        .x_label_formatter(&label)
        .y_label_formatter(&value)
        .label_style(font(16))
        .axis_style(LINE)
        .bold_line_style(LINE)
        .light_line_style(TRANSPARENT)
        .draw()?;
    for (n, column) in columns.iter().enumerate() {
        let left = i64::try_from(n)? * STEP;
        let mut base = 0;
        for (part, colour) in column.parts.iter().zip(COLOURS) {
            if *part == 0 {
                continue;
            }
            let end = base + i64::try_from(*part)?;
            let corners = [(left + 1, base), (left + STEP - 1, end)];
            chart.draw_series([Rectangle::new(corners, colour.filled())])?;
            base = end;
        }
    }
    area.present()?;
    drop(chart);
    drop(area);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(label: &str, parts: [u64; PARTS]) -> Column {
        let label = label.to_owned();
        Column { label, parts }
    }

    #[test]
    fn a_picture_without_style_script_or_address() {
        let svg = columns(
            &[column("09:30", [1, 2, 0, 3]), column("09:31", [0; PARTS])],
            |n| format!("{n}!"),
        )
        .expect("a picture");
        assert!(svg.starts_with("<svg ") && svg.trim_end().ends_with("</svg>"));
        for colour in ["#010101", "#020202", "#040404"] {
            assert!(svg.contains(colour), "{colour}: {svg}");
        }
        assert!(!svg.contains("#030303"), "a part of 0 is not drawn");
        assert!(svg.contains("09:30") && svg.contains("2!"), "{svg}");
        for bad in ["style=", "<script", "href", "onload"] {
            assert!(!svg.contains(bad), "{bad}: {svg}");
        }
    }

    #[test]
    fn all_sizes_can_be_drawn() {
        assert_eq!(columns(&[], |n| n.to_string()), None);
        for top in [0, 1, 5, 1_000_000_000_000, u64::MAX / 8] {
            let one = [column("a", [top, 0, 0, 0])];
            assert!(columns(&one, |n| n.to_string()).is_some(), "{top}");
        }
    }
}
