use std::collections::BTreeMap;
use std::fmt::Write;
use std::io;
use std::ops::Range;
use std::path::Path;
use std::sync::atomic::AtomicBool;

use super::diagnostic::{Diagnostic, DiagnosticSpan, Level};
use crate::marks::Panic;
use crate::program::{Layout, Origin, Program};
use crate::runner::{self, CellResult, Executable, Observer, Start};
use crate::source::{Lines, lines};
use crate::{
    Book, Cell, CodeLine, Exercise, Kind, Page, Section, digest, value,
};

/// A reader's own text of cells, by their anchors ([`Cell::anchor`]); all others
/// are as on the page.
pub type Edits = BTreeMap<String, String>;

/// A section's cells, from its first down to one of them, as one program.
#[derive(Debug, Clone)]
pub struct LiveProgram {
    /// The program, and what must come of its cells on the page.
    pub program: Program,
    pub(crate) layout: Layout,
    /// The digest of the page, as it stands in the book.
    pub(crate) of_page: String,
    /// The cells that the program is made of.
    pub(crate) cells: Vec<LiveCell>,
}

/// A cell as it stands on the reader's page.
#[derive(Debug, Clone)]
pub(crate) struct LiveCell {
    pub(crate) anchor: String,
    /// What messages call it.
    pub(crate) name: String,
    /// Its lines.
    pub(crate) text: String,
}

/// A place in a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    /// Which of the program's cells.
    pub(crate) cell: usize,
    /// The byte in its text.
    pub(crate) offset: usize,
    /// Whether it is only near the place that was asked for, which is not of
    /// any cell.
    pub(crate) is_made: bool,
}

impl LiveProgram {
    /// The program of the cells of a section that run, are to panic or are only
    /// compiled, as far as the cell whose anchor is `until`.
    ///
    /// # Errors
    ///
    /// If there is no such cell, or if the section needs data that are not
    /// there; with the command that fetches them.
    pub fn new(
        book: &Book,
        page: &Page,
        section: &Section,
        until: &str,
        edits: &Edits,
    ) -> Result<LiveProgram, String> {
        let last = place_of(section, until)?;
        if let Some(reason) = book.missing_data(section) {
            return Err(format!("this section {reason}"));
        }
        let cells = section.cells[..=last].iter();
        let cells = cells.filter(|cell| cell.tags.kind.is_in_program());
        let cells: Vec<Cell> = cells.map(|it| edited(it, edits)).collect();
        let told: Vec<&Cell> = cells.iter().collect();
        Ok(LiveProgram::of(book, page, section, &cells, &told))
    }

    /// The program of a cell that must not compile: the cells above it that
    /// run, then itself.
    ///
    /// # Errors
    ///
    /// If there is no such cell.
    pub fn failing(
        book: &Book,
        page: &Page,
        section: &Section,
        cell: &str,
        edits: &Edits,
    ) -> Result<LiveProgram, String> {
        let last = place_of(section, cell)?;
        let (above, cell) = (&section.cells[..last], &section.cells[last]);
        let above = above.iter().filter(|cell| cell.tags.kind == Kind::Run);
        let cells = above.chain([cell]);
        let cells: Vec<Cell> = cells.map(|it| edited(it, edits)).collect();
        let told: Vec<&Cell> = cells.last().into_iter().collect();
        Ok(LiveProgram::of(book, page, section, &cells, &told))
    }

    /// The program of a reader's answer to an exercise: of that alone, or with
    /// the exercise's check after it, which is the second cell then.
    ///
    /// # Errors
    ///
    /// If it needs data that are not there; with the command that fetches them.
    pub fn answer(
        book: &Book,
        page: &Page,
        exercise: &Exercise,
        edits: &Edits,
        with_check: bool,
    ) -> Result<LiveProgram, String> {
        if let Some(reason) = book.missing(&exercise.needs) {
            return Err(format!("this exercise {reason}"));
        }
        let answer = edited(&exercise.starter, edits);
        let (mut program, mut layout) =
            Program::of_answer(book, page, exercise, &answer);
        let mut cells = vec![LiveCell {
            anchor: answer.anchor.clone(),
            name: format!("exercise {}", exercise.number),
            text: answer.text(),
        }];
        if with_check {
            cells.push(LiveCell {
                anchor: exercise.check.anchor.clone(),
                name: "its check".to_owned(),
                text: exercise.check.text(),
            });
        } else {
            layout = Layout::new(&page.path, [&answer]);
            program.source.clone_from(&layout.text);
            program.cells.truncate(1);
        }
        Ok(LiveProgram {
            program,
            layout,
            of_page: digest(page),
            cells,
        })
    }

    fn of(
        book: &Book,
        page: &Page,
        section: &Section,
        cells: &[Cell],
        told: &[&Cell],
    ) -> LiveProgram {
        let layout = Layout::new(&page.path, cells);
        let source = layout.text.clone();
        LiveProgram {
            program: Program::of(book, page, section, source, told),
            layout,
            of_page: digest(page),
            cells: cells
                .iter()
                .map(|cell| LiveCell {
                    anchor: cell.anchor.clone(),
                    name: format!("cell {}", cell.number),
                    text: cell.text(),
                })
                .collect(),
        }
    }

    /// The anchors of the program's cells, in the order in which
    /// [`Program::cells`] has them, and [the runner](crate::runner) calls them.
    ///
    /// Of a cell that must not compile, [`Program::cells`] has only that one,
    /// the last of these.
    pub fn anchors(&self) -> impl Iterator<Item = &str> {
        self.cells.iter().map(|cell| cell.anchor.as_str())
    }

    /// Where a panic comes from: the anchor of the cell and the line in it,
    /// from 1; nothing where it comes from elsewhere.
    #[must_use]
    pub fn row(&self, panic: &Panic) -> Option<(&str, usize)> {
        let (file, line) = panic.place.as_ref()?;
        let line = usize::try_from(*line).ok()?;
        let file = file.replace('\\', "/");
        let row = self.layout.rows.get(line - 1)?.as_ref()?;
        file.ends_with(&self.program.page)
            .then(|| (self.cells[row.cell].anchor.as_str(), row.row + 1))
    }

    /// A cell that is no whole text, for its brackets or quotes are not closed,
    /// as a program of that text alone.
    pub(super) fn open(&self, cell: usize) -> Option<LiveProgram> {
        let cell = self.cells.get(cell)?;
        if value::is_whole(&cell.text) {
            return None;
        }
        let row = |row| {
            Some(Origin {
                cell: 0,
                row,
                added: Vec::new(),
            })
        };
        let rows = (0..cell.text.split('\n').count()).map(row).collect();
        let text = format!("{}\n", cell.text);
        Some(LiveProgram {
            program: Program {
                source: text.clone(),
                ..self.program.clone()
            },
            layout: Layout { text, rows },
            of_page: self.of_page.clone(),
            cells: vec![cell.clone()],
        })
    }

    /// The errors' first lines, as the page shows them, of the one cell of a
    /// program that must not compile.
    ///
    /// # Errors
    ///
    /// Why these are not the errors that the cell should have.
    pub fn refusal(&self, errors: &[Diagnostic]) -> Result<String, String> {
        let cell = self.program.cells.last();
        let Some(Kind::CompileFail { code }) = cell.map(|cell| &cell.kind)
        else {
            return Err("the cell should compile".into());
        };
        let is_error = |it: &&Diagnostic| it.level == Level::Error;
        let errors: Vec<_> = errors.iter().filter(is_error).collect();
        let is_other = |it: &&&Diagnostic| it.code.as_ref() != Some(code);
        if let Some(other) = errors.iter().find(is_other) {
            return Err(format!(
                "the cell should fail to compile with {code} alone, and does \
                 with: {}",
                other.message
            ));
        }
        let anchor = self.cells.last().map(|cell| cell.anchor.as_str());
        let is_here = |it: &DiagnosticSpan| {
            it.is_primary && anchor == Some(it.cell.as_str())
        };
        if !errors.iter().any(|it| it.spans.iter().any(is_here)) {
            return Err(format!(
                "the cell should fail to compile with {code}: another does"
            ));
        }
        let lines = errors
            .iter()
            .map(|it| format!("error[{code}]: {}\n", it.message));
        Ok(lines.collect())
    }

    /// The place in a cell of a byte of the source.
    pub(crate) fn place(&self, offset: usize) -> Place {
        let source = Lines::new(&self.layout.text);
        let line = source.at(offset);
        let rows = &self.layout.rows;
        let Some(row) = rows.get(line - 1).and_then(Option::as_ref) else {
            // The end of what comes before: a `;` is missed there.
            let above = rows.iter().take(line).rev().flatten().next();
            let cell = above.map_or(0, |row| row.cell);
            let end = |row: usize| self.row_range(cell, row).end;
            return Place {
                cell,
                offset: above.map_or(0, |above| end(above.row)),
                is_made: true,
            };
        };
        let column = offset - source.range(line, line).start;
        let (mut own, mut shift, mut is_made) = (None, 0, false);
        for (at, length) in &row.added {
            let added = at + shift..at + shift + length;
            if added.contains(&column) {
                (own, is_made) = (Some(*at), true);
            } else if column >= added.end {
                shift += length;
            }
        }
        let range = self.row_range(row.cell, row.row);
        let own = own.unwrap_or_else(|| column - shift);
        Place {
            cell: row.cell,
            offset: (range.start + own).min(range.end),
            is_made,
        }
    }

    /// The bytes of a line, from 0, in the text of a cell.
    fn row_range(&self, cell: usize, row: usize) -> Range<usize> {
        let text = &self.cells[cell].text;
        let range = Lines::new(text).range(row + 1, row + 1);
        let line = &text[range.clone()];
        let length = line.strip_suffix('\n').unwrap_or(line).len();
        range.start..range.start + length
    }
}

/// What tells the cells of a page from those of another.
pub(super) fn digest(page: &Page) -> String {
    let mut text = page.path.to_string_lossy().into_owned();
    for cell in page.cells() {
        let _ = write!(text, "\n{} {}\n", cell.line, cell.tags.kind);
        text += &cell.text();
    }
    digest::of(text.as_bytes())
}

fn place_of(section: &Section, anchor: &str) -> Result<usize, String> {
    section
        .cells
        .iter()
        .position(|cell| cell.anchor == anchor)
        .ok_or_else(|| {
            let heading = &section.heading;
            format!("the section {heading:?} has no cell {anchor}")
        })
}

/// A cell with the reader's text, if there is one.
pub(crate) fn edited(cell: &Cell, edits: &Edits) -> Cell {
    let mut cell = cell.clone();
    if let Some(text) = edits.get(&cell.anchor) {
        let rows = lines(text).into_iter().enumerate();
        cell.code = rows
            .map(|(row, text)| CodeLine {
                line: cell.line + 1 + row,
                text: text.to_owned(),
                hidden: false,
            })
            .collect();
    }
    cell
}

/// Runs a program whose executable is at `path`, in the book's `root`: see
/// [`runner::run`].
///
/// # Errors
///
/// If the program cannot be started or watched.
pub fn run(
    program: &LiveProgram,
    path: &Path,
    root: &Path,
    start: Start,
    stop: &AtomicBool,
    observer: &mut dyn Observer,
) -> io::Result<Vec<CellResult>> {
    let executable = Executable {
        path,
        section: &program.program.name,
        root,
    };
    runner::run(&executable, &program.program.cells, start, stop, observer)
}
