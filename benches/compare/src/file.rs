//! The measurement file, which the book's pages show numbers from.

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::Path;

use anyhow::{Context, Result};
use tempfile::NamedTempFile;

use crate::machine;
use crate::results::{Results, digits};

/// The text of the file.
pub fn text(
    machine: &str,
    date: &str,
    versions: &[(String, String)],
    results: &Results,
) -> String {
    let mut text = format!(
        "# Written by the command below; never by hand.\n\
         machine = {}\ndate = {}\ncommand = \"cargo compare --write\"\n\
         \n[versions]\n",
        quoted(machine),
        quoted(date)
    );
    for (name, version) in versions {
        let _ = writeln!(text, "{} = {}", key(name), quoted(version));
    }
    for table in results.tables() {
        let _ = write!(text, "\n[{}] # {}\n", table.name, table.unit);
        for (name, value) in &table.rows {
            let _ = writeln!(text, "{} = {}", key(name), float(*value));
        }
    }
    text
}

/// Writes the file, whole or not at all.
pub fn write(
    path: &Path,
    versions: &[(String, String)],
    results: &Results,
) -> Result<()> {
    let text = text(&machine::machine(), &machine::date(), versions, results);
    let folder = path.parent().context("the file needs a folder")?;
    let put = || -> Result<()> {
        fs::create_dir_all(folder)?;
        // Readable by others, as a temporary file of the crate's is not.
        let mut file = tempfile_in(folder)?;
        file.write_all(text.as_bytes())?;
        file.as_file().sync_all()?;
        file.persist(path)?;
        Ok(())
    };
    put().with_context(|| format!("cannot write {}", path.display()))
}

#[cfg(unix)]
fn tempfile_in(folder: &Path) -> std::io::Result<NamedTempFile> {
    use std::os::unix::fs::PermissionsExt;
    tempfile::Builder::new()
        .permissions(fs::Permissions::from_mode(0o644))
        .tempfile_in(folder)
}

#[cfg(not(unix))]
fn tempfile_in(folder: &Path) -> std::io::Result<NamedTempFile> {
    NamedTempFile::new_in(folder)
}

/// A number that TOML takes for a float.
fn float(value: f64) -> String {
    let text = digits(value);
    if text.contains('.') {
        text
    } else {
        format!("{text}.0")
    }
}

fn key(name: &str) -> String {
    let bare = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c);
    if !name.is_empty() && name.chars().all(bare) {
        name.to_owned()
    } else {
        quoted(name)
    }
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn example() -> Results {
        let mut results = Results::default();
        for (table, unit, row, value) in [
            ("step.f32.1", "microseconds", "five products", 182.04),
            ("step.f32.1", "microseconds", "NumPy", 35_123.0),
            ("growth.batch.f32.1.NumPy", "microseconds", "1", 20.0),
        ] {
            results.add(table, unit, row, value);
        }
        results
    }

    #[test]
    fn the_file_has_tables_with_units() {
        let versions = [("rustc".to_owned(), "1.95.0".to_owned())];
        let text = text("A \"fast\" one", "2026-11-24", &versions, &example());
        assert_eq!(
            text,
            r#"# Written by the command below; never by hand.
machine = "A \"fast\" one"
date = "2026-11-24"
command = "cargo compare --write"

[versions]
rustc = "1.95.0"

[step.f32.1] # microseconds
"five products" = 182.0
NumPy = 35123.0

[growth.batch.f32.1.NumPy] # microseconds
1 = 20.00
"#
        );
    }

    #[test]
    fn it_is_written_over_what_was_there() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("measured/compare.toml");
        for _ in 0..2 {
            write(&path, &[], &example()).unwrap();
        }
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains("\nNumPy = 35123.0\n"), "{text}");
        let files = fs::read_dir(path.parent().unwrap()).unwrap();
        assert_eq!(files.count(), 1);
    }
}
