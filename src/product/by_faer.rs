//! By the library `faer`.

use faer::{
    Accum, MatMut, MatRef, Par, linalg::matmul::matmul, traits::ComplexField,
};
use ndarray::{ArrayRef2, CowArray, Ix2};

use crate::{Float, threads::FEWEST_ROWS};

/// `into += scale * a . b`, shapes `(N, M)`, `(N, D)` and `(D, M)`: the rows
/// of `into` in at most that many parts at once.
///
/// With AVX2, a row's sums are made in one order, however many other rows there
/// are, so that the parts do not change a bit of the result. Only a row that is alone
/// takes a way of its own, and no part has fewer than [`FEWEST_ROWS`].
pub(crate) fn add<F: Float + ComplexField>(
    scale: F,
    a: &ArrayRef2<F>,
    b: &ArrayRef2<F>,
    into: &mut ArrayRef2<F>,
    parts: usize,
) {
    let (left, right) = (regular(a), regular(b));
    let (left, right) = (matrix(&left), matrix(&right));
    let (rows, columns) = into.dim();
    let parts = parts.min(rows / FEWEST_ROWS);

    if let Some(slice) = into.as_slice_mut() {
        let into = MatMut::from_row_major_slice_mut(slice, rows, columns);
        add_in_parts(scale, left, right, into, parts);
    } else if let Some(slice) = into.view_mut().reversed_axes().into_slice() {
        let into = MatMut::from_column_major_slice_mut(slice, rows, columns);
        add_in_parts(scale, left, right, into, parts);
    } else {
        let mut copy = into.as_standard_layout().into_owned();
        add(scale, a, b, &mut copy, parts);
        into.assign(&copy);
    }
}

fn add_in_parts<F: Float + ComplexField>(
    scale: F,
    a: MatRef<'_, F>,
    b: MatRef<'_, F>,
    into: MatMut<'_, F>,
    parts: usize,
) {
    if parts <= 1 {
        matmul(into, Accum::Add, a, b, scale, Par::Seq);
        return;
    }
    let first = parts / 2;
    let row = into.nrows() * first / parts;
    let (a_above, a_below) = a.split_at_row(row);
    let (above, below) = into.split_at_row_mut(row);
    rayon::join(
        || add_in_parts(scale, a_above, b, above, first),
        || add_in_parts(scale, a_below, b, below, parts - first),
    );
}

/// The matrix without gaps in memory: as it is, unless it is a part of one.
fn regular<F: Float>(array: &ArrayRef2<F>) -> CowArray<'_, F, Ix2> {
    if array.t().is_standard_layout() {
        CowArray::from(array.view())
    } else {
        array.as_standard_layout()
    }
}

/// A matrix that lies row by row, or column by column.
fn matrix<F: Float>(array: &ArrayRef2<F>) -> MatRef<'_, F> {
    let (rows, columns) = array.dim();
    if let Some(slice) = array.as_slice() {
        MatRef::from_row_major_slice(slice, rows, columns)
    } else {
        let slice = array.t().to_slice().expect("it is regular");
        MatRef::from_column_major_slice(slice, rows, columns)
    }
}
