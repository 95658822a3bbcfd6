//! The memory of a step, and a step within it.

use ndarray::{
    Array1, Array2, ArrayViewMut1, ArrayViewMut2, Axis, ShapeBuilder,
};

use super::Sgd;
use crate::{
    Affine, Dataset, Float, Sizes, TwoLayerNet,
    dataset::{PIXELS, floats_into},
    layers::{relu, softmax_with_loss},
    product::affine_into,
    threads,
};

/// The memory that steps of learning need, allocated once.
///
/// A step in a workspace does what
/// [`loss_and_gradient`](TwoLayerNet::loss_and_gradient) and [`Sgd::update`]
/// do, without a gradient of its own in between: each product adds to the
/// weight at once. The threads of rayon's current pool share a batch; their
/// number does not change a bit of the result (with the feature `blas`: no
/// more than its rounding). To enter the pool takes time: many steps are faster
/// within one `rayon::scope`, where [`train`](fn@crate::train) takes them.
#[derive(Clone, Debug)]
pub struct Workspace<F> {
    /// Images as floats, shape `(N, input)`.
    x: Array2<F>,
    /// What passes between the layers, shape `(N, hidden)`.
    hidden: Array2<F>,
    /// The gradient by it.
    dhidden: Array2<F>,
    /// The scores, then the gradient by them, shape `(N, output)`.
    scores: Array2<F>,
    /// The loss of each sample, shape `(N,)`.
    losses: Array1<F>,
}

impl<F: Float> Workspace<F> {
    /// Memory for batches of at most `batch_size` images.
    #[must_use]
    pub fn new(sizes: Sizes, batch_size: usize) -> Self {
        let zeros = |columns| Array2::zeros((batch_size, columns));
        Self {
            x: zeros(sizes.input),
            hidden: zeros(sizes.hidden),
            dhidden: zeros(sizes.hidden),
            scores: zeros(sizes.output),
            losses: Array1::zeros(batch_size),
        }
    }

    /// Takes one step on the images of those numbers, and returns their mean
    /// loss before it.
    ///
    /// # Panics
    ///
    /// If there are no numbers, or more than the batch size; if there is no
    /// image of one of them; if the network has not the workspace's sizes, or
    /// its input is not as wide as an image, or a label is not below its
    /// output.
    ///
    /// ```
    /// use backprop::{
    ///     ChaCha8Rng, SeedableRng, Sgd, Sizes, TwoLayerNet, Workspace, digits,
    /// };
    ///
    /// let sizes = Sizes { input: 784, hidden: 50, output: 10 };
    /// let mut rng = ChaCha8Rng::seed_from_u64(1);
    /// let mut net = TwoLayerNet::<f32>::he(sizes, &mut rng);
    /// let data = digits::dataset(100, 1);
    /// let numbers: Vec<usize> = (0..100).collect();
    ///
    /// let sgd = Sgd { learning_rate: 0.1 };
    /// let mut workspace = Workspace::new(sizes, 100);
    /// let before = workspace.step(&mut net, sgd, &data, &numbers);
    /// let after = workspace.step(&mut net, sgd, &data, &numbers);
    /// assert!(after < before);
    /// ```
    pub fn step(
        &mut self,
        net: &mut TwoLayerNet<F>,
        sgd: Sgd,
        data: &Dataset,
        numbers: &[usize],
    ) -> F {
        F::step(self, net, sgd, data, numbers)
    }

    /// The scores of the images of those numbers, in the workspace's memory.
    pub(crate) fn scores<'a>(
        &'a mut self,
        net: &TwoLayerNet<F>,
        data: &Dataset,
        numbers: &'a [usize],
    ) -> ArrayViewMut2<'a, F> {
        self.check(net, numbers);
        let mut part = self.part(numbers);
        // No product needs its rows afterwards, and a product of many rows and
        // few columns is faster by columns: vectors of rows have no gaps.
        part.hidden = by_columns(part.hidden);
        part.forward(net, data);
        part.scores
    }

    fn part<'a>(&'a mut self, numbers: &'a [usize]) -> Part<'a, F> {
        let samples = numbers.len();
        Part {
            numbers,
            x: self.x.view_mut().split_at(Axis(0), samples).0,
            hidden: self.hidden.view_mut().split_at(Axis(0), samples).0,
            dhidden: self.dhidden.view_mut().split_at(Axis(0), samples).0,
            scores: self.scores.view_mut().split_at(Axis(0), samples).0,
            losses: self.losses.view_mut().split_at(Axis(0), samples).0,
        }
    }

    fn check(&self, net: &TwoLayerNet<F>, numbers: &[usize]) {
        let (batch_size, input) = self.x.dim();
        let own = Sizes {
            input,
            hidden: self.hidden.ncols(),
            output: self.scores.ncols(),
        };
        let sizes = net.sizes();
        assert!(
            sizes == own,
            "Workspace: made for {own:?}, the network has {sizes:?}"
        );
        assert!(
            input == PIXELS,
            "Workspace: images have {PIXELS} pixels, the input {input}"
        );
        assert!(
            (1..=batch_size).contains(&numbers.len()),
            "Workspace: made for batches of 1 to {batch_size} images, \
             found {}",
            numbers.len()
        );
    }
}

pub(crate) fn step<F: Float>(
    workspace: &mut Workspace<F>,
    net: &mut TwoLayerNet<F>,
    sgd: Sgd,
    data: &Dataset,
    numbers: &[usize],
) -> F {
    workspace.check(net, numbers);
    let parts = threads::parts(numbers.len(), net.affine1.weight.len());
    let mut step = || step_in_parts(workspace, net, sgd, data, numbers, parts);
    if parts == 1 {
        step()
    } else {
        // Into the pool once, not for each of the divisions.
        rayon::scope(|_| step())
    }
}

fn step_in_parts<F: Float>(
    workspace: &mut Workspace<F>,
    net: &mut TwoLayerNet<F>,
    sgd: Sgd,
    data: &Dataset,
    numbers: &[usize],
    parts: usize,
) -> F {
    let samples = F::from_f64(numbers.len() as f64);
    workspace
        .part(numbers)
        .pass_in_parts(net, data, samples, parts);

    let scale = F::from_f64(-sgd.learning_rate);
    let batch = workspace.part(numbers);
    descend(&mut net.affine1, scale, &batch.x, &batch.dhidden);
    descend(&mut net.affine2, scale, &batch.hidden, &batch.scores);
    batch.losses.sum() / samples
}

/// Some samples of a batch.
struct Part<'a, F> {
    numbers: &'a [usize],
    x: ArrayViewMut2<'a, F>,
    hidden: ArrayViewMut2<'a, F>,
    dhidden: ArrayViewMut2<'a, F>,
    scores: ArrayViewMut2<'a, F>,
    losses: ArrayViewMut1<'a, F>,
}

impl<F: Float> Part<'_, F> {
    fn pass_in_parts(
        self,
        net: &TwoLayerNet<F>,
        data: &Dataset,
        samples: F,
        parts: usize,
    ) {
        if parts == 1 {
            self.pass(net, data, samples);
            return;
        }
        let first = parts / 2;
        let row = self.numbers.len() * first / parts;
        let (above, below) = self.split_at(row);
        rayon::join(
            || above.pass_in_parts(net, data, samples, first),
            || below.pass_in_parts(net, data, samples, parts - first),
        );
    }

    fn split_at(self, row: usize) -> (Self, Self) {
        let numbers = self.numbers.split_at(row);
        let x = self.x.split_at(Axis(0), row);
        let hidden = self.hidden.split_at(Axis(0), row);
        let dhidden = self.dhidden.split_at(Axis(0), row);
        let scores = self.scores.split_at(Axis(0), row);
        let losses = self.losses.split_at(Axis(0), row);
        let above = Self {
            numbers: numbers.0,
            x: x.0,
            hidden: hidden.0,
            dhidden: dhidden.0,
            scores: scores.0,
            losses: losses.0,
        };
        let below = Self {
            numbers: numbers.1,
            x: x.1,
            hidden: hidden.1,
            dhidden: dhidden.1,
            scores: scores.1,
            losses: losses.1,
        };
        (above, below)
    }

    /// From the bytes to the scores.
    fn forward(&mut self, net: &TwoLayerNet<F>, data: &Dataset) {
        floats_into(&data.images, self.numbers, &mut self.x);
        forward(&net.affine1, &self.x, &mut self.hidden);
        relu::rectify(slice(&mut self.hidden));
        forward(&net.affine2, &self.hidden, &mut self.scores);
    }

    /// Forward to the loss, and back to the gradient by `hidden`.
    fn pass(mut self, net: &TwoLayerNet<F>, data: &Dataset, samples: F) {
        self.forward(net, data);
        let rows = self.scores.rows_mut().into_iter();
        for ((row, loss), &number) in
            rows.zip(&mut self.losses).zip(self.numbers)
        {
            let mut row = row;
            let class = usize::from(data.labels[number]);
            let scores = row.as_slice_mut().expect("a row is in one piece");
            assert!(
                class < scores.len(),
                "Workspace: image {number} has label {class}, there are {} \
                 columns",
                scores.len()
            );
            *loss = softmax_with_loss::sample(scores, class, samples);
        }

        self.dhidden.fill(F::zero());
        F::add_product(
            F::one(),
            &self.scores,
            &net.affine2.weight.t(),
            &mut self.dhidden,
            1,
        );
        let hidden = slice(&mut self.hidden);
        relu::close_by_output(slice(&mut self.dhidden), hidden);
    }
}

/// The same memory, column by column instead of row by row.
fn by_columns<F>(rows: ArrayViewMut2<'_, F>) -> ArrayViewMut2<'_, F> {
    let shape = rows.raw_dim().f();
    let memory = rows.into_slice().expect("whole rows are in one piece");
    ArrayViewMut2::from_shape(shape, memory).expect("the shape is the same")
}

fn forward<F: Float>(
    affine: &Affine<F>,
    x: &ArrayViewMut2<'_, F>,
    y: &mut ArrayViewMut2<'_, F>,
) {
    affine_into(x, &affine.weight, &affine.bias, y, 1);
}

/// `weight += scale * transpose of x . dout`, and the bias with it.
fn descend<F: Float>(
    affine: &mut Affine<F>,
    scale: F,
    x: &ArrayViewMut2<'_, F>,
    dout: &ArrayViewMut2<'_, F>,
) {
    let parts = threads::parts(x.ncols(), dout.len());
    F::add_product(scale, &x.t(), dout, &mut affine.weight, parts);
    for dout in dout.rows() {
        affine.bias.scaled_add(scale, &dout);
    }
}

fn slice<'a, F>(view: &'a mut ArrayViewMut2<'_, F>) -> &'a mut [F] {
    view.as_slice_memory_order_mut()
        .expect("whole rows or columns are in one piece")
}
