//! Addition of two numbers.

use std::marker::PhantomData;

use crate::Float;

/// Adds two numbers.
#[derive(Clone, Copy, Debug)]
pub struct AddLayer;

impl AddLayer {
    /// Returns `x + y` and the cache whose [`AddCache::backward`] gives the
    /// gradients.
    ///
    /// ```
    /// use backprop::AddLayer;
    ///
    /// let (sum, cache) = AddLayer.forward(3.0, 4.0);
    /// assert_eq!(sum, 7.0);
    /// assert_eq!(cache.backward(1.5), (1.5, 1.5));
    /// ```
    pub fn forward<F: Float>(self, x: F, y: F) -> (F, AddCache<F>) {
        (x + y, AddCache(PhantomData))
    }
}

/// What backward needs of an addition: nothing but that it took place.
#[derive(Debug)]
#[must_use = "the gradient comes from `backward`"]
pub struct AddCache<F>(PhantomData<F>);

impl<F: Float> AddCache<F> {
    /// Returns `(dx, dy)`: both local gradients are 1.
    #[must_use]
    pub fn backward(self, dout: F) -> (F, F) {
        (dout, dout)
    }
}
