//! The contestants that are part of this program, each in a process of its
//! own, as the others are.

mod arithmetic;
mod backprop;
mod faer;
pub mod ladder;
mod ndarray;

use std::path::Path;

use ::backprop::{Adam, Affine, Float, Momentum, Sgd, TwoLayerNet};
use ::ndarray::{Array1, Array2, NdFloat};
use peer::{
    Failure, Hello, LEARNING_RATE, Peer, Precision, Weights, Work, speak,
};

use self::backprop::Backprop;
use crate::contestant::{ADAM, ARITHMETIC, MOMENTUM, OURS, SGD};

/// Is one of them, until there is nothing more to do.
pub fn run(
    name: &str,
    precision: Precision,
    data: &Path,
) -> Result<(), Failure> {
    match precision {
        Precision::F32 => be::<f32>(name, data),
        Precision::F64 => be::<f64>(name, data),
    }
}

/// What they ask of a number.
pub trait Number:
    Float + NdFloat + ::faer::traits::RealField + arithmetic::MultiplyAdd
{
}

impl Number for f32 {}
impl Number for f64 {}

fn be<F: Number>(name: &str, data: &Path) -> Result<(), Failure> {
    let sgd = || Sgd {
        learning_rate: LEARNING_RATE,
    };
    let (mut peer, version, can): (Box<dyn Peer>, _, _) = match name {
        OURS => (
            Box::new(Backprop::<F, _>::load(data, sgd)?),
            env!("CARGO_PKG_VERSION"),
            vec![
                Work::Step,
                Work::Grow,
                Work::Predict,
                Work::Evaluated,
                Work::Numerical,
            ],
        ),
        "faer" => (
            Box::new(faer::Products::<F>::new()),
            "0.24",
            vec![Work::Products, Work::Forward],
        ),
        "ndarray" => (
            Box::new(ndarray::Plain::<F>::load(data)?),
            "0.17",
            vec![Work::Step, Work::Products, Work::Forward],
        ),
        ARITHMETIC => (
            Box::new(arithmetic::Arithmetic::<F>::new()),
            env!("CARGO_PKG_VERSION"),
            vec![Work::Products, Work::Forward],
        ),
        SGD | ladder::ALLOCATED_ONCE | ladder::TWO_THREADS => (
            Box::new(Backprop::<F, _>::load(data, sgd)?),
            env!("CARGO_PKG_VERSION"),
            vec![Work::Step],
        ),
        MOMENTUM => (
            Box::new(Backprop::<F, _>::load(data, || {
                Momentum::new(LEARNING_RATE, 0.9)
            })?),
            env!("CARGO_PKG_VERSION"),
            vec![Work::Step],
        ),
        ADAM => (
            Box::new(Backprop::<F, _>::load(data, || Adam::new(0.001))?),
            env!("CARGO_PKG_VERSION"),
            vec![Work::Step],
        ),
        _ => (
            Box::new(ladder::Ladder::<F>::load(name, data)?),
            env!("CARGO_PKG_VERSION"),
            vec![Work::Step],
        ),
    };
    let hello = Hello {
        name: name.to_owned(),
        version: version.to_owned(),
        can,
    };
    speak(&hello, &mut *peer)
}

/// The weights, in our crate's network.
fn network<F: Float>(weights: &Weights) -> Result<TwoLayerNet<F>, Failure> {
    Ok(TwoLayerNet {
        affine1: affine(&weights.w1, &weights.b1)?,
        affine2: affine(&weights.w2, &weights.b2)?,
    })
}

/// A layer's parameters, row by row, in our crate's struct.
fn affine<F: Float>(
    weight: &[f64],
    bias: &[f64],
) -> Result<Affine<F>, Failure> {
    let floats = |numbers: &[f64]| -> Vec<F> {
        numbers.iter().map(|&number| F::from_f64(number)).collect()
    };
    let shape = (weight.len() / bias.len(), bias.len());
    let weight = Array2::from_shape_vec(shape, floats(weight))?;
    Ok(Affine::new(weight, Array1::from_vec(floats(bias))))
}
