//! The contestant's side.

use std::{
    env, fs,
    hint::black_box,
    io::{self, BufRead, Write},
    path::Path,
    process::ExitCode,
    time::Instant,
};

use rand::{RngExt, SeedableRng, rngs::StdRng, seq::SliceRandom};
use serde::Serialize;

use crate::{
    Answer, BATCH, Failure, HIDDEN, Hello, Mnist, Peer, Precision, Request,
    Weights,
};

/// Steps of the original program.
const ORIGINAL_STEPS: usize = 10_000;

/// All that a program does that is one contestant: reads its command line,
/// `f32|f64 THREADS FOLDER-OF-MNIST`, loads the images, makes the peer of
/// them, and speaks. Threads are the library's affair, by its environment.
pub fn be<P: Peer>(
    hello: &Hello,
    make: impl FnOnce(Precision, Mnist) -> Result<P, Failure>,
) -> ExitCode {
    let run = || -> Result<(), Failure> {
        let words: Vec<String> = env::args().skip(1).collect();
        let [precision, _threads, folder] = &words[..] else {
            return Err("expected: f32|f64 THREADS FOLDER-OF-MNIST".into());
        };
        let mnist = Mnist::read(Path::new(folder))?;
        speak(hello, &mut make(precision.parse()?, mnist)?)
    };
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Says hello, then does what is asked for until there is nothing more.
///
/// # Errors
///
/// If standard input cannot be read, or standard output written.
pub fn speak(hello: &Hello, peer: &mut dyn Peer) -> Result<(), Failure> {
    say(hello)?;
    let mut speaker = Speaker {
        peer,
        rng: StdRng::seed_from_u64(1),
        hidden: 0,
    };
    for line in io::stdin().lock().lines() {
        let answer = line?
            .parse()
            .map_err(Failure::from)
            .and_then(|request| speaker.answer(request))
            .unwrap_or_else(|error| Answer::Error(error.to_string()));
        say(&answer)?;
    }
    Ok(())
}

fn say(words: &impl Serialize) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    writeln!(out, "{}", serde_json::to_string(words)?)?;
    Ok(out.flush()?)
}

struct Speaker<'a> {
    peer: &'a mut dyn Peer,
    rng: StdRng,
    /// The hidden units of the network as it is; 0 before there is one.
    hidden: usize,
}

impl Speaker<'_> {
    fn answer(&mut self, request: Request) -> Result<Answer, Failure> {
        match request {
            Request::Check(file) => self.check(&file),
            Request::Test => self.accuracy(),
            Request::Step(steps) => self.steps(steps, BATCH, HIDDEN),
            Request::Grow {
                steps,
                batch,
                hidden,
            } => self.steps(steps, batch, hidden),
            Request::Epoch(epochs) => {
                self.fit(HIDDEN)?;
                self.timed(epochs, Self::epoch)
            }
            Request::Evaluated(epochs) => {
                self.peer.set(&Weights::draw(HIDDEN, 1)?)?;
                self.hidden = HIDDEN;
                let start = Instant::now();
                self.peer.evaluated(epochs)?;
                Ok(per_unit(start, epochs))
            }
            Request::Predict(times) => {
                self.fit(HIDDEN)?;
                self.timed(times, |this| {
                    black_box(this.peer.predict()?);
                    Ok(())
                })
            }
            Request::Products(times) => {
                let start = Instant::now();
                self.peer.products(times)?;
                Ok(per_unit(start, times))
            }
            Request::Forward(times) => {
                let start = Instant::now();
                self.peer.forward(times)?;
                Ok(per_unit(start, times))
            }
            Request::Numerical(times) => {
                self.fit(HIDDEN)?;
                self.timed(times, |this| this.peer.numerical())
            }
            Request::Accuracy(seed) => {
                self.rng = StdRng::seed_from_u64(seed);
                self.peer.set(&Weights::draw(HIDDEN, seed)?)?;
                self.hidden = HIDDEN;
                let batches = self.draw(ORIGINAL_STEPS, BATCH);
                self.peer.train(&batches)?;
                self.accuracy()
            }
        }
    }

    /// Sees to a network of that many hidden units.
    fn fit(&mut self, hidden: usize) -> Result<(), Failure> {
        if self.hidden != hidden {
            self.peer.set(&Weights::draw(hidden, 1)?)?;
            self.hidden = hidden;
        }
        Ok(())
    }

    /// The drawing of the batches is part of the work.
    fn steps(
        &mut self,
        steps: usize,
        batch: usize,
        hidden: usize,
    ) -> Result<Answer, Failure> {
        self.fit(hidden)?;
        let start = Instant::now();
        let batches = self.draw(steps, batch);
        black_box(self.peer.train(&batches)?);
        Ok(per_unit(start, steps))
    }

    fn draw(&mut self, steps: usize, batch: usize) -> Vec<Vec<usize>> {
        let images = self.peer.images();
        let rng = &mut self.rng;
        let mut draw = || rng.random_range(0..images);
        (0..steps)
            .map(|_| (0..batch).map(|_| draw()).collect())
            .collect()
    }

    fn epoch(&mut self) -> Result<(), Failure> {
        let mut numbers: Vec<usize> = (0..self.peer.images()).collect();
        numbers.shuffle(&mut self.rng);
        let batches: Vec<Vec<usize>> =
            numbers.chunks(BATCH).map(<[usize]>::to_vec).collect();
        black_box(self.peer.train(&batches)?);
        Ok(())
    }

    fn timed(
        &mut self,
        times: usize,
        mut work: impl FnMut(&mut Self) -> Result<(), Failure>,
    ) -> Result<Answer, Failure> {
        let start = Instant::now();
        for _ in 0..times {
            work(self)?;
        }
        Ok(per_unit(start, times))
    }

    fn accuracy(&mut self) -> Result<Answer, Failure> {
        let right = self.peer.predict()?;
        Ok(Answer::Accuracy(
            right as f64 / self.peer.test_images() as f64,
        ))
    }

    /// The file holds `f64`, little-endian: `W1`, `b1`, `W2`, `b2`, then the
    /// numbers of the images, batch after batch.
    fn check(&mut self, file: &Path) -> Result<Answer, Failure> {
        let bytes = fs::read(file)?;
        let (numbers, _) = bytes.as_chunks();
        let numbers: Vec<f64> = numbers
            .iter()
            .map(|&bytes| f64::from_le_bytes(bytes))
            .collect();
        let (weights, images) = Weights::split(&numbers)?;
        let batches: Vec<Vec<usize>> =
            images.chunks(BATCH).map(whole).collect();
        self.peer.set(&weights)?;
        self.hidden = HIDDEN;
        Ok(Answer::Losses(self.peer.train(&batches)?))
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "these are the numbers of images"
)]
fn whole(numbers: &[f64]) -> Vec<usize> {
    numbers.iter().map(|&number| number as usize).collect()
}

fn per_unit(start: Instant, units: usize) -> Answer {
    Answer::Seconds(start.elapsed().as_secs_f64() / units.max(1) as f64)
}
