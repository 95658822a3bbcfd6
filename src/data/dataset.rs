//! Images with their labels.

use std::hint::black_box;

use ndarray::{Array2, ArrayRef2, ArrayView2, ArrayViewMut2, Axis, Zip};
use pulp::Arch;

use crate::{Float, Labels};

/// How many images become floats at a time where many are looked at: enough
/// to keep a matrix product busy, few enough to stay in the cache.
pub(crate) const CHUNK: usize = 128;

/// `N` grey images of `D` pixels, each with the class of what it shows.
///
/// Pixels stay bytes in memory, 0 for black and 255 for white, and become
/// floats from 0 to 1 (pixel / 255) when a batch is drawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dataset {
    /// Shape `(N, D)`: one image a row, its pixels from left to right and from
    /// top to bottom.
    pub images: Array2<u8>,
    /// The class of each image, shape `(N,)`.
    pub labels: Labels,
}

impl Dataset {
    /// Images of shape `(N, D)` with their `N` labels.
    ///
    /// # Panics
    ///
    /// Unless there is one image for each label.
    ///
    /// ```
    /// use backprop::{Dataset, Labels};
    /// use ndarray::array;
    ///
    /// let arrows = Dataset::new(
    ///     array![[0, 255, 255, 255], [255, 255, 255, 0]],
    ///     Labels::from([7, 3]),
    /// );
    /// assert_eq!(arrows.image(1), array![[255, 255], [255, 0]]);
    /// ```
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

    /// One image as it is seen, shape `(side, side)` with `side * side = D`.
    ///
    /// # Panics
    ///
    /// If there is no image of that index, or `D` is not a square number, or
    /// `images` has been replaced by an array whose rows are not each in one
    /// piece of memory, as [`new`](Self::new) arranges them.
    #[must_use]
    pub fn image(&self, index: usize) -> ArrayView2<'_, u8> {
        check(index, self.images.nrows());
        let pixels = self.images.ncols();
        let side = pixels.isqrt();
        assert!(
            side * side == pixels,
            "Dataset: images of {pixels} pixels are not square"
        );
        let image = self.images.row(index).to_slice().unwrap_or_else(|| {
            panic!(
                "Dataset: the rows of images are not in one piece; \
                 Dataset::new makes them so"
            )
        });
        ArrayView2::from_shape((side, side), image)
            .expect("the number of pixels is the side squared")
    }

    /// The first `count` images, or all if there are fewer.
    ///
    /// # Panics
    ///
    /// If a field has been replaced, and there is no longer one image for each
    /// label.
    #[must_use]
    pub fn head(&self, count: usize) -> Self {
        self.check();
        let count = count.min(self.len());
        let (images, _) = self.images.view().split_at(Axis(0), count);
        let labels = self.labels.iter().take(count).collect();
        Self {
            images: images.to_owned(),
            labels,
        }
    }

    /// The images of those indices as floats, one a row in their order, with
    /// their labels.
    ///
    /// # Shapes
    ///
    /// For `B` indices: `(B, D)` and `(B,)`.
    ///
    /// # Panics
    ///
    /// If there is no image of one of the indices, or a field has been
    /// replaced, and there is no longer one image for each label.
    ///
    /// ```
    /// let (x, t) = backprop::digits::dataset(20, 1).batch::<f64>(&[3, 14]);
    /// assert_eq!(x.dim(), (2, 784));
    /// assert!(x.iter().all(|pixel| (0.0..=1.0).contains(pixel)));
    /// assert_eq!(t.len(), 2);
    /// ```
    #[must_use]
    pub fn batch<F: Float>(&self, indices: &[usize]) -> (Array2<F>, Labels) {
        self.check();
        let x = F::floats(&self.images, indices);
        let t = indices.iter().map(|&index| self.labels[index]).collect();
        (x, t)
    }

    /// All images as floats, shape `(N, D)`, with their labels.
    ///
    /// # Panics
    ///
    /// If a field has been replaced, and there is no longer one image for each
    /// label.
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
        images.nrows() == labels.len(),
        "Dataset: images have shape {:?}, {} labels need as many rows",
        images.shape(),
        labels.len()
    );
}

#[track_caller]
fn check(index: usize, images: usize) {
    assert!(index < images, "Dataset: no image {index} among {images}");
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
        let by_rows = Array2::from_shape_fn((3, 784), |(row, column)| {
            u8::try_from((row * 89 + column) % 256).unwrap()
        });
        let mut by_columns = Array2::zeros((3, 784).f());
        by_columns.assign(&by_rows);
        assert!(!by_columns.is_standard_layout());
        let rows = [2, 0];
        assert_eq!(
            floats::<f32>(&by_columns, &rows),
            floats::<f32>(&by_rows, &rows)
        );
    }
}
