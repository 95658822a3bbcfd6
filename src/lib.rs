//! The layers, the network and the training of the book *Backpropagation from
//! Scratch*.
//!
//! A layer does not hide what it remembers: `forward` returns its output
//! together with a cache, and `backward` consumes the cache. Backward before
//! forward, backward twice, and a weight changed in between do not compile.
//!
//! ```
//! use backprop::MulLayer;
//!
//! let (apple_price, apple) = MulLayer.forward(100.0, 2.0);
//! let (price, tax) = MulLayer.forward(apple_price, 1.1);
//! assert_eq!(price, 220.00000000000003);
//!
//! let (d_apple_price, d_tax) = tax.backward(1.0);
//! let (d_apple, d_apple_num) = apple.backward(d_apple_price);
//! assert_eq!(
//!     (d_apple, d_apple_num, d_tax),
//!     (2.2, 110.00000000000001, 200.0)
//! );
//! ```
//!
//! One row of a matrix is one sample, everywhere. The letters of the shapes:
//! `N` samples, `D` features in, `M` features out. Everything works in `f64`
//! (the checks) and in `f32` (training at speed), from the same code.
//!
//! # Layout
//!
//! From the ground up; each module stands on those above it, and on no other.
//!
//! - `kernels`: the few loops that must be optimised, whoever calls them.
//! - [`float`]: [`Float`], the two precisions.
//! - [`target`]: what a row should have been, [`Labels`] or [`OneHot`].
//! - [`functions`]: [`sigmoid`], [`softmax`], [`cross_entropy_error`].
//! - [`layers`]: one layer a file: as it is taught, with its cache, and below
//!   that in place.
//! - [`gradient`]: [`numerical_gradient`] and measures of difference.
//! - [`data`]: [`Dataset`], images kept as bytes, given out as floats;
//!   [`data::Source`], a data set as described once, its files checked and
//!   loaded ([`Mnist::load`]); [`digits`], handwritten-looking, drawn by
//!   strokes.
//! - [`network`]: [`Network`], the layers and the loss, saved and loaded;
//!   [`TwoLayerNet`] and [`MultiLayerNet`]; [`Workspace`], the memory of a
//!   step.
//! - [`train`](mod@train): [`train()`], a [`Plan`] and its [`History`];
//!   [`train_with`], which tells of its [`Progress`]; the optimizers [`Sgd`],
//!   [`Momentum`] and [`Adam`].

pub mod data;
pub mod float;
pub mod functions;
pub mod gradient;
mod kernels;
pub mod layers;
pub mod network;
pub mod target;
pub mod train;

pub use ndarray;
pub use rand::{SeedableRng, rngs::ChaCha8Rng};

pub use data::{DataError, Dataset, Mnist, TrainTest, digits};
pub use float::Float;
pub use functions::{cross_entropy_error, log_softmax, sigmoid, softmax};
pub use gradient::{
    STEP, max_relative_error, mean_abs_difference, numerical_gradient,
    numerical_gradient_with_step,
};
pub use layers::{
    AddCache, AddLayer, Affine, AffineCache, MulCache, MulLayer, Relu,
    ReluCache, Sigmoid, SigmoidCache, SoftmaxWithLoss, SoftmaxWithLossCache,
};
pub use network::{
    Evaluation, FileError, Gradient, Layers, MultiLayerNet, Network, Pass,
    Sizes, TwoLayerNet, WEIGHT_STD, Workspace,
};
pub use target::{Labels, OneHot, Target};
pub use train::{
    Adam, EpochRecord, History, Length, Momentum, Optimizer, Plan, Progress,
    Sampling, Sgd, TrainError, train, train_with,
};
