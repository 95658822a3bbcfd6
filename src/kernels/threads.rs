//! Into how many parts work is worth dividing, and the division.

/// Multiplications that a thread must have to be worth waking: they take about
/// ten microseconds, and a wake-up about one.
const WORTH_WAKING: usize = 500_000;

/// No part has fewer rows: the product of a single row is another sum, with
/// other rounding.
const FEWEST_ROWS: usize = 2;

/// Multiplications that a part must have where threads are awake anyway: a
/// product of 4,096 or fewer is made in another way, which may round otherwise,
/// and the smallest part may have a third less than the others.
const WORTH_SHARING: usize = 8192;

/// How many threads should share `rows`, each of which takes `work`
/// multiplications: at most as many as rayon's current pool has.
pub(crate) fn parts(rows: usize, work: usize) -> usize {
    divide(rows, work, WORTH_WAKING, rayon::current_num_threads())
}

/// The same for two halves of the rows: as many threads for one as for the
/// other, or one for both.
pub(crate) fn even_parts(rows: usize, work: usize) -> usize {
    (parts(rows, work) / 2 * 2).max(1)
}

/// The same where so many threads are awake and have nothing else to do.
pub(crate) fn parts_awake(rows: usize, work: usize, awake: usize) -> usize {
    divide(rows, work, WORTH_SHARING, awake)
}

/// How many of so many numbers should be in a chunk, where each is changed by
/// itself and each thread takes a chunk.
pub(crate) fn chunk_len(len: usize) -> usize {
    const WORTH_A_CHUNK: usize = 8192;
    len.div_ceil(rayon::current_num_threads())
        .max(WORTH_A_CHUNK)
}

/// Divides what has so many rows into so many parts, and works on all of them
/// at the same time.
pub(crate) fn in_parts<T: Send>(
    whole: T,
    rows: usize,
    parts: usize,
    split_at: &(impl Fn(T, usize) -> (T, T) + Sync),
    work: &(impl Fn(T) + Sync),
) {
    if parts <= 1 {
        work(whole);
        return;
    }
    let first = parts / 2;
    let row = rows * first / parts;
    let (above, below) = split_at(whole, row);
    rayon::join(
        || in_parts(above, row, first, split_at, work),
        || in_parts(below, rows - row, parts - first, split_at, work),
    );
}

fn divide(rows: usize, work: usize, least: usize, threads: usize) -> usize {
    let worth = rows.saturating_mul(work) / least;
    worth.min(rows / FEWEST_ROWS).min(threads).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_is_divided_where_that_is_worth_it() {
        for (rows, work, threads, parts) in [
            (784, 5000, 2, 2),
            (784, 5000, 64, 7),
            (784, 500, 2, 1),
            (3, 1 << 40, 8, 1),
            (0, 5000, 2, 1),
            (usize::MAX, usize::MAX, 4, 4),
        ] {
            let found = divide(rows, work, WORTH_WAKING, threads);
            assert_eq!(found, parts, "{rows} rows of {work}");
        }
        assert_eq!(parts_awake(100, 500, 2), 2);
        assert_eq!(parts_awake(100, 50, 2), 1);
    }
}
