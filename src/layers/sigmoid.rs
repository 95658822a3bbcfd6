//! The sigmoid activation.

use ndarray::{Array, Dimension, Zip};

use crate::{Float, sigmoid};

/// The logistic function, entry by entry.
#[derive(Clone, Copy, Debug)]
pub struct Sigmoid;

impl Sigmoid {
    /// Returns [`sigmoid`] of each entry, made in `x`'s own memory, and the
    /// local gradients.
    ///
    /// ```
    /// use backprop::Sigmoid;
    /// use ndarray::array;
    ///
    /// let (y, cache) = Sigmoid.forward(array![0.0]);
    /// assert_eq!(y, array![0.5]);
    /// assert_eq!(cache.backward(array![1.0]), array![0.25]);
    /// ```
    pub fn forward<F: Float, D: Dimension>(
        self,
        mut x: Array<F, D>,
    ) -> (Array<F, D>, SigmoidCache<F, D>) {
        let local_gradient = Zip::from(&mut x).map_collect(|x| {
            let y = sigmoid(*x);
            *x = y;
            y * (F::one() - y)
        });
        (x, SigmoidCache { local_gradient })
    }
}

/// What backward needs of a sigmoid: `y (1 - y)`, taken when `y` was made.
#[derive(Debug)]
#[must_use = "the gradient comes from `backward`"]
pub struct SigmoidCache<F, D: Dimension> {
    local_gradient: Array<F, D>,
}

impl<F: Float, D: Dimension> SigmoidCache<F, D> {
    /// Returns `dx = dout * y (1 - y)`, made in `dout`'s own memory.
    ///
    /// # Panics
    ///
    /// Unless `dout` has the shape of `x`.
    #[must_use]
    pub fn backward(self, mut dout: Array<F, D>) -> Array<F, D> {
        assert!(
            dout.shape() == self.local_gradient.shape(),
            "Sigmoid: dout has shape {:?}, x had {:?}",
            dout.shape(),
            self.local_gradient.shape()
        );
        dout *= &self.local_gradient;
        dout
    }
}
