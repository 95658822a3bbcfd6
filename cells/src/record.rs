//! What a test run leaves behind for a bless.

use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::check;
use crate::program::Program;
use crate::runner::CellResult;
use crate::write;

/// The variable that makes every section's program write down what its cells
/// print, in the folder that it names, in place of comparing it.
pub const FOLDER: &str = "CELLS_RECORD";

/// What the cells of one section printed and showed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// The page, relative to the book's root.
    pub page: String,
    /// The name of the test.
    pub name: String,
    /// The cells that ran.
    pub cells: Vec<CellRecord>,
    /// The report of why the section did not come to its end, if so.
    pub failure: Option<String>,
}

/// What one cell printed and showed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CellRecord {
    /// The line of its opening fence in the page.
    pub line: usize,
    /// What its output should show.
    pub printed: String,
    /// The pictures that it showed, in that order.
    pub pictures: Vec<String>,
}

impl Record {
    pub(crate) fn new(program: &Program, results: &[CellResult]) -> Record {
        let results_of_cells = program.cells.iter().zip(results);
        Record {
            page: program.page.clone(),
            name: program.name.clone(),
            cells: results_of_cells
                .filter_map(|(cell, result)| {
                    Some(CellRecord {
                        line: cell.line,
                        printed: result.shown()?,
                        pictures: result.pictures.clone(),
                    })
                })
                .collect(),
            failure: check::failures(program, results),
        }
    }

    /// The record of a cell that must not compile, from the errors' first
    /// lines, or from why it has others.
    pub(crate) fn of_failing(
        program: &Program,
        headlines: &Result<String, String>,
    ) -> Record {
        Record {
            page: program.page.clone(),
            name: program.name.clone(),
            cells: program
                .cells
                .iter()
                .map(|cell| CellRecord {
                    line: cell.line,
                    printed: headlines.clone().unwrap_or_default(),
                    pictures: Vec::new(),
                })
                .collect(),
            failure: headlines.clone().err(),
        }
    }

    pub(crate) fn write(&self, folder: &Path) -> io::Result<()> {
        let json = serde_json::to_string(self)?;
        write::whole(
            &folder.join(format!("{}.json", self.name)),
            json.as_bytes(),
        )
    }
}
