//! The network of two layers.

mod gradient;
pub(crate) mod passes;

use ndarray::{Array1, Array2, ArrayRef2, ArrayViewD};
use rand::Rng;
use rand_distr::{Distribution, StandardNormal};

use crate::{
    Affine, Dataset, Float, Labels, STEP, SoftmaxWithLoss, Target, target,
};
pub use gradient::Gradient;
use gradient::find;

/// The standard deviation of the weights that [`TwoLayerNet::new`] draws.
pub const WEIGHT_STD: f64 = 0.01;

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
    /// use backprop::{ChaCha8Rng, SeedableRng, Sizes, TwoLayerNet};
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
    pub fn he(sizes: Sizes, rng: &mut impl Rng) -> Self {
        Self::drawn(sizes, |inputs| (2.0 / inputs as f64).sqrt(), rng)
    }

    /// A network with the standard deviation that `std` gives a layer of so
    /// many inputs.
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
        let mut affine = |inputs, outputs| {
            F::normal_affine(inputs, outputs, std(inputs), rng)
        };
        Self {
            affine1: affine(input, hidden),
            affine2: affine(hidden, output),
        }
    }

    /// The scores of each sample: `x (N, input)` gives `(N, output)`.
    ///
    /// # Panics
    ///
    /// If `x` has not `input` columns.
    #[must_use]
    pub fn predict(&self, x: &ArrayRef2<F>) -> Array2<F> {
        F::predict(self, x)
    }

    /// The mean loss of the samples: `x` is `(N, input)`, `t` has `N` rows.
    ///
    /// # Panics
    ///
    /// If there are no rows, or if `x` does not fit the network or `t` the
    /// scores.
    #[must_use]
    pub fn loss(&self, x: &ArrayRef2<F>, t: &dyn Target) -> F {
        SoftmaxWithLoss.forward(self.predict(x), t).0
    }

    /// The class with the highest score for each sample, the first of equals.
    ///
    /// # Panics
    ///
    /// If `x` has not `input` columns, or if a score is NaN.
    #[must_use]
    pub fn classify(&self, x: &ArrayRef2<F>) -> Labels {
        passes::classify(&self.predict(x))
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
    pub fn accuracy(&self, x: &ArrayRef2<F>, t: &dyn Target) -> f64 {
        let scores = self.predict(x);
        let (rows, columns) = scores.dim();
        assert!(rows > 0, "accuracy: 0 rows have no accuracy");
        target::check("accuracy", t, rows, columns);
        passes::count_right(&scores, t) as f64 / rows as f64
    }

    /// The same over a whole data set, a chunk at a time: its images are
    /// never all floats at once.
    ///
    /// # Panics
    ///
    /// As [`accuracy`](Self::accuracy).
    #[must_use]
    pub fn accuracy_on(&self, dataset: &Dataset) -> f64 {
        F::accuracy_on(self, dataset)
    }

    /// [`classify`](Self::classify) over a whole data set, a chunk at a time.
    ///
    /// # Panics
    ///
    /// As [`classify`](Self::classify).
    #[must_use]
    pub fn classify_on(&self, dataset: &Dataset) -> Labels {
        F::classify_on(self, dataset)
    }

    /// The gradient of the loss by back-propagation.
    ///
    /// # Panics
    ///
    /// As [`loss`](Self::loss).
    #[must_use]
    pub fn gradient(&self, x: &ArrayRef2<F>, t: &dyn Target) -> Gradient<F> {
        self.loss_and_gradient(x, t).1
    }

    /// The loss and its gradient from one pass forward and one back.
    ///
    /// # Panics
    ///
    /// As [`loss`](Self::loss).
    #[must_use]
    pub fn loss_and_gradient(
        &self,
        x: &ArrayRef2<F>,
        t: &dyn Target,
    ) -> (F, Gradient<F>) {
        F::loss_and_gradient(self, x, t)
    }

    /// The gradient of the loss by central differences with step [`STEP`]:
    /// the whole loss twice for each parameter.
    ///
    /// # Panics
    ///
    /// As [`loss`](Self::loss).
    #[must_use]
    pub fn numerical_gradient(
        &self,
        x: &ArrayRef2<F>,
        t: &dyn Target,
    ) -> Gradient<F> {
        self.numerical_gradient_with_step(x, t, F::from_f64(STEP))
    }

    /// The same with a step of your own.
    ///
    /// # Panics
    ///
    /// As [`loss`](Self::loss).
    #[must_use]
    pub fn numerical_gradient_with_step(
        &self,
        x: &ArrayRef2<F>,
        t: &dyn Target,
        step: F,
    ) -> Gradient<F> {
        F::numerical_gradient(self, x, t, step)
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

    /// That the layers fit each other, as `forward` checks: their fields are
    /// public.
    pub(crate) fn check(&self) {
        self.affine1.check_bias();
        self.affine2.check_bias();
        let (hidden, rows) =
            (self.affine1.weight.ncols(), self.affine2.weight.nrows());
        assert!(
            hidden == rows,
            "Affine: x has {hidden} columns, weight has {rows} rows"
        );
    }

    /// How many numbers the network learns.
    #[must_use]
    pub fn parameter_count(&self) -> usize {
        self.named()
            .iter()
            .map(|(_, parameter)| parameter.len())
            .sum()
    }

    /// The parameters with the names that the notebook gives them.
    #[must_use]
    pub fn named(&self) -> [(&'static str, ArrayViewD<'_, F>); 4] {
        [
            ("W1", self.affine1.weight.view().into_dyn()),
            ("b1", self.affine1.bias.view().into_dyn()),
            ("W2", self.affine2.weight.view().into_dyn()),
            ("b2", self.affine2.bias.view().into_dyn()),
        ]
    }

    /// The parameter of that name: `W1`, `b1`, `W2` or `b2`.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<ArrayViewD<'_, F>> {
        find(self.named(), name)
    }
}

pub(crate) fn normal_affine<F: Float>(
    inputs: usize,
    outputs: usize,
    std: f64,
    rng: &mut dyn Rng,
) -> Affine<F> {
    let weight = Array2::from_shape_simple_fn((inputs, outputs), || {
        let normal: f64 = StandardNormal.sample(rng);
        F::from_f64(std * normal)
    });
    Affine::new(weight, Array1::zeros(outputs))
}
