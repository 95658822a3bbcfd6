//! Processes that compile programs: see [`compile`](crate::compile).

use std::env;
use std::fs;
use std::io::{self, BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStderr, ChildStdin, Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tempfile::TempDir;

use crate::compile::{CHECK, FOLDER, MAIN, PROGRAM, WHOLE};
use crate::marks::fresh_word;
use crate::program::Program;

/// Something to compile: a program of sections of a page.
pub(crate) struct Job<'a> {
    /// The page.
    pub(crate) page: &'a str,
    /// The crate: see [`program::main`](crate::program::main).
    pub(crate) main: &'a str,
    /// What it is made of.
    pub(crate) programs: &'a [&'a Program],
}

/// What came of it.
pub(crate) struct Compiled {
    /// Whether it compiles.
    pub(crate) compiles: bool,
    /// What the compiler says, with places as they are on the page.
    pub(crate) said: String,
}

/// The processes that wait for work. They end with this one.
static IDLE: Mutex<Vec<Compiler>> = Mutex::new(Vec::new());

fn idle() -> MutexGuard<'static, Vec<Compiler>> {
    IDLE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Compiles a whole program and moves it to `to`, if it compiles; in `work`
/// are the folders that this needs, and `test` is a test that compiles.
pub(crate) fn build(
    job: &Job,
    to: &Path,
    work: &Path,
    test: &str,
) -> io::Result<Compiled> {
    let mut compiler = Compiler::get(work, test)?;
    let outcome = compiler.compile(job, WHOLE)?;
    if outcome.compiles {
        fs::rename(compiler.folder.path().join(PROGRAM), to)?;
    }
    idle().push(compiler);
    Ok(outcome)
}

/// Compiles a program only to see what the compiler says.
pub(crate) fn check(
    job: &Job,
    work: &Path,
    test: &str,
) -> io::Result<Compiled> {
    let mut compiler = Compiler::get(work, test)?;
    let outcome = compiler.compile(job, CHECK)?;
    idle().push(compiler);
    Ok(outcome)
}

/// A process that compiles.
struct Compiler {
    folder: TempDir,
    child: Child,
    orders: Option<ChildStdin>,
    said: BufReader<ChildStderr>,
}

impl Compiler {
    fn get(work: &Path, test: &str) -> io::Result<Compiler> {
        match idle().pop() {
            Some(compiler) => Ok(compiler),
            None => Compiler::start(work, test),
        }
    }

    fn start(work: &Path, test: &str) -> io::Result<Compiler> {
        let folder = TempDir::new_in(work)?;
        let mut command = Command::new(env::current_exe()?);
        command
            .args(["--exact", test, "--nocapture"])
            .env(FOLDER, folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped());
        // Where skeptic compiles: a program names its sections from there.
        for variable in ["TMPDIR", "TMP", "TEMP"] {
            command.env(variable, folder.path());
        }
        let mut child = command.spawn()?;
        let orders = child.stdin.take();
        let said = child.stderr.take().ok_or(io::ErrorKind::BrokenPipe)?;
        Ok(Compiler {
            folder,
            child,
            orders,
            said: BufReader::new(said),
        })
    }

    fn compile(&mut self, job: &Job, order: &str) -> io::Result<Compiled> {
        let folder = self.folder.path();
        fs::write(folder.join(MAIN), job.main)?;
        for program in job.programs {
            let source = folder.join(&program.name).join(job.page);
            fs::create_dir_all(source.parent().unwrap_or(folder))?;
            fs::write(source, &program.source)?;
        }
        let end = fresh_word();
        if let Some(orders) = &mut self.orders {
            writeln!(orders, "{order}{end}")?;
        }
        let mut said = String::new();
        loop {
            let mut line = Vec::new();
            if self.said.read_until(b'\n', &mut line)? == 0 {
                // It ended in the middle: what it said says why.
                return Err(io::Error::other(said));
            }
            let line = String::from_utf8_lossy(&line);
            if let Some(verdict) = line.trim_end().strip_prefix(&end) {
                return Ok(Compiled {
                    compiles: verdict == "true",
                    said,
                });
            }
            said += &as_on_page(&line, folder, job.page);
        }
    }
}

impl Drop for Compiler {
    fn drop(&mut self) {
        // No more orders: that is how it ends.
        self.orders = None;
        let _ = self.child.wait();
    }
}

/// A line of the compiler with `pages/page.md:7` for the same line of
/// `/tmp/1/2/../section/pages/page.md`.
fn as_on_page(line: &str, folder: &Path, page: &str) -> String {
    let shorten = || {
        let start = line.find(&*folder.to_string_lossy())?;
        let end = start + line[start..].find(&format!("/{page}:"))?;
        Some(format!("{}{}", &line[..start], &line[end + 1..]))
    };
    shorten().unwrap_or_else(|| line.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_that_of_the_page() {
        for (said, shown) in [
            (
                "  --> /a b/1/2/../section/p/q.md:7:14\n",
                "  --> p/q.md:7:14\n",
            ),
            ("error: p/q.md:1\n", "error: p/q.md:1\n"),
            (" ::: /a b/1/2/main.rs:1:1\n", " ::: /a b/1/2/main.rs:1:1\n"),
        ] {
            let folder = Path::new("/a b/1");
            assert_eq!(as_on_page(said, folder, "p/q.md"), shown);
        }
    }
}
