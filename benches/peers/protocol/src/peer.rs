//! What a contestant is asked to do.

use std::error::Error;

use crate::Weights;

/// Why a contestant could not.
pub type Failure = Box<dyn Error>;

/// A network of two layers in some library, its training and test images in
/// memory as bytes, and the work that its [`Hello`](crate::Hello) names.
pub trait Peer {
    /// Takes these weights for its own, whatever their size.
    ///
    /// # Errors
    ///
    /// If it cannot.
    fn set(&mut self, weights: &Weights) -> Result<(), Failure>;

    /// Takes one step on each batch, given by the indices of its images, and
    /// returns the losses before the steps.
    ///
    /// # Errors
    ///
    /// If it cannot.
    fn train(&mut self, batches: &[Vec<usize>]) -> Result<Vec<f64>, Failure>;

    /// Finds the classes of all test images, and says how many are right.
    ///
    /// # Errors
    ///
    /// If it cannot.
    fn predict(&mut self) -> Result<usize, Failure> {
        Err("cannot predict".into())
    }

    /// Does the five matrix products of a step so many times, in memory of its
    /// own.
    ///
    /// # Errors
    ///
    /// If it cannot.
    fn products(&mut self, _times: usize) -> Result<(), Failure> {
        Err("has no bare products".into())
    }

    /// Does the two matrix products of a prediction so many times for
    /// [`TEST_IMAGES`](crate::TEST_IMAGES) images, as many at once as suits it
    /// best, in memory of its own.
    ///
    /// # Errors
    ///
    /// If it cannot.
    fn forward(&mut self, _times: usize) -> Result<(), Failure> {
        Err("has no bare products".into())
    }

    /// Takes so many shuffled epochs, and evaluates the network on both sets
    /// before the first of them and after each.
    ///
    /// # Errors
    ///
    /// If it cannot.
    fn evaluated(&mut self, _epochs: usize) -> Result<(), Failure> {
        Err("has no training of its own".into())
    }

    /// Finds the numerical gradient of the whole network: for each of its
    /// parameters the whole loss of the first 3 training images, twice.
    ///
    /// # Errors
    ///
    /// If it cannot.
    fn numerical(&mut self) -> Result<(), Failure> {
        Err("has no numerical gradient".into())
    }

    /// The number of training images.
    fn images(&self) -> usize;

    /// The number of test images.
    fn test_images(&self) -> usize;
}
