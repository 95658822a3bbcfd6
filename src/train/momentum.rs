//! Gradient descent with momentum.

use super::{
    Optimizer,
    pairs::{for_each_pair, prepare},
};
use crate::{Float, Gradient, Network, kernels::Kernels};

/// Gradient descent with momentum: a velocity gathers the gradients, and
/// forgets a share of itself in each step.
///
/// Source: Polyak, *Some methods of speeding up the convergence of iteration
/// methods* (1964).
///
/// ```
/// use backprop::{
///     ChaCha8Rng, Labels, Momentum, Network, Optimizer, SeedableRng, Sizes,
///     TwoLayerNet,
/// };
/// use ndarray::array;
///
/// let sizes = Sizes { input: 2, hidden: 3, output: 2 };
/// let rng = &mut ChaCha8Rng::seed_from_u64(1);
/// let mut net = TwoLayerNet::<f64>::he_normal(sizes, rng);
/// let (x, t) = (array![[1.0, 2.0]], Labels::from([1]));
/// let mut momentum = Momentum::new(0.1, 0.9);
/// let before = net.loss(&x, &t);
/// for _ in 0..5 {
///     let gradient = net.gradient(&x, &t);
///     momentum.update(&mut net, &gradient);
/// }
/// assert!(net.loss(&x, &t) < before);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Momentum<F> {
    /// The learning rate: how much of a gradient goes into the velocity.
    pub learning_rate: f64,
    /// The share of the velocity that is kept in each step.
    pub momentum: f64,
    /// Of each parameter, from the first step on.
    velocities: Vec<Vec<F>>,
}

impl<F> Momentum<F> {
    /// Begins at rest. For the momentum, 0.9 is usual.
    #[must_use]
    pub fn new(learning_rate: f64, momentum: f64) -> Self {
        Self {
            learning_rate,
            momentum,
            velocities: Vec::new(),
        }
    }
}

impl<N: Network> Optimizer<N> for Momentum<N::Float> {
    fn learning_rate(&self) -> f64 {
        self.learning_rate
    }

    /// `velocity = momentum * velocity - learning_rate * gradient`, then
    /// `parameter += velocity`.
    fn update(&mut self, net: &mut N, gradient: &Gradient<N>) {
        let rate = N::Float::from_f64(self.learning_rate);
        let momentum = N::Float::from_f64(self.momentum);
        prepare("Momentum", &mut self.velocities, net);
        let mut velocities = self.velocities.iter_mut();
        for_each_pair("Momentum", net, gradient, |parameter, gradient| {
            let velocity = velocities.next().expect("there is one for each");
            N::Float::momentum(rate, momentum, gradient, velocity, parameter);
        });
    }
}
