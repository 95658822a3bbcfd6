//! What runs must not exceed.

use std::time::Duration;

use keeper::Limits;

/// The limits of all runs.
#[derive(Clone, Copy, Debug)]
pub struct RunLimits {
    /// Of the programs of cells, but for the time, which each cell has its own
    /// limit of.
    pub program: Limits,
    /// Of the compiler.
    pub compiler: Limits,
    /// How many seconds any cell may run, whatever it says itself.
    pub cell: u64,
    /// How long an answer may wait for a page to take it.
    pub page: Duration,
}

impl Default for RunLimits {
    fn default() -> Self {
        Self {
            program: Limits {
                time: Duration::ZERO,
                memory: 4 << 30,
                processes: 64,
                written: 256 << 20,
            },
            compiler: Limits {
                time: Duration::from_mins(2),
                memory: 6 << 30,
                processes: 128,
                written: 4 << 30,
            },
            cell: u64::MAX,
            page: Duration::from_secs(20),
        }
    }
}

impl RunLimits {
    /// These limits, but for some: in seconds and MiB.
    #[must_use]
    pub fn with(mut self, changes: &[(Limit, u32)]) -> Self {
        for (limit, value) in changes {
            let seconds = Duration::from_secs((*value).into());
            match limit {
                Limit::Cell => self.cell = (*value).into(),
                Limit::Compiler => self.compiler.time = seconds,
                Limit::Memory => self.program.memory = u64::from(*value) << 20,
                Limit::Page => self.page = seconds,
            }
        }
        self
    }
}

/// A limit that tests make smaller, to reach it sooner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// How many seconds a cell may run.
    Cell,
    /// How many seconds the compiler may.
    Compiler,
    /// How many MiB of memory the programs of cells may use.
    Memory,
    /// How many seconds an answer may wait for its page.
    Page,
}

/// Reads `NAME=VALUE`.
///
/// # Errors
///
/// It is no limit, or no number.
pub fn change(text: &str) -> Result<(Limit, u32), String> {
    let (name, value) = text.split_once('=').ok_or("expected NAME=VALUE")?;
    let limit = match name {
        "cell" => Limit::Cell,
        "compiler" => Limit::Compiler,
        "memory" => Limit::Memory,
        "page" => Limit::Page,
        _ => return Err("expected cell, compiler, memory or page".to_owned()),
    };
    let value = value.parse().map_err(|_| "expected a whole number")?;
    Ok((limit, value))
}
