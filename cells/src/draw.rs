//! Pictures in the book's type: graphs, charts, images and tables.
//!
//! Each is a value that prints itself as an SVG document: `cells::show(&graph)`
//! puts it on the page. Colours are the page's own, so that a picture follows
//! its light and its dark look, and nothing is told by colour alone. The same
//! calls make the same document, byte for byte.

mod bars;
mod chart;
mod graph;
mod images;
mod matrix;
mod number;
#[cfg(test)]
mod proof;
mod spread;
mod svg;

pub use bars::Bars;
pub use chart::Chart;
pub use graph::{Graph, Wire};
pub use images::Images;
pub use matrix::Matrix;
pub use number::Number;
