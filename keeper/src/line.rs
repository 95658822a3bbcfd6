//! The line to a keeper.

use std::io::{self, BufRead, BufReader, Write};
use std::net::Shutdown;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{self, Child, ChildStderr, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::UNIX_EPOCH;

use rustix::process::Pid;

use crate::family;
use crate::kept::PATIENCE;
use crate::process::Report;
use crate::{KEEP, Order, Verdict};

/// The variable that tells whose family a process is of.
const MARK: &str = "CELLS_KEEPER";

/// A program that has just been started.
pub struct Started {
    pub stdout: Option<ChildStdout>,
    pub stderr: Option<ChildStderr>,
    pub line: Line,
    pub watch: Watch,
}

/// Starts a keeper, and has it start the program.
pub fn start(keeper: &Path, order: &Order) -> io::Result<Started> {
    let (here, there) = UnixStream::pair()?;
    let mark = fresh_mark();
    let mut order = order.clone();
    order.environment.push((MARK.into(), mark.clone().into()));
    let text = serde_json::to_string(&order)?;
    let mut process = Command::new(keeper)
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
        reports: BufReader::new(here.try_clone()?),
        mark: format!("{MARK}={mark}"),
        group: None,
    };
    // A keeper that died is found out by listening.
    let _ = writeln!(&here, "{text}");
    here.set_read_timeout(Some(PATIENCE))?;
    match watch.hear() {
        Some(Report::Started(group)) => watch.group = Pid::from_raw(group),
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
    Ok(Started {
        stdout,
        stderr,
        line: Line(here),
        watch,
    })
}

/// A mark that no other run has, of this process or another.
fn fresh_mark() -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let time = UNIX_EPOCH.elapsed().unwrap_or_default().as_nanos();
    format!("{}-{time}-{count}", process::id())
}

/// This end of the line.
#[derive(Debug)]
pub struct Line(UnixStream);

impl Line {
    /// Has the keeper end the program.
    pub fn let_go(&self) {
        // It may have ended already.
        let _ = self.0.shutdown(Shutdown::Write);
    }
}

/// Watches over a keeper.
pub struct Watch {
    process: Child,
    reports: BufReader<UnixStream>,
    mark: String,
    group: Option<Pid>,
}

impl Watch {
    /// What the keeper says next, if it lives and does not hang.
    fn hear(&mut self) -> Option<Report> {
        let mut report = String::new();
        self.reports.read_line(&mut report).ok()?;
        serde_json::from_str(&report).ok()
    }

    /// Waits until the program has ended.
    pub fn verdict(&mut self) -> Verdict {
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
