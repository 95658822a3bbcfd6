//! Renders the book with mdBook: whole, or not at all.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use mdbook_driver::MDBook;
use mdbook_driver::config::Config;
use tempfile::TempDir;

use crate::preprocess::{self, Cells};
use crate::unfinished::Unfinished;

/// The name of the new book while it is not where it belongs.
const FRESH: &str = "fresh";

/// Where a rendered book is.
#[derive(Clone, Debug)]
pub struct Rendered {
    /// The folder that holds the pages as HTML.
    pub html: PathBuf,
    /// The file of the page "not found", in that folder.
    pub not_found: String,
}

/// A book that is rendered, but not yet where it belongs.
pub struct Fresh {
    rendered: Rendered,
    target: PathBuf,
    stage: TempDir,
    _unfinished: Unfinished,
}

/// Renders the book beside its build folder.
///
/// # Errors
///
/// The book has problems, each named with its page and line, or the folder
/// cannot be written.
pub fn build(root: &Path) -> Result<Fresh> {
    let is_of_cells = config(root)?.contains_key("preprocessor.cells");
    let mut book = MDBook::load(root).map_err(|error| {
        // What mdBook cannot load, `cells` has page and line for.
        match cells::Book::load(root) {
            Err(problems) if is_of_cells => preprocess::listed(&problems),
            _ => error,
        }
    })?;
    if is_of_cells {
        // In the place of the command of the same name.
        book.with_preprocessor(Cells);
    }
    let target = target(root, &book)?;
    let html = book.config.html_config().unwrap_or_default();
    let rendered = Rendered {
        html: book.build_dir_for("html"),
        not_found: html.get_404_output_file(),
    };

    // Beside the target, so that the last step is a rename.
    let beside = target.parent().unwrap_or(root);
    fs::create_dir_all(beside)
        .with_context(|| format!("cannot make {}", beside.display()))?;
    let stage = tempfile::Builder::new()
        .prefix(".book-")
        .tempdir_in(beside)
        .with_context(|| format!("cannot write to {}", beside.display()))?;
    let unfinished = Unfinished::mark(stage.path());
    book.config.build.build_dir = stage.path().join(FRESH);
    book.build()?;
    Ok(Fresh {
        rendered,
        target,
        stage,
        _unfinished: unfinished,
    })
}

impl Fresh {
    /// Puts the book into its build folder, in the place of what was there.
    ///
    /// # Errors
    ///
    /// The folder cannot be replaced: then what was there is still there.
    pub fn publish(self) -> Result<Rendered> {
        let stale = self.stage.path().join("stale");
        exchange(&self.stage.path().join(FRESH), &self.target, &stale)
            .with_context(|| {
                format!("cannot replace {}", self.target.display())
            })?;
        Ok(self.rendered)
    }
}

/// Puts `fresh` where `target` is, which goes to `stale`.
fn exchange(fresh: &Path, target: &Path, stale: &Path) -> io::Result<()> {
    let had_one = target.exists();
    if had_one {
        fs::rename(target, stale)?;
    }
    fs::rename(fresh, target).inspect_err(|_| {
        if had_one {
            let _ = fs::rename(stale, target);
        }
    })
}

/// Reads `book.toml`.
///
/// # Errors
///
/// It is not there, or mdBook cannot read it.
pub fn config(root: &Path) -> Result<Config> {
    let file = root.join("book.toml");
    Config::from_disk(&file)
        .with_context(|| format!("cannot read {}", file.display()))
}

/// The build folder, unless that would put the book's own files at stake.
fn target(root: &Path, book: &MDBook) -> Result<PathBuf> {
    let build_dir = &book.config.build.build_dir;
    let target = root.join(build_dir);
    for kept in [root, &book.source_dir()] {
        if kept.starts_with(&target) {
            bail!(
                "book.toml: build-dir = \"{}\" would overwrite {}",
                build_dir.display(),
                kept.display()
            );
        }
    }
    Ok(target)
}
