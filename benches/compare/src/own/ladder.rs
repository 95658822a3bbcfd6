//! The way from a first attempt to our crate's workspace: the rungs of a
//! ladder, each with one improvement more than the one below it.
//!
//! Timed: the training step.

use std::hint::black_box;
use std::path::Path;

use backprop::{
    Affine, Dataset, Float, Gradient, Labels, Mnist, Network, Optimizer, Relu,
    Sgd, SoftmaxWithLoss, TwoLayerNet, Workspace,
};
use ndarray::{Array2, Axis};
use peer::{Failure, LEARNING_RATE, Peer, Weights};

use super::{Number, network};

/// The formulas, written down: a fresh array for each result, products by
/// ndarray, a pixel after the other.
pub const PLAIN: &str = "plain";
/// Nobody asks for the gradient of the images.
pub const NO_INPUT_GRADIENT: &str = "no input gradient";
/// The images' bytes are asked for together, before the first is needed.
pub const CACHE_LINES: &str = "cache lines";
/// A vector of bytes at a time becomes floats.
pub const VECTORS: &str = "vectors";
/// The crate's layers, whose products are faer's, and whose forward pass adds
/// them to the bias.
pub const FAER: &str = "faer's products";
/// The crate's workspace: each product of the gradient adds straight into its
/// weight, one pass each for the rest.
pub const FUSED: &str = "fused";
/// The workspace serves all steps.
pub const ALLOCATED_ONCE: &str = "allocated once";
/// A batch and a weight are shared by two threads.
pub const TWO_THREADS: &str = "two threads";

/// What a rung improves, in the order of the ladder.
#[derive(Clone, Copy, PartialEq, PartialOrd)]
enum Rung {
    Plain,
    NoInputGradient,
    CacheLines,
    Vectors,
    Faer,
    Fused,
}

/// A rung that the workspace, kept, is not.
pub struct Ladder<F> {
    rung: Rung,
    data: Dataset,
    net: Option<TwoLayerNet<F>>,
}

impl<F: Number> Ladder<F> {
    /// The rung of that name, with MNIST.
    pub fn load(name: &str, data: &Path) -> Result<Self, Failure> {
        let rung = match name {
            PLAIN => Rung::Plain,
            NO_INPUT_GRADIENT => Rung::NoInputGradient,
            CACHE_LINES => Rung::CacheLines,
            VECTORS => Rung::Vectors,
            FAER => Rung::Faer,
            FUSED => Rung::Fused,
            _ => {
                return Err(format!("{name} is no part of this program").into());
            }
        };
        let data = Mnist::load(data)?.train;
        let net = None;
        Ok(Self { rung, data, net })
    }

    fn step(&mut self, indices: &[usize]) -> Result<F, Failure> {
        let Self { rung, data, net } = self;
        let net = net.as_mut().ok_or("there are no weights yet")?;
        let mut sgd = Sgd {
            learning_rate: LEARNING_RATE,
        };
        if *rung == Rung::Fused {
            let mut workspace = Workspace::new(net, indices.len());
            return Ok(sgd.step(net, &mut workspace, data, indices));
        }
        if *rung >= Rung::CacheLines {
            touch(data, indices);
        }
        let (x, t) = if *rung >= Rung::Vectors {
            data.batch(indices)
        } else {
            one_by_one(data, indices)
        };
        let (loss, gradient) = if *rung >= Rung::Faer {
            net.loss_and_gradient(&x, &t)
        } else {
            plain(net, &x, &t, *rung)
        };
        sgd.update(net, &gradient);
        Ok(loss)
    }
}

/// The images of those indices as floats, with their labels.
fn one_by_one<F: Float>(
    data: &Dataset,
    indices: &[usize],
) -> (Array2<F>, Labels) {
    let shape = (indices.len(), data.images.ncols());
    let full = F::from_f64(255.0);
    let x = Array2::from_shape_fn(shape, |(row, column)| {
        F::from_f64(data.images[[indices[row], column]].into()) / full
    });
    let t = indices.iter().map(|&index| data.labels[index]).collect();
    (x, t)
}

/// Reads a byte of each cache line.
fn touch(data: &Dataset, indices: &[usize]) {
    let rows = indices.iter().map(|&index| data.images.row(index));
    let bytes = rows.flat_map(|row| row.into_iter().step_by(64));
    black_box(bytes.fold(0, |all, byte| all ^ byte));
}

/// The loss and its gradient, layer by layer.
fn plain<F: Number>(
    net: &TwoLayerNet<F>,
    x: &Array2<F>,
    t: &Labels,
    rung: Rung,
) -> (F, Gradient<TwoLayerNet<F>>) {
    let forward = |affine: &Affine<F>, x: &Array2<F>| {
        x.dot(&affine.weight) + &affine.bias
    };
    let (hidden, relu) = Relu.forward(forward(&net.affine1, x));
    let scores = forward(&net.affine2, &hidden);
    let (loss, last) = SoftmaxWithLoss.forward(scores, t);

    let dscores = last.backward(F::one());
    let dhidden = dscores.dot(&net.affine2.weight.t());
    let dhidden = relu.backward(dhidden);
    if rung == Rung::Plain {
        black_box(dhidden.dot(&net.affine1.weight.t()));
    }
    let backward = |x: &Array2<F>, dout: &Array2<F>| {
        Affine::new(x.t().dot(dout), dout.sum_axis(Axis(0)))
    };
    let gradient = TwoLayerNet {
        affine1: backward(x, &dhidden),
        affine2: backward(&hidden, &dscores),
    };
    (loss, gradient.into())
}

impl<F: Number> Peer for Ladder<F> {
    fn set(&mut self, weights: &Weights) -> Result<(), Failure> {
        self.net = Some(network(weights)?);
        Ok(())
    }

    fn train(&mut self, batches: &[Vec<usize>]) -> Result<Vec<f64>, Failure> {
        let losses = batches.iter().map(|indices| self.step(indices));
        losses.map(|loss| loss.map(Into::into)).collect()
    }

    fn images(&self) -> usize {
        self.data.len()
    }

    fn test_images(&self) -> usize {
        0
    }
}
