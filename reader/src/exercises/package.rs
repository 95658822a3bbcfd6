//! The folder as a package, so that an editor can help with what is in it.

use std::fmt::Write;
use std::path::Path;

use cells::Exercise;
use toml::{Table, Value};

use crate::export::way;

/// The package's files, by name: with a module for each exercise whose answers
/// are all items, as those of a module are. Of the others, an editor knows
/// less. None where the book is no package.
pub fn files(
    root: &Path,
    folder: &Path,
    exercises: &[(&Exercise, String)],
) -> Vec<(&'static str, String)> {
    let Some(dependencies) = dependencies(root, folder) else {
        return Vec::new();
    };
    let manifest = format!(
        "# So that an editor can help; answers are checked without it.\n\
         [package]\nname = \"exercises\"\nversion = \"0.0.0\"\n\
         edition = \"2021\"\npublish = false\n\n[lib]\npath = \
         \"exercises.rs\"\n\n{dependencies}\n# A package of its own.\n\
         [workspace]\n"
    );
    let mut library = "//! All exercises, for editors.\n\
                       #![allow(warnings)]\n"
        .to_owned();
    for (exercise, name) in exercises {
        if exercise.has_items_only() {
            let module = exercise.number.replace('-', "_");
            let _ = write!(
                library,
                "\n#[path = {name:?}]\nmod exercise_{module};\n"
            );
        }
    }
    vec![("Cargo.toml", manifest), ("exercises.rs", library)]
}

/// The crates that cells may name, as a table for the package in `folder`.
fn dependencies(root: &Path, folder: &Path) -> Option<String> {
    let text = std::fs::read_to_string(root.join("Cargo.toml")).ok()?;
    let table: Table = text.parse().ok()?;
    let name = table.get("package")?.get("name")?.as_str()?;
    let back = way(folder, root);
    let own = Table::from_iter([("path".to_owned(), back.clone().into())]);
    let mut all = Table::from_iter([(name.to_owned(), own.into())]);
    for kind in ["dependencies", "dev-dependencies"] {
        let crates = table.get(kind).and_then(Value::as_table);
        for (name, value) in crates.into_iter().flatten() {
            let mut value = value.clone();
            // What the workspace says of it is not known here.
            if value.get("workspace").is_some() {
                continue;
            }
            if let Some(Value::String(path)) = value.get_mut("path") {
                *path = format!("{back}/{path}");
            }
            all.insert(name.clone(), value);
        }
    }
    let all = Table::from_iter([("dependencies".to_owned(), all.into())]);
    toml::to_string(&all).ok()
}
