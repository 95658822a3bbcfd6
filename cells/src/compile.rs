//! Hands programs to the compiler, through skeptic.
//!
//! skeptic prints what the compiler says and ends its test with a panic. So it
//! runs in a process of its own, the same test started once more, of which all
//! is heard and nothing is printed.

use std::env;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use tempfile::TempDir;

use crate::brief::be_brief;
use crate::place::Place;
use crate::program::Program;

/// The variable that makes a test only compile, and a program only hand itself
/// over: the folder in which that happens.
const FOLDER: &str = "CELLS_COMPILE";

/// The file of the folder that is compiled.
const MAIN: &str = "main.rs";

/// The file of the folder that comes of it.
const PROGRAM: &str = "program";

/// A test that can be started once more.
#[derive(Clone, Copy)]
pub(crate) struct Starter<'a> {
    /// The module of the test, as `module_path!` has it.
    pub(crate) module: &'a str,
    /// The test's name.
    pub(crate) test: &'a str,
}

/// What came of it.
pub(crate) struct Compiled {
    /// Whether it compiles.
    pub(crate) compiles: bool,
    /// What the compiler says, with places as they are on the page.
    pub(crate) said: String,
    folder: TempDir,
}

impl Compiled {
    /// The program, as long as this value lives.
    pub(crate) fn program(&self) -> PathBuf {
        self.folder.path().join(PROGRAM)
    }
}

/// Compiles `main`, a program of sections of a page.
pub(crate) fn compile(
    place: &Place,
    starter: Starter,
    page: &str,
    main: &str,
    programs: &[&Program],
) -> io::Result<Compiled> {
    fs::create_dir_all(&place.programs)?;
    let folder = TempDir::new_in(&place.programs)?;
    fs::write(folder.path().join(MAIN), main)?;
    for program in programs {
        let source = folder.path().join(&program.name).join(page);
        fs::create_dir_all(source.parent().unwrap_or(folder.path()))?;
        fs::write(source, &program.source)?;
    }
    let path = match starter.module.split_once("::") {
        None => starter.test.to_owned(),
        Some((_, module)) => format!("{module}::{}", starter.test),
    };
    let mut command = Command::new(env::current_exe()?);
    command
        .args(["--exact", &path, "--nocapture"])
        .env(FOLDER, folder.path());
    // Where skeptic compiles: `main` names its sections from there.
    for variable in ["TMPDIR", "TMP", "TEMP"] {
        command.env(variable, folder.path());
    }
    let output = command.output()?;
    let said = String::from_utf8_lossy(&output.stderr);
    Ok(Compiled {
        compiles: output.status.success(),
        said: as_on_page(&said, folder.path(), page),
        folder,
    })
}

/// In the process that was started for it: compiles, and, if it should be a
/// whole program, has that handed over. False in every other process.
pub(crate) fn compiles_here(target: &str, is_whole: bool) -> bool {
    let Some(folder) = env::var_os(FOLDER).map(PathBuf::from) else {
        return false;
    };
    be_brief();
    let place = Place::here().expect("a place to compile in");
    let main = fs::read_to_string(folder.join(MAIN)).expect("a program");
    let root = place.root.to_string_lossy();
    let out = place.out.to_string_lossy();
    if is_whole {
        skeptic::rt::run_test(&root, &out, target, &main);
    } else {
        skeptic::rt::compile_test(&root, &out, target, &main);
    }
    true
}

/// In a program that skeptic runs: leaves it where the test looks for it.
pub(crate) fn hand_over() -> Option<ExitCode> {
    let place = PathBuf::from(env::var_os(FOLDER)?).join(PROGRAM);
    let given = env::current_exe().and_then(|program| {
        // Where there are no links, a copy does as well.
        fs::hard_link(&program, &place)
            .or_else(|_| fs::copy(&program, &place).map(|_| ()))
    });
    Some(match given {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{}: {error}", place.display());
            ExitCode::FAILURE
        }
    })
}

/// What the compiler says, with `pages/page.md:7` for the same line of
/// `/tmp/1/2/../section/pages/page.md`.
fn as_on_page(said: &str, folder: &Path, page: &str) -> String {
    let folder = folder.to_string_lossy();
    let shorten = |line: &str| {
        let start = line.find(&*folder)?;
        let end = start + line[start..].find(&format!("/{page}:"))?;
        Some(format!("{}{}", &line[..start], &line[end + 1..]))
    };
    said.split_inclusive('\n')
        .map(|line| shorten(line).unwrap_or_else(|| line.to_owned()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_that_of_the_page() {
        let said = "error: one\n  --> /a b/1/2/../section/p/q.md:7:14\n   |\n \
                    ::: /a b/1/2/main.rs:1:1\n";
        let page = "error: one\n  --> p/q.md:7:14\n   |\n \
                    ::: /a b/1/2/main.rs:1:1\n";
        assert_eq!(as_on_page(said, Path::new("/a b/1"), "p/q.md"), page);
    }
}
