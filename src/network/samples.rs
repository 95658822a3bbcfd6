//! The layers after the first, in place, for some samples of a batch.

use ndarray::{ArrayView2, ArrayViewMut2, Axis};

use crate::{Affine, Float, Relu, SoftmaxWithLoss};

const CONTIGUOUS: &str = "whole rows of the workspace are contiguous";

/// Some samples of a batch, from what the first layer returned.
pub(super) struct Samples<'a, F> {
    /// The class of each.
    pub labels: &'a [u8],
    /// What the second half of the features adds to the first layer's outputs.
    pub second_sum: ArrayView2<'a, F>,
    /// Of each layer, shape `(N, M)`.
    pub outputs: Vec<ArrayViewMut2<'a, F>>,
    /// The gradients with respect to all outputs but the scores.
    pub douts: Vec<ArrayViewMut2<'a, F>>,
    /// The loss of each.
    pub losses: &'a mut [F],
}

impl<F: Float> Samples<'_, F> {
    /// From the first layer's outputs to the scores.
    pub fn forward(&mut self, later: &[&Affine<F>]) {
        let first = self.outputs[0].as_slice_mut().expect(CONTIGUOUS);
        let second = self.second_sum.as_slice().expect(CONTIGUOUS);
        F::scaled_add(F::one(), second, first);
        for (layer, affine) in later.iter().enumerate() {
            let (below, above) = self.outputs.split_at_mut(layer + 1);
            let (x, y) = (&mut below[layer], &mut above[0]);
            Relu.forward_in_place(x);
            affine.forward_into(x, y);
        }
    }

    /// From the scores to the gradient of the whole batch's mean loss with
    /// respect to the first layer's outputs.
    pub fn backward(&mut self, later: &[&Affine<F>], batch_size: usize) {
        let scores = &mut self.outputs[later.len()];
        SoftmaxWithLoss.forward_in_place(scores, self.labels, self.losses);
        SoftmaxWithLoss.backward_in_place(scores, self.labels, batch_size);
        let (scores, hidden) = self.outputs.split_last().expect("a layer");
        for (layer, affine) in later.iter().enumerate().rev() {
            let (below, above) = self.douts.split_at_mut(layer + 1);
            let dx = &mut below[layer];
            affine.backward_into(above.first().unwrap_or(scores), dx);
            Relu.backward_in_place(dx, &hidden[layer]);
        }
    }

    /// The samples above a row and below it.
    pub fn split_at(self, row: usize) -> (Self, Self) {
        let labels = self.labels.split_at(row);
        let second_sum = self.second_sum.split_at(Axis(0), row);
        let losses = self.losses.split_at_mut(row);
        let (outputs_above, outputs_below) = split(self.outputs, row);
        let (douts_above, douts_below) = split(self.douts, row);
        let above = Self {
            labels: labels.0,
            second_sum: second_sum.0,
            outputs: outputs_above,
            douts: douts_above,
            losses: losses.0,
        };
        let below = Self {
            labels: labels.1,
            second_sum: second_sum.1,
            outputs: outputs_below,
            douts: douts_below,
            losses: losses.1,
        };
        (above, below)
    }
}

/// Each array above a row and below it.
fn split<F>(
    arrays: Vec<ArrayViewMut2<'_, F>>,
    row: usize,
) -> (Vec<ArrayViewMut2<'_, F>>, Vec<ArrayViewMut2<'_, F>>) {
    let pairs = arrays.into_iter().map(|array| array.split_at(Axis(0), row));
    pairs.unzip()
}
