//! From bytes to numbers from 0 to 1.

use std::{hint::black_box, ops::Range};

use ndarray::{ArrayRef1, ArrayRef2};
use pulp::Arch;

use super::number::Number;

pub(super) fn pixels<F: Number>(
    bytes: &ArrayRef2<u8>,
    indices: &[usize],
    into: &mut ArrayRef2<F>,
) {
    Arch::new().dispatch(
        #[inline(always)]
        || {
            // By value, as in `elementwise`.
            let into = into;
            for (mut into, &index) in into.rows_mut().into_iter().zip(indices) {
                row(&bytes.row(index), &mut into);
            }
        },
    );
}

/// The same loop twice: only over slices does the compiler take many bytes at
/// once.
#[inline]
fn row<F: Number>(bytes: &ArrayRef1<u8>, into: &mut ArrayRef1<F>) {
    if let (Some(bytes), Some(into)) = (bytes.as_slice(), into.as_slice_mut()) {
        for (into, &byte) in into.iter_mut().zip(bytes) {
            *into = shade(byte);
        }
    } else {
        for (into, &byte) in into.iter_mut().zip(bytes) {
            *into = shade(byte);
        }
    }
}

/// Reads a byte of each cache line of the rows, so that the memory works on
/// many lines at the same time instead of one after the other.
fn fetch(bytes: &ArrayRef2<u8>, indices: &[usize]) {
    const CACHE_LINE: usize = 64;
    let mut all = 0;
    for &index in indices {
        for &byte in bytes.row(index).iter().step_by(CACHE_LINE) {
            all ^= byte;
        }
    }
    black_box(all);
}

/// The columns outside of which all of the rows of those indices are 0.
pub(crate) fn not_blank(
    bytes: &ArrayRef2<u8>,
    indices: &[usize],
) -> Range<usize> {
    fetch(bytes, indices);
    let (mut start, mut end) = (bytes.ncols(), 0);
    for &index in indices {
        let row = bytes.row(index);
        let Some(row) = row.as_slice() else {
            return 0..bytes.ncols();
        };
        // Only what lies outside of the columns so far can add to them.
        if !is_blank(&row[..start]) {
            start = row.iter().position(|&byte| byte != 0).unwrap_or(start);
        }
        if !is_blank(&row[end..]) {
            end = row.iter().rposition(|&byte| byte != 0).unwrap_or(end) + 1;
        }
    }
    start.min(end)..end
}

/// Without a branch for each byte, so that vectors take many.
fn is_blank(bytes: &[u8]) -> bool {
    bytes.iter().fold(0, |all, byte| all | byte) == 0
}

/// `pixel / 255`, to the last bit, without a division.
///
/// 1/255 is 257/65536 + 1/(255 * 65536). The first product is exact, and the
/// error of the second is too small to move the rounding of their sum.
#[inline]
fn shade<F: Number>(pixel: u8) -> F {
    let float: F = pixel.into();
    float * F::nearest(257.0 / 65536.0)
        + float * F::nearest(1.0 / (255.0 * 65536.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::{Array2, ShapeBuilder};

    #[test]
    fn a_shade_is_the_pixel_divided_by_255() {
        for pixel in 0..=u8::MAX {
            let (narrow, wide) = (f32::from(pixel), f64::from(pixel));
            assert_eq!(
                shade::<f32>(pixel).to_bits(),
                (narrow / 255.0).to_bits()
            );
            assert_eq!(shade::<f64>(pixel).to_bits(), (wide / 255.0).to_bits());
        }
    }

    #[test]
    fn what_is_not_blank() {
        let mut images = Array2::zeros((4, 9));
        assert_eq!(not_blank(&images, &[0, 1]), 0..0);
        images[[1, 3]] = 1;
        images[[2, 6]] = 255;
        for (indices, expected) in [
            (&[0][..], 0..0),
            (&[0, 1], 3..4),
            (&[2, 0], 6..7),
            (&[2, 1, 2], 3..7),
            (&[], 0..0),
        ] {
            assert_eq!(not_blank(&images, indices), expected, "{indices:?}");
        }
        images[[3, 0]] = 7;
        images[[3, 8]] = 7;
        assert_eq!(not_blank(&images, &[1, 3]), 0..9);
        assert_eq!(not_blank(&images.t(), &[3]), 0..4);
    }

    #[test]
    fn images_may_lie_in_memory_in_any_order() {
        let by_rows = Array2::from_shape_fn((3, 784), |(row, column)| {
            u8::try_from((row * 89 + column) % 256).unwrap()
        });
        let mut by_columns = Array2::zeros((3, 784).f());
        by_columns.assign(&by_rows);
        assert!(!by_columns.is_standard_layout());
        let floats = |images: &Array2<u8>| {
            let mut floats = Array2::<f32>::zeros((2, 784));
            pixels(images, &[2, 0], &mut floats);
            floats
        };
        assert_eq!(floats(&by_columns), floats(&by_rows));
    }
}
