//! A table of numbers with shades.

use std::fmt::{self, Display};

use super::Number;
use super::number::decimal;
use super::svg::{Anchor, Bounds, Colour, Svg, Type, number, one_line, width};

const HEIGHT: f64 = 30.0;
const MARGIN: f64 = 8.0;
const VALUE: Type = Type::new(13.0, Colour::Ink);
const NAME: Type = Type::new(14.0, Colour::Ink);
/// The shades of what is least and of what is all of its row: dark enough to be
/// seen, and light enough for a number on it to be read.
const SHADES: (f64, f64) = (0.06, 0.42);

/// A table of numbers, each on a shade that grows with the square root of its
/// share of its row, so that a few in a hundred are seen. A zero is left out.
///
/// Rows and columns are numbered from 0, unless [`Matrix::labels`] names them.
///
/// ```
/// use cells::draw::Matrix;
///
/// let matrix = Matrix::new([[12, 1], [0, 9]])
///     .rows("truth")
///     .columns("answer");
/// assert!(matrix.to_string().contains(">12</text>"));
/// ```
#[derive(Debug, Clone)]
pub struct Matrix {
    values: Vec<Vec<f64>>,
    rows: String,
    columns: String,
    labels: Vec<String>,
}

impl Matrix {
    /// A table of these rows.
    #[must_use]
    pub fn new(
        rows: impl IntoIterator<Item = impl IntoIterator<Item = impl Number>>,
    ) -> Matrix {
        Matrix {
            values: rows
                .into_iter()
                .map(|row| row.into_iter().map(Number::number).collect())
                .collect(),
            rows: String::new(),
            columns: String::new(),
            labels: Vec::new(),
        }
    }

    /// Says what the rows are.
    #[must_use]
    pub fn rows(mut self, name: impl Display) -> Matrix {
        self.rows = name.to_string();
        self
    }

    /// Says what the columns are.
    #[must_use]
    pub fn columns(mut self, name: impl Display) -> Matrix {
        self.columns = name.to_string();
        self
    }

    /// Names the rows, and the columns in the same order.
    #[must_use]
    pub fn labels(
        mut self,
        names: impl IntoIterator<Item = impl Display>,
    ) -> Matrix {
        self.labels = names.into_iter().map(|it| it.to_string()).collect();
        self
    }

    fn label(&self, index: usize) -> String {
        self.labels
            .get(index)
            .map_or_else(|| index.to_string(), |name| one_line(name))
    }
}

impl Display for Matrix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let columns = self.values.iter().map(Vec::len).max().unwrap_or(0);
        let texts: Vec<Vec<String>> =
            self.values.iter().map(|row| texts(row)).collect();
        let cell = texts
            .iter()
            .flatten()
            .map(|text| width(text, VALUE.size))
            .chain((0..columns).map(|it| width(&self.label(it), NAME.size)))
            .fold(28.0, f64::max)
            + 2.0 * MARGIN;
        let mut svg = Svg::default();
        if !self.columns.is_empty() {
            let name = format!("{} →", one_line(&self.columns));
            svg.text(0.0, -HEIGHT, NAME.at(Anchor::Start), &name);
        }
        if !self.rows.is_empty() {
            let name = format!("{} ↓", one_line(&self.rows));
            svg.text(-MARGIN, -MARGIN, NAME.at(Anchor::End), &name);
        }
        for column in 0..columns {
            let x = cell * (column as f64 + 0.5);
            svg.text(x, -MARGIN, NAME, &self.label(column));
        }
        for (row, values) in self.values.iter().enumerate() {
            let y = HEIGHT * row as f64;
            let look = NAME.at(Anchor::End);
            svg.text(-MARGIN, y + 20.0, look, &self.label(row));
            let sum: f64 = values.iter().map(|it| size(*it)).sum();
            for (column, text) in texts[row].iter().enumerate() {
                let x = cell * column as f64;
                let share = size(values[column]) / sum.max(f64::MIN_POSITIVE);
                shade(&mut svg, (x, y), cell, share);
                svg.text(x + cell / 2.0, y + 19.5, VALUE, text);
            }
        }
        f.write_str(&svg.document(6.0))
    }
}

fn shade(svg: &mut Svg, (x, y): (f64, f64), cell: f64, share: f64) {
    svg.reach(Bounds::new(x, y, x + cell, y + HEIGHT));
    let (lightest, darkest) = SHADES;
    let opacity = if share > 0.0 {
        lightest + (darkest - lightest) * share.sqrt()
    } else {
        0.0
    };
    let (x, y) = (number(x), number(y));
    let place = format!(
        "x=\"{x}\" y=\"{y}\" width=\"{}\" height=\"{}\"",
        number(cell),
        number(HEIGHT),
    );
    svg.element(format_args!(
        "<rect {place} style=\"fill:var(--figure-one);fill-opacity:{opacity:.3}\
         ;stroke:var(--figure-faint)\"/>",
    ));
}

/// What a number adds to its row.
fn size(value: f64) -> f64 {
    // Twelve rows of the largest would still add up.
    if value.is_finite() {
        value.abs().min(1e300)
    } else {
        0.0
    }
}

/// The numbers of a row as they are written: whole, or with two decimals.
fn texts(row: &[f64]) -> Vec<String> {
    row.iter()
        .map(|&value| {
            if value == 0.0 || !value.is_finite() {
                String::new()
            } else if value.abs() >= 1e15 {
                format!("{value:e}")
            } else if value.fract() == 0.0 {
                decimal(value, 0)
            } else {
                decimal(value, 2)
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::draw::proof::assert_sound;

    #[track_caller]
    fn assert_texts(matrix: &Matrix, expected: &[&str]) {
        let found = assert_sound(&matrix.to_string());
        let found: Vec<&str> = found.iter().map(|it| it.0.as_str()).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn rows_and_columns_are_numbered_or_named() {
        let counts = Matrix::new([[1200, 1], [0, 9]]);
        assert_texts(&counts, &["0", "1", "0", "1,200", "1", "1", "9"]);
        let named = counts.labels(["<a>", "b"]).rows("is").columns("was");
        assert_texts(
            &named,
            &["was →", "is ↓", "<a>", "b", "<a>", "1,200", "1", "b", "9"],
        );
    }

    #[test]
    fn odd_tables_are_drawn_too() {
        assert_texts(&Matrix::new([[0.0; 0]; 0]), &[]);
        assert_texts(&Matrix::new([[0.0; 0]; 1]), &["0"]);
        assert_texts(&Matrix::new([[0, 0]]), &["0", "1", "0"]);
        assert_texts(
            &Matrix::new([
                vec![f64::NAN, -0.5],
                vec![f64::INFINITY, 1e300, 2.0],
            ]),
            &["0", "1", "2", "0", "−0.50", "1", "1e300", "2"],
        );
        let long = "a name that goes on and on".repeat(9);
        assert_sound(
            &Matrix::new([[1]]).rows(&long).labels([&long]).to_string(),
        );
    }

    #[test]
    fn shades_grow_with_the_share() {
        let svg = Matrix::new([[0, 1, 3]]).to_string();
        for shade in ["0.000", "0.240", "0.372"] {
            assert!(svg.contains(&format!("fill-opacity:{shade}")), "{svg}");
        }
    }
}
