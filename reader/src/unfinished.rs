//! What an interrupted run must take away again.
//!
//! A value that owns a temporary file or folder removes it when it is dropped,
//! but nothing is dropped when Ctrl-C ends the program. So each such path is
//! also kept here while it exists, and [`abandon`] removes what is there.

use std::collections::BTreeMap;
use std::fs;
use std::mem;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

static PATHS: Mutex<BTreeMap<PathBuf, Part>> = Mutex::new(BTreeMap::new());

/// How much of a path is unfinished.
#[derive(Clone, Copy, Debug)]
enum Part {
    /// The path, with all that it holds.
    Whole,
    /// A folder, unless something is in it.
    Shell,
}

fn paths() -> MutexGuard<'static, BTreeMap<PathBuf, Part>> {
    PATHS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A path that [`abandon`] removes for as long as this value lives.
///
/// Dropping it removes nothing: that is for the path's owner to do.
#[derive(Debug)]
pub struct Unfinished(PathBuf);

impl Unfinished {
    /// Remembers a path that was just made.
    pub fn mark(path: &Path) -> Self {
        Self::remember(path, Part::Whole)
    }

    /// Remembers a folder that is to stay only if something is put into it.
    pub fn mark_shell(folder: &Path) -> Self {
        Self::remember(folder, Part::Shell)
    }

    fn remember(path: &Path, part: Part) -> Self {
        paths().insert(path.to_path_buf(), part);
        Self(path.to_path_buf())
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        paths().remove(&self.0);
    }
}

/// Removes every unfinished path. Only for a program that is about to end:
/// from here on no thread can begin, or finish, an unfinished path.
pub fn abandon() {
    let paths = paths();
    // What is in a folder comes after it.
    for (path, part) in paths.iter().rev() {
        let _ = match part {
            Part::Whole => {
                fs::remove_file(path).or_else(|_| fs::remove_dir_all(path))
            }
            Part::Shell => fs::remove_dir(path),
        };
    }
    mem::forget(paths);
}
