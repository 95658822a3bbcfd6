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

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::arr2;
    use rand::{SeedableRng, rngs::ChaCha8Rng};

    #[test]
    fn he_is_the_root_of_two_over_the_inputs() {
        for (inputs, expected) in [(2, 1.0), (8, 0.5), (200, 0.1)] {
            assert!((he_std(inputs) - expected).abs() < 1e-16);
        }
    }

    #[test]
    fn a_seed_draws_the_same_weights() {
        let rng = &mut ChaCha8Rng::seed_from_u64(1);
        let found = normal::<f64>(2, 2, WEIGHT_STD, rng).weight;
        let expected = [
            [-0.002_348_470_585_559_209_7, -0.014_108_177_006_109_994],
            [0.003_330_286_294_792_717, -0.011_267_663_243_742_091],
        ];
        // A few draws go through a library's exponential.
        let apart = (&found - &arr2(&expected)).fold(0.0, |a, b| b.abs() + a);
        assert!(apart < 1e-16, "{found}");
    }

    /// The mean of a hundred thousand draws is 0 within 4 of its standard
    /// deviations, and their spread is right within 1 %.
    #[test]
    fn weights_are_normal_and_biases_zero() {
        let rng = &mut ChaCha8Rng::seed_from_u64(1);
        let affine = normal::<f64>(1000, 100, 0.25, rng);
        let mean = affine.weight.mean().unwrap();
        assert!(mean.abs() < 4.0 * 0.25 / 1e5_f64.sqrt(), "{mean}");
        let spread = affine.weight.std(0.0);
        assert!((spread / 0.25 - 1.0).abs() < 0.01, "{spread}");
        // Of a normal distribution, 31.7 % are further off than its spread.
        let far = affine.weight.iter().filter(|it| it.abs() > 0.25).count();
        assert!((31_000..32_500).contains(&far), "{far}");
        assert_eq!(affine.bias, Array1::<f64>::zeros(100));
    }
}
