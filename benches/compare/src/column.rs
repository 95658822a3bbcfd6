//! A column of a table.

use std::fmt::{self, Display, Formatter};

use peer::Precision;

/// A precision and a number of threads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    /// The numbers that are worked with.
    pub precision: Precision,
    /// Threads.
    pub threads: usize,
}

impl Column {
    /// All of them, in the order of the tables.
    pub const ALL: [Self; 4] = [
        Self::new(Precision::F32, 1),
        Self::new(Precision::F32, 2),
        Self::new(Precision::F64, 1),
        Self::new(Precision::F64, 2),
    ];

    /// Single precision.
    pub const SINGLE: [Self; 2] = [Self::ALL[0], Self::ALL[1]];

    /// Double precision.
    pub const DOUBLE: [Self; 2] = [Self::ALL[2], Self::ALL[3]];

    /// That precision, on so many threads.
    pub const fn new(precision: Precision, threads: usize) -> Self {
        Self { precision, threads }
    }

    /// Its part of the name of a table: `f32.1`.
    pub fn key(self) -> String {
        format!("{}.{}", self.precision, self.threads)
    }
}

impl Display for Column {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let plural = if self.threads == 1 { "" } else { "s" };
        f.pad(&format!(
            "{}, {} thread{plural}",
            self.precision, self.threads
        ))
    }
}
