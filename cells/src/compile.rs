//! Compiles programs, through skeptic, in a process that does nothing else.
//!
//! skeptic prints what the compiler says and ends its test with a panic. So it
//! runs in a process of its own, a test started once more, of which all is
//! heard and nothing is printed: [`compiler`](crate::compiler) has the other
//! end. That process compiles one program after another, for what skeptic must
//! first learn of the book takes it as long as a small program does.

use std::env;
use std::fs;
use std::io;
use std::panic::{self, AssertUnwindSafe};
use std::path::PathBuf;
use std::process::ExitCode;

use crate::place::Place;

/// The variable that makes a test only compile, and a program only hand itself
/// over: the folder in which that happens.
pub(crate) const FOLDER: &str = "CELLS_COMPILE";

/// The file of the folder that is compiled.
pub(crate) const MAIN: &str = "main.rs";

/// The file of the folder that comes of it.
pub(crate) const PROGRAM: &str = "program";

/// What is asked for, once a line: a whole program, or only whether it would
/// compile. The rest of the line ends what is said of it.
pub(crate) const WHOLE: &str = "whole ";
pub(crate) const CHECK: &str = "check ";

/// In the process that was started for it: compiles what it is asked to, until
/// no more is asked. False in every other process.
pub(crate) fn compiles_here(target: &str) -> bool {
    let Some(folder) = env::var_os(FOLDER).map(PathBuf::from) else {
        return false;
    };
    be_brief();
    let place = Place::here().expect("a place to compile in");
    let (root, out) =
        (place.root.to_string_lossy(), place.out.to_string_lossy());
    for line in io::stdin().lines() {
        let line = line.expect("a line");
        let main = fs::read_to_string(folder.join(MAIN)).expect("a program");
        let compiled = panic::catch_unwind(AssertUnwindSafe(|| {
            if line.starts_with(WHOLE) {
                skeptic::rt::run_test(&root, &out, target, &main);
            } else {
                skeptic::rt::compile_test(&root, &out, target, &main);
            }
        }));
        let end = &line[WHOLE.len()..];
        eprintln!("{end}{}", compiled.is_ok());
    }
    true
}

/// Makes the panics of skeptic brief.
///
/// skeptic ends a test whose command failed with the whole command, which for
/// a compiler is pages of paths below the message that a reader looks for.
fn be_brief() {
    let usual = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        let is_command = info
            .payload_as_str()
            .is_some_and(|text| text.starts_with("Command failed:"));
        if !is_command {
            usual(info);
        }
    }));
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
