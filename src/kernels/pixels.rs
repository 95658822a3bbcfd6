//! From bytes to numbers from 0 to 1.

#![expect(
    clippy::inline_always,
    reason = "a loop is compiled for this processor where it is dispatched"
)]
#![expect(
    clippy::single_range_in_vec_init,
    reason = "a list of ranges of columns may have one"
)]

use std::ops::Range;

use ndarray::{ArrayRef1, ArrayRef2};
use pulp::Arch;

use super::number::Number;

const CACHE_LINE: usize = 64;

/// Bytes that are copied at once. Most runs of columns are shorter.
const BLOCK: usize = 32;

/// Each row's numbers stand side by side, whichever columns are left out: first
/// the bytes are brought together, then a loop without a branch converts them.
pub(super) fn pixels<F: Number>(
    bytes: &ArrayRef2<u8>,
    indices: &[usize],
    columns: &[Range<usize>],
    into: &mut ArrayRef2<F>,
) {
    let mut together = vec![0; into.ncols() + BLOCK];
    Arch::new().dispatch(
        #[inline(always)]
        || {
            // By value, as in `elementwise`.
            let (into, together) = (into, &mut together[..]);
            for (mut into, &index) in into.rows_mut().into_iter().zip(indices) {
                bring_together(&bytes.row(index), columns, together);
                row(together, &mut into);
            }
        },
    );
}

/// Copies the bytes of those columns. A block of fixed size takes an instruction
/// or two: what it copies too much, the next one overwrites.
#[inline(always)]
fn bring_together(
    bytes: &ArrayRef1<u8>,
    columns: &[Range<usize>],
    into: &mut [u8],
) {
    let mut at = 0;
    let Some(bytes) = bytes.as_slice() else {
        for column in columns.iter().cloned().flatten() {
            into[at] = bytes[column];
            at += 1;
        }
        return;
    };
    for range in columns {
        // `step_by` would begin with a division.
        let mut start = range.start;
        while start < range.end {
            let len = BLOCK.min(range.end - start);
            let (from, to) = (&bytes[start..], &mut into[at..]);
            if let (Some(from), Some(to)) =
                (from.first_chunk::<BLOCK>(), to.first_chunk_mut::<BLOCK>())
            {
                *to = *from;
            } else {
                to[..len].copy_from_slice(&from[..len]);
            }
            start += len;
            at += len;
        }
    }
}

/// The same loop twice: only over slices does the compiler take many bytes at
/// once.
#[inline(always)]
fn row<F: Number>(bytes: &[u8], into: &mut ArrayRef1<F>) {
    if let Some(into) = into.as_slice_mut() {
        for (into, &byte) in into.iter_mut().zip(bytes) {
            *into = shade(byte);
        }
    } else {
        for (into, &byte) in into.iter_mut().zip(bytes) {
            *into = shade(byte);
        }
    }
}

/// The columns in which one of the rows of those indices is not 0.
///
/// As each block of columns goes through all rows, the memory is asked for many
/// cache lines at once.
pub(crate) fn not_blank(
    bytes: &ArrayRef2<u8>,
    indices: &[usize],
) -> Vec<Range<usize>> {
    let rows = indices.iter().map(|&index| bytes.row(index).to_slice());
    let Some(rows) = rows.collect::<Option<Vec<_>>>() else {
        return vec![0..bytes.ncols()];
    };
    let mut ink = vec![0; bytes.ncols()];
    Arch::new().dispatch(
        #[inline(always)]
        || {
            let ink = &mut ink[..];
            let (blocks, rest) = ink.as_chunks_mut::<CACHE_LINE>();
            let start = CACHE_LINE * blocks.len();
            for (number, block) in blocks.iter_mut().enumerate() {
                let mut all = [0; CACHE_LINE];
                for row in &rows {
                    add_ink(&row.as_chunks::<CACHE_LINE>().0[number], &mut all);
                }
                *block = all;
            }
            for row in &rows {
                add_ink(&row[start..], rest);
            }
        },
    );
    let mut end = 0;
    ink.chunk_by(|a, b| (*a == 0) == (*b == 0))
        .filter_map(|run| {
            let start = end;
            end += run.len();
            (run[0] != 0).then_some(start..end)
        })
        .collect()
}

#[inline(always)]
fn add_ink(row: &[u8], into: &mut [u8]) {
    for (into, &byte) in into.iter_mut().zip(row) {
        *into |= byte;
    }
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

    /// In whole blocks of columns and in what is left of them.
    #[test]
    fn what_is_not_blank() {
        let mut images = Array2::zeros((4, 150));
        images[[1, 3]] = 1;
        images[[2, 64]] = 255;
        images[[2, 65]] = 2;
        images[[3, 0]] = 7;
        images[[3, 149]] = 7;
        let (first, last) = (0..1, 149..150);
        for (indices, expected) in [
            (&[0][..], vec![]),
            (&[], vec![]),
            (&[0, 1], vec![3..4]),
            (&[2, 0], vec![64..66]),
            (&[2, 1, 2], vec![3..4, 64..66]),
            (&[1, 3], vec![first, 3..4, last]),
        ] {
            assert_eq!(not_blank(&images, indices), expected, "{indices:?}");
        }
        let whole = 0..4;
        assert_eq!(not_blank(&images.t(), &[0]), [whole]);
    }

    /// Runs that are shorter and longer than a block, up to the last column.
    #[test]
    fn columns_brought_together() {
        let images = Array2::from_shape_fn((3, 100), |(row, column)| {
            u8::try_from(100 * row + column % 55).unwrap()
        });
        let ranges = [1..3, 4..5, 10..45, 60..100];
        let columns: Vec<usize> = ranges.iter().cloned().flatten().collect();
        let mut found = Array2::<f64>::zeros((2, columns.len()));
        let mut by_columns = Array2::zeros((3, 100).f());
        by_columns.assign(&images);
        for images in [images, by_columns] {
            pixels(&images, &[2, 1], &ranges, &mut found);
            for (row, index) in [2, 1].into_iter().enumerate() {
                for (place, &column) in columns.iter().enumerate() {
                    let expected = f64::from(images[[index, column]]) / 255.0;
                    let found = found[[row, place]];
                    assert_eq!(found.to_bits(), expected.to_bits(), "{column}");
                }
            }
        }
    }
}
