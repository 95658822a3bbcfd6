//! The last layer: softmax and the cross-entropy loss in one.

use ndarray::{Array2, ArrayView2};

use crate::{
    Float, Target,
    exp::exp_in_place,
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

/// Both passes for samples on memory of the caller's: their scores, one row
/// after the other, become the loss's gradient by them, in a mean over
/// `samples`, and each sample has its own loss among `losses`.
pub(crate) fn in_place<F: Float>(
    scores: &mut [F],
    losses: &mut [F],
    class: impl Fn(usize) -> usize,
    samples: F,
) {
    let columns = scores.len() / losses.len();
    let rows = scores.chunks_exact_mut(columns).zip(&mut *losses);
    for (row, (scores, loss)) in rows.enumerate() {
        let maximum = scores.iter().copied().fold(F::neg_infinity(), F::max);
        for score in &mut *scores {
            *score -= maximum;
        }
        *loss = -scores[class(row)];
    }
    exp_in_place(scores);
    let rows = scores.chunks_exact_mut(columns).zip(losses);
    for (row, (scores, loss)) in rows.enumerate() {
        let sum: F = scores.iter().copied().sum();
        *loss += sum.ln();
        let scale = (sum * samples).recip();
        for score in &mut *scores {
            *score *= scale;
        }
        scores[class(row)] -= samples.recip();
    }
}
