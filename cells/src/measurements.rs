//! Numbers that a test cannot make again.
//!
//! A timing is different on every run and on every machine, so no test can
//! compare it with a page. A page shows it from a committed file instead,
//! which says where, when and by which command it was measured: page and file
//! agree, by test, and whoever measures anew blesses the page.

use std::fs;
use std::path::{Path, PathBuf};

use toml::{Table, Value};

/// A committed file of measurements.
///
/// ```no_run
/// use cells::Measurements;
///
/// let measured = Measurements::read("benches/measured/compare.toml")?;
/// println!("{}, {}", measured.machine, measured.date);
/// println!("{:.0}", measured.value("step.f32.1", "NumPy")?);
/// # Ok::<(), String>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Measurements {
    /// Where it was measured.
    pub machine: String,
    /// The day, such as `2026-11-24`.
    pub date: String,
    /// What measured it, and wrote the file.
    pub command: String,
    path: PathBuf,
    tables: Table,
}

impl Measurements {
    /// Reads a file, named from the current folder, which for a cell is the
    /// book's root.
    ///
    /// # Errors
    ///
    /// If it cannot be read, is not TOML, or lacks `machine`, `date` or
    /// `command`.
    pub fn read(path: impl AsRef<Path>) -> Result<Self, String> {
        let path = path.as_ref();
        let text = fs::read_to_string(path)
            .map_err(|error| format!("{}: {error}", path.display()))?;
        Self::parse(path, &text)
    }

    fn parse(path: &Path, text: &str) -> Result<Self, String> {
        let tables: Table = text
            .parse()
            .map_err(|error| format!("{}: {error}", path.display()))?;
        let string = |key: &str| {
            let value = tables.get(key).and_then(Value::as_str);
            value.map(str::to_owned).ok_or_else(|| {
                format!("{}: expected a text `{key}`", path.display())
            })
        };
        Ok(Self {
            machine: string("machine")?,
            date: string("date")?,
            command: string("command")?,
            path: path.to_owned(),
            tables,
        })
    }

    /// A number of a table such as `step.f32.1`.
    ///
    /// # Errors
    ///
    /// If there is no such table or no such number in it.
    pub fn value(&self, table: &str, key: &str) -> Result<f64, String> {
        let found = self.find(table)?;
        let value = found.get(key).and_then(number);
        value.ok_or_else(|| self.missing(&format!("[{table}] {key:?}"), found))
    }

    /// The numbers of a table with their names, in the file's order.
    ///
    /// # Errors
    ///
    /// If there is no such table, or if not all in it are numbers.
    pub fn table(&self, table: &str) -> Result<Vec<(String, f64)>, String> {
        let found = self.find(table)?;
        let row = |(key, value): (&String, &Value)| {
            number(value)
                .map(|number| (key.clone(), number))
                .ok_or_else(|| {
                    self.missing(&format!("a number, [{table}] {key:?}"), found)
                })
        };
        found.iter().map(row).collect()
    }

    fn find(&self, path: &str) -> Result<&Table, String> {
        path.split('.').try_fold(&self.tables, |table, key| {
            let found = table.get(key).and_then(Value::as_table);
            found.ok_or_else(|| self.missing(&format!("[{path}]"), table))
        })
    }

    fn missing(&self, expected: &str, found: &Table) -> String {
        let keys: Vec<_> = found.keys().map(|key| format!("{key:?}")).collect();
        let (path, keys) = (self.path.display(), keys.join(", "));
        format!("{path}: expected {expected}, found {keys}")
    }
}

#[expect(clippy::cast_precision_loss, reason = "a float without its point")]
fn number(value: &Value) -> Option<f64> {
    value
        .as_float()
        .or(value.as_integer().map(|value| value as f64))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "machine = 'M'\ndate = 'D'\ncommand = 'C'\n\
        [step.f32.1]\n\"five products\" = 182.0\nNumPy = 350\n";

    #[test]
    fn numbers_are_found_and_what_is_missing_is_named() {
        let file = Measurements::parse(Path::new("a.toml"), TEXT).unwrap();
        assert_eq!(file.value("step.f32.1", "NumPy"), Ok(350.0));
        let rows = file.table("step.f32.1").unwrap();
        let names: Vec<_> = rows.iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["five products", "NumPy"]);
        for (table, key, error) in [
            (
                "step.f32.1",
                "x",
                "[step.f32.1] \"x\", found \"five products\"",
            ),
            ("step.f64", "x", "expected [step.f64], found \"f32\""),
        ] {
            let found = file.value(table, key).unwrap_err();
            assert!(found.contains(error), "{found}");
            assert!(found.starts_with("a.toml: "), "{found}");
        }
        let error = Measurements::parse(Path::new("a"), "").unwrap_err();
        assert_eq!(error, "a: expected a text `machine`");
    }
}
