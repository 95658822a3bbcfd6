use std::collections::BTreeSet;
use std::fmt;
use std::ops::Range;
use std::path::PathBuf;
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
    /// The pictures shown under it, in the order in which it draws them.
    pub pictures: Vec<Picture>,
    /// What it is addressed by on its page: `cell-` and its name, or a hash of
    /// its code, so that an edit elsewhere does not change it.
    pub anchor: String,
}

impl Cell {
    /// The last line of the page that belongs to it: of its fence, its output
    /// or its pictures.
    #[must_use]
    pub fn last_line(&self) -> usize {
        let output = self.output.as_ref().map(|it| it.end_line);
        let picture = self.pictures.last().map(|it| it.end_line);
        picture.or(output).unwrap_or(self.end_line)
    }

    /// What is compiled, as one text, without a line feed at its end.
    #[must_use]
    pub fn text(&self) -> String {
        let rows: Vec<&str> =
            self.code.iter().map(|row| row.text.as_str()).collect();
        rows.join("\n")
    }
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
    /// Its name, which no other cell of its page has.
    pub name: Option<String>,
    /// What it is to an exercise.
    pub part: Option<Part>,
}

/// What a cell is to an exercise, of which the [`Exercise`] tells more.
///
/// [`Exercise`]: crate::Exercise
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Part {
    /// What the reader begins with.
    Starter,
    /// What tells whether an answer is right.
    Check,
    /// An answer that the check must fail.
    Wrong,
    /// An answer that it must pass. It is also a cell of its section, as any
    /// other.
    Solution,
}

impl Part {
    /// The part that a tag names.
    pub(crate) fn named(tag: &str) -> Option<Part> {
        [Part::Starter, Part::Check, Part::Wrong, Part::Solution]
            .into_iter()
            .find(|part| part.to_string() == tag)
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Part::Starter => "starter",
            Part::Check => "check",
            Part::Wrong => "wrong",
            Part::Solution => "solution",
        })
    }
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

/// A paragraph that is an image, of a file that a cell draws.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// The line of the image in the page, from 1.
    pub line: usize,
    /// The last line of the image, or of its caption.
    pub end_line: usize,
    /// The bytes of the image in [`Page::source`], without the line's end.
    ///
    /// [`Page::source`]: crate::Page::source
    pub range: Range<usize>,
    /// The file, relative to the book's root: `chapters/figures/bill.svg`.
    pub path: PathBuf,
    /// The file's name without its ending, which no other file has.
    pub name: String,
    /// What the picture shows, for those who do not see it.
    pub alt: String,
    /// The bytes of the caption in [`Page::source`], with the `*` at both
    /// ends: the emphasised paragraph right after the image.
    ///
    /// [`Page::source`]: crate::Page::source
    pub caption: Option<Range<usize>>,
}
