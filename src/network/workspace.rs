//! The memory of a step, and the passes within it.

use ndarray::{Array2, ArrayViewMut2};
use num_traits::{One, Zero};

use super::{
    gradient::Gradient,
    halves::{Features, rows, rows_mut},
    layers::Layers,
    samples::Samples,
};
use crate::{
    Dataset, Float, Labels,
    kernels::{Kernels, threads},
    target,
};

/// The memory that steps of learning need, allocated once.
///
/// [`pass`](Self::pass) does what
/// [`loss_and_gradient`](crate::Network::loss_and_gradient) does, by the
/// in-place forms of the same layers. The threads of rayon's current pool share
/// the work; their number does not change a bit of the result (on processors
/// without AVX2: no more than its rounding). Entering the pool takes time: many
/// steps are faster within one `rayon::scope`, where
/// [`train`](fn@crate::train) takes them.
///
/// A feature that is 0 in the whole batch is left out where it can be: a weight
/// of it that is NaN or infinite goes unseen, where
/// [`loss`](crate::Network::loss) would show it.
///
/// Weights that are contiguous, as those of a new network are, are changed in
/// place; others in a copy.
#[derive(Clone, Debug)]
pub struct Workspace<N: Layers> {
    widths: Vec<usize>,
    batch_size: usize,
    features: Features<N::Float>,
    /// What the second half of the features adds to the first layer's outputs,
    /// shape `(N, M1)`.
    second_sum: Array2<N::Float>,
    /// The outputs of each layer, shape `(N, M)`: before its ReLU, then after.
    /// The last are the scores, then their probabilities, then the gradient
    /// with respect to the scores.
    outputs: Vec<Array2<N::Float>>,
    /// The gradients with respect to all outputs but the scores.
    douts: Vec<Array2<N::Float>>,
    labels: Labels,
    losses: Vec<N::Float>,
    /// For optimizers that need one.
    gradient: Option<Gradient<N>>,
}

impl<N: Layers> Workspace<N> {
    /// Memory for batches of at most `batch_size` samples, for networks of
    /// this one's widths.
    ///
    /// # Panics
    ///
    /// If the network has no layer.
    #[must_use]
    pub fn new(net: &N, batch_size: usize) -> Self {
        let widths = net.widths();
        let layers = widths.get(1..).unwrap_or_default();
        let zeros = |columns: &usize| Array2::zeros((batch_size, *columns));
        let outputs: Vec<_> = layers.iter().map(zeros).collect();
        let [first, ..] = outputs.as_slice() else {
            panic!("Workspace: the network has no layer");
        };
        Self {
            features: Features::new(batch_size, widths[0], widths[1]),
            second_sum: first.clone(),
            douts: outputs[..outputs.len() - 1].to_vec(),
            outputs,
            labels: Labels::new(Vec::new()),
            losses: vec![N::Float::zero(); batch_size],
            gradient: None,
            widths,
            batch_size,
        }
    }

    /// Goes forward and back with the images of those indices, and returns
    /// what the gradient is made of.
    ///
    /// # Panics
    ///
    /// If there are no indices, or more than the batch size; if there is no
    /// image of one of them; if the network does not have the workspace's
    /// widths, or its input is not as wide as an image, or its layers do not
    /// fit each other, or a label is not below its output.
    ///
    /// ```
    /// use backprop::{
    ///     ChaCha8Rng, Network, SeedableRng, Sizes, TwoLayerNet, Workspace,
    ///     digits,
    /// };
    ///
    /// let sizes = Sizes { input: 784, hidden: 50, output: 10 };
    /// let mut rng = ChaCha8Rng::seed_from_u64(1);
    /// let mut net = TwoLayerNet::<f32>::he_normal(sizes, &mut rng);
    /// let data = digits::dataset(100, 1);
    /// let indices: Vec<usize> = (0..100).collect();
    ///
    /// let mut workspace = Workspace::new(&net, 100);
    /// let pass = workspace.pass(&net, &data, &indices);
    /// let before = pass.loss();
    /// pass.add_gradient(-0.1, &mut net);
    /// let after = workspace.pass(&net, &data, &indices).loss();
    /// assert!(after < before);
    /// ```
    pub fn pass(
        &mut self,
        net: &N,
        data: &Dataset,
        indices: &[usize],
    ) -> Pass<'_, N> {
        self.check(net, data, indices);
        self.labels = data.labels_of(indices);
        let classes = self.widths[self.widths.len() - 1];
        target::check("Workspace", &self.labels, indices.len(), classes);

        let samples = indices.len();
        let parts =
            threads::even_parts(self.widths[0], samples * self.widths[1]);
        in_pool(parts, || {
            self.first_layer(net, data, indices, parts);
            let affines = net.affines();
            let later = &affines[1..];
            // The smallest product must be worth dividing.
            let work = later.iter().map(|affine| affine.weight.len()).min();
            let parts = threads::parts_awake(samples, work.unwrap_or(0), parts);
            threads::in_parts(
                self.samples(samples),
                samples,
                parts,
                &Samples::split_at,
                &|mut some| {
                    some.forward(later);
                    some.backward(later, samples);
                },
            );
        });
        Pass {
            samples,
            parts,
            workspace: self,
        }
    }

    /// The scores of the images of those indices, in the workspace's memory.
    pub(super) fn predict(
        &mut self,
        net: &N,
        data: &Dataset,
        indices: &[usize],
    ) -> ArrayViewMut2<'_, N::Float> {
        self.check(net, data, indices);
        self.first_layer(net, data, indices, 1);
        let mut samples = self.samples(indices.len());
        samples.forward(&net.affines()[1..]);
        samples.outputs.pop().expect("there is a layer")
    }

    fn first_layer(
        &mut self,
        net: &N,
        data: &Dataset,
        indices: &[usize],
        parts: usize,
    ) {
        let samples = indices.len();
        let mut first = rows_mut(&mut self.outputs[0], samples);
        let mut second = rows_mut(&mut self.second_sum, samples);
        let sums = [&mut *first, &mut *second];
        let affine = net.affines()[0];
        self.features.forward(affine, data, indices, sums, parts);
    }

    /// The first samples.
    fn samples(&mut self, count: usize) -> Samples<'_, N::Float> {
        let first = |array| rows_mut(array, count);
        Samples {
            labels: self.labels.as_slice(),
            second_sum: rows(&self.second_sum, count),
            outputs: self.outputs.iter_mut().map(first).collect(),
            douts: self.douts.iter_mut().map(first).collect(),
            losses: &mut self.losses[..count],
        }
    }

    fn check(&self, net: &N, data: &Dataset, indices: &[usize]) {
        self.check_layers(net);
        data.check();
        let (pixels, input) = (data.images.ncols(), self.widths[0]);
        assert!(
            input == pixels,
            "Workspace: images have {pixels} pixels, the input {input}"
        );
        let batch_size = self.batch_size;
        assert!(
            (1..=batch_size).contains(&indices.len()),
            "Workspace: made for batches of 1 to {batch_size} images, \
             found {}",
            indices.len()
        );
        data.check_indices(indices);
    }

    /// That the layers have the workspace's widths, and fit each other.
    fn check_layers(&self, net: &N) {
        let (own, widths) = (&self.widths, net.widths());
        assert!(
            widths == *own,
            "Workspace: made for the widths {own:?}, the network has {widths:?}"
        );
        let affines = net.affines();
        for affine in &affines {
            affine.check_bias();
        }
        for pair in affines.windows(2) {
            pair[1].check_input(pair[0].bias.len());
        }
    }
}

/// What a pass leaves: the loss, and what the gradient is made of.
#[derive(Debug)]
#[must_use = "nothing is learned until the gradient is used"]
pub struct Pass<'a, N: Layers> {
    samples: usize,
    parts: usize,
    workspace: &'a mut Workspace<N>,
}

impl<'a, N: Layers> Pass<'a, N> {
    /// The mean loss of the samples.
    #[must_use]
    pub fn loss(&self) -> N::Float {
        let sum = N::Float::sum(&self.workspace.losses[..self.samples]);
        sum / N::Float::from_f64(self.samples as f64)
    }

    /// `parameter += scale * gradient` for each parameter, without a gradient
    /// in between: each product adds straight into its weight.
    ///
    /// # Panics
    ///
    /// Unless the network has the workspace's widths. It has not changed then.
    pub fn add_gradient(mut self, scale: N::Float, net: &mut N) {
        self.add(scale, net);
    }

    /// The gradient, in the workspace's memory.
    ///
    /// # Panics
    ///
    /// Unless the network has the workspace's widths. It has not changed then.
    #[must_use]
    pub fn gradient(mut self, net: &N) -> &'a Gradient<N> {
        self.workspace.check_layers(net);
        let gradient = self.workspace.gradient.take();
        let mut gradient =
            gradient.unwrap_or_else(|| Gradient::zeros_like(net));
        gradient.set_zero();
        self.add(N::Float::one(), &mut gradient);
        self.workspace.gradient.insert(gradient)
    }

    fn add(&mut self, scale: N::Float, net: &mut N) {
        self.workspace.check_layers(net);
        let (samples, parts) = (self.samples, self.parts);
        let Workspace {
            features,
            outputs,
            douts,
            ..
        } = &mut *self.workspace;
        let (scores, hidden) = outputs.split_last().expect("there is a layer");
        let dout = |layer| {
            let dout: &Array2<_> = douts.get(layer).unwrap_or(scores);
            rows(dout, samples)
        };
        in_pool(parts, || {
            let mut affines = net.affines_mut().into_iter();
            let first_layer = affines.next().expect("there is a layer");
            features.add_gradient(scale, &dout(0), first_layer, parts);
            for (layer, affine) in affines.enumerate() {
                let x = rows(&hidden[layer], samples);
                affine.add_gradient(scale, &x, &dout(layer + 1));
            }
        });
    }
}

/// Enters the pool of threads once, not for each division of the work.
fn in_pool(parts: usize, work: impl FnOnce() + Send) {
    if parts == 1 {
        work();
    } else {
        rayon::scope(|_| work());
    }
}
