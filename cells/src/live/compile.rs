use std::env;
use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

use super::Libraries;
use super::diagnostic::{self, Diagnostic, Level};
use super::message::{Message, Span};
use super::program::LiveProgram;
use crate::compiler::Job;
use crate::kept::Kept;
use crate::key::{Keys, VARIABLES};
use crate::program;

/// What came of compiling a program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Compiled {
    /// It can run.
    Program {
        /// The executable, which is kept for the next time.
        path: PathBuf,
        /// What the compiler warns of.
        warnings: Vec<Diagnostic>,
        /// Whether nothing had to be compiled.
        was_kept: bool,
    },
    /// It has errors. There may be warnings among them.
    Refused(Vec<Diagnostic>),
    /// It must not compile, and does.
    Accepted,
}

/// Warnings that say nothing to a reader: a cell may define what only a cell
/// below it uses.
const QUIET: [&str; 11] = [
    "dead_code",
    "non_camel_case_types",
    "non_snake_case",
    "non_upper_case_globals",
    "redundant_semicolons",
    "unused_assignments",
    "unused_doc_comments",
    "unused_imports",
    "unused_macros",
    "unused_mut",
    "unused_variables",
];

/// What is kept: a program, what is said of it, and what is said of one that
/// must not compile.
const PROGRAM: &str = "live program";
const WARNINGS: &str = "live warnings";
const REFUSAL: &str = "live refusal";

/// The file that the compiler is given.
pub(super) const MAIN: &str = "main/main.rs";

/// The crate that all crates are linked into.
const SHARED: &str = "shared";

/// Starts a process and waits for its end.
type Start<'a> = &'a mut dyn FnMut(Command) -> io::Result<Output>;

/// Compiles a program, unless it is kept from before. A program that must not
/// compile is only checked.
///
/// `folder` is that of what is kept, of at most 1 GiB, and of what is needed
/// while it is compiled: the compiler writes nowhere else, and programs need
/// one of its libraries to run. `start` starts the compiler, for which the
/// command names all that it needs of the environment.
///
/// # Errors
///
/// If the compiler cannot be run, or fails without a word on the program, or if
/// a file cannot be written.
pub fn compile(
    program: &LiveProgram,
    libraries: &Libraries,
    folder: &Path,
    start: &mut dyn FnMut(Command) -> io::Result<Output>,
) -> io::Result<Compiled> {
    let compiler = Compiler {
        libraries,
        kept: Kept::open(&std::path::absolute(folder)?)?,
        keys: Keys::of_libraries(&libraries.digest),
    };
    // Where brackets are not closed, all that follows would be misread.
    let open = (0..program.cells.len()).filter_map(|it| program.open(it));
    for cell in open {
        let said = compiler.say(&cell, None, start)?;
        let errors = compiler.errors(&said, &cell)?;
        let is_misread =
            |it: &Diagnostic| it.message.starts_with("expected item");
        if !errors.iter().any(is_misread) {
            return Ok(Compiled::Refused(errors));
        }
    }
    if program.program.must_fail() {
        compiler.check(program, start)
    } else {
        compiler.build(program, start)
    }
}

/// What a text prints as a program, which can use what cells can; or what the
/// compiler has against it, as its codes with the lines that they are for.
pub(crate) fn answer(
    text: &str,
    libraries: &Libraries,
    folder: &Path,
    start: Start,
) -> io::Result<Result<String, Vec<(String, usize)>>> {
    let compiler = Compiler {
        libraries,
        kept: Kept::open(&std::path::absolute(folder)?)?,
        keys: Keys::of_libraries(&libraries.digest),
    };
    let shared = compiler.shared(start)?;
    let folder = TempDir::new_in(compiler.kept.work())?;
    let path = Path::new("main.rs");
    let used = shared
        .as_ref()
        .map(|_| format!("extern crate {SHARED} as _;"));
    let used = used.unwrap_or_default();
    fs::write(folder.path().join(path), format!("{used} {text}"))?;
    let mut command = compiler.command(folder.path());
    command.arg("-Awarnings");
    compiler.link(&mut command, shared.as_deref());
    let said = start(with(command, path))?;
    if said.status.success() {
        let program = folder.path().join("program");
        let mut program = Command::new(program);
        program.current_dir(folder.path()).stdin(Stdio::null());
        let said = start(program)?;
        return Ok(Ok(String::from_utf8_lossy(&said.stdout).into_owned()));
    }
    let (messages, rest) = Message::all(&self::text(&said));
    let errors = messages.iter().filter(|it| it.level == "error");
    let errors = errors.filter_map(|it| {
        let span = it.spans.iter().find(|span| span.is_primary)?;
        let code = it.code.as_ref().map(|it| it.code.clone());
        Some((code.unwrap_or_default(), line_in(span, path)?))
    });
    let errors: Vec<(String, usize)> = errors.collect();
    if errors.is_empty() {
        let message = format!("the compiler failed: {rest}");
        return Err(io::Error::other(message));
    }
    Ok(Err(errors))
}

/// The line of a file that something is about, though it may be in a macro.
fn line_in(span: &Span, file: &Path) -> Option<usize> {
    if Path::new(&span.file_name) == file {
        return Some(span.line_start);
    }
    line_in(&span.expansion.as_ref()?.span, file)
}

struct Compiler<'a> {
    libraries: &'a Libraries,
    kept: Kept,
    keys: Keys,
}

/// The file that is compiled, and what is to come of it, if anything is.
struct Main<'a> {
    text: &'a str,
    program: Option<&'a Path>,
    shared: Option<&'a Path>,
}

impl Compiler<'_> {
    fn build(
        &self,
        program: &LiveProgram,
        start: Start,
    ) -> io::Result<Compiled> {
        let (page, name) = (&program.program.page, &program.program.name);
        let shared = self.shared(start)?;
        let mut main = program::modules(page, [name.as_str()]);
        if shared.is_some() {
            main = format!("extern crate {SHARED} as _; {main}");
        }
        let programs = [&program.program];
        let job = Job {
            page,
            main: &main,
            programs: &programs,
        };
        let warnings = self.keys.of(WARNINGS, &job);
        let key = self.keys.of(PROGRAM, &job);
        if let Some(path) = self.kept.find(&key) {
            let said = self.kept.text(&warnings).unwrap_or_default();
            let mut warnings = self.diagnostics(&said, program);
            warnings.extend(diagnostic::of_main(program));
            return Ok(Compiled::Program {
                path,
                warnings,
                was_kept: true,
            });
        }
        let path = self.kept.path(&key);
        let main = Main {
            text: &main,
            program: Some(&path),
            shared: shared.as_deref(),
        };
        let said = self.say(program, Some(main), start)?;
        if !said.status.success() {
            return self.errors(&said, program).map(Compiled::Refused);
        }
        let said = text(&said);
        let mut found = self.diagnostics(&said, program);
        if !found.is_empty() {
            self.kept.keep_text(&warnings, &said)?;
        }
        found.extend(diagnostic::of_main(program));
        Ok(Compiled::Program {
            path,
            warnings: found,
            was_kept: false,
        })
    }

    fn check(
        &self,
        program: &LiveProgram,
        start: Start,
    ) -> io::Result<Compiled> {
        let (page, name) = (&program.program.page, &program.program.name);
        let main = program::modules(page, [name.as_str()]);
        let job = Job {
            page,
            main: &main,
            programs: &[&program.program],
        };
        let key = self.keys.of(REFUSAL, &job);
        if let Some(said) = self.kept.text(&key) {
            return Ok(Compiled::Refused(self.diagnostics(&said, program)));
        }
        let main = Main {
            text: &main,
            program: None,
            shared: None,
        };
        let said = self.say(program, Some(main), start)?;
        if said.status.success() {
            return Ok(Compiled::Accepted);
        }
        let errors = self.errors(&said, program)?;
        self.kept.keep_text(&key, &text(&said))?;
        Ok(Compiled::Refused(errors))
    }

    /// What the compiler says of a program, or of its source alone.
    fn say(
        &self,
        program: &LiveProgram,
        main: Option<Main>,
        start: Start,
    ) -> io::Result<Output> {
        let folder = TempDir::new_in(self.kept.work())?;
        let LiveProgram { program, .. } = program;
        let source = Path::new(&program.name).join(&program.page);
        let path = folder.path().join(&source);
        fs::create_dir_all(path.parent().unwrap_or(&path))?;
        fs::write(&path, &program.source)?;
        let mut command = self.command(folder.path());
        for lint in QUIET {
            command.arg(format!("-A{lint}"));
        }
        let Some(main) = main else {
            command.args(["--crate-name=main", "--emit=metadata=main"]);
            return start(with(command, &source));
        };
        // The source is found from a folder beside it.
        let path = Path::new(MAIN);
        fs::create_dir_all(folder.path().join("main"))?;
        fs::write(folder.path().join(path), main.text)?;
        let Some(place) = main.program else {
            command.arg("--emit=metadata=program");
            return start(with(command, path));
        };
        self.link(&mut command, main.shared);
        let said = start(with(command, path))?;
        if said.status.success() {
            fs::rename(folder.path().join("program"), place)?;
        }
        Ok(said)
    }

    /// Has the compiler link a program.
    fn link(&self, command: &mut Command, shared: Option<&Path>) {
        command.args(["--emit=link=program", "-Cstrip=symbols"]);
        let Some(shared) = shared else {
            return;
        };
        let mut library = OsString::from(format!("--extern={SHARED}="));
        library.push(shared);
        command.arg(library).arg("-Cprefer-dynamic");
        for folder in [shared.parent(), Some(&self.libraries.runtime)] {
            let mut path = OsString::from("-Clink-arg=-Wl,-rpath,");
            path.push(folder.unwrap_or(Path::new("")));
            command.arg(path);
        }
    }

    /// The library of all crates together, which a program is linked with in
    /// half of the time. Nothing where there cannot be one.
    fn shared(&self, start: Start) -> io::Result<Option<PathBuf>> {
        if !cfg!(target_os = "linux") {
            return Ok(None);
        }
        let key = self.keys.of_shared();
        let path = self.kept.path(&key);
        if self.kept.find(&key).is_none() {
            let folder = TempDir::new_in(self.kept.work())?;
            let crates = self.libraries.linked();
            let crates = crates.map(|it| format!("pub extern crate {it};\n"));
            let crates: String = crates.collect();
            fs::write(folder.path().join("shared.rs"), crates)?;
            // It is looked for by the name that it was given at first.
            let name = key.as_str();
            let built = folder.path().join(name);
            let mut command = self.command(folder.path());
            command.arg(format!("--emit=link={name}")).args([
                "--crate-type=dylib",
                "-Cprefer-dynamic",
                "-Cstrip=symbols",
                // What is in it is found in it: it is loaded twice as fast.
                "-Clink-arg=-Wl,-Bsymbolic",
                "-Awarnings",
            ]);
            let said = start(with(command, Path::new("shared.rs")))?;
            if !said.status.success() {
                // An empty one says that there cannot be one.
                fs::write(&built, "")?;
            }
            fs::rename(built, &path)?;
        }
        let is_built = fs::metadata(&path)?.len() > 0;
        Ok(is_built.then_some(path))
    }

    /// The compiler, with all that does not depend on the program.
    fn command(&self, folder: &Path) -> Command {
        let mut command = self.libraries.command();
        command
            .current_dir(folder)
            .stdin(Stdio::null())
            .arg("--error-format=json");
        for variable in VARIABLES.into_iter().chain(["PATH", "SystemRoot"]) {
            if let Some(value) = env::var_os(variable) {
                command.env(variable, value);
            }
        }
        for variable in ["TMPDIR", "TMP", "TEMP"] {
            command.env(variable, folder);
        }
        command
    }

    fn diagnostics(
        &self,
        said: &str,
        program: &LiveProgram,
    ) -> Vec<Diagnostic> {
        let (messages, _) = Message::all(said);
        diagnostic::all(&messages, program, &self.libraries.root)
    }

    /// Why the compiler has refused a program.
    fn errors(
        &self,
        said: &Output,
        program: &LiveProgram,
    ) -> io::Result<Vec<Diagnostic>> {
        let said = text(said);
        let found = self.diagnostics(&said, program);
        if found.iter().any(|it| it.level == Level::Error) {
            return Ok(found);
        }
        let (_, rest) = Message::all(&said);
        Err(io::Error::other(format!("the compiler failed: {rest}")))
    }
}

fn with(mut command: Command, path: &Path) -> Command {
    command.arg(path);
    command
}

fn text(said: &Output) -> String {
    String::from_utf8_lossy(&said.stderr).into_owned()
}
