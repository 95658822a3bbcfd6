//! The part of a section's program that is always the same.
//!
//! Its test starts the program in order to run the cells, which writes marks
//! between their outputs; the test stops a cell that runs away, takes the
//! outputs apart, and compares each with the page.

use std::any::{Any, type_name};
use std::env;
use std::error::Error;
use std::fmt::{Debug, Display};
use std::io::{self, Write};
use std::panic;
use std::process::{self, ExitCode};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread;

use crate::compile;
use crate::marks::{Mark, Panic};
use crate::runner::{CELL, SECTION, WORD};
use crate::svg;

/// This file, as the compiler names it.
pub(crate) const FILE: &str = file!();

/// A section's cells as one function.
pub type SectionFn = fn() -> Result<(), Box<dyn Error>>;

/// What a program of sections does: runs the cells of the one that it is told
/// to run.
#[must_use]
pub fn main(sections: &[(&str, SectionFn)]) -> ExitCode {
    let order = env::var(WORD).ok().zip(env::var(SECTION).ok());
    if let Some((word, name)) = order {
        let panics = env::var(CELL).ok().and_then(|cell| cell.parse().ok());
        if let Some((_, section)) = sections.iter().find(|it| it.0 == name) {
            // No section comes here twice.
            let _ = ORDER.set(Order { word, panics });
            return child(*section);
        }
    }
    compile::hand_over().unwrap_or_else(|| {
        eprintln!("a program of cells is run by its test");
        ExitCode::FAILURE
    })
}

/// What a child is told: read once, since a cell may change its environment.
struct Order {
    /// The word of its marks.
    word: String,
    /// The number of the one cell that should panic in this run, if any.
    panics: Option<usize>,
}

static ORDER: OnceLock<Order> = OnceLock::new();

/// The last panic of the cell that runs.
static PANIC: Mutex<Option<Panic>> = Mutex::new(None);

fn last_panic() -> MutexGuard<'static, Option<Panic>> {
    PANIC.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What a panic says.
fn message(payload: &(dyn Any + Send)) -> String {
    let text = payload
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("a value, not a text").to_owned()
}

fn child(section: SectionFn) -> ExitCode {
    let main_thread = thread::current().id();
    let usual = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        // Other threads' panics are the business of those that join them.
        if thread::current().id() != main_thread {
            usual(info);
            return;
        }
        *last_panic() = Some(Panic {
            message: message(info.payload()),
            place: info
                .location()
                .map(|place| (place.file().to_owned(), place.line())),
        });
    }));
    let mark = match panic::catch_unwind(section) {
        Ok(Ok(())) => Mark::End,
        Ok(Err(error)) => Mark::Error(error.to_string()),
        Err(payload) => {
            let message = message(payload.as_ref());
            // Another panic, that was caught, says nothing of this one.
            let seen = last_panic().take().filter(|it| it.message == message);
            let place = seen.and_then(|it| it.place);
            Mark::Panic(Panic { message, place })
        }
    };
    write(&mark);
    ExitCode::SUCCESS
}

fn write(mark: &Mark) {
    // Without anyone to read the marks there is no one to tell.
    if write_to(io::stdout(), mark).is_err() {
        process::exit(1);
    }
}

fn write_to(mut out: impl Write, mark: &Mark) -> io::Result<()> {
    let Some(Order { word, .. }) = ORDER.get() else {
        return Ok(());
    };
    out.write_all(mark.write(word).as_bytes())?;
    out.flush()
}

/// Shows a picture under the cell that calls this: any value whose text is an
/// SVG document.
///
/// On the page the picture is an image right after the cell, or after its
/// output: the first that the cell shows is the first image, and so on. Where
/// no page asks for it, outside of a section's program, the document is
/// printed; in evcxr, the Rust kernel for Jupyter, so that the notebook shows
/// it.
///
/// # Panics
///
/// If the text is no document that a page can show: one that begins with
/// `<svg`, ends with `</svg>`, and has no blank line and at most 1 MiB.
#[track_caller]
pub fn show(picture: impl Display) {
    let text = picture.to_string();
    if let Err(why) = svg::check(&text) {
        panic!("the picture cannot be shown: {why}");
    }
    if ORDER.get().is_some() {
        write(&Mark::Picture(text));
    } else if env::var_os(EVCXR).is_some() {
        let text = text.trim_end();
        println!(
            "EVCXR_BEGIN_CONTENT image/svg+xml\n{text}\nEVCXR_END_CONTENT"
        );
    } else {
        println!("{}", text.trim_end());
    }
}

/// The variable that the process has in which evcxr runs cells.
const EVCXR: &str = "EVCXR_IS_RUNTIME";

/// The value of a cell that ends in an expression: printed, as `{:?}`, unless it
/// is `()`.
pub fn value<T: Debug + ?Sized>(value: &T) {
    if type_name::<T>() != type_name::<()>() {
        println!("{value:?}");
    }
}

/// A cell begins.
pub fn begin(cell: usize) {
    *last_panic() = None;
    let mark = Mark::Begin(cell);
    // A cell that has closed its standard error writes nothing there.
    let _ = write_to(io::stderr(), &mark);
    write(&mark);
}

/// Whether this is the run in which this `should_panic` cell is entered.
#[must_use]
pub fn enter(cell: usize) -> bool {
    let is_its_run =
        ORDER.get().is_some_and(|order| order.panics == Some(cell));
    if is_its_run {
        begin(cell);
    }
    is_its_run
}

/// Whether a `no_run` cell is entered: never, though the compiler cannot know.
#[must_use]
pub fn never() -> bool {
    false
}

/// A cell that should have panicked has come to its end.
pub fn leave() -> ! {
    write(&Mark::Left);
    process::exit(0)
}
