//! By the library that `blas-src` links.

// It has nothing to call: ndarray calls the library.
extern crate blas_src as _;

use ndarray::{ArrayRef2, Axis, linalg::general_mat_mul};

use crate::Float;

/// `into += scale * a . b`, shapes `(N, M)`, `(N, D)` and `(D, M)`: the rows
/// of `into` in that many parts at once.
///
/// The library may choose another order of sums for another number of rows:
/// the parts change the rounding.
pub(crate) fn add<F: Float>(
    scale: F,
    a: &ArrayRef2<F>,
    b: &ArrayRef2<F>,
    into: &mut ArrayRef2<F>,
    parts: usize,
) {
    if parts <= 1 {
        general_mat_mul(scale, a, b, F::one(), into);
        return;
    }
    let first = parts / 2;
    let row = into.nrows() * first / parts;
    let (a_above, a_below) = a.view().split_at(Axis(0), row);
    let (mut above, mut below) = into.view_mut().split_at(Axis(0), row);
    rayon::join(
        || add(scale, &a_above, b, &mut above, first),
        || add(scale, &a_below, b, &mut below, parts - first),
    );
}
