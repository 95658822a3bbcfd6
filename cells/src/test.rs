//! What the tests do that [`build_script`](crate::build_script) writes.

use std::env;
use std::panic;
use std::path::Path;
use std::sync::atomic::AtomicBool;

use crate::check;
use crate::compile::compiles_here;
use crate::compile_fail;
use crate::record::{self, Record};
use crate::runner::{self, Executable};

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
        let executable = Executable {
            path: &path,
            section: name,
            root: &tests.workshop(name)?.place.root,
        };
        let results = runner::run(
            &executable,
            &program.cells,
            &mut runner::start,
            &AtomicBool::new(false),
            &mut (),
        )
        .map_err(|error| format!("the cells were not run: {error}"))?;
        if env::var_os(record::FOLDER).is_some() {
            return record(&Record::new(program, &results));
        }
        check::report(executable.root, program, &results).map_or(Ok(()), Err)
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
