//! Products of matrices.

use ndarray::{Array1, Array2, ArrayRef2, linalg::general_mat_mul};

use crate::Float;

/// Up to this many rows, a product is faster row by row: a general matrix
/// product copies the weight into blocks first, which pays off only if many
/// rows meet it.
const FEW_ROWS: usize = 4;

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
    for (x_column, weight_row) in
        x.columns().into_iter().zip(weight.chunks_exact(columns))
    {
        for (&x, y_row) in x_column.iter().zip(y.chunks_exact_mut(columns)) {
            for (y, &weight) in y_row.iter_mut().zip(weight_row) {
                *y += x * weight;
            }
        }
    }
}
