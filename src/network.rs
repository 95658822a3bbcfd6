//! The network: affine layers in a chain, a ReLU between each two, and softmax
//! with loss at the end.

mod evaluate;
mod gradient;
mod halves;
mod init;
mod multi_layer;
mod passes;
mod two_layer;
mod workspace;

use ndarray::{Array2, ArrayRef2, ArrayViewD, ArrayViewMutD};

use crate::{
    Affine, Dataset, Float, Labels, STEP, SoftmaxWithLoss, Target, target,
};
pub use evaluate::Evaluation;
pub use gradient::Gradient;
pub use init::WEIGHT_STD;
pub use multi_layer::MultiLayerNet;
pub use two_layer::{Sizes, TwoLayerNet};
pub use workspace::{Pass, Workspace};

/// A chain of affine layers with a ReLU between each two. The loss is the
/// cross-entropy of the softmax of what the last one returns, the scores.
///
/// A type says which layers it holds; all the rest follows. A network of your
/// own, too, has a gradient, can be checked by finite differences, and trains
/// with every optimizer:
///
/// ```
/// use backprop::{Affine, Labels, Network, Optimizer, Sgd};
/// use ndarray::array;
///
/// #[derive(Clone)]
/// struct OneLayer {
///     affine1: Affine<f64>,
/// }
///
/// impl Network for OneLayer {
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
pub trait Network: Clone + Send + Sync {
    /// The precision of its numbers.
    type Float: Float;

    /// The affine layers, from the input to the scores: at least one.
    fn affines(&self) -> Vec<&Affine<Self::Float>>;

    /// The same, to be changed, in the same order.
    fn affines_mut(&mut self) -> Vec<&mut Affine<Self::Float>>;

    /// The scores of each sample: `x (N, input)` gives `(N, output)`.
    ///
    /// # Panics
    ///
    /// If `x` does not have `input` columns, or the layers do not fit each
    /// other.
    #[must_use]
    fn predict(&self, x: &ArrayRef2<Self::Float>) -> Array2<Self::Float> {
        passes::predict(&self.affines(), x)
    }

    /// The mean loss of the samples: `x` is `(N, input)`, `t` has `N` rows.
    ///
    /// # Panics
    ///
    /// If there are no rows, or if `x` does not fit the network or `t` the
    /// scores.
    #[must_use]
    fn loss(&self, x: &ArrayRef2<Self::Float>, t: &dyn Target) -> Self::Float {
        SoftmaxWithLoss.forward(self.predict(x), t).0
    }

    /// The class with the highest score for each sample, the first of equals.
    ///
    /// # Panics
    ///
    /// If `x` does not have `input` columns, or if a score is NaN.
    #[must_use]
    fn classify(&self, x: &ArrayRef2<Self::Float>) -> Labels {
        evaluate::classes(&self.predict(x)).collect()
    }

    /// The fraction of the samples whose highest score is the right class's.
    ///
    /// A sample with a NaN among its scores counts as wrong.
    ///
    /// # Panics
    ///
    /// If there are no rows, or if `x` does not fit the network or `t` the
    /// scores.
    #[must_use]
    fn accuracy(&self, x: &ArrayRef2<Self::Float>, t: &dyn Target) -> f64 {
        let scores = self.predict(x);
        let (rows, columns) = scores.dim();
        assert!(rows > 0, "accuracy: 0 rows have no accuracy");
        target::check("accuracy", t, rows, columns);
        evaluate::count_correct(&scores, |row| t.class(row)) as f64
            / rows as f64
    }

    /// [`classify`](Self::classify) over a whole data set, a chunk at a time:
    /// its images are never all floats at once.
    ///
    /// # Panics
    ///
    /// If the images do not fit the network, or if a score is NaN.
    #[must_use]
    fn classify_on(&self, dataset: &Dataset) -> Labels {
        evaluate::classify(self, dataset)
    }

    /// [`accuracy`](Self::accuracy) over a whole data set, a chunk at a time.
    ///
    /// # Panics
    ///
    /// If there are no images, or if they or their labels do not fit the
    /// network.
    #[must_use]
    fn accuracy_on(&self, dataset: &Dataset) -> f64 {
        evaluate::accuracy(self, dataset)
    }

    /// The mean loss and the accuracy over a whole data set, from the same
    /// predictions.
    ///
    /// # Panics
    ///
    /// As [`accuracy_on`](Self::accuracy_on).
    #[must_use]
    fn evaluate(&self, dataset: &Dataset) -> Evaluation {
        evaluate::evaluate(self, dataset)
    }

    /// The gradient of the loss by back-propagation.
    ///
    /// # Panics
    ///
    /// As [`loss`](Self::loss).
    #[must_use]
    fn gradient(
        &self,
        x: &ArrayRef2<Self::Float>,
        t: &dyn Target,
    ) -> Gradient<Self> {
        self.loss_and_gradient(x, t).1
    }

    /// The loss and its gradient from one pass forward and one back.
    ///
    /// # Panics
    ///
    /// As [`loss`](Self::loss).
    #[must_use]
    fn loss_and_gradient(
        &self,
        x: &ArrayRef2<Self::Float>,
        t: &dyn Target,
    ) -> (Self::Float, Gradient<Self>) {
        let (loss, layers) = passes::loss_and_gradient(&self.affines(), x, t);
        (loss, Gradient::new(self, layers))
    }

    /// The gradient of the loss by central differences with step [`STEP`]:
    /// the whole loss twice for each parameter.
    ///
    /// # Panics
    ///
    /// As [`loss`](Self::loss).
    #[must_use]
    fn numerical_gradient(
        &self,
        x: &ArrayRef2<Self::Float>,
        t: &dyn Target,
    ) -> Gradient<Self> {
        let step = Self::Float::from_f64(STEP);
        self.numerical_gradient_with_step(x, t, step)
    }

    /// The same with a step of your own.
    ///
    /// # Panics
    ///
    /// As [`loss`](Self::loss).
    #[must_use]
    fn numerical_gradient_with_step(
        &self,
        x: &ArrayRef2<Self::Float>,
        t: &dyn Target,
        step: Self::Float,
    ) -> Gradient<Self> {
        gradient::numerical(self, x, t, step)
    }

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

    /// The same, to be changed, in the same order.
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
