//! burn, on its backend `flex`: a module of two linear layers, its
//! cross-entropy and its SGD.
//!
//! Timed: the training step (rows of bytes gathered, turned into floats from 0
//! to 1, forward, backward, the update) and prediction of the test images in
//! chunks of 2,000. Threads are rayon's: `RAYON_NUM_THREADS`.

use std::process::ExitCode;

use burn::{
    module::{Module, Param},
    nn::{Linear, loss::CrossEntropyLossConfig},
    optim::{GradientsParams, ModuleOptimizer, SgdConfig},
    tensor::{DType, Device, Int, Tensor, TensorData, activation::relu},
};
use peer::{
    CLASSES, Failure, Hello, Images, LEARNING_RATE, Mnist, PIXELS, Peer,
    Precision, Weights, Work, be,
};

/// Test images that are classified at a time.
const CHUNK: usize = 2000;

#[derive(Module, Debug)]
struct Net {
    affine1: Linear,
    affine2: Linear,
}

impl Net {
    fn scores(&self, x: Tensor<2>) -> Tensor<2> {
        self.affine2.forward(relu(self.affine1.forward(x)))
    }
}

/// Images and labels as the backend holds them.
struct Set {
    images: Tensor<2, Int>,
    labels: Tensor<1, Int>,
    count: usize,
}

impl Set {
    fn new(images: Images, device: &Device) -> Self {
        let count = images.labels.len();
        let pixels = TensorData::new(images.pixels, [count, PIXELS]);
        let labels: Vec<i32> =
            images.labels.into_iter().map(i32::from).collect();
        Self {
            images: Tensor::from_data(pixels, (device, DType::U8)),
            labels: Tensor::from_data(
                TensorData::new(labels, [count]),
                (device, DType::I32),
            ),
            count,
        }
    }
}

struct Burn {
    dtype: DType,
    device: Device,
    train: Set,
    test: Set,
    net: Option<Net>,
    sgd: ModuleOptimizer,
}

impl Burn {
    fn new(precision: Precision, mnist: Mnist) -> Self {
        let device = Device::flex().autodiff();
        Self {
            dtype: match precision {
                Precision::F32 => DType::F32,
                Precision::F64 => DType::F64,
            },
            train: Set::new(mnist.train, &device),
            // Prediction needs no gradient.
            test: Set::new(mnist.test, &device.clone().inner()),
            device,
            net: None,
            sgd: SgdConfig::new().init(),
        }
    }

    fn floats(&self, bytes: Tensor<2, Int>) -> Tensor<2> {
        let dtype = match self.dtype {
            DType::F64 => burn::tensor::FloatDType::F64,
            _ => burn::tensor::FloatDType::F32,
        };
        bytes.cast(dtype) * (1.0 / 255.0)
    }

    fn linear(
        &self,
        weight: &[f64],
        shape: [usize; 2],
        bias: &[f64],
    ) -> Linear {
        let options = (&self.device, self.dtype);
        let weight = TensorData::new(weight.to_vec(), shape);
        let bias = TensorData::new(bias.to_vec(), [bias.len()]);
        Linear {
            weight: Param::from_tensor(Tensor::from_data(weight, options)),
            bias: Some(Param::from_tensor(Tensor::from_data(bias, options))),
        }
    }
}

impl Peer for Burn {
    fn set(&mut self, weights: &Weights) -> Result<(), Failure> {
        let Weights {
            hidden,
            w1,
            b1,
            w2,
            b2,
        } = weights;
        self.net = Some(Net {
            affine1: self.linear(w1, [PIXELS, *hidden], b1),
            affine2: self.linear(w2, [*hidden, CLASSES], b2),
        });
        Ok(())
    }

    fn train(&mut self, batches: &[Vec<usize>]) -> Result<Vec<f64>, Failure> {
        let cross_entropy = CrossEntropyLossConfig::new().init(&self.device);
        let mut losses = Vec::with_capacity(batches.len());
        for batch in batches {
            let net = self.net.take().ok_or("there are no weights yet")?;
            let numbers: Vec<i32> = batch
                .iter()
                .map(|&number| i32::try_from(number))
                .collect::<Result<_, _>>()?;
            let numbers = Tensor::<1, Int>::from_data(
                TensorData::new(numbers, [batch.len()]),
                (&self.device, DType::I32),
            );
            let rows = self.train.images.clone().select(0, numbers.clone());
            let labels = self.train.labels.clone().select(0, numbers);
            let scores = net.scores(self.floats(rows));
            let loss = cross_entropy.forward(scores, labels);
            let gradients = GradientsParams::from_grads(loss.backward(), &net);
            self.net = Some(self.sgd.step(LEARNING_RATE, net, gradients));
            losses.push(loss.into_scalar::<f64>());
        }
        Ok(losses)
    }

    fn predict(&mut self) -> Result<usize, Failure> {
        let net = self.net.as_ref().ok_or("there are no weights yet")?.valid();
        let mut right = 0;
        for start in (0..self.test.count).step_by(CHUNK) {
            let length = CHUNK.min(self.test.count - start);
            let bytes = self.test.images.clone().narrow(0, start, length);
            let labels = self.test.labels.clone().narrow(0, start, length);
            let classes = net.scores(self.floats(bytes)).argmax(1);
            let classes = classes.squeeze_dim::<1>(1);
            let same: Vec<i64> = classes
                .equal(labels)
                .int()
                .into_data_as::<i64>()
                .try_to_vec()
                .map_err(|error| format!("{error:?}"))?;
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
        name: "burn (flex)".to_owned(),
        version: "0.22.1".to_owned(),
        can: vec![Work::Step, Work::Predict],
    };
    be(&hello, |precision, mnist| Ok(Burn::new(precision, mnist)))
}
