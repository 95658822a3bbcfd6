//! Adam.

use super::{Optimizer, momentum::state, pairs::for_each_pair};
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
    /// How large the steps are: about this, whatever the gradient's size.
    pub learning_rate: f64,
    /// What the mean of the gradients keeps of itself in each step.
    pub beta1: f64,
    /// What the mean of their squares keeps.
    pub beta2: f64,
    /// What is added to the divisor, so that it is not 0.
    pub epsilon: f64,
    steps: i32,
    /// Of each parameter, from the first step on.
    means: Vec<Vec<F>>,
    squares: Vec<Vec<F>>,
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
            means: Vec::new(),
            squares: Vec::new(),
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
        let step = AdamStep {
            rate: N::Float::from_f64(self.corrected_rate(self.steps + 1)),
            beta: [self.beta1, self.beta2].map(N::Float::from_f64),
            eps: N::Float::from_f64(self.epsilon),
        };
        let (means, squares) = (&mut self.means, &mut self.squares);
        for_each_pair("Adam", net, gradient, |which, parameter, gradient| {
            let len = gradient.len();
            let moments =
                [state(means, which, len), state(squares, which, len)];
            N::Float::adam(step, gradient, moments, parameter);
        });
        self.steps = self.steps.saturating_add(1);
    }
}

impl<F> Adam<F> {
    /// The means begin at 0, and are too small at first.
    fn corrected_rate(&self, steps: i32) -> f64 {
        let missing = |beta: f64| 1.0 - beta.powi(steps);
        self.learning_rate * missing(self.beta2).sqrt() / missing(self.beta1)
    }
}
