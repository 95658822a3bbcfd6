//! Trains the book's network from the command line and prints how it goes.

use std::{
    env,
    error::Error,
    io::{self, Write},
    process::ExitCode,
    str::FromStr,
    time::Instant,
};

use backprop::{
    ChaCha8Rng, Dataset, Length, Mnist, Order, Plan, SeedableRng, Sgd, Sizes,
    TwoLayerNet, digits, train,
};

const HELP: &str = "\
Trains a network of two layers in f32 and prints how it goes.

Usage: cargo run --release --example train -- [OPTIONS]

Options:
  --epochs N           epochs, each image once in each [default: 10]
  --original           instead of --epochs: the original program's 10,000
                       random batches
  --batch N            images in a batch [default: 100]
  --hidden N           hidden units [default: 50]
  --learning-rate X    step = X times the gradient [default: 0.1]
  --he                 He's initial weights instead of 0.01 x normal
  --seed N             seed of the weights and of the order [default: 1]
  --digits             learn the crate's own digits instead of MNIST
  --help               print this
";

/// The epochs where none are asked for.
const EPOCHS: usize = 10;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn Error>> {
    let out = &mut io::stdout().lock();
    let words: Vec<String> = env::args().skip(1).collect();
    if words.iter().any(|word| word == "--help" || word == "-h") {
        write!(out, "{HELP}")?;
        return Ok(());
    }
    let options = Options::parse(words.into_iter())?;

    let start = Instant::now();
    let (learn, test) = options.data()?;
    let loaded = start.elapsed();
    let start = Instant::now();

    let sizes = Sizes {
        input: 784,
        hidden: options.hidden,
        output: 10,
    };
    let rng = &mut ChaCha8Rng::seed_from_u64(options.seed);
    let mut net = if options.he {
        TwoLayerNet::<f32>::he(sizes, rng)
    } else {
        TwoLayerNet::<f32>::new(sizes, rng)
    };
    let sgd = Sgd {
        learning_rate: options.learning_rate,
    };
    let history = train(&mut net, sgd, &learn, &test, &options.plan())?;

    writeln!(out, "epoch   step    loss  train   test")?;
    for record in &history.epochs {
        writeln!(
            out,
            "{:5} {:6}  {:.4}  {:.4}  {:.4}",
            record.epoch,
            record.step,
            record.loss,
            record.train_accuracy,
            record.test_accuracy
        )?;
    }
    writeln!(
        out,
        "{} images in {:.2} s, training and evaluation in {:.2} s",
        learn.len() + test.len(),
        loaded.as_secs_f64(),
        start.elapsed().as_secs_f64()
    )?;
    Ok(())
}

struct Options {
    /// How long to learn; the original program has a length of its own.
    epochs: Option<usize>,
    original: bool,
    batch: usize,
    hidden: usize,
    learning_rate: f64,
    he: bool,
    seed: u64,
    digits: bool,
}

impl Options {
    fn parse(
        mut words: impl Iterator<Item = String>,
    ) -> Result<Self, Box<dyn Error>> {
        let mut options = Self {
            epochs: None,
            original: false,
            batch: 100,
            hidden: 50,
            learning_rate: 0.1,
            he: false,
            seed: 1,
            digits: false,
        };
        while let Some(word) = words.next() {
            let value = &mut words;
            match word.as_str() {
                "--epochs" => options.epochs = Some(number(&word, value)?),
                "--original" => options.original = true,
                "--batch" => options.batch = number(&word, value)?,
                "--hidden" => options.hidden = number(&word, value)?,
                "--learning-rate" => {
                    options.learning_rate = number(&word, value)?;
                }
                "--he" => options.he = true,
                "--seed" => options.seed = number(&word, value)?,
                "--digits" => options.digits = true,
                _ => {
                    return Err(format!(
                        "unknown option {word}; --help lists them"
                    )
                    .into());
                }
            }
        }
        if options.original && options.epochs.is_some() {
            return Err("--original learns for 10,000 batches, and --epochs \
                        says otherwise: leave out one of them"
                .into());
        }
        Ok(options)
    }

    fn data(&self) -> Result<(Dataset, Dataset), Box<dyn Error>> {
        if self.digits {
            Ok((digits::dataset(10_000, 1), digits::dataset(2000, 2)))
        } else {
            let mnist = Mnist::load_default()?;
            Ok((mnist.train, mnist.test))
        }
    }

    fn plan(&self) -> Plan {
        if self.original {
            Plan {
                batch_size: self.batch,
                ..Plan::original(self.seed)
            }
        } else {
            Plan {
                batch_size: self.batch,
                length: Length::Epochs(self.epochs.unwrap_or(EPOCHS)),
                order: Order::Shuffle,
                seed: self.seed,
            }
        }
    }
}

fn number<T: FromStr>(
    option: &str,
    words: &mut impl Iterator<Item = String>,
) -> Result<T, String> {
    let word = words.next().ok_or(format!("{option} needs a number"))?;
    word.parse().map_err(|_| {
        format!("{option} needs a number, found {word}; --help says which")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Options, String> {
        let words = line.split_whitespace().map(str::to_owned);
        Options::parse(words).map_err(|error| error.to_string())
    }

    #[test]
    fn a_length_is_heeded_or_refused() {
        for (line, length) in [
            ("", Length::Epochs(10)),
            ("--epochs 3", Length::Epochs(3)),
            ("--original", Plan::original(1).length),
        ] {
            assert_eq!(parse(line).unwrap().plan().length, length, "{line}");
        }
        for line in ["--original --epochs 3", "--epochs 10 --original"] {
            let error = parse(line).err().unwrap_or_default();
            assert!(error.contains("leave out one"), "{line}: {error}");
        }
    }
}
