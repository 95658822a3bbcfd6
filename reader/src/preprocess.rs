//! The preprocessor that mdBook runs over the pages: it checks the book, and
//! sets its mathematics.
//!
//! `cargo book` runs it within itself; stock mdBook runs it as a command, by
//! what `book.toml` says under `[preprocessor.cells]`.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use anyhow::{Context, Result, anyhow};
use cells::Problem;
use mdbook_preprocessor::book::{Book, Chapter};
use mdbook_preprocessor::{Preprocessor, PreprocessorContext, parse_input};

use crate::math::{Mathematics, Mistake};

/// The preprocessor's name, and so of its table in `book.toml`.
pub const NAME: &str = "cells";

/// Checks the book with `cells`, and sets its mathematics.
pub struct Cells;

impl Preprocessor for Cells {
    fn name(&self) -> &'static str {
        NAME
    }

    fn supports_renderer(&self, renderer: &str) -> Result<bool> {
        Ok(renderer == "html")
    }

    fn run(
        &self,
        context: &PreprocessorContext,
        mut book: Book,
    ) -> Result<Book> {
        let source = &context.config.book.src;
        let mut problems =
            cells::Book::load(&context.root).err().unwrap_or_default();
        let mathematics = Mathematics::new()?;
        book.for_each_chapter_mut(|chapter| {
            match mathematics.set(&chapter.content) {
                Ok(page) => chapter.content = page,
                Err(mistakes) => problems.extend(
                    mistakes
                        .iter()
                        .map(|m| located(&context.root, source, chapter, m)),
                ),
            }
        });
        if problems.is_empty() {
            Ok(book)
        } else {
            Err(listed(&problems))
        }
    }
}

/// All problems as one error, a line each.
pub fn listed(problems: &[Problem]) -> anyhow::Error {
    let lines: Vec<String> = problems.iter().map(Problem::to_string).collect();
    anyhow!("{}", lines.join("\n"))
}

/// Where the page, as its author has it, is mistaken.
fn located(
    root: &Path,
    source: &Path,
    chapter: &Chapter,
    mistake: &Mistake,
) -> Problem {
    let path = chapter
        .source_path
        .as_deref()
        .unwrap_or(Path::new("SUMMARY.md"));
    let page = source.join(path);
    let content = &chapter.content;
    let formula = &content[mistake.formula.clone()];
    // Another preprocessor may have moved the formula's lines. In the page as
    // it is on disk, any place with the same text is as wrong as this one.
    let on_disk = fs::read_to_string(root.join(&page)).unwrap_or_default();
    let (before, below, included) = if on_disk == *content {
        (&content[..mistake.formula.start], mistake.line, "")
    } else if let Some(offset) = on_disk.find(formula) {
        (&on_disk[..offset], mistake.line, "")
    } else {
        let offset = on_disk.find("{{#").unwrap_or_default();
        (&on_disk[..offset], 0, "in text that the page includes: ")
    };
    let line = 1 + before.matches('\n').count() + below;
    let shown = formula.lines().next().unwrap_or_default();
    let message = format!("{included}the formula {shown}: {}", mistake.message);
    Problem::new(page, line, message)
}

/// Runs the preprocessor as mdBook's command: the book arrives on standard
/// input, and leaves on standard output.
///
/// # Errors
///
/// The input is not what mdBook 0.5 sends, or the book has problems.
pub fn run_as_command() -> Result<()> {
    let (context, book) = parse_input(io::stdin().lock()).context(
        "this command is for mdBook 0.5 to call; to build the book: \
         cargo book build",
    )?;
    let book = Cells.run(&context, book)?;
    let mut output = io::stdout().lock();
    serde_json::to_writer(&mut output, &book)?;
    output.flush()?;
    Ok(())
}
