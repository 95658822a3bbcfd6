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
//! Features that are 0 in the whole batch, before all others of their half or
//! after them, are left out: 0 times a weight adds nothing to the outputs, and
//! the weight's gradient is 0.

use std::ops::Range;

use ndarray::{Array2, ArrayRef2, ArrayView2, ArrayViewMut2, Axis, Slice};

use crate::{Affine, Dataset, Float, kernels::pixels::not_blank};

/// The features of a batch as floats, in two halves.
#[derive(Clone, Debug)]
pub(super) struct Features<F>([Half<F>; 2]);

/// Half of the features, as far as they are not blank.
#[derive(Clone, Debug)]
struct Half<F> {
    memory: Vec<F>,
    /// Which of the half's features.
    columns: Range<usize>,
}

impl<F: Float> Features<F> {
    /// Memory for batches of at most so many samples.
    pub(super) fn new(samples: usize, inputs: usize) -> Self {
        let half = inputs / 2;
        Self([half, inputs - half].map(|columns| Half {
            memory: vec![F::zero(); samples * columns],
            columns: 0..columns,
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
        &self,
        scale: F,
        dout: &ArrayRef2<F>,
        into: &mut Affine<F>,
        parts: usize,
    ) {
        let half = into.weight.nrows() / 2;
        let weight = into.weight.view_mut();
        let (weight1, weight2) = weight.split_at(Axis(0), half);
        let [half1, half2] = &self.0;
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
    fn convert<'a>(
        &'a mut self,
        bytes: &ArrayRef2<u8>,
        indices: &[usize],
        weight: &'a ArrayRef2<F>,
    ) -> (ArrayView2<'a, F>, ArrayView2<'a, F>) {
        self.columns = not_blank(bytes, indices);
        let columns = Slice::from(self.columns.clone());
        let bytes = bytes.slice_axis(Axis(1), columns);
        let shape = (indices.len(), bytes.ncols());
        let memory = &mut self.memory[..shape.0 * shape.1];
        let mut x = ArrayViewMut2::from_shape(shape, memory)
            .expect("there are as many numbers");
        F::pixels(&bytes, indices, &mut x);
        (self.x(indices.len()), weight.slice_axis(Axis(0), columns))
    }

    /// Shape `(N, columns)`.
    fn x(&self, samples: usize) -> ArrayView2<'_, F> {
        let shape = (samples, self.columns.len());
        ArrayView2::from_shape(shape, &self.memory[..shape.0 * shape.1])
            .expect("there are as many numbers")
    }

    fn add_gradient(
        &self,
        scale: F,
        dout: &ArrayRef2<F>,
        mut weight: ArrayViewMut2<'_, F>,
        parts: usize,
    ) {
        weight.slice_axis_inplace(Axis(0), Slice::from(self.columns.clone()));
        let x = self.x(dout.nrows());
        F::add_product(scale, &x.t(), dout, &mut weight, parts);
    }
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
