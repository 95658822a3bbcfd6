//! The gradient of a network, and its parts by name.

use ndarray::{Array1, Array2, ArrayViewD};

use crate::Float;

/// The loss's gradient by each parameter of a [`TwoLayerNet`](super::TwoLayerNet),
/// each in its parameter's shape.
#[derive(Clone, Debug, PartialEq)]
pub struct Gradient<F> {
    /// By `affine1.weight`, shape `(input, hidden)`.
    pub w1: Array2<F>,
    /// By `affine1.bias`, shape `(hidden,)`.
    pub b1: Array1<F>,
    /// By `affine2.weight`, shape `(hidden, output)`.
    pub w2: Array2<F>,
    /// By `affine2.bias`, shape `(output,)`.
    pub b2: Array1<F>,
}

impl<F: Float> Gradient<F> {
    /// The gradients with the names that the notebook gives them.
    #[must_use]
    pub fn named(&self) -> [(&'static str, ArrayViewD<'_, F>); 4] {
        [
            ("W1", self.w1.view().into_dyn()),
            ("b1", self.b1.view().into_dyn()),
            ("W2", self.w2.view().into_dyn()),
            ("b2", self.b2.view().into_dyn()),
        ]
    }

    /// The gradient of that name: `W1`, `b1`, `W2` or `b2`.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<ArrayViewD<'_, F>> {
        find(self.named(), name)
    }
}

/// The array of that name.
pub(super) fn find<'a, F>(
    named: [(&str, ArrayViewD<'a, F>); 4],
    name: &str,
) -> Option<ArrayViewD<'a, F>> {
    let mut named = named.into_iter();
    named
        .find(|(other, _)| *other == name)
        .map(|(_, array)| array)
}
