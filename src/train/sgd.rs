//! One step of learning.

use crate::{Float, Gradient, TwoLayerNet};

/// Stochastic gradient descent: each parameter goes against its gradient.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sgd {
    /// How far: the step is this number times the gradient.
    pub learning_rate: f64,
}

impl Sgd {
    /// Takes one step: `parameter -= learning_rate * gradient`.
    ///
    /// # Panics
    ///
    /// If the gradient is of a network of other sizes.
    pub fn update<F: Float>(
        self,
        net: &mut TwoLayerNet<F>,
        gradient: &Gradient<F>,
    ) {
        F::update(self, net, gradient);
    }
}

pub(crate) fn descend<F: Float>(
    sgd: Sgd,
    net: &mut TwoLayerNet<F>,
    gradient: &Gradient<F>,
) {
    for ((name, parameter), (_, slopes)) in
        net.named().iter().zip(gradient.named())
    {
        assert!(
            parameter.shape() == slopes.shape(),
            "Sgd: {name} has shape {:?}, its gradient {:?}",
            parameter.shape(),
            slopes.shape()
        );
    }
    let step = F::from_f64(-sgd.learning_rate);
    net.affine1.weight.scaled_add(step, &gradient.w1);
    net.affine1.bias.scaled_add(step, &gradient.b1);
    net.affine2.weight.scaled_add(step, &gradient.w2);
    net.affine2.bias.scaled_add(step, &gradient.b2);
}
