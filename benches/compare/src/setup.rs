//! Installs the peers below `target/peers`.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::contestant::{ALL, Contestant, Places, Program};

/// Installs those, or all.
pub fn setup(only: &[&'static Contestant], places: &Places) -> Result<()> {
    let programs: Vec<Program> = ALL
        .iter()
        .filter(|it| {
            only.is_empty() || only.iter().any(|other| other.name == it.name)
        })
        .map(|it| it.program)
        .collect();
    if programs.iter().any(|it| matches!(it, Program::Python(..))) {
        python(places)?;
    }
    for program in programs {
        match program {
            Program::Rust(package, _) => {
                let package = places.peers().join(package);
                rust(places, &package, &[])?;
            }
            Program::Blas => {
                // It needs a library of the system's.
                let package = places.root.join("benches/compare");
                rust(places, &package, &["--features", "blas"])?;
            }
            Program::Own | Program::Python(..) => {}
        }
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

fn rust(places: &Places, package: &Path, options: &[&str]) -> Result<()> {
    let manifest = package.join("Cargo.toml");
    let cargo = std::env::var_os("CARGO").unwrap_or("cargo".into());
    run(Command::new(cargo)
        .args(["build", "--release", "--locked"])
        .args(options)
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
