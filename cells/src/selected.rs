//! Which tests the command line asks for.

use std::collections::BTreeSet;
use std::env;
use std::process::Command;

/// The names of the tests that this process will run, without their modules:
/// all that it says when it is asked to list them. Empty where it does not say.
pub(crate) fn tests() -> BTreeSet<String> {
    let listed = env::current_exe().and_then(|test| {
        Command::new(test)
            .args(env::args_os().skip(1))
            .arg("--list")
            .output()
    });
    match listed {
        Ok(output) => names(&String::from_utf8_lossy(&output.stdout)),
        Err(_) => BTreeSet::new(),
    }
}

fn names(list: &str) -> BTreeSet<String> {
    list.lines()
        .filter_map(|line| line.strip_suffix(": test"))
        .map(|path| path.rsplit("::").next().unwrap_or(path).to_owned())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_read() {
        let list = "one: test\nsections::two: test\n\n2 tests, 0 benchmarks\n";
        assert_eq!(names(list), ["one", "two"].map(String::from).into());
    }
}
