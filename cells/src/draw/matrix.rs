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
/// [`Matrix::errors`] shades what is off the diagonal instead.
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
    has_errors: bool,
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
            has_errors: false,
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

    /// Makes the table one of right answers and errors: the diagonal has an
    /// outline and no shade, and the shade of every other number grows with its
    /// share of the largest of them.
    #[must_use]
    pub fn errors(mut self) -> Matrix {
        self.has_errors = true;
        self
    }

    /// How dark each number's field is, from 0 to 1.
    fn shares(&self) -> Vec<Vec<f64>> {
        let part =
            |value: f64, whole: f64| size(value) / whole.max(f64::MIN_POSITIVE);
        let rows = self.values.iter();
        if !self.has_errors {
            return rows
                .map(|row| {
                    let sum = row.iter().map(|it| size(*it)).sum();
                    row.iter().map(|it| part(*it, sum).sqrt()).collect()
                })
                .collect();
        }
        let errors: Vec<Vec<f64>> = rows
            .enumerate()
            .map(|(row, values)| {
                let columns = values.iter().enumerate();
                columns
                    .map(|(column, it)| if row == column { 0.0 } else { *it })
                    .collect()
            })
            .collect();
        let all = errors.iter().flatten();
        let most = all.map(|it| size(*it)).fold(0.0, f64::max);
        let row =
            |row: &Vec<f64>| row.iter().map(|it| part(*it, most)).collect();
        errors.iter().map(row).collect()
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
        let shares = self.shares();
        for (row, shares) in shares.iter().enumerate() {
            let y = HEIGHT * row as f64;
            let look = NAME.at(Anchor::End);
            svg.text(-MARGIN, y + 20.0, look, &self.label(row));
            for (column, text) in texts[row].iter().enumerate() {
                let x = cell * column as f64;
                shade(&mut svg, (x, y), cell, shares[column]);
                svg.text(x + cell / 2.0, y + 19.5, VALUE, text);
            }
        }
        if self.has_errors {
            for (row, values) in self.values.iter().enumerate() {
                if row < values.len() {
                    outline(&mut svg, row, cell);
                }
            }
        }
        f.write_str(&svg.document(6.0))
    }
}

/// The outline of a field of the diagonal.
fn outline(svg: &mut Svg, index: usize, cell: f64) {
    let (x, y) = (cell * index as f64, HEIGHT * index as f64);
    svg.element(format_args!(
        "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" \
         style=\"fill:none;stroke:var(--figure-ink);stroke-width:1.5\"/>",
        number(x + 1.0),
        number(y + 1.0),
        number(cell - 2.0),
        number(HEIGHT - 2.0),
    ));
}

fn shade(svg: &mut Svg, (x, y): (f64, f64), cell: f64, share: f64) {
    svg.reach(Bounds::new(x, y, x + cell, y + HEIGHT));
    let (lightest, darkest) = SHADES;
    let opacity = if share > 0.0 {
        lightest + (darkest - lightest) * share
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

    #[track_caller]
    fn assert_shares(rows: &[&[f64]], expected: &[&[f64]]) {
        let rows = rows.iter().map(|row| row.iter());
        let matrix = Matrix::new(rows).errors();
        assert_sound(&matrix.to_string());
        assert_eq!(matrix.shares(), expected);
    }

    #[test]
    fn errors_are_shaded_by_the_largest_of_them() {
        assert_shares(&[], &[]);
        assert_shares(&[&[5.0]], &[&[0.0]]);
        assert_shares(&[&[5.0, 0.0], &[0.0, 2.0]], &[&[0.0, 0.0], &[0.0, 0.0]]);
        assert_shares(
            &[&[980.0, 1.0, 4.0], &[8.0, 950.0, f64::NAN], &[2.0]],
            &[&[0.0, 0.125, 0.5], &[1.0, 0.0, 0.0], &[0.25]],
        );
        let svg = Matrix::new([[5, 1], [1, 5], [1, 1]]).errors().to_string();
        assert_eq!(svg.matches("stroke-width:1.5").count(), 2, "{svg}");
    }

    /// How much a number stands out from its field, as WCAG has it.
    fn contrast(ink: u32, paper: u32, shade: u32, opacity: f64) -> f64 {
        let light = |blend: &dyn Fn(f64, f64) -> f64, one: u32, other: u32| {
            let weights = [(16, 0.2126), (8, 0.7152), (0, 0.0722)];
            let parts = weights.map(|(bits, weight)| {
                let part =
                    |colour: u32| f64::from(colour >> bits & 255) / 255.0;
                let part = blend(part(one), part(other));
                weight * ((part + 0.055) / 1.055).powf(2.4)
            });
            parts.iter().sum::<f64>() + 0.05
        };
        let mixed = |one: f64, other: f64| one + (other - one) * opacity;
        let field = light(&mixed, paper, shade);
        let ink = light(&|one, _| one, ink, ink);
        ink.max(field) / ink.min(field)
    }

    #[test]
    fn a_number_is_read_on_every_shade() {
        for (ink, paper, shade) in [
            (0x1f_2328, 0xff_ffff, 0x1a_5fb4),
            (0xe3_e6ea, 0x16_1a20, 0x7f_b5ff),
            (0x22_262b, 0xfd_fdfb, 0x1a_5fb4),
            (0xd8_dbe1, 0x16_181d, 0x7f_b5ff),
        ] {
            for opacity in [0.0, SHADES.0, SHADES.1] {
                let contrast = contrast(ink, paper, shade, opacity);
                assert!(contrast >= 4.5, "{ink:x} {opacity} {contrast}");
            }
        }
    }
}
