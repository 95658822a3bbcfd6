//! Who takes part.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use peer::Precision;

use crate::column::Column;
use crate::own::ladder::{
    ALLOCATED_ONCE, CACHE_LINES, FAER, FUSED, NO_INPUT_GRADIENT, PLAIN,
    TWO_THREADS, VECTORS,
};

/// The contestant that the others are measured against.
pub const OURS: &str = "backprop";

/// As many multiplications and additions as the products have, without a
/// matrix.
pub const ARITHMETIC: &str = "arithmetic";

/// Ours with the optimizer that it has in all other tables.
pub const SGD: &str = "SGD";

/// Ours with momentum.
pub const MOMENTUM: &str = "momentum";

/// Ours with Adam.
pub const ADAM: &str = "Adam";

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
    /// A script below `benches/peers`, and its variant.
    Python(&'static str, Option<&'static str>),
    /// A package below `benches/peers`, and its program.
    Rust(&'static str, &'static str),
}

const BOTH: &[Precision] = &[Precision::F32, Precision::F64];

/// Everyone, in the order of the tables.
pub static ALL: [Contestant; 11] = [
    new(OURS, Program::Own),
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

/// Ours with each of its optimizers.
pub static OPTIMIZERS: [Contestant; 3] = [
    new(SGD, Program::Own),
    new(MOMENTUM, Program::Own),
    new(ADAM, Program::Own),
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
    name != OURS
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
    /// Those of the checkout in which cargo runs this package, or else of the
    /// one that the current folder is in. The program remembers none: a
    /// checkout can move, and two can share a target folder.
    pub fn here() -> Result<Self> {
        let package = std::env::var_os("CARGO_MANIFEST_DIR");
        let package = package.map(PathBuf::from);
        let current = std::env::current_dir()
            .context("cannot tell the current folder")?;
        Self::around(package.iter().chain([&current]))
    }

    /// Those of the first checkout that one of the folders is in.
    fn around<'a>(
        folders: impl Iterator<Item = &'a PathBuf> + Clone,
    ) -> Result<Self> {
        let is_root = |folder: &&Path| {
            folder.join("benches/compare/Cargo.toml").is_file()
        };
        let mut ancestors = folders.clone().flat_map(|it| it.ancestors());
        let Some(root) = ancestors.find(is_root) else {
            let folders = folders.map(|it| it.display().to_string());
            bail!(
                "there is no benches/compare in {}, nor in a folder above: \
                 run `cargo compare` in a checkout of the book",
                folders.collect::<Vec<_>>().join(", nor in ")
            );
        };
        Ok(Self {
            root: root.to_owned(),
            data: root.join("data/mnist"),
        })
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
    fn places_are_those_of_the_checkout_around() {
        let folder = tempfile::tempdir().unwrap();
        let package = folder.path().join("book/benches/compare");
        std::fs::create_dir_all(&package).unwrap();
        let inside = package.join("src");
        let outside = folder.path().join("elsewhere");

        let error = Places::around([&inside, &outside].into_iter());
        let error = error.unwrap_err().to_string();
        for named in [&inside, &outside] {
            assert!(error.contains(&named.display().to_string()), "{error}");
        }
        assert!(error.contains("run `cargo compare` in"), "{error}");

        std::fs::write(package.join("Cargo.toml"), "").unwrap();
        for folders in [[&outside, &inside], [&inside, &outside]] {
            let places = Places::around(folders.into_iter()).unwrap();
            assert_eq!(places.root, folder.path().join("book"));
            assert_eq!(places.data, places.root.join("data/mnist"));
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
