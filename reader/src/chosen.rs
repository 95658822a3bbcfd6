//! The pages that a command line names.

use std::fs::canonicalize;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use cells::{Book, Page};

/// Leaves a book the pages that are named; all, where none is.
///
/// # Errors
///
/// A name is that of no page.
pub fn choose(book: &mut Book, named: &[PathBuf]) -> Result<()> {
    if named.is_empty() {
        return Ok(());
    }
    check_names(book, named)?;
    let root = book.root.clone();
    book.pages.retain(|page| names(&root, named, page));
    Ok(())
}

fn check_names(book: &Book, pages: &[PathBuf]) -> Result<()> {
    for name in pages {
        let name = std::slice::from_ref(name);
        if !book.pages.iter().any(|page| names(&book.root, name, page)) {
            let known: Vec<String> = book
                .pages
                .iter()
                .map(|page| page.path.display().to_string())
                .collect();
            bail!(
                "{} is no page of this book, which has {}",
                name[0].display(),
                known.join(", ")
            );
        }
    }
    Ok(())
}

/// Whether a page is among those that were named: by the path from the book's
/// root, or from the current folder, or by the file's name.
fn names(root: &Path, pages: &[PathBuf], page: &Page) -> bool {
    pages.iter().any(|name| {
        page.path == *name
            || page.path.file_name() == Some(name.as_os_str())
            || canonicalize(name)
                .is_ok_and(|path| path == root.join(&page.path))
    })
}
