//! Which layers a network holds.

use ndarray::{ArrayViewD, ArrayViewMutD};

use crate::{Affine, Float};

/// A chain of affine layers with a ReLU between each two. The loss is the
/// cross-entropy of the softmax of what the last one returns, the scores.
///
/// A type says which layers it holds; all the rest follows, in the trait
/// [`Network`](crate::Network). A network of your own, too, has a gradient, can
/// be checked by finite differences, and trains with every optimizer:
///
/// ```
/// use backprop::{Affine, Labels, Layers, Network, Sgd};
/// use ndarray::array;
///
/// #[derive(Clone)]
/// struct OneLayer {
///     affine1: Affine<f64>,
/// }
///
/// impl Layers for OneLayer {
///     type Float = f64;
///
///     fn affines(&self) -> Vec<&Affine<f64>> {
///         vec![&self.affine1]
///     }
///
///     fn affines_mut(&mut self) -> Vec<&mut Affine<f64>> {
///         vec![&mut self.affine1]
///     }
/// }
///
/// let weight = array![[0.1, 0.2], [0.3, -0.4]];
/// let affine1 = Affine::new(weight, array![0.0, 0.0]);
/// let mut net = OneLayer { affine1 };
/// let (x, t) = (array![[1.0, 2.0]], Labels::from([1]));
/// let before = net.loss(&x, &t);
/// let gradient = net.gradient(&x, &t);
/// Sgd { learning_rate: 0.1 }.update(&mut net, &gradient);
/// assert!(net.loss(&x, &t) < before);
/// ```
pub trait Layers: Clone + Send + Sync {
    /// The precision of its numbers.
    type Float: Float;

    /// The affine layers, from the input to the scores: at least one.
    fn affines(&self) -> Vec<&Affine<Self::Float>>;

    /// The [`affines`](Self::affines), to be changed, in the same order.
    fn affines_mut(&mut self) -> Vec<&mut Affine<Self::Float>>;

    /// The widths between which the layers lie: the features of a sample,
    /// the units of each hidden layer, the classes.
    #[must_use]
    fn widths(&self) -> Vec<usize> {
        let affines = self.affines();
        let inputs = affines.first().map(|affine| affine.weight.nrows());
        let outputs = affines.iter().map(|affine| affine.weight.ncols());
        inputs.into_iter().chain(outputs).collect()
    }

    /// How many numbers the network learns.
    #[must_use]
    fn parameter_count(&self) -> usize {
        let affines = self.affines().into_iter();
        affines
            .map(|affine| affine.weight.len() + affine.bias.len())
            .sum()
    }

    /// The parameters with the names that the notebook gives them: W1, b1,
    /// W2, b2, and so on.
    #[must_use]
    fn named(&self) -> Vec<(String, ArrayViewD<'_, Self::Float>)> {
        (1..)
            .zip(self.affines())
            .flat_map(|(number, affine)| {
                [
                    (format!("W{number}"), affine.weight.view().into_dyn()),
                    (format!("b{number}"), affine.bias.view().into_dyn()),
                ]
            })
            .collect()
    }

    /// The [`named`](Self::named) parameters, to be changed.
    #[must_use]
    fn named_mut(&mut self) -> Vec<(String, ArrayViewMutD<'_, Self::Float>)> {
        (1..)
            .zip(self.affines_mut())
            .flat_map(|(number, affine)| {
                let Affine { weight, bias } = affine;
                [
                    (format!("W{number}"), weight.view_mut().into_dyn()),
                    (format!("b{number}"), bias.view_mut().into_dyn()),
                ]
            })
            .collect()
    }

    /// The parameter of that name, such as `W1` or `b2`.
    #[must_use]
    fn get(&self, name: &str) -> Option<ArrayViewD<'_, Self::Float>> {
        let mut named = self.named().into_iter();
        named
            .find(|(other, _)| other == name)
            .map(|(_, array)| array)
    }
}
