use std::iter;
use std::num::NonZero;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Once, OnceLock};
use std::thread;

use crate::page_program::PageProgram;
use crate::plan::Plan;
use crate::program::Program;
use crate::workshop::Workshop;

/// The tests of a book, as they are compiled.
#[derive(Debug)]
pub struct Tests {
    /// The module that they stand in.
    module: &'static str,
    /// The target that they were compiled for.
    pub(crate) target: &'static str,
    /// What is known of each page, as text.
    plans: &'static [&'static str],
    pages: OnceLock<Vec<OnceLock<Result<PageProgram, String>>>>,
    builders: Once,
    /// The next page for a builder.
    next: AtomicUsize,
}

static WORKSHOP: OnceLock<Result<Workshop, String>> = OnceLock::new();

impl Tests {
    /// The tests of a `module`, as `module_path!` has it, with the plan of
    /// each page.
    #[must_use]
    pub const fn new(
        module: &'static str,
        target: &'static str,
        plans: &'static [&'static str],
    ) -> Tests {
        Tests {
            module,
            target,
            plans,
            pages: OnceLock::new(),
            builders: Once::new(),
            next: AtomicUsize::new(0),
        }
    }

    /// What the tests of this process build with; `test` is one of these.
    pub(crate) fn workshop(
        &self,
        test: &str,
    ) -> Result<&'static Workshop, String> {
        let open = || {
            let path = match self.module.split_once("::") {
                None => test.to_owned(),
                Some((_, module)) => format!("{module}::{test}"),
            };
            Workshop::open(self.target, path)
                .map_err(|error| format!("the target folder: {error}"))
        };
        WORKSHOP.get_or_init(open).as_ref().map_err(String::clone)
    }

    /// What is known of a page.
    pub(crate) fn page(&self, page: usize) -> Result<&PageProgram, String> {
        let unread = || {
            let pages = iter::repeat_with(OnceLock::new);
            pages.take(self.plans.len()).collect()
        };
        let read = || Plan::read(self.plans[page]).map(PageProgram::new);
        self.pages.get_or_init(unread)[page]
            .get_or_init(read)
            .as_ref()
            .map_err(String::clone)
    }

    /// A section of a page, and where its program is once it is built. The
    /// error is what the compiler says.
    pub(crate) fn build(
        &'static self,
        page: usize,
        name: &str,
        main: &str,
    ) -> Result<(&'static Program, PathBuf), String> {
        let workshop = self.workshop(name)?;
        let page = self.page(page)?;
        let section = page.plan(&workshop.place.root)?.program(name)?;
        self.builders.call_once(|| self.start_builders(workshop));
        let program = page.of_section(section, main, workshop)?;
        Ok((section, program))
    }

    /// Builds what the other tests will need while the first ones run: tests
    /// of one page come one after another, and would wait for one compiler.
    fn start_builders(&'static self, workshop: &'static Workshop) {
        let count = thread::available_parallelism().map_or(1, NonZero::get);
        for _ in 0..count {
            thread::spawn(|| {
                let next = || self.next.fetch_add(1, Ordering::Relaxed);
                let pages = iter::repeat_with(next);
                for page in pages.take_while(|page| *page < self.plans.len()) {
                    if let Ok(page) = self.page(page) {
                        page.shared(workshop);
                    }
                }
            });
        }
    }
}
