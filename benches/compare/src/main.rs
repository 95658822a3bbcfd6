//! `cargo compare`: the book's crate and its peers, side by side on this
//! machine.
//!
//! - [`contestant`] says who takes part, [`child`] runs one, [`own`] is those
//!   that are part of this program, [`setup`] installs the others;
//! - [`check`] sees that all compute the same, [`rounds`] lets them take
//!   turns, [`run`] does that for each kind of work;
//! - [`report`] prints [`results`] as tables, and the [`bars`] that our crate
//!   set itself; [`mod@file`] keeps them for the book.

mod bars;
mod check;
mod child;
mod cli;
mod column;
mod contestant;
mod file;
mod own;
mod report;
mod results;
mod rounds;
mod run;
mod setup;
mod table;

use std::process::ExitCode;

use anyhow::{Result, anyhow, bail};
use clap::Parser;

use cli::{Cli, Command, Options};
use contestant::Places;
use run::Run;

fn main() -> ExitCode {
    match start(Cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn start(cli: Cli) -> Result<()> {
    match cli.command {
        None => compare(&cli.options),
        Some(Command::Setup { only }) => setup::setup(&only, &Places::here()?),
        Some(Command::Contestant {
            name,
            precision,
            data,
            ..
        }) => own::run(&name, precision, &data)
            .map_err(|error| anyhow!("{name}: {error}")),
    }
}

fn compare(options: &Options) -> Result<()> {
    let mut places = Places::here()?;
    if let Some(data) = &options.data {
        places.data.clone_from(data);
    }
    let measured = places.measured();
    let mut run = Run::new(places, options)?;
    if options.write && !run.problems.is_empty() {
        bail!("--write needs all contestants: {}", run.problems.join("; "));
    }
    run.all()?;
    print!("{}", report::report(&run));
    if options.write {
        if !run.problems.is_empty() {
            bail!("not written: {}", run.problems.join("; "));
        }
        file::write(&measured, &run.versions, &run.results)?;
        println!("\nwritten: {}", measured.display());
    }
    Ok(())
}
