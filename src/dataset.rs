//! Images with their labels.

use ndarray::{Array2, ArrayView2, Axis};

use crate::{Float, Labels};

/// Pixels along one side of an image.
pub const SIDE: usize = 28;

/// Pixels of an image.
pub const PIXELS: usize = SIDE * SIDE;

/// How many classes of digits there are.
pub const CLASSES: usize = 10;

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
        for &number in numbers {
            check(number, self.len());
        }
        let mut x = Array2::zeros((numbers.len(), self.images.ncols()));
        F::pixels(&self.images, numbers, &mut x);
        let t = numbers.iter().map(|&number| self.labels[number]).collect();
        (x, t)
    }

    /// All images as floats, shape `(N, 784)`, with their labels.
    #[must_use]
    pub fn all<F: Float>(&self) -> (Array2<F>, Labels) {
        self.batch(&(0..self.len()).collect::<Vec<_>>())
    }
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
