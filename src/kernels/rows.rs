//! A row for all rows, and all rows in one.

use ndarray::{ArrayRef1, ArrayRef2};
use pulp::Arch;

use super::number::Number;

pub(super) fn fill<F: Number>(row: &ArrayRef1<F>, into: &mut ArrayRef2<F>) {
    if let (Some(row), Some(into)) = (row.as_slice(), into.as_slice_mut())
        && !row.is_empty()
    {
        for into in into.chunks_exact_mut(row.len()) {
            into.copy_from_slice(row);
        }
    } else {
        into.assign(row);
    }
}

pub(super) fn add<F: Number>(
    scale: F,
    rows: &ArrayRef2<F>,
    into: &mut ArrayRef1<F>,
) {
    let (Some(rows), Some(into)) = (rows.as_slice(), into.as_slice_mut())
    else {
        for row in rows.rows() {
            into.scaled_add(scale, &row);
        }
        return;
    };
    if into.is_empty() {
        return;
    }
    Arch::new().dispatch(
        #[inline(always)]
        || {
            // By value, as in `elementwise`.
            let into = into;
            for row in rows.chunks_exact(into.len()) {
                for (into, &x) in into.iter_mut().zip(row) {
                    *into += scale * x;
                }
            }
        },
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::{Array1, Array2, Axis, Slice, array};

    /// In rows, in columns, and with gaps in memory.
    #[test]
    fn rows_of_any_layout() {
        let row = array![1.0, 2.0, 3.0];
        let mut gaps = Array2::zeros((4, 6));
        let every_other = Slice::new(1, None, 2);
        let mut view = gaps.slice_axis_mut(Axis(1), every_other);
        fill(&row, &mut view);
        let mut whole = Array2::zeros((4, 3));
        fill(&row, &mut whole);
        assert_eq!(view, whole);
        assert!(whole.rows().into_iter().all(|it| it == row));
        fill(&Array1::<f64>::zeros(0), &mut Array2::zeros((4, 0)));

        whole[[3, 0]] = 10.0;
        let expected = array![100.0 - 6.5, 100.0 - 4.0, 100.0 - 6.0];
        let mut sum = Array1::from_elem(3, 100.0);
        add(-0.5, &whole, &mut sum);
        assert_eq!(sum, expected);
        let by_columns = whole.t().as_standard_layout().into_owned();
        let mut sum = Array1::from_elem(3, 100.0);
        add(-0.5, &by_columns.t(), &mut sum);
        assert_eq!(sum, expected);
    }
}
