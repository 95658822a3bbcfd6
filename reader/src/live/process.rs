//! Processes that a keeper keeps, as the crate `cells` wants them.

use std::io::{self, Read};
use std::process::{ExitStatus, Output};
use std::thread;

use cells::runner::{Ending, Failure, Process};
use keeper::Verdict;

/// A process in which cells run.
pub struct Kept(keeper::Kept);

impl Kept {
    pub fn new(kept: keeper::Kept) -> Kept {
        Kept(kept)
    }
}

impl Process for Kept {
    fn take_output(&mut self) -> Option<Box<dyn Read + Send>> {
        Some(Box::new(self.0.take_stdout()?))
    }

    fn take_errors(&mut self) -> Option<Box<dyn Read + Send>> {
        Some(Box::new(self.0.take_stderr()?))
    }

    fn kill(&mut self) {
        self.0.stop();
    }

    fn ended(&mut self) -> io::Result<Option<Ending>> {
        Ok(self.0.try_wait().map(|verdict| match verdict {
            Verdict::Stopped => Ending::Ended(Failure::Stopped),
            Verdict::OutOfMemory => Ending::Ended(Failure::OutOfMemory),
            Verdict::TooManyProcesses => {
                Ending::Ended(Failure::TooManyProcesses)
            }
            Verdict::WroteTooMuch => Ending::Ended(Failure::WroteTooMuch),
            other => Ending::Exited {
                success: other.is_success(),
                status: other.to_string(),
            },
        }))
    }
}

/// How much the compiler may say: no one reads more, and a line that is long
/// enough, with errors enough, is more than there is memory.
const SAID: u64 = 16 << 20;

/// All that a process writes until it ends.
///
/// # Errors
///
/// It did not come to its end by itself, or wrote too much.
pub fn output(mut kept: keeper::Kept) -> io::Result<Output> {
    let errors = kept.take_stderr();
    let errors = thread::spawn(move || all(errors));
    let stdout = all(kept.take_stdout())?;
    let stderr = errors.join().map_err(|_| io::ErrorKind::BrokenPipe)??;
    let status = match kept.wait() {
        Verdict::Exited(code) => status(code),
        other => return Err(io::Error::other(other.to_string())),
    };
    Ok(Output {
        status,
        stdout,
        stderr,
    })
}

fn all(pipe: Option<impl Read>) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    if let Some(pipe) = pipe {
        pipe.take(SAID + 1).read_to_end(&mut bytes)?;
    }
    if bytes.len() as u64 > SAID {
        let why = format!("it said more than {} MiB", SAID >> 20);
        return Err(io::Error::other(why));
    }
    Ok(bytes)
}

#[cfg(unix)]
fn status(code: i32) -> ExitStatus {
    // As a parent is told of it: the code in the second byte.
    std::os::unix::process::ExitStatusExt::from_raw(code << 8)
}

#[cfg(windows)]
fn status(code: i32) -> ExitStatus {
    std::os::windows::process::ExitStatusExt::from_raw(code.cast_unsigned())
}
