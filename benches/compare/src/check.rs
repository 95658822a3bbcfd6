//! Correctness first: who does not compute what we compute is not timed.

use std::{io::Write, path::Path};

use anyhow::{Context, Result, bail};
use peer::{BATCH, Failure, HIDDEN, Precision, Request, Weights, Work};
use tempfile::NamedTempFile;

use crate::{child::Child, contestant::OURS};

/// Steps that are compared.
const STEPS: usize = 5;

/// Images that the batches are drawn from.
const IMAGES: usize = 60_000;

/// How far test accuracies may be apart: a few images that are near a border.
const ACCURACY: f64 = 0.001;

/// Weights and batches, the same for everyone: in a file, for not everyone
/// has our generator.
pub struct Task {
    file: NamedTempFile,
}

impl Task {
    /// Draws them.
    pub fn new() -> Result<Self> {
        let failed = |error: Failure| anyhow::anyhow!("{error}");
        let weights = Weights::draw(HIDDEN, 1).map_err(failed)?;
        // Far apart, none twice.
        let images = (0..STEPS * BATCH).map(|i| (i * 7919 % IMAGES) as f64);
        let mut file = NamedTempFile::new()
            .context("cannot make a file for the common weights")?;
        for number in weights.iter().chain(images) {
            file.write_all(&number.to_le_bytes())?;
        }
        file.flush()?;
        Ok(Self { file })
    }

    /// What a contestant makes of it.
    pub fn ask(&self, child: &mut Child) -> Result<Outcome> {
        let path: &Path = self.file.path();
        let losses = child.losses(&Request::Check(path.to_owned()))?;
        let accuracy = if child.can(Work::Predict) {
            Some(child.accuracy(&Request::Test)?)
        } else {
            None
        };
        Ok(Outcome { losses, accuracy })
    }
}

/// What a contestant found.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    losses: Vec<f64>,
    accuracy: Option<f64>,
}

/// Refuses a contestant that found something else than we did.
pub fn agree(
    child: &Child,
    precision: Precision,
    ours: &Outcome,
    theirs: &Outcome,
) -> Result<()> {
    let tolerance = child.contestant.tolerance(precision);
    if let Some(difference) = difference(ours, theirs, tolerance) {
        bail!(
            "{} computes something else than {OURS}: {difference}; it is not \
             timed",
            child.contestant.name
        );
    }
    Ok(())
}

fn difference(
    ours: &Outcome,
    theirs: &Outcome,
    tolerance: f64,
) -> Option<String> {
    if theirs.losses.len() != ours.losses.len() {
        let (found, expected) = (theirs.losses.len(), ours.losses.len());
        return Some(format!("expected {expected} losses, found {found}"));
    }
    let pairs = ours.losses.iter().zip(&theirs.losses);
    for (step, (expected, found)) in pairs.enumerate() {
        let off = (found - expected).abs() / expected.abs();
        // NaN is no agreement.
        if off.is_nan() || off > tolerance {
            return Some(format!(
                "at step {step} expected the loss {expected:?}, found \
                 {found:?}"
            ));
        }
    }
    let (expected, found) = ours.accuracy.zip(theirs.accuracy)?;
    let off = (found - expected).abs();
    (off.is_nan() || off > ACCURACY).then(|| {
        format!("expected the test accuracy {expected}, found {found}")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_same_is_agreement() {
        let outcome = |losses: &[f64], accuracy| Outcome {
            losses: losses.to_vec(),
            accuracy,
        };
        let ours = outcome(&[2.3, 2.2], Some(0.3));
        for (theirs, said) in [
            (outcome(&[2.3, 2.2], None), None),
            (outcome(&[2.3 + 1e-10, 2.2], Some(0.3005)), None),
            (outcome(&[2.3, 2.21], None), Some("at step 1")),
            (outcome(&[2.3, f64::NAN], None), Some("at step 1")),
            (outcome(&[2.3], None), Some("expected 2 losses")),
            (outcome(&[2.3, 2.2], Some(0.31)), Some("the test accuracy")),
        ] {
            let difference = difference(&ours, &theirs, 1e-9);
            match said {
                None => assert_eq!(difference, None),
                Some(said) => assert!(difference.unwrap().contains(said)),
            }
        }
    }
}
