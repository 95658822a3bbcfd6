//! All that is printed at the end.

use std::fmt::Write;

use cells::measure::{aligned, machine};

use crate::bars::{Bar, bars, head};
use crate::column::Column;
use crate::contestant::{OURS, SGD};
use crate::file::today;
use crate::results::{Results, digits};
use crate::run::{FLOOR, Run};
use crate::table::side_by_side;

/// A table for each kind of work: its title, the kind, its columns, and the
/// row that the others are multiples of.
type Shown = (
    &'static str,
    &'static str,
    &'static [Column],
    Option<&'static str>,
);

const TABLES: &[Shown] = &[
    (
        "Training step, microseconds, and times the floor: the five bare \
         matrix products, best library found",
        "step",
        &Column::ALL,
        Some(FLOOR),
    ),
    (
        "The five bare products, microseconds",
        "products",
        &Column::ALL,
        None,
    ),
    (
        "Prediction of the 10,000 test images, million images a second",
        "predict",
        &Column::ALL,
        Some(OURS),
    ),
    (
        "The two bare products of a prediction, million images a second",
        "forward",
        &Column::ALL,
        None,
    ),
    (
        "Numerical gradient of the whole network, seconds",
        "numerical",
        &Column::DOUBLE,
        Some(OURS),
    ),
    (
        "10 epochs without evaluation, seconds",
        "epochs",
        &Column::SINGLE,
        Some(OURS),
    ),
    (
        "Peak memory of that run, MiB",
        "memory",
        &Column::SINGLE,
        Some(OURS),
    ),
    (
        "10 epochs, evaluated on both sets before the first and after \
         each, seconds",
        "evaluated",
        &Column::SINGLE,
        None,
    ),
    (
        "Training step by optimizer, microseconds",
        "optimizers",
        &Column::ALL,
        Some(SGD),
    ),
    (
        "From the start of the process to the end of the first step, \
         seconds",
        "start",
        &[Column::SINGLE[1]],
        Some(OURS),
    ),
];

/// The header, the tables, the bars, and who is not among them.
pub fn report(run: &Run) -> String {
    let results = &run.results;
    let mut text = format!(
        "{}, {}\n{}\n",
        machine(),
        today(),
        std::env::args()
            .skip(1)
            .fold("cargo compare".to_owned(), |command, word| command
                + " "
                + &word)
    );
    let versions = run.versions.iter();
    let versions: Vec<_> = versions
        .map(|(name, version)| format!("{name} {version}"))
        .collect();
    let _ = writeln!(text, "{}", versions.join(", "));

    for &(title, kind, columns, ratio_to) in TABLES {
        let measured = columns.iter().any(|column| {
            !results.rows(&format!("{kind}.{}", column.key())).is_empty()
        });
        if measured {
            let table = side_by_side(results, kind, columns, ratio_to);
            let _ = write!(text, "\n{title}:\n\n{table}");
        }
    }
    text += &accuracy(results);
    for (what, title) in [
        ("batch", "images in a batch, 50 hidden units"),
        ("hidden", "hidden units, 100 images in a batch"),
    ] {
        text += &growth(results, what, title);
    }
    text += &ladder(results);
    let bars = bars(results);
    if !bars.is_empty() {
        let mut rows = vec![head()];
        rows.extend(bars.iter().map(Bar::row));
        let _ = write!(text, "\nThe bars:\n\n{}", aligned(&rows));
    }
    if !run.problems.is_empty() {
        text += "\nNot among them:\n\n";
        for problem in &run.problems {
            let _ = writeln!(text, "- {problem}");
        }
    }
    text
}

fn accuracy(results: &Results) -> String {
    let rows = results.rows("accuracy");
    if rows.is_empty() {
        return String::new();
    }
    let mut table = vec![vec!["seed".to_owned(), OURS.to_owned()]];
    table.extend(
        rows.iter()
            .map(|(seed, value)| vec![seed.clone(), digits(*value)]),
    );
    let title = "Test accuracy after the original program's 10,000 steps";
    format!("\n{title}:\n\n{}", aligned(&table))
}

/// A row for each rung, each number with its gain over the rung below.
fn ladder(results: &Results) -> String {
    let names = results.rows("ladder.f32").iter().map(|(name, _)| name);
    let mut rows = vec![["", "f32", "f64"].map(str::to_owned).to_vec()];
    let mut below = [None; 2];
    for name in names {
        let mut row = vec![name.clone()];
        for (below, precision) in below.iter_mut().zip(["f32", "f64"]) {
            let time = results.get(&format!("ladder.{precision}"), name);
            let gain = below.zip(time).map(|(below, time)| below / time);
            row.push(match (time, gain) {
                (Some(time), Some(gain)) => {
                    format!("{} {gain:5.2}x", digits(time))
                }
                (Some(time), None) => format!("{}       ", digits(time)),
                (None, _) => "-".to_owned(),
            });
            *below = time;
        }
        rows.push(row);
    }
    if rows.len() == 1 {
        return String::new();
    }
    format!(
        "\nTraining step, microseconds, from a first attempt to {OURS}, and \
         the gain of each improvement:\n\n{}",
        aligned(&rows)
    )
}

/// A row for each size, a column for each contestant and number of threads.
fn growth(results: &Results, what: &str, title: &str) -> String {
    let start = format!("growth.{what}.");
    let tables: Vec<_> = results
        .tables()
        .iter()
        .filter(|table| table.name.starts_with(&start))
        .collect();
    let Some(first) = tables.first() else {
        return String::new();
    };
    let mut head = vec![what.to_owned()];
    head.extend(tables.iter().map(|it| it.name[start.len()..].to_owned()));
    let mut rows = vec![head];
    for (size, _) in &first.rows {
        let mut row = vec![size.clone()];
        row.extend(tables.iter().map(|table| {
            results
                .get(&table.name, size)
                .map_or_else(|| "-".to_owned(), digits)
        }));
        rows.push(row);
    }
    format!(
        "\nTraining step as it grows, microseconds ({title}):\n\n{}",
        aligned(&rows)
    )
}
