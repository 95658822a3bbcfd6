//! What is learnt from.

use backprop::{Dataset, Mnist, digits};

/// Images, and where they come from.
pub struct Images {
    pub dataset: Dataset,
    pub source: String,
}

impl Images {
    /// MNIST's training images, or as few of the crate's own digits as a bench
    /// needs.
    pub fn load() -> Self {
        match Mnist::load_default() {
            Ok(mnist) => Self {
                dataset: mnist.train,
                source: "MNIST".into(),
            },
            Err(error) => Self {
                dataset: digits::dataset(10_000, 1),
                source: format!("the crate's own digits ({error})"),
            },
        }
    }
}
