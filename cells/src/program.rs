//! A section as one Rust program.

use std::fmt::Write;
use std::mem;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::problem::slashed;
use crate::{Book, Cell, Exercise, Kind, Page, Part, Picture, Section, value};

/// The program of a section, and what must come of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Program {
    /// The page, relative to the root, as messages show it.
    pub page: String,
    /// The section's heading.
    pub heading: String,
    /// The name of its test.
    pub name: String,
    /// The command that accepts what the cells print, as messages show it.
    pub bless: String,
    /// Its Rust: see [`source`].
    pub source: String,
    /// The cells that something must come of, from top to bottom.
    pub cells: Vec<ProgramCell>,
    /// Of an answer to an exercise with its check: what must come of it all.
    pub graded: Option<Graded>,
}

/// What is to come of an answer to an exercise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Graded {
    /// Which answer it is.
    pub part: Part,
    /// The line of the program at which the check begins.
    pub check: usize,
}

/// What a program must know of one of its cells.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProgramCell {
    /// The line of its opening fence in the page.
    pub line: usize,
    /// The line of its closing fence.
    pub end_line: usize,
    /// The last line of its output or its pictures, if the page shows any.
    pub last_line: usize,
    /// What is done with it.
    pub kind: Kind,
    /// How many seconds it may run.
    pub seconds: u64,
    /// What the page shows under it.
    pub output: Option<ProgramOutput>,
    /// The pictures that the page shows under it.
    pub pictures: Vec<ProgramPicture>,
}

/// What a page shows under a cell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProgramOutput {
    /// The line of its opening fence in the page.
    pub line: usize,
    /// Its lines.
    pub lines: Vec<String>,
}

/// A picture that a page shows under a cell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProgramPicture {
    /// The line of the image in the page.
    pub line: usize,
    /// The file, relative to the root, with `/` between its parts.
    pub path: String,
}

impl Program {
    /// The program of a section: its cells in order, but for those that are
    /// ignored or must not compile.
    #[must_use]
    pub fn new(book: &Book, page: &Page, section: &Section) -> Program {
        let cells = section.cells.iter();
        let cells: Vec<&Cell> = cells
            .filter(|cell| cell.tags.kind.is_in_program())
            .collect();
        let source = source(&page.path, cells.iter().copied());
        Program::of(book, page, section, source, &cells)
    }

    /// The program of one `compile_fail` cell: the cells above it that run,
    /// then itself.
    #[must_use]
    pub fn of_failing(
        book: &Book,
        page: &Page,
        section: &Section,
        cell: &Cell,
    ) -> Program {
        let above = section
            .cells
            .iter()
            .take_while(|other| other.line < cell.line)
            .filter(|cell| cell.tags.kind == Kind::Run);
        let source = source(&page.path, above.chain([cell]));
        Program::of(book, page, section, source, &[cell])
    }

    /// The program of an answer to an exercise, with the check after it.
    pub(crate) fn of_answer(
        book: &Book,
        page: &Page,
        exercise: &Exercise,
        answer: &Cell,
    ) -> (Program, Layout) {
        let cells = [answer, &exercise.check];
        let layout = Layout::new(&page.path, cells);
        let is_check =
            |row: &Option<Origin>| row.as_ref().is_some_and(|it| it.cell == 1);
        let check = layout.rows.iter().position(is_check);
        let program = Program {
            page: slashed(&page.path),
            heading: exercise.heading(),
            name: exercise.test_name(page, answer),
            bless: book.config.bless.clone(),
            source: layout.text.clone(),
            cells: cells.into_iter().map(ProgramCell::new).collect(),
            graded: Some(Graded {
                part: answer.tags.part.unwrap_or(Part::Starter),
                check: check.unwrap_or_default() + 1,
            }),
        };
        (program, layout)
    }

    /// A program from its source, and the cells that something must come of.
    pub(crate) fn of(
        book: &Book,
        page: &Page,
        section: &Section,
        source: String,
        cells: &[&Cell],
    ) -> Program {
        let must_fail =
            |cell: &&&Cell| matches!(cell.tags.kind, Kind::CompileFail { .. });
        Program {
            page: slashed(&page.path),
            heading: section.heading.clone(),
            name: match cells.iter().find(must_fail) {
                Some(cell) => section.compile_fail_name(page, cell),
                None => section.test_name(page),
            },
            bless: book.config.bless.clone(),
            source,
            cells: cells.iter().map(|cell| ProgramCell::new(cell)).collect(),
            graded: None,
        }
    }
}

impl Program {
    /// Whether it is that of a cell that must not compile.
    pub(crate) fn must_fail(&self) -> bool {
        let kinds = self.cells.iter().map(|cell| &cell.kind);
        kinds
            .into_iter()
            .any(|it| matches!(it, Kind::CompileFail { .. }))
    }
}

impl ProgramCell {
    fn new(cell: &Cell) -> ProgramCell {
        ProgramCell {
            line: cell.line,
            end_line: cell.end_line,
            last_line: cell.last_line(),
            kind: cell.tags.kind.clone(),
            seconds: cell.tags.limit.as_secs(),
            output: cell.output.as_ref().map(|output| ProgramOutput {
                line: output.line,
                lines: output.lines.clone(),
            }),
            pictures: cell.pictures.iter().map(ProgramPicture::new).collect(),
        }
    }
}

impl ProgramPicture {
    fn new(picture: &Picture) -> ProgramPicture {
        ProgramPicture {
            line: picture.line,
            path: slashed(&picture.path),
        }
    }
}

/// What stands before and after the last expression of a cell, whose value it
/// shows. A reference moves nothing.
const VALUE: (&str, &str) = ("::cells::run::value(&(", "))");

/// The Rust of some cells of a page, and where its lines come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Layout {
    pub(crate) text: String,
    /// For each of its lines, what it is of a cell; nothing if it is made here.
    pub(crate) rows: Vec<Option<Origin>>,
}

/// A line of a cell in a program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Origin {
    /// Which of the cells it is of, from 0.
    pub(crate) cell: usize,
    /// Which of the cell's lines it is, from 0.
    pub(crate) row: usize,
    /// What was put into it: how many bytes, before which of its own.
    pub(crate) added: Vec<(usize, usize)>,
}

/// The Rust of some cells of a page, each line at its own line number: a
/// function `section` that marks where each cell begins, and shows the value of
/// a cell that ends in an expression.
///
/// Cells that an include makes longer than they are on the page push those
/// below them down, until the text between gives room again.
#[must_use]
pub fn source<'a>(
    page: &Path,
    cells: impl IntoIterator<Item = &'a Cell>,
) -> String {
    Layout::new(page, cells).text
}

impl Layout {
    pub(crate) fn new<'a>(
        page: &Path,
        cells: impl IntoIterator<Item = &'a Cell>,
    ) -> Layout {
        let mut layout = Layout {
            text: format!(
                "// Made from {}, line by line: change that, not this.\n",
                slashed(page)
            ),
            rows: vec![None],
        };
        let mut open = "pub fn section() -> ::std::result::Result<(), \
                        ::std::boxed::Box<dyn ::std::error::Error>> { ";
        for (number, cell) in cells.into_iter().enumerate() {
            layout.move_to(cell.line);
            layout.text.push_str(mem::take(&mut open));
            layout.cell(number, cell);
        }
        layout.text.push_str(open);
        layout.text.push_str(" ::std::result::Result::Ok(()) }\n");
        layout.rows.push(None);
        layout
    }

    fn cell(&mut self, number: usize, cell: &Cell) {
        let kind = &cell.tags.kind;
        let before = match kind {
            Kind::ShouldPanic => {
                format!("if ::cells::run::enter({number}) {{")
            }
            Kind::NoRun => "if ::cells::run::never() {".to_owned(),
            // It may say `use` of what the answer uses as well.
            _ if cell.tags.part == Some(Part::Check) => {
                format!("::cells::run::begin({number}); {{")
            }
            _ => format!("::cells::run::begin({number});"),
        };
        self.text.push_str(&before);
        self.end_line(None);
        let value = kind.is_run().then(|| value::range(&cell.text())).flatten();
        let mut start = 0;
        for (row, line) in cell.code.iter().enumerate() {
            self.move_to(line.line);
            let mut added = Vec::new();
            let mut done = 0;
            let end = start + line.text.len();
            for (at, text) in value
                .iter()
                .flat_map(|it| [(it.start, VALUE.0), (it.end, VALUE.1)])
                .filter(|(at, _)| (start..=end).contains(at))
            {
                let at = at - start;
                self.text.push_str(&line.text[done..at]);
                self.text.push_str(text);
                added.push((at, text.len()));
                done = at;
            }
            self.text.push_str(&line.text[done..]);
            let cell = number;
            self.end_line(Some(Origin { cell, row, added }));
            start = end + 1;
        }
        self.move_to(cell.end_line);
        // What a cell ends in may lack its `;`.
        self.text.push_str(match kind {
            Kind::ShouldPanic | Kind::NoRun => "; ::cells::run::leave() }",
            _ if cell.tags.part == Some(Part::Check) => "; }",
            _ => ";",
        });
    }

    fn end_line(&mut self, row: Option<Origin>) {
        self.text.push('\n');
        self.rows.push(row);
    }

    /// Goes on to the line with this number, unless it has come further.
    fn move_to(&mut self, line: usize) {
        while self.rows.len() + 1 < line {
            self.end_line(None);
        }
    }
}

/// The crate of some programs of a page, as one line: each is a module, whose
/// source lies in a folder of its name beside the folder of the crate, in a
/// file that is called like the page, as it is in what a compiler says.
#[must_use]
pub fn main<'a>(
    page: &str,
    names: impl IntoIterator<Item = &'a str>,
) -> String {
    format!("#![allow(warnings)] {}", modules(page, names))
}

/// The same, without a word on warnings.
pub(crate) fn modules<'a>(
    page: &str,
    names: impl IntoIterator<Item = &'a str>,
) -> String {
    let (mut modules, mut sections) = (String::new(), String::new());
    for name in names {
        let path = format!("../{name}/{page}");
        let _ = write!(modules, "mod {name} {{ include!({path:?}); }} ");
        let _ = write!(sections, "({name:?}, {name}::section), ");
    }
    format!(
        "{modules}fn main() -> ::std::process::ExitCode {{ \
         ::cells::run::main(&[{sections}]) }}"
    )
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::time::Duration;

    use super::*;
    use crate::{CodeLine, Tags};

    fn cell(line: usize, kind: Kind, rows: &[(usize, &str)]) -> Cell {
        Cell {
            number: 1,
            line,
            end_line: rows[rows.len() - 1].0 + 1,
            range: 0..0,
            code: rows
                .iter()
                .map(|(line, text)| CodeLine {
                    line: *line,
                    text: (*text).to_owned(),
                    hidden: false,
                })
                .collect(),
            tags: Tags {
                kind,
                limit: Duration::from_secs(1),
                needs: BTreeSet::new(),
                name: None,
                part: None,
            },
            output: None,
            pictures: Vec::new(),
            anchor: String::new(),
        }
    }

    #[track_caller]
    fn assert_at(source: &str, line: usize, text: &str) {
        assert_eq!(source.lines().nth(line - 1), Some(text), "{source}");
    }

    #[test]
    fn every_line_keeps_its_number() {
        let cells = [
            cell(2, Kind::Run, &[(3, "let a = 1;"), (4, ""), (5, "a")]),
            cell(9, Kind::ShouldPanic, &[(10, "panic!()")]),
            cell(13, Kind::Run, &[(14, "let b = a;")]),
        ];
        let source = source(Path::new("pages/page.md"), &cells);
        for (line, text) in [
            (3, "let a = 1;"),
            (4, ""),
            (5, "::cells::run::value(&(a))"),
            (6, ";"),
            (9, "if ::cells::run::enter(1) {"),
            (10, "::cells::run::value(&(panic!()))"),
            (11, "; ::cells::run::leave() }"),
            (13, "::cells::run::begin(2);"),
            (14, "let b = a;"),
        ] {
            assert_at(&source, line, text);
        }
        assert!(source.ends_with("\n; ::std::result::Result::Ok(()) }\n"));
    }

    #[test]
    fn lines_that_an_include_brings_move_only_what_is_near() {
        let cells = [
            cell(
                2,
                Kind::Run,
                &[(3, "one"), (3, "two"), (3, ""), (3, "four")],
            ),
            cell(20, Kind::NoRun, &[(21, "last")]),
        ];
        let source = source(Path::new("pages/page.md"), &cells);
        assert_at(&source, 3, "one");
        assert_at(&source, 4, "two");
        assert!(source.contains("\nfour\n;"));
        assert_at(&source, 20, "if ::cells::run::never() {");
        assert_at(&source, 21, "last");
    }
}
