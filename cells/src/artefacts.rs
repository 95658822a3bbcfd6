//! The libraries that programs are linked with, by what is in them.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use crate::{digest, library, write};

/// What is known of files, by their names: it is read from them only where
/// they may have changed.
type Known = BTreeMap<String, File>;

/// A file, and the digest of what is in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct File {
    length: u64,
    /// When it was changed, in nanoseconds since 1970.
    changed: u128,
    digest: String,
}

/// How old a file must be for its age to tell it from the next: the clocks of
/// file systems are coarse.
const CALM: Duration = Duration::from_secs(2);

/// The digest of all libraries in a folder; in `memory` is what is known of
/// them.
pub(crate) fn digest(folder: &Path, memory: &Path) -> io::Result<String> {
    let known = fs::read(memory).ok();
    let known: Known = known
        .and_then(|json| serde_json::from_slice(&json).ok())
        .unwrap_or_default();
    let (found, calm) = look(folder, &known)?;
    if calm != known {
        let json = serde_json::to_vec(&calm).unwrap_or_default();
        write::whole(memory, &json)?;
    }
    let parts = found.iter().map(|(name, file)| [name, &file.digest]);
    let text: Vec<&str> = parts.flatten().map(String::as_str).collect();
    Ok(digest::of(text.join("\n").as_bytes()))
}

/// All libraries of a folder, and those of them that can be told by their age.
fn look(folder: &Path, known: &Known) -> io::Result<(Known, Known)> {
    let mut found = Known::new();
    let mut calm = Known::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let path = entry.path();
        if !is_linked(&path) {
            continue;
        }
        let now = SystemTime::now();
        let about = entry.metadata()?;
        let changed = about.modified()?;
        let since = changed.duration_since(UNIX_EPOCH).unwrap_or_default();
        let name = entry.file_name().to_string_lossy().into_owned();
        let is_same = |file: &&File| {
            file.length == about.len() && file.changed == since.as_nanos()
        };
        let file = match known.get(&name).filter(is_same) {
            Some(file) => file.clone(),
            None => File {
                length: about.len(),
                changed: since.as_nanos(),
                digest: library::digest(&path)?,
            },
        };
        if now.duration_since(changed).is_ok_and(|age| age > CALM) {
            calm.insert(name.clone(), file.clone());
        }
        found.insert(name, file);
    }
    Ok((found, calm))
}

/// Whether the compiler may read this file: a library, or what is beside one.
fn is_linked(path: &Path) -> bool {
    match path.extension().and_then(|it| it.to_str()) {
        Some("rlib" | "so" | "dylib" | "dll") => true,
        Some("rmeta") => path.with_extension("rlib").exists(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_library_is_what_is_in_it() {
        let folder = tempfile::tempdir().unwrap();
        let memory = folder.path().join("memory");
        let write = |name: &str, text: &str, age: u64| {
            let path = folder.path().join(name);
            fs::write(&path, text).unwrap();
            let then = SystemTime::now() - Duration::from_secs(age);
            fs::File::open(path).unwrap().set_modified(then).unwrap();
        };
        let digest = || digest(folder.path(), &memory).unwrap();
        write("liba.rlib", "one", 100);
        write("libb.rlib", "one", 0);
        write("c.d", "one", 100);
        let first = digest();
        // Neither another age nor another kind of file is a change.
        write("liba.rlib", "one", 50);
        write("c.d", "two", 50);
        write("libc.rmeta", "alone", 50);
        assert_eq!(digest(), first);
        // One of the same length and, to a coarse clock, of the same age is.
        write("libb.rlib", "two", 0);
        let second = digest();
        assert_ne!(second, first);
        write("liba.rlib", "two", 40);
        assert_ne!(digest(), second);
        write("liba.rlib", "one", 50);
        write("libb.rlib", "one", 10);
        assert_eq!(digest(), first);
        fs::remove_file(folder.path().join("libb.rlib")).unwrap();
        assert_ne!(digest(), first);
    }

    #[test]
    fn what_is_calm_is_read_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("liba.rlib");
        fs::write(&path, "one").unwrap();
        let then = SystemTime::now() - Duration::from_secs(100);
        fs::File::open(&path).unwrap().set_modified(then).unwrap();
        let (_, mut known) = look(folder.path(), &Known::new()).unwrap();
        for file in known.values_mut() {
            file.digest = "known".into();
        }
        let (found, calm) = look(folder.path(), &known).unwrap();
        assert_eq!(found["liba.rlib"].digest, "known");
        assert_eq!(calm, found);
    }
}
