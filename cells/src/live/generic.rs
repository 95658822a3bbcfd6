//! The generic code that the cells of a page use, compiled before they run.
//!
//! Generic code is compiled where it is used: in a cell, and so without
//! optimisation, of which a training takes up to half as long again. But where
//! a library that a program is linked with has the same code for the same types
//! already, the compiler takes that. So the sections of a page, as they stand in
//! the book, are compiled to a library, with optimisation, which takes seconds;
//! a program of a changed cell, which rarely uses other types, then runs as fast
//! as with optimisation, and is compiled in half of the time, since there is
//! little left to compile.

use std::fmt::Write;
use std::fs;
use std::io;
use std::path::Path;
use std::process::{Command, Output};

use tempfile::TempDir;

use super::Libraries;
use super::compile::{Compiler, Loaded, MAIN, used, with};
use super::program::digest;
use crate::page_program::can_share;
use crate::program::Program;
use crate::{Book, Page};

/// Compiles the generic code that the cells of a page use, unless it is kept.
/// What is compiled of this page from then on is linked with it.
///
/// `folder` and `start` are those of [`compile`](super::compile()).
///
/// # Errors
///
/// If the compiler cannot be run, or a file cannot be written.
pub fn prepare(
    book: &Book,
    page: &Page,
    libraries: &Libraries,
    folder: &Path,
    start: &mut dyn FnMut(Command) -> io::Result<Output>,
) -> io::Result<()> {
    let compiler = Compiler::open(libraries, folder)?;
    let Some(shared) = compiler.shared(start)? else {
        return Ok(());
    };
    let (key, name) = compiler.keys.of_generic(&digest(page));
    if compiler.kept.find(&key).is_some() {
        return Ok(());
    }
    let folder = TempDir::new_in(compiler.kept.work())?;
    let loaded = [shared];
    let mut main = used(&loaded);
    let sections = page.sections.iter();
    let programs = sections.map(|it| Program::new(book, page, it));
    for program in programs.filter(can_share) {
        let Program { name, page, .. } = &program;
        let source = folder.path().join(name).join(page);
        fs::create_dir_all(source.parent().unwrap_or(&source))?;
        fs::write(source, &program.source)?;
        let path = format!("../{name}/{page}");
        let _ = write!(main, "pub mod {name} {{ include!({path:?}); }} ");
    }
    let path = Path::new(MAIN);
    fs::create_dir_all(folder.path().join("main"))?;
    fs::write(folder.path().join(path), main)?;
    let built = folder.path().join(key.as_str());
    let mut command = compiler.library(folder.path());
    command.arg(format!("--crate-name={name}")).args([
        &format!("--emit=link={}", key.as_str()),
        // Beyond this, the compiler would not have others use what is in it.
        "-Copt-level=1",
        // As in the cells themselves.
        "-Cdebug-assertions=on",
        "-Cstrip=symbols",
        "-Awarnings",
    ]);
    compiler.load(&mut command, &loaded);
    if !start(with(command, path))?.status.success() {
        // An empty one says that there cannot be one: a cell of the page does
        // not compile.
        fs::write(&built, "")?;
    }
    fs::rename(built, compiler.kept.path(&key))
}

impl Compiler<'_> {
    /// The library with the generic code of a page, of which this is the
    /// digest, if it has been built.
    pub(super) fn generic(&self, page: &str) -> io::Result<Option<Loaded>> {
        let (key, name) = self.keys.of_generic(page);
        let Some(path) = self.kept.find(&key) else {
            return Ok(None);
        };
        let is_built = fs::metadata(&path)?.len() > 0;
        Ok(is_built.then_some(Loaded { name, path }))
    }
}
