//! One run: from what a page asks for to what its cells print.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use cells::live::{self, Compiled, LiveProgram};
use cells::runner::{CellResult, Failure, Observer, Process, Stream};
use cells::{Book, Kind, Page, Section};
use keeper::{Limits, Order, Stopper};
use tempfile::TempDir;
use tokio::sync::Notify;
use tokio::sync::mpsc::Sender;

use super::exercise::exercise;
use super::package::Built;
use super::process::{Kept, output};
use super::protocol::{self, Answer, CellEnd, State, Status};
use super::{Live, page};

/// How much longer than its cells a program may take.
const MORE: Duration = Duration::from_secs(30);

/// What stops a run, wherever it is.
#[derive(Default)]
pub struct Stop {
    is_set: AtomicBool,
    told: Notify,
    /// What stops the process that runs now.
    process: Mutex<Option<Stopper>>,
}

impl Stop {
    /// Stops the run.
    pub fn now(&self) {
        let process =
            self.process.lock().unwrap_or_else(PoisonError::into_inner);
        self.is_set.store(true, Ordering::SeqCst);
        self.told.notify_one();
        if let Some(process) = &*process {
            process.stop();
        }
    }

    /// What is true when the run is stopped.
    pub fn flag(&self) -> &AtomicBool {
        &self.is_set
    }

    fn is_set(&self) -> bool {
        self.is_set.load(Ordering::SeqCst)
    }

    /// From now on, this is what stops the run.
    fn by(&self, stopper: Stopper) {
        let mut process =
            self.process.lock().unwrap_or_else(PoisonError::into_inner);
        if self.is_set() {
            stopper.stop();
        }
        *process = Some(stopper);
    }
}

/// How a run ended, and what there is to say of that.
type Verdict = (Status, Option<String>);

impl Live {
    /// Runs what is asked for, and tells all that comes of it.
    pub async fn run(
        self: Arc<Self>,
        order: protocol::Order,
        stop: Arc<Stop>,
        answers: Sender<Answer>,
    ) {
        let since = Instant::now();
        let run = order.run.clone();
        let tell = answers.clone();
        let (status, message) = self.turn(order, stop, answers).await;
        let done = Answer::Done {
            run,
            status,
            message,
            seconds: since.elapsed().as_secs_f64(),
        };
        // The page may be closed.
        let _ = tell.send(done).await;
    }

    /// Waits for a turn, and takes it.
    async fn turn(
        self: Arc<Self>,
        order: protocol::Order,
        stop: Arc<Stop>,
        answers: Sender<Answer>,
    ) -> Verdict {
        let Some(place) = self.queue(&stop) else {
            let message = "too many runs wait already: try again later";
            return (Status::Refused, Some(message.to_owned()));
        };
        let ahead = place.ahead();
        if ahead > 0 {
            let state = State::Queued { ahead };
            let run = order.run.clone();
            let _ = answers.send(Answer::State { run, state }).await;
        }
        let turn = tokio::select! {
            turn = self.turns.acquire() => turn,
            () = stop.told.notified() => return (Status::Stopped, None),
        };
        let live = Arc::clone(&self);
        let work = tokio::task::spawn_blocking(move || {
            let run = Run {
                live: &live,
                name: order.run.clone(),
                stop: &stop,
                answers,
            };
            run.go(&order)
        });
        let verdict = work.await;
        drop((turn, place));
        verdict.unwrap_or_else(|_| {
            let message = "the server failed at this: see what it printed";
            (Status::Failed, Some(message.to_owned()))
        })
    }
}

impl Live {
    /// What runs the compiler: confined, within its limits, until it is
    /// stopped.
    pub fn compiler<'a>(
        &'a self,
        built: &Built,
        stop: &'a Stop,
    ) -> impl FnMut(Command) -> io::Result<Output> + use<'a> {
        let folder = built.folder.clone();
        let places = self.places(built);
        let confinement = places.map(|it| it.compiler(&folder));
        move |command| {
            let limits = self.limits.compiler;
            let order =
                Order::of(&command, &folder, limits, confinement.clone());
            let kept = self.keeper.start(&order)?;
            stop.by(kept.stopper());
            output(kept)
        }
    }

    /// Compiles what takes long of a page's cells, while its reader reads.
    pub fn prepare_page(&self, html: &str) {
        // One after the other: readers wait for the other processor's work.
        let _turn = self
            .preparing
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let stop = Stop::default();
        // A run that meets the same error tells it, and can do without.
        let Ok(built) = self.package.built(stop.flag(), &mut |_| {}) else {
            return;
        };
        let book = self.book();
        let Some((book, page)) = book
            .as_ref()
            .and_then(|book| Some((book, page(book, html)?)))
        else {
            return;
        };
        let mut start = self.compiler(&built, &stop);
        let Built {
            libraries, folder, ..
        } = &*built;
        let _ = live::prepare(book, page, libraries, folder, &mut start);
    }
}

/// A run that has its turn.
pub(super) struct Run<'a> {
    pub(super) live: &'a Live,
    pub(super) name: String,
    stop: &'a Stop,
    answers: Sender<Answer>,
}

/// The cells of a section that are run.
struct Part<'a> {
    book: &'a Book,
    page: &'a Page,
    section: &'a Section,
    until: &'a str,
    edits: &'a live::Edits,
}

impl Run<'_> {
    fn go(&self, order: &protocol::Order) -> Verdict {
        let refused = |why: String| (Status::Refused, Some(why));
        let Some(book) = self.live.book() else {
            return refused("the book has problems".to_owned());
        };
        let exercise = exercise(&book, &order.until);
        let section = page(&book, &order.page).and_then(|page| {
            let has_it = |section: &&Section| {
                let mut cells = section.cells.iter();
                cells.any(|cell| cell.anchor == order.until)
            };
            Some((page, page.sections.iter().find(has_it)?))
        });
        let folder = match TempDir::new_in(self.live.stage.path()) {
            Ok(folder) => folder,
            Err(error) => {
                return (
                    Status::Failed,
                    Some(format!("no folder for what it writes: {error}")),
                );
            }
        };
        let result = match (exercise, section) {
            (Some(exercise), _) => {
                self.answer_to(&book, exercise, order, &folder)
            }
            (None, Some((page, section))) => {
                let part = Part {
                    book: &book,
                    page,
                    section,
                    until: &order.until,
                    edits: &order.edits,
                };
                self.run(&part, &folder)
            }
            (None, None) => {
                return refused(
                    "the book has no such cell any more: load the page again"
                        .to_owned(),
                );
            }
        };
        match result {
            Ok(status) if self.stop.is_set() => {
                // What was done already counts.
                let is_done = status == Status::Done;
                (if is_done { status } else { Status::Stopped }, None)
            }
            Ok(status) => (status, None),
            Err(_) if self.stop.is_set() => (Status::Stopped, None),
            Err(why) => (Status::Failed, Some(why)),
        }
    }

    /// Runs the part. The error is why that cannot be done.
    fn run(&self, part: &Part, folder: &TempDir) -> Result<Status, String> {
        let Part {
            book,
            page,
            section,
            until,
            edits,
        } = *part;
        let built = self.build()?;
        let program = LiveProgram::new(book, page, section, until, edits)?;
        let program = self.limited(program);
        let mut status = Status::Done;
        if !program.program.cells.is_empty() {
            let refused = |program: &_, errors| self.refused(program, errors);
            let Some(path) = self.compiled(&program, &built, refused)? else {
                return Ok(Status::Failed);
            };
            let outputs = section.cells.iter().filter_map(|cell| {
                let output = cell.output.as_ref()?;
                Some((cell.anchor.as_str(), output.lines.join("\n")))
            });
            let mut teller = Teller {
                run: self,
                program: &program,
                outputs: outputs.collect(),
                printed: String::new(),
            };
            let all =
                self.start(&program, (&path, &built), folder, &mut teller)?;
            if !all {
                return Ok(Status::Failed);
            }
        }
        for cell in &section.cells {
            if matches!(cell.tags.kind, Kind::CompileFail { .. })
                && !self.check(part, &cell.anchor, &built)?
            {
                status = Status::Failed;
            }
            if cell.anchor == until || self.stop.is_set() {
                break;
            }
        }
        Ok(status)
    }

    /// What programs are made of, once it is built.
    pub(super) fn build(&self) -> Result<Arc<Built>, String> {
        self.live.package.built(self.stop.flag(), &mut |text| {
            let text = text.to_owned();
            self.tell(State::Building { text });
        })
    }

    /// A program whose cells run no longer than any may.
    pub(super) fn limited(&self, mut program: LiveProgram) -> LiveProgram {
        for cell in &mut program.program.cells {
            cell.seconds = cell.seconds.min(self.live.limits.cell);
        }
        program
    }

    /// Compiles a program that is to run, and tells of what the compiler warns.
    /// Nothing where it has errors, which `refused` is told.
    pub(super) fn compiled(
        &self,
        program: &LiveProgram,
        built: &Built,
        refused: impl FnOnce(&LiveProgram, Vec<live::Diagnostic>),
    ) -> Result<Option<PathBuf>, String> {
        self.tell(State::Compiling);
        match self.compile(program, built)? {
            Compiled::Program { path, warnings, .. } => {
                for diagnostic in warnings {
                    let run = self.name.clone();
                    self.answer(Answer::Diagnostic { run, diagnostic });
                }
                self.tell(State::Running);
                Ok(Some(path))
            }
            Compiled::Refused(errors) => {
                refused(program, errors);
                Ok(None)
            }
            Compiled::Accepted => {
                Err("the program was compiled only to fail".to_owned())
            }
        }
    }

    /// Runs a program. Whether all of its cells did what they should.
    pub(super) fn start(
        &self,
        program: &LiveProgram,
        (path, built): (&Path, &Built),
        folder: &TempDir,
        observer: &mut dyn Observer,
    ) -> Result<bool, String> {
        let seconds: u64 =
            program.program.cells.iter().map(|cell| cell.seconds).sum();
        let limits = Limits {
            time: Duration::from_secs(seconds) + MORE,
            ..self.live.limits.program
        };
        let places = self.live.places(built);
        let confinement = places.map(|it| it.program(folder.path()));
        let mut start = |command: Command| -> io::Result<Box<dyn Process>> {
            let order =
                Order::of(&command, folder.path(), limits, confinement.clone());
            let kept = self.live.keeper.start(&order)?;
            self.stop.by(kept.stopper());
            Ok(Box::new(Kept::new(kept)))
        };
        let stop = self.stop.flag();
        let root = &self.live.root;
        let results =
            live::run(program, path, root, &mut start, stop, observer)
                .map_err(|error| format!("the cells were not run: {error}"))?;
        Ok(results.iter().all(|result| result.failure.is_none()))
    }

    /// Compiles a cell that must not compile. Whether it does as it should.
    fn check(
        &self,
        part: &Part,
        anchor: &str,
        built: &Built,
    ) -> Result<bool, String> {
        let since = Instant::now();
        let Part {
            book,
            page,
            section,
            edits,
            ..
        } = *part;
        let program = LiveProgram::failing(book, page, section, anchor, edits)?;
        let cell = anchor.to_owned();
        self.answer(Answer::Begin {
            run: self.name.clone(),
            cell: cell.clone(),
        });
        let verdict = match self.compile(&program, built)? {
            Compiled::Refused(errors) => {
                let verdict = program.refusal(&errors);
                for diagnostic in errors {
                    let run = self.name.clone();
                    self.answer(Answer::Diagnostic { run, diagnostic });
                }
                verdict
            }
            Compiled::Program { .. } | Compiled::Accepted => {
                Err("the cell compiles, and should not".to_owned())
            }
        };
        let is_good = verdict.is_ok();
        let mut end = CellEnd {
            seconds: since.elapsed().as_secs_f64(),
            ..CellEnd::of("done")
        };
        match verdict {
            Ok(text) => {
                let cells = section.cells.iter();
                let output = cells
                    .filter(|it| it.anchor == anchor)
                    .find_map(|it| Some(it.output.as_ref()?.lines.join("\n")));
                end.compare(output.as_deref(), &text);
                self.out(&cell, &text, Stream::Output);
            }
            Err(why) => {
                end.status = "error";
                end.message = Some(why);
            }
        }
        let run = self.name.clone();
        self.answer(Answer::End { run, cell, end });
        Ok(is_good)
    }

    fn compile(
        &self,
        program: &LiveProgram,
        built: &Built,
    ) -> Result<Compiled, String> {
        let mut start = self.live.compiler(built, self.stop);
        live::compile(program, &built.libraries, &built.folder, &mut start)
            .map_err(|error| format!("the cells were not compiled: {error}"))
    }

    /// Tells why cells are not run.
    pub(super) fn refused(
        &self,
        program: &LiveProgram,
        errors: Vec<live::Diagnostic>,
    ) {
        let at = |anchor: &str| {
            let errors = errors.iter();
            let mut spans = errors.flat_map(|error| &error.spans);
            spans.any(|span| span.is_primary && span.cell == anchor)
        };
        let bad = program.anchors().filter(|anchor| at(anchor));
        let bad: Vec<String> = bad.map(str::to_owned).collect();
        for diagnostic in errors {
            let run = self.name.clone();
            self.answer(Answer::Diagnostic { run, diagnostic });
        }
        for cell in bad {
            let run = self.name.clone();
            let end = CellEnd::of("refused");
            self.answer(Answer::End { run, cell, end });
        }
    }

    fn tell(&self, state: State) -> bool {
        let run = self.name.clone();
        self.answer(Answer::State { run, state })
    }

    pub(super) fn out(&self, cell: &str, text: &str, stream: Stream) {
        self.answer(Answer::Out {
            run: self.name.clone(),
            cell: cell.to_owned(),
            stream: match stream {
                Stream::Output => protocol::Stream::Stdout,
                Stream::Errors => protocol::Stream::Stderr,
            },
            text: text.to_owned(),
        });
    }

    /// Whether the page is there to hear it; else the run is stopped.
    pub(super) fn answer(&self, answer: Answer) -> bool {
        let is_heard = self.answers.blocking_send(answer).is_ok();
        if !is_heard {
            self.stop.now();
        }
        is_heard
    }
}

/// Tells a page of cells while they run.
struct Teller<'a> {
    run: &'a Run<'a>,
    program: &'a LiveProgram,
    /// What the book shows, by the cells' anchors.
    outputs: BTreeMap<&'a str, String>,
    /// What the cell that runs has printed to standard output.
    printed: String,
}

impl Teller<'_> {
    fn anchor(&self, cell: usize) -> String {
        let anchor = self.program.anchors().nth(cell);
        anchor.unwrap_or_default().to_owned()
    }
}

impl Observer for Teller<'_> {
    fn begin(&mut self, cell: usize) {
        self.printed.clear();
        let (run, cell) = (self.run.name.clone(), self.anchor(cell));
        self.run.answer(Answer::Begin { run, cell });
    }

    fn printed(&mut self, cell: usize, text: &str, stream: Stream) {
        if stream == Stream::Output {
            self.printed += text;
        }
        self.run.out(&self.anchor(cell), text, stream);
    }

    fn picture(&mut self, cell: usize, svg: &str) {
        self.run.answer(Answer::Picture {
            run: self.run.name.clone(),
            cell: self.anchor(cell),
            svg: svg.to_owned(),
        });
    }

    fn end(&mut self, cell: usize, result: &CellResult, seconds: f64) {
        let anchor = self.anchor(cell);
        if let Some(panic) = &result.panic {
            // As the book shows it.
            let starts =
                self.printed.is_empty() || self.printed.ends_with('\n');
            let line = if starts { "" } else { "\n" };
            let text = format!("{line}{panic}\n");
            self.printed += &text;
            self.run.out(&anchor, &text, Stream::Output);
        }
        let mut end = match &result.failure {
            None => CellEnd::of("done"),
            Some(failure) => {
                let limits = &self.run.live.limits.program;
                failed(self.program, &anchor, failure, limits)
            }
        };
        end.seconds = seconds;
        let output = self.outputs.get(anchor.as_str()).map(String::as_str);
        if result.failure.is_none() {
            end.compare(output, &self.printed);
        }
        let run = self.run.name.clone();
        self.run.answer(Answer::End {
            run,
            cell: anchor,
            end,
        });
    }
}

/// How a cell ended that did not do what it should.
pub(super) fn failed(
    program: &LiveProgram,
    anchor: &str,
    failure: &Failure,
    limits: &Limits,
) -> CellEnd {
    let mut line = None;
    let (status, message) = match failure {
        Failure::Panic { panic, .. } => {
            let mut message = panic.message.clone();
            match (program.row(panic), &panic.place) {
                (Some((cell, row)), _) if cell == anchor => line = Some(row),
                (Some((_, row)), _) => {
                    let _ = write!(message, "\nin line {row} of a cell above");
                }
                (None, Some((file, row))) => {
                    let _ = write!(message, "\nat {file}:{row}");
                }
                (None, None) => {}
            }
            ("panicked", Some(message))
        }
        Failure::Error { message, .. } => ("error", Some(message.clone())),
        Failure::Exited { status, .. } => (
            "exited",
            Some(format!("the program ended in this cell: {status}")),
        ),
        Failure::TimedOut(seconds) => (
            "timed-out",
            Some(format!("the cell was still running after {seconds} s")),
        ),
        Failure::Endless { .. } => (
            "exited",
            Some("something that the cell started still runs".to_owned()),
        ),
        Failure::TooMuch => (
            "too-much",
            Some(format!(
                "the cell printed more than {} KiB",
                cells::runner::OUTPUT_LIMIT >> 10
            )),
        ),
        Failure::TooManyPictures => (
            "too-much",
            Some(format!(
                "the cell showed pictures of more than {} KiB",
                cells::runner::PICTURES_LIMIT >> 10
            )),
        ),
        Failure::NoPanic => (
            "error",
            Some("the cell came to its end, and should panic".to_owned()),
        ),
        Failure::Skipped => ("skipped", None),
        Failure::Stopped => ("stopped", None),
        Failure::OutOfMemory => (
            "out-of-memory",
            Some(format!(
                "the cell used more than {} MiB of memory",
                limits.memory >> 20
            )),
        ),
        Failure::TooManyProcesses => (
            "too-many-processes",
            Some(format!(
                "the cell started more than {} processes",
                limits.processes
            )),
        ),
        Failure::WroteTooMuch => (
            "too-much",
            Some(format!(
                "the cell wrote more than {} MiB to files",
                limits.written >> 20
            )),
        ),
    };
    CellEnd {
        message,
        line,
        ..CellEnd::of(status)
    }
}
