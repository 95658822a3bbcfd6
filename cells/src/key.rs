//! All that what is built depends on, as a name for it.

use std::env;
use std::fs;
use std::path::Path;
use std::process::Command;

use crate::compiler::Job;
use crate::marks::fresh_word;
use crate::place::Place;
use crate::{artefacts, digest};

/// The variables that may make a compiler or a linker do another thing.
pub(crate) const VARIABLES: [&str; 16] = [
    "RUSTC",
    "RUSTUP_HOME",
    "RUSTUP_TOOLCHAIN",
    "RUSTC_BOOTSTRAP",
    "RUST_TARGET_PATH",
    "LD_LIBRARY_PATH",
    "LIBRARY_PATH",
    "COMPILER_PATH",
    "GCC_EXEC_PREFIX",
    "SOURCE_DATE_EPOCH",
    "SDKROOT",
    "MACOSX_DEPLOYMENT_TARGET",
    "LIB",
    "LINK",
    "_LINK_",
    "VCINSTALLDIR",
];

/// The programs that link, as the compiler calls them.
const LINKERS: [&str; 5] = ["cc", "ld", "lld", "link.exe", "lld-link.exe"];

/// What makes the compiler read what is not in a program's text.
const READING: [&str; 2] = ["env!", "include"];

/// The name of something that was built.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Key(String);

impl Key {
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
impl From<&str> for Key {
    fn from(name: &str) -> Key {
        Key(name.to_owned())
    }
}

/// What all programs of a run have in common.
#[derive(Debug)]
pub(crate) struct Keys {
    /// Nothing where it cannot be told: then all is built anew.
    common: Option<String>,
}

impl Keys {
    pub(crate) fn new(place: &Place, target: &str) -> Keys {
        Keys {
            common: common(place, target),
        }
    }

    /// For programs that are built with these libraries alone.
    pub(crate) fn of_libraries(digest: &str) -> Keys {
        let text = digest.to_owned() + &environment();
        Keys {
            common: Some(digest::of(text.as_bytes())),
        }
    }

    /// The key of all libraries as one, with a name that the compiler knows a
    /// library by.
    pub(crate) fn of_shared(&self) -> Key {
        let common = self.common.as_deref().unwrap_or_default();
        Key(format!("libshared-{common}.so"))
    }

    /// The key of the library with the generic code of a page, of which this is
    /// the digest, with the name that the compiler knows it by.
    pub(crate) fn of_generic(&self, page: &str) -> (Key, String) {
        let common = self.common.as_deref().unwrap_or_default();
        let name = digest::of(parts(&[common, page]).as_bytes());
        let name = format!("generic_{name}");
        (Key(format!("lib{name}.so")), name)
    }

    /// The key of what comes of a job, in this `form`; one that nothing else
    /// will ever have, if that depends on more than can be told.
    pub(crate) fn of(&self, form: &str, job: &Job) -> Key {
        let is_told = job.programs.iter().all(|program| {
            !READING.iter().any(|word| program.source.contains(word))
        });
        let Some(common) = self.common.as_ref().filter(|_| is_told) else {
            return Key(fresh_word());
        };
        let mut text = parts(&[common, form, job.page, job.main]);
        for program in job.programs {
            text += &parts(&[&program.name, &program.source]);
        }
        Key(digest::of(text.as_bytes()))
    }
}

/// Some texts as one, such that no other texts make the same.
fn parts(texts: &[&str]) -> String {
    let part = |text: &&str| format!("{} {text}\n", text.len());
    texts.iter().map(part).collect()
}

fn common(place: &Place, target: &str) -> Option<String> {
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let version = Command::new(rustc).arg("-vV").output().ok()?;
    if !version.status.success() {
        return None;
    }
    let version = String::from_utf8_lossy(&version.stdout);
    // Which of several builds of a library are linked depends on the test.
    let executable = env::current_exe().ok()?;
    let executable = executable.file_name()?.to_string_lossy();
    let libraries = place.libraries.as_ref()?;
    let memory = place.programs.join("libraries.json");
    let libraries = artefacts::digest(libraries, &memory).ok()?;
    let manifest = fs::read_to_string(place.root.join("Cargo.toml")).ok()?;
    let lock = lock(&place.root)?;
    let text =
        parts(&[&version, target, &executable, &libraries, &manifest, &lock]);
    Some(digest::of((text + &environment()).as_bytes()))
}

/// What the compiler and the linker find around them.
fn environment() -> String {
    let mut text = String::new();
    for variable in VARIABLES {
        let value = env::var_os(variable).unwrap_or_default();
        text += &parts(&[variable, &value.to_string_lossy()]);
    }
    for linker in LINKERS {
        text += &parts(&[linker, &found(linker)]);
    }
    text
}

/// Which program of this name is found, by its path, size and age.
fn found(name: &str) -> String {
    let path = env::var_os("PATH").unwrap_or_default();
    let program = env::split_paths(&path).find_map(|folder| {
        let path = folder.join(name).canonicalize().ok()?;
        let about = path.metadata().ok()?;
        Some((path, about.len(), about.modified().ok()))
    });
    format!("{program:?}")
}

/// The text of the lock file, which a workspace has in its root.
fn lock(root: &Path) -> Option<String> {
    let path = |folder: &Path| folder.join("Cargo.lock");
    root.ancestors()
        .find_map(|folder| fs::read_to_string(path(folder)).ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::program::Program;

    fn program(source: &str) -> Program {
        Program {
            page: "pages/page.md".into(),
            heading: "Heading".into(),
            name: "name".into(),
            bless: "bless".into(),
            source: source.into(),
            cells: Vec::new(),
            graded: None,
        }
    }

    fn key(common: &str, form: &str, main: &str, source: &str) -> Key {
        let keys = Keys {
            common: Some(common.into()),
        };
        let program = program(source);
        let job = Job {
            page: "pages/page.md",
            main,
            programs: &[&program],
        };
        keys.of(form, &job)
    }

    #[cfg(unix)]
    #[test]
    fn a_linker_is_told_from_another() {
        assert_ne!(found("sh"), found("ls"));
        assert_eq!(found("sh"), found("sh"));
        assert_eq!(found("no such program"), "None");
    }

    #[test]
    fn a_key_depends_on_all_that_it_is_made_from() {
        let first = key("common", "form", "main", "source");
        assert_eq!(key("common", "form", "main", "source"), first);
        for other in [
            key("other", "form", "main", "source"),
            key("common", "other", "main", "source"),
            key("common", "form", "other", "source"),
            key("common", "form", "main", "other"),
            key("commo", "nform", "main", "source"),
        ] {
            assert_ne!(other, first);
        }
    }

    #[test]
    fn what_reads_other_things_has_no_key_twice() {
        for source in ["env!(\"A\")", "option_env!(\"A\")", "include_str!(a)"] {
            let key = || key("common", "form", "main", source);
            assert_ne!(key(), key(), "{source}");
        }
    }
}
