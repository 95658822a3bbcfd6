//! Exercises with their checks, and guesses: what a page may say, and what its
//! tests find.

use cells::Book;

use crate::fixture::Outcome;
use crate::problems::{assert_good, assert_problem, book};

/// An exercise whose check tells right from wrong.
pub const SOLVED: &str = "\
# Solved

## 1-1 Twice a half

Halves are many.

```rust,starter
use std::collections::BTreeMap;
fn twice(x: f64) -> f64 {
    todo!()
}
```

```rust,check
use std::collections::BTreeMap;
let none = BTreeMap::from([(1, 0.0)]);
for x in [1.5, -3.0] {
    let (found, expected) = (twice(x), 4.0 * fixture::half(x));
    assert!(found == expected, \"twice {x} is {expected}, found {found}\");
}
assert_eq!(twice(none[&1]), 0.0, \"of nothing there is nothing\");
```

```rust,wrong
fn twice(x: f64) -> f64 {
    x + 1.5
}
```

```rust,wrong
fn twice(x: f64) -> f64 {
    println!(\"{x}\");
    x.abs() * 2.0
}
```

A solution is a cell as any other.

```rust,solution
fn twice(x: f64) -> f64 {
    2.0 * x
}
twice(0.25)
```

```text
0.5
```

```rust
twice(0.5)
```

```text
1.0
```
";

/// Exercises whose checks do not.
pub const UNSOLVED: &str = "\
# Unsolved

## 1-2 All pass

```rust,starter
let x = 1;
```

```rust,wrong
let x = 2;
```

```rust,wrong
let x = 3;
```

```rust,check
assert!(x < 3, \"three is too many\");
```

```rust,solution
let x = 4;
```

## 1-3 Nothing is said

```rust,starter
let x: i32 = todo!();
```

```rust,check
assert_ne!(x, 0);
let y = 6 / (x - 1);
```

```rust,wrong
let x = 0;
```

```rust,wrong
let x: i32 = \"x\".parse().unwrap();
```

```rust,wrong
let x: i32 = \"y\".parse()?;
```

```rust,solution
let x = 2;
```
";

/// One of whose answers does not compile.
pub const MISTYPED: &str = "\
# Mistyped

## 1-4 Letters

```rust,starter
let x = 0;
```

```rust,check
assert_eq!(x, 1, \"one\");
```

```rust,wrong
let x = \"1\";
```

```rust,wrong
let x = 2;
```

```rust,solution
let x = 1;
```
";

/// The verdicts on these pages.
pub const VERDICTS: [&str; 21] = [
    "mistyped_sect_1_4_letters_line_21 ok",
    "mistyped_sect_1_4_letters_solution_line_21 ok",
    "mistyped_sect_1_4_letters_starter_line_5 ok",
    "mistyped_sect_1_4_letters_wrong_line_13 FAILED",
    "mistyped_sect_1_4_letters_wrong_line_17 ok",
    "solved_sect_1_1_twice_a_half_line_39 ok",
    "solved_sect_1_1_twice_a_half_solution_line_39 ok",
    "solved_sect_1_1_twice_a_half_starter_line_7 ok",
    "solved_sect_1_1_twice_a_half_wrong_line_24 ok",
    "solved_sect_1_1_twice_a_half_wrong_line_30 ok",
    "unsolved_sect_1_2_all_pass_line_21 ok",
    "unsolved_sect_1_2_all_pass_solution_line_21 FAILED",
    "unsolved_sect_1_2_all_pass_starter_line_5 FAILED",
    "unsolved_sect_1_2_all_pass_wrong_line_13 ok",
    "unsolved_sect_1_2_all_pass_wrong_line_9 FAILED",
    "unsolved_sect_1_3_nothing_is_said_line_48 ok",
    "unsolved_sect_1_3_nothing_is_said_solution_line_48 ok",
    "unsolved_sect_1_3_nothing_is_said_starter_line_27 ok",
    "unsolved_sect_1_3_nothing_is_said_wrong_line_36 FAILED",
    "unsolved_sect_1_3_nothing_is_said_wrong_line_40 FAILED",
    "unsolved_sect_1_3_nothing_is_said_wrong_line_44 FAILED",
];

/// What the tests that fail say.
pub fn assert_says_why(outcome: &Outcome) {
    for (name, said) in [
        (
            "mistyped_sect_1_4_letters_wrong_line_13",
            "pages/mistyped.md:13: exercise 1-4 Letters: the wrong answer \
             does not compile with the check:",
        ),
        (
            "unsolved_sect_1_2_all_pass_solution_line_21",
            "pages/unsolved.md:21: exercise 1-2 All pass: the solution does \
             not pass the check: it panicked at pages/unsolved.md:18:\n\n    \
             three is too many\n",
        ),
        (
            "unsolved_sect_1_2_all_pass_starter_line_5",
            "pages/unsolved.md:5: exercise 1-2 All pass: the starter passes \
             the check",
        ),
        (
            "unsolved_sect_1_2_all_pass_wrong_line_9",
            "pages/unsolved.md:9: exercise 1-2 All pass: the wrong answer \
             passes the check",
        ),
        (
            "unsolved_sect_1_3_nothing_is_said_wrong_line_36",
            "pages/unsolved.md:36: exercise 1-3 Nothing is said: the wrong \
             answer fails by an assertion that says nothing to a reader: it \
             panicked at pages/unsolved.md:32:",
        ),
        (
            "unsolved_sect_1_3_nothing_is_said_wrong_line_40",
            "pages/unsolved.md:40: exercise 1-3 Nothing is said: the wrong \
             answer fails, but not by what the check says: it panicked at \
             pages/unsolved.md:41:\n\n    called `Result::unwrap()`",
        ),
        (
            "unsolved_sect_1_3_nothing_is_said_wrong_line_44",
            "the cell returned an error:",
        ),
    ] {
        let found = outcome.said_by(name);
        assert!(found.contains(said), "no {said} in {found}");
    }
}

/// A page of an exercise, some of whose cells are others.
fn exercise(changes: &[(&str, &str)]) -> String {
    let cells = ["starter", "check", "wrong", "wrong", "solution"];
    let cells = cells.map(|tag| format!("```rust,{tag}\n1;\n```\n"));
    let mut page = format!("## 1-1 One\n{}", cells.concat());
    for (old, new) in changes {
        assert!(page.contains(old), "{old}");
        page = page.replacen(old, new, 1);
    }
    page
}

#[test]
fn an_exercise_is_whole() {
    assert_good(&exercise(&[]));
    assert_good(&exercise(&[("solution", "solution,name=a,timeout-3")]));
    assert_good(&exercise(&[("check", "check,needs-pair")]));
    let plain = |tag| (tag, "ignore (gone)");
    for (changes, line, message) in [
        (
            &[("1-1 One", "One")][..],
            3,
            "a cell of an exercise below the heading \"One\"",
        ),
        (
            &[plain("starter")],
            6,
            "exercise 1-1 has a `check`, and no `st",
        ),
        (&[plain("check")], 3, "has a `starter`, and no `check`"),
        (
            &[plain("solution")],
            3,
            "and no `solution`: it needs a cell",
        ),
        (&[plain("wrong")], 3, "exercise 1-1 has 1 wrong answers"),
        (&[("wrong", "check")], 9, "a second `check` of exercise 1-1"),
        (
            &[("check", "check,no_run")],
            6,
            "`check` and `no_run` contradict",
        ),
        (&[("check", "check,wrong")], 6, "contradict each other"),
        (&[("check", "check,name=a")], 6, "a name, but a `check`"),
        (
            &[("check\n1;\n```\n", "check\n1;\n```\n```text\n1\n```\n")],
            9,
            "an output under a cell that is tagged `check`",
        ),
    ] {
        let page = exercise(changes);
        // One that is gone may be one too few as well.
        let is_short = changes == [("wrong", "check")];
        let page = page
            + if is_short {
                "```rust,wrong\n1;\n```\n"
            } else {
                ""
            };
        assert_problem(&page, line, message);
    }
}

#[test]
fn an_exercise_has_its_cells() {
    let folder = book(&[("page.md", SOLVED)]);
    let book = Book::load(folder.path()).unwrap();
    let page = &book.pages[0];
    let numbers: Vec<usize> = page.cells().map(|cell| cell.number).collect();
    assert_eq!(numbers, [1, 2]);
    let exercise = &page.exercises[0];
    assert_eq!(exercise.number, "1-1");
    assert_eq!(exercise.title, "Twice a half");
    assert_eq!(exercise.starter.anchor, "starter-1-1");
    let lines: Vec<usize> =
        exercise.answers().iter().map(|cell| cell.line).collect();
    assert_eq!(lines, [7, 24, 30, 39]);
}

/// A guess before a cell that prints.
fn guess(answers: &[&str], between: &str, output: &str) -> String {
    let answers: Vec<String> =
        answers.iter().map(|it| format!("> {it}\n")).collect();
    format!(
        "> **Guess.** What is it?\n>\n{}{between}\n```rust\nprintln!();\n```\n\
         {output}",
        answers.concat()
    )
}

#[test]
fn a_guess_is_one_of_what_is_printed() {
    let output = "\n```text\na is 2.25 or\n[-3.0, 0.5] True-ly\n```\n";
    for answers in [
        &["- [x] 2.25"][..],
        &["- [x] 2.2"],
        &["- [x] -3"],
        &["- [x] \u{2212}3"],
        &["- [ ] 2.25", "- [x] (-3, 0.5)", "- [ ] (3, -0.5)"],
        &["- [x] `true`", "- [ ] false"],
        &["- [x] or -3", "- [ ] 3"],
    ] {
        assert_good(&guess(answers, "", output));
    }
    assert_good(&guess(&["- [x] 7"], "", "\n```text\n```\n"));
    assert_good(&guess(&["- [x] 2.25", "- [ ] \u{2212}2.25"], "", output));
    for (answers, between, output, message) in [
        (
            &["- [x] 2.24"][..],
            "",
            output,
            "does not stand in the output at",
        ),
        (&["- [x] 3"], "", output, "does not stand in the output"),
        (&["- [x] -3.00"], "", output, "does not stand in the output"),
        (
            &["- [x] two"],
            "",
            output,
            "is no number for a reader to write",
        ),
        (
            &["- [ ] 2.25"],
            "",
            output,
            "0 of the answers of this guess are",
        ),
        (
            &["- [x] 2.25", "- [x] -3.0"],
            "",
            output,
            "2 of the answers of this guess are right",
        ),
        (
            &["- [x] 2.25", "- [ ] 2.2"],
            "",
            output,
            "the answer \"2.2\" is as right as \"2.25\"",
        ),
        (
            &["- [x] 2.2", "- [ ] 2.25"],
            "",
            output,
            "the answer \"2.25\" is as right",
        ),
        (&["- [x] true", "- [ ] True"], "", output, "is as right as"),
        (
            &["- [x] 2.25", "- 3"],
            "",
            output,
            "\"3\" of this guess has no box",
        ),
        (&["none"], "", output, "a guess without answers"),
        (
            &["- [x] 2.25"],
            "\nText.\n",
            output,
            "a guess stands right before the cell",
        ),
        (&["- [x] 2.25"], "", "", "which has no output"),
    ] {
        assert_problem(&guess(answers, between, output), 2, message);
    }
    assert_good("> **Guess** what.\n\nText.\n");
}
