//! Amounts side by side.

use std::fmt::{self, Display};

use super::Number;
use super::number::short;
use super::svg::{Anchor, Bounds, Colour, Svg, Type, number, one_line, width};

/// From a bar to the next.
const PITCH: f64 = 30.0;
const THICKNESS: f64 = 18.0;
/// The longest bar.
const LENGTH: f64 = 380.0;
const GAP: f64 = 8.0;
const NAME: Type = Type::new(14.0, Colour::Ink);
const VALUE: Type = Type::new(13.0, Colour::Ink);

/// Bars that begin on one line, each with its name before it and its number, to
/// three digits, behind it.
///
/// A number that is not finite or is below zero has no bar, and no digits.
///
/// ```
/// use cells::draw::Bars;
///
/// let bars = Bars::new("seconds")
///     .bar("by hand", 12.5)
///     .bar("by machine", 0.25)
///     .mark(0.2, "limit");
/// assert!(bars.to_string().contains(">12.5</text>"));
/// ```
#[derive(Debug, Clone)]
pub struct Bars {
    unit: String,
    amounts: Vec<(String, f64)>,
    marks: Vec<(f64, String)>,
}

impl Bars {
    /// No bars yet, of numbers in that unit.
    #[must_use]
    pub fn new(unit: impl Display) -> Bars {
        Bars {
            unit: unit.to_string(),
            amounts: Vec::new(),
            marks: Vec::new(),
        }
    }

    /// Draws a bar below the others.
    #[must_use]
    pub fn bar(mut self, name: impl Display, value: impl Number) -> Bars {
        self.amounts.push((name.to_string(), value.number()));
        self
    }

    /// Draws an upright line of reference through all bars, its name below.
    #[must_use]
    pub fn mark(mut self, value: impl Number, name: impl Display) -> Bars {
        self.marks.push((value.number(), name.to_string()));
        self
    }
}

impl Display for Bars {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let values = self.amounts.iter().map(|(_, value)| *value);
        let values = values.chain(self.marks.iter().map(|(value, _)| *value));
        let most = values.filter(|it| is_amount(*it)).fold(0.0, f64::max);
        let length =
            |value: f64| LENGTH * (value / most.max(f64::MIN_POSITIVE));
        let bottom = PITCH * self.amounts.len() as f64;
        let mut svg = Svg::default();
        let unit = one_line(&self.unit);
        svg.text(0.0, -GAP, NAME.italic().at(Anchor::Start), &unit);
        for (row, (name, value)) in self.amounts.iter().enumerate() {
            let y = PITCH * row as f64;
            svg.text(-GAP, y + 19.5, NAME.at(Anchor::End), name);
            if is_amount(*value) {
                bar(&mut svg, y, length(*value));
            }
        }
        let mut below = bottom + 18.0;
        for (value, name) in &self.marks {
            if is_amount(*value) {
                mark(&mut svg, length(*value), below);
                let name = format!("{} {}", one_line(name), short(*value));
                // The line is where the name begins, or ends if that is too
                // far to the right.
                let x = length(*value);
                let (x, anchor) = if x + width(&name, VALUE.size) > LENGTH {
                    (x - 4.0, Anchor::End)
                } else {
                    (x + 4.0, Anchor::Start)
                };
                svg.text(x, below, VALUE.at(anchor).halo(), &name);
                below += 20.0;
            }
        }
        let mut lines: Vec<f64> = self.marks.iter().map(|it| it.0).collect();
        lines.retain(|it| is_amount(*it));
        lines.sort_by(f64::total_cmp);
        for (row, (_, value)) in self.amounts.iter().enumerate() {
            if is_amount(*value) {
                let text = short(*value);
                let mut x = length(*value) + GAP;
                // A number that a line would cross stands behind the line.
                for line in lines.iter().map(|it| length(*it)) {
                    if (x - GAP..x + width(&text, VALUE.size)).contains(&line) {
                        x = line + GAP;
                    }
                }
                let look = VALUE.at(Anchor::Start).halo();
                svg.text(x, PITCH * row as f64 + 19.5, look, &text);
            }
        }
        f.write_str(&svg.document(6.0))
    }
}

fn is_amount(value: f64) -> bool {
    value.is_finite() && value >= 0.0
}

fn bar(svg: &mut Svg, y: f64, length: f64) {
    let top = y + (PITCH - THICKNESS) / 2.0;
    svg.reach(Bounds::new(0.0, y, length, y + PITCH));
    svg.element(format_args!(
        "<rect x=\"0.0\" y=\"{}\" width=\"{}\" height=\"{}\" \
         style=\"fill:var(--figure-one)\"/>",
        number(top),
        number(length),
        number(THICKNESS),
    ));
}

fn mark(svg: &mut Svg, x: f64, bottom: f64) {
    svg.reach(Bounds::new(x, 0.0, x, bottom));
    // The paper shows beside the line, over the bars that it crosses.
    for look in [
        "stroke:var(--figure-paper);stroke-width:4",
        "stroke:var(--figure-ink);stroke-width:1.5;stroke-dasharray:4 3",
    ] {
        svg.element(format_args!(
            "<line x1=\"{0}\" y1=\"0.0\" x2=\"{0}\" y2=\"{1}\" \
             style=\"{look}\"/>",
            number(x),
            number(bottom),
        ));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::draw::proof::assert_sound;

    #[track_caller]
    fn assert_texts(bars: &Bars, expected: &[&str]) {
        let found = assert_sound(&bars.to_string());
        let found: Vec<&str> = found.iter().map(|it| it.0.as_str()).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn a_bar_has_its_name_and_its_number() {
        let bars = Bars::new("µs").bar("<a>", 451.9).bar("b", 226);
        assert_texts(&bars, &["µs", "<a>", "b", "452", "226"]);
        let marked = bars.mark(187.04, "limit");
        assert_texts(&marked, &["µs", "<a>", "b", "limit 187", "452", "226"]);
    }

    #[test]
    fn lengths_are_in_proportion() {
        let svg = Bars::new("").bar("a", 4).bar("b", 1).to_string();
        for width in ["380.0", "95.0"] {
            assert!(svg.contains(&format!(" width=\"{width}\"")), "{svg}");
        }
    }

    #[test]
    fn a_number_keeps_off_the_lines() {
        let bars = Bars::new("").bar("a", 380).bar("b", 100);
        let x_of_100 = |bars: &Bars| -> String {
            let svg = bars.to_string();
            let text = svg.lines().find(|it| it.contains(">100</text>"));
            text.unwrap().split('"').nth(1).unwrap().to_owned()
        };
        assert_eq!(x_of_100(&bars), "108.0");
        assert_eq!(x_of_100(&bars.clone().mark(200, "far")), "108.0");
        assert_eq!(x_of_100(&bars.clone().mark(110, "near")), "118.0");
        let both = bars.mark(130, "next").mark(110, "near");
        assert_eq!(x_of_100(&both), "138.0");
    }

    #[test]
    fn odd_bars_are_drawn_too() {
        assert_texts(&Bars::new(""), &[]);
        assert_texts(&Bars::new("").bar("a", 0), &["a", "0"]);
        let odd = Bars::new("")
            .bar("a", f64::NAN)
            .bar("b", -1)
            .bar("c", f64::INFINITY)
            .mark(f64::NAN, "d")
            .mark(2, "e");
        assert_texts(&odd, &["a", "b", "c", "e 2"]);
        assert_sound(&Bars::new("").bar("a ".repeat(99), 1e300).to_string());
    }
}
