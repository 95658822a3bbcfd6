//! Into how many parts work is worth dividing.

/// Multiplications that a thread must have to be worth waking: they take about
/// ten microseconds, and a wake-up about one.
const WORTH_WAKING: usize = 500_000;

/// No part has fewer rows: the product of a single row is another sum, with
/// other rounding.
const FEWEST_ROWS: usize = 2;

/// How many threads should share `rows`, each of which takes `work`
/// multiplications: at most as many as rayon's current pool has.
pub(crate) fn parts(rows: usize, work: usize) -> usize {
    let worth = rows.saturating_mul(work) / WORTH_WAKING;
    worth
        .min(rows / FEWEST_ROWS)
        .min(rayon::current_num_threads())
        .max(1)
}
