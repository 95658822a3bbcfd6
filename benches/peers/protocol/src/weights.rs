//! The weights that a network begins with.

use rand::{SeedableRng, rngs::StdRng};
use rand_distr::{Distribution, Normal};

use crate::{CLASSES, Failure};

/// Numbers that go in: the pixels of an image.
pub const PIXELS: usize = 784;

/// Hidden units, where a request does not say.
pub const HIDDEN: usize = 50;

/// The standard deviation of fresh weights.
const WEIGHT_STD: f64 = 0.01;

/// The parameters of a network, row by row, in double precision.
#[derive(Clone, Debug, PartialEq)]
pub struct Weights {
    /// Hidden units.
    pub hidden: usize,
    /// Shape `(784, hidden)`.
    pub w1: Vec<f64>,
    /// Shape `(hidden,)`.
    pub b1: Vec<f64>,
    /// Shape `(hidden, 10)`.
    pub w2: Vec<f64>,
    /// Shape `(10,)`.
    pub b2: Vec<f64>,
}

impl Weights {
    /// Fresh weights for that many hidden units.
    ///
    /// # Errors
    ///
    /// None that happens: the standard deviation is a fine one.
    pub fn draw(hidden: usize, seed: u64) -> Result<Self, Failure> {
        let rng = &mut StdRng::seed_from_u64(seed);
        let normal = Normal::new(0.0, WEIGHT_STD)?;
        let mut draw = |count| -> Vec<f64> {
            normal.sample_iter(&mut *rng).take(count).collect()
        };
        Ok(Self {
            hidden,
            w1: draw(PIXELS * hidden),
            b1: vec![0.0; hidden],
            w2: draw(hidden * CLASSES),
            b2: vec![0.0; CLASSES],
        })
    }

    /// All parameters, one after the other.
    pub fn iter(&self) -> impl Iterator<Item = f64> {
        let parts = [&self.w1, &self.b1, &self.w2, &self.b2];
        parts.into_iter().flatten().copied()
    }

    /// Takes the parameters of [`HIDDEN`] units off the front of a file's
    /// numbers.
    pub(crate) fn split(
        numbers: &[f64],
    ) -> Result<(Self, &[f64]), &'static str> {
        let mut rest = numbers;
        let mut take = |count| -> Result<Vec<f64>, &'static str> {
            let (taken, left) = rest
                .split_at_checked(count)
                .ok_or("the file of weights is too short")?;
            rest = left;
            Ok(taken.to_vec())
        };
        let weights = Self {
            hidden: HIDDEN,
            w1: take(PIXELS * HIDDEN)?,
            b1: take(HIDDEN)?,
            w2: take(HIDDEN * CLASSES)?,
            b2: take(CLASSES)?,
        };
        Ok((weights, rest))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_survive_a_file() {
        let weights = Weights::draw(HIDDEN, 1).unwrap();
        let mut numbers: Vec<f64> = weights.iter().collect();
        numbers.push(7.0);
        let (read, rest) = Weights::split(&numbers).unwrap();
        assert_eq!((read, rest), (weights, &[7.0][..]));
        assert!(Weights::split(&numbers[..100]).is_err());
    }
}
