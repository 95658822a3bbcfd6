//! The bars that the crate set itself, each met or not.

use crate::column::Column;
use crate::contestant::{ADAM, ARITHMETIC, MOMENTUM, OURS, SGD, is_peer};
use crate::results::{Results, digits};
use crate::run::{FLOOR, SEEDS};

/// One bar.
#[derive(Clone, Debug, PartialEq)]
pub struct Bar {
    /// What is asked.
    pub what: String,
    /// What was found.
    pub found: f64,
    /// What is allowed.
    pub allowed: f64,
    /// Whether more is better.
    pub more: bool,
}

impl Bar {
    /// Whether it is met.
    pub fn is_met(&self) -> bool {
        if self.more {
            self.found >= self.allowed
        } else {
            self.found <= self.allowed
        }
    }

    /// As a row of a table.
    pub fn row(&self) -> Vec<String> {
        let most = if self.more { "at least" } else { "at most" };
        vec![
            self.what.clone(),
            digits(self.found),
            format!("{most} {}", digits(self.allowed)),
            if self.is_met() { "met" } else { "NOT MET" }.to_owned(),
        ]
    }
}

/// The head of [`Bar::row`]s.
pub fn head() -> Vec<String> {
    ["bar", "found", "asked", ""].map(str::to_owned).into()
}

/// Those that what was measured can tell of.
pub fn bars(results: &Results) -> Vec<Bar> {
    let mut bars = Vec::new();
    for column in Column::ALL {
        let table = format!("step.{}", column.key());
        let Some(ours) = results.get(&table, OURS) else {
            continue;
        };
        if let Some(floor) = results.get(&table, FLOOR) {
            let times = if column.threads == 1 { 1.15 } else { 1.2 };
            bars.push(most(
                format!("step, {column}: {times}x the floor, us"),
                ours,
                times * floor,
            ));
        }
        let is_peer = |name: &str| is_peer(name) && name != FLOOR;
        if let Some((name, time)) = results.least(&table, is_peer) {
            let what = format!("step, {column}: ahead of {name}, us");
            bars.push(most(what, ours, time));
        }
    }
    for (table, threads, seconds) in
        [("numerical.f64.1", 1, 1.2), ("numerical.f64.2", 2, 0.7)]
    {
        if let Some(ours) = results.get(table, OURS) {
            let what = format!("numerical gradient, {threads} thread(s), s");
            bars.push(most(what, ours, seconds));
        }
    }
    for column in Column::ALL {
        let key = column.key();
        // An image takes both as many multiplications and additions: the
        // ratio of the rates is that of the arithmetic.
        let ours = results.get(&format!("predict.{key}"), OURS);
        let products = results
            .greatest(&format!("forward.{key}"), |name| name != ARITHMETIC);
        if let Some((ours, (name, rate))) = ours.zip(products) {
            let what = format!(
                "prediction, {column}: 0.9x {name}'s bare products, million \
                 images/s"
            );
            bars.push(least(what, ours, 0.9 * rate));
        }
    }
    for column in Column::ALL {
        let table = format!("optimizers.{}", column.key());
        let Some(sgd) = results.get(&table, SGD) else {
            continue;
        };
        for name in [MOMENTUM, ADAM] {
            if let Some(time) = results.get(&table, name) {
                let what =
                    format!("{name}, {column}: 1.3x the step by {SGD}, us");
                bars.push(most(what, time, 1.3 * sgd));
            }
        }
    }
    for column in Column::SINGLE {
        let table = format!("epochs.{}", column.key());
        let ours = results.get(&table, OURS);
        let peer = results.least(&table, is_peer);
        if let Some((ours, (name, time))) = ours.zip(peer) {
            let what = format!("10 epochs, {column}: ahead of {name}, s");
            bars.push(most(what, ours, time));
        }
    }
    for (table, what, seconds) in [
        ("evaluated.f32.2", "10 epochs, evaluated, 2 threads, s", 1.0),
        ("start.f32.2", "start to first step, s", 0.05),
    ] {
        if let Some(ours) = results.get(table, OURS) {
            bars.push(most(what.to_owned(), ours, seconds));
        }
    }
    for column in Column::SINGLE {
        let table = format!("memory.{}", column.key());
        if let Some(ours) = results.get(&table, OURS) {
            let what = format!("memory of 10 epochs, {column}, MiB");
            bars.push(most(what, ours, 160.0));
        }
    }
    let accuracies: Vec<f64> = SEEDS
        .filter_map(|seed| results.get("accuracy", &seed.to_string()))
        .collect();
    if let Some(lowest) = accuracies.iter().copied().reduce(f64::min) {
        let mean = accuracies.iter().sum::<f64>() / accuracies.len() as f64;
        let what = |what: &str| format!("accuracy, {what} of the seeds");
        bars.push(least(what("lowest"), lowest, 0.966));
        bars.push(least(what("mean"), mean, 0.969));
    }
    bars
}

fn most(what: String, found: f64, allowed: f64) -> Bar {
    Bar {
        what,
        found,
        allowed,
        more: false,
    }
}

fn least(what: String, found: f64, allowed: f64) -> Bar {
    Bar {
        more: true,
        ..most(what, found, allowed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Ours meets each bar narrowly.
    const MET: [(&str, &str, f64); 39] = [
        ("step.f32.1", FLOOR, 100.0),
        ("step.f32.1", OURS, 114.0),
        ("step.f32.1", "burn", 120.0),
        ("step.f32.1", "NumPy", 350.0),
        ("step.f32.2", FLOOR, 60.0),
        ("step.f32.2", OURS, 71.0),
        ("step.f64.1", FLOOR, 200.0),
        ("step.f64.1", OURS, 229.0),
        ("step.f64.2", FLOOR, 120.0),
        ("step.f64.2", OURS, 143.0),
        ("numerical.f64.1", OURS, 1.1),
        ("numerical.f64.2", OURS, 0.6),
        ("forward.f32.1", ARITHMETIC, 4.0),
        ("forward.f32.1", "faer", 2.0),
        ("forward.f32.1", "NumPy", 1.0),
        ("predict.f32.1", OURS, 1.81),
        ("forward.f32.2", "faer", 4.0),
        ("predict.f32.2", OURS, 3.61),
        ("forward.f64.1", "faer", 1.0),
        ("predict.f64.1", OURS, 0.91),
        ("forward.f64.2", "faer", 2.0),
        ("predict.f64.2", OURS, 1.81),
        ("optimizers.f32.1", SGD, 100.0),
        ("optimizers.f32.1", MOMENTUM, 129.0),
        ("optimizers.f32.1", ADAM, 129.0),
        ("optimizers.f64.2", SGD, 200.0),
        ("optimizers.f64.2", ADAM, 259.0),
        ("epochs.f32.1", OURS, 0.8),
        ("epochs.f32.1", "burn", 0.9),
        ("evaluated.f32.1", OURS, 2.0),
        ("evaluated.f32.2", OURS, 0.99),
        ("start.f32.2", OURS, 0.049),
        ("memory.f32.1", OURS, 159.0),
        ("memory.f32.2", OURS, 159.0),
        ("accuracy", "1", 0.967),
        ("accuracy", "2", 0.972),
        ("accuracy", "3", 0.971),
        ("accuracy", "4", 0.969),
        ("accuracy", "5", 0.969),
    ];

    /// The bars, of which one row is another number.
    fn bars_with(table: &str, row: &str, value: f64) -> Vec<Bar> {
        let mut results = Results::default();
        for (name, of, met) in MET {
            let is_other = (name, of) == (table, row);
            results.add(name, "", of, if is_other { value } else { met });
        }
        bars(&results)
    }

    #[test]
    fn each_bar_can_be_missed() {
        let mut missed = Vec::new();
        for (table, row, value) in [
            ("step.f32.1", OURS, 116.0),
            ("step.f32.1", "burn", 113.0),
            ("step.f32.2", OURS, 73.0),
            ("step.f64.1", OURS, 231.0),
            ("step.f64.2", OURS, 145.0),
            ("numerical.f64.1", OURS, 1.3),
            ("numerical.f64.2", OURS, 0.8),
            ("predict.f32.1", OURS, 1.79),
            ("predict.f32.2", OURS, 3.59),
            ("predict.f64.1", OURS, 0.89),
            ("predict.f64.2", OURS, 1.79),
            ("optimizers.f32.1", MOMENTUM, 131.0),
            ("optimizers.f32.1", ADAM, 131.0),
            ("optimizers.f64.2", ADAM, 261.0),
            ("epochs.f32.1", OURS, 1.0),
            ("evaluated.f32.2", OURS, 1.01),
            ("start.f32.2", OURS, 0.051),
            ("memory.f32.1", OURS, 161.0),
            ("memory.f32.2", OURS, 161.0),
            ("accuracy", "1", 0.965),
            ("accuracy", "2", 0.968),
        ] {
            let bars = bars_with(table, row, value);
            let not_met: Vec<_> =
                bars.into_iter().filter(|bar| !bar.is_met()).collect();
            let [bar] = not_met.as_slice() else {
                panic!("{table}, {row}: {not_met:?}");
            };
            missed.push(bar.what.clone());
        }
        let all: Vec<_> = bars_with("", "", 0.0)
            .into_iter()
            .map(|bar| bar.what)
            .collect();
        assert_eq!(missed, all);
        let head: Vec<_> = missed.iter().map(String::as_str).take(3).collect();
        assert_eq!(
            head,
            [
                "step, f32, 1 thread: 1.15x the floor, us",
                "step, f32, 1 thread: ahead of burn, us",
                "step, f32, 2 threads: 1.2x the floor, us",
            ]
        );
    }

    #[test]
    fn they_are_met_narrowly() {
        for bar in bars_with("", "", 0.0) {
            assert!(bar.is_met(), "{bar:?}");
        }
        let bars = bars_with("step.f32.2", OURS, 73.0);
        let row = bars[2].row();
        assert_eq!(row[1..], ["73.00", "at most 72.00", "NOT MET"]);
    }

    #[test]
    fn what_was_not_measured_has_no_bar() {
        assert_eq!(bars(&Results::default()), []);
    }
}
