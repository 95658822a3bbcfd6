//! The last layer: softmax and the cross-entropy loss in one.

use ndarray::{Array2, ArrayRef2, ArrayView2};

use crate::{
    Float, Target,
    functions::{log_softmax, mean_loss},
    target,
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

/// The same, into memory that the caller provides, for samples with labels.
impl SoftmaxWithLoss {
    /// Scores become probabilities, and each sample has its loss among
    /// `losses`.
    ///
    /// # Shapes
    ///
    /// `x` is `(N, classes)`; there are `N` labels and `N` losses.
    ///
    /// # Panics
    ///
    /// Unless there are as many labels and losses as rows, and each label is
    /// below `classes`.
    pub fn forward_in_place<F: Float>(
        self,
        x: &mut ArrayRef2<F>,
        labels: &[u8],
        losses: &mut [F],
    ) {
        check_rows(x, labels);
        assert!(
            losses.len() == labels.len(),
            "SoftmaxWithLoss: {} labels, room for {} losses",
            labels.len(),
            losses.len()
        );
        F::softmax_with_loss(x, labels, losses);
    }

    /// `y = (y - t) / batch_size`: the gradient of a batch's mean loss with
    /// respect to the scores. The samples of `y` may be a part of the batch.
    ///
    /// # Shapes
    ///
    /// `y` is `(N, classes)`; there are `N` labels.
    ///
    /// # Panics
    ///
    /// Unless there are as many labels as rows, each below `classes`.
    pub fn backward_in_place<F: Float>(
        self,
        y: &mut ArrayRef2<F>,
        labels: &[u8],
        batch_size: usize,
    ) {
        check_rows(y, labels);
        let batch_size = F::from_f64(batch_size as f64);
        F::softmax_with_loss_backward(y, labels, batch_size);
    }
}

/// That there is a label for each row, and a column for each label.
#[track_caller]
fn check_rows<F>(rows: &ArrayRef2<F>, labels: &[u8]) {
    let (rows, columns) = rows.dim();
    assert!(
        rows == labels.len(),
        "SoftmaxWithLoss: {rows} rows, {} labels",
        labels.len()
    );
    target::check_labels("SoftmaxWithLoss", labels, columns);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Labels;
    use ndarray::ShapeBuilder;

    /// Within rounding, for scores small and large, in any memory order.
    #[test]
    fn in_place_is_as_taught() {
        for size in [1e-3, 1.0, 30.0, 1e4] {
            let x = Array2::from_shape_fn((7, 5), |(n, i)| {
                size * ((n * 31 + i * 17) % 23) as f64 / 10.0
            });
            let labels: Vec<u8> = (0..7).map(|n| n % 5).collect();
            let t = Labels::new(labels.clone());
            let (loss, cache) = SoftmaxWithLoss.forward(x.clone(), &t);
            let dx = cache.backward(1.0);

            let mut by_columns = Array2::zeros((7, 5).f());
            by_columns.assign(&x);
            for mut in_place in [x, by_columns] {
                let mut losses = [0.0; 7];
                SoftmaxWithLoss.forward_in_place(
                    &mut in_place,
                    &labels,
                    &mut losses,
                );
                let mean = losses.iter().sum::<f64>() / 7.0;
                assert!((mean - loss).abs() <= 1e-14 * loss.max(1.0));
                SoftmaxWithLoss.backward_in_place(&mut in_place, &labels, 7);
                let apart = (&in_place - &dx)
                    .fold(0.0_f64, |most, it| most.max(it.abs()));
                assert!(apart < 1e-15, "{size}: {apart:e}");
            }
        }
    }

    #[test]
    fn a_nan_makes_the_loss_of_its_row_nan() {
        let mut x = Array2::zeros((2, 3));
        x[[1, 2]] = f32::NAN;
        let mut losses = [0.0; 2];
        SoftmaxWithLoss.forward_in_place(&mut x, &[0, 1], &mut losses);
        assert!((losses[0] - 3_f32.ln()).abs() < 1e-6);
        assert!(losses[1].is_nan());
    }
}
