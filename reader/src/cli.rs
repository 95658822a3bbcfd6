//! The command line.

use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;
use std::time::Duration;

use clap::error::ErrorKind;
use clap::parser::ValueSource;
use clap::{
    ArgMatches, Args, CommandFactory, Error, FromArgMatches, Parser, Subcommand,
};

use crate::data::Origin;
use crate::live::{self, Limit};

const EXAMPLES: &str = "\
Examples:
  cargo book                      render and serve, open a browser, fetch the data
  cargo book --no-open --port 0   serve at a port that the system chooses
  cargo book --offline            the same without the network
  cargo book build                render the book to files
  cargo book bless                accept what the cells print
  cargo book exercises            write the exercises, and check what you save
  cargo book time                 time the cells as they run on the pages
  cargo book notebook             write the pages as Jupyter notebooks
  cargo book data --from ../data  take the data sets from a folder";

const BLESS_EXAMPLES: &str = "\
Examples:
  cargo book bless                      every page
  cargo book bless chapters/preface.md  one page";

const EXERCISES_EXAMPLES: &str = "\
Examples:
  cargo book exercises                 write them, list them, check what you save
  cargo book exercises --list          which are solved
  cargo book exercises 4-1             check one
  cargo book exercises --solution 4-1  show its solution

They are files in exercises/, one for each, with what it asks in a comment. To
have rust-analyzer's help, open that folder in your editor: it is a package.
What you write is never overwritten; remove a file to begin it anew. Answers
run confined, as cells do on the page.";

const TIME_EXAMPLES: &str = "\
Examples:
  cargo book time                              every cell of the book
  cargo book time preface.md                   those of one page
  cargo book time --write measured/cells.toml  every cell, and keep the times";

const NOTEBOOK_EXAMPLES: &str = "\
Examples:
  cargo book notebook                        every page
  cargo book notebook chapters/preface.md    one page
  cargo book notebook --out notebooks        into another folder

To run them: cargo install evcxr_jupyter && evcxr_jupyter --install
An evcxr cell can keep no borrow for the next, and no closure: cells that share
one are joined, and the notebook says so. Paths in a notebook lead to the book's
folder: in it, they hold in every copy of the book.";

const DATA_EXAMPLES: &str = "\
Examples:
  cargo book data                        every data set, from its mirrors
  cargo book data mnist                  one data set
  cargo book data --from ~/Downloads     from a folder, plain or .gz
  cargo book data --from https://a.org/  from another mirror";

/// Reads a book of cells: renders it, serves it with cells that can be changed
/// and run, accepts what they print, takes its pages away as notebooks, fetches
/// its data sets.
///
/// What runs from a page is a program on this machine, as you. On Linux it is
/// confined: it reads the book, its data and the toolchain, writes to a folder
/// of its own that is removed at its end, and opens no network connection.
/// Elsewhere it may do all that you may; the page says so. Only this machine
/// can run cells, and only with the token of the address that is printed.
#[derive(Debug, Parser)]
#[command(
    name = "cargo book",
    bin_name = "cargo book",
    version,
    after_help = EXAMPLES
)]
pub struct Cli {
    /// What to do; without a command: serve, and fetch what is missing.
    #[command(subcommand)]
    pub command: Option<Command>,

    /// The book's root, which holds book.toml [default: the nearest one, from
    /// here upwards].
    #[arg(long, global = true, value_name = "DIR")]
    pub root: Option<PathBuf>,

    /// Do not use the network.
    #[arg(long, global = true)]
    pub offline: bool,

    /// How to serve.
    #[command(flatten)]
    pub serve: Serve,
}

impl Cli {
    /// Reads the command line, or ends the program with what is wrong with it.
    pub fn read() -> Self {
        let matches = Self::command().get_matches();
        let cli = check(&matches).and_then(|()| {
            let cli = Self::from_arg_matches(&matches);
            cli.map_err(|error| error.format(&mut Self::command()))
        });
        cli.unwrap_or_else(|error| error.exit())
    }
}

/// Refuses options for serving with a command, which would not heed them.
fn check(matches: &ArgMatches) -> Result<(), Error> {
    let Some(command) = matches.subcommand_name() else {
        return Ok(());
    };
    for (id, option) in [
        ("no_open", "--no-open"),
        ("port", "--port"),
        ("host", "--host"),
        ("no_run", "--no-run"),
        ("run_for_others", "--run-for-others"),
        ("unconfined", "--unconfined"),
        ("limit", "--limit"),
    ] {
        if matches.value_source(id) == Some(ValueSource::CommandLine) {
            let message = format!(
                "{option} is for serving, which `cargo book {command}` does \
                 not do: leave out {option}, or {command}"
            );
            let kind = ErrorKind::ArgumentConflict;
            return Err(Cli::command().error(kind, message));
        }
    }
    Ok(())
}

/// How to serve.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is an option")]
pub struct Serve {
    /// Do not open a browser.
    #[arg(long)]
    pub no_open: bool,

    /// The port to serve at [default: 3000, or the next that is free].
    #[arg(long, value_name = "PORT")]
    pub port: Option<u16>,

    /// The address to serve at; any but the default lets other machines read
    /// the book.
    #[arg(long, value_name = "ADDRESS", default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    pub host: IpAddr,

    /// Do not let cells be run from the pages. They run programs on this
    /// machine, as you: see reader/SECURITY.md for what these may do.
    #[arg(long)]
    pub no_run: bool,

    /// With another --host: let those run cells who have the address with the
    /// token. They run programs on this machine, as you.
    #[arg(long, conflicts_with = "no_run")]
    pub run_for_others: bool,

    /// Let cells do all that you may do: read your files, write them, use the
    /// network. Without this, Linux keeps them from it.
    #[arg(long, conflicts_with = "no_run")]
    pub unconfined: bool,

    /// For tests: other limits of what runs.
    #[arg(long, hide = true, value_parser = live::change)]
    pub limit: Vec<(Limit, u32)>,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Render the book to files.
    Build,

    /// Run the cells, and write what they print into the pages.
    #[command(after_help = BLESS_EXAMPLES)]
    Bless {
        /// The pages to bless, with their path or file name [default: all].
        #[arg(value_name = "PAGE")]
        pages: Vec<PathBuf>,
    },

    /// Solve the exercises in your own editor: write what each begins with into
    /// a file, and check what you save.
    #[command(after_help = EXERCISES_EXAMPLES)]
    Exercises {
        /// The exercise to check, such as 4-1 [default: each that is saved].
        number: Option<String>,

        /// Show which are solved, and end.
        #[arg(long, conflicts_with = "number")]
        list: bool,

        /// Show the exercise's solution.
        #[arg(long, requires = "number")]
        solution: bool,

        /// The folder of the files, from the book's root.
        #[arg(long, value_name = "DIR", default_value = "exercises")]
        folder: PathBuf,

        /// Let answers do all that you may do: read your files, write them, use
        /// the network. Without this, Linux keeps them from it.
        #[arg(long)]
        unconfined: bool,
    },

    /// Time the cells as a reader runs them on the page: how long from the
    /// press of a button to the first that it prints, and to its end.
    ///
    /// Each cell is run twice: as a program that was never built, and once
    /// more. Leave the machine alone meanwhile.
    #[command(after_help = TIME_EXAMPLES)]
    Time {
        /// The pages to time, with their path or file name [default: all].
        #[arg(value_name = "PAGE")]
        pages: Vec<PathBuf>,

        /// Keep the times in this file, with the machine and the day.
        #[arg(long, value_name = "FILE", conflicts_with = "pages")]
        write: Option<PathBuf>,
    },

    /// Write the pages as Jupyter notebooks with their outputs, for evcxr, the
    /// Rust kernel.
    #[command(after_help = NOTEBOOK_EXAMPLES)]
    Notebook {
        /// The folder to write them to [default: notebooks, beside the
        /// rendered book].
        #[arg(long, value_name = "DIR")]
        out: Option<PathBuf>,

        /// The pages to write, with their path or file name [default: all].
        #[arg(value_name = "PAGE")]
        pages: Vec<PathBuf>,
    },

    /// Fetch data sets, each file whole and checked, or not at all.
    #[command(after_help = DATA_EXAMPLES)]
    Data {
        /// The data set to fetch [default: all that book.toml declares].
        name: Option<String>,

        /// A folder or a mirror to take the files from.
        #[arg(long, value_name = "DIR-or-URL")]
        from: Option<Origin>,

        /// How long a mirror may stay silent, or bring next to nothing, before it
        /// is given up.
        #[arg(
            long,
            value_name = "SECONDS",
            default_value = "20",
            value_parser = seconds
        )]
        timeout: Duration,
    },

    /// Be mdBook's preprocessor: read a book from standard input, write it to
    /// standard output.
    Preprocess {
        /// The question that mdBook asks first.
        #[command(subcommand)]
        question: Option<Question>,
    },
}

/// What mdBook asks a preprocessor.
#[derive(Debug, Subcommand)]
pub enum Question {
    /// Exit with success if this renderer is supported.
    Supports {
        /// The renderer's name.
        renderer: String,
    },
}

fn seconds(text: &str) -> Result<Duration, String> {
    text.parse()
        .ok()
        .filter(|seconds| *seconds > 0.0)
        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
        .ok_or_else(|| "expected a number of seconds, such as 20".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
    }

    /// What is wrong with the options for serving in this command line.
    fn problem(line: &str) -> Option<String> {
        let words = line.split_whitespace();
        let matches = Cli::command().get_matches_from(words);
        check(&matches).err().map(|error| error.to_string())
    }

    #[test]
    fn options_for_serving_are_refused_with_a_command() {
        for (line, option) in [
            ("book --port 3 build", "--port is for serving"),
            ("book --host ::1 --root x bless", "--host is for serving"),
            (
                "book --no-open preprocess supports html",
                "--no-open is for",
            ),
        ] {
            let problem = problem(line);
            assert!(problem.is_some_and(|p| p.contains(option)), "{line}");
        }
        for line in [
            "book --port 3 --host ::1",
            "book --offline --root x build",
            "book",
        ] {
            assert_eq!(problem(line), None, "{line}");
        }
    }
}
