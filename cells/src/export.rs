//! Cells to take away: as a program, as a package, as the cells of a notebook.
//!
//! What is made here is for a reader to keep, and needs nothing of how the
//! tests run a section: no mark stands between the outputs of its cells, hidden
//! lines show, and a value that ends a cell is printed in plain Rust. What does
//! not run on the page, for it panics or does not compile, is a comment there.
//!
//! - [`program`] and [`section`] make Rust of a page, or of one section;
//! - [`package`] makes a cargo package of pages;
//! - [`Notebook`] divides a page into the cells of a notebook that evcxr, the
//!   Rust kernel for Jupyter, can run.

mod manifest;
mod names;
mod notebook;
mod probe;
mod program;

pub use manifest::{dependencies, package};
pub use notebook::{Notebook, Part};
pub use program::{program, section};
