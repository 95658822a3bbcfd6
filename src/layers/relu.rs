//! The rectified linear unit.

use ndarray::{Array, Dimension, Zip};
use pulp::Arch;

use crate::Float;

/// Sets what is not positive to 0, entry by entry.
#[derive(Clone, Copy, Debug)]
pub struct Relu;

impl Relu {
    /// Returns `max(x, 0)`, made in `x`'s own memory, and the mask.
    ///
    /// A NaN is not `<= 0`: it passes, and stays visible downstream.
    ///
    /// ```
    /// use backprop::Relu;
    /// use ndarray::array;
    ///
    /// let (y, cache) = Relu.forward(array![[1.0, -0.5], [-2.0, 3.0]]);
    /// assert_eq!(y, array![[1.0, 0.0], [0.0, 3.0]]);
    /// assert_eq!(cache.mask(), array![[false, true], [true, false]]);
    /// ```
    pub fn forward<F: Float, D: Dimension>(
        self,
        mut x: Array<F, D>,
    ) -> (Array<F, D>, ReluCache<D>) {
        let mask = x.mapv(|x| x <= F::zero());
        close(&mut x, &mask);
        (x, ReluCache { mask })
    }
}

/// What backward needs of a ReLU: where it was closed.
#[derive(Debug)]
#[must_use = "the gradient comes from `backward`"]
pub struct ReluCache<D: Dimension> {
    mask: Array<bool, D>,
}

impl<D: Dimension> ReluCache<D> {
    /// True where `x <= 0`, in the shape of `x`.
    #[must_use]
    pub fn mask(&self) -> &Array<bool, D> {
        &self.mask
    }

    /// Returns `dx`, made in `dout`'s own memory: `dout` where the unit was
    /// open, 0 where it was closed.
    ///
    /// # Panics
    ///
    /// If `dout` has not the shape of `x`.
    #[must_use]
    pub fn backward<F: Float>(self, mut dout: Array<F, D>) -> Array<F, D> {
        assert!(
            dout.shape() == self.mask.shape(),
            "Relu: dout has shape {:?}, x had {:?}",
            dout.shape(),
            self.mask.shape()
        );
        close(&mut dout, &self.mask);
        dout
    }
}

/// 0 where `x` closes the unit, else the value.
#[inline]
fn gate<F: Float>(x: F, value: F) -> F {
    if x <= F::zero() { F::zero() } else { value }
}

/// [`Relu`]'s forward pass on memory of the caller's.
pub(crate) fn rectify<F: Float>(x: &mut [F]) {
    Arch::new().dispatch(
        #[inline(always)]
        || {
            for x in x {
                *x = gate(*x, *x);
            }
        },
    );
}

/// The same of a sum of two.
pub(crate) fn rectify_sum<F: Float>([a, b]: [&[F]; 2], y: &mut [F]) {
    Arch::new().dispatch(
        #[inline(always)]
        || {
            for ((y, &a), &b) in y.iter_mut().zip(a).zip(b) {
                let x = a + b;
                *y = gate(x, x);
            }
        },
    );
}

/// Its backward pass on memory of the caller's, by the output `y`: it is 0
/// exactly where the unit was closed.
pub(crate) fn close_by_output<F: Float>(dout: &mut [F], y: &[F]) {
    Arch::new().dispatch(
        #[inline(always)]
        || {
            for (dout, &y) in dout.iter_mut().zip(y) {
                *dout = gate(y, *dout);
            }
        },
    );
}

fn close<F: Float, D: Dimension>(
    values: &mut Array<F, D>,
    mask: &Array<bool, D>,
) {
    Zip::from(values).and(mask).for_each(|value, &closed| {
        // A choice of two values, for which there is an instruction; whether
        // to write is a branch that the processor cannot guess.
        *value = if closed { F::zero() } else { *value };
    });
}
