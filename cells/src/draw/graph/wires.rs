//! How the wires of a graph run.

use super::layout::{APPROACH, Edge, Layout, Slot, TRACK, What};
use super::{Graph, Kind};

pub(super) type Point = (f64, f64);

/// The way of one edge, corner by corner, from its node to the next.
#[derive(Debug, Clone)]
pub(super) struct Route {
    pub(super) edge: Edge,
    pub(super) points: Vec<Point>,
    /// The row of its last horizontal part.
    pub(super) row: f64,
}

#[derive(Debug, Clone)]
pub(super) struct Wiring {
    pub(super) layout: Layout,
    pub(super) routes: Vec<Route>,
    /// Where wires fork.
    pub(super) forks: Vec<Point>,
}

/// Where an edge enters its node.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Door {
    Left(f64),
    Above,
    Below,
}

/// A change of rows between a column and the next one.
#[derive(Debug, Clone, Copy)]
struct Shift {
    gap: usize,
    from: usize,
    start: f64,
    end: f64,
    track: usize,
}

impl Wiring {
    pub(super) fn new(graph: &Graph, layout: &Layout) -> Wiring {
        let doors = doors(graph, layout);
        let rows: Vec<Vec<f64>> = layout
            .edges
            .iter()
            .zip(&doors)
            .map(|(edge, door)| rows(layout, edge, *door))
            .collect();
        let shifts = shifts(layout, &rows);
        let mut tracks = vec![0; layout.columns.len()];
        for shift in &shifts {
            tracks[shift.gap] = tracks[shift.gap].max(shift.track + 1);
        }
        let mut layout = layout.clone();
        layout.set_columns(graph, &tracks);
        let routes: Vec<Route> = layout
            .edges
            .iter()
            .enumerate()
            .map(|(index, edge)| {
                let rows = &rows[index];
                Route {
                    edge: *edge,
                    points: points(&layout, edge, doors[index], rows, &shifts),
                    row: rows.last().copied().unwrap_or(0.0),
                }
            })
            .collect();
        let forks = forks(&routes);
        Wiring {
            layout,
            routes,
            forks,
        }
    }
}

/// Which side of its node each edge enters.
fn doors(graph: &Graph, layout: &Layout) -> Vec<Door> {
    let mut doors = vec![Door::Left(0.0); layout.edges.len()];
    for (node, place) in layout.places.iter().enumerate() {
        let mut edges: Vec<usize> = (0..layout.edges.len())
            .filter(|&index| layout.edges[index].to == node)
            .collect();
        edges.sort_by(|&one, &other| {
            let height = |index: usize| {
                let edge = layout.edges[index];
                layout.height(edge.from, place.column.saturating_sub(1))
            };
            height(one).total_cmp(&height(other))
        });
        let mut left: &[usize] = &edges;
        if graph.nodes[node].kind == Kind::Operation && edges.len() > 1 {
            doors[edges[0]] = Door::Above;
            left = &edges[1..];
            if graph.nodes[node].parameters.is_empty() {
                doors[edges[edges.len() - 1]] = Door::Below;
                left = &edges[1..edges.len() - 1];
            }
        }
        let step = (2.0 * place.half_height - 10.0) / left.len().max(1) as f64;
        let middle = (left.len().max(1) - 1) as f64 / 2.0;
        for (position, &edge) in left.iter().enumerate() {
            let shift = (position as f64 - middle) * step.min(14.0);
            doors[edge] = Door::Left(place.y + shift);
        }
    }
    doors
}

/// The row of an edge at its start and in every gap that it crosses.
fn rows(layout: &Layout, edge: &Edge, door: Door) -> Vec<f64> {
    let (from, to) = (&layout.places[edge.from], &layout.places[edge.to]);
    let mut rows = vec![from.y];
    for column in from.column + 1..to.column {
        rows.push(layout.height(edge.from, column));
    }
    let here = rows[rows.len() - 1];
    rows.push(match door {
        Door::Left(row) => row,
        Door::Above if is_free(layout, edge, here, true) => here,
        Door::Below if is_free(layout, edge, here, false) => here,
        Door::Above => to.y - APPROACH.max(to.half_height + 12.0),
        Door::Below => to.y + APPROACH.max(to.half_height + 12.0),
    });
    rows
}

/// Whether a wire can run on in its row until it is above, or below, its node.
fn is_free(layout: &Layout, edge: &Edge, row: f64, above: bool) -> bool {
    let place = &layout.places[edge.to];
    let side = if above { -1.0 } else { 1.0 };
    if (row - place.y) * side < place.half_height + 12.0 {
        return false;
    }
    let between = |slot: &&Slot| {
        let own = slot.what == What::Lane(edge.from)
            || slot.what == What::Node(edge.to);
        !own && (slot.y - place.y) * side > 0.0 && (slot.y - row) * side < 24.0
    };
    layout.columns[place.column].iter().find(between).is_none()
}

/// All changes of rows, each on a track where it meets no other wire's.
fn shifts(layout: &Layout, rows: &[Vec<f64>]) -> Vec<Shift> {
    let mut shifts: Vec<Shift> = Vec::new();
    for (edge, rows) in layout.edges.iter().zip(rows) {
        let first = layout.places[edge.from].column;
        for (step, pair) in rows.windows(2).enumerate() {
            if differ(pair[0], pair[1]) {
                shifts.push(Shift {
                    gap: first + step,
                    from: edge.from,
                    start: pair[0],
                    end: pair[1],
                    track: 0,
                });
            }
        }
    }
    // Of two that go down, the lower one turns first, and does not cross.
    shifts.sort_by(|one, other| {
        let order = |shift: &Shift| {
            let down = shift.end > shift.start;
            (down, if down { -shift.start } else { shift.start })
        };
        let (one, other) = (order(one), order(other));
        one.0.cmp(&other.0).then(one.1.total_cmp(&other.1))
    });
    for index in 0..shifts.len() {
        let shift = shifts[index];
        let done = &shifts[..index];
        let own = done
            .iter()
            .find(|other| other.gap == shift.gap && other.from == shift.from);
        shifts[index].track = own.map_or_else(
            || {
                let is_taken = |track: usize| {
                    done.iter().any(|other| {
                        other.gap == shift.gap
                            && other.track == track
                            && overlap(other, &shift)
                    })
                };
                (0..done.len())
                    .find(|&it| !is_taken(it))
                    .unwrap_or(done.len())
            },
            |own| own.track,
        );
    }
    shifts
}

fn overlap(one: &Shift, other: &Shift) -> bool {
    let ends = |it: &Shift| (it.start.min(it.end), it.start.max(it.end));
    let (one, other) = (ends(one), ends(other));
    one.0 < other.1 + 10.0 && other.0 < one.1 + 10.0
}

fn differ(one: f64, other: f64) -> bool {
    (one - other).abs() > 0.01
}

fn points(
    layout: &Layout,
    edge: &Edge,
    door: Door,
    rows: &[f64],
    shifts: &[Shift],
) -> Vec<Point> {
    let (from, to) = (&layout.places[edge.from], &layout.places[edge.to]);
    let mut points = vec![(from.x + from.half_width, rows[0])];
    for (step, pair) in rows.windows(2).enumerate() {
        let gap = from.column + step;
        let shift = shifts
            .iter()
            .find(|shift| shift.gap == gap && shift.from == edge.from);
        if let (true, Some(shift)) = (differ(pair[0], pair[1]), shift) {
            let x = layout.gaps[gap].tracks + shift.track as f64 * TRACK;
            points.push((x, pair[0]));
            points.push((x, pair[1]));
        }
    }
    let row = rows[rows.len() - 1];
    match door {
        Door::Left(row) => {
            // A door off the middle of a circle is a bit further right.
            points.push((to.x - to.half_width, row));
        }
        Door::Above => {
            points.push((to.x, row));
            points.push((to.x, to.y - to.half_height));
        }
        Door::Below => {
            points.push((to.x, row));
            points.push((to.x, to.y + to.half_height));
        }
    }
    points
}

/// The points from which the ways of one node's wire go on in three ways.
fn forks(routes: &[Route]) -> Vec<Point> {
    let mut forks: Vec<Point> = Vec::new();
    for route in routes {
        let own: Vec<&Route> = routes
            .iter()
            .filter(|other| other.edge.from == route.edge.from)
            .collect();
        let inner = &route.points[1..route.points.len() - 1];
        for &corner in inner {
            let mut ways = [false; 4];
            for pair in own.iter().flat_map(|other| other.points.windows(2)) {
                let (start, end) = (pair[0], pair[1]);
                if is_on(corner, start, end) {
                    for target in [start, end] {
                        if let Some(way) = way(corner, target) {
                            ways[way] = true;
                        }
                    }
                }
            }
            let count = ways.iter().filter(|&&way| way).count();
            if count > 2 && !forks.contains(&corner) {
                forks.push(corner);
            }
        }
    }
    forks
}

fn is_on(point: Point, start: Point, end: Point) -> bool {
    let within = |value: f64, one: f64, other: f64| {
        value >= one.min(other) - 0.01 && value <= one.max(other) + 0.01
    };
    within(point.0, start.0, end.0) && within(point.1, start.1, end.1)
}

/// Right, down, left or up.
pub(super) fn way(from: Point, to: Point) -> Option<usize> {
    let (x, y) = (to.0 - from.0, to.1 - from.1);
    if x.abs() < 0.01 && y.abs() < 0.01 {
        None
    } else if x.abs() > y.abs() {
        Some(if x > 0.0 { 0 } else { 2 })
    } else {
        Some(if y > 0.0 { 1 } else { 3 })
    }
}
