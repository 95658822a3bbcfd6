//! The data set, for contestants that have no reader of their own.

use std::{fs, path::Path};

use crate::Failure;

/// Images as bytes, one after the other, with their labels.
#[derive(Clone, Debug)]
pub struct Images {
    /// 784 bytes for each.
    pub pixels: Vec<u8>,
    /// The digit of each.
    pub labels: Vec<u8>,
}

impl Images {
    fn read(folder: &Path, name: &str) -> Result<Self, Failure> {
        let read = |file: String, header: usize| {
            let path = folder.join(file);
            let mut bytes = fs::read(&path)
                .map_err(|error| format!("{}: {error}", path.display()))?;
            bytes.drain(..header.min(bytes.len()));
            Ok::<_, Failure>(bytes)
        };
        Ok(Self {
            pixels: read(format!("{name}-images-idx3-ubyte"), 16)?,
            labels: read(format!("{name}-labels-idx1-ubyte"), 8)?,
        })
    }
}

/// The four files of MNIST, unchecked: `cargo compare` sees that they are
/// there, and our own crate checks them.
#[derive(Clone, Debug)]
pub struct Mnist {
    /// 60,000 images.
    pub train: Images,
    /// 10,000 images.
    pub test: Images,
}

impl Mnist {
    /// Reads them all.
    ///
    /// # Errors
    ///
    /// If a file cannot be read.
    pub fn read(folder: &Path) -> Result<Self, Failure> {
        Ok(Self {
            train: Images::read(folder, "train")?,
            test: Images::read(folder, "t10k")?,
        })
    }
}
