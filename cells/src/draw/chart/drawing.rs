//! A chart as elements of a picture.

use std::fmt::Write as _;

use super::axis::{Axis, Spec};
use super::clip::{Point, clip};
use super::{Chart, Series};
use crate::draw::spread::{Need, spread};
use crate::draw::svg::{
    Anchor, Bounds, Colour, Svg, Type, number, one_line, width,
};

const WIDTH: f64 = 640.0;
const HEIGHT: f64 = 360.0;
const NAME: Type = Type::new(14.0, Colour::Ink);
const TICK: Type = Type::new(13.0, Colour::Ink);
/// What stands between rows of names.
const ROW: f64 = 16.0;
/// Lines with no more points than this have markers too.
const FEW: usize = 40;
/// Lines with more points than this are thinner.
const MANY: usize = 400;
const TOP: i32 = 32;
const BOTTOM: i32 = 306;

/// How the n-th series looks.
const LOOKS: [(Colour, &str, Marker); 4] = [
    (Colour::One, "", Marker::Disc),
    (Colour::Two, ";stroke-dasharray:7 4", Marker::Square),
    (Colour::Ink, ";stroke-dasharray:2 3", Marker::Triangle),
    (Colour::Three, ";stroke-dasharray:9 3 2 3", Marker::Ring),
];

#[derive(Debug, Clone, Copy)]
enum Marker {
    Disc,
    Square,
    Triangle,
    Ring,
}

struct Frame {
    x: Axis,
    y: Axis,
    bounds: Bounds,
}

pub(super) fn draw(chart: &Chart) -> String {
    let mut svg = Svg::default();
    let frame = frame(chart);
    grid(&mut svg, chart, &frame);
    marks(&mut svg, chart, &frame);
    let mut ends = Vec::new();
    for (index, series) in chart.series.iter().enumerate() {
        let places = places(chart, index, &frame);
        if series.is_line {
            line(&mut svg, index, &places, frame.bounds);
        }
        let is_inside = |place: &Option<Point>| {
            place.filter(|&it| clip(it, it, frame.bounds).is_some())
        };
        let seen: Vec<Point> = places.iter().filter_map(is_inside).collect();
        if !series.is_line || seen.len() <= FEW {
            for &place in &seen {
                marker(&mut svg, index, place);
            }
        }
        let last = seen
            .iter()
            .copied()
            .reduce(|one, other| if other.0 >= one.0 { other } else { one });
        ends.extend(last.map(|last| (index, last)));
    }
    names(&mut svg, chart, &frame, ends);
    svg.reach(Bounds::new(0.0, 0.0, WIDTH, HEIGHT));
    svg.document(0.0)
}

/// The axes, with room for all that is written beside them.
fn frame(chart: &Chart) -> Frame {
    let xs = chart.series.iter().flat_map(|it| &it.points).map(|it| it.0);
    let ys = chart.series.iter().flat_map(|it| &it.points).map(|it| it.1);
    let upright = |is_upright: bool| {
        let marks = chart.marks.iter();
        marks
            .filter(move |mark| mark.is_upright == is_upright)
            .map(|mark| mark.at)
    };
    let y = Spec {
        room: 0.04,
        reaches_zero: true,
        ..chart.y
    };
    // The names of upright marks stand in a row of their own.
    let top = if chart.marks.iter().any(|mark| mark.is_upright) {
        TOP + 14
    } else {
        TOP
    };
    let y = Axis::new(y, ys.chain(upright(false)), BOTTOM, top);
    let widest = |names: &mut dyn Iterator<Item = f64>| {
        // A name must leave room for the chart.
        names.fold(0.0, f64::max).min(WIDTH / 3.0)
    };
    let left =
        widest(&mut y.ticks(6).iter().map(|(_, name)| width(name, TICK.size)))
            + 12.0;
    let right = widest(
        &mut chart
            .series
            .iter()
            .map(|series| width(&one_line(&series.name), NAME.size)),
    ) + 14.0;
    #[allow(clippy::cast_possible_truncation)]
    let (left, right) = (left.ceil() as i32, (WIDTH - right).floor() as i32);
    let x = if chart.categories.is_empty() {
        let only_points = chart.series.iter().all(|series| !series.is_line);
        let spec = Spec {
            room: if only_points { 0.03 } else { 0.0 },
            ..chart.x
        };
        Axis::new(spec, xs.chain(upright(true)), left, right)
    } else {
        let spec = Spec {
            range: Some((-0.5, chart.categories.len() as f64 - 0.5)),
            ..Spec::default()
        };
        Axis::new(spec, xs, left, right)
    };
    let bounds = Bounds::new(
        f64::from(left),
        f64::from(top),
        f64::from(right),
        f64::from(BOTTOM),
    );
    Frame { x, y, bounds }
}

fn rule(svg: &mut Svg, start: Point, end: Point, style: &str) {
    svg.element(format_args!(
        "<line x1=\"{}\" y1=\"{}\" x2=\"{}\" y2=\"{}\" style=\"{style}\"/>",
        number(start.0),
        number(start.1),
        number(end.0),
        number(end.1),
    ));
}

fn grid(svg: &mut Svg, chart: &Chart, frame: &Frame) {
    const FAINT: &str = "stroke:var(--figure-faint);stroke-width:1";
    const INK: &str = "stroke:var(--figure-ink);stroke-width:1";
    let Bounds {
        left,
        right,
        bottom,
        ..
    } = frame.bounds;
    for (y, name) in frame.y.ticks(6) {
        rule(svg, (left, y), (right, y), FAINT);
        svg.text(left - 8.0, y + 4.5, TICK.at(Anchor::End), &name);
    }
    rule(svg, (left, bottom), (right, bottom), INK);
    let ticks = if chart.categories.is_empty() {
        frame.x.ticks(6)
    } else {
        let names = chart.categories.iter().enumerate();
        names
            .filter_map(|(index, name)| {
                Some((frame.x.place(index as f64)?, name.clone()))
            })
            .collect()
    };
    for (x, name) in ticks {
        rule(svg, (x, bottom), (x, bottom + 5.0), INK);
        svg.text(x, bottom + 19.0, TICK, &name);
    }
    let middle = f64::midpoint(left, right);
    svg.text(middle, bottom + 42.0, NAME, &chart.x_name);
    svg.text(0.0, 14.0, NAME.at(Anchor::Start), &chart.y_name);
}

fn marks(svg: &mut Svg, chart: &Chart, frame: &Frame) {
    const LOOK: &str =
        "stroke:var(--figure-ink);stroke-width:1;stroke-dasharray:1 3";
    let bounds = frame.bounds;
    let mut upright = Vec::new();
    for mark in &chart.marks {
        let axis = if mark.is_upright { &frame.x } else { &frame.y };
        let Some(at) = axis.place(mark.at) else {
            continue;
        };
        let (start, end) = if mark.is_upright {
            ((at, bounds.top), (at, bounds.bottom))
        } else {
            ((bounds.left, at), (bounds.right, at))
        };
        if clip(start, end, bounds) != Some((start, end)) {
            continue;
        }
        rule(svg, start, end, LOOK);
        if mark.is_upright {
            upright.push((at, mark.name.as_str()));
        } else {
            let look = TICK.at(Anchor::Start).halo();
            svg.text(bounds.left + 6.0, at - 5.0, look, &mark.name);
        }
    }
    upright.sort_by(|one, other| one.0.total_cmp(&other.0));
    let needs: Vec<Need> = upright
        .iter()
        .map(|&(at, name)| {
            let half = width(&one_line(name), TICK.size) / 2.0;
            Need {
                wanted: at.min(WIDTH - half).max(half),
                above: half + 5.0,
                below: half + 5.0,
                weight: 1.0,
            }
        })
        .collect();
    for (&(_, name), x) in upright.iter().zip(spread(&needs)) {
        svg.text(x, bounds.top - 6.0, TICK.halo(), name);
    }
}

/// Where the points of a series stand; nothing where there is none.
fn places(chart: &Chart, index: usize, frame: &Frame) -> Vec<Option<Point>> {
    let series: &Series = &chart.series[index];
    // Points of one category stand beside each other.
    let shift = if chart.categories.is_empty() || series.is_line {
        0.0
    } else {
        14.0 * (index as f64 - (chart.series.len() as f64 - 1.0) / 2.0)
    };
    series
        .points
        .iter()
        .map(|&(x, y)| Some((frame.x.place(x)? + shift, frame.y.place(y)?)))
        .collect()
}

fn line(svg: &mut Svg, index: usize, places: &[Option<Point>], frame: Bounds) {
    let (colour, dashes, _) = LOOKS[index % LOOKS.len()];
    let mut path = String::new();
    let mut pen = None;
    for run in places.split(Option::is_none) {
        let run: Vec<Point> = run.iter().copied().flatten().collect();
        for pair in thinned(&run).windows(2) {
            let Some((start, end)) = clip(pair[0], pair[1], frame) else {
                continue;
            };
            if pen != Some(start) {
                let (x, y) = (number(start.0), number(start.1));
                let _ = write!(path, "M{x} {y}");
            }
            let _ = write!(path, "L{} {}", number(end.0), number(end.1));
            pen = Some(end);
        }
    }
    if !path.is_empty() {
        let stroke = if places.len() <= MANY { 1.8 } else { 1.1 };
        svg.element(format_args!(
            "<path d=\"{path}\" style=\"fill:none;stroke:{colour}\
             ;stroke-width:{stroke};stroke-linejoin:round{dashes}\"/>",
        ));
    }
}

/// Of many points in one unit, the first, the outermost and the last.
fn thinned(points: &[Point]) -> Vec<Point> {
    let mut kept: Vec<Point> = Vec::new();
    #[allow(clippy::float_cmp)] // Both are whole.
    let is_one = |one: &Point, other: &Point| one.0.floor() == other.0.floor();
    for unit in points.chunk_by(is_one) {
        if unit.len() <= 4 {
            kept.extend(unit);
            continue;
        }
        let height = |index: &usize| unit[*index].1;
        let order =
            |one: &usize, other: &usize| height(one).total_cmp(&height(other));
        let mut indices = vec![0, unit.len() - 1];
        indices.extend((0..unit.len()).min_by(order));
        indices.extend((0..unit.len()).max_by(order));
        indices.sort_unstable();
        indices.dedup();
        kept.extend(indices.into_iter().map(|index| unit[index]));
    }
    kept
}

fn marker(svg: &mut Svg, index: usize, (x, y): Point) {
    let (colour, _, marker) = LOOKS[index % LOOKS.len()];
    let full = format!("style=\"fill:{colour}\"");
    let (left, top) = (number(x - 3.5), number(y - 3.5));
    svg.element(match marker {
        Marker::Disc => format!(
            "<circle cx=\"{}\" cy=\"{}\" r=\"3.8\" {full}/>",
            number(x),
            number(y),
        ),
        Marker::Square => format!(
            "<rect x=\"{left}\" y=\"{top}\" width=\"7\" height=\"7\" {full}/>",
        ),
        Marker::Triangle => format!(
            "<path d=\"M{} {} L{} {} L{} {} Z\" {full}/>",
            number(x),
            number(y - 4.8),
            number(x + 4.4),
            number(y + 3.4),
            number(x - 4.4),
            number(y + 3.4),
        ),
        Marker::Ring => format!(
            "<circle cx=\"{}\" cy=\"{}\" r=\"3.6\" \
             style=\"fill:var(--figure-paper);stroke:{colour}\
             ;stroke-width:1.8\"/>",
            number(x),
            number(y),
        ),
    });
}

/// Writes the name of each series beside its last point.
fn names(
    svg: &mut Svg,
    chart: &Chart,
    frame: &Frame,
    mut ends: Vec<(usize, Point)>,
) {
    ends.sort_by(|one, other| one.1.1.total_cmp(&other.1.1));
    let needs: Vec<Need> = ends
        .iter()
        .map(|&(_, (_, y))| Need {
            wanted: y.max(frame.bounds.top).min(frame.bounds.bottom),
            above: ROW / 2.0,
            below: ROW / 2.0,
            weight: 1.0,
        })
        .collect();
    for (&(index, (x, _)), y) in ends.iter().zip(spread(&needs)) {
        let (colour, _, _) = LOOKS[index % LOOKS.len()];
        let look = Type::new(NAME.size, colour).at(Anchor::Start).halo();
        // Beside the chart, if the series ends near there.
        let is_near = x > frame.bounds.right - 60.0;
        let x = if is_near { frame.bounds.right } else { x };
        svg.text(x + 10.0, y + 5.0, look, &chart.series[index].name);
    }
}
