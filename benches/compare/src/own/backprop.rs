//! Ours: the book's crate, as its reader calls it.

use std::hint::black_box;
use std::path::Path;

use backprop::{Float, Mnist, Sgd, TrainTest, TwoLayerNet, Workspace};
use peer::{Failure, LEARNING_RATE, Peer, Weights};

use super::network;

/// The crate's network, with MNIST loaded and checked.
pub struct Backprop<F> {
    mnist: TrainTest,
    net: Option<TwoLayerNet<F>>,
    /// With the largest batch that it has room for.
    workspace: Option<(usize, Workspace<F>)>,
}

impl<F: Float> Backprop<F> {
    /// Loads MNIST.
    pub fn load(data: &Path) -> Result<Self, Failure> {
        let mnist = Mnist::load(data)?;
        Ok(Self {
            mnist,
            net: None,
            workspace: None,
        })
    }

    fn net(&self) -> Result<&TwoLayerNet<F>, Failure> {
        Ok(self.net.as_ref().ok_or("there are no weights yet")?)
    }
}

impl<F: Float> Peer for Backprop<F> {
    fn set(&mut self, weights: &Weights) -> Result<(), Failure> {
        self.workspace = None;
        self.net = Some(network(weights)?);
        Ok(())
    }

    fn train(&mut self, batches: &[Vec<usize>]) -> Result<Vec<f64>, Failure> {
        let net = self.net.as_mut().ok_or("there are no weights yet")?;
        let sgd = Sgd {
            learning_rate: LEARNING_RATE,
        };
        let room = batches.iter().map(Vec::len).max().unwrap_or(0);
        let (room, mut workspace) = self
            .workspace
            .take()
            .filter(|(has, _)| *has >= room)
            .unwrap_or_else(|| (room, Workspace::new(net.sizes(), room)));
        let images = &self.mnist.train;
        // As the crate's own training does.
        let losses = rayon::scope(|_| {
            let steps = batches.iter();
            steps
                .map(|numbers| workspace.step(net, sgd, images, numbers).into())
                .collect()
        });
        self.workspace = Some((room, workspace));
        Ok(losses)
    }

    fn predict(&mut self) -> Result<usize, Failure> {
        let classes = self.net()?.classify_on(&self.mnist.test);
        let pairs = classes.iter().zip(self.mnist.test.labels.iter());
        Ok(pairs.filter(|(class, label)| class == label).count())
    }

    fn numerical(&mut self) -> Result<(), Failure> {
        let (x, t) = self.mnist.train.batch(&[0, 1, 2]);
        black_box(self.net()?.numerical_gradient(&x, &t));
        Ok(())
    }

    fn images(&self) -> usize {
        self.mnist.train.len()
    }

    fn test_images(&self) -> usize {
        self.mnist.test.len()
    }
}
