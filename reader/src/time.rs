//! Times the cells of a book as a reader meets them: from the press of a button
//! on a page to what the page shows.
//!
//! It asks the server what a page's script asks it, [over](visit) the same
//! connection. Each cell is run twice, all cells of its section above it with
//! it: first as a program that was never built, for it ends in a comment that
//! no program had before; then once more, unchanged.

mod report;
mod visit;

use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};
use std::process;
use std::time::UNIX_EPOCH;

use anyhow::{Result, bail};
use cells::Book;

use crate::chosen::choose;
use crate::live::rendered_as;
use crate::preprocess::listed;
use report::Report;
use visit::{Cell, Times, Visit};

/// A cell, and how long a reader waits for it.
struct Timed {
    /// The page's path, below the folder of the pages.
    page: PathBuf,
    /// The cell's number on the page.
    cell: usize,
    first: Times,
    repeat: Times,
}

/// Times the cells of some pages, of all where none is named, at the server
/// with this address; prints the times, and writes them to a file if there is
/// one.
///
/// # Errors
///
/// The book has problems, a cell does not do what it should, or the file cannot
/// be written.
pub fn time(
    root: &Path,
    url: &str,
    pages: &[PathBuf],
    write: Option<&Path>,
) -> Result<()> {
    let mut book = Book::load(root).map_err(|problems| listed(&problems))?;
    choose(&mut book, pages)?;
    let mut visit = Visit::begin(url)?;
    let mut timed = Vec::new();
    let mut skipped = 0;
    let mut is_warm = false;
    let is_seen = io::stderr().is_terminal();
    for page in &book.pages {
        let html = rendered_as(&book, page).to_string_lossy().into_owned();
        for cell in visit.cells(&html)? {
            if !cell.can_run {
                skipped += 1;
                continue;
            }
            let path = page.path.strip_prefix(&book.config.src);
            let path = path.unwrap_or(&page.path);
            let mut run = |code: &str| {
                visit.run(&html, &cell, code).map_err(|error| {
                    let path = page.path.display();
                    error.context(format!("{path}, cell {}", cell.number))
                })
            };
            if !is_warm {
                // The book's package is built, and all that cells share.
                run(&fresh(&cell, "warm"))?;
                is_warm = true;
            }
            let code = fresh(&cell, "timed");
            let row = Timed {
                page: path.to_owned(),
                cell: cell.number,
                first: run(&code)?,
                repeat: run(&code)?,
            };
            timed.push(row);
            if is_seen {
                eprint!("\r{} cells timed", timed.len());
            }
        }
    }
    if is_seen {
        eprintln!();
    }
    if timed.is_empty() {
        bail!("there is no cell to time");
    }
    let report = Report::new(&timed, skipped);
    print!("{}", report.text());
    if let Some(path) = write {
        report.write(path)?;
        println!("\nwritten: {}", path.display());
    }
    Ok(())
}

/// The code of a cell, with a comment behind it that no cell had before.
fn fresh(cell: &Cell, word: &str) -> String {
    let now = UNIX_EPOCH.elapsed().unwrap_or_default().as_nanos();
    format!("{} // {word} {}-{now}", cell.code, process::id())
}
