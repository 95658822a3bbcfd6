//! Pages as a cargo package.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::fs;
use std::path::Path;

use toml::{Table, Value};

use super::program::{program, stem};
use crate::live::{Edits, edited};
use crate::problem::slashed;
use crate::{Book, Page};

/// The file in which cargo keeps the versions that it has chosen.
const LOCK: &str = "Cargo.lock";

/// Pages as a package: its files, by their paths. One page is its only program,
/// several are a program each.
///
/// It depends on those crates that the pages name, as the book's package does,
/// in the versions that the book was checked with. What is in the book's own
/// folder comes from its repository, if `Cargo.toml` names one, and else from
/// where it is now.
///
/// # Errors
///
/// If the `Cargo.toml` beside `book.toml` cannot be read.
pub fn package(
    book: &Book,
    pages: &[&Page],
    edits: &Edits,
) -> Result<BTreeMap<String, String>, String> {
    let manifest = Manifest::read(&book.root)?;
    let name = match pages {
        [page] => stem(page),
        _ => "pages".to_owned(),
    };
    let mut files = BTreeMap::new();
    for page in pages {
        let path = match pages {
            [_] => "src/main.rs".to_owned(),
            _ => format!("src/bin/{}.rs", stem(page)),
        };
        files.insert(path, program(book, page, edits));
    }
    let used = used(pages, edits);
    // Of an absolute path, the parts alone would make another.
    let from = book.root.to_string_lossy().replace('\\', "/");
    let dependencies = manifest.dependencies(&used, &from);
    files.insert(
        "Cargo.toml".to_owned(),
        manifest.text(book, &name, &dependencies),
    );
    if let Some(lock) = &manifest.lock {
        files.insert(LOCK.to_owned(), lock.clone());
    }
    files.insert("README.md".to_owned(), readme(book, pages, &name));
    Ok(files)
}

/// The crates that a page names, each with what `Cargo.toml` would say of it.
/// What is in the book's own folder is there `from` the reader's.
///
/// # Errors
///
/// If the `Cargo.toml` beside `book.toml` cannot be read.
pub fn dependencies(
    book: &Book,
    page: &Page,
    edits: &Edits,
    from: &str,
) -> Result<Vec<(String, String)>, String> {
    let manifest = Manifest::read(&book.root)?;
    let used = used(&[page], edits);
    let all = manifest.dependencies(&used, from).into_iter();
    Ok(all.map(|(name, value)| (name, value.to_string())).collect())
}

/// The words of the pages' cells, among which are the crates that they name.
fn used(pages: &[&Page], edits: &Edits) -> BTreeSet<String> {
    let cells = pages.iter().flat_map(|page| page.cells());
    let mut words = BTreeSet::new();
    for cell in cells {
        let text = edited(cell, edits).text();
        let is_part = |c: char| c.is_alphanumeric() || c == '_';
        let all = text.split(|c: char| !is_part(c));
        words.extend(all.map(str::to_owned));
    }
    words
}

fn readme(book: &Book, pages: &[&Page], name: &str) -> String {
    let title = match pages {
        [page] => &page.title,
        _ => &book.config.title,
    };
    let mut text = format!("# {title}\n\n");
    for page in pages {
        let _ = writeln!(text, "The cells of {}.", slashed(&page.path));
    }
    let run = match pages {
        [_] => String::new(),
        _ => " --bin PAGE".to_owned(),
    };
    let _ = write!(
        text,
        "\nEach section of the page is a function. To run them all:\n\n    \
         cargo run{run}\n"
    );
    let needs = pages.iter().flat_map(|page| &page.sections);
    if needs.into_iter().any(|section| !section.needs.is_empty()) {
        let _ = write!(
            text,
            "\nSome read data, as `{}` fetches it into the book's folder. Run \
             them from there:\n\n    \
             cargo run --manifest-path PATH-TO/{name}/Cargo.toml{run}\n",
            book.config.fetch
        );
    }
    text
}

/// What the book's own package says of itself.
struct Manifest {
    table: Table,
    lock: Option<String>,
}

impl Manifest {
    fn read(root: &Path) -> Result<Manifest, String> {
        let path = root.join("Cargo.toml");
        let at = |error: &dyn std::fmt::Display| {
            format!("{}: {error}", path.display())
        };
        let text = fs::read_to_string(&path).map_err(|error| at(&error))?;
        Ok(Manifest {
            table: text.parse().map_err(|error| at(&error))?,
            lock: fs::read_to_string(root.join(LOCK)).ok(),
        })
    }

    fn get(&self, path: &[&str]) -> Option<&Value> {
        let (first, rest) = path.split_first()?;
        let first = self.table.get(*first);
        rest.iter().fold(first, |value, key| value?.get(key))
    }

    /// What the package says of itself, or leaves to its workspace to say.
    fn of_package(&self, key: &str) -> Option<&str> {
        let own = self.get(&["package", key])?;
        let value = match own.get("workspace") {
            Some(_) => self.get(&["workspace", "package", key])?,
            None => own,
        };
        value.as_str()
    }

    /// The crates that cells may name and do.
    fn dependencies(
        &self,
        used: &BTreeSet<String>,
        from: &str,
    ) -> BTreeMap<String, Value> {
        let mut found = BTreeMap::new();
        let own = self.of_package("name").unwrap_or_default();
        let library = self.get(&["lib", "name"]).and_then(Value::as_str);
        if used.contains(&library.unwrap_or(own).replace('-', "_")) {
            found.insert(own.to_owned(), self.own(".", from));
        }
        for kind in ["dependencies", "dev-dependencies"] {
            let table = self.table.get(kind).and_then(Value::as_table);
            for (name, value) in table.into_iter().flatten() {
                if used.contains(&name.replace('-', "_")) {
                    let value = self.dependency(name, value, from);
                    found.insert(name.clone(), value);
                }
            }
        }
        found
    }

    /// What to say of a crate, given what the book's package says.
    fn dependency(&self, name: &str, value: &Value, from: &str) -> Value {
        let mut value = value.clone();
        let path = ["workspace", "dependencies", name];
        if value.get("workspace").is_some()
            && let Some(common) = self.get(&path)
        {
            let own = value.get("features").cloned();
            value = common.clone();
            if let (Some(own), Some(table)) = (own, value.as_table_mut()) {
                table.insert("features".to_owned(), own);
            }
        }
        let Some(table) = value.as_table_mut() else {
            return value;
        };
        table.remove("optional");
        if let Some(path) = table.remove("path") {
            table.remove("version");
            let place = self.own(path.as_str().unwrap_or_default(), from);
            table.extend(place.as_table().cloned().unwrap_or_default());
        }
        value
    }

    /// Where a package is found that is in the book's folder at this path.
    fn own(&self, path: &str, from: &str) -> Value {
        let mut table = Table::new();
        if let Some(repository) = self.of_package("repository") {
            table.insert("git".to_owned(), repository.into());
        } else {
            let path = match path {
                "." => from.to_owned(),
                path => format!("{from}/{path}"),
            };
            table.insert("path".to_owned(), path.into());
        }
        table.into()
    }

    fn text(
        &self,
        book: &Book,
        name: &str,
        dependencies: &BTreeMap<String, Value>,
    ) -> String {
        let mut text = String::new();
        if !book.config.title.is_empty() {
            let _ = writeln!(text, "# Cells of \"{}\".", book.config.title);
        }
        let name = Value::from(name);
        let _ = write!(
            text,
            "[package]\nname = {name}\nversion = \"0.1.0\"\n\
             edition = \"2021\"\n"
        );
        if let Some(version) = self.of_package("rust-version") {
            let version = Value::from(version);
            let _ = writeln!(text, "rust-version = {version}");
        }
        text += "publish = false\n\n[dependencies]\n";
        for (name, value) in dependencies {
            if value.get("path").is_some() {
                text += "# In the book's folder: change this if it moves.\n";
            }
            let _ = writeln!(text, "{name} = {value}");
        }
        if let Some(profile) = self.profile(dependencies) {
            text += "\n# As the book's own, without which cells are slow.\n";
            text += &profile;
        }
        // Inside of another package's folder, it is still one of its own.
        text += "\n[workspace]\n";
        text
    }

    /// How the book's package is compiled, as far as that concerns crates that
    /// these depend on.
    fn profile(
        &self,
        dependencies: &BTreeMap<String, Value>,
    ) -> Option<String> {
        let mut profile = self.table.get("profile")?.as_table()?.clone();
        let below = self.below(dependencies.keys().cloned().collect());
        let kinds = profile.iter_mut().map(|(_, kind)| kind);
        for kind in kinds.filter_map(Value::as_table_mut) {
            let packages = kind.get_mut("package");
            if let Some(packages) = packages.and_then(Value::as_table_mut) {
                packages.retain(|name, _| name == "*" || below.contains(name));
            }
        }
        let all = Table::from_iter([("profile".to_owned(), profile.into())]);
        toml::to_string(&all).ok()
    }

    /// These packages and all that they depend on, by the book's lock.
    fn below(&self, mut names: Vec<String>) -> BTreeSet<String> {
        let lock: Option<Table> =
            self.lock.as_deref().and_then(|lock| lock.parse().ok());
        let packages = lock.as_ref().and_then(|lock| lock.get("package"));
        let packages = packages.and_then(Value::as_array);
        let mut found = BTreeSet::new();
        while let Some(name) = names.pop() {
            if !found.insert(name.clone()) {
                continue;
            }
            let is_it = |it: &&Value| {
                it.get("name").and_then(Value::as_str) == Some(&name)
            };
            for package in packages.into_iter().flatten().filter(is_it) {
                let all = package.get("dependencies").and_then(Value::as_array);
                let all = all.into_iter().flatten().filter_map(Value::as_str);
                // A version may follow the name.
                let all = all.filter_map(|it| it.split(' ').next());
                names.extend(all.map(str::to_owned));
            }
        }
        found
    }
}
