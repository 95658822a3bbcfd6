//! A program's processes, as they may behave: shell scripts in place of cells.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::thread;

use cells::Kind;
use cells::program::ProgramCell;
use cells::runner::{CellResult, Executable, Failure, OUTPUT_LIMIT, run};

/// What comes of a program of `count` cells that does what `script` says,
/// where `mark` writes a mark.
fn results(count: usize, script: &str) -> Vec<CellResult> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("program");
    let mark = r#"mark() { printf '\036%s%s\n' "$CELLS_WORD" "$1"; }"#;
    fs::write(&path, format!("#!/bin/sh\n{mark}\n{script}\n")).unwrap();
    fs::set_permissions(&path, PermissionsExt::from_mode(0o700)).unwrap();
    let cell = |line| ProgramCell {
        line,
        end_line: line,
        last_line: line,
        kind: Kind::Run,
        seconds: 60,
        output: None,
        pictures: Vec::new(),
    };
    let cells: Vec<_> = (0..count).map(cell).collect();
    let executable = Executable {
        path: &path,
        section: "section",
        root: Path::new("."),
    };
    run(&executable, &cells).unwrap()
}

const END: &str = "mark '\"End\"'";

#[track_caller]
fn assert_fails(script: &str, is_it: impl Fn(&Failure) -> bool) {
    let script = format!("mark '{{\"Begin\":0}}'\n{script}");
    let results = results(1, &script);
    let failure = results[0].failure.as_ref();
    assert!(failure.is_some_and(is_it), "{results:#?}");
}

#[test]
fn all_that_is_printed_is_heard() {
    let count = 100;
    let script = format!(
        "dd if=/dev/zero bs=1000000 count=1 2>&- > $0.txt\n\
         for cell in $(seq 0 {}); do\n\
         mark '{{\"Begin\":'$cell'}}'\n\
         cat $0.txt\n\
         done\n{END}",
        count - 1
    );
    for result in results(count, &script) {
        assert_eq!(result.failure, None);
        assert_eq!(result.printed.unwrap().len(), 1_000_000);
    }
}

/// Each thread starts what it has just written, while the processes that the
/// others start hold it open.
#[test]
fn what_was_just_written_can_be_started() {
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for _ in 0..60 {
                    let script = format!("mark '{{\"Begin\":0}}'\n{END}");
                    assert_eq!(results(1, &script)[0].failure, None);
                }
            });
        }
    });
}

#[test]
fn pictures_are_no_part_of_what_is_printed() {
    let script = format!(
        "mark '{{\"Begin\":0}}'\necho a\nmark '{{\"Picture\":\"one\"}}'\n\
         mark '{{\"Picture\":\"two\"}}'\necho b\n\
         mark '{{\"Begin\":1}}'\nmark '{{\"Picture\":\"three\"}}'\n{END}"
    );
    let results = results(2, &script);
    let said = results.iter().map(|result| {
        assert_eq!(result.failure, None);
        (result.printed.as_deref(), result.pictures.join(" "))
    });
    let expected = [
        (Some("a\nb\n"), "one two".into()),
        (Some(""), "three".into()),
    ];
    assert!(said.eq(expected), "{results:#?}");
}

#[test]
fn pictures_have_an_end() {
    assert_fails(
        "picture=$(head -c 1000000 /dev/zero | tr '\\0' a)\n\
         while :; do mark '{\"Picture\":\"'$picture'\"}'; done",
        |failure| matches!(failure, Failure::TooManyPictures),
    );
}

#[test]
fn what_comes_late_is_heard() {
    let script =
        format!("mark '{{\"Begin\":0}}'\n(sleep 0.5; echo a; {END}) &");
    let results = results(1, &script);
    assert_eq!(results[0].failure, None);
    assert_eq!(results[0].printed.as_deref(), Some("a\n"));
}

#[test]
fn a_program_ends_well_or_fails() {
    assert_fails(
        &format!("{END}\nexit 3"),
        |failure| matches!(failure, Failure::Exited { status, .. } if status.contains('3')),
    );
    assert_fails(
        "exit 0",
        |failure| matches!(failure, Failure::Exited { status, .. } if status.contains('0')),
    );
    assert_fails("(sleep 3) &\nexit 0", |failure| {
        matches!(failure, Failure::Endless { .. })
    });
    let flood = format!("head -c {} /dev/zero\n{END}", OUTPUT_LIMIT + 1);
    assert_fails(&flood, |failure| matches!(failure, Failure::TooMuch));
}
