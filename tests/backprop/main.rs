//! What the crate promises, in one program, which is linked once.

mod architecture;
mod data_files;
mod fast_and_plain;
mod gradient_check;
mod misuse;
mod notebook_values;
mod optimizers;
mod save_and_load;
mod training;

/// The book's root, seen from where cargo runs these tests.
const ROOT: &str = "../..";
