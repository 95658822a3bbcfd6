//! Ours: the book's crate, as its reader calls it.

use std::hint::black_box;
use std::path::Path;

use backprop::{
    Float, Length, Mnist, Network, Optimizer, Plan, Sampling, TrainTest,
    TwoLayerNet, Workspace, train,
};
use peer::{BATCH, Failure, Peer, Weights};

use super::network;

/// One of the crate's optimizers, at the start.
pub type MakeOptimizer<O> = fn() -> O;

/// The crate's network, with MNIST loaded and checked.
pub struct Backprop<F: Float, O> {
    mnist: TrainTest,
    optimizer: MakeOptimizer<O>,
    learner: Option<Learner<F, O>>,
}

/// What a step changes.
struct Learner<F: Float, O> {
    net: TwoLayerNet<F>,
    optimizer: O,
    workspace: Workspace<TwoLayerNet<F>>,
    /// The largest batch that the workspace has room for.
    room: usize,
}

impl<F: Float, O> Backprop<F, O> {
    /// Loads MNIST. Each network begins with an optimizer of its own.
    pub fn load(
        data: &Path,
        optimizer: MakeOptimizer<O>,
    ) -> Result<Self, Failure> {
        Ok(Self {
            mnist: Mnist::load(data)?,
            optimizer,
            learner: None,
        })
    }
}

fn learning<L>(learner: Option<L>) -> Result<L, Failure> {
    Ok(learner.ok_or("there are no weights yet")?)
}

impl<F: Float, O: Optimizer<TwoLayerNet<F>> + Send> Peer for Backprop<F, O> {
    fn set(&mut self, weights: &Weights) -> Result<(), Failure> {
        let net = network(weights)?;
        self.learner = Some(Learner {
            workspace: Workspace::new(&net, 0),
            room: 0,
            net,
            optimizer: (self.optimizer)(),
        });
        Ok(())
    }

    fn train(&mut self, batches: &[Vec<usize>]) -> Result<Vec<f64>, Failure> {
        let Learner {
            net,
            optimizer,
            workspace,
            room,
        } = learning(self.learner.as_mut())?;
        let largest = batches.iter().map(Vec::len).max().unwrap_or(0);
        if largest > *room {
            *workspace = Workspace::new(net, largest);
            *room = largest;
        }
        let images = &self.mnist.train;
        // As the crate's own training does.
        Ok(rayon::scope(|_| {
            let mut step = |batch: &Vec<usize>| {
                optimizer.step(net, workspace, images, batch).into()
            };
            batches.iter().map(&mut step).collect()
        }))
    }

    fn evaluated(&mut self, epochs: usize) -> Result<(), Failure> {
        let Learner { net, optimizer, .. } = learning(self.learner.as_mut())?;
        let plan = Plan {
            batch_size: BATCH,
            length: Length::Epochs(epochs),
            sampling: Sampling::Shuffled,
            seed: 1,
        };
        let TrainTest { train: learn, test } = &self.mnist;
        black_box(train(net, optimizer, learn, test, &plan)?);
        Ok(())
    }

    fn predict(&mut self) -> Result<usize, Failure> {
        let net = &learning(self.learner.as_ref())?.net;
        let classes = net.classify_on(&self.mnist.test);
        let pairs = classes.iter().zip(self.mnist.test.labels.iter());
        Ok(pairs.filter(|(class, label)| class == label).count())
    }

    fn numerical(&mut self) -> Result<(), Failure> {
        let net = &learning(self.learner.as_ref())?.net;
        let (x, t) = self.mnist.train.batch(&[0, 1, 2]);
        black_box(net.numerical_gradient(&x, &t));
        Ok(())
    }

    fn images(&self) -> usize {
        self.mnist.train.len()
    }

    fn test_images(&self) -> usize {
        self.mnist.test.len()
    }
}
