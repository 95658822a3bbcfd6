//! Products of matrices, by the library `faer`.

use faer::{Accum, MatMut, MatRef, Par, linalg::matmul::matmul};
use ndarray::{ArrayRef2, CowArray, Ix2};

use super::{number::Number, threads};

/// `into += scale * a . b`, shapes `(N, M)`, `(N, D)` and `(D, M)`: the rows
/// of `into` in at most that many parts, at the same time.
///
/// With AVX2, a row's sums are made in one order, however many other rows
/// there are, so that the parts do not change a bit of the result: none is so
/// small that faer would multiply in another way.
pub(super) fn add<F: Number>(
    scale: F,
    a: &ArrayRef2<F>,
    b: &ArrayRef2<F>,
    into: &mut ArrayRef2<F>,
    parts: usize,
) {
    product(Accum::Add, scale, a, b, into, parts);
}

/// `into = a . b`, as [`add`].
pub(super) fn replace<F: Number>(
    a: &ArrayRef2<F>,
    b: &ArrayRef2<F>,
    into: &mut ArrayRef2<F>,
    parts: usize,
) {
    product(Accum::Replace, F::one(), a, b, into, parts);
}

fn product<F: Number>(
    accum: Accum,
    scale: F,
    a: &ArrayRef2<F>,
    b: &ArrayRef2<F>,
    into: &mut ArrayRef2<F>,
    parts: usize,
) {
    let (left, right) = (regular(a), regular(b));
    let (left, right) = (matrix(&left), matrix(&right));
    let (rows, columns) = into.dim();

    let into = if let Some(slice) = into.as_slice_mut() {
        MatMut::from_row_major_slice_mut(slice, rows, columns)
    } else if let Some(slice) = into.view_mut().reversed_axes().into_slice() {
        MatMut::from_column_major_slice_mut(slice, rows, columns)
    } else {
        let mut copy = into.as_standard_layout().into_owned();
        product(accum, scale, a, b, &mut copy, parts);
        into.assign(&copy);
        return;
    };
    let parts = threads::parts_awake(rows, left.ncols() * columns, parts);
    threads::in_parts(
        (left, into),
        rows,
        parts,
        &|(a, into), row| {
            let (a_above, a_below) = a.split_at_row(row);
            let (above, below) = into.split_at_row_mut(row);
            ((a_above, above), (a_below, below))
        },
        &|(a, into)| matmul(into, accum, a, right, scale, Par::Seq),
    );
}

/// The matrix without gaps in memory: as it is, unless it is a part of one.
fn regular<F: Number>(array: &ArrayRef2<F>) -> CowArray<'_, F, Ix2> {
    if array.t().is_standard_layout() {
        CowArray::from(array.view())
    } else {
        array.as_standard_layout()
    }
}

/// A matrix that lies row by row, or column by column.
fn matrix<F: Number>(array: &ArrayRef2<F>) -> MatRef<'_, F> {
    let (rows, columns) = array.dim();
    if let Some(slice) = array.as_slice() {
        MatRef::from_row_major_slice(slice, rows, columns)
    } else {
        let slice = array.t().to_slice().expect("it is regular");
        MatRef::from_column_major_slice(slice, rows, columns)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::{Array2, Axis, ShapeBuilder, Slice};

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

    /// Too small to be divided without another order of sums.
    #[test]
    fn small_products_are_not_divided() {
        let (a, b) = (numbers(4, 600), numbers(600, 2));
        let (mut whole, mut split) = (numbers(4, 2), numbers(4, 2));
        add(1.0, &a, &b, &mut whole, 1);
        add(1.0, &a, &b, &mut split, 2);
        assert_eq!(whole, split);
    }

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
