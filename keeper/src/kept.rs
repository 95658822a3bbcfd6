//! The server's end of a keeper.

use std::env;
use std::io::{self, BufRead, BufReader, Write};
use std::net::Shutdown;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::process::{self, Child, ChildStderr, ChildStdout, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, UNIX_EPOCH};

use rustix::process::Pid;

use crate::family;
use crate::process::Report;
use crate::{KEEP, Order, Verdict};

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

    /// Keepers that are this executable.
    #[must_use]
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
        let mut process = Command::new(&self.executable)
            .arg(KEEP)
            // What it holds would be seen at the keeper's too.
            .env_clear()
            .current_dir("/")
            .stdin(OwnedFd::from(there))
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        let (stdout, stderr) = (process.stdout.take(), process.stderr.take());
        let mut watch = Watch {
            process,
            line: BufReader::new(here.try_clone()?),
            mark: format!("{MARK}={mark}"),
            group: None,
        };
        // A keeper that died is found out by listening.
        let _ = writeln!(&here, "{text}");
        here.set_read_timeout(Some(PATIENCE))?;
        match watch.hear() {
            Some(Report::Started(group)) => {
                watch.group = Pid::from_raw(group);
            }
            Some(Report::Refused { number, why }) => {
                watch.process.wait()?;
                return Err(number.map_or_else(
                    || io::Error::other(why),
                    io::Error::from_raw_os_error,
                ));
            }
            _ => {
                watch.clean_up();
                return Err(io::Error::other("the keeper does not start"));
            }
        }
        here.set_read_timeout(Some(order.limits.time + PATIENCE))?;
        let (sender, verdict) = mpsc::channel();
        thread::spawn(move || {
            // Nobody may want to know.
            let _ = sender.send(watch.verdict());
        });
        Ok(Kept {
            stdout,
            stderr,
            stopper: Stopper(Arc::new(here)),
            news: verdict,
            verdict: None,
        })
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
    stdout: Option<ChildStdout>,
    stderr: Option<ChildStderr>,
    stopper: Stopper,
    news: Receiver<Verdict>,
    verdict: Option<Verdict>,
}

impl Kept {
    /// What the program writes to standard output.
    pub fn take_stdout(&mut self) -> Option<ChildStdout> {
        self.stdout.take()
    }

    /// What it writes to standard error.
    pub fn take_stderr(&mut self) -> Option<ChildStderr> {
        self.stderr.take()
    }

    /// What can stop it from anywhere.
    #[must_use]
    pub fn stopper(&self) -> Stopper {
        self.stopper.clone()
    }

    /// Ends the program, and all that it started, soon.
    pub fn stop(&self) {
        self.stopper.stop();
    }

    /// How the program ended, if it has. Nothing that it started is left then.
    pub fn try_wait(&mut self) -> Option<Verdict> {
        self.verdict = self.verdict.or_else(|| self.news.try_recv().ok());
        self.verdict
    }

    /// Waits until the program has ended. Nothing that it started is left.
    #[must_use]
    pub fn wait(mut self) -> Verdict {
        self.verdict = self.verdict.or_else(|| self.news.recv().ok());
        self.verdict.unwrap_or(Verdict::KeeperDied)
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        if self.verdict.is_none() {
            self.stop();
            let _ = self.news.recv_timeout(PATIENCE);
        }
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

/// Watches over a keeper.
struct Watch {
    process: Child,
    line: BufReader<UnixStream>,
    mark: String,
    group: Option<Pid>,
}

impl Watch {
    /// What the keeper says next, if it lives and does not hang.
    fn hear(&mut self) -> Option<Report> {
        let mut report = String::new();
        self.line.read_line(&mut report).ok()?;
        serde_json::from_str(&report).ok()
    }

    /// Waits until the program has ended.
    fn verdict(mut self) -> Verdict {
        if let Some(Report::Ended(verdict)) = self.hear() {
            let _ = self.process.wait();
            return verdict;
        }
        self.clean_up();
        Verdict::KeeperDied
    }

    /// Ends what a keeper left that was killed, or hangs.
    fn clean_up(&mut self) {
        let _ = self.process.kill();
        // Its number is no other process's before it is waited for.
        let keeper = Pid::from_child(&self.process);
        family::end_orphans(keeper, self.group, &self.mark);
        let _ = self.process.wait();
    }
}
