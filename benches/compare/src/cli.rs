//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use peer::Precision;

use crate::contestant::{ALL, Contestant};

const EXAMPLES: &str = "\
Examples:
  cargo compare                           all that is installed, 10 minutes
  cargo compare --quick                   the same in 2 minutes, less exact
  cargo compare --only NumPy --work step  one peer beside ours, one table
  cargo compare setup                     install the peers
  cargo compare --write                   and keep the measurements";

/// Runs the book's crate and its peers side by side on this machine.
///
/// They take turns in rounds, one at a time; what is shown is the median of
/// the rounds. A peer that is not installed is skipped.
#[derive(Debug, Parser)]
#[command(
    name = "cargo compare",
    bin_name = "cargo compare",
    version,
    after_help = EXAMPLES,
    args_conflicts_with_subcommands = true
)]
pub struct Cli {
    /// What to do; without a command: compare.
    #[command(subcommand)]
    pub command: Option<Command>,

    /// How to compare.
    #[command(flatten)]
    pub options: Options,
}

/// How to compare.
#[derive(Debug, Args)]
pub struct Options {
    /// The contestants beside ours, separated by commas [default: all].
    #[arg(
        long,
        value_name = "NAME",
        value_delimiter = ',',
        value_parser = contestant
    )]
    pub only: Vec<&'static Contestant>,

    /// The kinds of work, separated by commas [default: all].
    #[arg(long, value_name = "WORK", value_delimiter = ',')]
    pub work: Vec<Kind>,

    /// Rounds; more are more exact.
    #[arg(
        long,
        value_name = "N",
        default_value_t = 7,
        value_parser = clap::value_parser!(u16).range(1..)
    )]
    pub rounds: u16,

    /// Short turns, 3 rounds and no growth: to see that all works.
    #[arg(long, conflicts_with = "rounds")]
    pub quick: bool,

    /// Write the measurements to benches/measured/compare.toml; only with all
    /// contestants and all kinds of work.
    #[arg(long, conflicts_with_all = ["only", "work", "quick"])]
    pub write: bool,

    /// The folder of MNIST [default: data/mnist in the book's root].
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Install the peers below target/peers: Python packages at locked
    /// versions, and programs that are built.
    Setup {
        /// The contestants to install, separated by commas [default: all].
        #[arg(
            long,
            value_name = "NAME",
            value_delimiter = ',',
            value_parser = contestant
        )]
        only: Vec<&'static Contestant>,
    },

    /// Be a contestant: answer the lines of standard input.
    #[command(hide = true)]
    Contestant {
        /// Its name.
        name: String,
        /// Its precision.
        precision: Precision,
        /// Its threads, which `RAYON_NUM_THREADS` says too.
        threads: usize,
        /// The folder of MNIST.
        data: PathBuf,
    },
}

/// A kind of work, each with tables of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Kind {
    /// The training step.
    Step,
    /// The five bare products of a step, and the two of a prediction.
    Products,
    /// Prediction of the 10,000 test images.
    Predict,
    /// The numerical gradient of the whole network.
    Numerical,
    /// 10 epochs, and the memory that they take.
    Epochs,
    /// 10 epochs of ours, evaluated on both sets after each.
    Evaluated,
    /// The step of ours with each of its optimizers.
    Optimizers,
    /// From the start of the process to the end of the first step.
    Start,
    /// Test accuracy after the original program's 10,000 steps.
    Accuracy,
    /// The cost of a step as batch and network grow.
    Growth,
    /// The way from a first attempt to ours, one improvement at a time.
    Ladder,
}

/// The contestant of that name.
fn contestant(name: &str) -> Result<&'static Contestant, String> {
    let name = name.trim();
    let mut all = ALL.iter();
    all.find(|it| it.name.eq_ignore_ascii_case(name))
        .ok_or_else(|| {
            let names = ALL.each_ref().map(|it| it.name).join(", ");
            format!("expected one of {names}")
        })
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
    }

    #[test]
    fn contestants_are_found_by_name() {
        let line = ["compare", "--only", "numpy,PyTorch compiled"];
        let only = Cli::try_parse_from(line).unwrap().options.only;
        let names: Vec<_> = only.iter().map(|it| it.name).collect();
        assert_eq!(names, ["NumPy", "PyTorch compiled"]);
        let error = contestant("tinygrad").unwrap_err();
        assert!(error.starts_with("expected one of backprop, "), "{error}");
    }

    #[test]
    fn a_partial_comparison_is_not_written() {
        for part in ["--only=NumPy", "--work=step", "--quick"] {
            let line = ["compare", "--write", part];
            assert!(Cli::try_parse_from(line).is_err(), "{part}");
        }
    }
}
