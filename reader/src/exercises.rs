//! `cargo book exercises`: the book's exercises in the reader's own editor.
//!
//! Each is a file that begins with what the exercise begins with. What a reader
//! saves is run with the exercise's check, as it would be from the page, by
//! [`live`](crate::live).

mod files;
mod package;
mod report;
mod watch;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use cells::{Book, Exercise};
use tokio::sync::mpsc;

use crate::live::{Live, Order, RunLimits, Stop};
use crate::page::tasks;
use crate::preprocess::listed;
use files::Files;
use report::{Report, Verdict};
use watch::Saved;

/// How many answers of a run wait to be printed.
const WAITING: usize = 256;

/// What is asked for.
pub struct Options {
    /// The one exercise that it is about.
    pub number: Option<String>,
    /// Whether only the list is to be shown.
    pub list: bool,
    /// Whether the solution is to be shown.
    pub solution: bool,
    /// The folder of the files.
    pub folder: PathBuf,
    /// Whether answers may do all that the reader may.
    pub unconfined: bool,
}

/// Does what is asked for. Without an exercise or a list: until it is ended.
///
/// # Errors
///
/// The book has problems, or no such exercise; the files cannot be written; or
/// the one exercise is not solved.
pub async fn run(root: &Path, options: Options) -> Result<()> {
    let book = Book::load(root).map_err(|problems| listed(&problems))?;
    let all = all(&book);
    if all.is_empty() {
        bail!("no exercise of this book has a check");
    }
    let one = match &options.number {
        Some(number) => Some(find(&all, number)?),
        None => None,
    };
    if options.solution {
        let one = one.context(
            "name the exercise, as in `cargo book exercises --solution 4-1`",
        )?;
        println!("{}", one.exercise.solution.text());
        return Ok(());
    }
    let files = Files::new(root, &options.folder);
    let is_new = files.write(&all)?;
    let live =
        Arc::new(Live::new(root, !options.unconfined, RunLimits::default())?);
    live.reload(root);
    let desk = Desk { live, files };
    if let Some(one) = one {
        return match desk.check(one).await? {
            Verdict::Passed => Ok(()),
            Verdict::Failed => {
                bail!("exercise {} is not solved yet", one.exercise.number)
            }
        };
    }
    desk.list(&all).await?;
    if options.list {
        return Ok(());
    }
    let folder = options.folder.display();
    println!(
        "\n{} {folder} in your editor: what you save is checked here. Ctrl+C \
         ends it.",
        if is_new {
            "Open the new folder"
        } else {
            "Open"
        }
    );
    // While the reader thinks.
    desk.live.prepare();
    desk.watch(&all).await
}

/// An exercise and what its page says of it.
struct Asked<'a> {
    exercise: &'a Exercise,
    text: String,
}

/// All exercises that have checks, in the book's order.
fn all(book: &Book) -> Vec<Asked<'_>> {
    let checked = || book.pages.iter().flat_map(|page| &page.exercises);
    let tasks = book.pages.iter().flat_map(|page| tasks(&page.source));
    tasks
        .filter_map(|task| {
            let mut checked = checked();
            Some(Asked {
                exercise: checked.find(|it| it.number == task.number)?,
                text: task.text,
            })
        })
        .collect()
}

fn find<'a, 'b>(all: &'a [Asked<'b>], number: &str) -> Result<&'a Asked<'b>> {
    let mut found = all.iter();
    found
        .find(|it| it.exercise.number == number)
        .with_context(|| {
            let known = all.iter().map(|it| it.exercise.number.as_str());
            let known: Vec<&str> = known.collect();
            format!(
                "no exercise {number} has a check; these have: {}",
                known.join(", ")
            )
        })
}

/// Where a reader works.
struct Desk {
    live: Arc<Live>,
    files: Files,
}

impl Desk {
    /// Checks what the reader has written, and says what comes of it.
    async fn check(&self, asked: &Asked<'_>) -> Result<Verdict> {
        let exercise = asked.exercise;
        let code = self.files.read(exercise)?;
        let path = self.files.shown(exercise);
        let mut report = Report::new(exercise, &path);
        let verdict = self.run(exercise, code, &mut report).await;
        report.print();
        Ok(verdict)
    }

    async fn run(
        &self,
        exercise: &Exercise,
        code: String,
        report: &mut Report,
    ) -> Verdict {
        let order = Order::of_check(exercise, code);
        let (answers, mut told) = mpsc::channel(WAITING);
        let stop = Arc::new(Stop::default());
        let live = Arc::clone(&self.live);
        let work = tokio::spawn(live.run(order, stop, answers));
        while let Some(answer) = told.recv().await {
            report.hear(answer);
        }
        // What it has failed at was told.
        let _ = work.await;
        report.verdict()
    }

    /// Says of each exercise whether it is solved.
    async fn list(&self, all: &[Asked<'_>]) -> Result<()> {
        let mut solved = 0;
        for asked in all {
            let Asked { exercise, text } = asked;
            let code = self.files.read(exercise)?;
            let path = self.files.shown(exercise);
            let state = if code == files::starter(exercise, text) {
                "to do"
            } else {
                let mut report = Report::new(exercise, &path);
                match self.run(exercise, code, &mut report).await {
                    Verdict::Passed => {
                        solved += 1;
                        "solved"
                    }
                    Verdict::Failed => "begun",
                }
            };
            println!("{state:>8}  {path}");
        }
        println!("{solved} of {} solved", all.len());
        Ok(())
    }

    /// Checks each file that is saved, for as long as the program runs.
    async fn watch(&self, all: &[Asked<'_>]) -> Result<()> {
        let mut saved = Saved::watch(&self.files.folder)?;
        while let Some(paths) = saved.next().await {
            for asked in all {
                let path = self.files.path(asked.exercise);
                if !paths.contains(&path) {
                    continue;
                }
                println!();
                match self.check(asked).await {
                    Ok(_) => {}
                    // It may be gone for the moment that it is saved in.
                    Err(error) => eprintln!("{error:#}"),
                }
            }
        }
        Ok(())
    }
}
