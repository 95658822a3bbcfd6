//! The files that a reader writes answers into.

use std::fmt::Write;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use cells::Exercise;

use super::{Asked, package};

/// The folder of all answers.
pub struct Files {
    /// Where it is.
    pub folder: PathBuf,
    /// What it is called.
    name: PathBuf,
    root: PathBuf,
}

impl Files {
    /// The folder of this name, which may be relative to the book's root.
    pub fn new(root: &Path, name: &Path) -> Files {
        Files {
            folder: root.join(name),
            name: name.to_owned(),
            root: root.to_owned(),
        }
    }

    /// Writes the files that are not there. Whether the folder is new.
    ///
    /// # Errors
    ///
    /// A file cannot be written.
    pub fn write(&self, all: &[Asked]) -> Result<bool> {
        let folder = &self.folder;
        let at = |path: &Path| format!("cannot write {}", path.display());
        let is_new = !folder.exists();
        fs::create_dir_all(folder).with_context(|| at(folder))?;
        for Asked { exercise, text } in all {
            let path = self.path(exercise);
            let text = starter(exercise, text);
            create(&path, &text).with_context(|| at(&path))?;
        }
        let exercises: Vec<_> = all
            .iter()
            .map(|it| (it.exercise, file_name(it.exercise)))
            .collect();
        for (name, text) in package::files(&self.root, folder, &exercises) {
            let path = folder.join(name);
            create(&path, &text).with_context(|| at(&path))?;
        }
        Ok(is_new)
    }

    /// The file of an exercise.
    pub fn path(&self, exercise: &Exercise) -> PathBuf {
        self.folder.join(file_name(exercise))
    }

    /// The same, as a reader knows it.
    pub fn shown(&self, exercise: &Exercise) -> String {
        let path = self.name.join(file_name(exercise));
        path.display().to_string()
    }

    /// What the reader has written.
    ///
    /// # Errors
    ///
    /// The file cannot be read.
    pub fn read(&self, exercise: &Exercise) -> Result<String> {
        let path = self.path(exercise);
        fs::read_to_string(&path)
            .with_context(|| format!("cannot read {}", path.display()))
    }
}

fn file_name(exercise: &Exercise) -> String {
    format!("{}-{}.rs", exercise.number, slug(&exercise.title))
}

/// What the file of an exercise begins as.
pub fn starter(exercise: &Exercise, text: &str) -> String {
    let number = &exercise.number;
    let mut file = String::new();
    for line in text.lines() {
        let _ = writeln!(file, "{}", format!("// {line}").trim_end());
    }
    let _ = write!(
        file,
        "//\n// To check it: cargo book exercises {number}\n\n{}\n",
        exercise.starter.text()
    );
    file
}

/// Writes a file, unless there is one: what a reader has written stays.
fn create(path: &Path, text: &str) -> io::Result<()> {
    match File::create_new(path) {
        Ok(mut file) => file.write_all(text.as_bytes()),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error),
    }
}

/// A title as a part of a file's name.
fn slug(title: &str) -> String {
    let words = title.split(|c: char| !c.is_alphanumeric());
    let words: Vec<String> = words
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect();
    words.join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_becomes_a_name() {
        for (title, name) in [
            ("Leaky ReLU", "leaky-relu"),
            ("A node, (x + y)²", "a-node-x-y-²"),
        ] {
            assert_eq!(slug(title), name);
        }
    }
}
