//! The files that a build script writes, and those that it wrote before.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::write;

/// What could not be written, and why.
pub(crate) type Failed = (PathBuf, io::Error);

/// A folder that holds what is written into it, and nothing else.
pub(crate) struct Files {
    folder: PathBuf,
    kept: BTreeSet<PathBuf>,
}

impl Files {
    pub(crate) fn new(folder: PathBuf) -> Files {
        Files {
            folder,
            kept: BTreeSet::new(),
        }
    }

    /// Writes a file made from `origin`, and gives it the age of that, so that
    /// cargo does not take it for a change that came after this run.
    pub(crate) fn write(
        &mut self,
        path: &Path,
        text: &str,
        origin: &Path,
    ) -> Result<PathBuf, Failed> {
        let path = self.folder.join(path);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)
                .map_err(|error| (folder.into(), error))?;
        }
        write_if_changed(&path, text)?;
        let age = fs::metadata(origin).and_then(|found| found.modified());
        set_age(&path, age.unwrap_or(SystemTime::UNIX_EPOCH))?;
        self.kept.insert(path.clone());
        Ok(path)
    }

    /// Removes what an earlier run wrote and this one did not.
    pub(crate) fn remove_others(&self) -> Result<(), Failed> {
        self.remove_others_in(&self.folder).map(|_| ())
    }

    fn remove_others_in(&self, folder: &Path) -> Result<bool, Failed> {
        let at = |error| (folder.to_owned(), error);
        if !folder.exists() {
            return Ok(true);
        }
        let mut is_empty = true;
        for entry in fs::read_dir(folder).map_err(at)? {
            let entry = entry.map_err(at)?;
            let path = entry.path();
            if entry.file_type().map_err(at)?.is_dir() {
                is_empty &= self.remove_others_in(&path)?;
            } else if self.kept.contains(&path) {
                is_empty = false;
            } else {
                fs::remove_file(&path).map_err(at)?;
            }
        }
        if is_empty {
            fs::remove_dir(folder).map_err(at)?;
        }
        Ok(is_empty)
    }
}

fn set_age(path: &Path, age: SystemTime) -> Result<(), Failed> {
    fs::File::options()
        .append(true)
        .open(path)
        .and_then(|file| file.set_modified(age))
        .map_err(|error| (path.to_owned(), error))
}

/// A file that is as it should be keeps its age.
pub(crate) fn write_if_changed(path: &Path, text: &str) -> Result<(), Failed> {
    if fs::read(path).is_ok_and(|found| found == text.as_bytes()) {
        return Ok(());
    }
    write::whole(path, text.as_bytes())
        .map_err(|error| (path.to_owned(), error))
}
