//! A small book in a temporary folder, and the program run on it.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

/// A book with one page.
pub struct Book {
    folder: TempDir,
}

/// What a run of the program left.
pub struct Run {
    /// Whether it ended with success.
    pub success: bool,
    /// Its standard output.
    pub stdout: String,
    /// Its standard error.
    pub stderr: String,
}

impl Book {
    /// A book of cells, with `settings` added to its `book.toml`.
    pub fn new(settings: &str) -> Self {
        let folder = TempDir::new().expect("a temporary folder");
        let book = Self { folder };
        book.write(
            "book.toml",
            format!(
                "[book]\ntitle = \"Fixture\"\nsrc = \"chapters\"\n\
                 [build]\nbuild-dir = \"target/book\"\n\
                 create-missing = false\n\
                 [output.html]\n\
                 [preprocessor.cells]\ncommand = \"false\"\n{settings}"
            ),
        );
        book.write("chapters/SUMMARY.md", "# Summary\n\n- [One](one.md)\n");
        book.page("# One\n\nAs it was.\n");
        book
    }

    /// The book's root.
    pub fn root(&self) -> PathBuf {
        self.folder.path().canonicalize().expect("the book's root")
    }

    /// Writes a file of the book.
    pub fn write(&self, path: &str, text: impl AsRef<[u8]>) {
        let path = self.folder.path().join(path);
        let parent = path.parent().expect("a file is in a folder");
        fs::create_dir_all(parent).expect("a folder");
        fs::write(path, text).expect("a file");
    }

    /// Writes the book's page.
    pub fn page(&self, text: &str) {
        self.write("chapters/one.md", text);
    }

    /// Reads a file of the book.
    pub fn read(&self, path: &str) -> String {
        let path = self.folder.path().join(path);
        fs::read_to_string(&path)
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    /// The names in a folder of the book, sorted; none where it is not there.
    pub fn list(&self, path: &str) -> Vec<String> {
        list(&self.folder.path().join(path))
    }

    /// The program, about to run in the book's root.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(program());
        command
            .args(arguments)
            .current_dir(self.folder.path())
            .env("CI", "true")
            .env("NO_PROXY", "127.0.0.1")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// Runs the program to its end.
    pub fn run(&self, arguments: &[&str]) -> Run {
        Run::of(self.command(arguments).output().expect("the program runs"))
    }
}

impl Run {
    /// What a finished program left.
    pub fn of(output: Output) -> Self {
        Self {
            success: output.status.success(),
            stdout: String::from_utf8(output.stdout).expect("UTF-8"),
            stderr: String::from_utf8(output.stderr).expect("UTF-8"),
        }
    }

    /// Asserts success.
    #[track_caller]
    pub fn succeeds(&self) -> &Self {
        assert!(self.success, "{}", self.stderr);
        self
    }

    /// Asserts a failure that says all of `parts`.
    #[track_caller]
    pub fn fails(&self, parts: &[&str]) -> &Self {
        assert!(!self.success, "it succeeds: {}", self.stdout);
        self.warns(parts)
    }

    /// Asserts that standard error says all of `parts`.
    #[track_caller]
    pub fn warns(&self, parts: &[&str]) -> &Self {
        for part in parts {
            assert!(
                self.stderr.contains(part),
                "no {part:?} in {}",
                self.stderr
            );
        }
        self
    }
}

/// The program `reader`, which may have been moved since it was built.
pub fn program() -> PathBuf {
    env::var_os("CARGO_BIN_EXE_reader").map_or_else(
        || {
            // Run by hand: `target/debug` of `target/debug/deps/reader-0123`.
            let test = env::current_exe().expect("this test");
            let profile = test.ancestors().nth(2).expect("a target folder");
            let name = format!("reader{}", env::consts::EXE_SUFFIX);
            profile.join(name)
        },
        PathBuf::from,
    )
}

/// The folder of the package, which may have been moved as well.
pub fn package() -> PathBuf {
    env::var_os("CARGO_MANIFEST_DIR").map_or_else(
        || env::current_dir().expect("the current folder"),
        PathBuf::from,
    )
}

fn list(folder: &Path) -> Vec<String> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut names: Vec<String> = entries
        .map(|entry| {
            let name = entry.expect("an entry").file_name();
            name.to_string_lossy().into_owned()
        })
        .collect();
    names.sort();
    names
}
