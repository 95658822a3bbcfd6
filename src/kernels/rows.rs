//! A row for all rows, all rows in one, and some of them brought together.

use std::ops::Range;

use ndarray::{ArrayRef1, ArrayRef2, Axis, Slice};
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

pub(super) fn gather<F: Number>(
    from: &ArrayRef2<F>,
    ranges: &[Range<usize>],
    into: &mut ArrayRef2<F>,
) {
    for (apart, together) in places(ranges) {
        copy(
            &from.slice_axis(ROWS, apart),
            &mut into.slice_axis_mut(ROWS, together),
        );
    }
}

pub(super) fn scatter<F: Number>(
    rows: &ArrayRef2<F>,
    ranges: &[Range<usize>],
    into: &mut ArrayRef2<F>,
) {
    for (apart, together) in places(ranges) {
        copy(
            &rows.slice_axis(ROWS, together),
            &mut into.slice_axis_mut(ROWS, apart),
        );
    }
}

const ROWS: Axis = Axis(0);

/// Each range as it is, and where it is if all stand one after the other.
fn places(ranges: &[Range<usize>]) -> impl Iterator<Item = (Slice, Slice)> {
    let mut end = 0;
    ranges.iter().map(move |range| {
        let start = end;
        end += range.len();
        (range.clone().into(), (start..end).into())
    })
}

fn copy<F: Number>(from: &ArrayRef2<F>, into: &mut ArrayRef2<F>) {
    if let (Some(from), Some(into)) = (from.as_slice(), into.as_slice_mut()) {
        into.copy_from_slice(from);
    } else {
        into.assign(from);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::{Array1, Array2, ShapeBuilder, array};

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

    /// Brought together and put back, in rows and in columns.
    #[test]
    fn some_rows() {
        let ranges = [1..2, 4..7];
        let by_rows =
            Array2::from_shape_fn((8, 3), |(row, column)| 10 * row + column)
                .mapv(|number| number as f64);
        let mut by_columns = Array2::zeros((8, 3).f());
        by_columns.assign(&by_rows);
        for mut whole in [by_rows.clone(), by_columns] {
            let mut some = Array2::zeros((4, 3));
            gather(&whole, &ranges, &mut some);
            assert_eq!(some.column(0), array![10.0, 40.0, 50.0, 60.0]);
            assert_eq!(some.column(2), array![12.0, 42.0, 52.0, 62.0]);

            scatter(&(-some), &ranges, &mut whole);
            let changed = [1, 4, 5, 6];
            for row in 0..8 {
                let sign = if changed.contains(&row) { -1.0 } else { 1.0 };
                assert_eq!(whole.row(row), &by_rows.row(row) * sign, "{row}");
            }
        }
    }
}
