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
            line.forward = Some(value.to_string());
        }
        self
    }

    /// Writes the value of the backward pass below a wire.
    pub fn backward(&mut self, wire: Wire, value: impl Display) -> &mut Graph {
        if let Some(line) = self.wires.get_mut(wire.0) {
            line.backward = Some(value.to_string());
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

impl Display for Graph {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let graph = self.finished();
        let layout = layout::Layout::new(&graph);
        let routes = wires::Routes::new(&graph, &layout);
        f.write_str(&drawing::draw(&graph, &routes))
    }
}
