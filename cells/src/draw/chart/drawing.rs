//! A chart as elements of a picture.

use std::fmt::Write as _;
use std::ops::RangeInclusive;

use super::axis::{Axis, Spec};
use super::clip::{Point, clip};
use super::labels::{Label, label};
use super::{Chart, Kind, Series};
use crate::draw::spread::{Need, spread};
use crate::draw::svg::{
    Anchor, Bounds, Colour, Svg, Type, number, one_line, width,
};

/// As little as will do: on a phone the rest is out of sight.
const WIDTH: f64 = 560.0;
const HEIGHT: f64 = 360.0;
pub(super) const NAME: Type = Type::new(14.0, Colour::Ink);
const TICK: Type = Type::new(13.0, Colour::Ink);
/// With so many points a line is of data, each of which is seen.
const DATA: RangeInclusive<usize> = 5..=40;
/// Lines with more points than this are thinner.
const MANY: usize = 400;
const TOP: i32 = 32;
const BOTTOM: i32 = 306;

/// How the n-th series looks.
const LOOKS: [(Colour, &str, Marker); 4] = [
    (Colour::One, "", Marker::Disc),
    (Colour::Two, ";stroke-dasharray:7 4", Marker::Square),
    (Colour::Ink, ";stroke-dasharray:2 3", Marker::Triangle),
    (Colour::Three, ";stroke-dasharray:9 3 2 3", Marker::Diamond),
];

#[derive(Debug, Clone, Copy)]
enum Marker {
    Disc,
    Square,
    Triangle,
    Diamond,
    Ring,
}

/// A straight part of a line.
pub(super) type Part = (Point, Point);

struct Frame {
    x: Axis,
    y: Axis,
    bounds: Bounds,
}

pub(super) fn draw(chart: &Chart) -> String {
    let mut svg = Svg::default();
    let frame = frame(chart);
    grid(&mut svg, chart, &frame);
    let mut taken = marks(&mut svg, chart, &frame);
    let mut lines: Vec<Vec<Part>> = vec![Vec::new(); chart.looks()];
    let mut ends: Vec<Option<(bool, Point)>> = vec![None; chart.looks()];
    let mut markers = Vec::new();
    for series in &chart.series {
        let look = series.look;
        let places = places(chart, series, &frame);
        let is_inside = |place: &Option<Point>| {
            place.filter(|&it| clip(it, it, frame.bounds).is_some())
        };
        let seen: Vec<Point> = places.iter().filter_map(is_inside).collect();
        if series.kind == Kind::Line {
            let parts = parts(&places, frame.bounds);
            line(&mut svg, look, &parts, places.len());
            lines[look].extend(parts);
            if is_data(chart, look, seen.len()) {
                markers.extend(seen.iter().map(|&it| (series, it)));
            } else {
                let runs = places.split(Option::is_none);
                let alone = runs.filter(|run| run.len() == 1).flatten();
                let alone = alone.filter_map(is_inside);
                markers.extend(alone.map(|it| (series, it)));
            }
        } else {
            markers.extend(seen.iter().map(|&it| (series, it)));
        }
        // A name stands at the end of its line, if it has one.
        for end in seen {
            let is_line = series.kind == Kind::Line;
            let is_better = ends[look].is_none_or(|(was_line, last)| {
                let is_later = end.0 >= last.0;
                if is_line == was_line {
                    is_later
                } else {
                    is_line
                }
            });
            if is_better {
                ends[look] = Some((is_line, end));
            }
        }
    }
    for (series, (x, y)) in markers {
        marker(&mut svg, chart, series, (x, y));
        taken.push(Bounds::new(x - 4.0, y - 4.0, x + 4.0, y + 4.0));
    }
    let names = ends.into_iter().enumerate().filter_map(|(look, end)| {
        let name = one_line(&chart.of_look(look).next()?.name);
        let (_, end) = end?;
        (!name.is_empty()).then_some(Label { look, name, end })
    });
    let names: Vec<Label> = names.collect();
    for (name, x, y, anchor) in label(&names, &lines, frame.bounds, &taken) {
        let (colour, _, _) = LOOKS[name.look % LOOKS.len()];
        let look = Type::new(NAME.size, colour).at(anchor).halo();
        svg.text(x, y + 5.0, look, &name.name);
    }
    svg.reach(Bounds::new(0.0, 0.0, WIDTH, HEIGHT));
    svg.document(0.0)
}

/// Whether the points of a line are marked, so many of which are seen.
fn is_data(chart: &Chart, look: usize, seen: usize) -> bool {
    let lines = (0..chart.looks()).filter(|&it| chart.has(it, Kind::Line));
    let is_marked =
        chart.has(look, Kind::Points) || chart.has(look, Kind::Open);
    DATA.contains(&seen) && !is_marked && lines.count() > 1
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
        slack: 1.0,
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
        widest(&mut y.ticks().iter().map(|(_, name)| width(name, TICK.size)))
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
        let only_points =
            chart.series.iter().all(|series| series.kind != Kind::Line);
        let spec = Spec {
            room: if only_points { 0.03 } else { 0.0 },
            slack: 0.1,
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
    for (y, name) in frame.y.ticks() {
        rule(svg, (left, y), (right, y), FAINT);
        svg.text(left - 8.0, y + 4.5, TICK.at(Anchor::End), &name);
    }
    rule(svg, (left, bottom), (right, bottom), INK);
    let ticks = if chart.categories.is_empty() {
        frame.x.ticks()
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

/// Draws the lines of reference, and says what they and their names take.
fn marks(svg: &mut Svg, chart: &Chart, frame: &Frame) -> Vec<Bounds> {
    const LOOK: &str =
        "stroke:var(--figure-ink);stroke-width:1;stroke-dasharray:1 3";
    let bounds = frame.bounds;
    let mut upright = Vec::new();
    let mut taken = Vec::new();
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
        taken.push(Bounds::new(start.0, start.1, end.0, end.1));
        if mark.is_upright {
            upright.push((at, mark.name.as_str()));
        } else {
            let look = TICK.at(Anchor::Start).halo();
            let (left, bottom) = (bounds.left + 6.0, at - 5.0);
            svg.text(left, bottom, look, &mark.name);
            let right = left + width(&one_line(&mark.name), look.size);
            let top = bottom - look.size;
            taken.push(Bounds::new(left, top, right, bottom));
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
        svg.text(x, bounds.top - 8.0, TICK.halo(), name);
    }
    taken
}

/// Where the points of a series stand; nothing where there is none.
fn places(chart: &Chart, series: &Series, frame: &Frame) -> Vec<Option<Point>> {
    // Points of one category stand beside each other.
    let is_beside =
        !chart.categories.is_empty() && !chart.has(series.look, Kind::Line);
    let shift = if is_beside {
        14.0 * (series.look as f64 - (chart.looks() as f64 - 1.0) / 2.0)
    } else {
        0.0
    };
    series
        .points
        .iter()
        .map(|&(x, y)| Some((frame.x.place(x)? + shift, frame.y.place(y)?)))
        .collect()
}

/// A line as far as it is within a frame.
fn parts(places: &[Option<Point>], frame: Bounds) -> Vec<Part> {
    let mut parts = Vec::new();
    for run in places.split(Option::is_none) {
        let run: Vec<Point> = run.iter().copied().flatten().collect();
        let pairs = thinned(&run);
        let pairs = pairs.windows(2);
        parts.extend(pairs.filter_map(|it| clip(it[0], it[1], frame)));
    }
    parts
}

fn line(svg: &mut Svg, look: usize, parts: &[Part], points: usize) {
    let (colour, dashes, _) = LOOKS[look % LOOKS.len()];
    let mut path = String::new();
    let mut pen = None;
    for &(start, end) in parts {
        if pen != Some(start) {
            let (x, y) = (number(start.0), number(start.1));
            let _ = write!(path, "M{x} {y}");
        }
        let _ = write!(path, "L{} {}", number(end.0), number(end.1));
        pen = Some(end);
    }
    if !path.is_empty() {
        let stroke = if points <= MANY { 1.8 } else { 1.1 };
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

fn marker(svg: &mut Svg, chart: &Chart, series: &Series, (x, y): Point) {
    let (colour, _, marker) = LOOKS[series.look % LOOKS.len()];
    let marker = if series.kind == Kind::Open {
        Marker::Ring
    } else if chart.has(series.look, Kind::Open) {
        Marker::Disc
    } else {
        marker
    };
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
        Marker::Diamond => format!(
            "<path d=\"M{} {} L{} {} L{} {} L{} {} Z\" {full}/>",
            number(x),
            number(y - 5.0),
            number(x + 5.0),
            number(y),
            number(x),
            number(y + 5.0),
            number(x - 5.0),
            number(y),
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
