//! A small book in the target folder, and its tests as cargo runs them.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use cells::{Book, Problem, bless, record};

use crate::BOOK;

const MANIFEST: &str = r#"
[package]
name = "fixture"
version = "0.1.0"
edition = "2024"

[workspace]

[build-dependencies]
cells = { path = CELLS }

[dev-dependencies]
cells = { path = CELLS }
skeptic = "0.14"

[profile.dev]
debug = false
codegen-units = 16

[profile.dev.package.sha2]
opt-level = 3
"#;

const SETTINGS: &str = r#"
[env]
CELLS_ROOT = { value = "", relative = true, force = true }
"#;

const BUILD: &str = "fn main() { cells::build_script(); }\n";

const LIBRARY: &str = "\
//! Something to show.

/// Half of `x`.
pub fn half(x: f64) -> f64 {
    let two = 2.0;
    x / two
}

/// Greets.
pub fn greet() {
    println!(\"hello\");
}
";

const TESTS: &str = r#"
include!(concat!(env!("OUT_DIR"), "/skeptic-tests.rs"));
include!(concat!(env!("OUT_DIR"), "/cells-tests.rs"));
"#;

/// A book.
pub struct Fixture {
    pub root: PathBuf,
    /// Its target folder, which is kept.
    pub target: PathBuf,
}

/// What came of a run of its tests.
pub struct Outcome {
    pub passed: bool,
    pub text: String,
}

impl Fixture {
    pub fn new() -> Fixture {
        let root = target_folder().join("tmp/book");
        for folder in ["pages", "data"] {
            let _ = fs::remove_dir_all(root.join(folder));
        }
        let fixture = Fixture::of(root);
        let package = package();
        let cells = format!("{:?}", package.display().to_string());
        fixture.write("Cargo.toml", &MANIFEST.replace("CELLS", &cells));
        fixture.write(".cargo/config.toml", SETTINGS);
        fixture.write("build.rs", BUILD);
        fixture.write("src/lib.rs", LIBRARY);
        fixture.write("tests/skeptic.rs", TESTS);
        let sum = "0123456789abcdef".repeat(4);
        fixture.write("book.toml", &BOOK.replace("SUM", &sum));
        fixture.write("data/note", "Data sets are fetched.");
        // The versions that are here already: nothing is fetched for a test.
        let lock = package.join("../Cargo.lock");
        if let Ok(lock) = fs::read_to_string(lock) {
            fixture.write("Cargo.lock", &lock);
        }
        fixture
    }

    /// The book that is in a folder, with its target folder.
    pub fn of(root: PathBuf) -> Fixture {
        let target = root.join("target");
        Fixture { root, target }
    }

    /// A file that is as it should be keeps its age: it is not built again.
    pub fn write(&self, path: &str, text: &str) {
        let path = self.root.join(path);
        if fs::read(&path).is_ok_and(|found| found == text.as_bytes()) {
            return;
        }
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub fn read(&self, path: &str) -> String {
        fs::read_to_string(self.root.join(path)).unwrap()
    }

    pub fn list(&self, pages: &[&str]) {
        let links: Vec<_> = pages
            .iter()
            .map(|page| format!("- [Page]({page})"))
            .collect();
        self.write("pages/SUMMARY.md", &links.join("\n"));
    }

    /// Runs `cargo test`, as a reader would, for the tests of these pages, or
    /// of all.
    pub fn test(&self, records: Option<&Path>, pages: &[&str]) -> Outcome {
        let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut command = Command::new(cargo);
        command
            .current_dir(&self.root)
            .args(["test", "--offline", "--test", "skeptic", "--"])
            .args(pages.iter().map(|page| format!("{page}_sect_")))
            .env("CARGO_TARGET_DIR", &self.target)
            .env("RUST_BACKTRACE", "0")
            // Some of its cells only wait.
            .env("RUST_TEST_THREADS", "6")
            .env_remove(record::FOLDER);
        if let Some(folder) = records {
            command.env(record::FOLDER, folder);
        }
        Outcome::of(&mut command)
    }

    /// What cargo says of what the tests are built with.
    pub fn messages(&self) -> String {
        let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let output = Command::new(cargo)
            .current_dir(&self.root)
            .args(["test", "--offline", "--no-run", "--test", "skeptic"])
            .arg("--message-format=json-render-diagnostics")
            .env("CARGO_TARGET_DIR", &self.target)
            .output()
            .unwrap();
        String::from_utf8(output.stdout).unwrap()
    }

    /// Blesses these pages, or all, by a fresh run.
    pub fn bless(
        &self,
        pages: &[&str],
    ) -> Result<bless::Blessed, Vec<Problem>> {
        let records = tempfile::tempdir().unwrap();
        let mut book = Book::load(&self.root)?;
        if !pages.is_empty() {
            book.pages
                .retain(|page| pages.contains(&page.name.as_str()));
        }
        let outcome = self.test(Some(records.path()), pages);
        let blessed = bless::bless(&book, records.path());
        assert_eq!(outcome.passed, blessed.is_ok(), "{}", outcome.text);
        blessed
    }
}

impl Outcome {
    pub fn of(command: &mut Command) -> Outcome {
        let output = command.output().unwrap();
        let mut text = String::from_utf8_lossy(&output.stderr).into_owned();
        text += &String::from_utf8_lossy(&output.stdout);
        Outcome {
            passed: output.status.success(),
            text,
        }
    }

    #[track_caller]
    pub fn assert_says(&self, needle: &str) {
        assert!(
            self.text.contains(needle),
            "no {needle:?} in:\n{}",
            self.text
        );
    }

    /// It has the same tests as another run, and all pass.
    #[track_caller]
    pub fn assert_passes_like(&self, other: &Outcome) {
        assert!(self.passed, "{}", self.text);
        assert_eq!(self.verdicts(), other.verdicts());
    }

    /// What a test that failed has said.
    pub fn said_by(&self, name: &str) -> &str {
        let start = format!("---- {name} stdout ----");
        let (_, said) = self.text.split_once(&start).unwrap_or_default();
        said.split("\n---- ").next().unwrap_or_default()
    }

    /// The verdicts of the tests, by name, without what comes after.
    pub fn verdicts(&self) -> Vec<String> {
        let mut verdicts: Vec<String> = self
            .text
            .lines()
            .filter_map(|line| {
                let (name, verdict) =
                    line.strip_prefix("test ")?.split_once(" ... ")?;
                let verdict = verdict.split(',').next()?;
                Some(format!("{name} {verdict}"))
            })
            .collect();
        verdicts.sort();
        verdicts
    }
}

/// The folder of the package, which may have been moved since it was built.
fn package() -> PathBuf {
    env::var_os("CARGO_MANIFEST_DIR")
        .map_or_else(|| env::current_dir().unwrap(), PathBuf::from)
}

/// The target folder, `target` of `target/debug/deps/cells-0123`.
fn target_folder() -> PathBuf {
    let test = env::current_exe().unwrap();
    test.ancestors().nth(3).unwrap().to_owned()
}
