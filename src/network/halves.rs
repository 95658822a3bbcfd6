//! The first layer, cut in two so that two threads can share it.
//!
//! Nearly all of a step's work is in the first layer. Were the batch divided,
//! each thread would need all weights, half of which the other has just
//! changed, and what one core writes and another reads travels between their
//! caches. So the inputs are divided: one thread takes the first half of each
//! sample's features, with the weights of those, the other the second.
//! Features and weights stay with their core. What the halves add to the
//! outputs is summed in the same order on any number of threads.

use ndarray::{Array2, ArrayRef2, ArrayView2, ArrayViewMut2, Axis};

use crate::{Affine, Dataset, Float};

/// The features of a batch as floats, in two halves, shapes `(N, D / 2)` and
/// `(N, D - D / 2)`.
#[derive(Clone, Debug)]
pub(super) struct Features<F>([Array2<F>; 2]);

impl<F: Float> Features<F> {
    /// Memory for batches of at most so many samples.
    pub(super) fn new(samples: usize, inputs: usize) -> Self {
        let half = inputs / 2;
        let zeros = |columns| Array2::zeros((samples, columns));
        Self([zeros(half), zeros(inputs - half)])
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
        let [mut x1, mut x2] = self.of(indices.len());
        let half = x1.ncols();
        let (bytes1, bytes2) = data.images.view().split_at(Axis(1), half);
        let (weight1, weight2) = affine.weight.view().split_at(Axis(0), half);
        at_once(
            parts,
            |parts| {
                F::pixels(&bytes1, indices, &mut x1);
                F::fill_rows(&affine.bias, first);
                F::add_product(F::one(), &x1, &weight1, first, parts);
            },
            |parts| {
                F::pixels(&bytes2, indices, &mut x2);
                F::product(&x2, &weight2, second, parts);
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
        let [x1, x2] = self.of(dout.nrows());
        let weight = into.weight.view_mut();
        let (mut weight1, mut weight2) = weight.split_at(Axis(0), x1.ncols());
        at_once(
            parts,
            |parts| F::add_product(scale, &x1.t(), dout, &mut weight1, parts),
            |parts| F::add_product(scale, &x2.t(), dout, &mut weight2, parts),
        );
        F::add_rows(scale, dout, &mut into.bias);
    }

    fn of(&mut self, samples: usize) -> [ArrayViewMut2<'_, F>; 2] {
        self.0.each_mut().map(|x| rows_mut(x, samples))
    }
}

/// Half of the parts for each half.
fn at_once(
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
