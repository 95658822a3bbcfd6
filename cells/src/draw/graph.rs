//! A computational graph.

mod drawing;
mod layout;
mod wires;

use std::fmt::{self, Display};

/// A computational graph, drawn from left to right: a node for each operation,
/// a wire for each value, which forks at a dot where two nodes need it.
///
/// A name of one or two letters, such as `×`, stands in a circle, a longer one
/// in a box. Values of the forward pass stand above their wires, upright; those
/// of the backward pass below, in italics, with an arrow the way they flow.
///
/// Inputs stand at the left, from top to bottom as they are made.
///
/// ```
/// let mut g = cells::draw::Graph::new();
/// let apple = g.input("apple");
/// let count = g.input("apple_num");
/// let bill = g.node("×", [apple, count]);
/// g.output(bill, "bill");
/// g.forward(apple, 100).forward(count, 2).forward(bill, 200);
/// g.backward(bill, 1).backward(count, 100).backward(apple, 2);
/// assert!(g.to_string().starts_with("<svg"));
/// ```
#[derive(Debug, Clone, Default)]
pub struct Graph {
    nodes: Vec<Node>,
    wires: Vec<Line>,
}

/// The value that a node or an input of a [`Graph`] puts out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wire(usize);

#[derive(Debug, Clone)]
struct Node {
    kind: Kind,
    name: String,
    inputs: Vec<Wire>,
    parameters: Vec<Wire>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Input,
    Operation,
    Output,
}

#[derive(Debug, Clone)]
struct Line {
    from: Origin,
    forward: Option<String>,
    backward: Option<String>,
}

#[derive(Debug, Clone)]
enum Origin {
    /// The node with this index.
    Node(usize),
    /// Another wire, of which this is one end.
    Wire(Wire),
    /// Below a node, with its name.
    Parameter(String),
}

impl Graph {
    /// A graph of nothing.
    #[must_use]
    pub fn new() -> Graph {
        Graph::default()
    }

    /// A value that enters at the left.
    pub fn input(&mut self, name: impl Display) -> Wire {
        self.add(Kind::Input, &name, Vec::new())
    }

    /// An operation on values, and the wire of its result. Two values enter
    /// from above and from below, as they come.
    pub fn node(
        &mut self,
        name: impl Display,
        inputs: impl IntoIterator<Item = Wire>,
    ) -> Wire {
        let inputs = inputs.into_iter().collect();
        self.add(Kind::Operation, &name, inputs)
    }

    /// A value that enters the node of the wire `of` from below, such as a
    /// layer's weight. Its own wire leads nowhere else.
    pub fn parameter(&mut self, of: Wire, name: impl Display) -> Wire {
        let wire = self.line(Origin::Parameter(name.to_string()));
        if let Some(node) = self.source(of) {
            self.nodes[node].parameters.push(wire);
        }
        wire
    }

    /// One end of a wire that forks, with values of its own, for one input of
    /// one node.
    pub fn branch(&mut self, of: Wire) -> Wire {
        self.line(Origin::Wire(of))
    }

    /// Leads a wire out at the right, with a name. A wire that leads nowhere is
    /// led out without one.
    pub fn output(&mut self, wire: Wire, name: impl Display) -> &mut Graph {
        self.add(Kind::Output, &name, vec![wire]);
        self
    }

    /// Writes the value of the forward pass above a wire.
    pub fn forward(&mut self, wire: Wire, value: impl Display) -> &mut Graph {
        if let Some(line) = self.wires.get_mut(wire.0) {
            line.forward = Some(typeset(&value));
        }
        self
    }

    /// Writes the value of the backward pass below a wire, after an arrow. An
    /// arrow that the value itself begins with is left out.
    pub fn backward(&mut self, wire: Wire, value: impl Display) -> &mut Graph {
        if let Some(line) = self.wires.get_mut(wire.0) {
            let value = value.to_string();
            let bare = value.trim_start_matches(['←', '↓', ' ']);
            line.backward = Some(typeset(&bare));
        }
        self
    }

    fn add(
        &mut self,
        kind: Kind,
        name: &dyn Display,
        mut inputs: Vec<Wire>,
    ) -> Wire {
        // A wire of another graph, or from below a node, has no place here.
        inputs.retain(|&wire| self.source(wire).is_some());
        self.nodes.push(Node {
            kind,
            name: name.to_string(),
            inputs,
            parameters: Vec::new(),
        });
        self.line(Origin::Node(self.nodes.len() - 1))
    }

    fn line(&mut self, from: Origin) -> Wire {
        self.wires.push(Line {
            from,
            forward: None,
            backward: None,
        });
        Wire(self.wires.len() - 1)
    }

    /// The node that a wire comes from.
    fn source(&self, wire: Wire) -> Option<usize> {
        match self.wires.get(wire.0)?.from {
            Origin::Node(node) => Some(node),
            // A branch is made after the wire that it is of.
            Origin::Wire(of) if of.0 < wire.0 => self.source(of),
            Origin::Wire(_) | Origin::Parameter(_) => None,
        }
    }

    /// The graph with an end for each wire that has none.
    fn finished(&self) -> Graph {
        let mut graph = self.clone();
        let mut is_led = vec![false; graph.nodes.len()];
        for node in &graph.nodes {
            for &wire in &node.inputs {
                if let Some(source) = graph.source(wire) {
                    is_led[source] = true;
                }
            }
        }
        for (index, wire) in (0..self.wires.len()).map(|at| (at, Wire(at))) {
            if let Origin::Node(node) = self.wires[index].from
                && self.nodes[node].kind != Kind::Output
                && !is_led[node]
            {
                graph.output(wire, "");
            }
        }
        graph
    }
}

/// A value as it is written: a number has a minus sign, not a hyphen.
fn typeset(value: &dyn Display) -> String {
    let text = value.to_string();
    match text.strip_prefix('-') {
        Some(size) if size.parse::<f64>().is_ok() => format!("−{size}"),
        _ => text,
    }
}

impl Display for Graph {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let graph = self.finished();
        let layout = layout::Layout::new(&graph);
        let wiring = wires::Wiring::new(&graph, &layout);
        f.write_str(&drawing::draw(&graph, &wiring))
    }
}

#[cfg(test)]
mod tests {
    use super::wires::{Point, Wiring, way};
    use super::*;
    use crate::draw::proof::{assert_sound, touch};
    use crate::draw::svg::Bounds;

    /// Operations by the names of what they take, with a value of each pass on
    /// every wire: `z = × x y`.
    fn graph(rows: &[&str]) -> Graph {
        let mut graph = Graph::new();
        let mut wires: Vec<(&str, Wire)> = Vec::new();
        for row in rows {
            let (name, rest) = row.split_once(" =").unwrap_or((row, ""));
            let words: Vec<&str> = rest.split_whitespace().collect();
            let wire = match words.split_first() {
                None => graph.input(name),
                Some((operation, inputs)) => {
                    let inputs: Vec<Wire> = inputs
                        .iter()
                        .map(|input| {
                            let known = wires.iter().find(|it| it.0 == *input);
                            known.expect("a wire").1
                        })
                        .collect();
                    graph.node(operation, inputs)
                }
            };
            graph.forward(wire, "(N, 784)").backward(wire, -1.5);
            wires.push((name, wire));
        }
        graph
    }

    fn wiring(graph: &Graph) -> Wiring {
        let graph = graph.finished();
        Wiring::new(&graph, &layout::Layout::new(&graph))
    }

    /// Holds a graph to what every graph keeps: nodes apart, wires level or
    /// upright, from node to node and through none, texts apart.
    #[track_caller]
    fn assert_drawn(graph: &Graph) {
        let texts = assert_sound(&graph.to_string());
        let wiring = wiring(graph);
        let bounds: Vec<Bounds> = wiring
            .layout
            .places
            .iter()
            .map(|it| {
                let (x, y) = (it.half_width, it.half_height);
                Bounds::new(it.x - x, it.y - y, it.x + x, it.y + y)
            })
            .collect();
        for (index, one) in bounds.iter().enumerate() {
            for other in &bounds[index + 1..] {
                assert!(!touch(*one, *other), "{one:?} {other:?}");
            }
        }
        for (node, place) in bounds.iter().enumerate() {
            for (text, there) in &texts {
                let is_own = graph_names(&wiring.layout, node, text);
                assert!(is_own || !touch(*place, *there), "{text} {place:?}");
            }
        }
        for route in &wiring.routes {
            let (from, to) = (bounds[route.edge.from], bounds[route.edge.to]);
            let (start, end) = (route.points[0], route.points.last().unwrap());
            assert!(is_at_edge(start, from), "{start:?} {from:?}");
            assert!(is_at_edge(*end, to), "{end:?} {to:?}");
            for pair in route.points.windows(2) {
                let (one, other) = (pair[0], pair[1]);
                assert_ne!(way(one, other), None, "{pair:?}");
                let lengths = [one.0 - other.0, one.1 - other.1];
                assert!(lengths.contains(&0.0), "{pair:?}");
                let line = Bounds::new(
                    one.0.min(other.0) - 1.0,
                    one.1.min(other.1) - 1.0,
                    one.0.max(other.0) + 1.0,
                    one.1.max(other.1) + 1.0,
                );
                for (text, place) in &texts {
                    assert!(!touch(line, *place), "{pair:?} {text}");
                }
                for (node, place) in bounds.iter().enumerate() {
                    let is_own =
                        node == route.edge.from || node == route.edge.to;
                    assert!(
                        is_own || !touch(line, *place),
                        "{pair:?} {place:?}"
                    );
                }
            }
        }
    }

    /// Whether a node has this text in it.
    fn graph_names(layout: &layout::Layout, node: usize, text: &str) -> bool {
        layout.places[node].rows.iter().any(|row| row == text)
    }

    fn is_at_edge((x, y): Point, place: Bounds) -> bool {
        let is_level = [place.left, place.right].contains(&x);
        let is_upright = [place.top, place.bottom].contains(&y);
        (is_level && y >= place.top && y <= place.bottom)
            || (is_upright && x >= place.left && x <= place.right)
    }

    #[track_caller]
    fn assert_texts(graph: &Graph, texts: &[&str]) {
        let found = assert_sound(&graph.to_string());
        for text in texts {
            assert!(found.iter().any(|it| it.0 == *text), "{text}: {found:?}");
        }
    }

    #[test]
    fn graphs_of_many_kinds_are_drawn() {
        for rows in [
            &[] as &[&str],
            &["x"],
            &["x", "y"],
            &["x", "z = exp x"],
            &["x", "y", "z = × x y"],
            &["apple", "count", "tax", "p = × apple count", "b = × p tax"],
            &[
                "a",
                "b",
                "c",
                "d",
                "e",
                "f = × a b",
                "g = × c d",
                "h = + f g",
                "i = × h e",
            ],
            &["x", "y", "t = + x y", "z = × t t"],
            &["x", "y = exp x", "z = + y x"],
            &[
                "x",
                "w",
                "y = · x w",
                "b",
                "z = + y b",
                "l = softmax z",
                "t",
                "m = log l t",
            ],
            &["x", "y", "z", "s = sum x y z"],
            &["x", "y", "z", "v", "w", "s = + x y z v w"],
            &["x", "y = 1 x", "z = 2 x", "v = 3 x", "w = + y z v"],
            &["x", "y", "p = × x y", "q = exp p", "r = + q x", "s = + r y"],
            &["y = random", "x", "z = + y x"],
        ] {
            assert_drawn(&graph(rows));
        }
    }

    #[test]
    fn parameters_enter_from_below() {
        let mut g = Graph::new();
        let x = g.input("x");
        let one = g.node("Affine 1", [x]);
        let two = g.node("Affine 2", [one]);
        let loss = g.node("softmax with loss", [two]);
        for (node, name) in [
            (one, "W1"),
            (one, "b1"),
            (two, "W2"),
            (two, "b2"),
            (loss, "t"),
        ] {
            let wire = g.parameter(node, format!("{name} (784, 50)"));
            g.forward(wire, 1.5).backward(wire, 2.5);
        }
        g.output(loss, "L");
        assert_drawn(&g);
        assert_texts(
            &g,
            &["W1 (784, 50)", "1.5", "↓ 2.5", "softmax", "with loss"],
        );
    }

    #[test]
    fn many_parameters_stand_below_each_other() {
        for count in [1, 2, 3, 4, 5, 8] {
            let mut g = Graph::new();
            let x = g.input("x");
            let node = g.node("affine", [x]);
            for index in 0..count {
                let wire = g.parameter(node, format!("a name of {index}"));
                g.forward(wire, index).backward(wire, -index);
            }
            let next = g.node("exp", [node]);
            g.output(next, "y");
            assert_drawn(&g);
        }
    }

    #[test]
    fn a_fork_has_a_dot_and_each_branch_its_value() {
        let mut g = Graph::new();
        let t = g.input("t");
        let (upper, lower) = (g.branch(t), g.branch(t));
        let z = g.node("×", [upper, lower]);
        g.forward(t, 5)
            .backward(upper, 6)
            .backward(lower, 7)
            .backward(t, 8);
        g.output(z, "z");
        assert_drawn(&g);
        assert_texts(&g, &["5", "← 6", "← 7", "← 8", "z"]);
        assert_eq!(wiring(&g).forks.len(), 1);
        assert_eq!(wiring(&graph(&["x", "y", "z = × x y"])).forks.len(), 0);
        assert_eq!(
            wiring(&graph(&["x", "y = 1 x", "z = + y x"])).forks.len(),
            1
        );
    }

    #[test]
    fn a_value_has_one_arrow() {
        let mut g = Graph::new();
        let x = g.input("x");
        let y = g.node("exp", [x]);
        let w = g.parameter(y, "w");
        g.backward(x, "← dx")
            .backward(w, "↓ dw")
            .backward(y, "← −1");
        assert_texts(&g, &["← dx", "↓ dw", "← −1"]);
        assert_texts(g.backward(y, "← -1"), &["← −1"]);
    }

    #[test]
    fn a_long_value_has_room() {
        let long = "db (M), the sum of the N rows of dY";
        let mut g = Graph::new();
        let (x, w) = (g.input("X"), g.input("W"));
        let b = g.input("b");
        let product = g.node("·", [x, w]);
        let y = g.node("+", [product, b]);
        let (one, two) = (g.branch(y), g.branch(y));
        let z = g.node("×", [one, two]);
        let last = g.node("exp", [z]);
        let (v, u) = (g.parameter(product, "v"), g.parameter(last, "u"));
        for wire in [x, w, b, product, y, one, two, z, v, u] {
            g.forward(wire, "(N, M)").backward(wire, long);
            assert_drawn(&g);
        }
    }

    #[test]
    fn what_is_below_a_node_keeps_off_the_others() {
        let long = "dW (D, M), the sum of the N rows";
        let mut forked = Graph::new();
        let x = forked.input("x");
        let one = forked.node("exp", [x]);
        let two = forked.node("log", [x]);
        forked.node("+", [one, two]);
        let mut tall = Graph::new();
        let y = tall.input("y");
        let name = "a box that holds name after name ".repeat(3);
        let first = tall.node(&name, [y]);
        let low = tall.node("exp", [first]);
        tall.node(&name, [low]);
        for (mut g, node) in [(forked, one), (tall, low)] {
            let weight = g.parameter(node, "W");
            assert_drawn(g.backward(weight, long));
        }
    }

    #[test]
    fn odd_graphs_are_drawn_too() {
        let mut other = Graph::new();
        let wires: Vec<Wire> = (0..9).map(|it| other.input(it)).collect();
        let mut g = Graph::new();
        let x = g.input("");
        let lost = g.parameter(wires[8], "lost");
        let w = g.parameter(x, "below an input");
        let of_branch = g.branch(wires[8]);
        let y = g.node("a\nname & <that> goes on and on and on", [x, w, lost]);
        let z = g.node("", [y, of_branch, wires[8]]);
        g.forward(wires[8], 1).backward(z, "\u{1}\u{ffff}\"");
        g.output(wires[7], "gone").output(z, "a\tname");
        assert_drawn(&g);
        assert_texts(&g, &["a name &", "<that>", "a name", "below an input"]);
    }

    #[test]
    fn the_same_calls_make_the_same_picture() {
        let rows =
            ["x", "y", "t = + x y", "z = × t t", "w = exp x", "v = + z w"];
        assert_eq!(graph(&rows).to_string(), graph(&rows).to_string());
    }
}
