//! Whether the pictures that a cell shows are those of its page.

use std::fmt::Write;
use std::fs;
use std::io;
use std::path::Path;

use crate::diff;
use crate::program::{Program, ProgramCell, ProgramPicture};
use crate::svg::{difference, plain};

/// What is wrong with the pictures of a cell.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Report {
    /// All of it, or nothing.
    pub(crate) text: String,
    /// Whether a bless would mend some of it.
    pub(crate) can_bless: bool,
}

/// Compares the pictures that a cell showed with the files that its page
/// shows.
pub(crate) fn report(
    root: &Path,
    program: &Program,
    cell: &ProgramCell,
    drawn: &[String],
) -> Report {
    let mut report = Report::default();
    let page = &program.page;
    for (picture, drawn) in cell.pictures.iter().zip(drawn) {
        let differs = compare(root, program, cell, picture, drawn);
        report.can_bless |= differs.is_some();
        report.text.extend(differs);
    }
    for picture in cell.pictures.iter().skip(drawn.len()) {
        let _ = writeln!(
            report.text,
            "{page}:{}: the cell at line {} does not show the picture {}: {}; \
             remove the image, or let the cell call `cells::show`\n",
            picture.line,
            cell.line,
            picture.path,
            match drawn.len() {
                0 => "it shows none".to_owned(),
                1 => "it shows only one".to_owned(),
                count => format!("it shows only {count}"),
            }
        );
    }
    if drawn.len() > cell.pictures.len() {
        let _ = writeln!(
            report.text,
            "{page}:{}: {}\nthen run: {}\n",
            cell.line,
            not_shown(cell.last_line, drawn.len() - cell.pictures.len()),
            program.bless
        );
    }
    report
}

/// What to do where a cell shows pictures, and after `line`, where it ends, no
/// images follow for so many of them.
pub(crate) fn not_shown(line: usize, missing: usize) -> String {
    let what = match missing {
        1 => "a picture, and no image follows it".to_owned(),
        _ => format!("pictures, and for {missing} of them no image follows"),
    };
    format!(
        "the cell shows {what}: add the paragraph `![what it \
         shows](figures/NAME.svg)` right after line {line}"
    )
}

fn compare(
    root: &Path,
    program: &Program,
    cell: &ProgramCell,
    picture: &ProgramPicture,
    drawn: &str,
) -> Option<String> {
    let ProgramPicture { line, path, .. } = picture;
    let page = &program.page;
    let committed = match read(&root.join(path)) {
        Ok(Some(committed)) => committed,
        Ok(None) => {
            return Some(format!(
                "{page}:{line}: the picture {path} is not there yet: the cell \
                 at line {} draws it\n\n",
                cell.line
            ));
        }
        Err(error) => {
            return Some(format!(
                "{page}:{line}: the picture {path} cannot be read: {error}\n\n"
            ));
        }
    };
    let drawn = plain(drawn);
    let (old, new) = difference(&committed, &drawn)?;
    let mut report = format!(
        "{page}:{line}: the picture {path} is not what is drawn by the cell at \
         line {}, first in this line\n\n",
        cell.line
    );
    diff::places(&mut report, (&committed, old), (&drawn, new));
    Some(report)
}

/// The picture in a file, or nothing where there is no such file.
fn read(path: &Path) -> io::Result<Option<String>> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(plain(&String::from_utf8_lossy(&bytes)))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Whether the picture in a file stands for the one that was drawn.
pub(crate) fn is_true(path: &Path, drawn: &str) -> bool {
    read(path).is_ok_and(|found| {
        found.is_some_and(|it| difference(&it, &plain(drawn)).is_none())
    })
}
