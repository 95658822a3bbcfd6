//! The contestants that are part of this program, each in a process of its
//! own, as the others are.

mod backprop;
mod faer;
mod ndarray;

use std::path::Path;

use ::backprop::{Affine, Float};
use ::ndarray::{Array1, Array2, NdFloat};
use peer::{Failure, Hello, Peer, Precision, Work, speak};

use crate::contestant::OURS;

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

/// What all three ask of a number.
trait Number: Float + NdFloat + ::faer::traits::RealField {}

impl Number for f32 {}
impl Number for f64 {}

fn be<F: Number>(name: &str, data: &Path) -> Result<(), Failure> {
    let (mut peer, version, can): (Box<dyn Peer>, _, _) = match name {
        OURS => (
            Box::new(backprop::Backprop::<F>::load(data)?),
            env!("CARGO_PKG_VERSION"),
            vec![Work::Step, Work::Grow, Work::Predict, Work::Numerical],
        ),
        "faer" => (
            Box::new(faer::Products::<F>::new()),
            "0.24",
            vec![Work::Products],
        ),
        "ndarray" => (
            Box::new(ndarray::Plain::<F>::load(data)?),
            "0.17",
            vec![Work::Step, Work::Products],
        ),
        _ => return Err(format!("{name} is no part of this program").into()),
    };
    let hello = Hello {
        name: name.to_owned(),
        version: version.to_owned(),
        can,
    };
    speak(&hello, &mut *peer)
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
