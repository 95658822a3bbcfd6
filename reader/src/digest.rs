//! Tells whether two folders hold the same.

use std::fs;
use std::io;
use std::path::Path;

use sha2::{Digest, Sha256};

/// A text that two folders have in common if, and only if, they hold the same
/// files with the same contents.
///
/// # Errors
///
/// The folder, or a file in it, cannot be read.
pub fn of_folder(folder: &Path) -> io::Result<String> {
    let mut digest = Sha256::new();
    add(folder, &mut digest)?;
    let mut start = [0; 8];
    start.copy_from_slice(&digest.finalize()[..8]);
    Ok(format!("{:016x}", u64::from_be_bytes(start)))
}

fn add(folder: &Path, digest: &mut Sha256) -> io::Result<()> {
    let mut entries =
        fs::read_dir(folder)?.collect::<io::Result<Vec<fs::DirEntry>>>()?;
    entries.sort_by_key(fs::DirEntry::file_name);
    digest.update(entries.len().to_le_bytes());
    for entry in entries {
        let name = entry.file_name();
        let name = name.as_encoded_bytes();
        digest.update(name.len().to_le_bytes());
        digest.update(name);
        if entry.file_type()?.is_dir() {
            digest.update(b"folder");
            add(&entry.path(), digest)?;
        } else {
            let contents = fs::read(entry.path())?;
            digest.update(contents.len().to_le_bytes());
            digest.update(contents);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::*;

    /// A folder with these files.
    fn folder(files: &[(&str, &str)]) -> TempDir {
        let folder = TempDir::new().expect("a temporary folder");
        for (name, contents) in files {
            let path = folder.path().join(name);
            let parent = path.parent().expect("a file is in a folder");
            fs::create_dir_all(parent).expect("a folder");
            fs::write(path, contents).expect("a file");
        }
        folder
    }

    #[test]
    fn the_same_files_and_no_others_have_the_same_digest() {
        let digest = |files| of_folder(folder(files).path()).expect("a digest");
        let one = digest(&[("a", "one"), ("b/c", "two")]);
        assert_eq!(digest(&[("b/c", "two"), ("a", "one")]), one);
        for other in [
            &[("a", "one"), ("b/c", "Two")][..],
            &[("a", "one"), ("b/d", "two")],
            &[("a", "onetwo"), ("b/c", "")],
            &[("a", "one"), ("bc", "two")],
            &[("a", "one")],
        ] {
            assert_ne!(digest(other), one, "{other:?}");
        }
    }
}
