//! The gradient of a network's loss, by back-propagation or by differences.

use std::ops::{Deref, DerefMut};

use ndarray::{Array, ArrayRef2, RemoveAxis};

use super::{layers::Layers, passes};
use crate::{Affine, Target, gradient::parallel_differences};

/// The gradient of a loss with respect to each parameter of a network: in the
/// network's own shape, each number where its parameter stands.
///
/// ```
/// use backprop::{
///     ChaCha8Rng, Labels, Layers, Network, SeedableRng, Sizes, TwoLayerNet,
/// };
/// use ndarray::array;
///
/// let sizes = Sizes { input: 2, hidden: 3, output: 2 };
/// let mut rng = ChaCha8Rng::seed_from_u64(1);
/// let net = TwoLayerNet::<f64>::new(sizes, &mut rng);
/// let gradient = net.gradient(&array![[0.5, -0.5]], &Labels::from([1]));
/// assert_eq!(gradient.affine1.weight.dim(), (2, 3));
/// assert_eq!(gradient.get("W1"), Some(gradient.affine1.weight.view().into_dyn()));
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Gradient<N>(N);

impl<N: Layers> Gradient<N> {
    /// A gradient of those layers, in the order of the network's.
    pub(super) fn new(
        net: &N,
        layers: impl IntoIterator<Item = Affine<N::Float>>,
    ) -> Self {
        let mut gradient = net.clone();
        for (place, layer) in gradient.affines_mut().into_iter().zip(layers) {
            *place = layer;
        }
        Self(gradient)
    }

    /// All 0, in the shape of a network.
    #[must_use]
    pub fn zeros_like(net: &N) -> Self {
        Self::new(net, net.affines().into_iter().map(Affine::zeros_like))
    }

    /// Sets every number to 0.
    pub(super) fn set_zero(&mut self) {
        self.0.affines_mut().into_iter().for_each(Affine::set_zero);
    }
}

/// What the layers hold, taken for a gradient that was computed in another way.
impl<N: Layers> From<N> for Gradient<N> {
    fn from(layers: N) -> Self {
        Self(layers)
    }
}

impl<N> Deref for Gradient<N> {
    type Target = N;

    fn deref(&self) -> &N {
        &self.0
    }
}

impl<N> DerefMut for Gradient<N> {
    fn deref_mut(&mut self) -> &mut N {
        &mut self.0
    }
}

/// The gradient by central differences: the loss twice for each parameter.
pub(super) fn numerical<N: Layers>(
    net: &N,
    x: &ArrayRef2<N::Float>,
    t: &dyn Target,
    step: N::Float,
) -> Gradient<N> {
    let layers = (0..net.affines().len()).map(|layer| {
        let differences = Differences { net, x, t, step };
        Affine {
            weight: differences.by(|net| &mut at(net, layer).weight),
            bias: differences.by(|net| &mut at(net, layer).bias),
        }
    });
    Gradient::new(net, layers)
}

fn at<N: Layers>(net: &mut N, layer: usize) -> &mut Affine<N::Float> {
    net.affines_mut().swap_remove(layer)
}

struct Differences<'a, N: Layers> {
    net: &'a N,
    x: &'a ArrayRef2<N::Float>,
    t: &'a dyn Target,
    step: N::Float,
}

impl<N: Layers> Differences<'_, N> {
    fn by<D: RemoveAxis>(
        &self,
        array: impl Fn(&mut N) -> &mut Array<N::Float, D> + Sync,
    ) -> Array<N::Float, D> {
        let loss = |net: &N| passes::loss(&net.affines(), self.x, self.t);
        parallel_differences(self.net, array, loss, self.step)
    }
}
