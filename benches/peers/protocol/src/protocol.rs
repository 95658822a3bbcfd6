//! The lines that are said.

use std::{
    fmt::{self, Display, Formatter},
    path::PathBuf,
    str::FromStr,
};

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// The numbers that a contestant works in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Precision {
    /// Single, 32 bits.
    F32,
    /// Double, 64 bits.
    F64,
}

impl Display for Precision {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::F32 => "f32",
            Self::F64 => "f64",
        })
    }
}

impl FromStr for Precision {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        match text {
            "f32" => Ok(Self::F32),
            "f64" => Ok(Self::F64),
            _ => Err(ParseError(text.to_owned())),
        }
    }
}

/// A kind of work that a contestant may be able to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Work {
    /// Training steps, and with them whole epochs.
    Step,
    /// The five bare matrix products of a step.
    Products,
    /// The classes of all test images.
    Predict,
    /// The two bare matrix products of a prediction.
    Forward,
    /// Epochs, the network evaluated on both sets after each.
    Evaluated,
    /// The numerical gradient of the whole network.
    Numerical,
    /// Steps with other sizes of batch and network.
    Grow,
}

/// The first line of a contestant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hello {
    /// What it is, such as `NumPy`.
    pub name: String,
    /// Of which version.
    pub version: String,
    /// What it may be asked for.
    pub can: Vec<Work>,
}

/// A line to a contestant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// `check FILE`: the losses of some steps from given weights on given
    /// batches.
    Check(PathBuf),
    /// `test`: the test accuracy of the network as it is.
    Test,
    /// `step N`: N training steps, each with 100 images drawn at random.
    Step(usize),
    /// `grow N BATCH HIDDEN`: N training steps in other sizes.
    Grow {
        /// How many steps.
        steps: usize,
        /// Images in a batch.
        batch: usize,
        /// Hidden units.
        hidden: usize,
    },
    /// `epoch N`: N times all training images, shuffled, without evaluation.
    Epoch(usize),
    /// `evaluated N`: N times all training images, shuffled, from fresh
    /// weights, evaluated on both sets before the first time and after each.
    Evaluated(usize),
    /// `predict N`: N times the classes of all test images.
    Predict(usize),
    /// `products N`: N times the five products of a step.
    Products(usize),
    /// `forward N`: N times the two products of the prediction of 10,000
    /// images.
    Forward(usize),
    /// `numerical N`: N times the numerical gradient for a batch of 3.
    Numerical(usize),
    /// `accuracy SEED`: the test accuracy after 10,000 steps from fresh
    /// weights.
    Accuracy(u64),
}

impl Display for Request {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Check(file) => write!(f, "check {}", file.display()),
            Self::Test => write!(f, "test"),
            Self::Step(steps) => write!(f, "step {steps}"),
            Self::Grow {
                steps,
                batch,
                hidden,
            } => write!(f, "grow {steps} {batch} {hidden}"),
            Self::Epoch(epochs) => write!(f, "epoch {epochs}"),
            Self::Evaluated(epochs) => write!(f, "evaluated {epochs}"),
            Self::Predict(times) => write!(f, "predict {times}"),
            Self::Products(times) => write!(f, "products {times}"),
            Self::Forward(times) => write!(f, "forward {times}"),
            Self::Numerical(times) => write!(f, "numerical {times}"),
            Self::Accuracy(seed) => write!(f, "accuracy {seed}"),
        }
    }
}

/// A line or a word that is none of ours.
#[derive(Debug, Error, PartialEq, Eq)]
#[error(
    "{0:?} is none of: f32, f64, check FILE, test, step N, grow N BATCH \
     HIDDEN, epoch N, evaluated N, predict N, products N, forward N, \
     numerical N, accuracy SEED"
)]
pub struct ParseError(String);

impl FromStr for Request {
    type Err = ParseError;

    fn from_str(line: &str) -> Result<Self, ParseError> {
        let unknown = || ParseError(line.to_owned());
        let number = |word: &str| word.parse::<usize>().map_err(|_| unknown());
        let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
        Ok(match verb {
            "check" if !rest.is_empty() => Self::Check(rest.into()),
            "test" if rest.is_empty() => Self::Test,
            "step" => Self::Step(number(rest)?),
            "epoch" => Self::Epoch(number(rest)?),
            "evaluated" => Self::Evaluated(number(rest)?),
            "predict" => Self::Predict(number(rest)?),
            "products" => Self::Products(number(rest)?),
            "forward" => Self::Forward(number(rest)?),
            "numerical" => Self::Numerical(number(rest)?),
            "accuracy" => Self::Accuracy(rest.parse().map_err(|_| unknown())?),
            "grow" => match rest.split(' ').collect::<Vec<_>>()[..] {
                [steps, batch, hidden] => Self::Grow {
                    steps: number(steps)?,
                    batch: number(batch)?,
                    hidden: number(hidden)?,
                },
                _ => return Err(unknown()),
            },
            _ => return Err(unknown()),
        })
    }
}

/// A line of a contestant, such as `{"seconds": 0.000214}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Answer {
    /// How long one of the N took: all of them together, divided by N.
    Seconds(f64),
    /// The loss of each batch, before its step was taken.
    Losses(Vec<f64>),
    /// The fraction of the test images that was right.
    Accuracy(f64),
    /// Why there is no answer.
    Error(String),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_read_as_they_are_written() {
        for line in [
            "check /a b/c",
            "test",
            "step 200",
            "grow 20 1000 50",
            "epoch 10",
            "evaluated 10",
            "predict 3",
            "products 50",
            "forward 4",
            "numerical 1",
            "accuracy 5",
        ] {
            assert_eq!(line.parse::<Request>().unwrap().to_string(), line);
        }
        for line in ["", "step", "step x", "step -1", "grow 1 2", "jump 3"] {
            let error = line.parse::<Request>().unwrap_err().to_string();
            assert!(error.starts_with(&format!("{line:?} is none")), "{error}");
        }
    }

    #[test]
    fn answers_are_one_key_and_its_value() {
        for (line, answer) in [
            (r#"{"seconds":0.5}"#, Answer::Seconds(0.5)),
            (r#"{"losses":[2.3,2.2]}"#, Answer::Losses(vec![2.3, 2.2])),
            (r#"{"accuracy":0.97}"#, Answer::Accuracy(0.97)),
            (r#"{"error":"no"}"#, Answer::Error("no".to_owned())),
        ] {
            assert_eq!(serde_json::to_string(&answer).unwrap(), line);
            let read: Answer = serde_json::from_str(line).unwrap();
            assert_eq!(read, answer);
        }
    }

    #[test]
    fn a_hello_names_its_work() {
        let line = r#"{"name":"NumPy","version":"2","can":["step","grow"]}"#;
        let hello: Hello = serde_json::from_str(line).unwrap();
        assert_eq!(hello.can, [Work::Step, Work::Grow]);
        assert_eq!(serde_json::to_string(&hello).unwrap(), line);
    }
}
