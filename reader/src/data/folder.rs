//! The folder of a data set, while one run has it to itself.

use std::fs::{self, File, TryLockError};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use same_file::Handle;
use tempfile::NamedTempFile;

use crate::unfinished::Unfinished;

/// The name of the file that says a run is at work in the folder.
const LOCK: &str = ".fetching";

/// The end of the name of a file that is not whole yet.
const PART: &str = ".part";

/// The folder of a data set. No other run writes to it while this value lives.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    /// The folders that were not there before, the innermost first.
    made: Vec<Made>,
    lock: PathBuf,
    _locked: File,
    _unfinished: Unfinished,
}

/// A folder that was not there before.
#[derive(Debug)]
struct Made {
    path: PathBuf,
    _unfinished: Unfinished,
}

impl Made {
    /// Is called before it is made, so that it cannot be left behind.
    fn mark(path: &Path) -> Self {
        Self {
            path: path.to_path_buf(),
            _unfinished: Unfinished::mark_shell(path),
        }
    }
}

impl Folder {
    /// Makes the folder if it is not there, and waits until it is free;
    /// `waiting` is called once, and only if another run has it.
    ///
    /// What a dead run left in it is removed.
    ///
    /// # Errors
    ///
    /// The folder, or the lock in it, cannot be made.
    pub fn enter(path: &Path, waiting: impl FnOnce()) -> Result<Self> {
        let mut waiting = Some(waiting);
        let lock = path.join(LOCK);
        let made = path.ancestors().take_while(|folder| !folder.exists());
        let made: Vec<Made> = made.map(Made::mark).collect();
        loop {
            fs::create_dir_all(path).with_context(|| {
                format!("cannot make the folder {}", path.display())
            })?;
            let file = match File::create(&lock) {
                // The run that had the folder removed it just now.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    continue;
                }
                other => other.with_context(|| {
                    format!("cannot make the lock {}", lock.display())
                })?,
            };
            match file.try_lock() {
                Ok(()) => Ok(()),
                Err(TryLockError::WouldBlock) => {
                    if let Some(waiting) = waiting.take() {
                        waiting();
                    }
                    file.lock()
                }
                Err(TryLockError::Error(error)) => Err(error),
            }
            .with_context(|| {
                format!("cannot take the lock {}", lock.display())
            })?;
            // The run that had the lock removed the file when it was done, and
            // a third one may have made another since.
            if is_at(&file, &lock) {
                let folder = Self {
                    path: path.to_path_buf(),
                    made,
                    _unfinished: Unfinished::mark(&lock),
                    _locked: file,
                    lock,
                };
                folder.sweep();
                return Ok(folder);
            }
        }
    }

    /// Where the file `name` is, or will be.
    pub fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// Puts a file of this name into the folder, written by `write`, if that
    /// succeeds; else leaves the folder as it is.
    ///
    /// # Errors
    ///
    /// `write` fails (the inner result), or the file cannot be made, brought
    /// to the disk, or put in its place (the outer one).
    pub fn put<E>(
        &self,
        name: &str,
        write: impl FnOnce(&mut BufWriter<&mut File>) -> Result<(), E>,
    ) -> io::Result<Result<(), E>> {
        let mut part = self.part(name)?;
        let _unfinished = Unfinished::mark(part.path());
        let mut writer = BufWriter::with_capacity(1 << 17, part.as_file_mut());
        if let Err(error) = write(&mut writer) {
            return Ok(Err(error));
        }
        writer.flush()?;
        drop(writer);
        part.as_file().sync_all()?;
        part.persist(self.file(name)).map_err(|error| error.error)?;
        Ok(Ok(()))
    }

    fn part(&self, name: &str) -> io::Result<NamedTempFile> {
        let mut builder = tempfile::Builder::new();
        let prefix = format!(".{name}.");
        builder.prefix(&prefix).suffix(PART);
        #[cfg(unix)]
        {
            // As any other new file, not readable by its owner alone.
            use std::os::unix::fs::PermissionsExt;
            builder.permissions(fs::Permissions::from_mode(0o666));
        }
        builder.tempfile_in(&self.path)
    }

    /// Removes the unfinished files of runs that died. They can be nobody
    /// else's, since the lock is ours.
    fn sweep(&self) {
        let Ok(entries) = fs::read_dir(&self.path) else {
            return;
        };
        for entry in entries.flatten() {
            let name = entry.file_name();
            let name = name.to_string_lossy();
            if name.starts_with('.') && name.ends_with(PART) {
                let _ = fs::remove_file(entry.path());
            }
        }
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.lock);
        for folder in &self.made {
            // Succeeds only where nothing was put into it.
            if fs::remove_dir(&folder.path).is_err() {
                break;
            }
        }
    }
}

fn is_at(file: &File, path: &Path) -> bool {
    let open = file.try_clone().and_then(Handle::from_file);
    match (open, Handle::from_path(path)) {
        (Ok(open), Ok(there)) => open == there,
        _ => false,
    }
}
