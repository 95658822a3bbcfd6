//! The measurement file, which the book's pages show numbers from.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::{Context, Result};
use cells::measure;

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
    let text = text(&measure::machine(), &today(), versions, results);
    measure::write(path, &text)
        .with_context(|| format!("cannot write {}", path.display()))
}

/// Today, in UTC, as 2026-11-24.
pub fn today() -> String {
    time::OffsetDateTime::now_utc().date().to_string()
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
    fn a_date_has_ten_characters() {
        assert_eq!(today().len(), 10);
    }
}
