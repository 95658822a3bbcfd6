//! The book's network, of two layers.

use rand::Rng;
use thiserror::Error;

use super::{
    init::{WEIGHT_STD, he_std, normal},
    layers::Layers,
};
use crate::{Affine, Float};

/// How many numbers go in, pass between the layers, and come out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sizes {
    /// Features of a sample: 784 pixels for MNIST.
    pub input: usize,
    /// Units between the two layers.
    pub hidden: usize,
    /// Classes.
    pub output: usize,
}

/// Two affine layers with a ReLU between them: `x`, `Affine`, `Relu`,
/// `Affine`, scores. The loss is the cross-entropy of the scores' softmax.
///
/// What it does is in the trait [`Network`](crate::Network).
#[derive(Clone, Debug, PartialEq)]
pub struct TwoLayerNet<F> {
    /// `W1` of shape `(input, hidden)` and `b1` of shape `(hidden,)`.
    pub affine1: Affine<F>,
    /// `W2` of shape `(hidden, output)` and `b2` of shape `(output,)`.
    pub affine2: Affine<F>,
}

impl<F: Float> TwoLayerNet<F> {
    /// Weights drawn from the normal distribution, times [`WEIGHT_STD`];
    /// biases 0.
    ///
    /// The draws are made in `f64`: the same seed gives the same network in
    /// both precisions.
    ///
    /// ```
    /// use backprop::{ChaCha8Rng, Layers, SeedableRng, Sizes, TwoLayerNet};
    ///
    /// let sizes = Sizes { input: 784, hidden: 50, output: 10 };
    /// let mut rng = ChaCha8Rng::seed_from_u64(1);
    /// let net = TwoLayerNet::<f64>::new(sizes, &mut rng);
    /// assert_eq!(net.parameter_count(), 39_760);
    /// ```
    pub fn new(sizes: Sizes, rng: &mut impl Rng) -> Self {
        Self::with_weight_std(sizes, WEIGHT_STD, rng)
    }

    /// As [`new`](Self::new), with a standard deviation of your own.
    pub fn with_weight_std(sizes: Sizes, std: f64, rng: &mut impl Rng) -> Self {
        Self::drawn(sizes, |_| std, rng)
    }

    /// As [`new`](Self::new), with the standard deviation sqrt(2 / inputs) in
    /// each layer, which keeps the size of the activations through a ReLU.
    ///
    /// Source: He et al., *Delving Deep into Rectifiers* (2015), equation 10.
    pub fn he_normal(sizes: Sizes, rng: &mut impl Rng) -> Self {
        Self::drawn(sizes, he_std, rng)
    }

    fn drawn(
        sizes: Sizes,
        std: impl Fn(usize) -> f64,
        rng: &mut impl Rng,
    ) -> Self {
        let Sizes {
            input,
            hidden,
            output,
        } = sizes;
        Self {
            affine1: normal(input, hidden, std(input), rng),
            affine2: normal(hidden, output, std(hidden), rng),
        }
    }

    /// The sizes that the network was made with.
    #[must_use]
    pub fn sizes(&self) -> Sizes {
        let (input, hidden) = self.affine1.weight.dim();
        let output = self.affine2.weight.ncols();
        Sizes {
            input,
            hidden,
            output,
        }
    }
}

impl<F: Float> Layers for TwoLayerNet<F> {
    type Float = F;

    fn affines(&self) -> Vec<&Affine<F>> {
        vec![&self.affine1, &self.affine2]
    }

    fn affines_mut(&mut self) -> Vec<&mut Affine<F>> {
        vec![&mut self.affine1, &mut self.affine2]
    }
}

/// The two layers, from the input to the scores.
impl<F: Float> TryFrom<Vec<Affine<F>>> for TwoLayerNet<F> {
    type Error = NotTwoLayers;

    fn try_from(layers: Vec<Affine<F>>) -> Result<Self, NotTwoLayers> {
        let found = layers.len();
        let [affine1, affine2] =
            layers.try_into().map_err(|_| NotTwoLayers { found })?;
        Ok(Self { affine1, affine2 })
    }
}

/// A [`TwoLayerNet`] was to be made of another number of layers.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("expected 2 layers, found {found}; MultiLayerNet takes any number")]
#[non_exhaustive]
pub struct NotTwoLayers {
    /// How many layers there were.
    pub found: usize,
}
