//! What can be wrong with the file of a network.

use std::{
    error::Error,
    io,
    path::{Path, PathBuf},
};

use thiserror::Error;

/// Why a network was not saved or not loaded.
#[derive(Debug, Error)]
#[error("{}: {problem}", path.display())]
#[non_exhaustive]
pub struct FileError {
    /// The file, as an absolute path.
    pub path: PathBuf,
    /// What is wrong with it.
    pub problem: FileProblem,
}

impl FileError {
    pub(super) fn new(path: &Path, problem: FileProblem) -> Self {
        let path = std::path::absolute(path).unwrap_or_else(|_| path.into());
        Self { path, problem }
    }
}

/// What is wrong with the file of a network.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum FileProblem {
    /// There is nothing to load.
    #[error("there is no such file")]
    NoFile,
    /// There is no place to save to.
    #[error("there is no folder to write it to")]
    NoFolder,
    /// There is something else of that name, such as a folder.
    #[error("expected a file, found something else of that name")]
    NotAFile,
    /// The file cannot be read.
    #[error("it cannot be read: {0}")]
    Unreadable(#[source] io::Error),
    /// The file cannot be written; one that was there before is as it was.
    #[error("it cannot be written: {0}")]
    Unwritable(#[source] io::Error),
    /// The file is in another format.
    #[error(
        "it is not in the format safetensors: expected the length of a header \
         in 8 bytes and then `{{`, found `{found}`"
    )]
    Format {
        /// The first bytes, escaped.
        found: String,
    },
    /// The file ends within its header.
    #[error(
        "expected a header of {expected} bytes, found {found} bytes in all"
    )]
    NoHeader {
        /// The length of the header.
        expected: u64,
        /// The length of the file.
        found: u64,
    },
    /// The header makes no sense.
    #[error("its header cannot be understood: {0}")]
    Header(#[source] serde_json::Error),
    /// The file is longer or shorter than its header says.
    #[error("its length: expected {expected} bytes, found {found}")]
    Length {
        /// The length by the header.
        expected: u64,
        /// The length that it has.
        found: u64,
    },
    /// An array is not there.
    #[error("it has no array {array}, found {}", list(found))]
    Missing {
        /// The name of the array.
        array: String,
        /// The names of all arrays.
        found: Vec<String>,
    },
    /// An array is there that no layer has a place for.
    #[error("expected {} and no more, found an array {array}", list(expected))]
    Extra {
        /// The name of the array.
        array: String,
        /// The names of the arrays that make layers.
        expected: Vec<String>,
    },
    /// An array has the wrong number of axes, or does not fit the one before.
    #[error("{array}: expected shape {expected}, found {found:?}")]
    Shape {
        /// The name of the array.
        array: String,
        /// The shape, with `_` where any length will do.
        expected: String,
        /// The shape that it has.
        found: Vec<usize>,
    },
    /// An array's numbers are of another kind.
    #[error(
        "{array}: expected numbers of {expected}, found {found}{}",
        way_out(expected, found)
    )]
    Precision {
        /// The name of the array.
        array: String,
        /// The precision of the network.
        expected: String,
        /// The precision in the file.
        found: String,
    },
    /// All is right with the layers, but they do not make the network that was
    /// asked for.
    #[error("{0}")]
    Layers(#[source] Box<dyn Error + Send + Sync>),
}

fn list(names: &[String]) -> String {
    if names.is_empty() {
        "none".to_owned()
    } else {
        names.join(", ")
    }
}

/// Nothing is rounded unless somebody asks for it.
fn way_out(expected: &str, found: &str) -> &'static str {
    if (expected, found) == ("f32", "f64") {
        ": load the network as f64; `mapv` rounds its arrays"
    } else {
        ""
    }
}
