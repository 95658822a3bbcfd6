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
    check_names(book, named)?;
    let root = book.root.clone();
    book.pages.retain(|page| is_chosen(&root, named, page));
    Ok(())
}

/// The pages of a book that are named; all, where none is.
///
/// # Errors
///
/// A name is that of no page.
pub fn chosen<'a>(book: &'a Book, named: &[PathBuf]) -> Result<Vec<&'a Page>> {
    check_names(book, named)?;
    let pages = book.pages.iter();
    Ok(pages
        .filter(|page| is_chosen(&book.root, named, page))
        .collect())
}

fn is_chosen(root: &Path, named: &[PathBuf], page: &Page) -> bool {
    named.is_empty() || names(root, named, page)
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
