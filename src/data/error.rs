//! What can be wrong with the files of a data set.

use std::{
    io,
    path::{Path, PathBuf},
};

use thiserror::Error;

/// What is wrong with the files of a data set, where, and what to do.
#[derive(Debug, Error)]
#[error("{name}: {}: {problem}{way_out}", path.display())]
#[non_exhaustive]
pub struct DataError {
    /// The data set.
    pub name: &'static str,
    /// The file or folder, as an absolute path.
    pub path: PathBuf,
    /// What is wrong with it.
    pub problem: Problem,
    /// A sentence with a space before it, or empty.
    way_out: String,
}

impl DataError {
    /// With a way out where the files are to be had from the mirrors, and
    /// having them would help.
    pub(super) fn new(
        name: &'static str,
        mirrors: &[&str],
        files: &[&str],
        path: &Path,
        problem: Problem,
    ) -> Self {
        let path = std::path::absolute(path).unwrap_or_else(|_| path.into());
        let way_out = if mirrors.is_empty() || !problem.ends_by_download() {
            String::new()
        } else {
            let files: Vec<_> =
                files.iter().map(|file| format!("{file}.gz")).collect();
            format!(
                ". To get what it should be, download {} from {}, and unpack",
                files.join(", "),
                mirrors.join(" or ")
            )
        };
        Self {
            name,
            path,
            problem,
            way_out,
        }
    }
}

/// What is wrong with a file of a data set, or with its folder.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Problem {
    /// The folder is not there.
    #[error("there is no such folder")]
    NoFolder,
    /// The file is not there.
    #[error("there is no such file")]
    NoFile,
    /// The file is not there, and what was downloaded for it is.
    #[error("there is only {found}; `gunzip` unpacks it")]
    OnlyPacked {
        /// The name of the packed file.
        found: String,
    },
    /// There is something else of that name, such as a folder.
    #[error("expected a file, found something else of that name")]
    NotAFile,
    /// The file cannot be read.
    #[error("it cannot be read: {0}")]
    Unreadable(#[from] io::Error),
    /// The file is as it was downloaded, under the name of the unpacked one.
    #[error("it is still packed by gzip; `gunzip` unpacks it")]
    Packed,
    /// The file ends within its header.
    #[error(
        "expected a header of {expected} bytes, found {found} bytes in all"
    )]
    NoHeader {
        /// The length of the header.
        expected: usize,
        /// The length of the file.
        found: usize,
    },
    /// A number in the header is wrong.
    #[error("its {field}: expected {expected}, found {found}")]
    Header {
        /// The meaning of the number.
        field: &'static str,
        /// What it must be.
        expected: u32,
        /// What it is.
        found: u32,
    },
    /// The file is too long or too short.
    #[error("its length: expected {expected} bytes, found {found}")]
    Length {
        /// The length that it must have.
        expected: u64,
        /// The length that it has.
        found: u64,
    },
    /// The file had the right length, and then it ended before.
    #[error("it became shorter while it was read")]
    Shrunk,
    /// All is right but the contents.
    #[error("its SHA-256: expected {expected}, found {found}")]
    Checksum {
        /// The checksum that it must have.
        expected: &'static str,
        /// The checksum that it has.
        found: String,
    },
    /// The file is the one that is described, and the description is at odds
    /// with it.
    #[error(
        "label {index}: expected one of {classes} classes from 0, found {found}"
    )]
    Label {
        /// The place of the label, from 0.
        index: usize,
        /// How many classes there are.
        classes: usize,
        /// The label.
        found: u8,
    },
}

impl Problem {
    /// Whether a new download of the file is the way out.
    fn ends_by_download(&self) -> bool {
        !matches!(
            self,
            Self::Unreadable(_)
                | Self::Packed
                | Self::OnlyPacked { .. }
                | Self::Label { .. }
        )
    }
}
