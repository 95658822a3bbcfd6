//! The network: affine layers in a chain, a ReLU between each two, and softmax
//! with loss at the end.

mod evaluate;
mod file;
mod gradient;
mod halves;
mod init;
mod layers;
mod multi_layer;
mod passes;
mod samples;
mod two_layer;
mod workspace;

use std::{error::Error, path::Path};

use ndarray::{Array2, ArrayRef2};

use crate::{
    Affine, Dataset, Float, Labels, STEP, Target, kernels::Kernels, target,
};
pub use evaluate::Evaluation;
pub use file::{FileError, FileProblem};
pub use gradient::Gradient;
pub use init::WEIGHT_STD;
pub use layers::Layers;
pub use multi_layer::MultiLayerNet;
pub use two_layer::{NotTwoLayers, Sizes, TwoLayerNet};
pub use workspace::{Pass, Workspace};

/// What every chain of layers can do.
///
/// The loss is the cross-entropy of the softmax of the scores.
pub trait Network: Layers {
    /// The scores of each sample: `x (N, input)` gives `(N, output)`.
    ///
    /// # Panics
    ///
    /// Unless `x` has `input` columns, and the layers fit each other.
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
        passes::loss(&self.affines(), x, t)
    }

    /// The class with the highest score for each sample, the first of equals.
    ///
    /// # Panics
    ///
    /// Unless `x` has `input` columns; if a score is NaN; or if the highest is
    /// of a class above 255, which no label has.
    #[must_use]
    fn classify(&self, x: &ArrayRef2<Self::Float>) -> Labels {
        evaluate::classes(&self.predict(x))
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
        let highest = Self::Float::argmax(&scores);
        evaluate::count_correct(&highest, t) as f64 / rows as f64
    }

    /// [`classify`](Self::classify) over a whole data set, a chunk at a time:
    /// its images are never all floats at once.
    ///
    /// # Panics
    ///
    /// As [`classify`](Self::classify).
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

    /// [`numerical_gradient`](Self::numerical_gradient) with a step of your own.
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

    /// Saves the parameters in a file, in the format [safetensors]: arrays
    /// under the names that the notebook gives them, `W1`, `b1`, `W2`, `b2`
    /// and so on. A file that was there before is replaced once the new one is
    /// whole.
    ///
    /// In Python, `safetensors.numpy.load_file(path)["W1"]` is the first
    /// weight.
    ///
    /// [safetensors]: https://huggingface.co/docs/safetensors
    ///
    /// # Errors
    ///
    /// If the folder does not exist or cannot be written to, if there is
    /// something of that name that is not a file or is read-only, or if the
    /// disk is full.
    ///
    /// ```
    /// use backprop::{ChaCha8Rng, Network, SeedableRng, Sizes, TwoLayerNet};
    ///
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("net.safetensors");
    /// let sizes = Sizes { input: 784, hidden: 50, output: 10 };
    /// let mut rng = ChaCha8Rng::seed_from_u64(1);
    /// let net = TwoLayerNet::<f32>::new(sizes, &mut rng);
    /// net.save(&path)?;
    /// assert_eq!(TwoLayerNet::load(&path)?, net);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    fn save(&self, path: impl AsRef<Path>) -> Result<(), FileError> {
        file::save(self, path.as_ref())
    }

    /// Loads a network that was [saved](Self::save), by this crate or by any
    /// program that names the arrays in the same way. Its sizes are those of
    /// the arrays; a [`MultiLayerNet`] has as many layers as the file.
    ///
    /// Every number is loaded as it was saved, NaN too. A network of `f64`
    /// also takes arrays of `f32`; one of `f32` takes none of `f64`, which it
    /// would have to round.
    ///
    /// A network of your own can be loaded if it implements
    /// `TryFrom<Vec<Affine<_>>>` or `From<Vec<Affine<_>>>`.
    ///
    /// # Shapes
    ///
    /// `(D, M)` for each weight and `(M,)` for its bias, where `D` is the `M`
    /// of the layer before.
    ///
    /// # Errors
    ///
    /// If the file is missing, cannot be read, or is not whole; if an array
    /// is missing, or is one too many, or has other numbers or another shape;
    /// or if the layers do not make this network.
    fn load(path: impl AsRef<Path>) -> Result<Self, FileError>
    where
        Self: TryFrom<Vec<Affine<Self::Float>>>,
        <Self as TryFrom<Vec<Affine<Self::Float>>>>::Error:
            Into<Box<dyn Error + Send + Sync>>,
    {
        file::load(path.as_ref())
    }
}

impl<N: Layers> Network for N {}
