//! Images with their labels.

use ndarray::{Array2, ArrayView2, Axis};

use crate::{Float, Labels};

/// `N` grey images of `D` pixels, each with the class of what it shows.
///
/// Pixels stay bytes in memory, 0 for paper and 255 for ink, and become
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

    /// That there is an image of each index.
    pub(crate) fn check_indices(&self, indices: &[usize]) {
        for &index in indices {
            check(index, self.len());
        }
    }

    pub(crate) fn labels_of(&self, indices: &[usize]) -> Labels {
        indices.iter().map(|&index| self.labels[index]).collect()
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
        self.check_indices(indices);
        let mut x = Array2::zeros((indices.len(), self.images.ncols()));
        let all = 0..self.images.ncols();
        F::pixels(&self.images, indices, &[all], &mut x);
        (x, self.labels_of(indices))
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
