//! The first weights of a layer.

use ndarray::{Array1, Array2};
use rand::Rng;
use rand_distr::{Distribution, StandardNormal};

use crate::{Affine, Float};

/// The standard deviation of the weights that
/// [`TwoLayerNet::new`](super::TwoLayerNet::new) draws.
pub const WEIGHT_STD: f64 = 0.01;

/// The standard deviation of He et al. for a layer of so many inputs.
pub(super) fn he_std(inputs: usize) -> f64 {
    (2.0 / inputs as f64).sqrt()
}

/// A layer with weights from a normal distribution, and biases 0.
pub(super) fn normal<F: Float>(
    inputs: usize,
    outputs: usize,
    std: f64,
    mut rng: &mut impl Rng,
) -> Affine<F> {
    let mut draws = normal_draws(inputs * outputs, std, &mut rng).into_iter();
    let weight = Array2::from_shape_simple_fn((inputs, outputs), || {
        F::from_f64(draws.next().expect("there is a draw for each weight"))
    });
    Affine::new(weight, Array1::zeros(outputs))
}

/// Not generic, so that it is compiled with this crate's settings.
fn normal_draws(count: usize, std: f64, rng: &mut dyn Rng) -> Vec<f64> {
    let mut draw = || -> f64 { StandardNormal.sample(rng) };
    (0..count).map(|_| std * draw()).collect()
}
