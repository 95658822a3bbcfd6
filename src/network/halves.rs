//! The first layer, cut in two so that two threads can share it.
//!
//! Nearly all of a step's work is in the first layer. Were the batch divided,
//! each thread would need all weights, half of which the other has just
//! changed, and what one core writes and another reads travels between their
//! caches. So the inputs are divided: one thread takes the first half of each
//! sample's features, with the weights of those, the other the second.
//! Features and weights stay with their core. What the halves add to the
//! outputs is summed in the same order on any number of threads.
//!
//! Features that are 0 in the whole batch are left out: 0 times a weight adds
//! nothing to the outputs, and the weight's gradient is 0. The others are
//! brought together in memory, and so are their weights, whose rows are put
//! back after a change.

use std::ops::Range;

use ndarray::{Array2, ArrayRef2, ArrayView2, ArrayViewMut2, Axis};

use crate::{Affine, Dataset, Float, kernels::pixels::not_blank};

/// The features of a batch as floats, in two halves.
#[derive(Clone, Debug)]
pub(super) struct Features<F>([Half<F>; 2]);

/// Half of the features, without those that are blank.
#[derive(Clone, Debug)]
struct Half<F> {
    /// Which of the half's features.
    columns: Vec<Range<usize>>,
    /// Shape `(N, D)`.
    x: Vec<F>,
    /// The rows of the weight for these features, shape `(D, M)`.
    weight: Vec<F>,
}

impl<F: Float> Features<F> {
    /// Memory for batches of at most so many samples, and for the weight of
    /// their layer.
    pub(super) fn new(samples: usize, inputs: usize, outputs: usize) -> Self {
        let half = inputs / 2;
        Self([half, inputs - half].map(|columns| Half {
            columns: Vec::new(),
            x: vec![F::zero(); samples * columns],
            weight: vec![F::zero(); columns * outputs],
        }))
    }

    /// Makes the features of a batch, and what each half of them adds to the
    /// outputs: `x . weight + bias` the first, `x . weight` the second.
    pub(super) fn forward(
        &mut self,
        affine: &Affine<F>,
        data: &Dataset,
        indices: &[usize],
        [first, second]: [&mut ArrayRef2<F>; 2],
        parts: usize,
    ) {
        let half = affine.weight.nrows() / 2;
        let (bytes1, bytes2) = data.images.view().split_at(Axis(1), half);
        let (weight1, weight2) = affine.weight.view().split_at(Axis(0), half);
        let [half1, half2] = &mut self.0;
        both_halves(
            parts,
            |parts| {
                let (x, weight) = half1.convert(&bytes1, indices, &weight1);
                F::fill_rows(&affine.bias, first);
                F::add_product(F::one(), &x, &weight, first, parts);
            },
            |parts| {
                let (x, weight) = half2.convert(&bytes2, indices, &weight2);
                F::product(&x, &weight, second, parts);
            },
        );
    }

    /// [`Affine::add_gradient`] of the batch that
    /// [`forward`](Self::forward) made last.
    pub(super) fn add_gradient(
        &mut self,
        scale: F,
        dout: &ArrayRef2<F>,
        into: &mut Affine<F>,
        parts: usize,
    ) {
        let half = into.weight.nrows() / 2;
        let weight = into.weight.view_mut();
        let (weight1, weight2) = weight.split_at(Axis(0), half);
        let [half1, half2] = &mut self.0;
        both_halves(
            parts,
            |parts| half1.add_gradient(scale, dout, weight1, parts),
            |parts| half2.add_gradient(scale, dout, weight2, parts),
        );
        F::add_rows(scale, dout, &mut into.bias);
    }
}

impl<F: Float> Half<F> {
    /// Notes which columns are not blank, makes floats of their bytes, and
    /// returns these with their weights.
    fn convert(
        &mut self,
        bytes: &ArrayRef2<u8>,
        indices: &[usize],
        weight: &ArrayRef2<F>,
    ) -> (ArrayView2<'_, F>, ArrayView2<'_, F>) {
        self.columns = not_blank(bytes, indices);
        let x_shape = (indices.len(), self.count());
        let weight_shape = (self.count(), weight.ncols());
        let mut x = matrix_mut(&mut self.x, x_shape);
        F::pixels(bytes, indices, &self.columns, &mut x);
        let mut rows = matrix_mut(&mut self.weight, weight_shape);
        F::gather_rows(weight, &self.columns, &mut rows);
        (matrix(&self.x, x_shape), matrix(&self.weight, weight_shape))
    }

    /// `D`, the features that are left.
    fn count(&self) -> usize {
        self.columns.iter().map(Range::len).sum()
    }

    fn add_gradient(
        &mut self,
        scale: F,
        dout: &ArrayRef2<F>,
        mut weight: ArrayViewMut2<'_, F>,
        parts: usize,
    ) {
        let x = matrix(&self.x, (dout.nrows(), self.count()));
        let shape = (self.count(), dout.ncols());
        let mut rows = matrix_mut(&mut self.weight, shape);
        F::gather_rows(&weight, &self.columns, &mut rows);
        F::add_product(scale, &x.t(), dout, &mut rows, parts);
        F::scatter_rows(&rows, &self.columns, &mut weight);
    }
}

/// The first numbers as a matrix.
fn matrix<F>(numbers: &[F], shape: (usize, usize)) -> ArrayView2<'_, F> {
    ArrayView2::from_shape(shape, &numbers[..shape.0 * shape.1])
        .expect("there are as many numbers")
}

/// The first numbers as a matrix, to be changed.
fn matrix_mut<F>(
    numbers: &mut [F],
    shape: (usize, usize),
) -> ArrayViewMut2<'_, F> {
    ArrayViewMut2::from_shape(shape, &mut numbers[..shape.0 * shape.1])
        .expect("there are as many numbers")
}

/// Works on both halves: one after the other on one thread, else at the same
/// time, each with half of the parts.
fn both_halves(
    parts: usize,
    first: impl FnOnce(usize) + Send,
    second: impl FnOnce(usize) + Send,
) {
    if parts == 1 {
        first(1);
        second(1);
    } else {
        rayon::join(|| first(parts / 2), || second(parts / 2));
    }
}

/// The first rows.
pub(super) fn rows<F>(array: &Array2<F>, rows: usize) -> ArrayView2<'_, F> {
    array.view().split_at(Axis(0), rows).0
}

/// The first rows, to be changed.
pub(super) fn rows_mut<F>(
    array: &mut Array2<F>,
    rows: usize,
) -> ArrayViewMut2<'_, F> {
    array.view_mut().split_at(Axis(0), rows).0
}
