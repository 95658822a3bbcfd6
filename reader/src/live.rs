//! Runs the cells of a page that is read in a browser.
//!
//! A run is a program: the cells of a section, from its first to the one that
//! is asked for, as they stand on the page. The crate `cells` makes it, by the
//! same code that makes the tests; the crate `keeper` runs it, and sees to
//! its end. Nothing is kept from one run to the next but what was built.

mod assets;
mod connection;
mod download;
mod exercise;
mod limits;
mod package;
mod process;
mod protocol;
mod run;

use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, RwLock};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result};
use cells::{Book, Cell, Page};
use keeper::{Keeper, Places};
use tokio::sync::Semaphore;

use crate::page::tasks;
use crate::stage::Stage;
use package::Built;
use protocol::CellOnPage;

pub use assets::asset;
pub use connection::talk;
pub use download::{Refused, Taken};
pub use limits::{Limit, RunLimits, change};
pub use package::Package;
pub use protocol::{Answer, CellEnd, Order, State, Status, Stream};
pub use run::Stop;

/// How long a question may be, in bytes: a page's edits are all in one.
pub const QUESTION_LIMIT: usize = 1 << 20;

/// How many runs wait for their turn, of all pages.
const RUNS_LIMIT: usize = 64;

/// How the folder of what runs write is called.
const RUNS: &str = ".cells-";

/// All that runs have in common.
pub struct Live {
    root: PathBuf,
    /// The book as it is served.
    book: RwLock<Option<Arc<Book>>>,
    package: Arc<Package>,
    keeper: Keeper,
    limits: RunLimits,
    /// Where runs have their folders.
    stage: Stage,
    /// Why programs are not confined, unless they are.
    confined: Result<(), String>,
    turns: Semaphore,
    runs: Mutex<Runs>,
    has_left: Condvar,
    /// Held while a page is prepared.
    preparing: Mutex<()>,
}

/// The runs that wait, or have their turn.
#[derive(Default)]
struct Runs {
    stops: Vec<Arc<Stop>>,
    /// Whether there are to be no more.
    are_over: bool,
}

/// How long the server waits for its runs to put everything away.
const PATIENCE: Duration = Duration::from_secs(5);

/// A place in the queue, until it is left.
struct Waiting<'a> {
    live: &'a Live,
    before: usize,
    stop: Arc<Stop>,
}

impl Waiting<'_> {
    /// How many are to end before.
    fn ahead(&self) -> usize {
        (self.before + 1).saturating_sub(turns())
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        let mut runs = self.live.runs();
        runs.stops.retain(|it| !Arc::ptr_eq(it, &self.stop));
        self.live.has_left.notify_all();
    }
}

/// How many runs have their turn at the same time.
fn turns() -> usize {
    thread::available_parallelism().map_or(1, NonZero::get)
}

impl Live {
    /// Gets ready to run cells of the book in `root`.
    ///
    /// # Errors
    ///
    /// There is no folder for what runs write.
    pub fn new(root: &Path, confined: bool, limits: RunLimits) -> Result<Live> {
        let folder = std::env::temp_dir();
        let stage = Stage::make_in(&folder, RUNS)
            .with_context(|| format!("cannot write to {}", folder.display()))?;
        let test = cells::Config::load(root).map(|config| config.test);
        let keeper = Keeper::own().context("cannot find this program")?;
        Ok(Live {
            root: root.to_owned(),
            book: RwLock::new(None),
            package: Arc::new(Package::new(
                root,
                &test.unwrap_or_default(),
                keeper.clone(),
            )),
            keeper,
            limits,
            stage,
            confined: if confined {
                keeper::confinement().map(|_| ())
            } else {
                Err("It was started with --unconfined.".to_owned())
            },
            turns: Semaphore::new(turns()),
            runs: Mutex::default(),
            has_left: Condvar::new(),
            preparing: Mutex::new(()),
        })
    }

    /// Reads the book anew, which has just been rendered.
    pub fn reload(&self, root: &Path) {
        // It was found good a moment ago; else the one before stays.
        if let Ok(book) = Book::load(root) {
            let mut place =
                self.book.write().unwrap_or_else(PoisonError::into_inner);
            *place = Some(Arc::new(book));
        }
    }

    /// Builds what cells are linked with, so that the first run need not wait
    /// for it.
    pub fn prepare(&self) {
        self.package.prepare();
    }

    /// Ends all runs, and what they started, and waits until nothing is left of
    /// them: for a server that is about to end. None begins any more.
    pub fn end(&self) {
        let mut runs = self.runs();
        runs.are_over = true;
        for stop in &runs.stops {
            stop.now();
        }
        drop(runs);
        self.keeper.end_all();
        let runs = self.runs();
        let are_left = |runs: &mut Runs| !runs.stops.is_empty();
        let _ = self.has_left.wait_timeout_while(runs, PATIENCE, are_left);
    }

    fn runs(&self) -> MutexGuard<'_, Runs> {
        self.runs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn book(&self) -> Option<Arc<Book>> {
        let book = self.book.read().unwrap_or_else(PoisonError::into_inner);
        book.clone()
    }

    fn hello(&self) -> Answer {
        Answer::Hello {
            confined: self.confined.is_ok(),
            why: self.confined.clone().err(),
            downloads: true,
        }
    }

    /// The one name of a rendered page, of which the first has two.
    pub fn name(&self, html: &str) -> String {
        let book = self.book();
        let page = book.as_ref().and_then(|book| {
            let page = page(book, html)?;
            page.path.strip_prefix(&book.config.src).ok()
        });
        let path = page.map(|page| page.with_extension("html"));
        path.map_or(html.to_owned(), |it| it.to_string_lossy().into_owned())
    }

    /// The cells of a rendered page; none where it has none.
    fn cells(&self, html: &str) -> Vec<CellOnPage> {
        let Some(book) = self.book() else {
            return Vec::new();
        };
        let Some(page) = page(&book, html) else {
            return Vec::new();
        };
        let sections = page.sections.iter().enumerate();
        let cells = sections.flat_map(|(number, section)| {
            let missing = book.missing_data(section);
            let cells = section.cells.iter();
            cells.map(move |cell| on_page(cell, number, missing.clone()))
        });
        // What exercises begin with, which a page shows from another.
        let tasks = tasks(&page.source);
        let checked = book.pages.iter().flat_map(|page| &page.exercises);
        let checked =
            checked.filter(|it| tasks.iter().any(|to| to.number == it.number));
        let sections = page.sections.len()..;
        let starters = checked.zip(sections).map(|(exercise, section)| {
            let missing = book.missing(&exercise.needs);
            let mut cell = on_page(&exercise.starter, section, missing);
            cell.number = 0;
            cell.exercise = Some(exercise.number.clone());
            cell
        });
        cells.chain(starters).collect()
    }

    /// A place in the queue, or nothing where too many wait.
    fn queue(&self, stop: &Arc<Stop>) -> Option<Waiting<'_>> {
        let mut runs = self.runs();
        let before = runs.stops.len();
        if runs.are_over || before >= RUNS_LIMIT + turns() {
            return None;
        }
        runs.stops.push(Arc::clone(stop));
        Some(Waiting {
            live: self,
            before,
            stop: Arc::clone(stop),
        })
    }

    /// What programs may use that are made of this; nothing where they are not
    /// confined.
    fn places(&self, made_of: &Built) -> Option<Places> {
        self.confined.as_ref().ok()?;
        let data = self.book();
        let data = data.iter().flat_map(|book| book.config.data.values());
        let real = |folder: PathBuf| folder.canonicalize().unwrap_or(folder);
        let reads = made_of.libraries.reads();
        let mut built: Vec<PathBuf> = reads.map(Path::to_owned).collect();
        let sysroot = built.first().cloned().unwrap_or_default();
        built.push(made_of.folder.clone());
        Some(Places {
            sysroot,
            root: self.root.clone(),
            built,
            data: data.map(|it| real(self.root.join(&it.folder))).collect(),
            sources: Vec::new(),
        })
    }
}

/// The page of the book that is rendered as this file.
fn page<'a>(book: &'a Book, html: &str) -> Option<&'a Page> {
    let path = Path::new(html);
    let is_it = |page: &&Page| rendered_as(book, page) == path;
    let found = book.pages.iter().find(is_it);
    // The first page is rendered twice.
    found.or_else(|| (html == "index.html").then(|| book.pages.first())?)
}

/// The file that a page is rendered as, in the folder of the rendered book.
pub fn rendered_as(book: &Book, page: &Page) -> PathBuf {
    let below = page.path.strip_prefix(&book.config.src);
    let below = below.unwrap_or(&page.path);
    if below.ends_with("README.md") {
        below.with_file_name("index.html")
    } else {
        below.with_extension("html")
    }
}

fn on_page(cell: &Cell, section: usize, missing: Option<String>) -> CellOnPage {
    let rows = cell.code.iter().zip(1..);
    CellOnPage {
        anchor: cell.anchor.clone(),
        number: cell.number,
        exercise: None,
        section,
        kind: cell.tags.kind.to_string(),
        code: lines(cell.code.iter().map(|row| row.text.as_str())),
        hidden: rows
            .filter(|(row, _)| row.hidden)
            .map(|(_, number)| number)
            .collect(),
        output: cell
            .output
            .as_ref()
            .map(|output| lines(output.lines.iter().map(String::as_str))),
        missing,
    }
}

fn lines<'a>(lines: impl Iterator<Item = &'a str>) -> String {
    lines.collect::<Vec<_>>().join("\n")
}
