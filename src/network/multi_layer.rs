//! A network of any depth.

use rand::Rng;

use super::{
    init::{he_std, normal},
    layers::Layers,
};
use crate::{Affine, Float};

/// As many affine layers as you like, with a ReLU between each two.
///
/// What it does is in the trait [`Network`](crate::Network).
#[derive(Clone, Debug, PartialEq)]
pub struct MultiLayerNet<F> {
    /// From the input to the scores: at least one.
    pub affines: Vec<Affine<F>>,
}

impl<F: Float> MultiLayerNet<F> {
    /// A network of those widths: the features of a sample, the units of each
    /// hidden layer, the classes. Weights are drawn as by
    /// [`TwoLayerNet::he_normal`](super::TwoLayerNet::he_normal); biases are 0.
    ///
    /// # Panics
    ///
    /// If there are fewer than two widths.
    ///
    /// ```
    /// use backprop::{ChaCha8Rng, Layers, MultiLayerNet, SeedableRng};
    ///
    /// let mut rng = ChaCha8Rng::seed_from_u64(1);
    /// let net = MultiLayerNet::<f32>::he_normal(&[784, 50, 30, 10], &mut rng);
    /// assert_eq!(net.affines.len(), 3);
    /// assert_eq!(net.parameter_count(), 41_090);
    /// ```
    pub fn he_normal(widths: &[usize], rng: &mut impl Rng) -> Self {
        assert!(
            widths.len() >= 2,
            "MultiLayerNet: a layer lies between two widths, found {widths:?}"
        );
        let affines = widths
            .windows(2)
            .map(|pair| normal(pair[0], pair[1], he_std(pair[0]), rng))
            .collect();
        Self { affines }
    }
}

impl<F: Float> Layers for MultiLayerNet<F> {
    type Float = F;

    fn affines(&self) -> Vec<&Affine<F>> {
        self.affines.iter().collect()
    }

    fn affines_mut(&mut self) -> Vec<&mut Affine<F>> {
        self.affines.iter_mut().collect()
    }
}

/// The layers, from the input to the scores.
impl<F: Float> From<Vec<Affine<F>>> for MultiLayerNet<F> {
    fn from(affines: Vec<Affine<F>>) -> Self {
        Self { affines }
    }
}
