//! Guesses and exercises: on the page, and in files of the reader's own.

use std::fs;
use std::process::{Command, Stdio};

use tempfile::TempDir;

use crate::book::{Book, Run, package, program};

const PAGE: &str = "# One\n\n> **Guess.** How *many*?\n>\n> - [ ] 1\n\
    > - [x] 2.5\n\n```rust\nprintln!(\"2.5\");\n```\n\n```text\n2.5\n```\n\n\
    ## Exercises\n\n**1-1** *Twice.* Write it.\n\n**1-2** *Not.* Do not.\n";

const SOLUTIONS: &str = "# Solutions\n\n## 1-1 Twice\n\nSo:\n\n\
    ```rust,solution\nlet two = 2;\n```\n\n\
    ```rust,starter\nlet two = 0;\n```\n\n\
    ```rust,check\nassert_eq!(two, 2, \"secret\");\n```\n\n\
    ```rust,wrong\nlet two = 12345;\n```\n\n\
    ```rust,wrong\nlet two = 54321;\n```\n\nAfter.\n\n\
    ## 1-2 Not\n\nNothing.\n";

/// A book with an exercise that is checked.
fn book() -> Book {
    let book = Book::new("");
    book.page(PAGE);
    book.write("chapters/solutions.md", SOLUTIONS);
    book.write(
        "chapters/SUMMARY.md",
        "# Summary\n\n- [One](one.md)\n- [Solutions](solutions.md)\n",
    );
    book
}

/// The parts are there, one below the other.
#[track_caller]
fn assert_has(html: &str, parts: &[&str]) {
    let mut rest = html;
    for part in parts {
        let Some((_, below)) = rest.split_once(part) else {
            panic!("no {part} in {rest}");
        };
        rest = below;
    }
}

#[test]
fn a_guess_and_an_exercise_are_set() {
    let book = book();
    book.run(&["build"]).succeeds();
    let page = book.read("target/book/one.html");
    assert_has(
        &page,
        &[
            "<div class=\"guess\">\n<blockquote>\n<p><strong>Guess.</strong>",
            "type=\"checkbox\" checked=\"\"> 2.5</li>\n</ul>\n\
             <div class=\"guess-act\"></div>",
            "</blockquote>\n</div>",
            "<figure class=\"cell guessed\" id=\"cell-",
            "<section class=\"exercise\" id=\"ex-1-1\">",
            "Write it.</p>\n<figure class=\"cell starter\" id=\"starter-1-1\">",
            "<code>cargo book exercises 1-1</code>",
            "let two = 0;",
            "</figure>\n<details class=\"solution\">",
            "In 1 of Solutions</a>",
            "let two = 2;",
            "<p>After.</p>",
            "<section class=\"exercise\" id=\"ex-1-2\">",
        ],
    );
    let solutions = book.read("target/book/solutions.html");
    assert_has(&solutions, &[">In 1</a>", "let two = 2;", "<p>After.</p>"]);
    for hidden in ["secret", "12345", "54321"] {
        assert!(!page.contains(hidden), "{hidden}");
        assert!(!solutions.contains(hidden), "{hidden}");
    }
    assert!(!solutions.contains("let two = 0;"));
}

#[test]
fn checks_are_on_the_page_of_solutions() {
    let book = book();
    let exercise = SOLUTIONS.split_once("## 1-1").expect("it is there").1;
    let exercise = exercise.split("## 1-2").next().unwrap_or_default();
    book.page(&format!("{PAGE}\n## 1-1{exercise}"));
    book.run(&["build"]).fails(&[
        "chapters/one.md:34: the check of exercise 1-1, but only the page \
         titled Solutions has checks",
    ]);
}

/// `cargo book exercises` on this project's own book, whose package is built.
fn exercises(folder: &TempDir, arguments: &[&str]) -> Run {
    let output = Command::new(program())
        .args(["exercises", "--root"])
        .arg(package().join(".."))
        .arg("--folder")
        .arg(folder.path().join("new"))
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .expect("it runs");
    Run::of(output)
}

#[test]
fn an_answer_is_checked_in_its_file() {
    let folder = TempDir::new().expect("a folder");
    let list = exercises(&folder, &["--list"]);
    list.succeeds();
    let is_one = |line: &&str| line.ends_with("-a-cold-start.rs");
    let line = list.stdout.lines().find(is_one).expect("an exercise");
    let (state, path) = line.trim().split_once("  ").expect("two columns");
    assert_eq!(state, "to do");
    let name = path.rsplit('/').next().expect("a name");
    let number = name.strip_suffix("-a-cold-start.rs").expect("a number");
    let starter = fs::read_to_string(path).expect("a file");
    assert!(starter.starts_with(&format!("// **{number}** *A cold start.*")));
    let library = fs::read_to_string(folder.path().join("new/exercises.rs"));
    let library = library.expect("a library");
    assert!(
        library.contains(&format!("#[path = {name:?}]")),
        "{library}"
    );

    let check = |code: &str| {
        fs::write(path, code).expect("a file");
        exercises(&folder, &[number])
    };
    let run = check("// A line.\nfn length(_: i32) -> f64 {\n    todo!()\n}\n");
    run.fails(&["is not solved yet"]);
    let place = format!("{path}:3: not yet implemented");
    assert!(run.stdout.contains(&place), "{}", run.stdout);

    let run = check("fn length(_: i32) -> f64 { println!(\"mine\"); 1.0 }");
    run.fails(&["is not solved yet"]);
    assert_has(&run.stdout, &["not yet", "mine", "step 1 is 3.162 times"]);
    assert!(!run.stdout.contains("assert"), "{}", run.stdout);

    let run = check("fn length(_: i32) -> f64 { \"1\" }");
    let place = format!("--> {path}:1:28");
    assert!(run.stdout.contains(&place), "{}", run.stdout);

    let run = check("fn other() {}");
    assert_has(&run.stdout, &["the check uses your answer", "`length`"]);
    assert!(!run.stdout.contains("assert"), "{}", run.stdout);

    let solution = exercises(&folder, &["--solution", number]);
    solution.succeeds();
    let right = solution.stdout;
    let run = check(&right);
    run.succeeds();
    assert!(
        run.stdout.contains("A cold start: solved"),
        "{}",
        run.stdout
    );

    // What is written stays.
    let list = exercises(&folder, &["--list"]);
    assert!(list.stdout.contains(&format!("solved  {path}")));
    assert_eq!(fs::read_to_string(path).expect("a file"), right);
    exercises(&folder, &["99-9"]).fails(&["no exercise 99-9 has a check"]);
}
