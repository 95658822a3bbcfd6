//! All of a book's `build.rs`.

use std::collections::BTreeSet;
use std::env;
use std::fmt::Write;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::config::FILE;
use crate::program::{self, Program, literal};
use crate::{Book, Cell, Kind, Page, Problem, Section, write};

/// Reads the book that the package holds, and writes one test for each of its
/// sections, into files that `tests/skeptic.rs` includes:
///
/// ```ignore
/// include!(concat!(env!("OUT_DIR"), "/skeptic-tests.rs"));
/// include!(concat!(env!("OUT_DIR"), "/cells-tests.rs"));
/// ```
///
/// A problem of the book fails the build, with page and line.
///
/// # Panics
///
/// Outside of a build script, where cargo's variables are missing.
pub fn build_script() {
    let variable = |name| {
        env::var_os(name).unwrap_or_else(|| panic!("{name}: run by cargo"))
    };
    let place = Place {
        root: PathBuf::from(variable("CARGO_MANIFEST_DIR")),
        out: PathBuf::from(variable("OUT_DIR")),
        target: variable("TARGET").to_string_lossy().into_owned(),
    };
    println!("cargo::rerun-if-changed={FILE}");
    match Book::load(&place.root) {
        Ok(book) => {
            watch(&book);
            if let Err((path, error)) = generate(&book, &place) {
                println!("cargo::error={}: {error}", path.display());
            }
        }
        Err(problems) => {
            // Whatever is mended next, the build runs again: it has failed.
            for problem in problems {
                fail(&problem);
            }
        }
    }
}

/// Where a build happens, and for what.
struct Place {
    root: PathBuf,
    out: PathBuf,
    target: String,
}

fn fail(problem: &Problem) {
    for line in problem.to_string().lines() {
        println!("cargo::error={line}");
    }
}

/// Tells cargo what a change of must bring the build script back.
fn watch(book: &Book) {
    let watch = |path: &Path| {
        println!("cargo::rerun-if-changed={}", path.display());
    };
    // A folder stands for all that is in it, and for what comes and goes.
    watch(&book.config.src);
    for page in &book.pages {
        page.sources.iter().for_each(|source| watch(source));
    }
    for set in book.config.data.values() {
        // Data that arrive change the nearest folder that there is. A folder
        // that there is not brings the build script back every time: only
        // for a book that has no folder for its data at all.
        let exists = |folder: &&Path| book.root.join(folder).exists();
        let nearest = set.folder.ancestors().find(exists);
        let is_root = nearest.is_none_or(|folder| folder == Path::new(""));
        watch(nearest.filter(|_| !is_root).unwrap_or(&set.folder));
    }
}

type Failed = (PathBuf, io::Error);

/// The folder, in `OUT_DIR`, of all that this module writes.
const FOLDER: &str = "cells";

fn generate(book: &Book, place: &Place) -> Result<(), Failed> {
    let mut files = Files {
        folder: place.out.join(FOLDER),
        kept: BTreeSet::new(),
    };
    let mut tests = String::new();
    let mut shadows = Vec::new();
    for page in &book.pages {
        let mut writer = PageWriter {
            book,
            page,
            place,
            files: &mut files,
            shadow: String::new(),
            tests: &mut tests,
        };
        for section in &page.sections {
            writer.section(section)?;
        }
        let shadow = writer.shadow;
        if !shadow.is_empty() {
            let path = Path::new("pages").join(&page.name);
            shadows.push(files.write(
                &path.with_extension("md"),
                &shadow,
                &book.root.join(&page.path),
            )?);
        }
    }
    files.remove_others()?;
    let at = |name: &str| place.out.join(name);
    write_if_changed(&at("cells-tests.rs"), &tests)?;
    let tests = at("skeptic-tests.rs");
    if shadows.is_empty() {
        return write_if_changed(&tests, "");
    }
    skeptic::generate_doc_tests(&shadows);
    make_brief(&tests).map_err(|error| (tests, error))
}

/// Lets each of skeptic's tests first call [`be_brief`](crate::be_brief).
fn make_brief(tests: &Path) -> io::Result<()> {
    let text = fs::read_to_string(tests)?;
    let mut brief = String::new();
    for line in text.lines() {
        brief.push_str(line);
        brief.push('\n');
        if line.starts_with("#[test] fn ") {
            brief.push_str("    ::cells::be_brief();\n");
        }
    }
    write::whole(tests, brief.as_bytes())
}

/// Writes the tests of one page.
struct PageWriter<'a> {
    book: &'a Book,
    page: &'a Page,
    place: &'a Place,
    files: &'a mut Files,
    /// The page as skeptic is given it: each section at its line, which becomes
    /// part of its test's name, and of its cells one line that includes their
    /// program.
    shadow: String,
    /// The tests that are not skeptic's.
    tests: &'a mut String,
}

impl PageWriter<'_> {
    fn section(&mut self, section: &Section) -> Result<(), Failed> {
        let PageWriter { book, page, .. } = *self;
        for (index, cell) in section.cells.iter().enumerate() {
            match &cell.tags.kind {
                Kind::CompileFail { .. } => {
                    let above = section.cells[..index]
                        .iter()
                        .filter(|cell| cell.tags.kind == Kind::Run)
                        .chain([cell]);
                    let program =
                        Program::of_failing(book, page, section, cell);
                    let parts = self.program(&program, above)?;
                    *self.tests +=
                        &compile_fail_test(&program.name, &parts, self.place);
                }
                Kind::Ignore { reason } => {
                    let name = section.cell_test_name(page, cell);
                    *self.tests += &ignored_test(&name, reason);
                }
                Kind::Run | Kind::ShouldPanic | Kind::NoRun => {}
            }
        }
        let mut cells = section
            .cells
            .iter()
            .filter(|cell| cell.tags.kind.is_in_program())
            .peekable();
        if cells.peek().is_none() {
            return Ok(());
        }
        let program = Program::new(book, page, section);
        let Parts { main, .. } = self.program(&program, cells)?;
        match book.missing_data(section) {
            None => self.shadow(section, "", "", &main),
            Some(reason) => {
                println!(
                    "cargo::warning={}",
                    Problem::new(
                        &page.path,
                        section.line,
                        format!("compiled but not run: it {reason}")
                    )
                );
                *self.tests += &ignored_test(&program.name, &reason);
                self.shadow(section, " compiles", ",no_run", &main);
            }
        }
        Ok(())
    }

    /// Writes the parts of a program made from some of the page's cells.
    fn program<'a>(
        &mut self,
        program: &Program,
        cells: impl IntoIterator<Item = &'a Cell>,
    ) -> Result<Parts, Failed> {
        let page = &self.page.path;
        let folder = Path::new("programs").join(&program.name);
        let origin = self.book.root.join(page);
        let about = folder.join("program.json");
        let about = self.files.write(&about, &program.to_json(), &origin)?;
        // It ends in the page's own path, so a compiler's message does too.
        let source = self.files.write(
            &folder.join(page),
            &program::source(page, cells),
            &origin,
        )?;
        Ok(Parts {
            main: program::main(&source, &about),
            about,
        })
    }

    fn shadow(
        &mut self,
        section: &Section,
        suffix: &str,
        tags: &str,
        main: &str,
    ) {
        let line = section.cells[0].line;
        self.move_to(section.line.min(line - 1));
        let heading = section.heading_words().join(" ");
        let _ = writeln!(self.shadow, "## {heading}{suffix}");
        self.move_to(line);
        let _ = writeln!(self.shadow, "```rust{tags}\n{main}\n```");
    }

    fn move_to(&mut self, line: usize) {
        let at = self.shadow.matches('\n').count() + 1;
        self.shadow.push_str(&"\n".repeat(line.saturating_sub(at)));
    }
}

/// A program's parts.
struct Parts {
    /// All of it, as one line of Rust that includes the rest.
    main: String,
    /// The file that says what must come of its cells.
    about: PathBuf,
}

/// The files that this module writes, and those that it wrote before.
struct Files {
    folder: PathBuf,
    kept: BTreeSet<PathBuf>,
}

impl Files {
    /// Writes a file made from `origin`, and gives it the age of that, so that
    /// cargo does not take it for a change that came after this run.
    fn write(
        &mut self,
        path: &Path,
        text: &str,
        origin: &Path,
    ) -> Result<PathBuf, Failed> {
        let path = self.folder.join(path);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)
                .map_err(|error| (folder.into(), error))?;
        }
        write_if_changed(&path, text)?;
        let age = fs::metadata(origin).and_then(|found| found.modified());
        set_age(&path, age.unwrap_or(SystemTime::UNIX_EPOCH))?;
        self.kept.insert(path.clone());
        Ok(path)
    }

    /// Removes what an earlier run wrote and this one did not.
    fn remove_others(&self) -> Result<(), Failed> {
        self.remove_others_in(&self.folder).map(|_| ())
    }

    fn remove_others_in(&self, folder: &Path) -> Result<bool, Failed> {
        let at = |error| (folder.to_owned(), error);
        if !folder.exists() {
            return Ok(true);
        }
        let mut is_empty = true;
        for entry in fs::read_dir(folder).map_err(at)? {
            let entry = entry.map_err(at)?;
            let path = entry.path();
            if entry.file_type().map_err(at)?.is_dir() {
                is_empty &= self.remove_others_in(&path)?;
            } else if self.kept.contains(&path) {
                is_empty = false;
            } else {
                fs::remove_file(&path).map_err(at)?;
            }
        }
        if is_empty {
            fs::remove_dir(folder).map_err(at)?;
        }
        Ok(is_empty)
    }
}

fn set_age(path: &Path, age: SystemTime) -> Result<(), Failed> {
    fs::File::options()
        .append(true)
        .open(path)
        .and_then(|file| file.set_modified(age))
        .map_err(|error| (path.to_owned(), error))
}

fn write_if_changed(path: &Path, text: &str) -> Result<(), Failed> {
    if fs::read(path).is_ok_and(|found| found == text.as_bytes()) {
        return Ok(());
    }
    write::whole(path, text.as_bytes())
        .map_err(|error| (path.to_owned(), error))
}

fn ignored_test(name: &str, reason: &str) -> String {
    format!(
        "#[test]\n#[ignore = {reason:?}]\nfn {name}() {{\n    \
         panic!(\"{{}}\", {reason:?});\n}}\n\n"
    )
}

/// The test of a `compile_fail` cell, which skeptic knows only to compile.
fn compile_fail_test(name: &str, parts: &Parts, place: &Place) -> String {
    let Parts { main, about } = parts;
    let about = literal(about);
    let root = literal(&place.root);
    let out = literal(&place.out);
    let target = &place.target;
    format!(
        "#[test]\nfn {name}() {{\n    ::cells::compile_fail::check(\n        \
         include_str!({about}),\n        module_path!(),\n        \
         {name:?},\n        || ::skeptic::rt::compile_test(\n            \
         {root},\n            {out},\n            {target:?},\n            \
         {main:?},\n        ),\n    );\n}}\n\n"
    )
}
