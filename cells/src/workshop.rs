//! What all tests of a run build with.

use std::collections::BTreeSet;
use std::io;
use std::path::PathBuf;
use std::sync::OnceLock;

use crate::compiler::{self, Compiled, Job};
use crate::kept::Kept;
use crate::key::Keys;
use crate::place::Place;
use crate::selected;

/// What is kept: a program, and what the compiler says of one that must not
/// compile.
const PROGRAM: &str = "program";
const REFUSAL: &str = "refusal";

#[derive(Debug)]
pub(crate) struct Workshop {
    pub(crate) place: Place,
    kept: Kept,
    keys: Keys,
    /// A test that compiles when it is started once more.
    entry: String,
    selected: OnceLock<BTreeSet<String>>,
}

impl Workshop {
    pub(crate) fn open(target: &str, entry: String) -> io::Result<Workshop> {
        let place = Place::here()?;
        Ok(Workshop {
            kept: Kept::open(&place.programs)?,
            keys: Keys::new(&place, target),
            place,
            entry,
            selected: OnceLock::new(),
        })
    }

    /// Whether this run has the test; not if it cannot be told.
    pub(crate) fn runs(&self, test: &str) -> bool {
        self.selected.get_or_init(selected::tests).contains(test)
    }

    /// The program that a job is kept as, if it was built before.
    pub(crate) fn kept(&self, job: &Job) -> Option<PathBuf> {
        self.kept.find(&self.keys.of(PROGRAM, job))
    }

    /// Builds a program, unless it is kept. The error is what the compiler
    /// says.
    pub(crate) fn build(&self, job: &Job) -> Result<PathBuf, String> {
        let key = self.keys.of(PROGRAM, job);
        if let Some(program) = self.kept.find(&key) {
            return Ok(program);
        }
        let program = self.kept.path(&key);
        match compiler::build(job, &program, &self.kept.work(), &self.entry) {
            Ok(Compiled { compiles: true, .. }) => Ok(program),
            Ok(Compiled { said, .. }) => Err(said),
            Err(error) => Err(not_run(&error)),
        }
    }

    /// What `judge` makes of what the compiler says of a program. What it
    /// approves of is kept, and judged again where nothing has changed since.
    pub(crate) fn check(
        &self,
        job: &Job,
        judge: impl Fn(&Compiled) -> Result<String, String>,
    ) -> Result<String, String> {
        let key = self.keys.of(REFUSAL, job);
        if let Some(said) = self.kept.text(&key) {
            let compiles = false;
            return judge(&Compiled { compiles, said });
        }
        let compiled = compiler::check(job, &self.kept.work(), &self.entry)
            .map_err(|error| not_run(&error))?;
        let verdict = judge(&compiled)?;
        // The next run does without it as well.
        let _ = self.kept.keep_text(&key, &compiled.said);
        Ok(verdict)
    }
}

fn not_run(error: &io::Error) -> String {
    format!("the compiler was not run: {error}")
}
