//! What the tests do that [`build_script`](crate::build_script) writes.

use std::env;
use std::panic;
use std::path::Path;

use crate::compile::{self, Starter};
use crate::compile_fail;
use crate::place::Place;
use crate::plan::Plan;
use crate::program::Program;
use crate::record::{self, Record};
use crate::runner;
use crate::{check, program};

/// A test, as it knows itself.
#[derive(Debug, Clone, Copy)]
pub struct Test {
    /// The plan of its page.
    pub plan: &'static str,
    /// The module that it stands in, as `module_path!` has it.
    pub module: &'static str,
    /// Its name.
    pub name: &'static str,
    /// The name of its program.
    pub program: &'static str,
    /// The target that it was compiled for.
    pub target: &'static str,
}

/// The whole test of a section: compiles its program, which is `main` where
/// it is built alone, runs its cells, and compares them with the page, or
/// records what they print if the environment asks for it.
///
/// # Panics
///
/// With a report, if the section is not what its page says.
pub fn section(test: Test, main: &str) {
    if !compile::compiles_here(test.target, true) {
        conclude(test.section(main));
    }
}

/// The whole test of a section whose data set is missing: compiles its
/// program.
///
/// # Panics
///
/// With what the compiler says, if it does not compile.
pub fn compiles(test: Test, main: &str) {
    if !compile::compiles_here(test.target, true) {
        conclude(test.compile(main, |_, _| Ok(())));
    }
}

/// The whole test of a `compile_fail` cell.
///
/// # Panics
///
/// With a report, if the cell compiles, if any error has another code, if the
/// errors are elsewhere, or if the page shows other errors.
pub fn compile_fail(test: Test) {
    if !compile::compiles_here(test.target, false) {
        conclude(test.compile_fail());
    }
}

fn conclude(verdict: Result<(), String>) {
    if let Err(report) = verdict {
        eprintln!("\n{report}");
        // The report says it all: this fails the test and says no more.
        panic::resume_unwind(Box::new(report));
    }
}

impl Test {
    fn starter(&self) -> Starter<'_> {
        Starter {
            module: self.module,
            test: self.name,
        }
    }

    /// Compiles the section, and does something with its program.
    fn compile(
        &self,
        main: &str,
        with: impl FnOnce(&Program, &runner::Executable) -> Result<(), String>,
    ) -> Result<(), String> {
        let plan = Plan::read(self.plan)?;
        let program = plan.program(self.program)?;
        let place = Place::here().map_err(|error| error.to_string())?;
        plan.check_files(&place.root)?;
        let compiled = compile::compile(
            &place,
            self.starter(),
            &plan.page,
            main,
            &[program],
        )
        .map_err(|error| format!("the compiler was not run: {error}"))?;
        if !compiled.compiles {
            return Err(compiled.said);
        }
        let executable = runner::Executable {
            path: &compiled.program(),
            section: self.program,
            root: &place.root,
        };
        with(program, &executable)
    }

    fn section(&self, main: &str) -> Result<(), String> {
        self.compile(main, |program, executable| {
            let results = runner::run(executable, &program.cells)
                .map_err(|error| format!("the cells were not run: {error}"))?;
            if env::var_os(record::FOLDER).is_some() {
                return record(Record::new(program, &results));
            }
            check::report(executable.root, program, &results)
                .map_or(Ok(()), Err)
        })
    }

    fn compile_fail(&self) -> Result<(), String> {
        let plan = Plan::read(self.plan)?;
        let program = plan.program(self.program)?;
        let place = Place::here().map_err(|error| error.to_string())?;
        plan.check_files(&place.root)?;
        let main = program::main(&plan.page, [self.program]);
        let compiled = compile::compile(
            &place,
            self.starter(),
            &plan.page,
            &main,
            &[program],
        )
        .map_err(|error| format!("the compiler was not run: {error}"))?;
        let headlines = compile_fail::headlines(program, &compiled);
        if env::var_os(record::FOLDER).is_some() {
            return record(Record::of_failing(program, &headlines));
        }
        compile_fail::report(program, &headlines?)
    }
}

/// Leaves a record, in place of a comparison.
fn record(record: Record) -> Result<(), String> {
    let folder = env::var_os(record::FOLDER).unwrap_or_default();
    record
        .write(Path::new(&folder))
        .map_err(|error| format!("the record of {}: {error}", record.name))?;
    record.failure.map_or(Ok(()), Err)
}
