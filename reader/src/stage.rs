//! Folders for what does not stay: a book that is rendered, before it goes
//! where it belongs.

use std::fs::{self, File};
use std::io;
use std::path::Path;

use tempfile::TempDir;

use crate::unfinished::Unfinished;

/// How the name begins of a folder in which a book is rendered.
pub const BOOK: &str = ".book-";

/// The name of the file in it that is locked while a run is at work.
const LOCK: &str = ".at-work";

/// A folder that is removed with this value.
#[derive(Debug)]
pub struct Stage {
    // Let go of first: some systems keep a file that is open.
    _locked: File,
    folder: TempDir,
    _unfinished: Unfinished,
}

impl Stage {
    /// Makes one in this folder, whose name begins like this, and removes what
    /// killed runs left there under such a name.
    ///
    /// # Errors
    ///
    /// Files cannot be made there, or cannot be locked.
    pub fn make_in(beside: &Path, prefix: &str) -> io::Result<Self> {
        loop {
            let mut builder = tempfile::Builder::new();
            builder.prefix(prefix);
            // Otherwise others may read what is in it, by default.
            #[cfg(unix)]
            let builder = builder.permissions(
                std::os::unix::fs::PermissionsExt::from_mode(0o700),
            );
            let folder = builder.tempdir_in(beside)?;
            let unfinished = Unfinished::mark(folder.path());
            let lock = folder.path().join(LOCK);
            let locked = File::create(&lock)?;
            locked.lock()?;
            // Before it was locked, another run may have swept it away.
            if lock.exists() {
                sweep(beside, prefix, folder.path());
                return Ok(Self {
                    _locked: locked,
                    folder,
                    _unfinished: unfinished,
                });
            }
        }
    }

    /// Whether this path is, or is in, a folder that was made in `beside` for a
    /// book.
    pub fn made(beside: &Path, path: &Path) -> bool {
        let inside = path.strip_prefix(beside).ok();
        inside
            .and_then(|inside| inside.iter().next())
            .is_some_and(|name| name.to_string_lossy().starts_with(BOOK))
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }
}

/// Removes the folders that no living run has locked, if they are of the user
/// whose folder `own` is. In a place where all may write, another's would only
/// be a trap.
fn sweep(beside: &Path, prefix: &str, own: &Path) {
    let Ok(entries) = fs::read_dir(beside) else {
        return;
    };
    for entry in entries.flatten() {
        if !entry.file_name().to_string_lossy().starts_with(prefix) {
            continue;
        }
        let folder = entry.path();
        if !have_same_owner(&folder, own) {
            continue;
        }
        if let Ok(lock) = File::open(folder.join(LOCK))
            && lock.try_lock().is_ok()
        {
            let _ = fs::remove_dir_all(folder);
        }
    }
}

#[cfg(unix)]
fn have_same_owner(one: &Path, other: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    // Not that of what a link leads to.
    let owner = |path| fs::symlink_metadata(path).map(|it| it.uid()).ok();
    owner(one) == owner(other)
}

#[cfg(not(unix))]
fn have_same_owner(_: &Path, _: &Path) -> bool {
    // A folder for temporary files is its user's.
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_killed_run_left_is_removed_and_nothing_else() {
        let beside = TempDir::new().expect("a temporary folder");
        let dead = beside.path().join(".book-dead");
        let other = beside.path().join(".book-of-notes");
        let run = beside.path().join("run-dead");
        for folder in [&dead, &other, &run] {
            fs::create_dir(folder).expect("a folder");
        }
        for folder in [&dead, &run] {
            fs::write(folder.join(LOCK), "").expect("a file");
        }
        let first = Stage::make_in(beside.path(), BOOK).expect("a stage");
        assert!(!dead.exists() && other.exists() && run.exists());
        let second = Stage::make_in(beside.path(), BOOK).expect("a stage");
        assert!(first.path().exists());
        assert!(Stage::made(beside.path(), &first.path().join("one")));
        assert!(!Stage::made(first.path(), &first.path().join("one")));
        let path = second.path().to_path_buf();
        drop(second);
        assert!(!path.exists() && first.path().exists());
    }
}
