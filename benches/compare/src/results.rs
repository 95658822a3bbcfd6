//! What was measured.

/// Tables by name, each with its rows, in the order of measurement.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Results {
    tables: Vec<Table>,
}

/// One table: what its numbers mean, and the numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    /// Its name, such as `step.f32.1`.
    pub name: String,
    /// The unit of its numbers.
    pub unit: &'static str,
    /// Numbers, each with the name of its row.
    pub rows: Vec<(String, f64)>,
}

impl Results {
    /// Adds a row to a table.
    pub fn add(
        &mut self,
        table: &str,
        unit: &'static str,
        row: &str,
        value: f64,
    ) {
        let row = (row.to_owned(), value);
        match self.tables.iter_mut().find(|it| it.name == table) {
            Some(table) => table.rows.push(row),
            None => self.tables.push(Table {
                name: table.to_owned(),
                unit,
                rows: vec![row],
            }),
        }
    }

    /// All tables.
    pub fn tables(&self) -> &[Table] {
        &self.tables
    }

    /// The rows of a table; none if it was not measured.
    pub fn rows(&self, table: &str) -> &[(String, f64)] {
        let table = self.tables.iter().find(|it| it.name == table);
        table.map_or(&[], |table| &table.rows)
    }

    /// One number.
    pub fn get(&self, table: &str, row: &str) -> Option<f64> {
        let mut rows = self.rows(table).iter();
        rows.find(|(name, _)| name == row).map(|(_, value)| *value)
    }

    /// The row with the smallest number, of those whose name is wanted.
    pub fn least(
        &self,
        table: &str,
        wanted: impl Fn(&str) -> bool,
    ) -> Option<(&str, f64)> {
        self.wanted(table, wanted)
            .min_by(|(_, a), (_, b)| a.total_cmp(b))
    }

    /// The row with the largest number, of those whose name is wanted.
    pub fn greatest(
        &self,
        table: &str,
        wanted: impl Fn(&str) -> bool,
    ) -> Option<(&str, f64)> {
        self.wanted(table, wanted)
            .max_by(|(_, a), (_, b)| a.total_cmp(b))
    }

    fn wanted(
        &self,
        table: &str,
        wanted: impl Fn(&str) -> bool,
    ) -> impl Iterator<Item = (&str, f64)> {
        let rows = self.rows(table).iter();
        rows.map(|(name, value)| (name.as_str(), *value))
            .filter(move |(name, _)| wanted(name))
    }
}

/// A number with four significant digits, or all of those before the point.
pub fn digits(value: f64) -> String {
    let mut decimals = 3;
    let mut size = value.abs();
    if size > 0.0 {
        while size < 0.9995 && decimals < 12 {
            size *= 10.0;
            decimals += 1;
        }
        while size >= 9.9995 && decimals > 0 {
            size /= 10.0;
            decimals -= 1;
        }
    }
    format!("{value:.decimals$}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_four_digits() {
        for (value, text) in [
            (0.0, "0.000"),
            (0.000_214_37, "0.0002144"),
            (0.9704, "0.9704"),
            (0.99999, "1.000"),
            (1.5, "1.500"),
            (9.9999, "10.00"),
            (182.04, "182.0"),
            (35_123.4, "35123"),
        ] {
            assert_eq!(digits(value), text);
        }
    }

    #[test]
    fn rows_are_found_by_table_and_name() {
        let mut results = Results::default();
        for (row, value) in [("backprop", 2.0), ("a", 4.0), ("b", 3.0)] {
            results.add("step.f32.1", "microseconds", row, value);
        }
        assert_eq!(results.get("step.f32.1", "a"), Some(4.0));
        assert_eq!(results.get("step.f32.1", "c"), None);
        assert_eq!(results.get("step.f32.2", "a"), None);
        let least = results.least("step.f32.1", |name| name != "backprop");
        assert_eq!(least, Some(("b", 3.0)));
        let greatest = results.greatest("step.f32.1", |name| name != "a");
        assert_eq!(greatest, Some(("b", 3.0)));
    }
}
