//! Ours: the book's crate, as its reader calls it.

use std::hint::black_box;
use std::path::Path;

use backprop::{Affine, Float, Mnist, Sgd, TwoLayerNet, Workspace};
use ndarray::{Array1, Array2};
use peer::{CLASSES, Failure, LEARNING_RATE, PIXELS, Peer, Weights};

/// The crate's network, with MNIST loaded and checked.
pub struct Backprop<F> {
    mnist: Mnist,
    net: Option<TwoLayerNet<F>>,
    /// With the batch size that it was made for.
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
        let hidden = weights.hidden;
        self.workspace = None;
        self.net = Some(TwoLayerNet {
            affine1: affine([PIXELS, hidden], &weights.w1, &weights.b1)?,
            affine2: affine([hidden, CLASSES], &weights.w2, &weights.b2)?,
        });
        Ok(())
    }

    fn train(&mut self, batches: &[Vec<usize>]) -> Result<Vec<f64>, Failure> {
        let net = self.net.as_mut().ok_or("there are no weights yet")?;
        let sgd = Sgd {
            learning_rate: LEARNING_RATE,
        };
        let mut losses = Vec::with_capacity(batches.len());
        for numbers in batches {
            if self
                .workspace
                .as_ref()
                .is_none_or(|(size, _)| *size != numbers.len())
            {
                let workspace = Workspace::new(net.sizes(), numbers.len());
                self.workspace = Some((numbers.len(), workspace));
            }
            if let Some((_, workspace)) = &mut self.workspace {
                let loss = workspace.step(net, sgd, &self.mnist.train, numbers);
                losses.push(loss.into());
            }
        }
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

fn affine<F: Float>(
    shape: [usize; 2],
    weight: &[f64],
    bias: &[f64],
) -> Result<Affine<F>, Failure> {
    let floats = |numbers: &[f64]| -> Vec<F> {
        numbers.iter().map(|&number| F::from_f64(number)).collect()
    };
    let weight = Array2::from_shape_vec(shape, floats(weight))?;
    Ok(Affine::new(weight, Array1::from_vec(floats(bias))))
}
