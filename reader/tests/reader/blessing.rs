//! `bless`: outputs become what the cells print, or no page changes.
//!
//! In cargo's place runs a script that leaves the records that the book's test
//! would leave. That test itself is the business of the crate `cells`.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use cells::record::{CellRecord, Record};

use crate::book::{Book, Run};

/// A book of two pages, with one cell each.
fn book() -> Book {
    let book = Book::new("");
    book.write(
        "chapters/SUMMARY.md",
        "# Summary\n\n- [One](one.md)\n- [Two](two.md)\n",
    );
    book.page(&page("0.5"));
    book.write("chapters/two.md", page("0.5"));
    book.write(
        "cargo",
        "#!/bin/sh\necho \"$@\" > asked\ncp records/* \"$CELLS_RECORD\"\n",
    );
    let mode = fs::Permissions::from_mode(0o755);
    fs::set_permissions(book.root().join("cargo"), mode).expect("a script");
    book
}

fn page(output: &str) -> String {
    format!(
        "# Page\n\n## Half\n\n```rust\nprintln!(\"{{}}\", 0.25 * 3.0);\n```\n\n\
         ```text\n{output}\n```\n"
    )
}

/// Has the test of each page leave what its cell printed, or why it failed.
fn record(book: &Book, printed: &str, failure: Option<&str>) {
    let pages = cells::Book::load(&book.root()).expect("a good book").pages;
    for page in pages {
        let section = &page.sections[0];
        let name = section.test_name(&page);
        let record = Record {
            page: page.path.display().to_string(),
            name: name.clone(),
            cells: vec![CellRecord {
                line: section.cells[0].line,
                printed: printed.to_owned(),
                pictures: section.cells[0]
                    .pictures
                    .iter()
                    .map(|_| "<svg></svg>".to_owned())
                    .collect(),
            }],
            failure: failure.map(str::to_owned),
        };
        let json = serde_json::to_string(&record).expect("JSON");
        book.write(&format!("records/{name}.json"), json);
    }
}

fn bless(book: &Book, arguments: &[&str]) -> Run {
    let arguments = [&["bless"], arguments].concat();
    let mut command = book.command(&arguments);
    command.env("CARGO", book.root().join("cargo"));
    Run::of(command.output().expect("it runs"))
}

#[test]
fn pictures_become_what_the_cells_draw() {
    let book = book();
    let drawn = page("0.75") + "\n![A figure](figures/a.svg)\n";
    book.write("chapters/two.md", drawn);
    record(&book, "0.75\n", None);
    assert_eq!(
        bless(&book, &[]).succeeds().stdout,
        "chapters/one.md:9: blessed\nchapters/figures/a.svg: drawn\n\
         1 output and 1 picture changed\n"
    );
    assert_eq!(book.read("chapters/figures/a.svg"), "<svg></svg>\n");
    assert_eq!(bless(&book, &[]).succeeds().stdout, "nothing to change\n");
}

#[test]
fn outputs_become_what_the_cells_print() {
    let book = book();
    record(&book, "0.75\n", None);
    let run = bless(&book, &[]);
    run.succeeds();
    assert_eq!(
        run.stdout,
        "chapters/one.md:9: blessed\nchapters/two.md:9: blessed\n\
         2 outputs changed\n"
    );
    assert_eq!(book.read("chapters/one.md"), page("0.8"));
    assert_eq!(book.read("asked"), "test --test skeptic -- one_ two_\n");
    assert_eq!(bless(&book, &[]).succeeds().stdout, "nothing to change\n");
}

#[test]
fn one_page_can_be_blessed() {
    for name in ["two.md", "chapters/two.md"] {
        let book = book();
        record(&book, "0.75\n", None);
        let run = bless(&book, &[name, "--offline"]);
        assert_eq!(
            run.succeeds().stdout,
            "chapters/two.md:9: blessed\n1 output changed\n"
        );
        assert_eq!(book.read("chapters/one.md"), page("0.5"));
        let asked = "test --test skeptic --offline -- two_\n";
        assert_eq!(book.read("asked"), asked);
    }
    bless(&book(), &["three.md"])
        .fails(&["three.md is no page", "chapters/one.md, chapters/two.md"]);
}

#[test]
fn a_failing_cell_keeps_every_page_as_it_is() {
    let book = book();
    record(&book, "0.75\n", Some("the cell panicked:\nlong story"));
    let run = bless(&book, &[]);
    run.fails(&["chapters/one.md:3: ", "no page was changed"]);
    assert!(!run.stderr.contains("long story"), "the test run tells it");
    fs::remove_dir_all(book.root().join("records")).expect("a folder");
    record(&book, "0.75\n", None);
    let records = book.list("records");
    fs::remove_file(book.root().join("records").join(&records[0]))
        .expect("a file");
    bless(&book, &[]).fails(&["did not come to run", "no page was changed"]);
    for path in ["chapters/one.md", "chapters/two.md"] {
        assert_eq!(book.read(path), page("0.5"));
    }
}
