//! The keeper: a process that runs one program.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::fd::AsFd;
use std::os::unix::fs::MetadataExt;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Command, ExitCode, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{
    Pid, Resource, Rlimit, Signal, WaitId, WaitIdOptions, WaitStatus,
    setrlimit, setsid, waitid,
};
use rustix::stdio::{dup2_stderr, dup2_stdout};
use serde::{Deserialize, Serialize};

use crate::confine::confine;
use crate::family;
use crate::{Order, Verdict};

/// How often the program is looked at.
const TICK: Duration = Duration::from_millis(10);

/// How often its folders are.
const FOLDER_TICK: Duration = Duration::from_millis(200);

/// By how much the program stands behind in the queue for a processor.
#[cfg(target_os = "linux")]
const NICENESS: i32 = 5;

/// How many threads the program may have beyond what the keeper counts, which
/// it does in steps, before the system itself refuses more.
const THREADS: u64 = 1000;

/// What the keeper says, each on a line.
#[derive(Debug, Deserialize, Serialize)]
pub enum Report {
    /// The program runs, and leads this group of processes.
    Started(i32),
    /// It could not be started.
    Refused {
        /// The system's number for why.
        number: Option<i32>,
        /// Why.
        why: String,
    },
    /// It has ended, and all that it started.
    Ended(Verdict),
}

/// Is the keeper, for the server at the other end of standard input.
#[must_use]
pub fn keep() -> ExitCode {
    match serve() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: this is for `cargo book` to call: {error}");
            ExitCode::FAILURE
        }
    }
}

fn serve() -> io::Result<()> {
    let line = io::stdin().as_fd().try_clone_to_owned()?;
    let mut line = BufReader::new(UnixStream::from(line));
    let mut order = String::new();
    line.read_line(&mut order)?;
    let order: Order = serde_json::from_str(&order)?;
    let mut server = line.get_ref().try_clone()?;
    let (sender, news) = sync_channel(2);
    let report = match start(order.clone(), sender.clone()) {
        Ok(program) => {
            listen(line, sender);
            // A server that died is found out while watching.
            let started = Report::Started(program.as_raw_pid());
            let _ = tell(&mut server, &started);
            Report::Ended(watch(&order, program, &news))
        }
        Err(error) => Report::Refused {
            number: error.raw_os_error(),
            why: error.to_string(),
        },
    };
    tell(&mut server, &report)
}

fn tell(server: &mut UnixStream, report: &Report) -> io::Result<()> {
    let mut line = serde_json::to_vec(report)?;
    line.push(b'\n');
    server.write_all(&line)
}

/// What the keeper waits for.
enum News {
    /// The program may have ended.
    Program,
    /// The server wants it to end, or has died.
    Server,
}

/// Starts the program, apart from the server and its terminal.
fn start(order: Order, sender: SyncSender<News>) -> io::Result<Pid> {
    setsid()?;
    #[cfg(target_os = "linux")]
    rustix::process::set_child_subreaper(Some(rustix::process::getpid()))?;
    limit(&order)?;
    let nothing = File::options().read(true).write(true).open("/dev/null")?;
    let input = nothing.try_clone()?;
    let expendable = Expendable::now();
    let (started, program) = sync_channel(1);
    thread::spawn(move || {
        let child = run(order, input);
        let child = child.map(|child| Pid::from_child(&child));
        let program = child.as_ref().ok().copied();
        let _ = started.send(child);
        if let Some(program) = program {
            // It is left to be taken note of with all others.
            let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
            let _ = waitid(WaitId::Pid(program), options);
            let _ = sender.send(News::Program);
        }
    });
    let program = program.recv().map_err(io::Error::other)??;
    drop(expendable);
    // The pipes end when the program's family lets go of them.
    dup2_stdout(&nothing)?;
    dup2_stderr(&nothing)?;
    Ok(program)
}

/// Runs the program from a thread that is as confined as it shall be.
fn run(order: Order, input: File) -> io::Result<std::process::Child> {
    // So that the keeper has its turn however many there are. (On Linux this
    // is the thread's, as is the confinement.)
    #[cfg(target_os = "linux")]
    rustix::process::nice(NICENESS)?;
    if let Some(confinement) = &order.confinement {
        confine(confinement)?;
    }
    Command::new(order.program)
        .args(order.arguments)
        .env_clear()
        .envs(order.environment)
        .current_dir(order.folder)
        .process_group(0)
        .stdin(Stdio::from(input))
        .spawn()
}

/// Limits what each process may do, from this one on.
fn limit(order: &Order) -> io::Result<()> {
    let at_most = |value| Rlimit {
        current: Some(value),
        maximum: Some(value),
    };
    // Memory that is asked for is not yet in use.
    let asked = order.limits.memory.saturating_mul(2);
    for (resource, value) in [
        (Resource::Core, 0),
        (Resource::Data, asked),
        (Resource::Fsize, order.limits.written),
        (Resource::Nproc, threads().saturating_add(THREADS)),
    ] {
        let had = rustix::process::getrlimit(resource).maximum;
        let value = had.map_or(value, |had| had.min(value));
        setrlimit(resource, at_most(value))?;
    }
    Ok(())
}

/// How many threads there are, which are at least those of this user; without
/// end where that is not known.
fn threads() -> u64 {
    let load = fs::read_to_string("/proc/loadavg").ok();
    load.and_then(|load| {
        let (_, threads) = load.split(' ').nth(3)?.split_once('/')?;
        threads.parse().ok()
    })
    .unwrap_or(u64::MAX)
}

/// While this lives, what is started is what the system ends first when it is
/// out of memory.
struct Expendable {
    before: Option<Vec<u8>>,
}

impl Expendable {
    const FILE: &str = "/proc/self/oom_score_adj";

    fn now() -> Self {
        let before = fs::read(Self::FILE).ok();
        let _ = fs::write(Self::FILE, "1000");
        Self { before }
    }
}

impl Drop for Expendable {
    fn drop(&mut self) {
        if let Some(before) = &self.before {
            let _ = fs::write(Self::FILE, before);
        }
    }
}

/// Hears the server's end: it lets go of the line to have the program ended,
/// and the system does so when it dies.
fn listen(mut line: BufReader<UnixStream>, sender: SyncSender<News>) {
    thread::spawn(move || {
        let _ = line.read(&mut [0]);
        let _ = sender.send(News::Server);
    });
}

/// Watches over the program until it has ended, and nothing of it is left.
fn watch(order: &Order, program: Pid, news: &Receiver<News>) -> Verdict {
    let start = Instant::now();
    let mut folders = Folders::new(order);
    let mut own = None;
    let verdict = loop {
        match news.recv_timeout(TICK) {
            Ok(News::Program) | Err(RecvTimeoutError::Timeout) => {}
            Ok(News::Server) | Err(RecvTimeoutError::Disconnected) => {
                break Verdict::Stopped;
            }
        }
        family::reap(|child, status| {
            if child == program {
                own = Some(verdict(status));
            }
        });
        if let Some(own) = own {
            break own;
        }
        let limits = order.limits;
        let below = family::descendants();
        if start.elapsed() >= limits.time {
            break Verdict::TimedOut;
        } else if below.len() > limits.processes {
            break Verdict::TooManyProcesses;
        } else if family::memory(&below) > limits.memory {
            break Verdict::OutOfMemory;
        } else if folders.have_more_than(limits.written) {
            break Verdict::WroteTooMuch;
        }
    };
    family::end(program);
    verdict
}

fn verdict(status: WaitStatus) -> Verdict {
    if let Some(signal) = status.terminating_signal() {
        if signal == Signal::XFSZ.as_raw() {
            Verdict::WroteTooMuch
        } else {
            Verdict::Signalled(signal)
        }
    } else {
        Verdict::Exited(status.exit_status().unwrap_or_default())
    }
}

/// The folders that the program may write to.
struct Folders {
    paths: Vec<PathBuf>,
    seen: Instant,
}

impl Folders {
    fn new(order: &Order) -> Self {
        let confinement = order.confinement.as_ref();
        Self {
            paths: confinement.map(|it| it.write.clone()).unwrap_or_default(),
            seen: Instant::now(),
        }
    }

    /// Whether there is more than this in them, if it is time to look.
    fn have_more_than(&mut self, limit: u64) -> bool {
        if self.seen.elapsed() < FOLDER_TICK {
            return false;
        }
        let mut size = 0;
        let mut folders = self.paths.clone();
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
                let Ok(data) = entry.metadata() else {
                    continue;
                };
                // An empty file is not nothing to the disk.
                size += 512 * (data.blocks() + 1);
                if size > limit {
                    return true;
                }
                if data.is_dir() {
                    folders.push(entry.path());
                }
            }
        }
        self.seen = Instant::now();
        false
    }
}
