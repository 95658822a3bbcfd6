//! The numbers of the kernels.

use std::iter::Sum;

use faer::traits::ComplexField;
use ndarray::LinalgScalar;

/// What the kernels' own arithmetic asks of a number.
///
/// [`Float`](crate::Float) asks for more, the kernels among it: it stands above
/// them.
pub trait Number:
    num_traits::Float
    + num_traits::NumAssign
    + LinalgScalar
    + ComplexField
    + Sum
    + From<u8>
    + Into<f64>
    + Send
    + Sync
{
    /// The number of this precision that is nearest to `value`.
    fn nearest(value: f64) -> Self {
        num_traits::cast(value).expect("every f64 has a nearest number")
    }
}
