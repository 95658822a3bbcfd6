//! Trains the book's network from the command line and prints how it goes.

use std::{
    env,
    error::Error,
    io::{self, Write},
    num::NonZeroU8,
    process::ExitCode,
    str::FromStr,
    time::Instant,
};

use backprop::{
    ChaCha8Rng, Dataset, Float, History, Length, Mnist, Plan, Sampling,
    SeedableRng, Sgd, Sizes, TrainError, TwoLayerNet, digits, train,
};
use rayon::{ThreadPool, ThreadPoolBuilder};

const HELP: &str = "\
Trains a network of two layers and prints how it goes.

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
  --f64                numbers of 64 bits instead of 32
  --threads N          threads, at most 255 [default: one for each core]
  --digits             learn the crate's own digits instead of MNIST
  --help               print this
";

/// What most options need.
const WHOLE: &str = "a whole number";

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

    let pool = options.pool()?;
    let history = pool.install(|| {
        if options.f64 {
            options.train::<f64>(&learn, &test)
        } else {
            options.train::<f32>(&learn, &test)
        }
    })?;

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
        "{} images in {:.2} s, training and evaluation in {:.2} s, {}, \
         threads: {}",
        learn.len() + test.len(),
        loaded.as_secs_f64(),
        start.elapsed().as_secs_f64(),
        if options.f64 { "f64" } else { "f32" },
        pool.current_num_threads()
    )?;
    Ok(())
}

#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a switch of the command line"
)]
struct Options {
    /// How long to learn; the original program has a length of its own.
    epochs: Option<usize>,
    original: bool,
    batch: usize,
    hidden: usize,
    learning_rate: f64,
    he: bool,
    seed: u64,
    f64: bool,
    /// As many as there are cores if nobody says.
    threads: Option<NonZeroU8>,
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
            f64: false,
            threads: None,
            digits: false,
        };
        while let Some(word) = words.next() {
            let value = &mut words;
            match word.as_str() {
                "--epochs" => {
                    options.epochs = Some(number(&word, WHOLE, value)?);
                }
                "--original" => options.original = true,
                "--batch" => options.batch = number(&word, WHOLE, value)?,
                "--hidden" => options.hidden = number(&word, WHOLE, value)?,
                "--learning-rate" => {
                    options.learning_rate = number(&word, "a number", value)?;
                }
                "--he" => options.he = true,
                "--seed" => options.seed = number(&word, WHOLE, value)?,
                "--f64" => options.f64 = true,
                "--threads" => {
                    let needs = "a whole number from 1 to 255";
                    options.threads = Some(number(&word, needs, value)?);
                }
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

    /// The threads that the training shares.
    fn pool(&self) -> Result<ThreadPool, String> {
        // Rayon's own default is as many as there are cores, too, unless the
        // environment says otherwise.
        let threads = self.threads.map_or(0, |threads| threads.get().into());
        ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .map_err(|error| format!("cannot start the threads: {error}"))
    }

    fn train<F: Float>(
        &self,
        learn: &Dataset,
        test: &Dataset,
    ) -> Result<History, TrainError> {
        let sizes = Sizes {
            input: 784,
            hidden: self.hidden,
            output: 10,
        };
        let rng = &mut ChaCha8Rng::seed_from_u64(self.seed);
        let mut net = if self.he {
            TwoLayerNet::<F>::he_normal(sizes, rng)
        } else {
            TwoLayerNet::<F>::new(sizes, rng)
        };
        let sgd = Sgd {
            learning_rate: self.learning_rate,
        };
        train(&mut net, sgd, learn, test, &self.plan())
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
                sampling: Sampling::Shuffled,
                seed: self.seed,
            }
        }
    }
}

/// The word after an option, which must be what the option needs.
fn number<T: FromStr>(
    option: &str,
    needs: &str,
    words: &mut impl Iterator<Item = String>,
) -> Result<T, String> {
    let word = words.next();
    word.as_deref()
        .and_then(|word| word.parse().ok())
        .ok_or_else(|| {
            let found = word.as_deref().unwrap_or("nothing");
            format!("{option} needs {needs}, found {found}")
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
    #[test]
    fn threads_are_counted_from_one() {
        for (line, threads) in [("--threads 1", 1), ("--threads 3", 3)] {
            let pool = parse(line).unwrap().pool().unwrap();
            assert_eq!(pool.current_num_threads(), threads);
        }
        for (line, found) in [
            ("--threads 0", "0"),
            ("--threads 256", "256"),
            ("--threads two", "two"),
            ("--threads", "nothing"),
        ] {
            let error = parse(line).err().unwrap_or_default();
            let expected = format!(
                "--threads needs a whole number from 1 to 255, found {found}"
            );
            assert_eq!(error, expected, "{line}");
        }
    }
}
