//! Products of matrices.

#[cfg(feature = "blas")]
mod by_blas;
#[cfg(not(feature = "blas"))]
mod by_faer;

use ndarray::{Array1, Array2, ArrayRef2};

use crate::{Float, threads};
#[cfg(feature = "blas")]
pub(crate) use by_blas::add;
#[cfg(not(feature = "blas"))]
pub(crate) use by_faer::add;

/// `a . b`, shapes `(N, D) . (D, M)`, laid out row by row.
pub(crate) fn multiply<F: Float>(
    a: &ArrayRef2<F>,
    b: &ArrayRef2<F>,
) -> Array2<F> {
    let mut product = Array2::zeros((a.nrows(), b.ncols()));
    let parts = threads::parts(a.nrows(), b.len());
    F::add_product(F::one(), a, b, &mut product, parts);
    product
}

/// `x . weight + bias`, shapes `(N, D) . (D, M) + (M,)`.
pub(crate) fn affine<F: Float>(
    x: &ArrayRef2<F>,
    weight: &Array2<F>,
    bias: &Array1<F>,
) -> Array2<F> {
    let mut y = Array2::zeros((x.nrows(), weight.ncols()));
    let parts = threads::parts(x.nrows(), weight.len());
    affine_into(x, weight, bias, &mut y, parts);
    y
}

/// The same into memory that is there already, in that many parts at once.
pub(crate) fn affine_into<F: Float>(
    x: &ArrayRef2<F>,
    weight: &Array2<F>,
    bias: &Array1<F>,
    y: &mut ArrayRef2<F>,
    parts: usize,
) {
    y.assign(bias);
    F::add_product(F::one(), x, weight, y, parts);
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::{Axis, ShapeBuilder, Slice};

    fn numbers(rows: usize, columns: usize) -> Array2<f64> {
        Array2::from_shape_fn((rows, columns), |(row, column)| {
            ((row * 31 + column * 17) % 23) as f64 / 7.0 - 1.5
        })
    }

    #[track_caller]
    fn check(a: &ArrayRef2<f64>, b: &ArrayRef2<f64>, parts: usize) {
        check_into(a, b, &mut numbers(a.nrows(), b.ncols()), parts);
    }

    #[track_caller]
    fn check_into(
        a: &ArrayRef2<f64>,
        b: &ArrayRef2<f64>,
        into: &mut ArrayRef2<f64>,
        parts: usize,
    ) {
        let expected = into.to_owned() + a.dot(b) * 0.5;
        add(0.5, a, b, into, parts);
        let worst = (into.to_owned() - expected)
            .fold(0.0_f64, |worst, difference| worst.max(difference.abs()));
        assert!(worst < 1e-12, "{:?} {:?}: {worst}", a.dim(), b.dim());
    }

    #[test]
    fn any_layout_and_any_number_of_parts() {
        for (rows, inner, columns) in [
            (0, 3, 2),
            (1, 784, 50),
            (3, 0, 2),
            (7, 5, 3),
            (100, 784, 50),
        ] {
            for parts in [1, 2, 3] {
                let (a, b) = (numbers(rows, inner), numbers(inner, columns));
                check(&a, &b, parts);
                check(
                    &numbers(inner, rows).t(),
                    &numbers(columns, inner).t(),
                    parts,
                );
            }
        }
    }

    #[test]
    fn parts_of_matrices() {
        let (a, b) = (numbers(8, 12), numbers(12, 6));
        let every_other = Slice::new(0, None, 2);
        check(
            &a.slice_axis(Axis(0), every_other),
            &b.slice_axis(Axis(1), every_other),
            1,
        );
    }

    #[test]
    fn into_any_layout() {
        let (a, b) = (numbers(7, 5), numbers(5, 3));
        for parts in [1, 2] {
            let mut columns = Array2::ones((7, 3).f());
            check_into(&a, &b, &mut columns, parts);

            let mut wide = Array2::ones((7, 6));
            let every_other = Slice::new(0, None, 2);
            let mut gaps = wide.slice_axis_mut(Axis(1), every_other);
            check_into(&a, &b, &mut gaps, parts);
            let untouched = wide.slice_axis(Axis(1), Slice::new(1, None, 2));
            assert_eq!(untouched, Array2::<f64>::ones((7, 3)));
        }
    }

    // BLAS rounds each number of rows in its own way.
    #[cfg(not(feature = "blas"))]
    #[test]
    fn parts_and_layouts_do_not_change_a_bit() {
        let (a, b) = (numbers(100, 784), numbers(784, 50));
        let mut whole = numbers(100, 50);
        let mut split = whole.clone();
        add(-0.1, &a, &b, &mut whole, 1);
        add(-0.1, &a, &b, &mut split, 3);
        assert_eq!(whole, split);

        let mut columns = Array2::zeros((100, 50).f());
        columns.assign(&numbers(100, 50));
        add(-0.1, &a, &b, &mut columns, 1);
        assert_eq!(whole, columns);
    }
}
