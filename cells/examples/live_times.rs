//! How long a reader waits for the cells of a book: for each section, the
//! seconds until its program is compiled and linked, until the same is found
//! again, and from then until its first cell begins.
//!
//! ```text
//! cargo run --example live_times -- FOLDER
//! ```

use std::env;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use cells::Book;
use cells::live::{Compiled, Edits, Libraries, LiveProgram, compile, run};
use cells::runner::{Observer, start};

/// What stops a program as soon as a cell begins.
struct First<'a> {
    stop: &'a AtomicBool,
    since: Instant,
    seconds: f64,
}

impl Observer for First<'_> {
    fn begin(&mut self, _cell: usize) {
        self.seconds = self.since.elapsed().as_secs_f64();
        self.stop.store(true, Ordering::Relaxed);
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let root = env::args().nth(1).map_or_else(|| ".".into(), PathBuf::from);
    let root = root.canonicalize()?;
    let book = Book::load(&root).map_err(|problems| format!("{problems:?}"))?;
    let since = Instant::now();
    let libraries = libraries(&book)?;
    println!("{:8.3}  cargo, and its libraries", seconds(since));
    let folder = tempfile::tempdir()?;
    let mut times: Vec<[f64; 3]> = Vec::new();
    for page in &book.pages {
        for section in &page.sections {
            let program = |edits| {
                let until = section.cells.last();
                let until = until.map_or("", |cell| &cell.anchor);
                LiveProgram::new(&book, page, section, until, &edits)
            };
            if times.is_empty() {
                let all = section.cells.iter();
                let empty = all.map(|it| (it.anchor.clone(), String::new()));
                let since = Instant::now();
                build(&program(empty.collect())?, &libraries, folder.path())?;
                println!("{:8.3}  what all share", seconds(since));
                println!("compiled    again    begun");
            }
            let program = program(Edits::new())?;
            let since = Instant::now();
            let path = build(&program, &libraries, folder.path())?;
            let compiled = seconds(since);
            let since = Instant::now();
            build(&program, &libraries, folder.path())?;
            let again = seconds(since);
            let stop = AtomicBool::new(false);
            let mut first = First {
                stop: &stop,
                since: Instant::now(),
                seconds: 0.0,
            };
            run(&program, &path, &root, &mut start, &stop, &mut first)?;
            let begun = first.seconds;
            let name = section.test_name(page);
            println!("{compiled:8.3} {again:8.3} {begun:8.3}  {name}");
            times.push([compiled, again, begun]);
        }
    }
    for (what, percent) in [("median", 50), ("95 %", 95), ("longest", 100)] {
        let [compiled, again, begun] = [0, 1, 2].map(|it| {
            let mut times: Vec<f64> =
                times.iter().map(|times| times[it]).collect();
            times.sort_by(f64::total_cmp);
            times[(times.len() - 1) * percent / 100]
        });
        println!("{compiled:8.3} {again:8.3} {begun:8.3}  {what}");
    }
    Ok(())
}

fn seconds(since: Instant) -> f64 {
    since.elapsed().as_secs_f64()
}

/// What cargo has built for the tests of a book, and builds if it has not.
fn libraries(book: &Book) -> Result<Libraries, Box<dyn Error>> {
    let output = Command::new("cargo")
        .current_dir(&book.root)
        .args(["test", "--no-run", "--test", &book.config.test])
        .arg("--message-format=json-render-diagnostics")
        .stderr(Stdio::inherit())
        .output()?;
    let messages = String::from_utf8(output.stdout)?;
    Ok(Libraries::find(&book.root, &messages)?)
}

fn build(
    program: &LiveProgram,
    libraries: &Libraries,
    folder: &Path,
) -> Result<PathBuf, Box<dyn Error>> {
    let mut output = |mut command: Command| command.output();
    match compile(program, libraries, folder, &mut output)? {
        Compiled::Program { path, .. } => Ok(path),
        other => Err(format!("{other:#?}").into()),
    }
}
