//! What the tests of a page know of it.
//!
//! It is compiled into them, contents and not paths: a test runs wherever it
//! was moved to.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::problem::slashed;
use crate::program::Program;
use crate::{Book, Page, digest};

/// The programs of a page, and the files that they were made from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Plan {
    /// The page, relative to the book's root, as messages show it.
    pub(crate) page: String,
    /// The digests of the page and of all that it includes or shows lines of,
    /// by their paths, which are relative to the root.
    pub(crate) files: BTreeMap<String, String>,
    /// A program for each section, and for each cell that must not compile.
    pub(crate) programs: Vec<Program>,
}

impl Plan {
    pub(crate) fn new(
        book: &Book,
        page: &Page,
        programs: Vec<Program>,
    ) -> io::Result<Plan> {
        let mut files = BTreeMap::new();
        let own = digest::of(page.source.as_bytes());
        files.insert(slashed(&page.path), own);
        for source in &page.sources {
            let bytes = fs::read(book.root.join(source))?;
            files.insert(slashed(source), digest::of(&bytes));
        }
        Ok(Plan {
            page: slashed(&page.path),
            files,
            programs,
        })
    }

    pub(crate) fn read(json: &str) -> Result<Plan, String> {
        serde_json::from_str(json)
            .map_err(|error| format!("the plan of a page: {error}"))
    }

    /// As text that can stand in a file.
    pub(crate) fn to_json(&self) -> String {
        // Every key is a word and every value has a form in JSON.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// The program of the test with this name.
    pub(crate) fn program(&self, test: &str) -> Result<&Program, String> {
        self.programs
            .iter()
            .find(|program| program.name == test)
            .ok_or_else(|| format!("no program of {} is {test}", self.page))
    }

    /// Refuses a book that is not the one that the tests were built from.
    pub(crate) fn check_files(&self, root: &Path) -> Result<(), String> {
        let is_other = |path: &&String| {
            let found = fs::read(root.join(path.as_str()));
            found.map_or(true, |bytes| digest::of(&bytes) != self.files[*path])
        };
        match self.files.keys().find(is_other) {
            None => Ok(()),
            Some(path) => Err(format!(
                "{path}:1: this is not the file that the test was built from: \
                 it was changed since, or the test was built from another \
                 copy of the book, in {}\nto build it anew: touch book.toml, \
                 and run it again\n",
                root.display()
            )),
        }
    }
}
