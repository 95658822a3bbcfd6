//! Watches over a program where there are no keepers: of what it starts,
//! nothing is known.

use std::io;
use std::path::PathBuf;
use std::process::{Child, ChildStderr, ChildStdout, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::{Order, Verdict};

/// How often the program is looked at.
const TICK: Duration = Duration::from_millis(10);

/// Starts programs.
#[derive(Clone, Debug)]
pub struct Keeper {}

impl Keeper {
    /// What a keeper is where there is none.
    ///
    /// # Errors
    ///
    /// None, here.
    pub fn own() -> io::Result<Self> {
        Ok(Self {})
    }

    /// The same.
    #[must_use]
    pub fn at(_: PathBuf) -> Self {
        Self {}
    }

    /// Runs a program.
    ///
    /// # Errors
    ///
    /// It cannot be started, or is to be confined, which cannot be done.
    pub fn start(&self, order: &Order) -> io::Result<Kept> {
        if order.confinement.is_some() {
            let why = crate::confinement().err().unwrap_or_default();
            return Err(io::Error::new(io::ErrorKind::Unsupported, why));
        }
        let process = Command::new(&order.program)
            .args(&order.arguments)
            .env_clear()
            .envs(order.environment.iter().cloned())
            .current_dir(&order.folder)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        Ok(Kept {
            process,
            end: Instant::now() + order.limits.time,
            stopper: Stopper::default(),
            verdict: None,
        })
    }
}

/// A program that runs. It ends when this value is dropped.
#[derive(Debug)]
pub struct Kept {
    process: Child,
    end: Instant,
    stopper: Stopper,
    verdict: Option<Verdict>,
}

impl Kept {
    /// What the program writes to standard output.
    pub fn take_stdout(&mut self) -> Option<ChildStdout> {
        self.process.stdout.take()
    }

    /// What it writes to standard error.
    pub fn take_stderr(&mut self) -> Option<ChildStderr> {
        self.process.stderr.take()
    }

    /// What can stop it from anywhere.
    #[must_use]
    pub fn stopper(&self) -> Stopper {
        self.stopper.clone()
    }

    /// Ends the program soon.
    pub fn stop(&self) {
        self.stopper.stop();
    }

    /// How the program ended, if it has.
    pub fn try_wait(&mut self) -> Option<Verdict> {
        if self.verdict.is_none() {
            let why = if self.stopper.0.load(Ordering::Relaxed) {
                Some(Verdict::Stopped)
            } else if Instant::now() >= self.end {
                Some(Verdict::TimedOut)
            } else {
                None
            };
            if why.is_some() {
                let _ = self.process.kill();
                let _ = self.process.wait();
            }
            self.verdict = why.or_else(|| {
                let status = self.process.try_wait().ok().flatten()?;
                Some(Verdict::Exited(status.code().unwrap_or_default()))
            });
        }
        self.verdict
    }

    /// Waits until the program has ended.
    #[must_use]
    pub fn wait(mut self) -> Verdict {
        loop {
            if let Some(verdict) = self.try_wait() {
                return verdict;
            }
            thread::sleep(TICK);
        }
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        self.stop();
        self.try_wait();
    }
}

/// What can stop a program.
#[derive(Clone, Debug, Default)]
pub struct Stopper(Arc<AtomicBool>);

impl Stopper {
    /// Ends the program soon.
    pub fn stop(&self) {
        self.0.store(true, Ordering::Relaxed);
    }
}
