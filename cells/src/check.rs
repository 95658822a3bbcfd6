//! Whether the cells of a section did what its page says, and the report of
//! what differs.

use std::fmt::Write;
use std::path::Path;

use crate::diff;
use crate::marks::Panic;
use crate::picture;
use crate::program::{Program, ProgramCell};
use crate::runner::{CellResult, Failure, OUTPUT_LIMIT, PICTURES_LIMIT};
use crate::source::lines;

/// The report of all that is wrong, or nothing.
pub(crate) fn report(
    root: &Path,
    program: &Program,
    results: &[CellResult],
) -> Option<String> {
    let mut report = String::new();
    let (mut prints, mut draws) = (false, false);
    for (cell, result) in program.cells.iter().zip(results) {
        if let Some(failure) = &result.failure {
            report.push_str(&describe(program, cell, failure));
            continue;
        }
        let Some(shown) = result.shown() else {
            continue;
        };
        let printed = lines(&shown);
        let difference = match &cell.output {
            Some(output) if printed.is_empty() => Some(format!(
                "{}:{}: the cell at line {} prints nothing: remove the output \
                 under it\n",
                program.page, output.line, cell.line
            )),
            Some(output) => {
                let difference =
                    diff::report(&program.page, cell, output, &printed);
                prints |= difference.is_some();
                difference
            }
            None if result.printed.as_deref() == Some("") => None,
            None => Some(not_shown(program, cell, &printed)),
        };
        report.extend(difference);
        let pictures = picture::report(root, program, cell, &result.pictures);
        draws |= pictures.can_bless;
        report.push_str(&pictures.text);
    }
    let what = match (prints, draws) {
        (true, true) => Some("print and draw"),
        (true, false) => Some("print"),
        (false, true) => Some("draw"),
        (false, false) => None,
    };
    if let Some(what) = what {
        let _ = writeln!(
            report,
            "to accept what the cells {what}: {}",
            program.bless
        );
    }
    (!report.is_empty()).then(|| format!("\n{report}"))
}

/// The report of the cells that did not come to their end, or nothing.
pub(crate) fn failures(
    program: &Program,
    results: &[CellResult],
) -> Option<String> {
    let report: String = program
        .cells
        .iter()
        .zip(results)
        .filter_map(|(cell, result)| {
            Some(describe(program, cell, result.failure.as_ref()?))
        })
        .collect();
    (!report.is_empty()).then_some(report)
}

fn not_shown(
    program: &Program,
    cell: &ProgramCell,
    printed: &[&str],
) -> String {
    let mut report = format!(
        "{}:{}: the cell prints, but no output follows it, so nothing checks \
         what it prints:\n\n",
        program.page, cell.line
    );
    diff::excerpt(&mut report, printed);
    let _ = writeln!(
        report,
        "to show it: add an empty `text` block right after line {}, then run: \
         {}",
        cell.end_line, program.bless
    );
    report
}

fn describe(
    program: &Program,
    cell: &ProgramCell,
    failure: &Failure,
) -> String {
    let Program { page, .. } = program;
    let line = cell.line;
    let (what, errors) = match failure {
        Failure::Panic { panic, errors } => {
            let (line, place) = place(program, cell, panic);
            let what = format!(
                "{page}:{line}: the cell panicked{place}:\n\n{}",
                indented(&panic.message)
            );
            (what, errors.as_str())
        }
        Failure::Error { message, errors } => {
            let what = format!(
                "{page}:{line}: the cell returned an error:\n\n{}",
                indented(message)
            );
            (what, errors.as_str())
        }
        Failure::Exited { status, errors } => {
            let what = format!(
                "{page}:{line}: the cell ended its process ({status}): a cell \
                 comes to its end, or is tagged `should_panic`\n"
            );
            (what, errors.as_str())
        }
        Failure::Endless { errors } => {
            let what = format!(
                "{page}:{line}: the section came to its end, but its output \
                 did not: something that a cell started still holds it\n"
            );
            (what, errors.as_str())
        }
        Failure::TimedOut(seconds) => {
            let what = format!(
                "{page}:{line}: the cell was still running after {seconds} s \
                 and was stopped: make it end sooner, or tag it \
                 `timeout-SECONDS`\n"
            );
            (what, "")
        }
        Failure::TooMuch => {
            let what = format!(
                "{page}:{line}: the cell printed more than {} KiB and was \
                 stopped\n",
                OUTPUT_LIMIT >> 10
            );
            (what, "")
        }
        Failure::TooManyPictures => {
            let what = format!(
                "{page}:{line}: the cell showed pictures of more than {} KiB \
                 and was stopped\n",
                PICTURES_LIMIT >> 10
            );
            (what, "")
        }
        Failure::NoPanic => {
            let what = format!(
                "{page}:{line}: the cell is tagged `should_panic`, and came \
                 to its end\n"
            );
            (what, "")
        }
        Failure::Stopped => {
            (format!("{page}:{line}: the cell was stopped\n"), "")
        }
        Failure::OutOfMemory
        | Failure::TooManyProcesses
        | Failure::WroteTooMuch => {
            let did = match failure {
                Failure::OutOfMemory => "used more memory",
                Failure::TooManyProcesses => "started more processes",
                _ => "wrote more to files",
            };
            let what = format!(
                "{page}:{line}: the cell {did} than it may and was stopped\n"
            );
            (what, "")
        }
        Failure::Skipped => {
            let what = format!(
                "{page}:{line}: the cell was never reached: a cell above it \
                 returned\n"
            );
            (what, "")
        }
    };
    if errors.trim().is_empty() {
        return what;
    }
    format!(
        "{what}\nstandard error of the section:\n\n{}",
        indented(errors.trim_end())
    )
}

/// The line of the page that panicked, and the place if it is elsewhere.
fn place(
    program: &Program,
    cell: &ProgramCell,
    panic: &Panic,
) -> (usize, String) {
    match &panic.place {
        Some((file, line)) => {
            let line = usize::try_from(*line).unwrap_or(cell.line);
            let is_page = file.replace('\\', "/").ends_with(&program.page);
            if is_page && (cell.line..=cell.end_line).contains(&line) {
                (line, String::new())
            } else if is_page {
                (cell.line, format!(" at {}:{line}", program.page))
            } else {
                (cell.line, format!(" at {file}:{line}"))
            }
        }
        None => (cell.line, String::new()),
    }
}

pub(crate) fn indented(text: &str) -> String {
    let mut indented = String::new();
    for line in text.lines() {
        let _ = writeln!(indented, "    {line}");
    }
    indented.push('\n');
    indented
}
