//! The two precisions that everything works in.

use std::{
    fmt::{Debug, Display, LowerExp},
    iter::Sum,
    ops::{AddAssign, DivAssign, MulAssign, SubAssign},
};

use ndarray::{LinalgScalar, ScalarOperand};
use num_traits::{FromBytes, ToBytes};

use crate::kernels::Kernels;

/// A floating-point number: `f32` or `f64`, and no other.
///
/// It gathers what the arithmetic of this crate asks of a number, so that a
/// generic function needs one bound. Checks of gradients want `f64`; training
/// is twice as fast in `f32` and learns as well.
pub trait Float:
    num_traits::Float
    + LinalgScalar
    + ScalarOperand
    + AddAssign
    + SubAssign
    + MulAssign
    + DivAssign
    + Sum
    + ToBytes
    + FromBytes<Bytes = <Self as ToBytes>::Bytes>
    + From<u8>
    + Into<f64>
    + Debug
    + Display
    + LowerExp
    + Send
    + Sync
    + Kernels
{
    /// The number of this precision that is nearest to `value`.
    #[must_use]
    fn from_f64(value: f64) -> Self;
}

impl Float for f32 {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "the nearest number is what is asked for"
    )]
    fn from_f64(value: f64) -> Self {
        value as f32
    }
}

impl Float for f64 {
    fn from_f64(value: f64) -> Self {
        value
    }
}
