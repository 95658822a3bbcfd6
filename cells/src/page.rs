//! A page, its sections, and what their tests are called.

mod anchors;
mod checks;
mod guesses;
mod paragraph;
mod read;

use std::collections::BTreeSet;
use std::ops::Range;
use std::path::{Path, PathBuf};

use crate::cell::{Cell, Picture};
use crate::config::Config;
use crate::exercise::Exercise;
use crate::guess::Guess;
use crate::problem::{Problem, slashed};

pub(crate) use paragraph::FIGURES;

/// One Markdown file of the book.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The file, relative to the book's root: `chapters/simple-layers.md`.
    pub path: PathBuf,
    /// What the names of its tests begin with: `simple_layers`.
    pub name: String,
    /// The text of its first heading.
    pub title: String,
    /// The whole file, byte for byte.
    pub source: String,
    /// Its sections that have cells, from top to bottom.
    pub sections: Vec<Section>,
    /// Exercises whose answers are checked here, from top to bottom.
    pub exercises: Vec<Exercise>,
    /// What its readers are asked before they see outputs, from top to bottom.
    pub guesses: Vec<Guess>,
    /// Where it shows lines of the project's own files.
    pub excerpts: Vec<Excerpt>,
    /// Pictures that it shows again, or of another page: those that do not
    /// stand under a cell.
    pub pictures: Vec<Picture>,
    /// Every file that it shows lines of or includes, relative to the root.
    pub sources: BTreeSet<PathBuf>,
}

/// All cells below one `##` heading: one program.
///
/// Cells above the first `##` are the section of the page's title. A deeper
/// heading belongs to the `##` above it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// The heading's text, without its marks.
    pub heading: String,
    /// The heading's line in the page, from 1.
    pub line: usize,
    /// Its cells, from top to bottom; never empty.
    pub cells: Vec<Cell>,
    /// The data sets that its cells need, by name.
    pub needs: BTreeSet<String>,
}

/// A block that shows lines of a file of the project, `rust,from=PATH`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excerpt {
    /// The line of its opening fence in the page, from 1.
    pub line: usize,
    /// The line of its closing fence.
    pub end_line: usize,
    /// The bytes of the whole block in [`Page::source`], fences included.
    pub range: Range<usize>,
    /// The file that it shows lines of, relative to the book's root.
    pub from: PathBuf,
}

impl Page {
    /// Reads a page of the book in `root`, given its text.
    ///
    /// # Errors
    ///
    /// Every problem of the page, from top to bottom.
    pub fn parse(
        root: &Path,
        config: &Config,
        path: &Path,
        source: String,
    ) -> Result<Page, Vec<Problem>> {
        read::read(root, config, path, source)
    }

    /// The cells of all sections, from top to bottom.
    pub fn cells(&self) -> impl Iterator<Item = &Cell> {
        self.sections.iter().flat_map(|section| &section.cells)
    }
}

impl Section {
    /// The name of its test on a page: `page_sect_heading_line_12`, with the
    /// line of its first cell.
    #[must_use]
    pub fn test_name(&self, page: &Page) -> String {
        self.cell_test_name(page, &self.cells[0])
    }

    /// The name of its test where it only compiles, for its data set is missing.
    pub(crate) fn compiles_name(&self, page: &Page) -> String {
        let Page { name, .. } = page;
        let heading = self.heading_words().join("_");
        let line = self.cells[0].line;
        format!("{name}_sect_{heading}_compiles_line_{line}")
    }

    /// The name of the test of one of its cells that must not compile.
    #[must_use]
    pub fn compile_fail_name(&self, page: &Page, cell: &Cell) -> String {
        format!("{}_compile_fail", self.cell_test_name(page, cell))
    }

    /// The name of the test of one of its cells that has a test of its own.
    pub(crate) fn cell_test_name(&self, page: &Page, cell: &Cell) -> String {
        let Page { name, .. } = page;
        let heading = self.heading_words().join("_");
        format!("{name}_sect_{heading}_line_{}", cell.line)
    }

    /// The words of its heading that a test's name may hold.
    pub(crate) fn heading_words(&self) -> Vec<String> {
        let words = words(&self.heading);
        if words.is_empty() {
            return vec!["untitled".into()];
        }
        words
    }
}

/// The words of a text, in lower case, without anything but ASCII letters and
/// digits: what a test's name may hold.
pub(crate) fn words(text: &str) -> Vec<String> {
    text.split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_ascii_lowercase)
        .collect()
}

fn test_name(path: &Path) -> String {
    let name = words(&slashed(&path.with_extension(""))).join("_");
    if name.starts_with(|c: char| c.is_ascii_alphabetic()) {
        name
    } else {
        format!("page_{name}").trim_end_matches('_').to_owned()
    }
}
