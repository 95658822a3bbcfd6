use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

/// Writes a file whole or not at all, with the permissions that it had.
pub(crate) fn whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    Staged::new(path, bytes)?.put()
}

/// A file that is written, and not yet in its place.
pub(crate) struct Staged {
    file: NamedTempFile,
    path: PathBuf,
}

impl Staged {
    pub(crate) fn new(path: &Path, bytes: &[u8]) -> io::Result<Staged> {
        let folder = path.parent().unwrap_or(Path::new("."));
        let permissions = fs::metadata(path).map(|found| found.permissions());
        let mut builder = tempfile::Builder::new();
        builder.prefix(".cells-");
        let mut file = builder.tempfile_in(folder)?;
        file.write_all(bytes)?;
        file.as_file().sync_all()?;
        match permissions {
            Ok(permissions) => file.as_file().set_permissions(permissions)?,
            Err(_) => make_readable(file.as_file())?,
        }
        Ok(Staged {
            file,
            path: path.to_owned(),
        })
    }

    /// Puts it in the place of the file that was there.
    pub(crate) fn put(self) -> io::Result<()> {
        self.file.persist(self.path)?;
        Ok(())
    }
}

/// A temporary file is its owner's alone; a new file of a book is not.
#[cfg(unix)]
fn make_readable(file: &fs::File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.set_permissions(fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn make_readable(_file: &fs::File) -> io::Result<()> {
    Ok(())
}
