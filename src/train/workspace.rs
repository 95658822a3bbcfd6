//! The memory of a step, and a step within it.

use ndarray::{
    Array1, Array2, ArrayRef2, ArrayView2, ArrayViewMut1, ArrayViewMut2, Axis,
    Ix2, Shape, ShapeBuilder,
};
use pulp::Arch;

use super::Sgd;
use crate::{
    Affine, Dataset, Float, Sizes, TwoLayerNet,
    data::dataset::floats_into,
    layers::{relu, softmax_with_loss},
    product::affine_into,
    threads,
};

/// Pixels of an image.
const PIXELS: usize = 784;

/// Pixels of an upper or a lower half of an image. What the halves add to a
/// hidden unit is summed in this order on any number of threads.
const HALF: usize = PIXELS / 2;

const ONE_PIECE: &str = "whole rows or columns are in one piece";

/// The memory that steps of learning need, allocated once.
///
/// A step in a workspace does what
/// [`loss_and_gradient`](TwoLayerNet::loss_and_gradient) and [`Sgd::update`]
/// do, without a gradient of its own in between: each product adds to the
/// weight at once.
///
/// The threads of rayon's current pool, where they are an even number, share
/// the images: one half of them takes the upper halves, one the lower. As a rule
/// pixels and their weights are written and read on the same side, so that few
/// numbers travel from one core to another. The number of threads does not
/// change a bit of the result (with the feature `blas`, or without AVX2: no more
/// than its rounding). To enter the pool takes time: many steps are faster
/// within one `rayon::scope`, where [`train`](fn@crate::train) takes them.
///
/// Weights that lie row by row in memory, as those of a new network do, are
/// changed in place; others in a copy.
#[derive(Clone, Debug)]
pub struct Workspace<F> {
    sizes: Sizes,
    batch_size: usize,
    /// Images as floats: for each half, shape `(N, HALF)`.
    x: Vec<F>,
    /// What each half adds to the hidden units, shape `(N, hidden)`.
    sums: [Array2<F>; 2],
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
        let Sizes {
            input,
            hidden,
            output,
        } = sizes;
        let zeros = |columns| Array2::zeros((batch_size, columns));
        Self {
            sizes,
            batch_size,
            x: vec![F::zero(); batch_size * input],
            sums: [zeros(hidden), zeros(hidden)],
            hidden: zeros(hidden),
            dhidden: zeros(hidden),
            scores: zeros(output),
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
    /// its input is not as wide as an image, or its layers do not fit each
    /// other, or a label is not below its output. The network has not changed
    /// then.
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
    pub(crate) fn scores(
        &mut self,
        net: &TwoLayerNet<F>,
        data: &Dataset,
        numbers: &[usize],
    ) -> ArrayViewMut2<'_, F> {
        self.check(net, data, numbers);
        let Sizes { input, hidden, .. } = self.sizes;
        let samples = numbers.len();
        let shape = (samples, input).into_shape_with_order();
        let mut x = shaped(&mut self.x, shape);
        floats_into(&data.images, numbers, &mut x);
        // No product needs its rows afterwards, and a product of many rows and
        // few columns is faster by columns: vectors of rows have no gaps.
        let memory = self.hidden.as_slice_mut().expect(ONE_PIECE);
        let mut hidden = shaped(memory, (samples, hidden).f());
        let mut scores = first(&mut self.scores, samples);
        forward(&net.affine1, &x, &mut hidden);
        relu::rectify(slice(&mut hidden));
        forward(&net.affine2, &hidden, &mut scores);
        scores
    }

    fn check(&self, net: &TwoLayerNet<F>, data: &Dataset, numbers: &[usize]) {
        let (own, sizes) = (self.sizes, net.sizes());
        assert!(
            sizes == own,
            "Workspace: made for {own:?}, the network has {sizes:?}"
        );
        net.check();
        data.check();
        let (pixels, input) = (data.images.ncols(), own.input);
        assert!(
            pixels == input && input == PIXELS,
            "Workspace: images have {pixels} pixels, the input {input}, \
             and both must have {PIXELS}"
        );
        let batch_size = self.batch_size;
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
    workspace.check(net, data, numbers);
    let Sizes { input, hidden, .. } = workspace.sizes;
    // As many for the upper halves as for the lower.
    let parts = threads::parts(input, numbers.len() * hidden);
    let parts = (parts / 2 * 2).max(1);
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
    let count = numbers.len();
    let samples = F::from_f64(count as f64);
    let scale = F::from_f64(-sgd.learning_rate);
    let (affine1, affine2) = (&mut net.affine1, &mut net.affine2);

    let (x, sums) = (&mut workspace.x, &mut workspace.sums);
    let mut halves = halves(data, affine1, x, sums, count);
    in_parts(&mut halves, parts, &|half, parts| {
        half.forward(numbers, parts);
    });

    let row_parts = threads::parts_awake(count, affine2.weight.len(), parts);
    let mut hidden = first(&mut workspace.hidden, count);
    let mut dhidden = first(&mut workspace.dhidden, count);
    let mut scores = first(&mut workspace.scores, count);
    let mut losses = workspace.losses.view_mut().split_at(Axis(0), count).0;
    let part = Part {
        numbers,
        sums: halves.each_ref().map(|half| half.sums.view()),
        hidden: hidden.view_mut(),
        dhidden: dhidden.view_mut(),
        scores: scores.view_mut(),
        losses: losses.view_mut(),
    };
    part.pass_in_parts(affine2, data, samples, row_parts);

    in_parts(&mut halves, parts, &|half, parts| {
        half.descend(scale, &dhidden, parts);
    });
    add_rows(scale, &dhidden, &mut affine1.bias);
    let unit_parts = threads::parts(hidden.ncols(), scores.len());
    let weight2 = &mut affine2.weight;
    F::add_product(scale, &hidden.t(), &scores, weight2, unit_parts);
    add_rows(scale, &scores, &mut affine2.bias);
    losses.sum() / samples
}

/// The upper or the lower halves of the images, and all that is their own.
struct Half<'a, F> {
    /// Of each image there is, shape `(images, HALF)`.
    bytes: ArrayView2<'a, u8>,
    /// Of each image of the batch, shape `(N, HALF)`.
    x: ArrayViewMut2<'a, F>,
    /// Shape `(HALF, hidden)`.
    weight: ArrayViewMut2<'a, F>,
    /// What the sums begin with: of the upper half only.
    bias: Option<&'a Array1<F>>,
    /// What the half adds to the hidden units, shape `(N, hidden)`.
    sums: ArrayViewMut2<'a, F>,
}

fn halves<'a, F: Float>(
    data: &'a Dataset,
    affine: &'a mut Affine<F>,
    x: &'a mut [F],
    sums: &'a mut [Array2<F>; 2],
    count: usize,
) -> [Half<'a, F>; 2] {
    let Affine { weight, bias } = affine;
    let bytes = data.images.view().split_at(Axis(1), HALF);
    let x = x.split_at_mut(count * HALF);
    let shape = (count, HALF).into_shape_with_order();
    let weight = weight.view_mut().split_at(Axis(0), HALF);
    let [upper_sums, lower_sums] = sums;
    let upper = Half {
        bytes: bytes.0,
        x: shaped(x.0, shape),
        weight: weight.0,
        bias: Some(bias),
        sums: first(upper_sums, count),
    };
    let lower = Half {
        bytes: bytes.1,
        x: shaped(x.1, shape),
        weight: weight.1,
        bias: None,
        sums: first(lower_sums, count),
    };
    [upper, lower]
}

/// Both halves at once, if there is more than one part to divide into.
fn in_parts<F: Float>(
    [upper, lower]: &mut [Half<'_, F>; 2],
    parts: usize,
    work: &(impl Fn(&mut Half<'_, F>, usize) + Sync),
) {
    if parts == 1 {
        work(upper, 1);
        work(lower, 1);
    } else {
        rayon::join(|| work(upper, parts / 2), || work(lower, parts / 2));
    }
}

impl<F: Float> Half<'_, F> {
    /// From the bytes to what the half adds to the hidden units.
    fn forward(&mut self, numbers: &[usize], parts: usize) {
        floats_into(&self.bytes, numbers, &mut self.x);
        match self.bias {
            Some(bias) => self.sums.assign(bias),
            None => self.sums.fill(F::zero()),
        }
        F::add_product(F::one(), &self.x, &self.weight, &mut self.sums, parts);
    }

    /// `weight += scale * transpose of x . dhidden`.
    fn descend(&mut self, scale: F, dhidden: &ArrayRef2<F>, parts: usize) {
        F::add_product(scale, &self.x.t(), dhidden, &mut self.weight, parts);
    }
}

/// Some samples of a batch, between the first product and the last.
struct Part<'a, F> {
    numbers: &'a [usize],
    sums: [ArrayView2<'a, F>; 2],
    hidden: ArrayViewMut2<'a, F>,
    dhidden: ArrayViewMut2<'a, F>,
    scores: ArrayViewMut2<'a, F>,
    losses: ArrayViewMut1<'a, F>,
}

impl<F: Float> Part<'_, F> {
    fn pass_in_parts(
        self,
        affine2: &Affine<F>,
        data: &Dataset,
        samples: F,
        parts: usize,
    ) {
        if parts == 1 {
            self.pass(affine2, data, samples);
            return;
        }
        let first = parts / 2;
        let row = self.numbers.len() * first / parts;
        let (above, below) = self.split_at(row);
        rayon::join(
            || above.pass_in_parts(affine2, data, samples, first),
            || below.pass_in_parts(affine2, data, samples, parts - first),
        );
    }

    fn split_at(self, row: usize) -> (Self, Self) {
        let numbers = self.numbers.split_at(row);
        let sums = self.sums.map(|sums| sums.split_at(Axis(0), row));
        let hidden = self.hidden.split_at(Axis(0), row);
        let dhidden = self.dhidden.split_at(Axis(0), row);
        let scores = self.scores.split_at(Axis(0), row);
        let losses = self.losses.split_at(Axis(0), row);
        let above = Self {
            numbers: numbers.0,
            sums: sums.map(|sums| sums.0),
            hidden: hidden.0,
            dhidden: dhidden.0,
            scores: scores.0,
            losses: losses.0,
        };
        let below = Self {
            numbers: numbers.1,
            sums: sums.map(|sums| sums.1),
            hidden: hidden.1,
            dhidden: dhidden.1,
            scores: scores.1,
            losses: losses.1,
        };
        (above, below)
    }

    /// From the sums to the loss, and back to the gradient by `hidden`.
    fn pass(mut self, affine2: &Affine<F>, data: &Dataset, samples: F) {
        let sums = self.sums.map(|sums| sums.to_slice().expect(ONE_PIECE));
        relu::rectify_sum(sums, slice(&mut self.hidden));
        forward(affine2, &self.hidden, &mut self.scores);
        let classes = self.scores.ncols();
        for &number in self.numbers {
            let class = data.labels[number];
            assert!(
                usize::from(class) < classes,
                "Workspace: image {number} has label {class}, there are \
                 {classes} columns"
            );
        }
        softmax_with_loss::in_place(
            slice(&mut self.scores),
            self.losses.as_slice_mut().expect(ONE_PIECE),
            |row| data.labels[self.numbers[row]].into(),
            samples,
        );

        self.dhidden.fill(F::zero());
        F::add_product(
            F::one(),
            &self.scores,
            &affine2.weight.t(),
            &mut self.dhidden,
            1,
        );
        let hidden = slice(&mut self.hidden);
        relu::close_by_output(slice(&mut self.dhidden), hidden);
    }
}

fn forward<F: Float>(
    affine: &Affine<F>,
    x: &ArrayViewMut2<'_, F>,
    y: &mut ArrayViewMut2<'_, F>,
) {
    affine_into(x, &affine.weight, &affine.bias, y, 1);
}

/// `into += scale *` each row.
fn add_rows<F: Float>(scale: F, rows: &ArrayRef2<F>, into: &mut Array1<F>) {
    Arch::new().dispatch(
        #[inline(always)]
        || {
            for row in rows.rows() {
                into.scaled_add(scale, &row);
            }
        },
    );
}

/// The first rows.
fn first<F>(array: &mut Array2<F>, rows: usize) -> ArrayViewMut2<'_, F> {
    array.view_mut().split_at(Axis(0), rows).0
}

/// A matrix in the first part of the memory.
fn shaped<F>(memory: &mut [F], shape: Shape<Ix2>) -> ArrayViewMut2<'_, F> {
    let memory = &mut memory[..shape.size()];
    ArrayViewMut2::from_shape(shape, memory)
        .expect("the shape has as many numbers")
}

fn slice<'a, F>(view: &'a mut ArrayViewMut2<'_, F>) -> &'a mut [F] {
    view.as_slice_memory_order_mut().expect(ONE_PIECE)
}
