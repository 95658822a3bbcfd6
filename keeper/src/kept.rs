//! Programs that run, as the process knows them that had them started.

use std::io;
use std::path::PathBuf;
use std::process::{ChildStderr, ChildStdout};
use std::sync::mpsc::{self, Receiver};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use crate::line::{self, Line};
use crate::{Order, Verdict};

/// How long a keeper may take for its own work.
pub const PATIENCE: Duration = Duration::from_secs(10);

/// Starts keepers, and knows those that run.
#[derive(Clone, Debug)]
pub struct Keeper {
    executable: PathBuf,
    living: Arc<Living>,
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
        Ok(Self::at(if same.exists() {
            same
        } else {
            std::env::current_exe()?
        }))
    }

    /// Keepers that are this executable.
    #[must_use]
    pub fn at(executable: PathBuf) -> Self {
        Self {
            executable,
            living: Arc::default(),
        }
    }

    /// Runs a program.
    ///
    /// # Errors
    ///
    /// It cannot be started, or not be confined; or all were ended.
    pub fn start(&self, order: &Order) -> io::Result<Kept> {
        let mut started = line::start(&self.executable, order)?;
        let stopper = Stopper(Arc::new(started.line));
        let (sender, news) = mpsc::channel();
        let kept = Kept {
            stdout: started.stdout.take(),
            stderr: started.stderr.take(),
            stopper: stopper.clone(),
            news,
            verdict: None,
        };
        let mut watch = started.watch;
        let is_welcome = self.living.enter(&stopper);
        let living = Arc::clone(&self.living);
        thread::spawn(move || {
            let verdict = watch.verdict();
            // Nobody may want to know.
            let _ = sender.send(verdict);
            living.leave(&stopper);
        });
        if is_welcome {
            Ok(kept)
        } else {
            Err(io::Error::other("all programs are being ended"))
        }
    }

    /// Ends all programs that run, and waits until they have ended: for a
    /// server that is about to end itself. None is started any more.
    pub fn end_all(&self) {
        self.living.end();
    }
}

/// The programs that run.
#[derive(Debug, Default)]
struct Living {
    state: Mutex<State>,
    has_left: Condvar,
}

#[derive(Debug, Default)]
struct State {
    stoppers: Vec<Stopper>,
    is_over: bool,
}

impl Living {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds one, unless all were ended.
    fn enter(&self, stopper: &Stopper) -> bool {
        let mut state = self.state();
        state.stoppers.push(stopper.clone());
        !state.is_over
    }

    fn leave(&self, stopper: &Stopper) {
        let mut state = self.state();
        state.stoppers.retain(|it| !Arc::ptr_eq(&it.0, &stopper.0));
        self.has_left.notify_all();
    }

    fn end(&self) {
        let mut state = self.state();
        state.is_over = true;
        for stopper in &state.stoppers {
            stopper.stop();
        }
        let are_left = |state: &mut State| !state.stoppers.is_empty();
        let _ = self.has_left.wait_timeout_while(state, PATIENCE, are_left);
    }
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

    /// Waits until the program has ended. Nothing that it started is left then.
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
pub struct Stopper(Arc<Line>);

impl Stopper {
    /// Ends the program, and all that it started, soon. One that has ended
    /// already, it lets be.
    pub fn stop(&self) {
        self.0.let_go();
    }
}
