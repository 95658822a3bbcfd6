//! The functions that the layers are made of.

use ndarray::{Array, ArrayRef2, Axis, Dimension};

use crate::{Float, Target, target};

/// The logistic function, 1 / (1 + exp(-x)).
///
/// The exponential is taken of a number that is never positive, so it cannot
/// overflow, however large `|x|` is. On an array: `x.mapv(sigmoid)`.
///
/// ```
/// use backprop::sigmoid;
///
/// assert_eq!(sigmoid(0.0), 0.5);
/// assert_eq!(sigmoid(1e4), 1.0);
/// assert_eq!(sigmoid(-700.0), (-700.0_f64).exp());
/// ```
#[must_use]
pub fn sigmoid<F: Float>(x: F) -> F {
    let exponential = (-x.abs()).exp();
    let numerator = if x.is_sign_negative() {
        exponential
    } else {
        F::one()
    };
    numerator / (F::one() + exponential)
}

/// Turns scores into probabilities, along the last axis.
///
/// Each row is shifted by its own maximum first: softmax does not change, and
/// exp cannot overflow. The array is changed in place and returned. A NaN in a
/// row makes that row NaN.
///
/// # Shapes
///
/// Scores of shape `(..., classes)` give probabilities of the same shape; each
/// row sums to 1.
///
/// # Panics
///
/// If the array has no axis.
///
/// ```
/// use backprop::softmax;
/// use ndarray::array;
///
/// let y = softmax(array![[0.0, 0.0], [1e4, 0.0]]);
/// assert_eq!(y, array![[0.5, 0.5], [1.0, 0.0]]);
/// ```
#[must_use]
pub fn softmax<F: Float, D: Dimension>(scores: Array<F, D>) -> Array<F, D> {
    log_softmax(scores).mapv_into(F::exp)
}

/// The logarithm of [`softmax`], finite where softmax itself rounds to 0.
///
/// log softmax(x) = x - max(x) - log(sum(exp(x - max(x)))), row by row. The
/// array is changed in place and returned.
///
/// # Panics
///
/// If the array has no axis.
///
/// ```
/// use backprop::log_softmax;
/// use ndarray::array;
///
/// let log_y = log_softmax(array![[1e4, 0.0]]);
/// assert_eq!(log_y, array![[0.0, -1e4]]);
/// ```
#[must_use]
pub fn log_softmax<F: Float, D: Dimension>(
    mut scores: Array<F, D>,
) -> Array<F, D> {
    assert!(scores.ndim() > 0, "softmax: the array has no axis");
    let last = Axis(scores.ndim() - 1);
    for mut row in scores.lanes_mut(last) {
        let maximum = row.fold(F::neg_infinity(), |max, &x| max.max(x));
        row -= maximum;
        let sum: F = row.iter().map(|x| x.exp()).sum();
        row -= sum.ln();
    }
    scores
}

/// The mean over the rows of -log of the probability given to the right class.
///
/// Where that probability is exactly 0 the result is infinite, as it should
/// be: nothing is added inside the logarithm. Softmax does round to 0 (from a
/// score about 745 below the maximum in `f64`, 104 in `f32`), which is why
/// [`SoftmaxWithLoss`](crate::SoftmaxWithLoss) takes its loss from
/// [`log_softmax`] and stays finite.
///
/// # Shapes
///
/// `y` is `(N, classes)`, one row of probabilities a sample; `t` has `N` rows.
///
/// # Panics
///
/// If there are no rows, or if `t` does not fit `y`: another number of rows, or
/// a label that is not below the number of columns.
///
/// ```
/// use backprop::{Labels, cross_entropy_error};
/// use ndarray::array;
///
/// let y = array![[0.25, 0.75], [1.0, 0.0]];
/// assert_eq!(
///     cross_entropy_error(&y, &Labels::from([0, 0])),
///     4_f64.ln() / 2.0
/// );
/// ```
#[must_use]
pub fn cross_entropy_error<F: Float>(y: &ArrayRef2<F>, t: &dyn Target) -> F {
    mean_loss("cross_entropy_error", y, t, F::ln)
}

/// The mean over the rows of -`log`(the right class's entry).
pub(crate) fn mean_loss<F: Float>(
    who: &str,
    y: &ArrayRef2<F>,
    t: &dyn Target,
    log: impl Fn(F) -> F,
) -> F {
    let (rows, columns) = y.dim();
    assert!(rows > 0, "{who}: 0 rows have no mean loss");
    target::check(who, t, rows, columns);
    let sum =
        (0..rows).fold(F::zero(), |sum, row| sum - log(y[[row, t.class(row)]]));
    sum / F::from_f64(rows as f64)
}
