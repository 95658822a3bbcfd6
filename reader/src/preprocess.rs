//! The preprocessor that mdBook runs over the pages: it checks the book, and
//! makes of each page what mdBook turns into HTML.
//!
//! `cargo book` runs it within itself; stock mdBook runs it as a command, by
//! what `book.toml` says under `[preprocessor.cells]`.

use std::io::{self, Write};

use anyhow::{Context, Result, anyhow};
use cells::{Config, Problem};
use mdbook_preprocessor::book::Book;
use mdbook_preprocessor::{Preprocessor, PreprocessorContext, parse_input};

use crate::page;

/// The preprocessor's name, and so of its table in `book.toml`.
pub const NAME: &str = "cells";

/// Checks the book, and makes its pages ready for mdBook.
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
        let root = &context.root;
        let mut problems = cells::Book::load(root).err().unwrap_or_default();
        let config = Config::load(root).map_err(|found| listed(&found))?;
        let html = context.config.html_config().unwrap_or_default();
        let mut pages =
            page::pages(root, &config, &html, &book, &mut problems)?;
        if !problems.is_empty() {
            problems.sort();
            problems.dedup();
            return Err(listed(&problems));
        }
        book.for_each_chapter_mut(|chapter| {
            let page = chapter.path.as_ref().and_then(|it| pages.remove(it));
            if let Some(page) = page {
                chapter.content = page;
            }
        });
        Ok(book)
    }
}

/// All problems as one error, a line each.
pub fn listed(problems: &[Problem]) -> anyhow::Error {
    let lines: Vec<String> = problems.iter().map(Problem::to_string).collect();
    anyhow!("{}", lines.join("\n"))
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
