//! A row for all rows, and all rows in one.

use ndarray::{ArrayRef1, ArrayRef2};
use pulp::Arch;

use super::number::Number;

pub(super) fn fill<F: Number>(row: &ArrayRef1<F>, into: &mut ArrayRef2<F>) {
    into.assign(row);
}

pub(super) fn add<F: Number>(
    scale: F,
    rows: &ArrayRef2<F>,
    into: &mut ArrayRef1<F>,
) {
    Arch::new().dispatch(
        #[inline(always)]
        || {
            for row in rows.rows() {
                into.scaled_add(scale, &row);
            }
        },
    );
}
