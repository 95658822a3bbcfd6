//! Cells that must not compile.

use std::fmt::Write;
use std::path::Path;

use crate::compiler::Job;
use crate::diff;
use crate::program::{self, Program, ProgramCell};
use crate::source::lines;
use crate::workshop::Workshop;
use crate::{Kind, problem::slashed};

/// The headlines of the errors that the one cell of `program` was refused
/// with, or the report of why these are not what its tags say.
pub(crate) fn headlines(
    program: &Program,
    workshop: &Workshop,
) -> Result<String, String> {
    let cell = program.cells.first().ok_or("the program has no cell")?;
    let job = Job {
        page: &program.page,
        main: &program::main(&program.page, [program.name.as_str()]),
        programs: &[program],
    };
    workshop.check(&job, |it| judge(program, cell, it.compiles, &it.said))
}

/// Fails with a report if the page shows other errors.
pub(crate) fn report(program: &Program, headlines: &str) -> Result<(), String> {
    let Some((cell, output)) = program
        .cells
        .first()
        .and_then(|cell| Some((cell, cell.output.as_ref()?)))
    else {
        return Ok(());
    };
    match diff::report(&program.page, cell, output, &lines(headlines)) {
        None => Ok(()),
        Some(report) => Err(format!(
            "{report}to accept what the compiler says: {}\n",
            program.bless
        )),
    }
}

/// One error of the compiler.
#[derive(Debug, PartialEq)]
struct CompileError<'a> {
    headline: &'a str,
    code: Option<&'a str>,
    place: Option<(&'a str, usize)>,
}

/// The errors in what the compiler says, in its words.
fn errors(said: &str) -> Vec<CompileError<'_>> {
    let mut errors: Vec<CompileError> = Vec::new();
    for line in said.lines() {
        if let Some(rest) = line.strip_prefix("error[") {
            errors.push(CompileError {
                headline: line,
                code: rest.split_once(']').map(|(code, _)| code),
                place: None,
            });
        } else if line.starts_with("error: ")
            && !line.starts_with("error: aborting due to")
            && !line.starts_with("error: test failed")
        {
            errors.push(CompileError {
                headline: line,
                code: None,
                place: None,
            });
        } else if let Some(place) = line.trim_start().strip_prefix("--> ")
            && let Some(error) = errors.last_mut()
        {
            error.place = error.place.or_else(|| {
                let (rest, _column) = place.rsplit_once(':')?;
                let (file, line) = rest.rsplit_once(':')?;
                Some((file, line.parse().ok()?))
            });
        }
    }
    errors
}

/// The headlines of the errors if they are what the cell's tags say, else the
/// report of what they are.
fn judge(
    program: &Program,
    cell: &ProgramCell,
    compiles: bool,
    said: &str,
) -> Result<String, String> {
    let Kind::CompileFail { code } = &cell.kind else {
        return Err("the cell is not tagged `compile_fail`".into());
    };
    let ProgramCell { line, end_line, .. } = cell;
    let page = &program.page;
    let problem = |line: usize, message: &str| {
        let mut report = format!("{page}:{line}: {message}\n");
        if !compiles {
            report.push('\n');
            for line in said.lines() {
                let _ = writeln!(report, "    {line}");
            }
        }
        Err(report)
    };
    if compiles {
        return problem(
            *line,
            &format!("the cell must fail to compile with {code}, and compiles"),
        );
    }
    let errors = errors(said);
    if errors.is_empty() {
        return problem(*line, "the cell could not be handed to the compiler:");
    }
    let in_cell = |error: &CompileError| {
        error.place.is_some_and(|(file, at)| {
            slashed(Path::new(file)).ends_with(page.as_str())
                && (line..=end_line).contains(&&at)
        })
    };
    if let Some(other) = errors
        .iter()
        .find(|error| error.code != Some(code.as_str()))
    {
        let at = other.place.filter(|_| in_cell(other));
        return problem(
            at.map_or(*line, |(_, line)| line),
            &format!(
                "the cell must fail to compile with {code} alone, found `{}`:",
                other.headline
            ),
        );
    }
    if !errors.iter().any(in_cell) {
        return problem(
            *line,
            &format!("{code}, as it should, but not in the cell itself:"),
        );
    }
    Ok(errors.iter().fold(String::new(), |mut text, error| {
        let _ = writeln!(text, "{}", error.headline);
        text
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAID: &str = "\
error[E0382]: use of moved value: `text`
  --> /out/programs/a/pages/page.md:12:6
   |
12 | drop(text);
   |      ^^^^ value used here after move
   |
  ::: /out/programs/a/pages/page.md:3:1

error: expected one of `;` or `}`
 --> src/lib.rs:7:1

error: aborting due to 2 previous errors
";

    #[test]
    fn errors_are_read() {
        assert_eq!(
            errors(SAID),
            [
                CompileError {
                    headline: "error[E0382]: use of moved value: `text`",
                    code: Some("E0382"),
                    place: Some(("/out/programs/a/pages/page.md", 12)),
                },
                CompileError {
                    headline: "error: expected one of `;` or `}`",
                    code: None,
                    place: Some(("src/lib.rs", 7)),
                },
            ]
        );
    }

    /// The verdict on a cell of these lines, tagged `compile_fail,E0382`.
    fn verdict(lines: (usize, usize), said: &str) -> Result<String, String> {
        let cell = ProgramCell {
            line: lines.0,
            end_line: lines.1,
            last_line: lines.1,
            kind: Kind::CompileFail {
                code: "E0382".into(),
            },
            seconds: 1,
            output: None,
            pictures: Vec::new(),
        };
        let program = Program {
            page: "pages/page.md".into(),
            heading: String::new(),
            name: String::new(),
            bless: String::new(),
            source: String::new(),
            cells: Vec::new(),
            graded: None,
        };
        judge(&program, &cell, said.is_empty(), said)
    }

    #[test]
    fn only_its_own_error_will_do() {
        let good = SAID.split("error: expected").next().unwrap();
        let headline = "error[E0382]: use of moved value: `text`\n";
        assert_eq!(verdict((10, 13), good).as_deref(), Ok(headline));
        for (lines, said, message) in [
            (
                (10, 13),
                "",
                "pages/page.md:10: the cell must fail to compile",
            ),
            (
                (10, 13),
                SAID,
                "with E0382 alone, found `error: expected one",
            ),
            (
                (20, 23),
                good,
                "pages/page.md:20: E0382, as it should, but not",
            ),
            ((10, 13), "no cargo", "could not be handed to the compiler"),
        ] {
            let report = verdict(lines, said).unwrap_err();
            assert!(report.contains(message), "no {message:?} in\n{report}");
        }
    }
}
