//! Cells that a reader runs, and may change, on the page.
//!
//! What runs is what the tests run: the cells of a section, from its first down
//! to the one that is asked for, as one program, which has
//! [the runner](crate::runner) start it and tell what its cells print while
//! they do. So a page has no state that its text does not show.
//!
//! A reader's own text of a cell takes the place of all its lines, hidden ones
//! too. What the compiler says of it comes with places in the cell as the
//! reader sees it, and nothing is said of the lines that make a program of it.
//!
//! 1. [`Libraries::find`], once for each time that cargo has built the book's
//!    package;
//! 2. [`LiveProgram::new`] for the cells that run, and
//!    [`LiveProgram::failing`] for each cell that must not compile;
//! 3. [`compile`];
//! 4. [`run`], and [`LiveProgram::row`] for the place of a panic;
//! 5. [`differences`] from the page's own output.
//!
//! Processes are started by whoever asks for them: here nothing limits what
//! they do but what a cell prints and how long it runs.

mod compile;
mod diagnostic;
mod libraries;
mod message;
mod program;
mod render;

pub(crate) use compile::answer;
pub use compile::{Compiled, compile};
pub use diagnostic::{Diagnostic, DiagnosticSpan, Level};
pub use libraries::Libraries;
pub(crate) use program::edited;
pub use program::{Edits, LiveProgram, run};

pub use crate::compare::differences;
