//! Runs programs that nobody has read: within limits, confined where the
//! system can, and ended together with all that they start.
//!
//! [`Keeper::start`] starts a process that does nothing else, the keeper, and
//! hands it an [`Order`]. The keeper starts the program, watches it, ends it,
//! and says how it ended; it ends it too when the process that it was started
//! by, the server, dies. Where there is no Unix, the server watches over the
//! program itself.
//!
//! A server's executable is its keepers' too: called with [`KEEP`] as its one
//! argument, it does nothing but [`keep`].

mod environment;
mod kept;
mod places;

#[cfg(unix)]
mod confine;
#[cfg(unix)]
mod family;
#[cfg(unix)]
mod line;
#[cfg(unix)]
mod process;

#[cfg(not(unix))]
#[path = "alone.rs"]
mod line;

use std::ffi::OsString;
use std::fmt::{self, Display, Formatter};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use serde::{Deserialize, Serialize};

#[cfg(unix)]
pub use confine::confinement;
pub use kept::{Keeper, Kept, Stopper};
pub use places::Places;
#[cfg(unix)]
pub use process::keep;

/// The one argument with which an executable is a keeper.
pub const KEEP: &str = "keep";

/// Whether this system can confine.
///
/// # Errors
///
/// It cannot, and why, in a sentence for a reader.
#[cfg(not(unix))]
pub fn confinement() -> Result<u32, String> {
    Err("Only Linux can confine what a cell does.".to_owned())
}

/// A program to be run, and how.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Order {
    /// The program.
    pub program: PathBuf,
    /// Its arguments.
    pub arguments: Vec<OsString>,
    /// All of its environment.
    pub environment: Vec<(OsString, OsString)>,
    /// The folder that it starts in.
    pub folder: PathBuf,
    /// What it must not exceed.
    pub limits: Limits,
    /// What it may do with files; where there is none, what its user may.
    pub confinement: Option<Confinement>,
}

impl Order {
    /// Runs what this command would, with the variables that it names itself,
    /// and of this process's own only those that every program needs. `own` is
    /// a folder of its own, for its temporary files.
    pub fn of(
        command: &Command,
        own: &Path,
        limits: Limits,
        confinement: Option<Confinement>,
    ) -> Self {
        Self {
            program: command.get_program().into(),
            arguments: command.get_args().map(OsString::from).collect(),
            environment: environment::of(command, own),
            folder: command.get_current_dir().unwrap_or(own).to_path_buf(),
            limits,
            confinement,
        }
    }
}

/// What a program and all that it starts must not exceed together, unless it
/// says otherwise. Elsewhere than on Linux only the time is sure to be kept.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
pub struct Limits {
    /// How long it may take.
    pub time: Duration,
    /// How many bytes of memory may be in use.
    pub memory: u64,
    /// How many processes there may be.
    pub processes: usize,
    /// How many bytes may be in the folders that it may write to; and in each
    /// file that it writes, wherever that is.
    pub written: u64,
}

/// The files that a program may use: these, and what is in these folders. A
/// path that does not exist is passed over.
///
/// A confined program opens no socket either, of the network or of this system;
/// and, where Linux is 6.12 or newer, signals no process but those that it
/// started.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub struct Confinement {
    /// What it may read.
    pub read: Vec<PathBuf>,
    /// What it may read and run.
    pub run: Vec<PathBuf>,
    /// What it may read, run, change, make and remove.
    pub write: Vec<PathBuf>,
}

/// How a program ended.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub enum Verdict {
    /// By itself, with this code.
    Exited(i32),
    /// By this signal, which the keeper did not send.
    Signalled(i32),
    /// It took too long.
    TimedOut,
    /// It used too much memory.
    OutOfMemory,
    /// It started too many processes.
    TooManyProcesses,
    /// It wrote too much to its folder, or to a file.
    WroteTooMuch,
    /// It was stopped.
    Stopped,
    /// Its keeper was killed, by the program most likely, or hangs. What was
    /// left of both has been ended as far as it could be found.
    KeeperDied,
}

impl Verdict {
    /// Whether the program came to its end, and was content.
    #[must_use]
    pub fn is_success(self) -> bool {
        self == Self::Exited(0)
    }
}

impl Display for Verdict {
    fn fmt(&self, f: &mut Formatter) -> fmt::Result {
        match self {
            Self::Exited(code) => write!(f, "it ended with code {code}"),
            Self::Signalled(signal) => {
                write!(f, "it was ended by signal {signal}")
            }
            Self::TimedOut => f.write_str("it took too long"),
            Self::OutOfMemory => f.write_str("it used too much memory"),
            Self::TooManyProcesses => {
                f.write_str("it started too many processes")
            }
            Self::WroteTooMuch => f.write_str("it wrote too much to files"),
            Self::Stopped => f.write_str("it was stopped"),
            Self::KeeperDied => {
                f.write_str("the process that watched over it was killed")
            }
        }
    }
}
