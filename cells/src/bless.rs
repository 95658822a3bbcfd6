//! Rewriting outputs from what the cells print.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::compare::merge;
use crate::record::Record;
use crate::source::{Lines, lines, without_end};
use crate::{Book, Kind, Output, Page, Problem, write};

/// What a bless did.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Blessed {
    /// The pages that were rewritten, relative to the book's root.
    pub changed: Vec<PathBuf>,
    /// What was left as it is: a section whose data set is missing, a cell
    /// that prints and shows nothing.
    pub notes: Vec<Problem>,
}

/// Rewrites the outputs of a book's pages from the records that a test run
/// left in `folder` (see [`record::FOLDER`](crate::record::FOLDER)): all of
/// them, or none.
///
/// # Errors
///
/// If any section failed or left no record, a page was changed since `book`
/// was loaded, which is before the test run, or a page cannot be written.
/// Unless it is the writing itself that fails, no page was changed.
pub fn bless(book: &Book, folder: &Path) -> Result<Blessed, Vec<Problem>> {
    let mut problems = Vec::new();
    let mut blessed = Blessed::default();
    let mut rewritten = Vec::new();
    for page in &book.pages {
        let mut printed = BTreeMap::new();
        let mut take = |name: &str, line: usize| {
            if let Err(message) = take_record(folder, name, &mut printed) {
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
        match rewrite(book, page, &printed) {
            Ok(text) if text != page.source => rewritten.push((page, text)),
            Ok(_) => {}
            Err(problem) => problems.push(problem),
        }
        blessed.notes.extend(not_shown(page, &printed));
    }
    problems.extend(book.pages.iter().filter_map(|page| changed(book, page)));
    if !problems.is_empty() {
        return Err(problems);
    }
    for (page, text) in rewritten {
        write::whole(&book.root.join(&page.path), text.as_bytes()).map_err(
            |error| {
                let message = format!("cannot be written: {error}");
                vec![Problem::new(&page.path, 1, message)]
            },
        )?;
        blessed.changed.push(page.path.clone());
    }
    Ok(blessed)
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

/// Adds what the cells of one test printed, by the cells' lines.
fn take_record(
    folder: &Path,
    name: &str,
    printed: &mut BTreeMap<usize, String>,
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
    printed.extend(
        record
            .cells
            .into_iter()
            .map(|cell| (cell.line, cell.printed)),
    );
    Ok(())
}

fn not_shown<'a>(
    page: &'a Page,
    printed: &'a BTreeMap<usize, String>,
) -> impl Iterator<Item = Problem> + 'a {
    page.cells().filter_map(|cell| {
        let printed = printed.get(&cell.line)?;
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
            cells: vec![crate::record::CellRecord {
                line: 3,
                printed: "2\n".into(),
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
