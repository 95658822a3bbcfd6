//! candle: two linear layers of candle-nn, its cross-entropy and its SGD.
//!
//! Timed: the training step (rows of bytes gathered, turned into floats from 0
//! to 1, forward, backward, the update) and prediction of the test images in
//! chunks of 1,000. Threads are rayon's: `RAYON_NUM_THREADS`.

use std::process::ExitCode;

use candle_core::{DType, Device, Tensor, Var};
use candle_nn::{Linear, Module, Optimizer, SGD, loss::cross_entropy};
use peer::{
    Failure, Hello, Images, LEARNING_RATE, Mnist, PIXELS, Peer, Precision,
    Weights, Work, be,
};

/// Test images that are classified at a time.
const CHUNK: usize = 1000;

/// Images and labels as candle holds them.
struct Set {
    images: Tensor,
    labels: Tensor,
    count: usize,
}

impl Set {
    fn new(images: Images) -> Result<Self, Failure> {
        let count = images.labels.len();
        let labels: Vec<u32> =
            images.labels.into_iter().map(u32::from).collect();
        let shape = (count, PIXELS);
        Ok(Self {
            images: Tensor::from_vec(images.pixels, shape, &Device::Cpu)?,
            labels: Tensor::from_vec(labels, count, &Device::Cpu)?,
            count,
        })
    }
}

struct Net {
    affine1: Linear,
    affine2: Linear,
    sgd: SGD,
}

impl Net {
    fn scores(&self, x: &Tensor) -> candle_core::Result<Tensor> {
        self.affine2.forward(&self.affine1.forward(x)?.relu()?)
    }
}

struct Candle {
    dtype: DType,
    train: Set,
    test: Set,
    net: Option<Net>,
}

impl Candle {
    fn new(precision: Precision, mnist: Mnist) -> Result<Self, Failure> {
        Ok(Self {
            dtype: match precision {
                Precision::F32 => DType::F32,
                Precision::F64 => DType::F64,
            },
            train: Set::new(mnist.train)?,
            test: Set::new(mnist.test)?,
            net: None,
        })
    }

    /// A layer, and its parameters. `Linear` holds its weight with a row for
    /// each unit.
    fn linear(
        &self,
        weight: &[f64],
        bias: &[f64],
    ) -> Result<(Linear, [Var; 2]), Failure> {
        let shape = (weight.len() / bias.len(), bias.len());
        let weight = Tensor::from_slice(weight, shape, &Device::Cpu)?;
        let weight = weight.t()?.contiguous()?.to_dtype(self.dtype)?;
        let bias = Tensor::from_slice(bias, bias.len(), &Device::Cpu)?;
        let weight = Var::from_tensor(&weight)?;
        let bias = Var::from_tensor(&bias.to_dtype(self.dtype)?)?;
        let layer = Linear::new(
            weight.as_tensor().clone(),
            Some(bias.as_tensor().clone()),
        );
        Ok((layer, [weight, bias]))
    }

    fn floats(&self, bytes: &Tensor) -> candle_core::Result<Tensor> {
        bytes.to_dtype(self.dtype)? * (1.0 / 255.0)
    }
}

impl Peer for Candle {
    fn set(&mut self, weights: &Weights) -> Result<(), Failure> {
        let (affine1, first) = self.linear(&weights.w1, &weights.b1)?;
        let (affine2, second) = self.linear(&weights.w2, &weights.b2)?;
        let vars = first.into_iter().chain(second).collect();
        self.net = Some(Net {
            affine1,
            affine2,
            sgd: SGD::new(vars, LEARNING_RATE)?,
        });
        Ok(())
    }

    fn train(&mut self, batches: &[Vec<usize>]) -> Result<Vec<f64>, Failure> {
        let mut net = self.net.take().ok_or("there are no weights yet")?;
        let mut losses = Vec::with_capacity(batches.len());
        for batch in batches {
            let numbers: Vec<u32> = batch
                .iter()
                .map(|&number| u32::try_from(number))
                .collect::<Result<_, _>>()?;
            let numbers = Tensor::from_vec(numbers, batch.len(), &Device::Cpu)?;
            let x = self.train.images.index_select(&numbers, 0)?;
            let t = self.train.labels.index_select(&numbers, 0)?;
            let loss = cross_entropy(&net.scores(&self.floats(&x)?)?, &t)?;
            net.sgd.backward_step(&loss)?;
            losses.push(loss.to_dtype(DType::F64)?.to_scalar()?);
        }
        self.net = Some(net);
        Ok(losses)
    }

    fn predict(&mut self) -> Result<usize, Failure> {
        let net = self.net.as_ref().ok_or("there are no weights yet")?;
        let mut right = 0;
        for start in (0..self.test.count).step_by(CHUNK) {
            let length = CHUNK.min(self.test.count - start);
            let x = self.test.images.narrow(0, start, length)?;
            let t = self.test.labels.narrow(0, start, length)?;
            let classes = net.scores(&self.floats(&x)?)?.argmax(1)?;
            let same = classes.eq(&t)?.to_vec1::<u8>()?;
            right += same.iter().filter(|&&same| same == 1).count();
        }
        Ok(right)
    }

    fn images(&self) -> usize {
        self.train.count
    }

    fn test_images(&self) -> usize {
        self.test.count
    }
}

fn main() -> ExitCode {
    let hello = Hello {
        name: "candle".to_owned(),
        version: "0.11.1".to_owned(),
        can: vec![Work::Step, Work::Predict],
    };
    be(&hello, Candle::new)
}
