//! Stochastic gradient descent.

use super::{Optimizer, pairs::for_each_pair};
use crate::{Dataset, Float, Gradient, Network, Workspace, kernels::Kernels};

/// Stochastic gradient descent: each parameter goes against its gradient.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sgd {
    /// The learning rate: the step is this number times the gradient.
    pub learning_rate: f64,
}

impl Sgd {
    /// `parameter -= learning_rate * gradient`.
    ///
    /// # Panics
    ///
    /// If the gradient is of a network of other shapes.
    pub fn update<N: Network>(self, net: &mut N, gradient: &Gradient<N>) {
        let scale = N::Float::from_f64(-self.learning_rate);
        for_each_pair("Sgd", net, gradient, |parameter, gradient| {
            N::Float::scaled_add(scale, gradient, parameter);
        });
    }
}

impl<N: Network> Optimizer<N> for Sgd {
    fn learning_rate(&self) -> f64 {
        self.learning_rate
    }

    fn update(&mut self, net: &mut N, gradient: &Gradient<N>) {
        Sgd::update(*self, net, gradient);
    }

    /// Each product adds straight into its weight: the gradient is never an
    /// array.
    fn step(
        &mut self,
        net: &mut N,
        workspace: &mut Workspace<N>,
        data: &Dataset,
        indices: &[usize],
    ) -> N::Float {
        let pass = workspace.pass(net, data, indices);
        let loss = pass.loss();
        pass.add_gradient(N::Float::from_f64(-self.learning_rate), net);
        loss
    }
}
