//! The pictures of a whole book: each is drawn by one cell, and shown.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::page::FIGURES;
use crate::problem::slashed;
use crate::{Config, Page, Picture, Problem};

/// Every problem of the pictures of these pages, and of the folder that holds
/// them.
pub(crate) fn check(
    root: &Path,
    config: &Config,
    pages: &[Page],
) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut drawn: BTreeMap<&Path, (&Page, usize)> = BTreeMap::new();
    for (page, picture) in under_cells(pages) {
        let place = (page, picture.line);
        if let Some((other, line)) = drawn.insert(&picture.path, place) {
            problems.push(Problem::new(
                &page.path,
                picture.line,
                format!(
                    "{} is drawn by another cell, at {}:{line}: give one of \
                     the two another name, or write a sentence before the \
                     image to show it again",
                    slashed(&picture.path),
                    slashed(&other.path)
                ),
            ));
        }
    }
    for page in pages {
        for Picture { line, path, .. } in &page.pictures {
            if !drawn.contains_key(path.as_path()) {
                let message = format!(
                    "no cell draws {}: an image right after a cell is what \
                     the cell draws",
                    slashed(path)
                );
                problems.push(Problem::new(&page.path, *line, message));
            }
        }
    }
    let folder = config.src.join(FIGURES);
    match files(root, &folder) {
        Ok(files) => {
            for file in files {
                if !drawn.contains_key(file.as_path()) {
                    let message = "no page shows this file under the cell \
                        that draws it: remove it, or show it there";
                    problems.push(Problem::new(file, 1, message));
                }
            }
        }
        Err(error) => {
            let message = format!("cannot be read: {error}");
            problems.push(Problem::new(folder, 1, message));
        }
    }
    problems
}

fn under_cells(pages: &[Page]) -> impl Iterator<Item = (&Page, &Picture)> {
    pages.iter().flat_map(|page| {
        let pictures = page.cells().flat_map(|cell| &cell.pictures);
        pictures.map(move |picture| (page, picture))
    })
}

/// What a folder holds, if it is there, but for hidden files.
fn files(root: &Path, folder: &Path) -> io::Result<Vec<PathBuf>> {
    let entries = match fs::read_dir(root.join(folder)) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Ok(Vec::new());
        }
        Err(error) => return Err(error),
    };
    let mut files = Vec::new();
    for entry in entries {
        let name = entry?.file_name();
        if !name.to_string_lossy().starts_with('.') {
            files.push(folder.join(name));
        }
    }
    files.sort();
    Ok(files)
}
