//! Who takes part.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use peer::Precision;

use crate::column::Column;
use crate::own::ladder::{
    ALLOCATED_ONCE, CACHE_LINES, FAER, FUSED, NO_INPUT_GRADIENT, PLAIN,
    TWO_THREADS, VECTORS,
};

/// The contestant that the others are measured against.
pub const OURS: &str = "backprop";

/// The same with the system's `OpenBLAS` for its products.
pub const OURS_BLAS: &str = "backprop blas";

/// As many multiplications and additions as the five products have, without
/// a matrix.
pub const ARITHMETIC: &str = "arithmetic";

/// One that takes part.
#[derive(Debug)]
pub struct Contestant {
    /// Its name in tables and for `--only`.
    pub name: &'static str,
    /// How it is started.
    pub program: Program,
    /// The precisions that it works in.
    pub precisions: &'static [Precision],
    /// The most threads that it can use.
    pub threads: usize,
    /// How far its losses may be from ours, relative, in double precision.
    pub tolerance: f64,
}

/// How a contestant is started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Program {
    /// This program itself.
    Own,
    /// This program, built with the feature `blas`.
    Blas,
    /// A script below `benches/peers`, and its variant.
    Python(&'static str, Option<&'static str>),
    /// A package below `benches/peers`, and its program.
    Rust(&'static str, &'static str),
}

const BOTH: &[Precision] = &[Precision::F32, Precision::F64];

/// Everyone, in the order of the tables.
pub static ALL: [Contestant; 12] = [
    new(OURS, Program::Own),
    new(OURS_BLAS, Program::Blas),
    new(ARITHMETIC, Program::Own),
    new("faer", Program::Own),
    Contestant {
        threads: 1,
        ..new("ndarray", Program::Own)
    },
    new("NumPy", Program::Python("numpy_peer.py", None)),
    new("burn", Program::Rust("burn", "burn-peer")),
    new("JAX", Program::Python("jax_peer.py", None)),
    new(
        "PyTorch compiled",
        Program::Python("torch_peer.py", Some("compiled")),
    ),
    new("PyTorch", Program::Python("torch_peer.py", None)),
    new("candle", Program::Rust("candle", "candle-peer")),
    Contestant {
        precisions: &[Precision::F64],
        // 1e-7 is added within its logarithm, and its images are f32.
        tolerance: 1e-5,
        ..new("the original", Program::Python("original.py", None))
    },
];

/// The way from a first attempt to ours, up a ladder: each rung does one thing
/// more than the one below it, all on one thread but for the last.
pub static LADDER: [Contestant; 8] = [
    rung(PLAIN, 1),
    rung(NO_INPUT_GRADIENT, 1),
    rung(CACHE_LINES, 1),
    rung(VECTORS, 1),
    rung(FAER, 1),
    rung(FUSED, 1),
    rung(ALLOCATED_ONCE, 1),
    rung(TWO_THREADS, 2),
];

const fn rung(name: &'static str, threads: usize) -> Contestant {
    Contestant {
        threads,
        ..new(name, Program::Own)
    }
}

const fn new(name: &'static str, program: Program) -> Contestant {
    Contestant {
        name,
        program,
        precisions: BOTH,
        threads: usize::MAX,
        tolerance: 1e-9,
    }
}

/// Whether a row of a table is not of ours.
pub fn is_peer(name: &str) -> bool {
    ![OURS, OURS_BLAS].contains(&name)
}

impl Contestant {
    /// Whether it has a place in the column.
    pub fn enters(&self, column: Column) -> bool {
        self.precisions.contains(&column.precision)
            && column.threads <= self.threads
    }

    /// How far its losses may be from ours, relative.
    pub fn tolerance(&self, precision: Precision) -> f64 {
        match precision {
            Precision::F32 => 1e-3,
            Precision::F64 => self.tolerance,
        }
    }

    /// Whether what it needs is installed, or what to do about it.
    pub fn missing(&self, places: &Places) -> Option<String> {
        let program = match self.program {
            Program::Own => return None,
            Program::Blas => places.binary("compare"),
            Program::Python(..) => places.python(),
            Program::Rust(_, program) => places.binary(program),
        };
        let missing = !program.is_file();
        missing.then(|| {
            format!(
                "{} is not installed: cargo compare setup --only {:?}",
                self.name, self.name
            )
        })
    }

    /// The command that starts it for a column.
    pub fn command(&self, places: &Places, column: Column) -> Result<Command> {
        let mut command = match self.program {
            Program::Own => {
                let own = std::env::current_exe()
                    .context("cannot tell where this program is")?;
                let mut command = Command::new(own);
                command.args(["contestant", self.name]);
                command
            }
            Program::Blas => {
                let mut command = Command::new(places.binary("compare"));
                command.args(["contestant", OURS]);
                command
            }
            Program::Python(script, _) => {
                let mut command = Command::new(places.python());
                command.arg("-B").arg(places.peers().join(script));
                command
            }
            Program::Rust(_, program) => Command::new(places.binary(program)),
        };
        command
            .args([column.precision.to_string(), column.threads.to_string()])
            .arg(&places.data);
        if let Program::Python(_, Some(variant)) = self.program {
            command.arg(variant);
        }
        for variable in THREADS {
            command.env(variable, column.threads.to_string());
        }
        if self.program == Program::Blas {
            // The crate's own threads share the work.
            command.env("OPENBLAS_NUM_THREADS", "1");
        }
        command.env("TORCHINDUCTOR_CACHE_DIR", places.made().join("torch"));
        Ok(command)
    }
}

/// What tells each library its number of threads.
const THREADS: [&str; 4] = [
    "RAYON_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "OMP_NUM_THREADS",
    "MKL_NUM_THREADS",
];

/// Where things are.
#[derive(Debug)]
pub struct Places {
    /// The book's root.
    pub root: PathBuf,
    /// The folder of MNIST.
    pub data: PathBuf,
}

impl Places {
    /// Those of this checkout.
    pub fn here() -> Self {
        // This package is benches/compare.
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2);
        let root = root.unwrap_or(Path::new(".")).to_owned();
        let data = root.join("data/mnist");
        Self { root, data }
    }

    /// The scripts and packages.
    pub fn peers(&self) -> PathBuf {
        self.root.join("benches/peers")
    }

    /// What `setup` makes.
    pub fn made(&self) -> PathBuf {
        self.root.join("target/peers")
    }

    /// The Python that has the locked versions.
    pub fn python(&self) -> PathBuf {
        self.made().join(if cfg!(windows) {
            "venv/Scripts/python.exe"
        } else {
            "venv/bin/python"
        })
    }

    /// A peer in Rust.
    pub fn binary(&self, program: &str) -> PathBuf {
        let name = format!("{program}{}", std::env::consts::EXE_SUFFIX);
        self.made().join("release").join(name)
    }

    /// The measurement file.
    pub fn measured(&self) -> PathBuf {
        self.root.join("benches/measured/compare.toml")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(name: &str) -> &'static Contestant {
        ALL.iter().find(|it| it.name == name).unwrap()
    }

    #[test]
    fn everyone_enters_its_columns() {
        for (name, columns) in [
            (OURS, [true, true, true, true]),
            ("ndarray", [true, false, true, false]),
            ("the original", [false, false, true, true]),
        ] {
            let enters = Column::ALL.map(|column| named(name).enters(column));
            assert_eq!(enters, columns, "{name}");
        }
    }

    #[test]
    fn what_is_missing_is_named_with_the_way_out() {
        let places = Places {
            root: "/nowhere".into(),
            data: "/nowhere".into(),
        };
        assert_eq!(named(OURS).missing(&places), None);
        for name in ["NumPy", "burn", "PyTorch compiled"] {
            let missing = named(name).missing(&places).unwrap();
            assert_eq!(
                missing,
                format!(
                    "{name} is not installed: cargo compare setup --only \
                     {name:?}"
                )
            );
        }
    }

    #[test]
    fn a_command_says_column_data_and_threads() {
        let places = Places {
            root: "/book".into(),
            data: "/data".into(),
        };
        let compiled = named("PyTorch compiled");
        let command = compiled.command(&places, Column::ALL[3]).unwrap();
        let words: Vec<_> = command.get_args().collect();
        assert_eq!(words[2..], ["f64", "2", "/data", "compiled"]);
        let threads = ("OMP_NUM_THREADS".as_ref(), Some("2".as_ref()));
        assert!(command.get_envs().any(|pair| pair == threads));
    }
}
