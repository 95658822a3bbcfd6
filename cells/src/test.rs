//! What the tests do that [`build_script`](crate::build_script) writes.

use std::env;
use std::panic;
use std::path::Path;
use std::sync::atomic::AtomicBool;

use crate::compile::compiles_here;
use crate::program::{self, Program};
use crate::record::{self, Record};
use crate::runner::{self, CellResult, Executable};
use crate::{check, compile_fail, grade};

pub use crate::tests::Tests;

/// The whole test of a section: has its program built, which is `main` where
/// it is built alone, runs its cells, and compares them with the page, or
/// records what they print if the environment asks for it.
///
/// # Panics
///
/// With a report, if the section is not what its page says.
pub fn section(tests: &'static Tests, page: usize, name: &str, main: &str) {
    let verdict = || {
        let (program, path) = tests.build(page, name, main)?;
        let root = &tests.workshop(name)?.place.root;
        let results = run_cells(program, &path, root)?;
        if env::var_os(record::FOLDER).is_some() {
            return record(&Record::new(program, &results));
        }
        check::report(root, program, &results).map_or(Ok(()), Err)
    };
    run(tests, verdict);
}

/// The whole test of a section whose data set is missing: has its program
/// built.
///
/// # Panics
///
/// With what the compiler says, if it does not compile.
pub fn compiles(tests: &'static Tests, page: usize, name: &str, main: &str) {
    run(tests, || tests.build(page, name, main).map(|_| ()));
}

/// The whole test of an answer to an exercise, with the exercise's check: the
/// solution passes it, and any other fails it.
///
/// # Panics
///
/// With a report, if it does not, or if a wrong answer fails by anything but
/// what the check says.
pub fn answer(tests: &'static Tests, page: usize, name: &str) {
    let verdict = || {
        let root = &tests.workshop(name)?.place.root;
        let plan = tests.page(page)?.plan(root)?;
        let program = plan.program(name)?;
        let Some(graded) = &program.graded else {
            return Err("the program is of no exercise".to_owned());
        };
        if env::var_os(record::FOLDER).is_some() {
            // It shows nothing.
            return Ok(());
        }
        let main = program::main(&plan.page, [name]);
        let (_, path) = tests
            .build(page, name, &main)
            .map_err(|said| grade::refused(program, graded, &said))?;
        let results = run_cells(program, &path, root)?;
        grade::report(program, graded, &results).map_or(Ok(()), Err)
    };
    run(tests, verdict);
}

/// The whole test of a `compile_fail` cell.
///
/// # Panics
///
/// With a report, if the cell compiles, if any error has another code, if the
/// errors are elsewhere, or if the page shows other errors.
pub fn compile_fail(tests: &'static Tests, page: usize, name: &str) {
    let verdict = || {
        let workshop = tests.workshop(name)?;
        let plan = tests.page(page)?.plan(&workshop.place.root)?;
        let program = plan.program(name)?;
        let headlines = compile_fail::headlines(program, workshop);
        if env::var_os(record::FOLDER).is_some() {
            return record(&Record::of_failing(program, &headlines));
        }
        compile_fail::report(program, &headlines?)
    };
    run(tests, verdict);
}

/// What came of the cells of a program, whose executable is at `path`.
fn run_cells(
    program: &Program,
    path: &Path,
    root: &Path,
) -> Result<Vec<CellResult>, String> {
    let executable = Executable {
        path,
        section: &program.name,
        root,
    };
    runner::run(
        &executable,
        &program.cells,
        &mut runner::start,
        &AtomicBool::new(false),
        &mut (),
    )
    .map_err(|error| format!("the cells were not run: {error}"))
}

/// Runs a test, unless the process is there to compile.
fn run(tests: &Tests, verdict: impl FnOnce() -> Result<(), String>) {
    if compiles_here(tests.target) {
        return;
    }
    if let Err(report) = verdict() {
        eprintln!("\n{report}");
        // The report says it all: this fails the test and says no more.
        panic::resume_unwind(Box::new(report));
    }
}

/// Leaves a record, in place of a comparison.
fn record(record: &Record) -> Result<(), String> {
    let folder = env::var_os(record::FOLDER).unwrap_or_default();
    record
        .write(Path::new(&folder))
        .map_err(|error| format!("the record of {}: {error}", record.name))?;
    record.failure.clone().map_or(Ok(()), Err)
}
