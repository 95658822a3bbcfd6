//! Numbers in the order of their indices.

use ndarray::{ArrayRef, Dimension};

/// Works on an array's numbers in the order of their indices: in their own
/// memory if that is how they lie, else in a copy that is put back.
pub(crate) fn in_order<F: Clone, D: Dimension>(
    array: &mut ArrayRef<F, D>,
    work: impl FnOnce(&mut [F]),
) {
    if let Some(numbers) = array.as_slice_mut() {
        work(numbers);
        return;
    }
    let mut copy = array.as_standard_layout().into_owned();
    work(copy.as_slice_mut().expect("it is in standard layout"));
    array.assign(&copy);
}
