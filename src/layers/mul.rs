//! Multiplication of two numbers.

use crate::Float;

/// Multiplies two numbers.
#[derive(Clone, Copy, Debug)]
pub struct MulLayer;

impl MulLayer {
    /// Returns `x * y` and what [`MulCache::backward`] needs.
    ///
    /// ```
    /// use backprop::MulLayer;
    ///
    /// let (area, cache) = MulLayer.forward(3.0, 4.0);
    /// assert_eq!(area, 12.0);
    /// assert_eq!(cache.backward(1.0), (4.0, 3.0));
    /// ```
    pub fn forward<F: Float>(self, x: F, y: F) -> (F, MulCache<F>) {
        (x * y, MulCache { x, y })
    }
}

/// What backward needs of a multiplication: both factors.
#[derive(Debug)]
#[must_use = "the gradient comes from `backward`"]
pub struct MulCache<F> {
    x: F,
    y: F,
}

impl<F: Float> MulCache<F> {
    /// Returns `(dx, dy)`: each factor's local gradient is the other factor.
    #[must_use]
    pub fn backward(self, dout: F) -> (F, F) {
        (dout * self.y, dout * self.x)
    }
}
