//! Gradients by finite differences, and how far two gradients are apart.

use ndarray::{
    Array, ArrayRef, Axis, Dimension, IntoDimension, RemoveAxis, Zip,
};
use rayon::iter::{ParallelBridge, ParallelIterator};

use crate::Float;

/// The step h of [`numerical_gradient`].
///
/// Central differences err by about h^2 from the curve's third derivative and
/// by about 1e-16 / h from rounding in `f64`: 1e-4 keeps both small.
pub const STEP: f64 = 1e-4;

/// Below this, [`max_relative_error`] counts entries as if they were this big.
///
/// Rounding alone gives central differences an error of about 1e-12 in `f64`
/// at [`STEP`], whatever the entry's size, so that the relative error of a tiny
/// entry says nothing.
pub const RELATIVE_FLOOR: f64 = 1e-3;

/// The gradient of `f` at `x` by central differences with step [`STEP`].
///
/// Each entry in turn is moved up and down by h, and the gradient's entry is
/// `(f(x + h) - f(x - h)) / 2h`: two calls of `f` for each entry. `x` is
/// changed during the calls and restored bit for bit; should `f` panic, one
/// entry may keep its step.
///
/// # Shapes
///
/// Any; the gradient has the shape of `x`.
///
/// ```
/// use backprop::numerical_gradient;
/// use ndarray::array;
///
/// let mut x = array![3.0, 4.0];
/// let gradient = numerical_gradient(|x| x.mapv(|x| x * x).sum(), &mut x);
/// assert!((gradient[0] - 6.0_f64).abs() < 1e-8);
/// assert!((gradient[1] - 8.0_f64).abs() < 1e-8);
/// assert_eq!(x, array![3.0, 4.0]);
/// ```
#[must_use]
pub fn numerical_gradient<F: Float, D: Dimension>(
    f: impl FnMut(&Array<F, D>) -> F,
    x: &mut Array<F, D>,
) -> Array<F, D> {
    numerical_gradient_with_step(f, x, F::from_f64(STEP))
}

/// [`numerical_gradient`] with a step of your own.
///
/// ```
/// use backprop::numerical_gradient_with_step;
/// use ndarray::array;
///
/// let mut x = array![1.0];
/// let cube = |x: &ndarray::Array1<f64>| x[0].powi(3);
/// let gradient = numerical_gradient_with_step(cube, &mut x, 0.5);
/// assert_eq!(gradient, array![3.25]);
/// ```
#[must_use]
pub fn numerical_gradient_with_step<F: Float, D: Dimension>(
    mut f: impl FnMut(&Array<F, D>) -> F,
    x: &mut Array<F, D>,
    step: F,
) -> Array<F, D> {
    central_differences(x, |x| x, |x| f(x), step)
}

/// The gradient of `f(state)` by the entries of one array inside `state`.
fn central_differences<F: Float, D: Dimension, State>(
    state: &mut State,
    array: impl Fn(&mut State) -> &mut Array<F, D>,
    f: impl FnMut(&State) -> F,
    step: F,
) -> Array<F, D> {
    let mut gradient = Array::zeros(array(state).raw_dim());
    differences(state, array, f, step, 0, &mut gradient);
    gradient
}

/// The same, with the rows of the array shared among the threads, each of
/// which has a state of its own.
pub(crate) fn parallel_differences<F, D, State>(
    state: &State,
    array: impl Fn(&mut State) -> &mut Array<F, D> + Sync,
    f: impl Fn(&State) -> F + Sync,
    step: F,
) -> Array<F, D>
where
    F: Float,
    D: Dimension + RemoveAxis,
    State: Clone + Sync,
{
    let mut gradient = Array::zeros(array(&mut state.clone()).raw_dim());
    let rows = gradient
        .len_of(Axis(0))
        .div_ceil(rayon::current_num_threads())
        .max(1);
    gradient
        .axis_chunks_iter_mut(Axis(0), rows)
        .enumerate()
        .par_bridge()
        .for_each(|(part, mut gradient)| {
            let mut state = state.clone();
            differences(
                &mut state,
                &array,
                &f,
                step,
                part * rows,
                &mut gradient,
            );
        });
    gradient
}

/// Fills in the rows of a gradient that begin with row `first`.
fn differences<F: Float, D: Dimension, State>(
    state: &mut State,
    array: impl Fn(&mut State) -> &mut Array<F, D>,
    mut f: impl FnMut(&State) -> F,
    step: F,
    first: usize,
    gradient: &mut ArrayRef<F, D>,
) {
    for (index, slope) in gradient.indexed_iter_mut() {
        let mut index = index.into_dimension();
        if let Some(row) = index.slice_mut().first_mut() {
            *row += first;
        }
        let value = array(state)[index.clone()];
        array(state)[index.clone()] = value + step;
        let above = f(state);
        array(state)[index.clone()] = value - step;
        let below = f(state);
        array(state)[index] = value;
        *slope = (above - below) / (step + step);
    }
}

/// The mean of |a - b| over all entries; NaN for arrays without entries.
///
/// # Panics
///
/// If the shapes differ.
///
/// ```
/// use backprop::mean_abs_difference;
/// use ndarray::array;
///
/// assert_eq!(mean_abs_difference(&array![1.0, 2.0], &array![1.0, 5.0]), 1.5);
/// ```
#[must_use]
pub fn mean_abs_difference<F: Float, D: Dimension>(
    a: &ArrayRef<F, D>,
    b: &ArrayRef<F, D>,
) -> F {
    check_shapes("mean_abs_difference", a, b);
    let sum = Zip::from(a)
        .and(b)
        .fold(F::zero(), |sum, &a, &b| sum + (a - b).abs());
    sum / F::from_f64(a.len() as f64)
}

/// The largest of |a - b| / max(|a|, |b|) over all entries, 0 for arrays
/// without entries.
///
/// The divisor is never below [`RELATIVE_FLOOR`]. A NaN in either array gives
/// NaN.
///
/// # Panics
///
/// If the shapes differ.
///
/// ```
/// use backprop::max_relative_error;
/// use ndarray::array;
///
/// assert_eq!(max_relative_error(&array![1.0, 4.0], &array![1.0, 5.0]), 0.2);
/// ```
#[must_use]
pub fn max_relative_error<F: Float, D: Dimension>(
    a: &ArrayRef<F, D>,
    b: &ArrayRef<F, D>,
) -> F {
    check_shapes("max_relative_error", a, b);
    let floor = F::from_f64(RELATIVE_FLOOR);
    Zip::from(a).and(b).fold(F::zero(), |worst, &a, &b| {
        let error = (a - b).abs() / a.abs().max(b.abs()).max(floor);
        if worst.is_nan() || error <= worst {
            worst
        } else {
            error
        }
    })
}

fn check_shapes<F, D: Dimension>(
    who: &str,
    a: &ArrayRef<F, D>,
    b: &ArrayRef<F, D>,
) {
    assert!(
        a.shape() == b.shape(),
        "{who}: shapes {:?} and {:?} differ",
        a.shape(),
        b.shape()
    );
}
