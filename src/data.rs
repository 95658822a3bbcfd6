//! Data sets: images with their labels, from files or drawn.
//!
//! A [`Source`] describes a data set once: its files with their checksums, and
//! the numbers of images, pixels and classes. Headers and lengths follow, and
//! [`Source::load`] checks them all. [`MNIST`] is one; [`digits`] needs no
//! files.
//!
//! # Adding a data set
//!
//! A data set in MNIST's format, such as [Fashion-MNIST], needs an entry and
//! no other code:
//!
//! 1. a constant beside [`MNIST`], in a file of its own: the SHA-256 is that of
//!    each file unpacked, as `gunzip` and `sha256sum` find it in a download
//!    from the authors' own address;
//! 2. a place in [`SOURCES`];
//! 3. a table in the book's `book.toml`, under the name in lower case
//!    (`fashion-mnist`), so that `cargo book` fetches the files and cells may
//!    ask for them (`needs-fashion-mnist`). A test compares table and constant.
//!
//! [Fashion-MNIST]: https://github.com/zalandoresearch/fashion-mnist

mod dataset;
pub mod digits;
mod error;
mod idx;
mod load;
mod mnist;
mod read;
mod source;

pub use dataset::Dataset;
pub use error::{DataError, Problem};
pub use load::TrainTest;
pub use mnist::{MNIST, Mnist};
pub use source::{DataFile, Source, Split};

/// The data sets that the crate knows.
pub const SOURCES: &[Source] = &[MNIST];
