//! Rewriting outputs and pictures from what the cells print and show.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::compare::merge;
use crate::record::{CellRecord, Record};
use crate::source::{Lines, lines, without_end};
use crate::write::Staged;
use crate::{Book, Kind, Output, Page, Problem, picture, svg};

/// What a bless did.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Blessed {
    /// The pages that were rewritten, relative to the book's root.
    pub changed: Vec<PathBuf>,
    /// The files of pictures that were drawn, relative to the book's root.
    pub drawn: Vec<PathBuf>,
    /// What was left as it is: a section whose data set is missing, a cell
    /// that prints or draws what its page has no place for.
    pub notes: Vec<Problem>,
}

/// Rewrites the outputs of a book's pages, and the files of their pictures,
/// from the records that a test run left in `folder` (see
/// [`record::FOLDER`](crate::record::FOLDER)): all of them, or none.
///
/// A picture is written where its file is not there or does not stand for it;
/// one that does stays byte for byte.
///
/// # Errors
///
/// If any section failed or left no record, a page was changed since `book`
/// was loaded, which is before the test run, or a file cannot be written.
/// Unless the last step of that fails, the renaming, no file was changed.
pub fn bless(book: &Book, folder: &Path) -> Result<Blessed, Vec<Problem>> {
    let mut problems = Vec::new();
    let mut blessed = Blessed::default();
    let mut files = Vec::new();
    for page in &book.pages {
        let mut said = BTreeMap::new();
        let mut take = |name: &str, line: usize| {
            if let Err(message) = take_record(folder, name, &mut said) {
                problems.push(Problem::new(&page.path, line, message));
            }
        };
        for section in &page.sections {
            for cell in &section.cells {
                if let Kind::CompileFail { .. } = cell.tags.kind {
                    take(&section.compile_fail_name(page, cell), cell.line);
                }
            }
            if !section.cells.iter().any(|it| it.tags.kind.is_in_program()) {
                continue;
            }
            if let Some(reason) = book.missing_data(section) {
                let note = format!("left as it is: {reason}");
                blessed.notes.push(Problem::new(
                    &page.path,
                    section.line,
                    note,
                ));
                continue;
            }
            take(&section.test_name(page), section.line);
        }
        let printed = said
            .iter()
            .map(|(line, cell)| (*line, cell.printed.clone()))
            .collect();
        match rewrite(book, page, &printed) {
            Ok(text) if text != page.source => {
                blessed.changed.push(page.path.clone());
                files.push((page.path.clone(), text));
            }
            Ok(_) => {}
            Err(problem) => problems.push(problem),
        }
        for (path, text) in stale_pictures(book, page, &said) {
            blessed.drawn.push(path.clone());
            files.push((path, text));
        }
        blessed.notes.extend(not_shown(page, &said));
        blessed.notes.extend(pictures_not_shown(page, &said));
    }
    problems.extend(book.pages.iter().filter_map(|page| changed(book, page)));
    if !problems.is_empty() {
        return Err(problems);
    }
    put(book, &files)?;
    Ok(blessed)
}

/// Writes files, given relative to the root: none of them is put in its place
/// before all are written.
fn put(book: &Book, files: &[(PathBuf, String)]) -> Result<(), Vec<Problem>> {
    let refused = |path: &Path, error: io::Error| {
        let message = format!("cannot be written: {error}");
        vec![Problem::new(path, 1, message)]
    };
    let mut staged = Vec::new();
    for (path, text) in files {
        let place = book.root.join(path);
        let folder = place.parent().unwrap_or(&book.root);
        let file = fs::create_dir_all(folder)
            .and_then(|()| Staged::new(&place, text.as_bytes()))
            .map_err(|error| refused(path, error))?;
        staged.push((path, file));
    }
    for (path, file) in staged {
        file.put().map_err(|error| refused(path, error))?;
    }
    Ok(())
}

/// The pictures of a page that are not in their files, with their texts.
fn stale_pictures(
    book: &Book,
    page: &Page,
    said: &BTreeMap<usize, CellRecord>,
) -> Vec<(PathBuf, String)> {
    page.cells()
        .filter_map(|cell| Some((cell, said.get(&cell.line)?)))
        .flat_map(|(cell, said)| cell.pictures.iter().zip(&said.pictures))
        .filter(|(picture, drawn)| {
            !picture::is_true(&book.root.join(&picture.path), drawn)
        })
        .map(|(picture, drawn)| (picture.path.clone(), svg::file(drawn)))
        .collect()
}

/// Where a page has more pictures than a cell shows, or fewer.
fn pictures_not_shown<'a>(
    page: &'a Page,
    said: &'a BTreeMap<usize, CellRecord>,
) -> impl Iterator<Item = Problem> + 'a {
    page.cells().filter_map(|cell| {
        let drawn = said.get(&cell.line)?.pictures.len();
        if let Some(picture) = cell.pictures.get(drawn) {
            let message = format!(
                "the cell at line {} does not show this picture: remove the \
                 image",
                cell.line
            );
            return Some(Problem::new(&page.path, picture.line, message));
        }
        let missing = drawn - cell.pictures.len();
        (missing > 0).then(|| {
            let message = picture::not_shown(cell.last_line(), missing);
            Problem::new(&page.path, cell.line, message)
        })
    })
}

/// A page that is no longer what its cells were taken from: to write it would
/// undo an edit.
fn changed(book: &Book, page: &Page) -> Option<Problem> {
    let found = fs::read(book.root.join(&page.path));
    let is_same = found.is_ok_and(|found| found == page.source.as_bytes());
    (!is_same).then(|| {
        let message = format!(
            "the page was changed while its cells ran: run `{}` again",
            book.config.bless
        );
        Problem::new(&page.path, 1, message)
    })
}

/// Adds what the cells of one test printed and showed, by the cells' lines.
fn take_record(
    folder: &Path,
    name: &str,
    said: &mut BTreeMap<usize, CellRecord>,
) -> Result<(), String> {
    let path = folder.join(format!("{name}.json"));
    let text = fs::read_to_string(path).map_err(|_| {
        format!(
            "`{name}` did not come to run: does it compile? (the test run \
             says more)"
        )
    })?;
    let record: Record = serde_json::from_str(&text)
        .map_err(|error| format!("the record of `{name}`: {error}"))?;
    if let Some(failure) = record.failure {
        return Err(format!("`{name}` failed:\n{failure}"));
    }
    said.extend(record.cells.into_iter().map(|cell| (cell.line, cell)));
    Ok(())
}

fn not_shown<'a>(
    page: &'a Page,
    said: &'a BTreeMap<usize, CellRecord>,
) -> impl Iterator<Item = Problem> + 'a {
    page.cells().filter_map(|cell| {
        let printed = &said.get(&cell.line)?.printed;
        let message = match &cell.output {
            None if cell.tags.kind != Kind::Run || printed.is_empty() => {
                return None;
            }
            None => format!(
                "the cell prints, and no output follows it: add an empty \
                 `text` block right after line {}",
                cell.end_line
            ),
            Some(_) if !printed.is_empty() => return None,
            Some(output) => format!(
                "the cell prints nothing: remove the output at line {}",
                output.line
            ),
        };
        Some(Problem::new(&page.path, cell.line, message))
    })
}

/// A page with the outputs that its cells print; `printed` holds what each
/// cell printed, by the line of its opening fence.
///
/// Only lines of outputs change, and of those only lines that are not true:
/// a true page comes back byte for byte.
///
/// # Errors
///
/// If an output cannot stand on the page as it is printed.
pub fn rewrite(
    book: &Book,
    page: &Page,
    printed: &BTreeMap<usize, String>,
) -> Result<String, Problem> {
    let mut text = String::new();
    let mut wanted = Vec::new();
    let mut done = 0;
    let source = Lines::new(&page.source);
    for cell in page.cells() {
        let (Some(output), Some(printed)) =
            (&cell.output, printed.get(&cell.line))
        else {
            continue;
        };
        let printed = lines(printed);
        let problem = |message| Problem::new(&page.path, output.line, message);
        if printed.iter().any(|line| line.contains('\r')) {
            return Err(problem(
                "the cell prints a carriage return, which a page cannot show",
            ));
        }
        if printed.is_empty() {
            continue;
        }
        let block = source.range(output.line, output.end_line);
        text.push_str(&page.source[done..block.start]);
        text.push_str(&self::block(&source, output, &printed));
        done = block.end;
        let merged = merge(&output.lines, &printed);
        wanted.push((cell.number, output, merged));
    }
    text.push_str(&page.source[done..]);
    // The page is read again: an output that Markdown would take for
    // something else is found now, not by the next reader.
    let again = Page::parse(&book.root, &book.config, &page.path, text.clone());
    for (number, output, merged) in wanted {
        let is_shown = again.as_ref().is_ok_and(|page| {
            page.cells()
                .find(|cell| cell.number == number)
                .and_then(|cell| cell.output.as_ref())
                .is_some_and(|output| {
                    merged.iter().map(|line| &line.text).eq(&output.lines)
                })
        });
        if !is_shown {
            return Err(Problem::new(
                &page.path,
                output.line,
                "what the cell prints cannot stand here: move the cell and \
                 its output out of the list or quotation that they stand in",
            ));
        }
    }
    Ok(text)
}

/// The whole lines of an output's block, with what its cell prints.
fn block(source: &Lines, output: &Output, printed: &[&str]) -> String {
    let open = source.get(output.line);
    let column =
        output.range.start - source.range(output.line, output.line).start;
    let mark = open[column..].chars().next().unwrap_or('`');
    let is_mark = |c: char| c == mark;
    let length =
        open[column..].len() - open[column..].trim_start_matches(mark).len();
    let merged = merge(&output.lines, printed);
    // A line that would close the block asks for a longer fence.
    let longest = merged
        .iter()
        .map(|line| line.text.trim())
        .filter(|line| line.chars().all(is_mark))
        .map(str::len)
        .max()
        .unwrap_or(0);
    let extra = mark
        .to_string()
        .repeat((longest + 1).saturating_sub(length));
    let extra = if longest >= length {
        extra.as_str()
    } else {
        ""
    };
    let end = &open[without_end(open).len()..];
    let prefix = prefix(&open[..column]);
    let mut block = format!("{}{extra}{}", &open[..column], &open[column..]);
    for line in &merged {
        let raw = line.page.map(|at| (at, source.get(output.line + 1 + at)));
        match raw {
            Some((at, raw)) if output.lines[at] == line.text => {
                block.push_str(raw);
            }
            Some((at, raw)) => {
                let text = without_end(raw);
                // An empty line does not show what comes before a text.
                let kept = Some(output.lines[at].as_str())
                    .filter(|old| !old.is_empty())
                    .and_then(|old| text.strip_suffix(old))
                    .unwrap_or(&prefix);
                push_line(&mut block, kept, &line.text, end);
            }
            None => push_line(&mut block, &prefix, &line.text, end),
        }
    }
    let close = source.get(output.end_line);
    let fence = close.find(mark).unwrap_or(0);
    block.push_str(&close[..fence]);
    block.push_str(extra);
    block.push_str(&close[fence..]);
    block
}

fn push_line(block: &mut String, prefix: &str, text: &str, end: &str) {
    let prefix = if text.is_empty() {
        prefix.trim_end()
    } else {
        prefix
    };
    block.push_str(prefix);
    block.push_str(text);
    block.push_str(end);
}

/// What comes before the lines of a block whose fence comes after `before`:
/// quotation marks again, spaces in place of a list's bullet or number.
fn prefix(before: &str) -> String {
    before
        .chars()
        .map(|c| {
            if matches!(c, '>' | ' ' | '\t') {
                c
            } else {
                ' '
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::*;
    use crate::Config;

    fn config() -> Config {
        Config {
            title: String::new(),
            src: "pages".into(),
            test: String::new(),
            bless: "cargo book bless".into(),
            fetch: String::new(),
            data: BTreeMap::new(),
        }
    }

    /// Rewrites a page of one cell, at line 3, that prints `printed`.
    fn rewritten(text: &str, printed: &str) -> Result<String, String> {
        let config = config();
        let path = Path::new("pages/page.md");
        let page = Page::parse(Path::new("."), &config, path, text.to_owned())
            .unwrap();
        let book = Book {
            root: ".".into(),
            config,
            pages: Vec::new(),
        };
        let printed = BTreeMap::from([(3, printed.to_owned())]);
        rewrite(&book, &page, &printed).map_err(|it| it.to_string())
    }

    const CELL: &str = "# Page\n\n```rust\nprintln!();\n```\n\n";

    #[track_caller]
    fn assert_rewritten(block: &str, printed: &str, expected: &str) {
        assert_eq!(
            rewritten(&format!("{CELL}{block}"), printed),
            Ok(format!("{CELL}{expected}"))
        );
    }

    #[test]
    fn only_what_is_not_true_changes() {
        assert_rewritten("```text\n```", "1\n2\n", "```text\n1\n2\n```");
        assert_rewritten("```text\n2.4\n```\n", "2.34", "```text\n2.3\n```\n");
        assert_rewritten("~~~text\na\nb\n~~~", "a\n", "~~~text\na\n~~~");
        assert_rewritten("```text  \n```\n", "a \n", "```text  \na \n```\n");
        assert_rewritten("```text\na\n```\n", "", "```text\na\n```\n");
        assert_rewritten("  ```text\n  ```", "a\n", "  ```text\n  a\n  ```");
    }

    #[test]
    fn a_fence_outgrows_what_it_holds() {
        assert_rewritten(
            "```text\n```\n",
            "```\n  ````\n",
            "`````text\n```\n  ````\n`````\n",
        );
        assert_rewritten("```text\n```\n", "~~~\n", "```text\n~~~\n```\n");
    }

    #[test]
    fn what_a_page_cannot_show_is_refused() {
        let page = format!("{CELL}```text\n```\n");
        let refusal = rewritten(&page, "50 %\r100 %\n").unwrap_err();
        assert!(refusal.contains("page.md:7: the cell prints a carriage"));
    }

    /// A page of one cell, at line 3, that shows these pictures, and a folder
    /// with the record of a run in which it drew those.
    fn drawn(images: &[&str], pictures: &[&str]) -> (TempDir, Book) {
        let root = tempfile::tempdir().unwrap();
        let config = config();
        let path = Path::new("pages/page.md");
        let images = images
            .iter()
            .map(|name| format!("![a](figures/{name}.svg)"));
        let images = images.collect::<Vec<_>>().join("\n\n");
        let text = format!("{CELL}{images}\n");
        fs::create_dir(root.path().join("pages")).unwrap();
        fs::write(root.path().join(path), &text).unwrap();
        let page = Page::parse(root.path(), &config, path, text).unwrap();
        let record = Record {
            page: "pages/page.md".into(),
            name: page.sections[0].test_name(&page),
            cells: vec![CellRecord {
                line: 3,
                printed: String::new(),
                pictures: pictures.iter().map(|&it| it.into()).collect(),
            }],
            failure: None,
        };
        record.write(root.path()).unwrap();
        let book = Book {
            root: root.path().into(),
            config,
            pages: vec![page],
        };
        (root, book)
    }

    #[test]
    fn pictures_are_written_where_they_are_not_true() {
        let file =
            |name: &str| PathBuf::from(format!("pages/figures/{name}.svg"));
        let svg = |x: &str| format!("<svg><g x=\"{x}\"/></svg>");
        let (new, other) = (svg("1.5"), svg("9.5"));
        let (root, book) = drawn(&["a", "b", "c"], &[&new, &new, &new]);
        fs::create_dir(root.path().join("pages/figures")).unwrap();
        let near = svg("1.6") + "\r\n";
        fs::write(root.path().join(file("a")), &near).unwrap();
        fs::write(root.path().join(file("b")), &other).unwrap();
        let blessed = bless(&book, root.path()).unwrap();
        assert_eq!(blessed.drawn, [file("b"), file("c")]);
        assert_eq!(blessed.changed, Vec::<PathBuf>::new());
        assert_eq!(blessed.notes, []);
        let new = new + "\n";
        for (name, text) in [("a", &near), ("b", &new), ("c", &new)] {
            let found = fs::read_to_string(root.path().join(file(name)));
            assert_eq!(&found.unwrap(), text);
        }
        assert_eq!(bless(&book, root.path()), Ok(Blessed::default()));
    }

    #[test]
    fn pictures_without_a_place_are_noted() {
        for (images, pictures, note) in [
            (
                &["a"][..],
                &[][..],
                "page.md:7: the cell at line 3 does not show",
            ),
            (
                &["a"],
                &["", ""],
                "page.md:3: the cell shows a picture, and no",
            ),
            (
                &[],
                &["", ""],
                "page.md:3: the cell shows pictures, and for 2 of",
            ),
        ] {
            let (root, book) = drawn(images, pictures);
            let notes = bless(&book, root.path()).unwrap().notes;
            assert_eq!(notes.len(), 1, "{notes:#?}");
            assert!(notes[0].to_string().contains(note), "{notes:#?}");
        }
    }

    #[test]
    fn what_cannot_be_written_changes_nothing() {
        let (root, mut book) = drawn(&["a"], &["<svg></svg>"]);
        let text = book.pages[0].source.clone() + "\nAnd more.\n";
        fs::write(root.path().join("pages/figures"), "no folder").unwrap();
        let files = [
            (book.pages[0].path.clone(), text.clone()),
            ("pages/figures/a.svg".into(), String::new()),
        ];
        let problems = put(&book, &files).unwrap_err();
        assert!(problems[0].message.contains("cannot be written"));
        let page = root.path().join(&book.pages[0].path);
        assert_eq!(fs::read_to_string(&page).unwrap(), book.pages[0].source);
        fs::remove_file(root.path().join("pages/figures")).unwrap();
        put(&book, &files).unwrap();
        assert_eq!(fs::read_to_string(&page).unwrap(), text);
        book.pages[0].source = text;
        assert!(bless(&book, root.path()).is_ok());
    }

    #[test]
    fn an_edit_during_the_run_is_kept() {
        let root = tempfile::tempdir().unwrap();
        let path = Path::new("pages/page.md");
        let old = format!("{CELL}```text\n1\n```\n");
        let config = config();
        let page = Page::parse(root.path(), &config, path, old).unwrap();
        let record = Record {
            page: "pages/page.md".into(),
            name: page.sections[0].test_name(&page),
            cells: vec![CellRecord {
                line: 3,
                printed: "2\n".into(),
                pictures: Vec::new(),
            }],
            failure: None,
        };
        record.write(root.path()).unwrap();
        fs::create_dir(root.path().join("pages")).unwrap();
        let edited = format!("{CELL}```text\n1\n```\n\nAnd more.\n");
        fs::write(root.path().join(path), &edited).unwrap();
        let book = Book {
            root: root.path().into(),
            config,
            pages: vec![page],
        };
        let problems = bless(&book, root.path()).unwrap_err();
        let [problem] = problems.as_slice() else {
            panic!("{problems:#?}");
        };
        assert!(problem.message.contains("changed while its cells ran"));
        let found = fs::read_to_string(root.path().join(path)).unwrap();
        assert_eq!(found, edited);
    }
}
