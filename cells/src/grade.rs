//! Whether an answer to an exercise does with its check what it should.

use std::fmt::Write;

use crate::check::indented;
use crate::marks::Panic;
use crate::program::{Graded, Program};
use crate::runner::{CellResult, Failure};
use crate::{Part, check};

/// The report of what is wrong, or nothing.
pub(crate) fn report(
    program: &Program,
    graded: &Graded,
    results: &[CellResult],
) -> Option<String> {
    let failure = results.iter().find_map(|it| it.failure.as_ref());
    let how = || how(program, graded, results);
    let wrong = match (graded.part, failure) {
        (Part::Solution, None)
        | (Part::Starter, Some(Failure::Panic { .. })) => return None,
        (Part::Starter, None) => {
            "passes the check: there is nothing left to do".to_owned()
        }
        (_, None) => {
            "passes the check: one that is sharper fails it".to_owned()
        }
        (Part::Solution, Some(_)) => {
            format!("does not pass the check: {}", how())
        }
        (Part::Wrong, Some(Failure::Panic { panic, .. }))
            if graded.row_of_check(program, panic).is_some() =>
        {
            if !says_nothing(&panic.message) {
                return None;
            }
            format!(
                "fails by an assertion that says nothing to a reader: {}give \
                 the assertion a message, of what is expected and what may be \
                 wrong",
                how()
            )
        }
        (_, Some(_)) => {
            format!("fails, but not by what the check says: {}", how())
        }
    };
    Some(format!("{} {wrong}\n", name(program, graded)))
}

/// The report of an answer that does not compile, from what the compiler says.
pub(crate) fn refused(
    program: &Program,
    graded: &Graded,
    said: &str,
) -> String {
    let name = name(program, graded);
    format!("{name} does not compile with the check:\n\n{said}")
}

/// An answer, as reports call it.
fn name(program: &Program, graded: &Graded) -> String {
    let line = program.cells.first().map_or(1, |answer| answer.line);
    let part = match graded.part {
        Part::Wrong => "wrong answer".to_owned(),
        part => part.to_string(),
    };
    format!(
        "\n{}:{line}: exercise {}: the {part}",
        program.page, program.heading
    )
}

/// How an answer failed.
fn how(program: &Program, graded: &Graded, results: &[CellResult]) -> String {
    let failure = results.iter().find_map(|it| it.failure.as_ref());
    let Some(Failure::Panic { panic, .. }) = failure else {
        let failures = check::failures(program, results);
        return format!("\n\n{}", failures.unwrap_or_default());
    };
    let mut place = String::new();
    if let Some((file, line)) = &panic.place {
        let line = usize::try_from(*line).unwrap_or_default();
        let check = program.cells.last().map_or(0, |check| check.line);
        let row = graded.row_of_check(program, panic);
        let file = file.replace('\\', "/");
        let is_here = file.ends_with(&program.page);
        let file = if is_here { &program.page } else { &file };
        let line = row.map_or(line, |row| check + row);
        let _ = write!(place, " at {file}:{line}");
    }
    format!("it panicked{place}:\n\n{}", indented(&panic.message))
}

/// Whether this is what an assertion says that was given no message.
fn says_nothing(message: &str) -> bool {
    let first = message.lines().next().unwrap_or_default();
    first.starts_with("assertion failed: ")
        || first.starts_with("assertion `") && first.ends_with("` failed")
}

impl Graded {
    /// The line of the check, from 1, that a panic comes from.
    pub(crate) fn row_of_check(
        &self,
        program: &Program,
        panic: &Panic,
    ) -> Option<usize> {
        let (file, line) = panic.place.as_ref()?;
        let is_here = file.replace('\\', "/").ends_with(&program.page);
        let line = usize::try_from(*line).ok()?;
        // Nothing comes after the check.
        (is_here && line >= self.check).then(|| line - self.check + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_assertion_may_say_nothing() {
        for message in [
            "assertion failed: x > 0.0",
            "assertion `left == right` failed\n  left: 1\n right: 2",
        ] {
            assert!(says_nothing(message), "{message}");
        }
        for message in [
            "assertion `left == right` failed: was dout forgotten?\n  left: 1",
            "the gradient is 1, expected 2: was dout forgotten?",
        ] {
            assert!(!says_nothing(message), "{message}");
        }
    }
}
