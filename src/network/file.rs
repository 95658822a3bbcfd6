//! A network's parameters in a file, in the format safetensors.
//!
//! Of the two common formats, `.npz` and safetensors, it is the second
//! because a reader can hold every length in it against that of the file before
//! it allocates anything, where `ndarray-npy` 0.10 allocates whatever a spoilt
//! header asks for. It also brings less: a hash table and JSON, where the first
//! brings an archiver, big integers and a parser generator.

mod dtype;
mod error;
mod load;
mod save;

pub use error::{FileError, FileProblem};
pub(super) use load::load;
pub(super) use save::save;
