//! The MNIST data set of handwritten digits.
//!
//! The crate [`mnist`](https://docs.rs/mnist) reads the files, and panics on
//! any that it does not like. So all four are checked, down to their
//! checksums, and each fault has an error that names the way out.

use std::{
    fs::{self, File},
    io::{self, Read},
    path::{Path, PathBuf},
    thread,
};

use ndarray::Array2;
use sha2::{Digest, Sha256};
use thiserror::Error;

use crate::{Dataset, Labels, dataset::PIXELS};

/// Where the book keeps the files, below its root.
pub const FOLDER: &str = "data/mnist";

/// The MNIST data set.
///
/// Source: LeCun, Cortes, Burges, *The MNIST database of handwritten digits*
/// (1998).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mnist {
    /// 60,000 images to learn from.
    pub train: Dataset,
    /// 10,000 images by other writers, to test on.
    pub test: Dataset,
}

impl Mnist {
    /// Loads the four files of [`FILES`] from a folder.
    ///
    /// # Errors
    ///
    /// If a file is missing, cannot be read, or is not what [`FILES`] says it
    /// should be.
    pub fn load(folder: impl AsRef<Path>) -> Result<Self, MnistError> {
        let folder = folder.as_ref();
        if !folder.is_dir() {
            return Err(MnistError::new(folder, Problem::NoFolder));
        }
        check_each(folder, check_shape)?;
        let Some(base_path) = folder.to_str() else {
            return Err(MnistError::new(folder, Problem::NotUnicode));
        };
        // The parser takes three times as long as the checksums, which beside
        // it cost no time; what it made of a file that fails them is dropped.
        let (sums, parsed) = thread::scope(|scope| {
            let parsed = scope.spawn(|| parse(base_path));
            (check_each(folder, check_sum), parsed.join())
        });
        sums?;
        parsed.map_err(|_| MnistError::new(folder, Problem::Changed))
    }

    /// Loads the four files from `data/mnist` below the current folder, which
    /// for a cell of the book is the book's root.
    ///
    /// # Errors
    ///
    /// As [`load`](Self::load).
    pub fn load_default() -> Result<Self, MnistError> {
        Self::load(FOLDER)
    }
}

/// What the crate `mnist` reads, which panics on files that it does not like.
fn parse(base_path: &str) -> Mnist {
    let data = ::mnist::MnistBuilder::new()
        .base_path(base_path)
        .label_format_digit()
        .finalize();
    Mnist {
        train: dataset(data.trn_img, data.trn_lbl),
        test: dataset(data.tst_img, data.tst_lbl),
    }
}

fn dataset(images: Vec<u8>, labels: Vec<u8>) -> Dataset {
    let images = Array2::from_shape_vec((labels.len(), PIXELS), images)
        .expect("the lengths of the files were checked");
    Dataset::new(images, Labels::new(labels))
}

/// What one file of the data set must be.
#[derive(Clone, Copy, Debug)]
pub struct DataFile {
    /// Its name, the same as at its source.
    pub name: &'static str,
    /// The numbers at its start, each a big-endian `u32`, with their meaning.
    pub header: &'static [(&'static str, u32)],
    /// Its length in bytes.
    pub bytes: u64,
    /// Its SHA-256 in hexadecimal.
    pub sha256: &'static str,
}

/// The four files: images and labels to learn from, images and labels to test
/// on.
pub const FILES: [DataFile; 4] = [
    DataFile {
        name: "train-images-idx3-ubyte",
        header: &[
            ("magic number", 0x0803),
            ("number of images", 60_000),
            ("number of rows", 28),
            ("number of columns", 28),
        ],
        bytes: 47_040_016,
        sha256: "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    },
    DataFile {
        name: "train-labels-idx1-ubyte",
        header: &[("magic number", 0x0801), ("number of labels", 60_000)],
        bytes: 60_008,
        sha256: "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    },
    DataFile {
        name: "t10k-images-idx3-ubyte",
        header: &[
            ("magic number", 0x0803),
            ("number of images", 10_000),
            ("number of rows", 28),
            ("number of columns", 28),
        ],
        bytes: 7_840_016,
        sha256: "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    },
    DataFile {
        name: "t10k-labels-idx1-ubyte",
        header: &[("magic number", 0x0801), ("number of labels", 10_000)],
        bytes: 10_008,
        sha256: "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
    },
];

/// What is wrong with the data set, where, and what to do.
#[derive(Debug, Error)]
#[error(
    "MNIST: {}: {problem}. To fetch the data set: cargo book data",
    path.display()
)]
pub struct MnistError {
    /// The file or folder, as an absolute path.
    pub path: PathBuf,
    /// What is wrong with it.
    pub problem: Problem,
}

impl MnistError {
    fn new(path: &Path, problem: Problem) -> Self {
        let path = std::path::absolute(path).unwrap_or_else(|_| path.into());
        Self { path, problem }
    }
}

/// What is wrong with a file of the data set, or with its folder.
#[derive(Debug, Error)]
pub enum Problem {
    /// The folder is not there.
    #[error("there is no such folder")]
    NoFolder,
    /// The folder's name cannot be handed to the crate `mnist`.
    #[error("the folder's name is not Unicode")]
    NotUnicode,
    /// The file is not there.
    #[error("there is no such file")]
    NoFile,
    /// There is something else of that name, such as a folder.
    #[error("expected a file, found something else of that name")]
    NotAFile,
    /// The file cannot be read.
    #[error("it cannot be read: {0}")]
    Unreadable(#[from] io::Error),
    /// The file is as it was downloaded.
    #[error("it is still packed by gzip")]
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
    /// All is right but the contents.
    #[error("its SHA-256: expected {expected}, found {found}")]
    Checksum {
        /// The checksum that it must have.
        expected: &'static str,
        /// The checksum that it has.
        found: String,
    },
    /// All was right, and then the crate `mnist` found it otherwise.
    #[error("its files changed while they were read")]
    Changed,
}

/// Checks all four files, and stops at the first fault.
fn check_each(
    folder: &Path,
    check: fn(&DataFile, &Path) -> Result<(), Problem>,
) -> Result<(), MnistError> {
    FILES.iter().try_for_each(|file| {
        let path = folder.join(file.name);
        check(file, &path).map_err(|problem| MnistError::new(&path, problem))
    })
}

/// Presence, header and length.
fn check_shape(file: &DataFile, path: &Path) -> Result<(), Problem> {
    let metadata = match fs::metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(Problem::NoFile);
        }
        metadata => metadata?,
    };
    if !metadata.is_file() {
        return Err(Problem::NotAFile);
    }
    let expected = size_of::<u32>() * file.header.len();
    let mut header = Vec::new();
    File::open(path)?
        .take(expected as u64)
        .read_to_end(&mut header)?;
    if header.starts_with(&[0x1f, 0x8b]) {
        return Err(Problem::Packed);
    }
    if header.len() < expected {
        return Err(Problem::NoHeader {
            expected,
            found: header.len(),
        });
    }
    let (numbers, _) = header.as_chunks();
    for (&(field, expected), &bytes) in file.header.iter().zip(numbers) {
        let found = u32::from_be_bytes(bytes);
        if found != expected {
            return Err(Problem::Header {
                field,
                expected,
                found,
            });
        }
    }
    let (expected, found) = (file.bytes, metadata.len());
    if found != expected {
        return Err(Problem::Length { expected, found });
    }
    Ok(())
}

fn check_sum(file: &DataFile, path: &Path) -> Result<(), Problem> {
    let mut contents = File::open(path)?;
    let mut hasher = Sha256::new();
    let mut block = vec![0; 1 << 16];
    loop {
        match contents.read(&mut block)? {
            0 => break,
            bytes => hasher.update(&block[..bytes]),
        }
    }
    let digest = hasher.finalize();
    let found = digest
        .iter()
        .fold(String::new(), |text, byte| text + &format!("{byte:02x}"));
    let expected = file.sha256;
    if found != expected {
        return Err(Problem::Checksum { expected, found });
    }
    Ok(())
}
