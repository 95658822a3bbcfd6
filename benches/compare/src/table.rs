//! What is printed: Markdown's tables, with aligned columns.

use cells::measure::aligned;

use crate::column::Column;
use crate::results::{Results, digits};

/// The tables of one kind of work beside each other, such as `step.f32.1` to
/// `step.f64.2`; each number with its ratio to the first row's, if asked for.
pub fn side_by_side(
    results: &Results,
    kind: &str,
    columns: &[Column],
    ratio_to: Option<&str>,
) -> String {
    let table = |column: Column| format!("{kind}.{}", column.key());
    let mut names: Vec<&str> = Vec::new();
    for &column in columns {
        for (name, _) in results.rows(&table(column)) {
            if !names.contains(&name.as_str()) {
                names.push(name);
            }
        }
    }
    let mut head = vec![String::new()];
    head.extend(columns.iter().map(ToString::to_string));
    let mut rows = vec![head];
    for name in names {
        let mut row = vec![name.to_owned()];
        row.extend(columns.iter().map(|&column| {
            let table = table(column);
            let Some(value) = results.get(&table, name) else {
                return "-".to_owned();
            };
            let base = ratio_to.and_then(|name| results.get(&table, name));
            base.map_or_else(
                || digits(value),
                |base| format!("{} {:5.2}x", digits(value), value / base),
            )
        }));
        rows.push(row);
    }
    aligned(&rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned_and_ratios_shown() {
        let mut results = Results::default();
        for (table, row, value) in [
            ("step.f32.1", "five products", 182.0),
            ("step.f32.1", "backprop", 214.0),
            ("step.f32.2", "five products", 114.0),
            ("step.f32.2", "burn", 1230.0),
        ] {
            results.add(table, "microseconds", row, value);
        }
        let base = Some("five products");
        assert_eq!(
            side_by_side(&results, "step", &Column::SINGLE, base),
            "\
|               | f32, 1 thread | f32, 2 threads |
| ------------- | ------------: | -------------: |
| five products |  182.0  1.00x |   114.0  1.00x |
| backprop      |  214.0  1.18x |              - |
| burn          |             - |    1230 10.79x |
"
        );
        assert!(
            side_by_side(&results, "step", &Column::SINGLE, None)
                .contains("| backprop      |         214.0 |              - |")
        );
    }
}
