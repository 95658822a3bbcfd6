use std::collections::BTreeSet;
use std::fmt;
use std::ops::Range;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// A fenced block of a page that is tagged `rust`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell {
    /// Its number on its page, from 1.
    pub number: usize,
    /// The line of its opening fence in the page, from 1.
    pub line: usize,
    /// The line of its closing fence.
    pub end_line: usize,
    /// The bytes of the whole block in [`Page::source`], fences included.
    ///
    /// [`Page::source`]: crate::Page::source
    pub range: Range<usize>,
    /// What is compiled, hidden and included lines too.
    pub code: Vec<CodeLine>,
    /// What its tags ask for.
    pub tags: Tags,
    /// The output shown under it.
    pub output: Option<Output>,
}

/// One line of a cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodeLine {
    /// The line in the page that it comes from, from 1: its own, or that of
    /// the include which brought it.
    pub line: usize,
    /// The Rust, without a line end and without the mark that hides it.
    pub text: String,
    /// Whether the reader does not see it.
    pub hidden: bool,
}

/// What a cell's tags ask for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tags {
    /// What is done with the cell.
    pub kind: Kind,
    /// How long it may run.
    pub limit: Duration,
    /// The data sets that it needs, by name.
    pub needs: BTreeSet<String>,
}

/// What is done with a cell, and what must come of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    /// It runs, after the cells above it.
    Run,
    /// It runs after the cells above it, and must panic.
    ShouldPanic,
    /// After the cells above it, it must fail to compile.
    CompileFail {
        /// The code of every error, such as `E0382`.
        code: String,
    },
    /// It is compiled, and never run.
    NoRun,
    /// Nothing is done with it.
    Ignore {
        /// Why not, as the page says.
        reason: String,
    },
}

impl Kind {
    /// Whether the cell is ever run.
    #[must_use]
    pub fn is_run(&self) -> bool {
        matches!(self, Kind::Run | Kind::ShouldPanic)
    }

    /// Whether the cell is part of its section's program.
    #[must_use]
    pub fn is_in_program(&self) -> bool {
        matches!(self, Kind::Run | Kind::ShouldPanic | Kind::NoRun)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Kind::Run => "run",
            Kind::ShouldPanic => "should_panic",
            Kind::CompileFail { .. } => "compile_fail",
            Kind::NoRun => "no_run",
            Kind::Ignore { .. } => "ignore",
        })
    }
}

/// The `text` block right after a cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Output {
    /// The line of its opening fence in the page, from 1.
    pub line: usize,
    /// The line of its closing fence.
    pub end_line: usize,
    /// The bytes of the whole block in [`Page::source`], fences included.
    ///
    /// [`Page::source`]: crate::Page::source
    pub range: Range<usize>,
    /// Its lines, without their ends and without what a list or a quotation
    /// puts before them.
    pub lines: Vec<String>,
}
