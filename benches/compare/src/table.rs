//! What is printed: Markdown's tables, with aligned columns.

use crate::column::Column;
use crate::results::{Results, digits};

/// Rows of cells, the first of them the head; all columns but the first stand
/// to the right.
pub fn aligned(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let line = |row: &[String]| {
        let cells = widths.iter().enumerate().map(|(column, &width)| {
            let cell = row.get(column).map_or("", String::as_str);
            if column == 0 {
                format!("{cell:width$}")
            } else {
                format!("{cell:>width$}")
            }
        });
        format!("| {} |\n", cells.collect::<Vec<_>>().join(" | "))
    };
    let rule = |(column, &width): (usize, &usize)| {
        let (dashes, end) = match column {
            0 => (width, ""),
            _ => (width.saturating_sub(1), ":"),
        };
        "-".repeat(dashes) + end
    };
    let rule: Vec<String> = widths.iter().enumerate().map(rule).collect();
    let (head, body) = rows.split_at(rows.len().min(1));
    let lines = head.iter().map(Vec::as_slice);
    let lines = lines
        .chain([&rule[..]])
        .chain(body.iter().map(Vec::as_slice));
    lines.map(line).collect()
}

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
