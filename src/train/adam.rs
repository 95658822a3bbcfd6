//! Adam.

use super::{
    Optimizer,
    pairs::{for_each_pair, prepare},
};
use crate::{
    Float, Gradient, Network,
    kernels::{AdamStep, Kernels},
};

/// Adam: each parameter has a step size of its own, by the mean of its
/// gradients and that of their squares.
///
/// Source: Kingma and Ba, *Adam: A Method for Stochastic Optimization* (2015),
/// in the form at the end of their section 2, as in the original book's
/// program.
///
/// ```
/// use backprop::{
///     Adam, ChaCha8Rng, Labels, Network, Optimizer, SeedableRng, Sizes,
///     TwoLayerNet,
/// };
/// use ndarray::array;
///
/// let sizes = Sizes { input: 2, hidden: 3, output: 2 };
/// let rng = &mut ChaCha8Rng::seed_from_u64(1);
/// let mut net = TwoLayerNet::<f64>::he_normal(sizes, rng);
/// let (x, t) = (array![[1.0, 2.0]], Labels::from([1]));
/// let mut adam = Adam::new(0.01);
/// let before = net.loss(&x, &t);
/// for _ in 0..5 {
///     let gradient = net.gradient(&x, &t);
///     adam.update(&mut net, &gradient);
/// }
/// assert!(net.loss(&x, &t) < before);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Adam<F> {
    /// The learning rate: about the size of a step, whatever the gradient's.
    pub learning_rate: f64,
    /// What the first moment, the mean of the gradients, keeps of itself in each
    /// step.
    pub beta1: f64,
    /// What the second moment, the mean of their squares, keeps.
    pub beta2: f64,
    /// What is added to the divisor, so that it is not 0.
    pub epsilon: f64,
    steps: i32,
    /// Of each parameter, from the first step on.
    m: Vec<Vec<F>>,
    v: Vec<Vec<F>>,
}

impl<F> Adam<F> {
    /// With the settings of the source, 0.9 and 0.999, and 1e-7 as in the
    /// original book's program.
    #[must_use]
    pub fn new(learning_rate: f64) -> Self {
        Self {
            learning_rate,
            beta1: 0.9,
            beta2: 0.999,
            epsilon: 1e-7,
            steps: 0,
            m: Vec::new(),
            v: Vec::new(),
        }
    }
}

impl<N: Network> Optimizer<N> for Adam<N::Float> {
    fn learning_rate(&self) -> f64 {
        self.learning_rate
    }

    /// `m += (1 - beta1) (gradient - m)`, `v += (1 - beta2) (gradient^2 - v)`,
    /// then `parameter -= rate * m / (sqrt(v) + epsilon)`, where
    /// `rate = learning_rate * sqrt(1 - beta2^steps) / (1 - beta1^steps)`.
    fn update(&mut self, net: &mut N, gradient: &Gradient<N>) {
        prepare("Adam", &mut self.m, net);
        prepare("Adam", &mut self.v, net);
        let steps = self.steps.saturating_add(1);
        let step = AdamStep {
            rate: N::Float::from_f64(self.corrected_rate(steps)),
            beta: [self.beta1, self.beta2].map(N::Float::from_f64),
            epsilon: N::Float::from_f64(self.epsilon),
        };
        let mut moments = self.m.iter_mut().zip(&mut self.v);
        for_each_pair("Adam", net, gradient, |parameter, gradient| {
            let (m, v) = moments.next().expect("there is one for each");
            N::Float::adam(step, gradient, [m, v], parameter);
        });
        self.steps = steps;
    }
}

impl<F> Adam<F> {
    /// The learning rate, with the bias of the moments towards 0, where they
    /// begin, corrected.
    fn corrected_rate(&self, steps: i32) -> f64 {
        let correction = |beta: f64| 1.0 - beta.powi(steps);
        self.learning_rate * correction(self.beta2).sqrt()
            / correction(self.beta1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The bias correction is 1 in the end, however many steps there are.
    #[test]
    fn steps_without_end() {
        let mut adam = Adam::<f64>::new(0.25);
        adam.steps = i32::MAX;
        let steps = adam.steps.saturating_add(1);
        assert!((adam.corrected_rate(steps) - 0.25).abs() < 1e-15);
        let first = adam.corrected_rate(1);
        assert!((first - 0.25 * 0.001_f64.sqrt() / 0.1).abs() < 1e-12);
    }
}
