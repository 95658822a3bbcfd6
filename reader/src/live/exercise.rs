//! A reader's answer to an exercise, run alone or with the exercise's check.

use cells::live::{Diagnostic, LiveProgram};
use cells::runner::{CellResult, Failure, Observer, Stream};
use cells::{Book, Exercise, Page};
use tempfile::TempDir;

use super::protocol::{self, Answer, CellEnd, Status};
use super::run::{Run, failed};

/// How many errors are told of a check that does not compile with an answer:
/// one that lacks a name has it in many places.
const ERRORS: usize = 3;

/// The exercise whose starter has this anchor, with its page.
pub fn exercise<'a>(
    book: &'a Book,
    anchor: &str,
) -> Option<(&'a Page, &'a Exercise)> {
    let all = book.pages.iter().flat_map(|page| {
        page.exercises.iter().map(move |exercise| (page, exercise))
    });
    all.into_iter()
        .find(|(_, exercise)| exercise.starter.anchor == anchor)
}

impl Run<'_> {
    /// Runs an answer. The error is why that cannot be done.
    pub(super) fn answer_to(
        &self,
        book: &Book,
        (page, exercise): (&Page, &Exercise),
        order: &protocol::Order,
        folder: &TempDir,
    ) -> Result<Status, String> {
        let built = self.build()?;
        let edits = &order.edits;
        let program =
            LiveProgram::answer(book, page, exercise, edits, order.check)?;
        let program = self.limited(program);
        let Some(path) =
            self.compiled(&program, &built, |program, errors| {
                self.refuse(program, errors, exercise);
            })?
        else {
            return Ok(Status::Failed);
        };
        let mut grader = Grader {
            run: self,
            program: &program,
            exercise,
            with_check: order.check,
            has_passed: !order.check,
        };
        let all = self.start(&program, (&path, &built), folder, &mut grader)?;
        let has_passed = all && grader.has_passed;
        Ok(if has_passed {
            Status::Done
        } else {
            Status::Failed
        })
    }

    /// Tells why an answer does not run. What is wrong with it comes before
    /// what is wrong with its check, of which no line is shown.
    fn refuse(
        &self,
        program: &LiveProgram,
        errors: Vec<Diagnostic>,
        exercise: &Exercise,
    ) {
        let check = &exercise.check.anchor;
        let is_own = |it: &Diagnostic| {
            let mut spans = it.spans.iter().filter(|span| span.is_primary);
            !spans.any(|span| span.cell == *check)
        };
        let (own, others): (Vec<_>, Vec<_>) =
            errors.into_iter().partition(is_own);
        let has_own =
            own.iter().any(|it| it.spans.iter().any(|it| it.is_primary));
        if has_own {
            self.refused(program, own);
            return;
        }
        for other in others.into_iter().take(ERRORS) {
            let message = other.message;
            self.answer(Answer::Diagnostic {
                run: self.name.clone(),
                diagnostic: Diagnostic {
                    message: format!(
                        "the check uses your answer, and does not compile \
                         with it: {message}"
                    ),
                    rendered: String::new(),
                    spans: Vec::new(),
                    children: Vec::new(),
                    ..other
                },
            });
        }
        self.answer(Answer::End {
            run: self.name.clone(),
            cell: exercise.starter.anchor.clone(),
            end: CellEnd::of("refused"),
        });
    }
}

/// Tells of an answer while it runs: all that is printed is the answer's, and
/// its end is that of its check.
struct Grader<'a> {
    run: &'a Run<'a>,
    program: &'a LiveProgram,
    exercise: &'a Exercise,
    with_check: bool,
    has_passed: bool,
}

impl Grader<'_> {
    fn anchor(&self) -> String {
        self.exercise.starter.anchor.clone()
    }

    /// How the answer ended that failed.
    fn failed(&self, failure: &Failure) -> CellEnd {
        let limits = &self.run.live.limits.program;
        failed(self.program, &self.anchor(), failure, limits)
    }

    /// How the check ended.
    fn verdict(&mut self, result: &CellResult) -> CellEnd {
        let Some(failure) = &result.failure else {
            self.has_passed = true;
            return CellEnd::of("passed");
        };
        if let Failure::Panic { panic, .. } = failure
            && let Some((cell, _)) = self.program.row(panic)
            && cell == self.exercise.check.anchor
        {
            return CellEnd {
                message: Some(panic.message.clone()),
                ..CellEnd::of("unpassed")
            };
        }
        self.failed(failure)
    }
}

impl Observer for Grader<'_> {
    fn begin(&mut self, cell: usize) {
        if cell == 0 {
            let (run, cell) = (self.run.name.clone(), self.anchor());
            self.run.answer(Answer::Begin { run, cell });
        }
    }

    fn printed(&mut self, _cell: usize, text: &str, stream: Stream) {
        self.run.out(&self.anchor(), text, stream);
    }

    fn picture(&mut self, _cell: usize, svg: &str) {
        self.run.answer(Answer::Picture {
            run: self.run.name.clone(),
            cell: self.anchor(),
            svg: svg.to_owned(),
        });
    }

    fn end(&mut self, cell: usize, result: &CellResult, seconds: f64) {
        let mut end = match (cell, &result.failure) {
            (0, None) if self.with_check => return,
            (0, None) => CellEnd::of("done"),
            (0, Some(failure)) => self.failed(failure),
            _ => self.verdict(result),
        };
        end.seconds = seconds;
        let (run, cell) = (self.run.name.clone(), self.anchor());
        self.run.answer(Answer::End { run, cell, end });
    }
}
