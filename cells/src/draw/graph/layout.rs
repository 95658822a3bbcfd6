//! Where the nodes of a graph stand.

use super::{Graph, Kind, Origin};
use crate::draw::spread::{Need, spread};
use crate::draw::svg::{one_line, width};

pub(super) const NAME_SIZE: f64 = 14.0;
pub(super) const VALUE_SIZE: f64 = 13.0;

/// The height of a row of text.
pub(super) const ROW: f64 = 16.0;
/// What a wire from above or below keeps from the middle of its node.
pub(super) const APPROACH: f64 = 36.0;
/// The length of a parameter's wire.
pub(super) const STUB: f64 = 22.0;
/// How far apart two wires run that change rows between the same columns.
pub(super) const TRACK: f64 = 12.0;
/// The last bit of a wire, with its arrow.
pub(super) const ENTRY: f64 = 12.0;
const RADIUS: f64 = 17.0;
/// Letters in a row of a box, before the next row is begun.
const WRAP: usize = 10;

/// Where one node stands.
#[derive(Debug, Clone)]
pub(super) struct Place {
    pub(super) column: usize,
    pub(super) x: f64,
    pub(super) y: f64,
    pub(super) half_width: f64,
    pub(super) half_height: f64,
    pub(super) rows: Vec<String>,
}

/// What stands in a column, from top to bottom.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum What {
    Node(usize),
    /// A wire of this node that passes by.
    Lane(usize),
}

#[derive(Debug, Clone)]
pub(super) struct Slot {
    pub(super) what: What,
    pub(super) y: f64,
    above: f64,
    below: f64,
}

/// One wire's way into one node.
#[derive(Debug, Clone, Copy)]
pub(super) struct Edge {
    /// The index of the wire or of its branch.
    pub(super) wire: usize,
    pub(super) from: usize,
    pub(super) to: usize,
}

/// The space between a column and the next one.
#[derive(Debug, Clone, Default)]
pub(super) struct Gap {
    /// Where the values of the wires that begin here are centred.
    pub(super) values: f64,
    /// Where the first of the wires that change rows does so.
    pub(super) tracks: f64,
    /// Where the values of branches that end here are centred.
    pub(super) branches: f64,
    /// Where the next column begins.
    pub(super) end: f64,
}

#[derive(Debug, Clone)]
pub(super) struct Layout {
    pub(super) places: Vec<Place>,
    pub(super) columns: Vec<Vec<Slot>>,
    pub(super) edges: Vec<Edge>,
    pub(super) gaps: Vec<Gap>,
}

impl Layout {
    pub(super) fn new(graph: &Graph) -> Layout {
        // As tight as can be with the fewest bends in wires that pass by.
        let mut best = Layout::with_pitch(graph, 2.0 * APPROACH);
        for pitch in [84.0, 96.0, 108.0, 120.0, 132.0] {
            if best.bends() == 0 {
                break;
            }
            let wider = Layout::with_pitch(graph, pitch);
            if wider.bends() < best.bends() {
                best = wider;
            }
        }
        best
    }

    fn with_pitch(graph: &Graph, pitch: f64) -> Layout {
        let mut layout = Layout {
            places: places(graph),
            columns: Vec::new(),
            edges: edges(graph),
            gaps: Vec::new(),
        };
        let count = layout
            .places
            .iter()
            .map(|place| place.column + 1)
            .max()
            .unwrap_or(0);
        for column in 0..count {
            layout.fill(graph, column, pitch);
        }
        layout
    }

    /// Puts the nodes of a column, and the wires that pass it, below each
    /// other, each as near as can be to where its wires come from.
    fn fill(&mut self, graph: &Graph, column: usize, pitch: f64) {
        let mut slots = Vec::new();
        for (node, place) in self.places.iter().enumerate() {
            if place.column == column {
                slots.push(self.slot(graph, node));
            }
        }
        for (node, place) in self.places.iter().enumerate() {
            let passes = self.edges.iter().any(|edge| {
                edge.from == node && self.places[edge.to].column > column
            });
            if place.column < column && passes {
                slots.push(Slot {
                    what: What::Lane(node),
                    y: self.height(node, column - 1),
                    above: 24.0,
                    below: 24.0,
                });
            }
        }
        if column == 0 {
            // As declared: far enough apart to be moved to its place.
            let mut y = 0.0;
            for slot in &mut slots {
                slot.y = y + slot.above;
                y += (slot.above + slot.below).max(pitch);
            }
        } else {
            slots.sort_by(|one, other| one.y.total_cmp(&other.y));
            part(&mut slots);
        }
        for slot in &slots {
            if let What::Node(node) = slot.what {
                self.places[node].y = slot.y;
            }
        }
        self.columns.push(slots);
    }

    fn slot(&self, graph: &Graph, node: usize) -> Slot {
        let place = &self.places[node];
        let sources: Vec<f64> = self
            .edges
            .iter()
            .filter(|edge| edge.to == node)
            .map(|edge| self.height(edge.from, place.column.saturating_sub(1)))
            .collect();
        let y = sources.iter().sum::<f64>() / sources.len().max(1) as f64;
        let mut above = (place.half_height + 10.0).max(28.0);
        if sources.len() > 1 {
            above = above.max(APPROACH + 4.0);
        }
        let mut below = above;
        if graph.nodes[node].kind == Kind::Input {
            (above, below) = (APPROACH, APPROACH);
        }
        let count = graph.nodes[node].parameters.len();
        if count > 0 {
            let rows = parameter_rows(graph, node) * count.div_ceil(2);
            below = place.half_height + STUB + ROW * rows as f64 + 8.0;
        }
        Slot {
            what: What::Node(node),
            y,
            above,
            below,
        }
    }

    /// How often a wire changes rows to pass by.
    fn bends(&self) -> usize {
        let mut bends = 0;
        for (column, slots) in self.columns.iter().enumerate().skip(1) {
            for slot in slots {
                if let What::Lane(node) = slot.what {
                    let before = self.height(node, column - 1);
                    bends += usize::from((slot.y - before).abs() > 0.01);
                }
            }
        }
        bends
    }

    /// The row in which the wire of a node runs at a column.
    pub(super) fn height(&self, node: usize, column: usize) -> f64 {
        self.columns
            .get(column)
            .and_then(|slots| {
                slots.iter().find(|slot| slot.what == What::Lane(node))
            })
            .map_or(self.places[node].y, |slot| slot.y)
    }

    /// Puts the columns beside each other, when it is known how many wires
    /// change rows between them.
    pub(super) fn set_columns(&mut self, graph: &Graph, tracks: &[usize]) {
        let mut left = 0.0;
        let mut sides: Vec<(f64, f64)> = Vec::new();
        for column in 0..self.columns.len() {
            let half_width = self
                .in_column(column)
                .map(|node| self.places[node].half_width)
                .fold(0.0, f64::max);
            let (side, reach) = self.below_sides(graph, column);
            let last = column.checked_sub(1);
            let is_tight = last.is_some_and(|it| self.is_taller(it, column));
            // What stands below a node keeps off wires and nodes beside it.
            let before = if is_tight {
                half_width.max(side)
            } else {
                half_width
            };
            let mut x = left + before;
            for &(middle, reach) in &sides {
                if side > 0.0 && reach > 0.0 {
                    x = x.max(middle + reach + side + 14.0);
                }
            }
            let moved = x - before - left;
            if let Some(gap) = self.gaps.last_mut() {
                gap.values += moved / 2.0;
                gap.tracks += moved;
                gap.branches += moved;
                gap.end += moved;
            }
            sides.push((x, reach));
            let is_tight = self.is_taller(column + 1, column);
            let right = x + if is_tight {
                half_width.max(reach)
            } else {
                half_width
            };
            for node in self.in_column(column).collect::<Vec<_>>() {
                let place = &mut self.places[node];
                place.x = match graph.nodes[node].kind {
                    Kind::Input => x + half_width - place.half_width,
                    Kind::Operation => x,
                    Kind::Output => x - half_width + place.half_width,
                };
            }
            let values = self.values(graph, column);
            let branches = self.branches(graph, column + 1);
            let tracks = tracks.get(column).copied().unwrap_or(0) as f64;
            let start = right + values + if tracks > 0.0 { 6.0 } else { 0.0 };
            let middle = start + tracks * TRACK;
            left = middle + branches + ENTRY;
            self.gaps.push(Gap {
                values: right + f64::midpoint(values, ENTRY) - 4.0,
                tracks: start,
                branches: middle + branches / 2.0,
                end: left,
            });
        }
    }

    /// Whether a column has a node that reaches below what another's have
    /// below them.
    fn is_taller(&self, one: usize, other: usize) -> bool {
        let bottom = |node: usize| {
            let place = &self.places[node];
            place.y + place.half_height
        };
        let lowest = |column: usize| self.in_column(column).map(bottom);
        let most = lowest(one).fold(f64::NEG_INFINITY, f64::max);
        lowest(other).any(|bottom| most > bottom + STUB - 4.0)
    }

    fn in_column(&self, column: usize) -> impl Iterator<Item = usize> + '_ {
        let at = move |place: &Place| place.column == column;
        (0..self.places.len()).filter(move |&node| at(&self.places[node]))
    }

    /// How wide the values are of the wires that begin in a column.
    fn values(&self, graph: &Graph, column: usize) -> f64 {
        graph
            .wires
            .iter()
            .enumerate()
            .filter(|(_, line)| {
                matches!(line.from, Origin::Node(node)
                    if self.places[node].column == column)
            })
            .map(|(wire, _)| value_width(graph, wire))
            .fold(0.0, f64::max)
    }

    /// How wide the values are of the branches that end in a column.
    fn branches(&self, graph: &Graph, column: usize) -> f64 {
        self.edges
            .iter()
            .filter(|edge| {
                self.places[edge.to].column == column
                    && matches!(graph.wires[edge.wire].from, Origin::Wire(_))
            })
            .map(|edge| value_width(graph, edge.wire))
            .fold(0.0, f64::max)
    }

    /// How far the parameters of a column reach left and right of its middle.
    fn below_sides(&self, graph: &Graph, column: usize) -> (f64, f64) {
        let mut sides = (0.0_f64, 0.0_f64);
        for node in self.in_column(column) {
            let parameters = &graph.nodes[node].parameters;
            let count = parameters.len();
            for (index, wire) in parameters.iter().enumerate() {
                let width = parameter_width(graph, wire.0);
                let x = stub(index, count);
                let (left, right) = if count == 1 {
                    (width / 2.0, width / 2.0)
                } else if 2 * index < count {
                    (width + 6.0 - x, 0.0)
                } else {
                    (0.0, width + 6.0 + x)
                };
                sides = (sides.0.max(left), sides.1.max(right));
            }
        }
        sides
    }
}

/// Where a parameter enters its node, from the node's middle.
pub(super) fn stub(index: usize, count: usize) -> f64 {
    let step = if count > 2 { 10.0 } else { 20.0 };
    (index as f64 - (count as f64 - 1.0) / 2.0) * step
}

/// How many parameters have their texts above those of a parameter: of each
/// half, the outermost one is the highest.
pub(super) fn depth(index: usize, count: usize) -> usize {
    index.min(count - 1 - index)
}

/// The text of a value of the backward pass.
pub(super) fn gradient(arrow: char, value: &str) -> String {
    format!("{arrow} {}", one_line(value))
}

fn value_width(graph: &Graph, wire: usize) -> f64 {
    let line = &graph.wires[wire];
    let forward = line
        .forward
        .as_ref()
        .map_or(0.0, |value| width(&one_line(value), VALUE_SIZE));
    let backward = line
        .backward
        .as_ref()
        .map_or(0.0, |value| width(&gradient('←', value), VALUE_SIZE));
    let widest = forward.max(backward);
    if widest > 0.0 { widest + 14.0 } else { 8.0 }
}

fn parameter_width(graph: &Graph, wire: usize) -> f64 {
    let line = &graph.wires[wire];
    let name = match &line.from {
        Origin::Parameter(name) => width(&one_line(name), NAME_SIZE),
        Origin::Node(_) | Origin::Wire(_) => 0.0,
    };
    name.max(value_width(graph, wire) - 14.0)
}

/// The most rows of text that a parameter of a node has.
pub(super) fn parameter_rows(graph: &Graph, node: usize) -> usize {
    graph.nodes[node]
        .parameters
        .iter()
        .map(|wire| {
            let line = &graph.wires[wire.0];
            1 + usize::from(line.forward.is_some())
                + usize::from(line.backward.is_some())
        })
        .max()
        .unwrap_or(0)
}

fn edges(graph: &Graph) -> Vec<Edge> {
    let mut edges = Vec::new();
    for (to, node) in graph.nodes.iter().enumerate() {
        for wire in &node.inputs {
            if let Some(from) = graph.source(*wire) {
                edges.push(Edge {
                    wire: wire.0,
                    from,
                    to,
                });
            }
        }
    }
    edges
}

/// The sizes and columns of all nodes, before any has its place.
fn places(graph: &Graph) -> Vec<Place> {
    let mut places: Vec<Place> = Vec::new();
    for node in &graph.nodes {
        let column = node
            .inputs
            .iter()
            .filter_map(|&wire| graph.source(wire))
            .map(|from| places[from].column + 1)
            .max()
            .unwrap_or(0);
        let name = one_line(&node.name);
        let (rows, half_width, half_height) = match node.kind {
            Kind::Operation if name.chars().count() <= 2 => {
                (vec![name], RADIUS, RADIUS)
            }
            Kind::Operation => {
                let rows = wrap(&name);
                let widest = rows
                    .iter()
                    .map(|row| width(row, NAME_SIZE))
                    .fold(0.0, f64::max);
                let height = ROW * rows.len() as f64
                    + if rows.len() > 1 { 10.0 } else { 18.0 };
                (rows, widest / 2.0 + 10.0, height / 2.0)
            }
            Kind::Input | Kind::Output => {
                let half = width(&name, NAME_SIZE) / 2.0 + 4.0;
                (vec![name], half, ROW / 2.0)
            }
        };
        places.push(Place {
            column,
            x: 0.0,
            y: 0.0,
            half_width,
            half_height,
            rows,
        });
    }
    // All outputs stand at the right.
    let last = places.iter().map(|place| place.column).max().unwrap_or(0);
    for (node, place) in graph.nodes.iter().zip(&mut places) {
        if node.kind == Kind::Output {
            place.column = last;
        }
    }
    places
}

/// The rows of a name that is too long for one.
fn wrap(name: &str) -> Vec<String> {
    let mut rows: Vec<String> = Vec::new();
    for word in name.split_whitespace() {
        match rows.last_mut() {
            Some(row)
                if row.chars().count() + 1 + word.chars().count() <= WRAP =>
            {
                row.push(' ');
                row.push_str(word);
            }
            _ => rows.push(word.to_owned()),
        }
    }
    rows
}

/// Moves slots as little as possible, so that none touches the next one. Wires
/// that pass by stay where they are, if they can.
fn part(slots: &mut [Slot]) {
    let needs: Vec<Need> = slots
        .iter()
        .map(|slot| Need {
            wanted: slot.y,
            above: slot.above,
            below: slot.below,
            weight: match slot.what {
                What::Lane(_) => 1e4,
                What::Node(_) => 1.0,
            },
        })
        .collect();
    for (slot, y) in slots.iter_mut().zip(spread(&needs)) {
        // Whole units: a wire that hardly moves is a straight one.
        slot.y = y.round();
    }
}
