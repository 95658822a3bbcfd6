//! Where a test runs: never what was true when it was built.

use std::env;
use std::io;
use std::path::{Path, PathBuf};

/// The places that a test needs, as cargo tells them to a test that it runs;
/// by hand, a test is run in the book's root.
#[derive(Debug)]
pub(crate) struct Place {
    /// The book's root.
    pub(crate) root: PathBuf,
    /// The output of the build script, from which skeptic finds the libraries.
    pub(crate) out: PathBuf,
    /// The folder of the libraries, where it is known to hold them all.
    pub(crate) libraries: Option<PathBuf>,
    /// The folder, in the target folder, of what the tests build.
    pub(crate) programs: PathBuf,
}

impl Place {
    pub(crate) fn here() -> io::Result<Place> {
        let variable = |name| env::var_os(name).map(PathBuf::from);
        let root = match variable("CARGO_MANIFEST_DIR") {
            Some(root) => root,
            None => env::current_dir()?,
        };
        let test = env::current_exe()?;
        let profile = profile(&test);
        let out = variable("OUT_DIR")
            .unwrap_or_else(|| profile.join("build/cells/out"));
        let libraries = profile.join("deps");
        // Of cargo's ways to lay out a target folder, the one that has this.
        let has_all = profile.join(".fingerprint").is_dir()
            && libraries.is_dir()
            && out.starts_with(profile);
        Ok(Place {
            root,
            out,
            libraries: has_all.then_some(libraries),
            programs: profile.join(".cells"),
        })
    }
}

/// The folder `target/debug` of the test `target/debug/deps/skeptic-0123`.
fn profile(test: &Path) -> &Path {
    let folder = test.parent().unwrap_or(test);
    match folder.parent() {
        Some(profile) if folder.ends_with("deps") => profile,
        _ => folder,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_profile_is_found_from_the_test() {
        for (test, folder) in [
            ("/book/target/debug/deps/skeptic-0123", "/book/target/debug"),
            ("/elsewhere/skeptic-0123", "/elsewhere"),
        ] {
            assert_eq!(profile(Path::new(test)), Path::new(folder));
        }
    }
}
