//! Runs a program's cells in a process that can be stopped.

use std::io::{self, ErrorKind, Read};
use std::mem;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread;
use std::time::{Duration, Instant};

use crate::Kind;
use crate::marks::{Mark, Panic, Piece, Splitter, fresh_word};
use crate::program::ProgramCell;

/// The variable that makes a program run its cells: the word of its marks.
pub(crate) const WORD: &str = "CELLS_WORD";

/// The variable that names the section whose cells are run.
pub(crate) const SECTION: &str = "CELLS_SECTION";

/// The variable that names the cell which should panic.
pub(crate) const CELL: &str = "CELLS_PANIC";

/// How many bytes a cell may print.
pub const OUTPUT_LIMIT: usize = 1 << 20;

/// How many bytes the pictures of a cell may have together.
pub const PICTURES_LIMIT: usize = 1 << 22;

/// How much of the end of standard error is kept.
const ERRORS_KEPT: usize = 1 << 16;

/// How long output is waited for when its process has ended: something that
/// a cell started may hold the pipes.
const GRACE: Duration = Duration::from_secs(1);

/// A program, one of its sections, and where the cells of that run.
#[derive(Debug, Clone, Copy)]
pub struct Executable<'a> {
    /// The program.
    pub path: &'a Path,
    /// The section's name.
    pub section: &'a str,
    /// The book's root.
    pub root: &'a Path,
}

/// What came of one cell.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CellResult {
    /// What it printed to standard output, if it was run.
    pub printed: Option<String>,
    /// The pictures that it showed, in that order.
    pub pictures: Vec<String>,
    /// Why it did not come to its end, or, for a cell that should panic, why
    /// it did not panic.
    pub failure: Option<Failure>,
    /// The message that it panicked with, as it should.
    pub panic: Option<String>,
}

/// Why a cell did not do what it should.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// It panicked.
    Panic {
        /// The panic.
        panic: Panic,
        /// What was written to standard error.
        errors: String,
    },
    /// It returned an error, through `?` most likely.
    Error {
        /// The error, as it displays itself.
        message: String,
        /// What was written to standard error.
        errors: String,
    },
    /// It ended its process.
    Exited {
        /// How, in the system's words.
        status: String,
        /// What was written to standard error.
        errors: String,
    },
    /// It was still running after its time limit, in seconds.
    TimedOut(u64),
    /// Its process ended well, but its output did not end.
    Endless {
        /// What was written to standard error.
        errors: String,
    },
    /// It printed more than [`OUTPUT_LIMIT`].
    TooMuch,
    /// Its pictures are larger than [`PICTURES_LIMIT`].
    TooManyPictures,
    /// It should have panicked, and came to its end.
    NoPanic,
    /// A cell above it returned from the section.
    Skipped,
}

/// Runs the cells of a section: those that just run in one process, and each
/// that should panic in a process of its own.
///
/// There is a result for each cell; a cell below one that failed has none.
///
/// # Errors
///
/// If the program cannot be started or watched.
pub fn run(
    executable: &Executable,
    cells: &[ProgramCell],
) -> io::Result<Vec<CellResult>> {
    let mut results = vec![CellResult::default(); cells.len()];
    let runs: Vec<usize> = (0..cells.len())
        .filter(|cell| cells[*cell].kind == Kind::Run)
        .collect();
    let mut first_failed = cells.len();
    if !runs.is_empty() {
        let run = Run::start(executable, cells, None)?.finish()?;
        for (cell, result) in run.results {
            results[cell] = result;
        }
        if let Some((cell, failure)) = run.failure {
            results[cell].failure = Some(failure);
            first_failed = cell;
        } else if let Some(skipped) =
            runs.iter().find(|cell| results[**cell].printed.is_none())
        {
            results[*skipped].failure = Some(Failure::Skipped);
            first_failed = *skipped;
        }
    }
    for cell in 0..first_failed {
        if cells[cell].kind == Kind::ShouldPanic {
            results[cell] = should_panic(executable, cells, cell)?;
        }
    }
    Ok(results)
}

fn should_panic(
    executable: &Executable,
    cells: &[ProgramCell],
    cell: usize,
) -> io::Result<CellResult> {
    let mut run = Run::start(executable, cells, Some(cell))?.finish()?;
    let last = run.results.pop().filter(|(at, _)| *at == cell);
    let mut result = last.map(|(_, result)| result).unwrap_or_default();
    match run.failure {
        Some((at, Failure::Panic { panic, .. })) if at == cell => {
            result.panic = Some(panic.message);
        }
        Some((_, failure)) => result.failure = Some(failure),
        None => result.failure = Some(Failure::NoPanic),
    }
    Ok(result)
}

/// One process and what it has said so far.
struct Run<'a> {
    cells: &'a [ProgramCell],
    child: Child,
    news: Receiver<News>,
    splitter: Option<Splitter>,
    /// The cell that runs; before the first mark, the first that will.
    current: usize,
    since: Instant,
    bytes: Vec<u8>,
    pictures: Vec<String>,
    began: bool,
    /// Whether nothing more can be printed.
    is_over: bool,
    errors: Vec<u8>,
    /// How the section came to its end, if the program said so.
    end: Option<Mark>,
    /// What the cells that ran printed and showed.
    results: Vec<(usize, CellResult)>,
}

/// What a whole run came to.
struct Finished {
    results: Vec<(usize, CellResult)>,
    failure: Option<(usize, Failure)>,
}

enum News {
    Out(Vec<u8>),
    Errors(Vec<u8>),
    OutEnded,
}

impl<'a> Run<'a> {
    fn start(
        executable: &Executable,
        cells: &'a [ProgramCell],
        panics: Option<usize>,
    ) -> io::Result<Run<'a>> {
        let word = fresh_word();
        let mut command = Command::new(executable.path);
        command
            .current_dir(executable.root)
            .env(WORD, &word)
            .env(SECTION, executable.section)
            .env_remove(CELL)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        if let Some(cell) = panics {
            command.env(CELL, cell.to_string());
        }
        let mut child = spawn(&mut command)?;
        let (sender, news) = mpsc::channel();
        if let Some(out) = child.stdout.take() {
            listen(out, sender.clone(), News::Out, Some(News::OutEnded));
        }
        if let Some(errors) = child.stderr.take() {
            listen(errors, sender, News::Errors, None);
        }
        let is_first = |cell: &ProgramCell| cell.kind == Kind::Run;
        Ok(Run {
            cells,
            child,
            news,
            splitter: Some(Splitter::new(&word)),
            current: cells
                .iter()
                .position(is_first)
                .or(panics)
                .unwrap_or_default(),
            since: Instant::now(),
            bytes: Vec::new(),
            pictures: Vec::new(),
            began: false,
            is_over: false,
            errors: Vec::new(),
            end: None,
            results: Vec::new(),
        })
    }

    fn finish(mut self) -> io::Result<Finished> {
        let stopped = self.watch()?;
        if stopped.is_some() {
            // It may have ended in the meantime, which is as good.
            let _ = self.child.kill();
        }
        let status = self.child.wait()?;
        // Until both pipes have ended: all has been said then.
        let patience = Instant::now() + GRACE;
        let left = || patience.saturating_duration_since(Instant::now());
        while let Ok(news) = self.news.recv_timeout(left()) {
            // What a cell that was stopped goes on to print is of no use.
            if stopped.is_none() || matches!(news, News::Errors(_)) {
                self.hear(news);
            }
        }
        if let Some(Piece::Printed(bytes)) =
            self.splitter.take().and_then(Splitter::finish)
        {
            self.bytes.extend(bytes);
        }
        let excess = self.excess();
        self.end_cell();
        let failure = stopped.or(excess).or_else(|| self.failure(status));
        let current = self.current;
        Ok(Finished {
            results: self.results,
            failure: failure.map(|failure| (current, failure)),
        })
    }

    /// Waits for the end, or for the reason to stop before it.
    fn watch(&mut self) -> io::Result<Option<Failure>> {
        // Since when the process has ended and nothing has been heard.
        let mut quiet: Option<Instant> = None;
        loop {
            match self.news.recv_timeout(Duration::from_millis(20)) {
                Ok(news) => {
                    self.hear(news);
                    quiet = None;
                }
                Err(RecvTimeoutError::Timeout) => {}
                // Both pipes have ended; only the process itself is left.
                Err(RecvTimeoutError::Disconnected) => {
                    thread::sleep(Duration::from_millis(1));
                }
            }
            if let Some(failure) = self.excess() {
                return Ok(Some(failure));
            }
            if self.child.try_wait()?.is_some() {
                let quiet = *quiet.get_or_insert_with(Instant::now);
                if self.is_over || quiet.elapsed() > GRACE {
                    return Ok(None);
                }
            } else {
                let seconds = self.cells[self.current].seconds;
                if self.since.elapsed().as_secs() >= seconds {
                    return Ok(Some(Failure::TimedOut(seconds)));
                }
            }
        }
    }

    /// Why the cell that runs must be stopped for what it said.
    fn excess(&self) -> Option<Failure> {
        let drawn: usize = self.pictures.iter().map(String::len).sum();
        if self.bytes.len() > OUTPUT_LIMIT {
            Some(Failure::TooMuch)
        } else if drawn > PICTURES_LIMIT {
            Some(Failure::TooManyPictures)
        } else {
            None
        }
    }

    fn hear(&mut self, news: News) {
        match news {
            News::Out(bytes) => self.read(&bytes),
            News::Errors(bytes) => self.keep_errors(&bytes),
            News::OutEnded => self.is_over = true,
        }
    }

    fn read(&mut self, bytes: &[u8]) {
        let Some(splitter) = &mut self.splitter else {
            return;
        };
        for piece in splitter.push(bytes) {
            match piece {
                Piece::Printed(bytes) => self.bytes.extend(bytes),
                Piece::Mark(Mark::Begin(cell)) => {
                    self.end_cell();
                    self.current = cell.min(self.cells.len() - 1);
                    self.since = Instant::now();
                    self.began = true;
                }
                Piece::Mark(Mark::Picture(svg)) => self.pictures.push(svg),
                Piece::Mark(mark) => self.end = Some(mark),
            }
        }
    }

    fn end_cell(&mut self) {
        let bytes = mem::take(&mut self.bytes);
        let pictures = mem::take(&mut self.pictures);
        if self.began {
            let printed = String::from_utf8_lossy(&bytes).into_owned();
            let result = CellResult {
                printed: Some(printed),
                pictures,
                ..CellResult::default()
            };
            self.results.push((self.current, result));
        }
        self.began = false;
    }

    fn keep_errors(&mut self, bytes: &[u8]) {
        self.errors.extend_from_slice(bytes);
        let excess = self.errors.len().saturating_sub(ERRORS_KEPT);
        self.errors.drain(..excess);
    }

    fn failure(&mut self, status: ExitStatus) -> Option<Failure> {
        let errors = String::from_utf8_lossy(&self.errors).into_owned();
        match self.end.take() {
            Some(Mark::End) if status.success() => None,
            Some(Mark::Panic(panic)) => Some(Failure::Panic { panic, errors }),
            Some(Mark::Error(message)) => {
                Some(Failure::Error { message, errors })
            }
            Some(Mark::Left | Mark::Begin(_) | Mark::Picture(_)) => {
                Some(Failure::NoPanic)
            }
            None if status.success() && !self.is_over => {
                Some(Failure::Endless { errors })
            }
            Some(Mark::End) | None => Some(Failure::Exited {
                status: status.to_string(),
                errors,
            }),
        }
    }
}

/// Starts a process. A program that was written a moment ago may be held open
/// by a process that another thread is about to start, and is busy until then.
fn spawn(command: &mut Command) -> io::Result<Child> {
    let patience = Instant::now() + GRACE;
    loop {
        match command.spawn() {
            Err(error)
                if error.kind() == ErrorKind::ExecutableFileBusy
                    && Instant::now() < patience =>
            {
                thread::sleep(Duration::from_millis(1));
            }
            other => return other,
        }
    }
}

fn listen(
    mut pipe: impl Read + Send + 'static,
    sender: Sender<News>,
    news: fn(Vec<u8>) -> News,
    end: Option<News>,
) {
    thread::spawn(move || {
        let mut buffer = vec![0; 1 << 16];
        while let Ok(length @ 1..) = pipe.read(&mut buffer) {
            if sender.send(news(buffer[..length].to_vec())).is_err() {
                return;
            }
        }
        if let Some(end) = end {
            let _ = sender.send(end);
        }
    });
}
