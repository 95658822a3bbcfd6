//! Fair turns: one contestant at a time, round after round.

use std::{thread, time::Duration};

use anyhow::Result;
use peer::Request;

use crate::child::Child;

/// How long and how often each contestant works.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// How many turns each has.
    pub rounds: usize,
    /// How long a turn takes, about.
    pub turn: Duration,
}

/// Threads of `OpenBLAS` and `OpenMP` wait for more work by turning in circles,
/// up to 100 ms: a pause before the next turn lets them fall asleep.
const PAUSE: Duration = Duration::from_millis(100);

/// What one of the contestants does in each round.
pub struct Turn<'a> {
    /// Its place among them.
    pub child: usize,
    /// The request for so many units of work.
    pub request: &'a dyn Fn(usize) -> Request,
}

/// The seconds that a unit of work takes in each of the turns, or why it fails:
/// the median of the rounds.
///
/// A turn begins with a tenth of the work off the clock, to wake caches and
/// threads.
pub fn interleave(
    children: &mut [Child],
    plan: Plan,
    turns: &[Turn<'_>],
) -> Vec<Result<f64>> {
    let mut runs: Vec<Result<(usize, Vec<f64>)>> = turns
        .iter()
        .map(|turn| {
            let child = &mut children[turn.child];
            Ok((calibrate(child, plan.turn, turn.request)?, Vec::new()))
        })
        .collect();
    let mut failed = vec![false; children.len()];
    for _ in 0..plan.rounds {
        for (turn, run) in turns.iter().zip(&mut runs) {
            failed[turn.child] |= run.is_err();
            let Ok((units, seconds)) = run else { continue };
            if failed[turn.child] {
                continue;
            }
            match take(&mut children[turn.child], *units, turn.request) {
                Ok(second) => seconds.push(second),
                Err(error) => *run = Err(error),
            }
        }
    }
    let runs = runs.into_iter();
    runs.map(|run| run.map(|(_, seconds)| median(seconds)))
        .collect()
}

fn take(
    child: &mut Child,
    units: usize,
    request: &dyn Fn(usize) -> Request,
) -> Result<f64> {
    thread::sleep(PAUSE);
    if units > 1 {
        child.seconds(&request(units.div_ceil(10)))?;
    }
    child.seconds(&request(units))
}

/// How many units fill a turn. Each number is tried twice, because the first
/// time may be spent on compilation.
fn calibrate(
    child: &mut Child,
    turn: Duration,
    request: &dyn Fn(usize) -> Request,
) -> Result<usize> {
    let mut units = 1;
    loop {
        child.seconds(&request(units))?;
        let unit = Duration::from_secs_f64(child.seconds(&request(units))?);
        let next = next(units, unit, turn);
        if next == units {
            // The warm-up has a size of its own, which may be compiled too.
            child.seconds(&request(units.div_ceil(10)))?;
            return Ok(units);
        }
        units = next;
    }
}

/// The number of units to try after this one; the same if it is enough.
fn next(units: usize, unit: Duration, turn: Duration) -> usize {
    let took = unit.as_secs_f64() * units as f64;
    let factor = turn.as_secs_f64() / took.max(1e-9);
    if factor < 1.5 {
        return units;
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "between units and 10 times as many"
    )]
    let next = (units as f64 * factor.min(10.0)) as usize;
    next.max(units + 1)
}

/// The middle one, or the mean of the middle two.
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match (values.get(middle.wrapping_sub(1)), values.get(middle)) {
        (Some(below), Some(above)) if values.len().is_multiple_of(2) => {
            f64::midpoint(*below, *above)
        }
        (_, Some(middle)) => *middle,
        _ => f64::NAN,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians() {
        for (values, middle) in [
            (vec![3.0, 1.0, 2.0], 2.0),
            (vec![4.0, 1.0, 2.0, 3.0], 2.5),
            (vec![7.0], 7.0),
        ] {
            assert!((median(values) - middle).abs() < 1e-12);
        }
        assert!(median(Vec::new()).is_nan());
    }

    #[test]
    fn units_grow_until_they_fill_a_turn() {
        let turn = Duration::from_millis(100);
        for (units, micros, following) in [
            (1, 200, 10),
            (10, 200, 100),
            (100, 200, 500),
            (500, 200, 500),
            (1, 2_000_000, 1),
            (1, 0, 10),
        ] {
            let unit = Duration::from_micros(micros);
            assert_eq!(next(units, unit, turn), following, "{units}");
        }
    }
}
