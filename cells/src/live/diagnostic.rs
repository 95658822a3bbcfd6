use std::ops::Range;
use std::path::Path;

use serde::Serialize;

use super::compile::MAIN;
use super::message::{Message, Span};
use super::program::LiveProgram;
use super::render::render;
use crate::{run, value};

/// What the compiler says of a program, with places in its cells.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Diagnostic {
    /// How grave it is.
    pub level: Level,
    /// Its code, such as `E0382`, or the name of a lint.
    pub code: Option<String>,
    /// What is wrong.
    pub message: String,
    /// All of it as the compiler prints it, notes and help included, each cell
    /// with line numbers of its own. Empty in a note or help.
    pub rendered: String,
    /// Where: in a note or a help maybe nowhere, else in a cell at least once.
    pub spans: Vec<DiagnosticSpan>,
    /// Notes and help, in the compiler's order.
    pub children: Vec<Diagnostic>,
}

/// How grave a diagnostic is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// The program cannot be built.
    Error,
    /// It can, and is likely not what was meant.
    Warning,
    /// More about an error or a warning.
    Note,
    /// What to do about it.
    Help,
}

/// A place in a cell. Lines and columns count from 1, columns in UTF-16 units,
/// as editors do; the end is right behind the last of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DiagnosticSpan {
    /// The cell's anchor.
    pub cell: String,
    /// Where it begins.
    pub line: usize,
    /// Where in that line.
    pub column: usize,
    /// Where it ends.
    pub end_line: usize,
    /// Where in that line.
    pub end_column: usize,
    /// Whether this is where it is wrong, or has to do with it.
    pub is_primary: bool,
    /// What is here.
    pub label: Option<String>,
    /// What could stand here in its place.
    pub suggestion: Option<String>,
}

/// A diagnostic in the bytes of cells.
#[derive(Debug)]
pub(super) struct Said {
    pub(super) level: Level,
    pub(super) code: Option<String>,
    pub(super) message: String,
    pub(super) marks: Vec<Mark>,
    /// Places that are in no cell.
    pub(super) elsewhere: Vec<Span>,
    pub(super) children: Vec<Said>,
}

/// A place in a cell's text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mark {
    pub(super) cell: usize,
    pub(super) range: Range<usize>,
    pub(super) is_primary: bool,
    pub(super) label: Option<String>,
    pub(super) suggestion: Option<String>,
    /// Whether it is only near the place, which is in no cell.
    is_made: bool,
}

/// The diagnostics among what the compiler says of a program of the book in
/// `root`.
pub(super) fn all(
    messages: &[Message],
    program: &LiveProgram,
    root: &Path,
) -> Vec<Diagnostic> {
    let translator = Translator { program, root };
    messages
        .iter()
        .filter_map(|message| translator.top(message))
        .map(|said| Diagnostic {
            rendered: render(&said, &program.cells),
            ..translator.diagnostic(&said)
        })
        .collect()
}

/// A warning of a function `main` that nothing calls: a reader who knows
/// programs, but not notebooks, expects it to run.
pub(super) fn of_main(program: &LiveProgram) -> Option<Diagnostic> {
    let texts = program.cells.iter().map(|cell| cell.text.as_str());
    let (cell, range) = value::uncalled(texts, "main")?;
    let said = |level, message: &str| Said {
        level,
        code: None,
        message: message.to_owned(),
        marks: Vec::new(),
        elsewhere: Vec::new(),
        children: Vec::new(),
    };
    let mark = Mark {
        cell,
        range,
        is_primary: true,
        label: None,
        suggestion: None,
        is_made: false,
    };
    let help = "a cell's lines run as they stand: leave out `fn main`, or \
                write `main();` below it";
    let said = Said {
        marks: vec![mark],
        children: vec![said(Level::Help, help)],
        ..said(Level::Warning, "nothing calls `main`, so it does not run")
    };
    let translator = Translator {
        program,
        root: Path::new(""),
    };
    Some(Diagnostic {
        rendered: render(&said, &program.cells),
        ..translator.diagnostic(&said)
    })
}

struct Translator<'a> {
    program: &'a LiveProgram,
    root: &'a Path,
}

impl Translator<'_> {
    /// An error or a warning, if it is one of a cell.
    fn top(&self, message: &Message) -> Option<Said> {
        let mut said = self.said(message)?;
        let is_summary = message.spans.is_empty()
            && message.text.starts_with("aborting due to");
        if is_summary || said.level > Level::Warning {
            return None;
        }
        let is_of_cell = |mark: &Mark| mark.is_primary && !mark.is_made;
        if said.level == Level::Warning && !said.marks.iter().any(is_of_cell) {
            return None;
        }
        if !said.marks.iter().any(|mark| mark.is_primary) {
            said.marks.insert(0, self.end()?);
        }
        if !said.marks.iter().any(is_of_cell) {
            said.message = in_words(&said.message);
            // The bracket that is not closed, rather than the end.
            if said.marks.iter().any(|mark| !mark.is_made) {
                said.marks.retain(|mark| !mark.is_made);
                said.marks.iter_mut().for_each(|it| it.is_primary = true);
            }
        }
        let children = message.children.iter();
        let mut primary = said.marks.iter().filter(|mark| mark.is_primary);
        let first = primary.next().map_or(0, |mark| mark.cell);
        said.children = children
            .filter_map(|child| self.child(child, first))
            .collect();
        Some(said)
    }

    /// A note or help, of an error in the cell `first`.
    fn child(&self, message: &Message, first: usize) -> Option<Said> {
        if is_about_lints(message) {
            return None;
        }
        let mut said = self.said(message)?;
        for mark in &mut said.marks {
            // What is to stand above all else is put above the cell.
            let is_use = |it: &str| it.starts_with("use ");
            if mark.is_made
                && let Some(text) = mark.suggestion.take_if(|it| is_use(it))
            {
                mark.cell = first;
                mark.range = 0..0;
                mark.suggestion = Some(text.trim_end().to_owned() + "\n");
                mark.is_made = false;
            }
        }
        said.marks.retain(|mark| !mark.is_made);
        let is_lost = said.marks.is_empty() && said.elsewhere.is_empty();
        (message.spans.is_empty() || !is_lost).then_some(said)
    }

    fn said(&self, message: &Message) -> Option<Said> {
        let mut said = Said {
            level: level(&message.level)?,
            code: message.code.as_ref().map(|code| code.code.clone()),
            message: message.text.clone(),
            marks: Vec::new(),
            elsewhere: Vec::new(),
            children: Vec::new(),
        };
        for span in &message.spans {
            if let Some(own) = self.in_source(span) {
                let mark = self.mark(span, own);
                // What has to do with it is of no use where no one sees it.
                if mark.is_primary || !mark.is_made {
                    said.marks.push(mark);
                }
            } else if span.file_name == MAIN {
                said.marks.extend(self.end().map(|end| Mark {
                    is_primary: span.is_primary,
                    suggestion: span.suggested_replacement.clone(),
                    ..end
                }));
            } else if !is_of_run(span) {
                let mut span = span.clone();
                span.file_name = self.path(&span.file_name);
                said.elsewhere.push(span);
            }
        }
        Some(said)
    }

    /// The place in the program's own source, through the macros around it.
    fn in_source<'a>(&self, span: &'a Span) -> Option<&'a Span> {
        let program = &self.program.program;
        let own = format!("{}/{}", program.name, program.page);
        let file = span.file_name.replace('\\', "/");
        if file.ends_with(&own) {
            return Some(span);
        }
        self.in_source(&span.expansion.as_ref()?.span)
    }

    /// The end of all cells, for what has no place in any.
    fn end(&self) -> Option<Mark> {
        let cell = self.program.cells.len().checked_sub(1)?;
        let end = self.program.cells[cell].text.trim_end().len();
        Some(Mark {
            cell,
            range: end..end,
            is_primary: true,
            label: None,
            suggestion: None,
            is_made: true,
        })
    }

    fn mark(&self, span: &Span, own: &Span) -> Mark {
        let start = self.program.place(own.byte_start);
        let end = self.program.place(own.byte_end);
        let text = &self.program.cells[start.cell].text;
        let end = if end.cell == start.cell {
            end.offset
        } else {
            text.len()
        };
        Mark {
            cell: start.cell,
            range: start.offset..end.max(start.offset),
            is_primary: span.is_primary,
            label: span.label.as_deref().map(|label| {
                if start.is_made {
                    in_words(label)
                } else {
                    label.to_owned()
                }
            }),
            suggestion: span.suggested_replacement.clone(),
            is_made: start.is_made,
        }
    }

    /// A file's name as a reader of the book calls it.
    fn path(&self, file: &str) -> String {
        let path = Path::new(file);
        let path = path.strip_prefix(self.root).unwrap_or(path);
        path.to_string_lossy().replace('\\', "/")
    }

    fn diagnostic(&self, said: &Said) -> Diagnostic {
        Diagnostic {
            level: said.level,
            code: said.code.clone(),
            message: said.message.clone(),
            rendered: String::new(),
            spans: said.marks.iter().map(|mark| self.span(mark)).collect(),
            children: said
                .children
                .iter()
                .map(|child| self.diagnostic(child))
                .collect(),
        }
    }

    fn span(&self, mark: &Mark) -> DiagnosticSpan {
        let cell = &self.program.cells[mark.cell];
        let place = |offset: usize| {
            let before = &cell.text[..offset];
            let start = before.rfind('\n').map_or(0, |at| at + 1);
            let line = before.matches('\n').count() + 1;
            (line, before[start..].encode_utf16().count() + 1)
        };
        let (line, column) = place(mark.range.start);
        let (end_line, end_column) = place(mark.range.end);
        DiagnosticSpan {
            cell: cell.anchor.clone(),
            line,
            column,
            end_line,
            end_column,
            is_primary: mark.is_primary,
            label: mark.label.clone(),
            suggestion: mark.suggestion.clone(),
        }
    }
}

fn level(level: &str) -> Option<Level> {
    Some(match level {
        "error" | "error: internal compiler error" => Level::Error,
        "warning" => Level::Warning,
        "note" => Level::Note,
        "help" => Level::Help,
        // How to learn more, by a command.
        _ => return None,
    })
}

/// Whether a note only says which lint this is, and how to allow it.
fn is_about_lints(message: &Message) -> bool {
    message.spans.is_empty()
        && (message.text.starts_with("`#[")
            || message.text.contains("on the command line")
            || message.text.starts_with("to override `-"))
}

/// Whether it is a place in what all programs have in common.
fn is_of_run(span: &Span) -> bool {
    let file = run::FILE.replace('\\', "/");
    span.file_name.replace('\\', "/").ends_with(&file)
}

/// What is said of the lines around a cell, in words for those who do not see
/// them.
fn in_words(text: &str) -> String {
    let end = "found the end of the cell";
    text.replace("found `;`", end)
        .replace("found `}`", end)
        .replace("this file contains", "this cell contains")
}
