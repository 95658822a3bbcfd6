//! A book that is no longer where it was built, or is not the only one that
//! was built there.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, SystemTime};

use cells::record;

use crate::fixture::{Fixture, Outcome};

/// Two copies of a book share the target folder. In the other copy one page is
/// not what its cells print, and all is older than what was built last, which
/// is `built`. Then the book goes elsewhere with its target folder.
pub fn a_book_is_known_from_its_copy(book: &Fixture, built: &Outcome) {
    let other = Fixture {
        root: book.root.with_file_name("other"),
        target: book.target.clone(),
    };
    let _ = fs::remove_dir_all(&other.root);
    copy(&book.root, &other.root);
    let stale = book.read("pages/new.md").replace("is new\n", "was new\n");
    other.write("pages/new.md", &stale);
    age(&other.root);

    let own = by_hand(built, book, &book.root);
    own.assert_passes_like(built);
    let foreign = by_hand(built, book, &other.root);
    assert!(!foreign.passed, "{}", foreign.text);
    foreign.assert_says(
        "pages/new.md:1: this is not the file that the test was built from",
    );

    let outcome = other.test(None, &[]);
    outcome.assert_says("pages/new.md:8: the page does not show");
    let verdicts = outcome.verdicts();
    let failed = verdicts.iter().filter(|it| it.ends_with(" FAILED"));
    assert!(
        failed.eq(["new_sect_new_line_3 FAILED"]),
        "{}",
        outcome.text
    );

    let there = Fixture::of(book.root.with_file_name("moved"));
    fs::rename(&book.root, &there.root).unwrap();
    let moved = there.test(None, &[]);
    let by_hand = by_hand(&moved, &there, &there.root);
    fs::rename(&there.root, &book.root).unwrap();
    moved.assert_passes_like(built);
    by_hand.assert_passes_like(built);
}

/// The tests of a book that cargo ran, as they are started without it, in a
/// book's root.
fn by_hand(by_cargo: &Outcome, book: &Fixture, root: &Path) -> Outcome {
    let line = by_cargo
        .text
        .lines()
        .find_map(|line| line.trim().strip_prefix("Running tests/skeptic.rs ("))
        .unwrap_or_else(|| panic!("nothing was run: {}", by_cargo.text));
    let path = book.root.join(line.trim_end_matches(')'));
    let mut command = Command::new(path);
    command.current_dir(root).env("RUST_BACKTRACE", "0");
    for variable in ["CARGO_MANIFEST_DIR", "OUT_DIR", record::FOLDER] {
        command.env_remove(variable);
    }
    Outcome::of(&mut command)
}

/// Copies a book, but for what was built.
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for (path, is_folder) in entries(from) {
        if path.ends_with("target") {
            continue;
        }
        let to = to.join(path.file_name().unwrap());
        if is_folder {
            copy(&path, &to);
        } else {
            fs::copy(&path, &to).unwrap();
        }
    }
}

/// Makes all files of a folder an hour old.
fn age(folder: &Path) {
    let then = SystemTime::now() - Duration::from_hours(1);
    for (path, is_folder) in entries(folder) {
        if is_folder {
            age(&path);
        } else {
            let file = fs::File::options().append(true).open(path).unwrap();
            file.set_modified(then).unwrap();
        }
    }
}

fn entries(folder: &Path) -> Vec<(PathBuf, bool)> {
    fs::read_dir(folder)
        .unwrap()
        .map(|entry| {
            let entry = entry.unwrap();
            (entry.path(), entry.file_type().unwrap().is_dir())
        })
        .collect()
}
