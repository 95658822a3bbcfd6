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
            let into = into;
            for row in rows.chunks_exact(into.len()) {
                for (into, &x) in into.iter_mut().zip(row) {
                    *into += scale * x;
                }
            }
        },
    );
}
