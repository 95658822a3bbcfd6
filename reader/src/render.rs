//! Renders the book with mdBook: whole, or not at all.

use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use mdbook_driver::MDBook;
use mdbook_driver::config::Config;

use crate::preprocess::{self, Cells};
use crate::stage::{BOOK, Stage};

/// The name of the new book while it is not where it belongs.
const FRESH: &str = "fresh";

/// Where a rendered book is.
#[derive(Clone, Debug)]
pub struct Rendered {
    /// The folder that holds the pages as HTML.
    pub html: PathBuf,
    /// The file of the page "not found", in that folder.
    pub not_found: String,
    /// The folder in which the book's build folder is.
    pub beside: PathBuf,
}

/// A book that is rendered, but not yet where it belongs.
pub struct Fresh {
    rendered: Rendered,
    target: PathBuf,
    stage: Stage,
}

/// Renders the book beside its build folder.
///
/// # Errors
///
/// The book has problems, each named with its page and line, or the folder
/// cannot be written.
pub fn build(root: &Path) -> Result<Fresh> {
    let mut book = load(root)?;
    let target = target(root, &book)?;
    let html = book.config.html_config().unwrap_or_default();
    // Beside the target, so that the last step is a rename.
    let beside = target.parent().unwrap_or(root);
    let rendered = Rendered {
        html: book.build_dir_for("html"),
        not_found: html.get_404_output_file(),
        beside: beside.to_owned(),
    };
    fs::create_dir_all(beside)
        .with_context(|| format!("cannot make {}", beside.display()))?;
    let stage = Stage::make_in(beside, BOOK)
        .with_context(|| format!("cannot write to {}", beside.display()))?;
    book.config.build.build_dir = stage.path().join(FRESH);
    book.build()?;
    Ok(Fresh {
        rendered,
        target,
        stage,
    })
}

/// The book as mdBook reads it, with our preprocessor.
///
/// # Errors
///
/// mdBook cannot read it: what is wrong is named with its page and line.
pub fn load(root: &Path) -> Result<MDBook> {
    let mut config = config(root)?;
    config.update_from_env()?;
    let is_of_cells = config.contains_key("preprocessor.cells");
    let has_order = ["after", "before"].iter().any(|order| {
        config.contains_key(&format!("preprocessor.cells.{order}"))
    });
    if is_of_cells && !has_order && config.build.use_default_preprocessors {
        // Formulas may be in text that mdBook includes, by `links`.
        config.set("preprocessor.cells.after", ["links"])?;
    }
    let loaded = MDBook::load_with_config(root, config);
    let mut book = loaded.map_err(|error| {
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
    Ok(book)
}

impl Fresh {
    /// Where it is until then.
    pub fn folder(&self) -> PathBuf {
        self.stage.path().join(FRESH)
    }

    /// Puts the book into its build folder, in the place of what was there.
    ///
    /// # Errors
    ///
    /// The folder cannot be replaced: then what was there is still there.
    pub fn publish(self) -> Result<Rendered> {
        let stale = self.stage.path().join("stale");
        exchange(&self.folder(), &self.target, &stale).with_context(|| {
            format!("cannot replace {}", self.target.display())
        })?;
        Ok(self.rendered)
    }
}

/// Puts `fresh` where `target` is, which goes to `stale`. Another run that does
/// the same goes first, but not for ever.
fn exchange(fresh: &Path, target: &Path, stale: &Path) -> io::Result<()> {
    let mut tries = 0;
    loop {
        let stale = stale.with_extension(tries.to_string());
        match exchange_once(fresh, target, &stale) {
            Err(error) if tries < 20 && is_crossed(&error) => {
                // The more often they met, the longer one of them waits.
                thread::sleep(Duration::from_millis(tries));
                tries += 1;
            }
            other => return other,
        }
    }
}

/// Whether what was there, or not there, is no more, or is there now.
fn is_crossed(error: &io::Error) -> bool {
    use io::ErrorKind::{AlreadyExists, DirectoryNotEmpty, NotFound};
    matches!(error.kind(), AlreadyExists | DirectoryNotEmpty | NotFound)
}

fn exchange_once(fresh: &Path, target: &Path, stale: &Path) -> io::Result<()> {
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
    let shown =
        || format!("book.toml: build-dir = \"{}\"", build_dir.display());
    let target = real(&root.join(build_dir)).with_context(shown)?;
    let source = book.source_dir();
    for kept in [root, &source] {
        if real(kept)?.starts_with(&target) {
            bail!("{} would overwrite {}", shown(), kept.display());
        }
    }
    if target.starts_with(real(&source)?) {
        bail!(
            "{} is inside of the pages' folder {}, and each book would hold \
             the one before it: name a folder outside of it",
            shown(),
            source.display()
        );
    }
    Ok(target)
}

/// The one name, without links and `..`, of a path that need not be there.
///
/// # Errors
///
/// `..` leads out of what is not there, or the path cannot be followed.
pub fn real(path: &Path) -> Result<PathBuf> {
    for there in path.ancestors() {
        let real = match there.canonicalize() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            other => other
                .with_context(|| format!("cannot find {}", there.display()))?,
        };
        let rest = path.strip_prefix(there)?;
        if rest.components().any(|part| part == Component::ParentDir) {
            bail!("`..` leads out of {}, which is not there", path.display());
        }
        // Joining nothing would add a slash.
        return Ok(real.components().chain(rest.components()).collect());
    }
    bail!("cannot find {}", path.display())
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::*;

    #[test]
    fn two_runs_put_their_books_in_one_place() {
        let folder = TempDir::new().expect("a temporary folder");
        let folder = folder.path();
        let run = |name: &str| {
            let place = |part: &str| folder.join(format!("{name}-{part}"));
            for book in 0..200 {
                let fresh = place(&format!("{book}"));
                let stale = place(&format!("{book}-stale"));
                fs::create_dir(&fresh).expect("a folder");
                fs::write(fresh.join("page"), name).expect("a file");
                let done = exchange(&fresh, &folder.join("book"), &stale);
                done.expect("it is exchanged");
            }
        };
        thread::scope(|scope| {
            scope.spawn(|| run("one"));
            scope.spawn(|| run("other"));
        });
        assert!(folder.join("book/page").is_file());
    }
}
