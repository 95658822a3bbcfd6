//! The bars that the crate set itself, each met or not.

use crate::column::Column;
use crate::contestant::{OURS, is_peer};
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
            let times = if column.threads == 1 { 1.3 } else { 1.5 };
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
    for (table, threads, speed) in
        [("predict.f32.1", 1, 1.0), ("predict.f32.2", 2, 1.8)]
    {
        if let Some(ours) = results.get(table, OURS) {
            let what =
                format!("prediction, {threads} thread(s), million images/s");
            bars.push(least(what, ours, speed));
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
    if let Some(ours) = results.get("start.f32.2", OURS) {
        bars.push(most("start to first step, s".to_owned(), ours, 0.2));
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

    #[test]
    fn bars_are_met_or_not() {
        let mut results = Results::default();
        for (table, row, value) in [
            ("step.f32.1", FLOOR, 180.0),
            ("step.f32.1", OURS, 230.0),
            ("step.f32.1", "burn", 300.0),
            ("step.f32.1", "NumPy", 350.0),
            ("step.f32.2", FLOOR, 100.0),
            ("step.f32.2", OURS, 151.0),
            ("predict.f32.1", OURS, 0.9),
            ("accuracy", "1", 0.967),
            ("accuracy", "2", 0.972),
        ] {
            results.add(table, "", row, value);
        }
        let bars = bars(&results);
        let said: Vec<(&str, bool)> = bars
            .iter()
            .map(|bar| (bar.what.as_str(), bar.is_met()))
            .collect();
        assert_eq!(
            said,
            [
                ("step, f32, 1 thread: 1.3x the floor, us", true),
                ("step, f32, 1 thread: ahead of burn, us", true),
                ("step, f32, 2 threads: 1.5x the floor, us", false),
                ("prediction, 1 thread(s), million images/s", false),
                ("accuracy, lowest of the seeds", true),
                ("accuracy, mean of the seeds", true),
            ]
        );
        assert_eq!(bars[2].row()[1..], ["151.0", "at most 150.0", "NOT MET"]);
    }

    #[test]
    fn what_was_not_measured_has_no_bar() {
        assert_eq!(bars(&Results::default()), []);
    }
}
