//! The server's end of a keeper.

use std::env;
use std::io::{self, BufRead, BufReader, ErrorKind, Write};
use std::net::Shutdown;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::process::{self, Child, ChildStderr, ChildStdout, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, UNIX_EPOCH};

use rustix::process::Pid;

use super::family;
use super::keeper::Report;
use super::{KEEP, Order, Verdict};

/// How long a keeper may take for its own work.
const PATIENCE: Duration = Duration::from_secs(10);

/// The variable that tells whose family a process is of.
const MARK: &str = "CELLS_KEEPER";

/// Starts keepers.
#[derive(Clone, Debug)]
pub struct Keeper {
    executable: PathBuf,
}

impl Keeper {
    /// Keepers that are this executable once more.
    ///
    /// # Errors
    ///
    /// It cannot be told where that is.
    pub fn own() -> io::Result<Self> {
        // The very same, even if its file has been replaced meanwhile.
        let same = PathBuf::from("/proc/self/exe");
        let executable = if same.exists() {
            same
        } else {
            env::current_exe()?
        };
        Ok(Self { executable })
    }

    /// Keepers that are this executable, `reader` as it was built.
    pub fn at(executable: PathBuf) -> Self {
        Self { executable }
    }

    /// Runs a program.
    ///
    /// # Errors
    ///
    /// It cannot be started, or not be confined.
    pub fn start(&self, order: &Order) -> io::Result<Kept> {
        let (here, there) = UnixStream::pair()?;
        let mark = fresh_mark();
        let mut order = order.clone();
        order.environment.push((MARK.into(), mark.clone().into()));
        let text = serde_json::to_string(&order)?;
        let process = Command::new(&self.executable)
            .arg(KEEP)
            // What it holds would be seen at the keeper's too.
            .env_clear()
            .current_dir("/")
            .stdin(OwnedFd::from(there))
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        let line = Line {
            reader: BufReader::new(here.try_clone()?),
            socket: Arc::new(here),
            heard: Vec::new(),
        };
        let mut kept = Kept {
            process,
            mark: format!("{MARK}={mark}"),
            line,
            group: None,
            end: Instant::now() + order.limits.time + PATIENCE,
            verdict: None,
        };
        // A keeper that died is found out by listening.
        let _ = writeln!(&*kept.line.socket, "{text}");
        match kept.line.hear(Some(PATIENCE))? {
            Heard::Report(Report::Started(group)) => {
                kept.group = Pid::from_raw(group);
                Ok(kept)
            }
            Heard::Report(Report::Refused { number, why }) => {
                kept.process.wait()?;
                kept.verdict = Some(Verdict::Stopped);
                Err(number.map_or_else(
                    || io::Error::other(why),
                    io::Error::from_raw_os_error,
                ))
            }
            _ => Err(io::Error::other("the keeper does not start")),
        }
    }
}

/// A mark that no other run has, of this server or another.
fn fresh_mark() -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let time = UNIX_EPOCH.elapsed().unwrap_or_default().as_nanos();
    format!("{}-{time}-{count}", process::id())
}

/// A program that runs. It ends, with all that it started, when this value is
/// dropped.
#[derive(Debug)]
pub struct Kept {
    process: Child,
    mark: String,
    line: Line,
    group: Option<Pid>,
    /// When the keeper must have ended it, if it lives.
    end: Instant,
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
    pub fn stopper(&self) -> Stopper {
        Stopper(Arc::clone(&self.line.socket))
    }

    /// Ends the program, and all that it started, soon.
    pub fn stop(&self) {
        self.stopper().stop();
    }

    /// How the program ended, if it has.
    pub fn try_wait(&mut self) -> Option<Verdict> {
        self.listen(None)
    }

    /// Waits until the program has ended. Nothing that it started is left.
    pub fn wait(mut self) -> Verdict {
        self.ended()
    }

    fn ended(&mut self) -> Verdict {
        loop {
            let left = self.end.saturating_duration_since(Instant::now());
            if let Some(verdict) = self.listen(Some(left)) {
                return verdict;
            }
        }
    }

    /// Waits for this long at most.
    fn listen(&mut self, patience: Option<Duration>) -> Option<Verdict> {
        if self.verdict.is_none() {
            let heard = self.line.hear(patience).unwrap_or(Heard::End);
            self.verdict = match heard {
                Heard::Report(Report::Ended(verdict)) => {
                    let _ = self.process.wait();
                    Some(verdict)
                }
                Heard::Nothing if Instant::now() < self.end => None,
                // What lives past its time, or says what it should not, does
                // so as someone else wants.
                _ => Some(self.clean_up()),
            };
        }
        self.verdict
    }

    fn clean_up(&mut self) -> Verdict {
        let _ = self.process.kill();
        // Its number is no other process's before it is waited for.
        let keeper = Pid::from_child(&self.process);
        family::end_orphans(keeper, self.group, &self.mark);
        let _ = self.process.wait();
        Verdict::KeeperDied
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        self.stop();
        self.end = self.end.min(Instant::now() + PATIENCE);
        self.ended();
    }
}

/// What can stop a program.
#[derive(Clone, Debug)]
pub struct Stopper(Arc<UnixStream>);

impl Stopper {
    /// Ends the program, and all that it started, soon.
    pub fn stop(&self) {
        // It may have ended already.
        let _ = self.0.shutdown(Shutdown::Write);
    }
}

/// The line to a keeper.
#[derive(Debug)]
struct Line {
    socket: Arc<UnixStream>,
    reader: BufReader<UnixStream>,
    /// The part of a report that has come.
    heard: Vec<u8>,
}

enum Heard {
    Report(Report),
    /// The keeper has ended, or hangs.
    End,
    /// Not within that time.
    Nothing,
}

impl Line {
    /// Waits for a report for this long at most, or not at all.
    fn hear(&mut self, patience: Option<Duration>) -> io::Result<Heard> {
        self.socket.set_nonblocking(patience.is_none())?;
        // None would mean to wait for ever.
        let least = Duration::from_millis(1);
        let patience = patience.map(|patience| patience.max(least));
        self.socket.set_read_timeout(patience)?;
        match self.reader.read_until(b'\n', &mut self.heard) {
            Ok(_) if self.heard.ends_with(b"\n") => {
                let report = serde_json::from_slice(&self.heard)?;
                self.heard.clear();
                Ok(Heard::Report(report))
            }
            Ok(_) => Ok(Heard::End),
            Err(error)
                if matches!(
                    error.kind(),
                    ErrorKind::WouldBlock | ErrorKind::TimedOut
                ) =>
            {
                Ok(Heard::Nothing)
            }
            Err(error) => Err(error),
        }
    }
}
