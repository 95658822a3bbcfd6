//! Takes pages away: as notebooks, as programs, as packages.

mod json;
mod notebook;
mod zip;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use anyhow::{Context, Result, anyhow};
use cells::live::Edits;
use keeper::Keeper;

use crate::chosen::chosen;
use crate::live::Package;
use crate::preprocess::listed;
use crate::render;
use crate::stage::{BOOK, Stage};

pub use notebook::{Asking, Order, notebooks};
pub use zip::zip;

/// Writes the pages of the book in `root` as notebooks, all of them or those
/// that are named, into the folder `out`; without one, beside the rendered
/// book.
///
/// # Errors
///
/// The book has problems, its package cannot be built, or a file cannot be
/// written: then none is, but what was there may be replaced in part if the
/// folder fails in the middle.
pub fn write(root: &Path, pages: &[PathBuf], out: Option<&Path>) -> Result<()> {
    let book = cells::Book::load(root).map_err(|found| listed(&found))?;
    let wanted = chosen(&book, pages)?;
    let out = match out {
        Some(out) => std::path::absolute(out)?,
        None => beside(root)?,
    };
    fs::create_dir_all(&out)
        .with_context(|| format!("cannot make {}", out.display()))?;
    let out = render::real(&out)?;
    let keeper = Keeper::own().context("cannot find this program")?;
    let package = Arc::new(Package::new(root, &book.config.test, keeper));
    let mut tell = |text: &str| {
        if !text.starts_with("Building") {
            eprintln!("{text}");
        }
    };
    let built = package
        .built(&AtomicBool::new(false), &mut tell)
        .map_err(|error| anyhow!(error))?;
    let asking = &mut Asking {
        libraries: &built.libraries,
        folder: &built.folder,
        start: &mut |mut command| command.output(),
    };
    let edits = Edits::new();
    let from = |folder: &Path| way(&out.join(folder), root);
    let order = Order {
        book: &book,
        pages: &wanted,
        edits: &edits,
        from: &from,
    };
    let notebooks = notebooks(&order, asking)?;
    let failed = || format!("cannot write to {}", out.display());
    let stage = Stage::make_in(&out, BOOK).with_context(failed)?;
    for (path, text) in &notebooks {
        let path = stage.path().join(path);
        fs::create_dir_all(path.parent().unwrap_or(&out))
            .and_then(|()| fs::write(path, text))
            .with_context(failed)?;
    }
    for path in notebooks.keys() {
        let place = out.join(path);
        fs::create_dir_all(place.parent().unwrap_or(&out))
            .and_then(|()| fs::rename(stage.path().join(path), &place))
            .with_context(|| format!("cannot write {}", place.display()))?;
    }
    println!("{} are in {}", counted(notebooks.len()), out.display());
    Ok(())
}

fn counted(notebooks: usize) -> String {
    match notebooks {
        1 => "1 notebook".to_owned(),
        _ => format!("{notebooks} notebooks"),
    }
}

/// The folder for notebooks that is not named.
fn beside(root: &Path) -> Result<PathBuf> {
    let config = render::config(root)?;
    let book = root.join(&config.build.build_dir);
    Ok(book.with_file_name("notebooks"))
}

/// The way from a folder to the book's root: one that a copy of the book has
/// as well, where the folder is in it.
pub fn way(folder: &Path, root: &Path) -> String {
    let way = match folder.strip_prefix(root) {
        Ok(inside) => inside.components().map(|_| "..").collect(),
        Err(_) => root.to_owned(),
    };
    if way.as_os_str().is_empty() {
        return ".".to_owned();
    }
    way.to_string_lossy().replace('\\', "/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_to_the_root_is_short_inside_of_it() {
        for (folder, expected) in [
            ("/book/target/notebooks", "../.."),
            ("/book", "."),
            ("/notebooks", "/book"),
            ("/book-2", "/book"),
        ] {
            assert_eq!(way(Path::new(folder), Path::new("/book")), expected);
        }
    }
}
