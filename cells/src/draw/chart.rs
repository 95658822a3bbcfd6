//! A chart of series of points.

mod axis;
mod clip;
mod drawing;
mod labels;

use std::fmt::{self, Display};

use super::Number;
use axis::Spec;

/// A chart: lines and markers over two axes. Each name has its own colour,
/// dashes and marker, and is written once, at the end of its line, or along it
/// where it is further from the other lines; a series of the same name as an
/// earlier one belongs to it. There are four kinds of dashes, and of markers: the
/// fifth series looks like the first.
///
/// A line of reference beyond the ends of its axis is left out.
/// Values that are no finite numbers, or not positive on a logarithmic axis,
/// are left out, and a line has a gap there: `f64::NAN` makes it jump. Where a
/// line has many more points than the picture has units, the outermost of each
/// unit are drawn.
///
/// Of two or more lines, each with 5 to 40 points has a marker at each of them,
/// unless [`Chart::points`] or [`Chart::open`] of its name mark some. No other
/// line has markers, but where a point is alone between gaps.
///
/// Without a range, the vertical axis begins and ends on a tick, and at zero if
/// that is near; the horizontal one does if a tick is near.
///
/// ```
/// use cells::draw::Chart;
///
/// let losses = [2.3, 1.9, 1.2, 0.8, 0.6];
/// let chart = Chart::new()
///     .x("step")
///     .y("loss")
///     .line("training", losses.iter().enumerate())
///     .mark_x(2, "half-way");
/// assert!(chart.to_string().contains("half-way"));
/// ```
#[derive(Debug, Clone, Default)]
pub struct Chart {
    x_name: String,
    y_name: String,
    x: Spec,
    y: Spec,
    categories: Vec<String>,
    series: Vec<Series>,
    marks: Vec<Mark>,
}

#[derive(Debug, Clone)]
struct Series {
    name: String,
    points: Vec<(f64, f64)>,
    kind: Kind,
    /// Which of the looks it has, the same as others of its name.
    look: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Line,
    Points,
    Open,
}

/// A line of reference, over the whole chart.
#[derive(Debug, Clone)]
struct Mark {
    at: f64,
    is_upright: bool,
    name: String,
}

impl Chart {
    /// A chart of nothing.
    #[must_use]
    pub fn new() -> Chart {
        Chart::default()
    }

    /// Names the horizontal axis.
    #[must_use]
    pub fn x(mut self, name: impl Display) -> Chart {
        self.x_name = name.to_string();
        self
    }

    /// Names the vertical axis.
    #[must_use]
    pub fn y(mut self, name: impl Display) -> Chart {
        self.y_name = name.to_string();
        self
    }

    /// Makes the steps of the horizontal axis powers of ten.
    #[must_use]
    pub fn log_x(mut self) -> Chart {
        self.x.is_log = true;
        self
    }

    /// Makes the steps of the vertical axis powers of ten.
    #[must_use]
    pub fn log_y(mut self) -> Chart {
        self.y.is_log = true;
        self
    }

    /// Sets the ends of the horizontal axis; what is beyond is cut off.
    #[must_use]
    pub fn x_range(mut self, low: impl Number, high: impl Number) -> Chart {
        self.x.range = Some((low.number(), high.number()));
        self
    }

    /// Sets the ends of the vertical axis; what is beyond is cut off.
    #[must_use]
    pub fn y_range(mut self, low: impl Number, high: impl Number) -> Chart {
        self.y.range = Some((low.number(), high.number()));
        self
    }

    /// Puts names in place of the numbers 0, 1, 2 ... on the horizontal axis.
    #[must_use]
    pub fn categories(
        mut self,
        names: impl IntoIterator<Item = impl Display>,
    ) -> Chart {
        self.categories =
            names.into_iter().map(|name| name.to_string()).collect();
        self
    }

    /// Draws a line through points `(x, y)`.
    #[must_use]
    pub fn line(
        self,
        name: impl Display,
        points: impl IntoIterator<Item = (impl Number, impl Number)>,
    ) -> Chart {
        self.with(&name, points, Kind::Line)
    }

    /// Draws a marker at each of the points `(x, y)`.
    #[must_use]
    pub fn points(
        self,
        name: impl Display,
        points: impl IntoIterator<Item = (impl Number, impl Number)>,
    ) -> Chart {
        self.with(&name, points, Kind::Points)
    }

    /// Draws a ring at each of the points `(x, y)`, for an end that does not
    /// belong to its line, in the look of the series of that name, or of the
    /// last one. [`Chart::points`] of the same name are discs then, for ends
    /// that do.
    ///
    /// ```
    /// let chart = cells::draw::Chart::new()
    ///     .line("step", [(-1, 0), (0, 0)])
    ///     .line("step", [(0, 1), (1, 1)])
    ///     .points("step", [(0, 0)])
    ///     .open("step", [(0, 1)]);
    /// assert_eq!(chart.to_string().matches("<circle").count(), 2);
    /// ```
    #[must_use]
    pub fn open(
        self,
        name: impl Display,
        points: impl IntoIterator<Item = (impl Number, impl Number)>,
    ) -> Chart {
        self.with(&name, points, Kind::Open)
    }

    /// Draws an upright line of reference.
    #[must_use]
    pub fn mark_x(mut self, x: impl Number, name: impl Display) -> Chart {
        self.marks.push(Mark {
            at: x.number(),
            is_upright: true,
            name: name.to_string(),
        });
        self
    }

    /// Draws a level line of reference.
    #[must_use]
    pub fn mark_y(mut self, y: impl Number, name: impl Display) -> Chart {
        self.marks.push(Mark {
            at: y.number(),
            is_upright: false,
            name: name.to_string(),
        });
        self
    }

    fn with(
        mut self,
        name: &dyn Display,
        points: impl IntoIterator<Item = (impl Number, impl Number)>,
        kind: Kind,
    ) -> Chart {
        let name = name.to_string();
        let known = self.series.iter().find(|series| series.name == name);
        let look = match (known, self.series.last()) {
            (Some(known), _) => known.look,
            (None, Some(last)) if kind == Kind::Open => last.look,
            (None, _) => self.looks(),
        };
        self.series.push(Series {
            name,
            points: points
                .into_iter()
                .map(|(x, y)| (x.number(), y.number()))
                .collect(),
            kind,
            look,
        });
        self
    }

    /// How many looks the series have.
    fn looks(&self) -> usize {
        let looks = self.series.iter().map(|series| series.look + 1);
        looks.max().unwrap_or(0)
    }

    /// The series of a look.
    fn of_look(&self, look: usize) -> impl Iterator<Item = &Series> {
        self.series.iter().filter(move |series| series.look == look)
    }

    /// Whether a series of this look is of this kind.
    fn has(&self, look: usize, kind: Kind) -> bool {
        self.of_look(look).any(|series| series.kind == kind)
    }
}

impl Display for Chart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&drawing::draw(self))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::draw::proof::assert_sound;

    const LONG: &str = "a name that goes on and on and on";

    #[track_caller]
    fn assert_drawn(chart: &Chart, texts: &[&str]) {
        let found = assert_sound(&chart.to_string());
        for text in texts {
            assert!(found.iter().any(|it| it.0 == *text), "{text}: {found:?}");
        }
    }

    #[test]
    fn a_series_has_its_name_at_its_end() {
        let up = [(0, 0), (1, 10), (2, 20)];
        let chart = Chart::new().x("step <n>").y("a & b");
        let chart = chart.line("up", up).line("too", up).points("three", up);
        assert_drawn(
            &chart,
            &["step <n>", "a & b", "up", "too", "three", "0", "20", "2.0"],
        );
        let far = chart.line("short", [(0, 5), (1, 5)]);
        let far = far.mark_x(0, "here").mark_x(0.1, "here too");
        assert_drawn(&far.mark_y(7, "there"), &["short", "here", "there"]);
    }

    /// The markers of a chart: `f` for a disc, `o` for a ring, `s` for a
    /// square, in the order in which they are drawn.
    fn markers(chart: &Chart) -> String {
        let svg = chart.to_string();
        assert_sound(&svg);
        svg.lines()
            .filter_map(|row| match row.split_once(' ')?.0 {
                "<circle" if row.contains("fill:var(--figure-paper)") => {
                    Some('0')
                }
                "<circle" => Some('f'),
                "<rect" => Some('s'),
                _ => None,
            })
            .collect()
    }

    fn line(count: u32) -> impl Iterator<Item = (u32, u32)> {
        (0..count).map(|x| (x, x))
    }

    #[track_caller]
    fn assert_markers(chart: &Chart, expected: &str) {
        assert_eq!(markers(chart), expected);
    }

    #[test]
    fn lines_of_data_have_markers_if_there_are_others() {
        for (one, other, expected) in [
            (4, 4, String::new()),
            (5, 4, "f".repeat(5)),
            (4, 5, "s".repeat(5)),
            (41, 40, "s".repeat(40)),
            (41, 121, String::new()),
            (1, 3, "f".to_owned()),
        ] {
            let two = Chart::new().line("one", line(one));
            let two = two.line("other", line(other));
            assert_markers(&two, &expected);
        }
        assert_markers(&Chart::new().line("alone", line(17)), "");
        let alone = [(0.0, 1.0), (1.0, f64::NAN), (2.0, 3.0), (3.0, 4.0)];
        assert_markers(&Chart::new().line("alone", alone), "f");
        let marked = Chart::new().line("one", line(9)).line("other", line(9));
        assert_markers(&marked.points("other", [(1, 1)]), "fffffffffs");
    }

    #[test]
    fn a_jump_has_an_end_that_belongs_and_one_that_does_not() {
        let jump = [
            (-3.0, 0.0),
            (0.0, 0.0),
            (0.0, f64::NAN),
            (0.0, 1.0),
            (3.0, 1.0),
        ];
        let slope = Chart::new().line("y", line(4)).line("slope", jump);
        let drawn = slope.to_string();
        let path = drawn.lines().find(|row| row.contains("dasharray:7 4"));
        assert_eq!(path.map(|it| it.matches('M').count()), Some(2), "{drawn}");
        let slope = slope.points("slope", [(0, 0)]);
        assert_markers(&slope, "s");
        for name in ["slope", "", "another"] {
            let open = slope.clone().open(name, [(0, 1)]);
            assert_markers(&open, "f0");
            let ring = "fill:var(--figure-paper);stroke:var(--figure-two)";
            assert!(open.to_string().contains(ring), "{open}");
            assert_drawn(&open, &["y", "slope"]);
        }
        assert_markers(&Chart::new().open("", [(0, 1)]), "0");
    }

    #[test]
    fn series_of_a_name_belong_together() {
        let chart = Chart::new().line("one", line(3)).line("two", line(4));
        let again = chart.line("one", [(4, 9), (5, 9)]).points("two", line(2));
        let found = assert_sound(&again.to_string());
        let names = found.iter().filter(|it| it.0 == "one" || it.0 == "two");
        assert_eq!(names.count(), 2, "{found:?}");
        assert!(!again.to_string().contains("dasharray:2 3"), "{again}");
    }

    #[test]
    fn categories_stand_for_numbers() {
        let differences = [3.2e-11, 1.9e-10, 5.0e-9, 1.4e-7];
        let chart = Chart::new()
            .log_y()
            .categories(["W1", "b1", "W2", "b2"])
            .points("f64", differences.iter().enumerate());
        assert_drawn(&chart, &["W1", "b1", "W2", "b2", "10⁻¹⁰", "f64"]);
    }

    #[test]
    fn odd_series_are_drawn_too() {
        let none: [(f64, f64); 0] = [];
        let odd = [f64::NAN, f64::INFINITY, 1e308, -1e308, 5e-324, 0.0];
        for is_log in [false, true] {
            let empty = Chart::new();
            let empty = if is_log { empty.log_x().log_y() } else { empty };
            assert_drawn(&empty, &[]);
            assert_drawn(&empty.clone().line("none", none), &[]);
            for one in odd {
                for other in odd {
                    let points = [(one, other), (1.0, 2.0), (other, one)];
                    let chart = empty.clone().line("line", points);
                    let chart = chart.points("points", [(one, other)]);
                    let chart = chart.x_range(one, other).y_range(other, one);
                    assert_drawn(&chart, &[]);
                    let chart = empty.clone().mark_x(one, "m").mark_y(one, "n");
                    assert_drawn(&chart.mark_x(other, "o"), &[]);
                    assert_drawn(&empty.clone().line("alone", points), &[]);
                    let near = [(1e16, one), (1e16 + 2.0, other)];
                    assert_drawn(&empty.clone().line("near", near), &[]);
                }
            }
        }
        assert_drawn(&Chart::new().line("one", [(3, 4)]), &["one", "3", "4"]);
        let long = Chart::new().x(LONG).y(LONG).line(LONG, [(0, 0), (9, 9)]);
        assert_drawn(&long, &[LONG]);
        let none: [&str; 0] = [];
        assert_drawn(
            &Chart::new().categories(none).line("a", [(0, 1)]),
            &["a"],
        );
    }

    #[test]
    fn what_is_beyond_the_range_is_cut_off() {
        let line = Chart::new()
            .line("line", [(0.0, -100.0), (1.0, 100.0)])
            .y_range(0, 1)
            .to_string();
        assert!(line.contains("306.0L"), "{line}");
        assert!(!line.contains("y=\"-"), "{line}");
    }

    #[test]
    fn the_lowest_and_the_highest_tick_are_named() {
        let rise = [(600, 0.905), (5_000, 0.97), (10_000, 0.979_8)];
        let chart = Chart::new().line("training", rise);
        assert_drawn(&chart, &["0.90", "0.98", "0", "10,000"]);
        let chart = Chart::new().log_y().line("f32", [(0, 2e-12), (9, 5.0)]);
        assert_drawn(&chart, &["10⁻¹²", "10²", "0"]);
        let found = assert_sound(&chart.to_string());
        assert!(found.iter().all(|it| it.1.right <= 560.0), "{found:?}");
    }

    #[test]
    fn a_long_series_is_a_small_file() {
        let noise =
            (0..100_000_u32).map(|x| (x, x.wrapping_mul(2_654_435_769)));
        let size = Chart::new().line("noise", noise).to_string().len();
        assert!(size < 50_000, "{size}");
    }
}
