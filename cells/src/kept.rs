//! What was built, kept for the next run.
//!
//! A program that is kept runs each time: only its building is spared. Nothing
//! here is ever written in place or opened for writing once it can be run, for
//! a program that any process holds open for writing cannot be started.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use crate::key::Key;
use crate::write;

/// How many bytes are kept at most when a run begins.
const LIMIT: u64 = 1 << 30;

/// The folder beside it of what is being built.
const WORK: &str = "work";

/// How long that may take.
const LONG: Duration = Duration::from_hours(1);

/// A folder of things that were built, each called by its key.
#[derive(Debug)]
pub(crate) struct Kept {
    folder: PathBuf,
}

impl Kept {
    /// Opens the folder, and removes what has not been used for long, so that
    /// no more than [`LIMIT`] stays.
    pub(crate) fn open(folder: &Path) -> io::Result<Kept> {
        let kept = Kept {
            folder: folder.join("kept"),
        };
        fs::create_dir_all(&kept.folder)?;
        kept.remove_excess(LIMIT)?;
        fs::create_dir_all(kept.work())?;
        for (age, _, path) in by_age(&kept.work())? {
            if age > LONG {
                // What is left of a run that was stopped.
                let _ = fs::remove_dir_all(path);
            }
        }
        Ok(kept)
    }

    /// The folder for what is only needed while something is built.
    pub(crate) fn work(&self) -> PathBuf {
        self.folder.with_file_name(WORK)
    }

    /// Where the thing with this key is, or would be.
    pub(crate) fn path(&self, key: &Key) -> PathBuf {
        self.folder.join(key.as_str())
    }

    /// Where the thing is, if it is there: it has been used just now.
    pub(crate) fn find(&self, key: &Key) -> Option<PathBuf> {
        let path = self.path(key);
        let file = fs::File::open(&path).ok()?;
        // Where that cannot be done, it is removed sooner.
        let _ = file.set_modified(SystemTime::now());
        Some(path)
    }

    pub(crate) fn text(&self, key: &Key) -> Option<String> {
        fs::read_to_string(self.find(key)?).ok()
    }

    pub(crate) fn keep_text(&self, key: &Key, text: &str) -> io::Result<()> {
        write::whole(&self.path(key), text.as_bytes())
    }

    fn remove_excess(&self, limit: u64) -> io::Result<()> {
        let mut kept = 0;
        for (_, size, path) in by_age(&self.folder)? {
            kept += size;
            if kept > limit {
                // Another run may have done it already.
                let _ = fs::remove_file(path);
            }
        }
        Ok(())
    }
}

/// What is in a folder, the youngest first: its age, its size and its path.
fn by_age(folder: &Path) -> io::Result<Vec<(Duration, u64, PathBuf)>> {
    let mut found: Vec<_> = fs::read_dir(folder)?
        .flatten()
        .filter_map(|entry| {
            let about = entry.metadata().ok()?;
            let age = about.modified().ok()?.elapsed().unwrap_or_default();
            Some((age, about.len(), entry.path()))
        })
        .collect();
    found.sort();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_used_for_longest_goes_first() {
        let folder = tempfile::tempdir().unwrap();
        let kept = Kept::open(folder.path()).unwrap();
        let key = |name: &str| Key::from(name);
        let path = |name: &str| kept.path(&key(name));
        for (name, age) in [("a", 300), ("b", 200), ("c", 100)] {
            fs::write(path(name), [0; 100]).unwrap();
            let then = SystemTime::now() - Duration::from_secs(age);
            let file = fs::File::open(path(name)).unwrap();
            file.set_modified(then).unwrap();
        }
        assert!(kept.find(&key("a")).is_some());
        kept.remove_excess(200).unwrap();
        let stays = ["a", "b", "c"].map(|name| path(name).exists());
        assert_eq!(stays, [true, false, true]);
        assert!(kept.find(&key("b")).is_none());
    }
}
