//! `cargo book time`, on a page of this project's own book, whose package is
//! built already. How long anything takes is no one's business here.

use std::process::Command;

use crate::book::{Run, package, program};

/// `cargo book time` with these words.
fn time(words: &[&str]) -> Run {
    let mut command = Command::new(program());
    command
        .args(["--root", "..", "--offline", "time"])
        .args(words);
    command.current_dir(package());
    Run::of(command.output().expect("the program runs"))
}

#[test]
fn every_cell_of_a_page_is_timed() {
    let run = time(&["preface.md"]);
    let text = &run.succeeds().stdout;
    let rows = text.lines().filter_map(|line| {
        let cells = line.strip_prefix("| preface.md ")?.split('|').skip(1);
        let numbers = cells.map_while(|cell| cell.trim().parse().ok());
        Some(numbers.collect::<Vec<f64>>())
    });
    let rows: Vec<Vec<f64>> = rows.collect();
    assert!(rows.len() > 1, "{text}");
    for (row, number) in rows.iter().zip(1..) {
        let [cell, output, own, done, repeat] = row[..] else {
            panic!("{row:?}");
        };
        assert!((cell - f64::from(number)).abs() < 0.5, "{row:?}");
        assert!(0.0 < output && output <= own && own <= done, "{row:?}");
        assert!(0.0 < repeat, "{row:?}");
    }
    assert!(text.contains("| output, median "), "{text}");
}

#[test]
fn a_page_that_is_not_there_is_named() {
    time(&["no-page.md"]).fails(&["no-page.md is no page of this book"]);
}
