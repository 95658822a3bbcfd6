//! Products of matrices.

use ndarray::{Array1, Array2, ArrayRef2, Axis, linalg::general_mat_mul};

use crate::Float;

/// Up to this many rows, a product is faster row by row: a general matrix
/// product copies the weight into blocks first, which pays off only if many
/// rows meet it.
const FEW_ROWS: usize = 4;

/// How many rows of the weight are added in one go.
const AT_ONCE: usize = 4;

/// `x . weight + bias`, shapes `(N, D) . (D, M) + (M,)`.
pub(crate) fn affine<F: Float>(
    x: &ArrayRef2<F>,
    weight: &Array2<F>,
    bias: &Array1<F>,
) -> Array2<F> {
    let shape = (x.nrows(), weight.ncols());
    let mut y = bias
        .broadcast(shape)
        .expect("Affine checked the bias")
        .to_owned();
    match (y.as_slice_mut(), weight.as_slice()) {
        (Some(y), Some(weight)) if x.nrows() <= FEW_ROWS && shape.1 > 0 => {
            add_row_by_row(y, x, weight, shape.1);
        }
        _ => general_mat_mul(F::one(), x, weight, F::one(), &mut y),
    }
    y
}

/// Adds `x . weight` to `y`, with each weight read once.
fn add_row_by_row<F: Float>(
    y: &mut [F],
    x: &ArrayRef2<F>,
    weight: &[F],
    columns: usize,
) {
    let parts = weight.chunks(AT_ONCE * columns);
    for (x, weight) in x.axis_chunks_iter(Axis(1), AT_ONCE).zip(parts) {
        for (x, y) in x.rows().into_iter().zip(y.chunks_exact_mut(columns)) {
            if x.len() == AT_ONCE {
                add_four(y, [x[0], x[1], x[2], x[3]], weight);
            } else {
                for (&x, weight) in x.iter().zip(weight.chunks_exact(columns)) {
                    add_one(y, x, weight);
                }
            }
        }
    }
}

fn add_one<F: Float>(y: &mut [F], x: F, weight: &[F]) {
    for (y, &weight) in y.iter_mut().zip(weight) {
        *y += x * weight;
    }
}

/// As [`add_one`] with one of four rows after the other, and to the same bits,
/// but with each entry of `y` in a register meanwhile.
fn add_four<F: Float>(y: &mut [F], x: [F; AT_ONCE], weight: &[F]) {
    let (first, rest) = weight.split_at(y.len());
    let (second, rest) = rest.split_at(y.len());
    let (third, fourth) = rest.split_at(y.len());
    let rows = first.iter().zip(second).zip(third).zip(fourth);
    for (y, (((&w0, &w1), &w2), &w3)) in y.iter_mut().zip(rows) {
        *y = *y + x[0] * w0 + x[1] * w1 + x[2] * w2 + x[3] * w3;
    }
}
