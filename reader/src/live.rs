//! Runs the cells of a page that is read in a browser.
//!
//! A run is a program: the cells of a section, from its first to the one that
//! is asked for, as they stand on the page. The crate `cells` makes it, by the
//! same code that makes the tests; the crate `keeper` runs it, and sees to
//! its end. Nothing is kept from one run to the next but what was built.

mod assets;
mod connection;
mod exercise;
mod package;
mod process;
mod protocol;
mod run;

use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::thread;

use anyhow::{Context, Result};
use cells::{Book, Cell, Page};
use keeper::{Keeper, Places};
use tokio::sync::Semaphore;

use crate::page::tasks;
use crate::stage::Stage;
use package::{Built, Package};
use protocol::CellOnPage;

pub use assets::asset;
pub use connection::talk;
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
    package: Package,
    keeper: Keeper,
    /// Where runs have their folders.
    stage: Stage,
    /// Why programs are not confined, unless they are.
    confined: Result<(), String>,
    turns: Semaphore,
    /// How many runs wait, or have their turn.
    runs: AtomicUsize,
}

/// A place in the queue, until it is left.
struct Waiting<'a> {
    live: &'a Live,
    before: usize,
}

impl Waiting<'_> {
    /// How many are to end before.
    fn ahead(&self) -> usize {
        (self.before + 1).saturating_sub(turns())
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.live.runs.fetch_sub(1, Ordering::Relaxed);
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
    pub fn new(root: &Path, confined: bool) -> Result<Live> {
        let folder = std::env::temp_dir();
        let stage = Stage::make_in(&folder, RUNS)
            .with_context(|| format!("cannot write to {}", folder.display()))?;
        let test = cells::Config::load(root).map(|config| config.test);
        let keeper = Keeper::own().context("cannot find this program")?;
        Ok(Live {
            root: root.to_owned(),
            book: RwLock::new(None),
            package: Package::new(root, &test.unwrap_or_default()),
            keeper,
            stage,
            confined: if confined {
                keeper::confinement().map(|_| ())
            } else {
                Err("It was started with --unconfined.".to_owned())
            },
            turns: Semaphore::new(turns()),
            runs: AtomicUsize::new(0),
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
    pub fn prepare(self: &Arc<Self>) {
        let live = Arc::clone(self);
        thread::spawn(move || {
            // A run that meets the same error tells it.
            let _ = live.package.built(&mut |_| true);
        });
    }

    fn book(&self) -> Option<Arc<Book>> {
        let book = self.book.read().unwrap_or_else(PoisonError::into_inner);
        book.clone()
    }

    fn hello(&self) -> Answer {
        Answer::Hello {
            confined: self.confined.is_ok(),
            why: self.confined.clone().err(),
            downloads: false,
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
    fn queue(&self) -> Option<Waiting<'_>> {
        let before = self.runs.fetch_add(1, Ordering::Relaxed);
        let place = Waiting { live: self, before };
        (before < RUNS_LIMIT + turns()).then_some(place)
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
    let is_it = |page: &&Page| {
        let below = page.path.strip_prefix(&book.config.src);
        below.is_ok_and(|below| {
            let name = if below.ends_with("README.md") {
                below.with_file_name("index.html")
            } else {
                below.with_extension("html")
            };
            name == path
        })
    };
    let found = book.pages.iter().find(is_it);
    // The first page is rendered twice.
    found.or_else(|| (html == "index.html").then(|| book.pages.first())?)
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
