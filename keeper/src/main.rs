//! The keeper as a program of its own. The tests' keepers are this one; a
//! program that uses the library has its own executable be one.

use std::process::ExitCode;

fn main() -> ExitCode {
    #[cfg(unix)]
    {
        keeper::keep()
    }
    #[cfg(not(unix))]
    {
        eprintln!("this system has no keepers");
        ExitCode::FAILURE
    }
}
