//! What an interrupted run must take away again.
//!
//! A value that owns a temporary file or folder removes it when it is dropped,
//! but nothing is dropped when Ctrl-C ends the program. So each such path is
//! also kept here while it exists, and [`abandon`] removes what is there.

use std::collections::BTreeSet;
use std::fs;
use std::mem;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

static PATHS: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());

fn paths() -> MutexGuard<'static, BTreeSet<PathBuf>> {
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
        paths().insert(path.to_path_buf());
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
    for path in paths.iter() {
        let _ = fs::remove_file(path).or_else(|_| fs::remove_dir_all(path));
    }
    mem::forget(paths);
}
