//! The rectified linear unit.

use ndarray::{Array, ArrayRef2, Dimension, Zip};

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
        zero_where(&mut x, &mask);
        (x, ReluCache { mask })
    }
}

/// What backward needs of a ReLU: where it was off.
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
    /// on, 0 where it was off.
    ///
    /// # Panics
    ///
    /// Unless `dout` has the shape of `x`.
    #[must_use]
    pub fn backward<F: Float>(self, mut dout: Array<F, D>) -> Array<F, D> {
        assert!(
            dout.shape() == self.mask.shape(),
            "Relu: dout has shape {:?}, x had {:?}",
            dout.shape(),
            self.mask.shape()
        );
        zero_where(&mut dout, &self.mask);
        dout
    }
}

/// The same, into memory that the caller provides.
impl Relu {
    /// `x = max(x, 0)`; a NaN stays.
    pub fn forward_in_place<F: Float>(self, x: &mut ArrayRef2<F>) {
        F::relu(x);
    }

    /// `dout = 0` where the unit was off, which is where its output `y` is 0: no
    /// mask is needed.
    ///
    /// # Panics
    ///
    /// Unless the two have one shape.
    pub fn backward_in_place<F: Float>(
        self,
        dout: &mut ArrayRef2<F>,
        y: &ArrayRef2<F>,
    ) {
        assert!(
            dout.dim() == y.dim(),
            "Relu: dout has shape {:?}, y {:?}",
            dout.shape(),
            y.shape()
        );
        F::relu_backward(dout, y);
    }
}

/// Writes 0 where the mask is true.
fn zero_where<F: Float, D: Dimension>(
    values: &mut Array<F, D>,
    mask: &Array<bool, D>,
) {
    Zip::from(values).and(mask).for_each(|value, &off| {
        // A choice of two values, for which there is an instruction; whether
        // to write is a branch that the processor cannot guess.
        *value = if off { F::zero() } else { *value };
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::{Array2, ShapeBuilder};

    /// By the mask and by the output, in any memory order: the same.
    #[test]
    fn in_place_is_as_taught() {
        let nan = f64::NAN;
        let numbers = [1.0, -2.0, 0.0, -0.0, nan, f64::INFINITY];
        let x = Array2::from_shape_fn((3, 40), |(n, i)| numbers[(n + i) % 6]);
        let dout = Array2::from_shape_fn((3, 40), |(n, i)| (n * 40 + i) as f64);
        let (y, cache) = Relu.forward(x.clone());
        let dx = cache.backward(dout.clone());
        let bits = |array: &Array2<f64>| array.mapv(f64::to_bits);

        let [mut by_rows, mut by_columns] =
            [x.clone(), Array2::zeros((3, 40).f())];
        by_columns.assign(&x);
        for in_place in [&mut by_rows, &mut by_columns] {
            Relu.forward_in_place(in_place);
            assert_eq!(bits(in_place), bits(&y));
            let mut found = dout.clone();
            Relu.backward_in_place(&mut found, in_place);
            assert_eq!(found, dx);
        }
    }
}
