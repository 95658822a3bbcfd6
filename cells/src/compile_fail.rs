//! Cells that must not compile.

use std::env;
use std::fmt::Write;
use std::panic;
use std::path::Path;
use std::process::Command;

use crate::brief::be_brief;
use crate::diff;
use crate::program::{Program, ProgramCell};
use crate::record::{self, CellRecord, Record};
use crate::source::lines;
use crate::{Kind, problem::slashed};

/// The variable that makes a test of this kind only compile its cell.
const COMPILE: &str = "CELLS_COMPILE";

/// The whole test of a `compile_fail` cell, which is the one cell of
/// `program`.
///
/// `compile` hands the cell to the compiler and prints what that says. It is
/// run in a process of its own, the same test started once more, so that what
/// it prints can be read; `module` and `test` say which test that is.
///
/// # Panics
///
/// With a report, if the cell compiles, if any error has another code, if the
/// errors are elsewhere, or if the page shows other errors.
pub fn check(program: &str, module: &str, test: &str, compile: fn()) {
    if env::var_os(COMPILE).is_some() {
        be_brief();
        compile();
        return;
    }
    if let Err(report) = verdict(program, module, test) {
        eprintln!("\n{report}");
        // The report says it all: this fails the test and says no more.
        panic::resume_unwind(Box::new(report));
    }
}

fn verdict(program: &str, module: &str, test: &str) -> Result<(), String> {
    let program: Program =
        serde_json::from_str(program).map_err(|error| error.to_string())?;
    let path = match module.split_once("::") {
        None => test.to_owned(),
        Some((_, module)) => format!("{module}::{test}"),
    };
    let run = env::current_exe()
        .and_then(|test| {
            Command::new(test)
                .args(["--exact", &path, "--nocapture"])
                .env(COMPILE, "1")
                .output()
        })
        .map_err(|error| format!("the test could not be started: {error}"))?;
    let said = String::from_utf8_lossy(&run.stderr);
    let Some(cell) = program.cells.first() else {
        return Err("the program has no cell".into());
    };
    let headlines = judge(&program, cell, run.status.success(), &said);
    if let Some(folder) = env::var_os(record::FOLDER) {
        let printed = headlines.clone().unwrap_or_default();
        let record = Record {
            page: program.page.clone(),
            name: program.name.clone(),
            cells: vec![CellRecord {
                line: cell.line,
                printed,
                pictures: Vec::new(),
            }],
            failure: headlines.clone().err(),
        };
        record.write(Path::new(&folder)).map_err(|error| {
            format!("the record of {}: {error}", program.name)
        })?;
        return headlines.map(|_| ());
    }
    let headlines = headlines?;
    let Some(output) = &cell.output else {
        return Ok(());
    };
    match diff::report(&program.page, cell, output, &lines(&headlines)) {
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
            root: ".".into(),
            page: "pages/page.md".into(),
            heading: String::new(),
            name: String::new(),
            bless: String::new(),
            cells: Vec::new(),
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
