//! A chart of series of points.

mod axis;
mod clip;
mod drawing;

use std::fmt::{self, Display};

use super::Number;
use axis::Spec;

/// A chart: lines and markers over two axes, each series with its own dashes,
/// its own marker, and its name at its end.
///
/// Values that are no finite numbers, or not positive on a logarithmic axis,
/// are left out, and a line has a gap there. Where a line has many more points
/// than the picture has units, the outermost of each unit are drawn.
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
    is_line: bool,
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
        self.with(&name, points, true)
    }

    /// Draws a marker at each of the points `(x, y)`.
    #[must_use]
    pub fn points(
        self,
        name: impl Display,
        points: impl IntoIterator<Item = (impl Number, impl Number)>,
    ) -> Chart {
        self.with(&name, points, false)
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
        is_line: bool,
    ) -> Chart {
        self.series.push(Series {
            name: name.to_string(),
            points: points
                .into_iter()
                .map(|(x, y)| (x.number(), y.number()))
                .collect(),
            is_line,
        });
        self
    }
}

impl Display for Chart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&drawing::draw(self))
    }
}
