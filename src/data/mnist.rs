//! The MNIST data set of handwritten digits.

use std::path::Path;

use super::{DataError, DataFile, Source, Split, TrainTest};

/// 60,000 handwritten digits to learn from, and 10,000 by other writers to
/// test on.
///
/// Source: LeCun, Cortes, Burges, *The MNIST database of handwritten digits*
/// (1998).
pub const MNIST: Source = Source {
    name: "MNIST",
    folder: "data/mnist",
    mirrors: &[
        "https://storage.googleapis.com/cvdf-datasets/mnist/",
        "https://ossci-datasets.s3.amazonaws.com/mnist/",
    ],
    side: 28,
    classes: 10,
    train: Split {
        count: 60_000,
        images: DataFile {
            name: "train-images-idx3-ubyte",
            sha256: "ba891046e6505d7aadcbbe25680a0738\
                     ad16aec93bde7f9b65e87a2fc25776db",
        },
        labels: DataFile {
            name: "train-labels-idx1-ubyte",
            sha256: "65a50cbbf4e906d70832878ad85ccda5\
                     333a97f0f4c3dd2ef09a8a9eef7101c5",
        },
    },
    test: Split {
        count: 10_000,
        images: DataFile {
            name: "t10k-images-idx3-ubyte",
            sha256: "0fa7898d509279e482958e8ce81c8e77\
                     db3f2f8254e26661ceb7762c4d494ce7",
        },
        labels: DataFile {
            name: "t10k-labels-idx1-ubyte",
            sha256: "ff7bcfd416de33731a308c3f266cc351\
                     222c34898ecbeaf847f06e48f7ec33f2",
        },
    },
};

/// Short ways to load [`MNIST`]; there are no values of this type.
#[derive(Debug)]
pub enum Mnist {}

impl Mnist {
    /// Loads the four files from a folder.
    ///
    /// # Errors
    ///
    /// As [`Source::load`].
    pub fn load(folder: impl AsRef<Path>) -> Result<TrainTest, DataError> {
        MNIST.load(folder)
    }

    /// Loads the four files from `data/mnist` below the current folder, which
    /// for a cell of the book is the book's root.
    ///
    /// # Errors
    ///
    /// As [`Source::load`].
    pub fn load_default() -> Result<TrainTest, DataError> {
        MNIST.load_default()
    }
}
