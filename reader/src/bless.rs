//! Accepts what the cells print and draw: runs them, and rewrites the outputs
//! and the pictures.

use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use anyhow::{Context, Result, bail};
use cells::bless::Blessed;
use cells::{Book, Page, Problem, record};

use crate::chosen::choose;
use crate::preprocess::listed;
use crate::unfinished::Unfinished;

/// Runs the book's cells, and writes what they print into the pages, and what
/// they draw into the pages' pictures: all of them, or those that are named.
/// Prints which outputs and pictures changed.
///
/// # Errors
///
/// The book has problems, or a cell fails: then no file is changed.
pub fn bless(root: &Path, pages: &[PathBuf], offline: bool) -> Result<()> {
    let mut book = load(root)?;
    choose(&mut book, pages)?;
    let folder = tempfile::tempdir().context("cannot make a folder")?;
    let _unfinished = Unfinished::mark(folder.path());
    let run = run_cells(&book, folder.path(), offline)?;
    match cells::bless::bless(&book, folder.path()) {
        Ok(blessed) => report(&book, &blessed),
        Err(problems) => {
            eprint!("{}", failures(&run));
            bail!("{}\nno page was changed", headlines(&problems));
        }
    }
}

fn load(root: &Path) -> Result<Book> {
    Book::load(root).map_err(|problems| listed(&problems))
}

/// Runs the test target that runs the cells, which records into `folder` what
/// they print.
fn run_cells(book: &Book, folder: &Path, offline: bool) -> Result<Output> {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command
        .args(["test", "--test", &book.config.test])
        .args(offline.then_some("--offline"))
        .arg("--")
        // A test's name begins with its page's.
        .args(book.pages.iter().map(|page| format!("{}_", page.name)))
        .current_dir(&book.root)
        .env(record::FOLDER, folder)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit());
    // What cargo said to this program, it must not say to the next: build
    // scripts would take it for a change.
    for (name, _) in env::vars_os() {
        let text = name.to_string_lossy();
        if ["CARGO_PKG_", "CARGO_MANIFEST_"]
            .iter()
            .any(|prefix| text.starts_with(prefix))
        {
            command.env_remove(&name);
        }
    }
    let child = command.spawn().context("cannot run cargo test")?;
    child.wait_with_output().context("cannot run cargo test")
}

/// The problems without what the test run has said of them already.
fn headlines(problems: &[Problem]) -> anyhow::Error {
    let headline = |problem: &Problem| {
        let line = problem.message.lines().next().unwrap_or_default();
        let line = line.trim_end_matches(':');
        Problem::new(&problem.page, problem.line, line)
    };
    listed(&problems.iter().map(headline).collect::<Vec<_>>())
}

/// What the test run says of the tests that failed.
fn failures(run: &Output) -> String {
    let text = String::from_utf8_lossy(&run.stdout);
    let start = text.find("\nfailures:\n").unwrap_or(text.len());
    text[start..].to_owned()
}

/// Prints what changed, and what was left as it is.
fn report(before: &Book, blessed: &Blessed) -> Result<()> {
    let after = load(&before.root)?;
    let mut count = 0;
    for page in &before.pages {
        let other = after.pages.iter().find(|other| other.path == page.path);
        let cells = other.into_iter().flat_map(Page::cells);
        for (old, new) in page.cells().zip(cells) {
            if let (Some(old), Some(new)) = (&old.output, &new.output)
                && old.lines != new.lines
            {
                println!("{}:{}: blessed", page.path.display(), new.line);
                count += 1;
            }
        }
    }
    for picture in &blessed.drawn {
        println!("{}: drawn", picture.display());
    }
    for note in &blessed.notes {
        eprintln!("note: {note}");
    }
    println!("{}", summary(count, blessed.drawn.len()));
    Ok(())
}

/// How much changed, in words.
fn summary(outputs: usize, pictures: usize) -> String {
    let count = |count: usize, what: &str| match count {
        0 => None,
        1 => Some(format!("1 {what}")),
        _ => Some(format!("{count} {what}s")),
    };
    let parts = [count(outputs, "output"), count(pictures, "picture")];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    if parts.is_empty() {
        return "nothing to change".into();
    }
    format!("{} changed", parts.join(" and "))
}

#[cfg(test)]
mod tests {
    use super::summary;

    #[test]
    fn a_summary_counts() {
        for (outputs, pictures, text) in [
            (0, 0, "nothing to change"),
            (1, 0, "1 output changed"),
            (2, 0, "2 outputs changed"),
            (0, 1, "1 picture changed"),
            (3, 2, "3 outputs and 2 pictures changed"),
        ] {
            assert_eq!(summary(outputs, pictures), text);
        }
    }
}
