//! Installs the peers below `target/peers`.

use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::contestant::{ALL, Contestant, Places, Program};

/// Installs those, or all. The peers in Python share one installation; what
/// else fails does not hold up the others.
pub fn setup(only: &[&'static Contestant], places: &Places) -> Result<()> {
    let mut failures = 0;
    let mut python_is_done = false;
    for contestant in ALL.iter().filter(|it| {
        only.is_empty() || only.iter().any(|other| other.name == it.name)
    }) {
        let installed = match contestant.program {
            Program::Own => continue,
            Program::Python(..) if python_is_done => continue,
            Program::Python(..) => {
                python_is_done = true;
                python(places)
            }
            Program::Rust(package, _) => rust(places, package),
        };
        if let Err(error) = installed {
            let name = match contestant.program {
                Program::Python(..) => "the peers in Python",
                _ => contestant.name,
            };
            eprintln!("not installed: {name}: {error:#}");
            failures += 1;
        }
    }
    if failures > 0 {
        bail!("not all of the peers are installed; the others are");
    }
    println!("the peers are in {}", places.made().display());
    Ok(())
}

fn python(places: &Places) -> Result<()> {
    let venv = places.made().join("venv");
    if !places.python().is_file() {
        let python = if cfg!(windows) { "python" } else { "python3" };
        run(Command::new(python).args(["-m", "venv"]).arg(&venv))?;
    }
    let list = places.peers().join("requirements.txt");
    run(Command::new(places.python())
        .args(["-m", "pip", "install", "--disable-pip-version-check"])
        .args(["--no-deps", "--requirement"])
        .arg(list))
}

fn rust(places: &Places, package: &str) -> Result<()> {
    let manifest = places.peers().join(package).join("Cargo.toml");
    let cargo = std::env::var_os("CARGO").unwrap_or("cargo".into());
    run(Command::new(cargo)
        .args(["build", "--release", "--locked"])
        .arg("--manifest-path")
        .arg(manifest)
        .arg("--target-dir")
        .arg(places.made()))
}

fn run(command: &mut Command) -> Result<()> {
    let shown = format!("{command:?}").replace('"', "");
    eprintln!("{shown}");
    let status = command
        .status()
        .with_context(|| format!("cannot run {shown}"))?;
    if !status.success() {
        bail!("{shown}: it failed, {status}; its own words are above");
    }
    Ok(())
}
