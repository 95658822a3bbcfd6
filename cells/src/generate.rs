//! Writes the tests of a book.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::Path;

use crate::files::{Failed, Files, write_if_changed};
use crate::plan::Plan;
use crate::program::{self, Program};
use crate::{Book, Exercise, Kind, Page, Problem, Section, write};

/// The folder, in `OUT_DIR`, of all that is written but for the tests.
const FOLDER: &str = "cells";

/// The folder, in that, of the pages' plans, which are compiled into the tests.
const PLANS: &str = "plans";

/// What skeptic's tests have in common, and what the others have.
const SECTIONS: &str = "CELLS_SECTIONS";
const OTHERS: &str = "CELLS_OTHERS";

/// Writes a test for each section of the book, through skeptic, and for each
/// cell that skeptic knows no test for, into files of the folder `out`.
pub(crate) fn generate(
    book: &Book,
    out: &Path,
    target: &str,
) -> Result<(), Failed> {
    let mut files = Files::new(out.join(FOLDER));
    let mut calls = BTreeMap::new();
    let mut tests = String::new();
    let mut shadows = Vec::new();
    // In the order of the tests, which is that of their names.
    let mut pages: Vec<&Page> = book.pages.iter().collect();
    pages.sort_by_key(|page| &page.name);
    let mut plans = Vec::new();
    for page in pages {
        let mut writer = PageWriter {
            book,
            page,
            number: plans.len(),
            programs: Vec::new(),
            shadow: String::new(),
            calls: &mut calls,
            tests: &mut tests,
        };
        for section in &page.sections {
            writer.section(section);
        }
        for exercise in &page.exercises {
            writer.exercise(exercise);
        }
        let PageWriter {
            programs, shadow, ..
        } = writer;
        let origin = book.root.join(&page.path);
        let mut write = |folder: &str, extension: &str, text: &str| {
            let path = Path::new(folder).join(&page.name);
            files.write(&path.with_extension(extension), text, &origin)
        };
        if !programs.is_empty() {
            let plan = Plan::new(book, page, programs)
                .map_err(|error| (origin.clone(), error))?;
            write(PLANS, "json", &plan.to_json())?;
            plans.push(page.name.as_str());
        }
        if !shadow.is_empty() {
            shadows.push(write("pages", "md", &shadow)?);
        }
    }
    files.remove_others()?;
    if tests.contains(OTHERS) {
        tests += &tests_item(OTHERS, target, &plans);
    }
    write_if_changed(&out.join("cells-tests.rs"), &tests)?;
    let path = out.join("skeptic-tests.rs");
    if shadows.is_empty() {
        return write_if_changed(&path, "");
    }
    skeptic::generate_doc_tests(&shadows);
    let at = |error| (path.clone(), error);
    let text = fs::read_to_string(&path).map_err(at)?;
    let text =
        with_calls(&text, &calls) + &tests_item(SECTIONS, target, &plans);
    write::whole(&path, text.as_bytes()).map_err(at)
}

/// What the tests of a file have in common.
fn tests_item(name: &str, target: &str, plans: &[&str]) -> String {
    let mut item = format!(
        "static {name}: ::cells::test::Tests = ::cells::test::Tests::new(\n    \
         module_path!(),\n    {target:?},\n    &[\n"
    );
    for page in plans {
        let path = format!("{FOLDER}/{PLANS}/{page}.json");
        let _ = writeln!(item, "        include_str!({path:?}),");
    }
    item + "    ],\n);\n"
}

/// skeptic's tests, each of which calls what `calls` has for it in place of
/// skeptic itself, which would be told where this book lies now.
fn with_calls(tests: &str, calls: &BTreeMap<String, String>) -> String {
    let mut text = String::new();
    let mut call = None;
    for line in tests.lines() {
        if let Some(rest) = line.strip_prefix("#[test] fn ") {
            let name = rest.split_once('(').map_or(rest, |(name, _)| name);
            call = calls.get(name);
        }
        if line.starts_with("    skeptic::rt::")
            && let Some(call) = call.take()
        {
            text.push_str(call);
        } else {
            text.push_str(line);
            text.push('\n');
        }
    }
    text
}

/// Writes the tests of one page.
struct PageWriter<'a> {
    book: &'a Book,
    page: &'a Page,
    /// The number of its plan.
    number: usize,
    programs: Vec<Program>,
    /// The page as skeptic is given it: each section at its line, which becomes
    /// part of its test's name, and of its cells one line that includes their
    /// program.
    shadow: String,
    /// What each of skeptic's tests does, by name.
    calls: &'a mut BTreeMap<String, String>,
    /// The tests that are not skeptic's.
    tests: &'a mut String,
}

impl PageWriter<'_> {
    fn section(&mut self, section: &Section) {
        let PageWriter { book, page, .. } = *self;
        for cell in &section.cells {
            match &cell.tags.kind {
                Kind::CompileFail { .. } => {
                    let program =
                        Program::of_failing(book, page, section, cell);
                    self.test("compile_fail", program);
                }
                Kind::Ignore { reason } => {
                    let name = section.cell_test_name(page, cell);
                    *self.tests += &ignored_test(&name, reason);
                }
                Kind::Run | Kind::ShouldPanic | Kind::NoRun => {}
            }
        }
        let mut cells = section.cells.iter();
        if !cells.any(|cell| cell.tags.kind.is_in_program()) {
            return;
        }
        let mut program = Program::new(book, page, section);
        match book.missing_data(section) {
            None => self.shadow(section, &program, "", "section"),
            Some(reason) => {
                let message = format!("compiled but not run: it {reason}");
                let problem = Problem::new(&page.path, section.line, message);
                println!("cargo::warning={problem}");
                *self.tests += &ignored_test(&program.name, &reason);
                program.name = section.compiles_name(page);
                self.shadow(section, &program, " compiles", "compiles");
            }
        }
        self.programs.push(program);
    }

    /// Each answer to an exercise.
    fn exercise(&mut self, exercise: &Exercise) {
        let PageWriter { book, page, .. } = *self;
        let missing = book.missing(&exercise.needs);
        for answer in exercise.answers() {
            let (program, _) = Program::of_answer(book, page, exercise, answer);
            match &missing {
                None => self.test("answer", program),
                Some(reason) => {
                    *self.tests += &ignored_test(&program.name, reason);
                }
            }
        }
    }

    /// A test of which skeptic knows nothing.
    fn test(&mut self, function: &str, program: Program) {
        let name = &program.name;
        let call = self.call(function, OTHERS, name, "");
        let _ = writeln!(self.tests, "#[test]\nfn {name}() {{\n{call}}}\n");
        self.programs.push(program);
    }

    fn shadow(
        &mut self,
        section: &Section,
        program: &Program,
        suffix: &str,
        function: &str,
    ) {
        let Program { name, page, .. } = program;
        let line = section.cells[0].line;
        self.move_to(section.line.min(line - 1));
        let heading = section.heading_words().join(" ");
        let _ = writeln!(self.shadow, "## {heading}{suffix}");
        self.move_to(line);
        let main = program::main(page, [name.as_str()]);
        let _ = writeln!(self.shadow, "```rust\n{main}\n```");
        let call = self.call(function, SECTIONS, name, ", s");
        self.calls.insert(name.clone(), call);
    }

    /// The call of a function of [`crate::test`].
    fn call(
        &self,
        function: &str,
        tests: &str,
        name: &str,
        more: &str,
    ) -> String {
        let page = self.number;
        format!(
            "    ::cells::test::{function}(&{tests}, {page}, {name:?}{more});\n"
        )
    }

    fn move_to(&mut self, line: usize) {
        let at = self.shadow.matches('\n').count() + 1;
        self.shadow.push_str(&"\n".repeat(line.saturating_sub(at)));
    }
}

fn ignored_test(name: &str, reason: &str) -> String {
    format!(
        "#[test]\n#[ignore = {reason:?}]\nfn {name}() {{\n    \
         panic!(\"{{}}\", {reason:?});\n}}\n\n"
    )
}
