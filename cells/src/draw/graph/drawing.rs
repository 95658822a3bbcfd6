//! A graph as elements of a picture.

use std::fmt::Write as _;

use super::layout::{
    Layout, NAME_SIZE, Place, ROW, STUB, VALUE_SIZE, depth, gradient,
    parameter_rows, stub,
};
use super::wires::{Point, Route, Wiring, way};
use super::{Graph, Kind, Origin};
use crate::draw::svg::{Anchor, Bounds, Colour, Svg, Type, number, one_line};

const NAME: Type = Type::new(NAME_SIZE, Colour::Ink);
const FORWARD: Type = Type::new(VALUE_SIZE, Colour::One);
const BACKWARD: Type = Type::new(VALUE_SIZE, Colour::Two).italic();
const CORNER: f64 = 8.0;
const ARROW: f64 = 7.0;

pub(super) fn draw(graph: &Graph, wiring: &Wiring) -> String {
    let mut svg = Svg::default();
    let layout = &wiring.layout;
    for (index, route) in wiring.routes.iter().enumerate() {
        let points = own_part(route, &wiring.routes[..index]);
        wire(&mut svg, &points, &wiring.forks);
    }
    for &(x, y) in &wiring.forks {
        svg.element(format_args!(
            "<circle cx=\"{}\" cy=\"{}\" r=\"3.5\" \
             style=\"fill:var(--figure-ink)\"/>",
            number(x),
            number(y),
        ));
    }
    for (node, place) in layout.places.iter().enumerate() {
        match graph.nodes[node].kind {
            Kind::Input => svg.text(
                place.x + place.half_width - 8.0,
                place.y + 5.0,
                NAME.at(Anchor::End),
                &graph.nodes[node].name,
            ),
            Kind::Output => svg.text(
                place.x - place.half_width + 6.0,
                place.y + 5.0,
                NAME.at(Anchor::Start),
                &graph.nodes[node].name,
            ),
            Kind::Operation => operation(&mut svg, place),
        }
        parameters(&mut svg, graph, node, place);
    }
    values(&mut svg, graph, layout, wiring);
    svg.document(6.0)
}

/// The part of a way that no earlier way of the same wire has drawn.
fn own_part(route: &Route, earlier: &[Route]) -> Vec<Point> {
    let mut best = route.points.clone();
    let mut shared = 0.0;
    for other in earlier {
        if other.edge.from != route.edge.from {
            continue;
        }
        let (one, two) = (&route.points, &other.points);
        let mut at = 0;
        while at + 1 < one.len().min(two.len()) && one[at + 1] == two[at + 1] {
            at += 1;
        }
        let mut points = one[at..].to_vec();
        let mut length: f64 =
            one[..=at].windows(2).map(|it| distance(it[0], it[1])).sum();
        if let (Some(&mine), Some(&theirs)) = (one.get(at + 1), two.get(at + 1))
            && way(one[at], mine) == way(one[at], theirs)
        {
            let (near, far) =
                (distance(one[at], mine), distance(one[at], theirs));
            length += near.min(far);
            if far < near {
                points[0] = theirs;
            } else {
                points.remove(0);
            }
        }
        if length > shared {
            shared = length;
            best = points;
        }
    }
    best
}

fn distance(one: Point, other: Point) -> f64 {
    (one.0 - other.0).abs() + (one.1 - other.1).abs()
}

/// A wire with round corners, and its arrow.
fn wire(svg: &mut Svg, points: &[Point], forks: &[Point]) {
    let [.., before, end] = points else {
        return;
    };
    let (x, y) = toward(*end, *before, ARROW - 1.0);
    let mut path = format!("M{} {}", number(points[0].0), number(points[0].1));
    for corner in points.windows(3) {
        let (start, middle, next) = (corner[0], corner[1], corner[2]);
        let radius = CORNER
            .min(distance(start, middle) / 2.0)
            .min((distance(middle, next) - ARROW).max(0.0));
        if forks.contains(&middle) || way(start, middle) == way(middle, next) {
            let _ = write!(path, " L{} {}", number(middle.0), number(middle.1));
            continue;
        }
        let (from, to) =
            (toward(middle, start, radius), toward(middle, next, radius));
        let _ = write!(
            path,
            " L{} {} Q{} {} {} {}",
            number(from.0),
            number(from.1),
            number(middle.0),
            number(middle.1),
            number(to.0),
            number(to.1),
        );
    }
    let _ = write!(path, " L{} {}", number(x), number(y));
    svg.element(format_args!(
        "<path d=\"{path}\" \
         style=\"fill:none;stroke:var(--figure-ink);stroke-width:1.3\"/>",
    ));
    arrow(svg, *before, *end);
    for &(x, y) in points {
        svg.reach(Bounds::new(x, y, x, y));
    }
}

/// The head of an arrow that ends at a point.
fn arrow(svg: &mut Svg, from: Point, end: Point) {
    let (x, y) = toward(end, from, ARROW);
    let (side_x, side_y) = ((y - end.1) / 2.0, (x - end.0) / 2.0);
    svg.element(format_args!(
        "<path d=\"M{} {} L{} {} L{} {} Z\" style=\"fill:var(--figure-ink)\"/>",
        number(end.0),
        number(end.1),
        number(x + side_x),
        number(y + side_y),
        number(x - side_x),
        number(y - side_y),
    ));
}

/// The point so far from one point on the way to another.
fn toward(from: Point, to: Point, length: f64) -> Point {
    let whole = distance(from, to);
    if whole < 0.01 {
        return from;
    }
    let share = length / whole;
    (
        from.0 + (to.0 - from.0) * share,
        from.1 + (to.1 - from.1) * share,
    )
}

fn operation(svg: &mut Svg, place: &Place) {
    const LOOK: &str = "fill:var(--figure-paper);stroke:var(--figure-ink)\
                        ;stroke-width:1.5";
    let (x, y) = (place.x, place.y);
    let (half_width, half_height) = (place.half_width, place.half_height);
    svg.reach(Bounds::new(
        x - half_width,
        y - half_height,
        x + half_width,
        y + half_height,
    ));
    let is_sign =
        place.rows.len() < 2 && (half_width - half_height).abs() < 0.01;
    if is_sign {
        svg.element(format_args!(
            "<circle cx=\"{}\" cy=\"{}\" r=\"{}\" style=\"{LOOK}\"/>",
            number(x),
            number(y),
            number(half_width),
        ));
    } else {
        svg.element(format_args!(
            "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"7\" \
             style=\"{LOOK}\"/>",
            number(x - half_width),
            number(y - half_height),
            number(2.0 * half_width),
            number(2.0 * half_height),
        ));
    }
    let look = if is_sign {
        // A dot as large as a cross is hardly seen.
        let size = if place.rows == ["·"] { 30.0 } else { 22.0 };
        Type::new(size, Colour::Ink)
    } else {
        NAME
    };
    let first = y + (0.35 * look.size).min(8.4)
        - ROW * (place.rows.len().saturating_sub(1)) as f64 / 2.0;
    for (row, text) in place.rows.iter().enumerate() {
        svg.text(x, first + ROW * row as f64, look, text);
    }
}

/// What enters a node from below, with its name and values under it.
fn parameters(svg: &mut Svg, graph: &Graph, node: usize, place: &Place) {
    let parameters = &graph.nodes[node].parameters;
    let count = parameters.len();
    let bottom = place.y + place.half_height;
    for (index, parameter) in parameters.iter().enumerate() {
        let line = &graph.wires[parameter.0];
        let x = place.x + stub(index, count);
        let rows = parameter_rows(graph, node) * depth(index, count);
        let mut length = STUB + ROW * rows as f64;
        let mut y = bottom + length + 14.0;
        let mut text_x = x;
        let mut anchor = Anchor::Middle;
        if count > 1 {
            length += 10.0;
            let is_left = 2 * index < count;
            anchor = if is_left { Anchor::End } else { Anchor::Start };
            text_x += if is_left { -6.0 } else { 6.0 };
        }
        wire(svg, &[(x, bottom + length), (x, bottom)], &[]);
        if let Origin::Parameter(name) = &line.from {
            svg.text(text_x, y, NAME.at(anchor), name);
        }
        if let Some(value) = &line.forward {
            y += ROW;
            svg.text(text_x, y, FORWARD.at(anchor), value);
        }
        if let Some(value) = &line.backward {
            y += ROW;
            let value = gradient('↓', value);
            svg.text(text_x, y, BACKWARD.at(anchor), &value);
        }
    }
}

fn values(svg: &mut Svg, graph: &Graph, layout: &Layout, wiring: &Wiring) {
    let mut write = |wire: usize, x: f64, y: f64| {
        let line = &graph.wires[wire];
        if let Some(value) = &line.forward {
            svg.text(x, y - 7.0, FORWARD.halo(), &one_line(value));
        }
        if let Some(value) = &line.backward {
            svg.text(x, y + 18.0, BACKWARD.halo(), &gradient('←', value));
        }
    };
    for (wire, line) in graph.wires.iter().enumerate() {
        if let Origin::Node(node) = line.from {
            let place = &layout.places[node];
            write(wire, layout.gaps[place.column].values, place.y);
        }
    }
    for route in &wiring.routes {
        if let Origin::Wire(_) = graph.wires[route.edge.wire].from {
            let column = layout.places[route.edge.to].column;
            let gap = &layout.gaps[column - 1];
            write(route.edge.wire, gap.branches, route.row);
        }
    }
}
