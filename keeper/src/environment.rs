//! The environment that a program is given.

use std::collections::BTreeMap;
use std::env;
use std::ffi::{OsStr, OsString};
use std::path::Path;
use std::process::Command;

/// What every program may know of the server's environment, which otherwise
/// holds the keys to much.
const KNOWN: &[&str] = &["PATH", "LANG", "TZ", "RUST_BACKTRACE"];

/// What programs, and the linkers of these systems, cannot do without.
const KNOWN_HERE: &[&str] = if cfg!(windows) {
    &[
        "COMSPEC",
        "PATHEXT",
        "PROGRAMDATA",
        "PROGRAMFILES",
        "PROGRAMFILES(X86)",
        "SYSTEMDRIVE",
        "SYSTEMROOT",
        "WINDIR",
    ]
} else if cfg!(target_os = "macos") {
    &["DEVELOPER_DIR", "MACOSX_DEPLOYMENT_TARGET", "SDKROOT"]
} else {
    &[]
};

/// Where a program looks for its user's files, and for a place of temporary
/// ones.
const OWN: &[&str] = if cfg!(windows) {
    &["USERPROFILE", "TEMP", "TMP"]
} else {
    &["HOME", "TMPDIR"]
};

/// The environment for this command, which has this folder as its own.
pub fn of(command: &Command, own: &Path) -> Vec<(OsString, OsString)> {
    let mut environment: BTreeMap<OsString, OsString> =
        env::vars_os().filter(|(name, _)| is_known(name)).collect();
    for name in OWN {
        environment.insert((*name).into(), own.into());
    }
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => environment.insert(name.into(), value.into()),
            None => environment.remove(name),
        };
    }
    environment.into_iter().collect()
}

fn is_known(name: &OsStr) -> bool {
    let Some(name) = name.to_str() else {
        return false;
    };
    let is = |known: &&str| {
        if cfg!(windows) {
            known.eq_ignore_ascii_case(name)
        } else {
            *known == name
        }
    };
    name.starts_with("LC_") || KNOWN.iter().chain(KNOWN_HERE).any(is)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_but_the_needful_is_handed_on() {
        let mut command = Command::new("it");
        command.env("CELLS_WORD", "word").env_remove("PATH");
        let environment = of(&command, Path::new("own"));
        let names: Vec<_> = environment
            .iter()
            .filter_map(|(name, _)| name.to_str())
            .collect();
        // Every test has it from cargo.
        assert!(env::var_os("CARGO_MANIFEST_DIR").is_some());
        assert!(!names.contains(&"CARGO_MANIFEST_DIR"), "{names:?}");
        assert!(!names.contains(&"PATH"), "{names:?}");
        assert!(names.contains(&"CELLS_WORD"), "{names:?}");
        for name in OWN {
            let own = (OsString::from(name), OsString::from("own"));
            assert!(environment.contains(&own), "{name}");
        }
        assert!(is_known(OsStr::new("LC_ALL")));
        assert!(!is_known(OsStr::new("LANGUAGE_SERVER_TOKEN")));
    }
}
