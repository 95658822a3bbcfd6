//! What a page and the server say to each other, each a JSON text.

use std::collections::BTreeMap;

use cells::Exercise;
use cells::live::{Diagnostic, differences};
use serde::{Deserialize, Serialize};

/// What a page asks for.
#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Question {
    /// The cells of a page, as the book has them.
    Open {
        /// The page, relative to the rendered book: `learning.html`.
        page: String,
    },
    /// To run a section, from its first cell to one of its cells.
    Run(Order),
    /// To stop a run.
    Stop {
        /// Which.
        run: String,
    },
}

/// A run that a page asks for.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Order {
    /// What the page calls it.
    pub run: String,
    /// The page, as in [`Question::Open`].
    pub page: String,
    /// The anchor of the last cell to run.
    pub until: String,
    /// The reader's own text of cells, by their anchors.
    #[serde(default)]
    pub edits: BTreeMap<String, String>,
    /// Of an answer to an exercise: whether its check runs after it.
    #[serde(default)]
    pub check: bool,
}

impl Order {
    /// To check an answer to an exercise.
    pub fn of_check(exercise: &Exercise, code: String) -> Order {
        let until = exercise.starter.anchor.clone();
        Order {
            run: exercise.number.clone(),
            page: String::new(),
            edits: BTreeMap::from([(until.clone(), code)]),
            until,
            check: true,
        }
    }
}

/// What a page is told.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum Answer {
    /// How things are, at the start.
    Hello {
        /// Whether what cells may do is confined by the system.
        confined: bool,
        /// Why it is not, for the reader.
        why: Option<String>,
        /// Whether pages can be downloaded.
        downloads: bool,
    },
    /// The cells of the page that was asked for.
    Page {
        /// From top to bottom.
        cells: Vec<CellOnPage>,
    },
    /// What can be compiled of a page before its cells run has been.
    Prepared {
        /// The page.
        page: String,
    },
    /// Where a run is.
    State {
        /// Which run.
        run: String,
        /// Where.
        #[serde(flatten)]
        state: State,
    },
    /// What the compiler says of a run's cells.
    Diagnostic {
        /// Which run.
        run: String,
        /// What it says.
        #[serde(flatten)]
        diagnostic: Diagnostic,
    },
    /// A cell begins.
    Begin {
        /// Of which run.
        run: String,
        /// Its anchor.
        cell: String,
    },
    /// A cell printed something.
    Out {
        /// Of which run.
        run: String,
        /// Its anchor.
        cell: String,
        /// Where to.
        stream: Stream,
        /// What.
        text: String,
    },
    /// A cell showed a picture.
    Picture {
        /// Of which run.
        run: String,
        /// Its anchor.
        cell: String,
        /// The document.
        svg: String,
    },
    /// A cell ended.
    End {
        /// Of which run.
        run: String,
        /// Its anchor.
        cell: String,
        /// How.
        #[serde(flatten)]
        end: CellEnd,
    },
    /// A run ended.
    Done {
        /// Which.
        run: String,
        /// How.
        status: Status,
        /// What there is to say of that.
        message: Option<String>,
        /// How long it took, from when it was asked for.
        seconds: f64,
    },
}

/// A cell, as the book has it.
#[derive(Clone, Debug, Serialize)]
pub struct CellOnPage {
    /// Its anchor.
    pub anchor: String,
    /// Its number on the page, from 1; 0 of what an exercise begins with.
    pub number: usize,
    /// The number of that exercise.
    pub exercise: Option<String>,
    /// The number of its section on the page, from 0.
    pub section: usize,
    /// What is done with it, as its tag says.
    pub kind: String,
    /// All of its lines.
    pub code: String,
    /// Which of them the reader does not see, from 1.
    pub hidden: Vec<usize>,
    /// The output that was checked.
    pub output: Option<String>,
    /// Why its section cannot run now.
    pub missing: Option<String>,
}

/// Where a run is.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "state", rename_all = "kebab-case")]
pub enum State {
    /// Others run.
    Queued {
        /// How many are to end before.
        ahead: usize,
    },
    /// Cargo builds the book's package.
    Building {
        /// What it says.
        text: String,
    },
    /// Its cells are compiled.
    Compiling,
    /// Its cells run.
    Running,
}

/// Where a cell prints.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stream {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
}

/// How a cell ended.
#[derive(Clone, Debug, Serialize)]
pub struct CellEnd {
    /// In a word.
    pub status: &'static str,
    /// In words.
    pub message: Option<String>,
    /// Where in its code, from 1.
    pub line: Option<usize>,
    /// How long it took.
    pub seconds: f64,
    /// Whether the book's output is true of it, where it has one.
    pub accepted: Option<bool>,
    /// What differs of all that it printed to standard output, in UTF-16
    /// units.
    pub differences: Vec<(usize, usize)>,
}

impl CellEnd {
    /// With this status, and nothing to say of it.
    pub fn of(status: &'static str) -> CellEnd {
        CellEnd {
            status,
            message: None,
            line: None,
            seconds: 0.0,
            accepted: None,
            differences: Vec::new(),
        }
    }

    /// Compares what the book shows with what was printed.
    pub fn compare(&mut self, output: Option<&str>, printed: &str) {
        let Some(output) = output else {
            return;
        };
        let differences = differences(output, printed);
        self.accepted = Some(differences.is_empty());
        let units = |end: usize| printed[..end].encode_utf16().count();
        let ranges = differences.into_iter();
        self.differences = ranges
            .map(|range| (units(range.start), units(range.end)))
            .collect();
    }
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// Every cell did what it should.
    Done,
    /// One did not.
    Failed,
    /// It was stopped.
    Stopped,
    /// It was not begun.
    Refused,
}
