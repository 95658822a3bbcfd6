//! What is where, and who may use it.

use std::fs;
use std::path::{Path, PathBuf};

use crate::Confinement;

/// What programs are made of, and what makes them.
const SYSTEM: &[&str] = &[
    "/bin",
    "/gnu/store",
    "/home/linuxbrew/.linuxbrew",
    "/lib",
    "/lib32",
    "/lib64",
    "/nix/store",
    "/opt",
    "/run/current-system/sw",
    "/sbin",
    "/usr",
];

/// What the loader, the C library and the linker look up: where libraries are,
/// the time of the place, and what the machine has. What its processes do, and
/// who its users are, is not among them.
const FACTS: &[&str] = &[
    "/dev/random",
    "/dev/urandom",
    "/etc/ld.so.cache",
    "/etc/ld.so.conf",
    "/etc/ld.so.conf.d",
    "/etc/localtime",
    "/proc/cpuinfo",
    "/proc/meminfo",
    "/proc/sys/vm/overcommit_memory",
    "/sys/devices/system/cpu",
];

/// Files that hold nothing, and may be written to.
const NOTHING: &[&str] = &["/dev/full", "/dev/null", "/dev/zero"];

/// Where the parts of a book are.
#[derive(Clone, Debug)]
pub struct Places {
    /// The toolchain.
    pub sysroot: PathBuf,
    /// The book's root.
    pub root: PathBuf,
    /// The folders in which programs and libraries are built.
    pub built: Vec<PathBuf>,
    /// The folders of the data sets, wherever they are.
    pub data: Vec<PathBuf>,
    /// The folders with the sources of the libraries.
    pub sources: Vec<PathBuf>,
}

impl Places {
    /// What a cell's program may use, which has this folder as its own: it
    /// reads the book, and the data, and writes nothing else.
    #[must_use]
    pub fn program(&self, own: &Path) -> Confinement {
        let mut confinement = self.common(own);
        for folder in &self.data {
            confinement.read.push(folder.clone());
            confinement.read.extend(linked(folder));
        }
        confinement
    }

    /// What the compiler and its linker may use, which have this folder as
    /// their own.
    #[must_use]
    pub fn compiler(&self, own: &Path) -> Confinement {
        let mut confinement = self.common(own);
        confinement.read.extend_from_slice(&self.sources);
        confinement
    }

    fn common(&self, own: &Path) -> Confinement {
        let paths = |paths: &[&str]| {
            paths.iter().map(PathBuf::from).collect::<Vec<_>>()
        };
        let mut run = paths(SYSTEM);
        run.push(self.sysroot.clone());
        run.extend_from_slice(&self.built);
        let mut read = paths(FACTS);
        read.push(self.root.clone());
        let mut write = paths(NOTHING);
        write.push(own.to_path_buf());
        Confinement { read, run, write }
    }
}

/// The links in this folder, which lead to files that may be elsewhere.
fn linked(folder: &Path) -> impl Iterator<Item = PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .map(|entry| entry.path())
        .filter(|path| path.is_symlink())
}
