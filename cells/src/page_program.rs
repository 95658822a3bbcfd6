//! The sections of a page as one program.
//!
//! Half of the time that a small program takes to be built goes into linking
//! it. So the sections of a page are linked once, and each runs in a process of
//! its own all the same. Where they do not compile together, each is built
//! alone: only those fail that do not compile, and each says only its own.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use crate::compiler::Job;
use crate::plan::Plan;
use crate::program::{self, Program};
use crate::workshop::Workshop;

/// What a section could say to be heard outside of its module, or to hear what
/// is. In a program of its own it is alone with that.
const REACHING: [&str; 6] = [
    "crate",
    "super",
    "macro_",
    "no_mangle",
    "export_name",
    "global_",
];

/// A page, and the program that its sections share.
#[derive(Debug)]
pub(crate) struct PageProgram {
    plan: Plan,
    /// Whether the page is the one that the tests were built from.
    checked: OnceLock<Result<(), String>>,
    /// The program, or nothing where each section is built alone.
    shared: OnceLock<Option<PathBuf>>,
}

impl PageProgram {
    pub(crate) fn new(plan: Plan) -> PageProgram {
        PageProgram {
            plan,
            checked: OnceLock::new(),
            shared: OnceLock::new(),
        }
    }

    /// The page's plan, if it is still that of the page.
    pub(crate) fn plan(&self, root: &Path) -> Result<&Plan, String> {
        let check = || self.plan.check_files(root);
        self.checked.get_or_init(check).clone()?;
        Ok(&self.plan)
    }

    /// Where the program is that holds this section, which is `main` where it
    /// stands alone. The error is what the compiler says.
    pub(crate) fn of_section(
        &self,
        section: &Program,
        main: &str,
        workshop: &Workshop,
    ) -> Result<PathBuf, String> {
        if can_share(section)
            && let Some(program) = self.shared(workshop)
        {
            return Ok(program.to_owned());
        }
        workshop.build(&Job {
            page: &self.plan.page,
            main,
            programs: &[section],
        })
    }

    /// Builds the program of all sections that can share one and are to run,
    /// unless it is built. Whoever comes first does it, and the others wait.
    pub(crate) fn shared(&self, workshop: &Workshop) -> Option<&Path> {
        let build = || {
            let programs = self.plan.programs.iter();
            let all: Vec<_> = programs.filter(|it| can_share(it)).collect();
            if all.len() < 2 {
                return None;
            }
            if let Some(kept) = self.with_job(&all, |job| workshop.kept(job)) {
                return Some(kept);
            }
            let runs = |program: &&&Program| workshop.runs(&program.name);
            let some: Vec<_> = all.iter().filter(runs).copied().collect();
            if some.len() < 2 {
                return None;
            }
            self.with_job(&some, |job| workshop.build(job).ok())
        };
        self.shared.get_or_init(build).as_deref()
    }

    fn with_job<T>(
        &self,
        programs: &[&Program],
        with: impl FnOnce(&Job) -> T,
    ) -> T {
        let Plan { page, .. } = &self.plan;
        let names = programs.iter().map(|it| it.name.as_str());
        let main = &program::main(page, names);
        with(&Job {
            page,
            main,
            programs,
        })
    }
}

/// Whether a section can be part of one program with others.
pub(crate) fn can_share(program: &Program) -> bool {
    !program.must_fail()
        && !REACHING.iter().any(|word| program.source.contains(word))
}
