//! All of a book's `build.rs`.

use std::env;
use std::path::{Path, PathBuf};

use crate::config::FILE;
use crate::generate::generate;
use crate::{Book, Problem};

/// The variable that says which copy of the book this is, by its root: cargo
/// itself takes two copies for one book where they share a target folder.
const ROOT: &str = "CELLS_ROOT";

/// Reads the book that the package holds, and writes one test for each of its
/// sections, into files that `tests/skeptic.rs` includes:
///
/// ```ignore
/// include!(concat!(env!("OUT_DIR"), "/skeptic-tests.rs"));
/// include!(concat!(env!("OUT_DIR"), "/cells-tests.rs"));
/// ```
///
/// A problem of the book fails the build, with page and line.
///
/// # Panics
///
/// Outside of a build script, where cargo's variables are missing.
pub fn build_script() {
    let variable = |name| {
        env::var_os(name).unwrap_or_else(|| panic!("{name}: run by cargo"))
    };
    let root = PathBuf::from(variable("CARGO_MANIFEST_DIR"));
    let out = PathBuf::from(variable("OUT_DIR"));
    let target = variable("TARGET").to_string_lossy().into_owned();
    println!("cargo::rerun-if-env-changed={ROOT}");
    println!("cargo::rerun-if-changed={FILE}");
    match Book::load(&root) {
        Ok(book) => {
            watch(&book);
            if let Err((path, error)) = generate(&book, &out, &target) {
                println!("cargo::error={}: {error}", path.display());
            }
        }
        Err(problems) => {
            // Whatever is mended next, the build runs again: it has failed.
            for problem in problems {
                fail(&problem);
            }
        }
    }
}

fn fail(problem: &Problem) {
    for line in problem.to_string().lines() {
        println!("cargo::error={line}");
    }
}

/// Tells cargo what a change of must bring the build script back.
fn watch(book: &Book) {
    let watch = |path: &Path| {
        println!("cargo::rerun-if-changed={}", path.display());
    };
    // A folder stands for all that is in it, and for what comes and goes.
    watch(&book.config.src);
    for page in &book.pages {
        page.sources.iter().for_each(|source| watch(source));
    }
    for set in book.config.data.values() {
        // Data that arrive change the nearest folder that there is. A folder
        // that there is not brings the build script back every time: only
        // for a book that has no folder for its data at all.
        let exists = |folder: &&Path| book.root.join(folder).exists();
        let nearest = set.folder.ancestors().find(exists);
        let is_root = nearest.is_none_or(|folder| folder == Path::new(""));
        watch(nearest.filter(|_| !is_root).unwrap_or(&set.folder));
    }
}
