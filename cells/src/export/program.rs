//! A page, or a section of it, as a program in plain Rust.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::Path;

use proc_macro2::{TokenStream, TokenTree, extra};

use crate::live::{Edits, edited};
use crate::problem::slashed;
use crate::{Book, Cell, Kind, Page, Section, value};

/// What a program's functions return.
const RESULT: &str = "Result<(), Box<dyn std::error::Error>>";

/// How far the lines of a function stand in.
const MARGIN: &str = "    ";

/// Macros whose value is `()`: a cell that ends in one shows nothing more.
const UNIT: [&str; 8] = [
    "assert!",
    "assert_eq!",
    "assert_ne!",
    "eprint!",
    "eprintln!",
    "print!",
    "println!",
    "write!",
];

/// A page as a program: each section is a function, which prints what the page
/// shows, and `main` calls one after the other.
#[must_use]
pub fn program(book: &Book, page: &Page, edits: &Edits) -> String {
    let stem = stem(page);
    let mut text = head("//!", book, page, None, edits);
    let _ = write!(
        text,
        "//!\n\
         //! Each section is a function, and prints what the page shows. In the\n\
         //! book's folder, as `examples/{stem}.rs`, it runs with\n\
         //!\n\
         //!     cargo run --example {stem}\n\n\
         #![allow(unused)] // What a cell defines only for one that is a comment.\n\n"
    );
    let names = functions(page);
    let calls = names.iter().map(|name| format!("{MARGIN}{name}()?;\n"));
    let calls: String = calls.collect();
    let _ = write!(
        text,
        "fn main() -> {RESULT} {{\n{calls}{MARGIN}Ok(())\n}}\n"
    );
    for (section, name) in page.sections.iter().zip(&names) {
        let Section { heading, .. } = section;
        let body = body(section, edits);
        let _ = write!(
            text,
            "\n/// {heading}\nfn {name}() -> {RESULT} {{\n{body}}}\n"
        );
    }
    text
}

/// A section as a program of its own.
#[must_use]
pub fn section(
    book: &Book,
    page: &Page,
    section: &Section,
    edits: &Edits,
) -> String {
    let head = head("//", book, page, Some(section), edits);
    let body = body(section, edits);
    format!("{head}\nfn main() -> {RESULT} {{\n{body}}}\n")
}

/// The name of a page's file, without its ending.
pub(super) fn stem(page: &Page) -> String {
    let below = page.path.file_stem().map(Path::new).map(slashed);
    below.unwrap_or_default()
}

/// Where a program comes from, as a comment.
fn head(
    mark: &str,
    book: &Book,
    page: &Page,
    section: Option<&Section>,
    edits: &Edits,
) -> String {
    let file = slashed(&page.path);
    let title = section.map_or(&page.title, |section| &section.heading);
    let mut text = format!("{mark} {title}\n{mark}\n{mark} From ");
    if book.config.title.is_empty() {
        let _ = writeln!(text, "{file}.");
    } else {
        let _ = writeln!(text, "\"{}\", {file}.", book.config.title);
    }
    let sections = page.sections.iter();
    let mut cells = sections
        .filter(|it| section.is_none_or(|section| section == *it))
        .flat_map(|section| &section.cells);
    if cells.any(|cell| edits.contains_key(&cell.anchor)) {
        let _ = writeln!(text, "{mark} Its reader has changed it.");
    }
    text
}

/// What the functions of a page's sections are called.
fn functions(page: &Page) -> Vec<String> {
    let mut taken = BTreeSet::from(["main".to_owned()]);
    let mut names = Vec::new();
    for section in &page.sections {
        let mut name = section.heading_words().join("_");
        // A word of the language, or a number, is no name.
        if syn::parse_str::<syn::Ident>(&name).is_err() {
            name = format!("section_{name}");
        }
        let first = name.clone();
        let mut count = 1;
        while !taken.insert(name.clone()) {
            count += 1;
            name = format!("{first}_{count}");
        }
        names.push(name);
    }
    names
}

/// The lines of a function that does what a section does.
fn body(section: &Section, edits: &Edits) -> String {
    let cells = section.cells.iter().map(|cell| {
        let is_changed = edits.contains_key(&cell.anchor);
        let cell = edited(cell, edits);
        match told(&cell.tags.kind) {
            None => indented(&statements(&cell, is_changed)),
            Some(why) => comment(&why, &cell.text()),
        }
    });
    let cells: Vec<String> = cells.collect();
    format!("{}\n{MARGIN}Ok(())\n", cells.join("\n"))
}

/// Why a cell is not run, in words; nothing of one that is.
pub(super) fn told(kind: &Kind) -> Option<String> {
    Some(match kind {
        Kind::Run => return None,
        Kind::ShouldPanic => "This panics, as the page shows".to_owned(),
        Kind::CompileFail { code } => {
            format!("This does not compile ({code}), as the page shows")
        }
        Kind::NoRun => "This is compiled for the page, and not run".to_owned(),
        Kind::Ignore { reason } => format!("This is not run ({reason})"),
    })
}

/// A cell as statements, of which the last prints its value.
///
/// Whether that is `()`, and is not shown, is told from the page's output: one
/// that prints nothing has no value. A reader's text has no output.
pub(super) fn statements(cell: &Cell, is_changed: bool) -> String {
    let text = cell.text();
    let Some(range) = value::range(&text) else {
        return match value::unfinished(&text) {
            Some(end) => format!("{};{}", &text[..end], &text[end..]),
            None => text,
        };
    };
    let value = &text[range.clone()];
    let is_unit = UNIT.iter().any(|name| value.starts_with(name))
        || !is_changed && cell.output.is_none();
    let (before, after) = (&text[..range.start], &text[range.end..]);
    if is_unit {
        format!("{before}{value};{after}")
    } else if syn::parse_str::<syn::Ident>(value).is_ok() {
        format!("{before}println!(\"{{{value}:?}}\");{after}")
    } else {
        format!("{before}println!(\"{{:?}}\", {value});{after}")
    }
}

/// Code as lines of a function.
fn indented(code: &str) -> String {
    let kept = inside_literals(code);
    let mut text = String::new();
    for (number, line) in code.lines().enumerate() {
        if !line.is_empty() && !kept.contains(&number) {
            text.push_str(MARGIN);
        }
        text.push_str(line);
        text.push('\n');
    }
    text
}

fn comment(why: &str, code: &str) -> String {
    let mut text = format!("{MARGIN}// {why}:\n{MARGIN}//\n");
    for line in code.lines() {
        let line = format!("{MARGIN}//     {line}");
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// The lines of a text, from 0, that begin inside of a literal, which a margin
/// would change.
fn inside_literals(code: &str) -> BTreeSet<usize> {
    fn walk(tokens: TokenStream, lines: &mut BTreeSet<usize>) {
        for token in tokens {
            match token {
                TokenTree::Group(group) => walk(group.stream(), lines),
                TokenTree::Literal(literal) => {
                    let span = literal.span();
                    // They are counted from 1.
                    lines.extend(span.start().line..span.end().line);
                }
                TokenTree::Ident(_) | TokenTree::Punct(_) => {}
            }
        }
    }
    let mut lines = BTreeSet::new();
    if let Ok(tokens) = code.parse() {
        walk(tokens, &mut lines);
    }
    extra::invalidate_current_thread_spans();
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_literal_keeps_its_lines() {
        let code = "let a = \"one\n  two\n\";\nlet b = r#\"\nx\"#;\n\nb";
        assert_eq!(
            indented(code),
            "    let a = \"one\n  two\n\";\n    let b = r#\"\nx\"#;\n\n    b\n"
        );
    }
}
