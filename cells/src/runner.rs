//! Runs a program's cells in a process that can be stopped.

mod decoder;

use std::io::{self, ErrorKind, Read};
use std::mem;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, SyncSender};
use std::thread;
use std::time::{Duration, Instant};

use crate::Kind;
use crate::marks::{Mark, Panic, Piece, Splitter, fresh_word};
use crate::program::ProgramCell;
use decoder::Decoder;

/// The variable that makes a program run its cells: the word of its marks.
pub(crate) const WORD: &str = "CELLS_WORD";

/// The variable that names the section whose cells are run.
pub(crate) const SECTION: &str = "CELLS_SECTION";

/// The variable that names the cell which should panic.
pub(crate) const CELL: &str = "CELLS_PANIC";

/// How many bytes a cell may print, to standard output and to standard error.
pub const OUTPUT_LIMIT: usize = 1 << 20;

/// How many bytes the pictures of a cell may have together.
pub const PICTURES_LIMIT: usize = 1 << 22;

/// How much of the end of standard error is kept.
const ERRORS_KEPT: usize = 1 << 16;

/// How many pieces of output are read before they are dealt with: a program may
/// write faster than any observer takes it, and waits then.
const WAITING: usize = 16;

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

impl CellResult {
    /// What the output of the cell should show: what it printed, and if it
    /// panicked as it should, the message of the panic below that.
    #[must_use]
    pub fn shown(&self) -> Option<String> {
        let mut shown = self.printed.clone()?.replace("\r\n", "\n");
        if let Some(panic) = &self.panic {
            if !shown.is_empty() && !shown.ends_with('\n') {
                shown.push('\n');
            }
            shown.push_str(panic);
            shown.push('\n');
        }
        Some(shown)
    }
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
    /// Whoever had it started had it stopped.
    Stopped,
    /// It used more memory than it may.
    OutOfMemory,
    /// It started more processes than it may.
    TooManyProcesses,
    /// It wrote more to files than it may.
    WroteTooMuch,
}

/// Where a cell prints to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stream {
    /// Standard output, which a page shows and a test compares.
    Output,
    /// Standard error.
    Errors,
}

/// One who is told of cells while they run. A cell is called by its place among
/// those of the program.
///
/// Only what is printed to standard error may come when its cell has ended.
pub trait Observer {
    /// A cell begins.
    fn begin(&mut self, _cell: usize) {}

    /// It has printed this: whole characters, and U+FFFD for what is none.
    fn printed(&mut self, _cell: usize, _text: &str, _stream: Stream) {}

    /// It shows this picture, an SVG document.
    fn picture(&mut self, _cell: usize, _svg: &str) {}

    /// It has ended, well or not, after so many seconds; or it has not begun,
    /// and its result says why.
    fn end(&mut self, _cell: usize, _result: &CellResult, _seconds: f64) {}
}

/// No one.
impl Observer for () {}

/// A process in which cells run.
pub trait Process {
    /// Its standard output.
    fn take_output(&mut self) -> Option<Box<dyn Read + Send>>;

    /// Its standard error.
    fn take_errors(&mut self) -> Option<Box<dyn Read + Send>>;

    /// Ends it at once, as far as it has not ended.
    fn kill(&mut self);

    /// How it has ended, if it has.
    ///
    /// # Errors
    ///
    /// If that cannot be told.
    fn ended(&mut self) -> io::Result<Option<Ending>>;
}

/// How a process ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ending {
    /// By itself, or by a signal that it was not sent for what it did.
    Exited {
        /// Whether it says that all is well.
        success: bool,
        /// How, in the system's words.
        status: String,
    },
    /// It was ended for this reason.
    Ended(Failure),
}

impl Process for Child {
    fn take_output(&mut self) -> Option<Box<dyn Read + Send>> {
        Some(Box::new(self.stdout.take()?))
    }

    fn take_errors(&mut self) -> Option<Box<dyn Read + Send>> {
        Some(Box::new(self.stderr.take()?))
    }

    fn kill(&mut self) {
        // It may have ended in the meantime, which is as good.
        let _ = Child::kill(self);
    }

    fn ended(&mut self) -> io::Result<Option<Ending>> {
        Ok(self.try_wait()?.map(|status| Ending::Exited {
            success: status.success(),
            status: status.to_string(),
        }))
    }
}

/// Starts the process of a command, with pipes for what it prints.
pub type Start<'a> = &'a mut dyn FnMut(Command) -> io::Result<Box<dyn Process>>;

/// Starts a process as the system does.
///
/// # Errors
///
/// If the system cannot.
pub fn start(mut command: Command) -> io::Result<Box<dyn Process>> {
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    Ok(Box::new(command.spawn()?))
}

/// Runs the cells of a section: those that just run in one process, and each
/// that should panic in a process of its own. `start` starts these; once
/// `stop` is true, what runs is ended.
///
/// There is a result for each cell; a cell below one that failed has none.
///
/// # Errors
///
/// If the program cannot be started or watched.
pub fn run(
    executable: &Executable,
    cells: &[ProgramCell],
    start: Start,
    stop: &AtomicBool,
    observer: &mut dyn Observer,
) -> io::Result<Vec<CellResult>> {
    let mut results = vec![CellResult::default(); cells.len()];
    let mut run = |panics, observer: &mut dyn Observer| {
        let process = started(executable, panics, start)?;
        Run::new(process, cells, panics, stop, observer).finish()
    };
    let runs: Vec<usize> = (0..cells.len())
        .filter(|cell| cells[*cell].kind == Kind::Run)
        .collect();
    let mut first_failed = cells.len();
    if !runs.is_empty() {
        let Finished { ended, last } = run(None, observer)?;
        for (cell, result) in ended {
            results[cell] = result;
        }
        if let Some(Last {
            cell,
            result,
            seconds,
        }) = last
        {
            observer.end(cell, &result, seconds);
            results[cell] = result;
        }
        let skipped = |cell: &&usize| results[**cell].printed.is_none();
        if let Some(failed) =
            runs.iter().find(|cell| results[**cell].failure.is_some())
        {
            first_failed = *failed;
        } else if let Some(skipped) = runs.iter().find(skipped) {
            first_failed = *skipped;
            let result = &mut results[first_failed];
            result.failure = Some(Failure::Skipped);
            observer.end(first_failed, result, 0.0);
        }
    }
    for cell in 0..first_failed {
        if cells[cell].kind == Kind::ShouldPanic {
            let finished = run(Some(cell), observer)?;
            let (result, seconds) = should_panic(finished, cell);
            observer.end(cell, &result, seconds);
            results[cell] = result;
        }
    }
    Ok(results)
}

/// What came of a cell that should panic, and how long it ran.
fn should_panic(finished: Finished, cell: usize) -> (CellResult, f64) {
    let Some(last) = finished.last else {
        return (CellResult::default(), 0.0);
    };
    let Last { mut result, .. } = last;
    let failure = result.failure.take();
    if last.cell != cell {
        result = CellResult::default();
    }
    match failure {
        Some(Failure::Panic { panic, .. }) if last.cell == cell => {
            result.panic = Some(panic.message);
        }
        failure => result.failure = failure.or(Some(Failure::NoPanic)),
    }
    (result, last.seconds)
}

/// Starts a process that runs cells: those that just run, or the one that
/// should panic.
///
/// A program that was written a moment ago may be held open by a process that
/// another thread is about to start, and is busy until then.
fn started(
    executable: &Executable,
    panics: Option<usize>,
    start: Start,
) -> io::Result<(Box<dyn Process>, String)> {
    let patience = Instant::now() + GRACE;
    loop {
        let word = fresh_word();
        let mut command = Command::new(executable.path);
        command
            .current_dir(executable.root)
            .env(WORD, &word)
            .env(SECTION, executable.section)
            .env_remove(CELL)
            .stdin(Stdio::null());
        if let Some(cell) = panics {
            command.env(CELL, cell.to_string());
        }
        match start(command) {
            Err(error)
                if error.kind() == ErrorKind::ExecutableFileBusy
                    && Instant::now() < patience =>
            {
                thread::sleep(Duration::from_millis(1));
            }
            other => return other.map(|process| (process, word)),
        }
    }
}

/// One process and what it has said so far.
struct Run<'a> {
    cells: &'a [ProgramCell],
    process: Box<dyn Process>,
    stop: &'a AtomicBool,
    observer: &'a mut dyn Observer,
    /// The only cell that is told of, where it should panic: those above it
    /// run once more.
    panics: Option<usize>,
    news: Receiver<News>,
    output: Splitter,
    errors: Splitter,
    /// The cell that runs; before the first mark, the first that will.
    current: usize,
    since: Instant,
    began: bool,
    /// What it has printed, and how many bytes that is.
    printed: String,
    bytes: usize,
    decoder: Decoder,
    pictures: Vec<String>,
    /// The cell whose errors are read, which may be one that has ended.
    erring: usize,
    error_bytes: usize,
    error_decoder: Decoder,
    /// The end of what all cells have written to standard error.
    last_errors: Vec<u8>,
    /// Whether nothing more can be printed.
    is_over: bool,
    /// How the section came to its end, if the program said so.
    end: Option<Mark>,
    /// What the cells before it printed and showed.
    ended: Vec<(usize, CellResult)>,
}

/// What a whole run came to.
struct Finished {
    ended: Vec<(usize, CellResult)>,
    /// The cell that ran last, if any did or one should have.
    last: Option<Last>,
}

struct Last {
    cell: usize,
    result: CellResult,
    seconds: f64,
}

enum News {
    Output(Vec<u8>),
    Errors(Vec<u8>),
    OutputEnded,
}

impl<'a> Run<'a> {
    fn new(
        (mut process, word): (Box<dyn Process>, String),
        cells: &'a [ProgramCell],
        panics: Option<usize>,
        stop: &'a AtomicBool,
        observer: &'a mut dyn Observer,
    ) -> Run<'a> {
        let (sender, news) = mpsc::sync_channel(WAITING);
        if let Some(out) = process.take_output() {
            let end = Some(News::OutputEnded);
            listen(out, sender.clone(), News::Output, end);
        }
        if let Some(errors) = process.take_errors() {
            listen(errors, sender, News::Errors, None);
        }
        let is_first = |cell: &ProgramCell| cell.kind == Kind::Run;
        let first = cells.iter().position(is_first);
        let current = first.or(panics).unwrap_or_default();
        Run {
            cells,
            process,
            stop,
            observer,
            panics,
            news,
            output: Splitter::new(&word),
            errors: Splitter::new(&word),
            current,
            since: Instant::now(),
            began: false,
            printed: String::new(),
            bytes: 0,
            decoder: Decoder::default(),
            pictures: Vec::new(),
            erring: current,
            error_bytes: 0,
            error_decoder: Decoder::default(),
            last_errors: Vec::new(),
            is_over: false,
            end: None,
            ended: Vec::new(),
        }
    }

    fn finish(mut self) -> io::Result<Finished> {
        let stopped = self.watch()?;
        if stopped.is_some() {
            self.process.kill();
        }
        let ending = self.wait()?;
        // Until both pipes have ended: all has been said then.
        let patience = Instant::now() + GRACE;
        let left = || patience.saturating_duration_since(Instant::now());
        while let Ok(news) = self.news.recv_timeout(left()) {
            // What a cell that was stopped goes on to print is of no use.
            if stopped.is_none() || matches!(news, News::Errors(_)) {
                self.hear(news);
            }
        }
        if let Some(Piece::Printed(bytes)) = self.output.finish() {
            self.print(&bytes);
        }
        if let Some(Piece::Printed(bytes)) = self.errors.finish() {
            self.err(&bytes);
        }
        self.end_errors();
        let excess = self.excess();
        let failure = stopped.or(excess).or_else(|| self.failure(ending));
        let (cell, seconds) = (self.current, self.since.elapsed());
        let began = self.began;
        let mut result = self.result();
        result.failure = failure;
        let last = (began || result.failure.is_some()).then_some(Last {
            cell,
            result,
            seconds: seconds.as_secs_f64(),
        });
        Ok(Finished {
            ended: self.ended,
            last,
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
            if self.stop.load(Ordering::Relaxed) {
                return Ok(Some(Failure::Stopped));
            }
            if let Some(failure) = self.excess() {
                return Ok(Some(failure));
            }
            if self.process.ended()?.is_some() {
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

    fn wait(&mut self) -> io::Result<Ending> {
        loop {
            match self.process.ended()? {
                Some(ending) => return Ok(ending),
                None => thread::sleep(Duration::from_millis(1)),
            }
        }
    }

    /// Why the cell that runs must be stopped for what it said.
    fn excess(&self) -> Option<Failure> {
        let drawn: usize = self.pictures.iter().map(String::len).sum();
        if self.bytes.max(self.error_bytes) > OUTPUT_LIMIT {
            Some(Failure::TooMuch)
        } else if drawn > PICTURES_LIMIT {
            Some(Failure::TooManyPictures)
        } else {
            None
        }
    }

    fn hear(&mut self, news: News) {
        match news {
            News::Output(bytes) => {
                for piece in self.output.push(&bytes) {
                    match piece {
                        Piece::Printed(bytes) => self.print(&bytes),
                        Piece::Mark(mark) => self.mark(mark),
                    }
                }
            }
            News::Errors(bytes) => {
                for piece in self.errors.push(&bytes) {
                    match piece {
                        Piece::Printed(bytes) => self.err(&bytes),
                        Piece::Mark(Mark::Begin(cell))
                            if cell > self.erring =>
                        {
                            self.end_errors();
                            self.erring = self.known(cell);
                            self.error_bytes = 0;
                        }
                        Piece::Mark(_) => {}
                    }
                }
            }
            News::OutputEnded => self.is_over = true,
        }
    }

    fn mark(&mut self, mark: Mark) {
        match mark {
            // Cells begin from top to bottom: another such mark is none of the
            // program's own, and must not give its cell more room or time.
            Mark::Begin(cell) if self.began && cell <= self.current => {}
            Mark::Begin(cell) => {
                self.end_cell();
                self.current = self.known(cell);
                self.since = Instant::now();
                self.began = true;
                if self.is_told(self.current) {
                    self.observer.begin(self.current);
                }
            }
            Mark::Picture(svg) => {
                if self.is_told(self.current) {
                    self.observer.picture(self.current, &svg);
                }
                self.pictures.push(svg);
            }
            mark => self.end = Some(mark),
        }
    }

    /// A cell that there is.
    fn known(&self, cell: usize) -> usize {
        cell.min(self.cells.len() - 1)
    }

    fn is_told(&self, cell: usize) -> bool {
        self.panics.is_none_or(|it| it == cell)
    }

    fn tell(&mut self, cell: usize, text: &str, stream: Stream) {
        if self.is_told(cell) && !text.is_empty() {
            self.observer.printed(cell, text, stream);
        }
    }

    fn print(&mut self, bytes: &[u8]) {
        self.bytes += bytes.len();
        let text = self.decoder.push(bytes);
        // Before the first cell begins there is none that prints.
        if self.began {
            self.tell(self.current, &text, Stream::Output);
        }
        self.printed.push_str(&text);
    }

    fn err(&mut self, bytes: &[u8]) {
        self.error_bytes += bytes.len();
        self.last_errors.extend_from_slice(bytes);
        let excess = self.last_errors.len().saturating_sub(ERRORS_KEPT);
        self.last_errors.drain(..excess);
        let text = self.error_decoder.push(bytes);
        self.tell(self.erring, &text, Stream::Errors);
    }

    fn end_errors(&mut self) {
        let text = self.error_decoder.finish();
        self.tell(self.erring, &text, Stream::Errors);
    }

    /// What the cell that ran printed and showed, if one did.
    fn result(&mut self) -> CellResult {
        let text = self.decoder.finish();
        if self.began {
            self.tell(self.current, &text, Stream::Output);
        }
        let printed = mem::take(&mut self.printed) + &text;
        self.bytes = 0;
        CellResult {
            printed: self.began.then_some(printed),
            pictures: mem::take(&mut self.pictures),
            ..CellResult::default()
        }
    }

    fn end_cell(&mut self) {
        let result = self.result();
        if self.began {
            if self.is_told(self.current) {
                let seconds = self.since.elapsed().as_secs_f64();
                self.observer.end(self.current, &result, seconds);
            }
            self.ended.push((self.current, result));
        }
        self.began = false;
    }

    fn failure(&mut self, ending: Ending) -> Option<Failure> {
        let errors = String::from_utf8_lossy(&self.last_errors).into_owned();
        let (success, status) = match ending {
            Ending::Exited { success, status } => (success, status),
            Ending::Ended(failure) => return Some(failure),
        };
        match self.end.take() {
            Some(Mark::End) if success => None,
            Some(Mark::Panic(panic)) => Some(Failure::Panic { panic, errors }),
            Some(Mark::Error(message)) => {
                Some(Failure::Error { message, errors })
            }
            Some(Mark::Left | Mark::Begin(_) | Mark::Picture(_)) => {
                Some(Failure::NoPanic)
            }
            None if success && !self.is_over => {
                Some(Failure::Endless { errors })
            }
            Some(Mark::End) | None => Some(Failure::Exited { status, errors }),
        }
    }
}

fn listen(
    mut pipe: Box<dyn Read + Send>,
    sender: SyncSender<News>,
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
