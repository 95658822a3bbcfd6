//! The last layer: softmax and the cross-entropy loss in one.

use ndarray::{Array2, ArrayRef2, ArrayView2};

use crate::{
    Float, Target,
    functions::{log_softmax, mean_loss},
};

/// The mean cross-entropy of the softmax of a batch of scores.
#[derive(Clone, Copy, Debug)]
pub struct SoftmaxWithLoss;

impl SoftmaxWithLoss {
    /// Returns the loss and what backward needs.
    ///
    /// The loss comes from the [`log_softmax`]: it is finite for scores of
    /// 1e4, and nothing is added inside a logarithm. A NaN among the scores
    /// makes the loss NaN.
    ///
    /// # Shapes
    ///
    /// `x` is `(N, classes)`, `t` has `N` rows; the loss is their mean.
    ///
    /// # Panics
    ///
    /// If there are no rows, or if `t` does not fit `x`: another number of
    /// rows, or a label that is not below the number of columns.
    ///
    /// ```
    /// use backprop::{Labels, SoftmaxWithLoss};
    /// use ndarray::array;
    ///
    /// let t = Labels::from([1]);
    /// let (loss, cache) = SoftmaxWithLoss.forward(array![[0.0, 0.0]], &t);
    /// assert_eq!(loss, 2_f64.ln());
    /// assert_eq!(cache.backward(1.0), array![[0.5, -0.5]]);
    /// ```
    pub fn forward<F: Float>(
        self,
        x: Array2<F>,
        t: &dyn Target,
    ) -> (F, SoftmaxWithLossCache<'_, F>) {
        let log_y = log_softmax(x);
        let loss = mean_loss("SoftmaxWithLoss", &log_y, t, |log_y| log_y);
        let y = log_y.mapv_into(F::exp);
        (loss, SoftmaxWithLossCache { y, t })
    }
}

/// What backward needs of a softmax with loss: its output and the target.
#[derive(Debug)]
#[must_use = "the gradient comes from `backward`"]
pub struct SoftmaxWithLossCache<'a, F> {
    y: Array2<F>,
    t: &'a dyn Target,
}

impl<F: Float> SoftmaxWithLossCache<'_, F> {
    /// The probabilities, shape `(N, classes)`; each row sums to 1.
    #[must_use]
    pub fn y(&self) -> ArrayView2<'_, F> {
        self.y.view()
    }

    /// Returns `dx = (y - t) * dout / N`, made in `y`'s own memory.
    ///
    /// Subtracting the one-hot `t` changes one entry a row.
    #[must_use]
    pub fn backward(self, dout: F) -> Array2<F> {
        let mut dx = self.y;
        let rows = dx.nrows();
        for row in 0..rows {
            dx[[row, self.t.class(row)]] -= F::one();
        }
        dx *= dout / F::from_f64(rows as f64);
        dx
    }
}

/// The same in memory of the caller's, for samples with labels.
impl SoftmaxWithLoss {
    /// Scores become probabilities, and each sample has its loss among
    /// `losses`.
    ///
    /// # Shapes
    ///
    /// `x` is `(N, classes)`; there are `N` labels, each below `classes`, and
    /// `N` losses.
    pub(crate) fn forward_in_place<F: Float>(
        self,
        x: &mut ArrayRef2<F>,
        labels: &[u8],
        losses: &mut [F],
    ) {
        F::softmax_with_loss(x, labels, losses);
    }

    /// `y = (y - t) / samples`: the gradient, by the scores, of the mean loss
    /// of so many samples, of which those of `y` may be a part.
    ///
    /// # Shapes
    ///
    /// `y` is `(N, classes)`; there are `N` labels.
    pub(crate) fn backward_in_place<F: Float>(
        self,
        y: &mut ArrayRef2<F>,
        labels: &[u8],
        samples: F,
    ) {
        F::softmax_with_loss_backward(y, labels, samples);
    }
}
