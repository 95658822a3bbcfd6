//! What a data set is, described once.

/// A data set in MNIST's format: square grey images with a label each, in four
/// files, of which two are to learn from and two to test on.
///
/// Headers and lengths of the files follow, and [`load`](Self::load) checks
/// them. Any program can describe a data set of its own:
///
/// ```no_run
/// use backprop::data::{DataFile, Source, Split};
///
/// let file = |name, sha256| DataFile { name, sha256 };
/// let tiny = Source {
///     name: "Tiny",
///     folder: "data/tiny",
///     mirrors: &["https://example.org/tiny/"],
///     side: 8,
///     classes: 4,
///     train: Split {
///         count: 500,
///         images: file("train-images-idx3-ubyte", "46a2..."),
///         labels: file("train-labels-idx1-ubyte", "81d7..."),
///     },
///     test: Split {
///         count: 100,
///         images: file("t10k-images-idx3-ubyte", "f0c3..."),
///         labels: file("t10k-labels-idx1-ubyte", "7b5e..."),
///     },
/// };
/// let images = tiny.load("data/tiny")?;
/// assert_eq!(images.train.images.dim(), (500, 64));
/// # Ok::<(), backprop::DataError>(())
/// ```
///
/// Source of the format: LeCun, Cortes, Burges, *The MNIST database of
/// handwritten digits* (1998), "File formats for the MNIST database".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Source {
    /// Its name, with which errors begin.
    pub name: &'static str,
    /// Where the book keeps the files, below its root.
    pub folder: &'static str,
    /// Addresses of folders that have the files, each packed by gzip.
    pub mirrors: &'static [&'static str],
    /// Pixels along one side of an image.
    pub side: usize,
    /// How many classes there are; labels are from 0 to `classes - 1`.
    pub classes: usize,
    /// What to learn from.
    pub train: Split,
    /// What to test on.
    pub test: Split,
}

/// The images of one purpose with their labels, as they are in files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Split {
    /// `N`, the number of images.
    pub count: usize,
    /// The images: an IDX file of bytes, shape `(N, side, side)`.
    pub images: DataFile,
    /// The labels: an IDX file of bytes, shape `(N,)`.
    pub labels: DataFile,
}

/// One file of a data set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DataFile {
    /// Its name, the same as at its mirrors but for their `.gz`.
    pub name: &'static str,
    /// The SHA-256 of the unpacked file, in 64 hexadecimal digits.
    pub sha256: &'static str,
}
