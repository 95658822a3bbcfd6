//! What there is instead of keepers where there are none: of what a program
//! starts, nothing is known.

use std::io;
use std::path::Path;
use std::process::{Child, ChildStderr, ChildStdout, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::{Order, Verdict};

/// How often the program is looked at.
const TICK: Duration = Duration::from_millis(10);

/// A program that has just been started.
pub struct Started {
    pub stdout: Option<ChildStdout>,
    pub stderr: Option<ChildStderr>,
    pub line: Line,
    pub watch: Watch,
}

/// Starts the program.
pub fn start(_: &Path, order: &Order) -> io::Result<Started> {
    if order.confinement.is_some() {
        let why = crate::confinement().err().unwrap_or_default();
        return Err(io::Error::new(io::ErrorKind::Unsupported, why));
    }
    let mut process = Command::new(&order.program)
        .args(&order.arguments)
        .env_clear()
        .envs(order.environment.iter().cloned())
        .current_dir(&order.folder)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let line = Line::default();
    Ok(Started {
        stdout: process.stdout.take(),
        stderr: process.stderr.take(),
        watch: Watch {
            process,
            end: Instant::now() + order.limits.time,
            line: Line(Arc::clone(&line.0)),
        },
        line,
    })
}

/// Whether the program is to end.
#[derive(Debug, Default)]
pub struct Line(Arc<AtomicBool>);

impl Line {
    /// Has the program ended.
    pub fn let_go(&self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Watches over a program.
pub struct Watch {
    process: Child,
    end: Instant,
    line: Line,
}

impl Watch {
    /// Waits until the program has ended.
    pub fn verdict(&mut self) -> Verdict {
        loop {
            if let Ok(Some(status)) = self.process.try_wait() {
                return Verdict::Exited(status.code().unwrap_or_default());
            }
            let why = if self.line.0.load(Ordering::Relaxed) {
                Verdict::Stopped
            } else if Instant::now() >= self.end {
                Verdict::TimedOut
            } else {
                thread::sleep(TICK);
                continue;
            };
            let _ = self.process.kill();
            let _ = self.process.wait();
            return why;
        }
    }
}
