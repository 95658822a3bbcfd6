//! Images with their labels.

use std::hint::black_box;

use ndarray::{Array2, ArrayRef2, ArrayView2, ArrayViewMut2, Axis, Zip};
use pulp::Arch;

use crate::{Float, Labels};

/// Pixels along one side of an image.
pub const SIDE: usize = 28;

/// Pixels of an image.
pub const PIXELS: usize = SIDE * SIDE;

/// How many classes of digits there are.
pub const CLASSES: usize = 10;

/// How many images become floats at a time where many are looked at: enough
/// to keep a matrix product busy, few enough to stay in the cache.
pub(crate) const CHUNK: usize = 128;

/// `N` grey images of 28 by 28 pixels, each with the digit that it shows.
///
/// Pixels stay bytes in memory, 0 for the paper and 255 for full ink, and
/// become floats from 0 to 1 (pixel / 255) when a batch is drawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dataset {
    /// Shape `(N, 784)`: one image a row, its pixels from left to right and
    /// from top to bottom.
    pub images: Array2<u8>,
    /// The digit of each image, shape `(N,)`.
    pub labels: Labels,
}

impl Dataset {
    /// Images of shape `(N, 784)` with their `N` labels.
    ///
    /// # Panics
    ///
    /// If the images have not 784 columns, or not one row for each label.
    #[must_use]
    pub fn new(images: Array2<u8>, labels: Labels) -> Self {
        check_shape(&images, &labels);
        // Each image's pixels stand side by side, whatever was handed in.
        let images = if images.is_standard_layout() {
            images
        } else {
            images.as_standard_layout().into_owned()
        };
        Self { images, labels }
    }

    /// As [`new`](Self::new) does: the fields are public.
    pub(crate) fn check(&self) {
        check_shape(&self.images, &self.labels);
    }

    /// `N`, the number of images.
    #[must_use]
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Whether there are no images.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// One image as it is seen, shape `(28, 28)`.
    ///
    /// # Panics
    ///
    /// If there is no image of that number.
    #[must_use]
    pub fn image(&self, number: usize) -> ArrayView2<'_, u8> {
        check(number, self.len());
        self.images
            .row(number)
            .into_shape_with_order((SIDE, SIDE))
            .expect("an image has 784 pixels")
    }

    /// The first `count` images, or all if there are fewer.
    #[must_use]
    pub fn head(&self, count: usize) -> Self {
        let count = count.min(self.len());
        let (images, _) = self.images.view().split_at(Axis(0), count);
        let labels = self.labels.iter().take(count).collect();
        Self {
            images: images.to_owned(),
            labels,
        }
    }

    /// The images of those numbers as floats, shape `(N, 784)`, with their
    /// labels.
    ///
    /// # Panics
    ///
    /// If there is no image of one of the numbers.
    ///
    /// ```
    /// let (x, t) = backprop::digits::dataset(20, 1).batch::<f64>(&[3, 14]);
    /// assert_eq!(x.dim(), (2, 784));
    /// assert!(x.iter().all(|pixel| (0.0..=1.0).contains(pixel)));
    /// assert_eq!(t.len(), 2);
    /// ```
    #[must_use]
    pub fn batch<F: Float>(&self, numbers: &[usize]) -> (Array2<F>, Labels) {
        let x = F::floats(&self.images, numbers);
        let t = numbers.iter().map(|&number| self.labels[number]).collect();
        (x, t)
    }

    /// All images as floats, shape `(N, 784)`, with their labels.
    #[must_use]
    pub fn all<F: Float>(&self) -> (Array2<F>, Labels) {
        self.batch(&(0..self.len()).collect::<Vec<_>>())
    }
}

/// The chosen rows, from bytes to numbers from 0 to 1.
pub(crate) fn floats<F: Float>(
    images: &Array2<u8>,
    rows: &[usize],
) -> Array2<F> {
    let mut floats = Array2::zeros((rows.len(), images.ncols()));
    floats_into(images, rows, &mut floats.view_mut());
    floats
}

/// The same into memory that is there already, one row for each number.
pub(crate) fn floats_into<F: Float>(
    images: &ArrayRef2<u8>,
    rows: &[usize],
    floats: &mut ArrayViewMut2<'_, F>,
) {
    fetch(images, rows);
    for (floats, &row) in floats.rows_mut().into_iter().zip(rows) {
        let row = Zip::from(floats).and(images.row(row));
        Arch::new().dispatch(
            #[inline(always)]
            || row.for_each(|float, &pixel| *float = shade(pixel)),
        );
    }
}

/// Reads a byte of each cache line of the rows, so that the memory works on
/// many lines at once instead of one after the other.
fn fetch(images: &ArrayRef2<u8>, rows: &[usize]) {
    const CACHE_LINE: usize = 64;
    let mut bytes = 0;
    for &row in rows {
        check(row, images.nrows());
        for &byte in images.row(row).iter().step_by(CACHE_LINE) {
            bytes ^= byte;
        }
    }
    black_box(bytes);
}

/// `pixel / 255`, to the last bit, without a division.
///
/// 1/255 is 257/65536 + 1/(255 * 65536). The first product is exact, and the
/// error of the second is too small to move the rounding of their sum.
#[inline]
fn shade<F: Float>(pixel: u8) -> F {
    let float: F = pixel.into();
    float * F::from_f64(257.0 / 65536.0)
        + float * F::from_f64(1.0 / (255.0 * 65536.0))
}

#[track_caller]
fn check_shape(images: &Array2<u8>, labels: &Labels) {
    assert!(
        images.dim() == (labels.len(), PIXELS),
        "Dataset: images have shape {:?}, {} labels need {:?}",
        images.shape(),
        labels.len(),
        [labels.len(), PIXELS]
    );
}

#[track_caller]
fn check(number: usize, images: usize) {
    assert!(number < images, "Dataset: no image {number} among {images}");
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::ShapeBuilder;

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
    fn images_may_lie_in_memory_in_any_order() {
        let by_rows = Array2::from_shape_fn((3, PIXELS), |(row, column)| {
            u8::try_from((row * 89 + column) % 256).unwrap()
        });
        let mut by_columns = Array2::zeros((3, PIXELS).f());
        by_columns.assign(&by_rows);
        assert!(!by_columns.is_standard_layout());
        let rows = [2, 0];
        assert_eq!(
            floats::<f32>(&by_columns, &rows),
            floats::<f32>(&by_rows, &rows)
        );
    }
}
