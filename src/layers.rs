//! The layers, one a file, each with the cache that its `backward` consumes.

mod add;
mod affine;
mod mul;
mod relu;
mod sigmoid;
mod softmax_with_loss;

pub use add::{AddCache, AddLayer};
pub use affine::{Affine, AffineCache};
pub use mul::{MulCache, MulLayer};
pub use relu::{Relu, ReluCache};
pub use sigmoid::{Sigmoid, SigmoidCache};
pub use softmax_with_loss::{SoftmaxWithLoss, SoftmaxWithLossCache};
