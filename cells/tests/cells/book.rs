//! A small book as cargo, skeptic and a reader see it: written to a folder,
//! tested, changed, blessed.

use std::fs;
use std::path::{Path, PathBuf};

use cells::bless;

use crate::exercises::{MISTYPED, SOLVED, UNSOLVED, VERDICTS, assert_says_why};
use crate::fixture::{Fixture, Outcome};
use crate::live::a_reader_changes_and_runs_cells;
use crate::moved::a_book_is_known_from_its_copy;

/// Everything that works, with hidden lines, every kind of cell, and outputs
/// that say less than what is printed.
const GOOD: &str = "\
# A good page

A cell of the title.

```rust
println!(\"{}\", fixture::half(3.0));
```

```text
1.5
```

```rust
std::env::remove_var(\"CELLS_WORD\");
```

```rust
fixture::greet();
```

```text
hello
```

## Same heading

```rust
let x = 1.0 / 7.0;
let text = \"moved\".to_owned();
# let hidden = \"# not a heading\";
println!(\"x = {x}, {hidden}\");
```

~~~text
x = 0.14, # not a heading
~~~

```rust,no_run
std::process::exit(3);
```

```rust,should_panic
print!(\"{text}\");
drop(text);
let nothing: Option<i32> = None;
nothing.expect(\"nothing here\");
```

```text
moved
nothing here
```

```rust,compile_fail,E0382
drop(text);
drop(text);
```

```text
error[E0382]: use of moved value: `text`
```

> ```rust
> struct Loud;
> impl Drop for Loud {
>     fn drop(&mut self) {
>         println!(\"dropped\");
>     }
> }
> let loud = Loud;
> println!(\"{text}\\n\\n  {:.3}\", 2.0_f64.sqrt());
> ```
>
> ```text
> moved
>
>   1.41
> dropped
> ```

## Same heading

```rust,from=src/lib.rs
pub fn half(x: f64) -> f64 {
    // ...
    x / two
}
```

```rust
let n: i32 = \"12\".parse()?;
println!(\"{n}\")
```

```text
12
```

```rust,ignore (to show that it is reported)
unwritten!();
```

## Pictures

```rust,name=dots
let dot = |x: f64| {
    format!(\"<svg viewBox=\\\"0 0 9 9\\\">\\n<circle cx=\\\"{x:.2}\\\"/>\\n</svg>\")
};
print!(\"one, \");
cells::show(dot(1.0 / 3.0));
println!(\"two\");
std::thread::scope(|scope| scope.spawn(|| cells::show(dot(0.5))).join())
    .map_err(|_| \"the other thread\")?;
```

```text
one, two
```

![The first dot](figures/dot-1.svg)

*The first dot, `dot(1.0 / 3.0)`.*

![The second dot](./figures/dot-2.svg)

```rust,should_panic
cells::show(dot(2.0));
panic!(\"drawn\");
```

```text
drawn
```

![The third dot](figures/dot-3.svg)

And the first again:

![The first dot](figures/dot-1.svg)
";

/// The pictures of the good page: what is committed, and what is drawn.
const DOTS: [(&str, &str, &str); 3] = [
    ("dot-1", "0.34", "0.33"),
    ("dot-2", "0.50", "0.50"),
    ("dot-3", "1.99", "2.00"),
];

/// The file of a dot.
fn dot(x: &str) -> String {
    format!("<svg viewBox=\"0 0 9 9\">\n<circle cx=\"{x}\"/>\n</svg>\n")
}

const DATA: &str = "\
# Data

## A pair

```rust,needs-pair
println!(\"{}\", std::fs::read_to_string(\"data/pair/one\")?);
```

```text
1.41
```
";

const NEW: &str = "\
# New

```rust
println!(\"is new\");
```

```text
is new
```
";

/// Cells that end in an expression.
const VALUES: &str = "\
# Values

```rust
let places = vec![1.0, 1.0 / 3.0];
places // is not moved
```

```text
[1.0, 0.33]
```

```rust
# let seven = \"7\".parse::<i32>();
places
    .iter()
    .map(|place| 3.0 * place)
    .collect::<Vec<f64>>() /* several lines */
// and no more
```

```text
[3.0, 1.0]
```

```rust
seven?
```

```text
7
```

```rust
\"seven\".parse::<i32>()
```

```text
Err(ParseIntError { kind: InvalidDigit })
```

```rust
match places.len() {
    2 => \"two\",
    _ => \"many\",
}
```

```text
\"two\"
```

```rust
println!(\"nothing more\")
```

```text
nothing more
```

```rust
thread_local! { static NONE: () = () }
```

```rust
if places.is_empty() {
    return Ok(());
} else {
    drop(places)
}
```

```rust,should_panic
\"seven\".parse::<i32>().unwrap()
```

```text
called `Result::unwrap()` on an `Err` value: ParseIntError { kind: InvalidDigit }
```
";

/// Sections that do not compile together: for two do not compile, and two
/// others say what can be said once in a program.
const MIXED: &str = "\
# Mixed

## Sound

```rust
println!(\"sound\");
```

```text
sound
```

## Broken

```rust
let y: i32 = \"x\";
```

## Broken too

```rust
let y: i32 = \"x\";
```

And what is alone:

## Alone

<!-- A macro of the whole crate. -->

```rust
#[macro_export]
macro_rules! same {
    () => {};
}
println!(\"alone\");
```

```text
alone
```

## Alone too

<!-- The same. -->

```rust
#[macro_export]
macro_rules! same {
    () => {};
}
println!(\"alone\");
```

```text
alone
```
";

/// Sections that fail, each with what its test must say.
const BAD: [(&str, &[&str]); 23] = [
    (
        "## Digit\n\n```rust\nprintln!(\"a 0.97034 b\");\n```\n\n```text\n\
         a 0.9704 b\n```\n",
        &[
            "pages/digit.md:10: the page does not show what is printed by the cell at line 5",
            " - 10 | a 0.9704 b\n +    | a 0.97034 b\n      |   ^^^^^^^\n",
            "to accept what the cells print: cargo book bless",
        ],
    ),
    (
        "## Text\n\n```rust\nprintln!(\"one\\ntwo \");\n```\n\n```text\none\n\
         two\n```\n",
        &["pages/text.md:11:", " - 11 | two\n", " +    | two·\n"],
    ),
    (
        "## Compile\n\n```rust\nlet x = 1;\nlet y: i32 = \"x\";\n```\n",
        &["error[E0308]: mismatched types", "pages/compile.md:7:14"],
    ),
    (
        "## Mute\n\n```rust\nstruct Mute;\nlet mute = Mute;\nmute\n```\n",
        &[
            "error[E0277]: `Mute` doesn't implement `Debug`",
            "pages/mute.md:8:",
        ],
    ),
    (
        "## Value\n\n```rust\n(1..4).sum::<i32>()\n```\n\n```text\n7\n```\n",
        &["pages/value.md:10:", " - 10 | 7\n", " +    | 6\n"],
    ),
    (
        "## Forever\n\n```rust,timeout-1\nprintln!(\"first\");\n\
         loop { std::thread::park() }\n```\n",
        &["pages/forever.md:5: the cell was still running after 1 s"],
    ),
    (
        "## Flood\n\n```rust\nloop { println!(\"flood\"); }\n```\n",
        &["pages/flood.md:5: the cell printed more than 1024 KiB"],
    ),
    (
        "## Panic\n\n```rust\nlet x = 1;\n```\n\n```rust\neprintln!(\"oh\");\n\
         assert_eq!(x, 2);\n```\n",
        &[
            "pages/panic.md:11: the cell panicked:",
            "    assertion `left == right` failed\n      left: 1\n",
            "standard error of the section:\n\n    oh\n",
        ],
    ),
    (
        "## Resume\n\n```rust\nuse std::panic::{catch_unwind, resume_unwind};\n\
         let _ = catch_unwind(|| panic!(\"first\"));\n```\n\n```rust\n\
         resume_unwind(Box::new(\"second\"));\n```\n",
        &["pages/resume.md:10: the cell panicked:\n\n    second\n"],
    ),
    (
        "## Error\n\n```rust\nlet n: i32 = \"one\".parse()?;\n```\n",
        &["pages/error.md:5: the cell returned an error:\n\n    invalid digit"],
    ),
    (
        "## Exit\n\n```rust\nprint!(\"gone\");\nstd::process::exit(3);\n```\n",
        &["pages/exit.md:5: the cell ended its process (exit status: 3)"],
    ),
    (
        "## Overflow\n\n```rust\nfn down(n: u64) -> u64 { 1 + down(n + 1) }\n\
         assert!(down(1) > 0);\n```\n",
        &[
            "pages/overflow.md:5: the cell ended its process",
            "overflow",
        ],
    ),
    (
        "## Return\n\n```rust\nif true { return Ok(()); }\n```\n\n```rust\n\
         let x = 1;\n```\n",
        &["pages/return.md:9: the cell was never reached"],
    ),
    (
        "## Calm\n\n```rust,should_panic\nlet x = 1;\n```\n\n```text\n```\n",
        &["pages/calm.md:5: the cell is tagged `should_panic`, and came to"],
    ),
    (
        "## Message\n\n```rust,should_panic\npanic!(\"one\");\n```\n\n```text\n\
         two\n```\n",
        &["pages/message.md:10:", " - 10 | two\n", " +    | one\n"],
    ),
    (
        "## Compiles\n\n```rust,compile_fail,E0382\nlet x = 1;\n```\n",
        &["pages/compiles.md:5: the cell must fail to compile with E0382, and"],
    ),
    (
        "## Other\n\n```rust,compile_fail,E0382\nlet x: i32 = \"\";\n```\n",
        &[
            "pages/other.md:6: the cell must fail to compile with E0382 alone",
            "found `error[E0308]: mismatched types`",
        ],
    ),
    (
        "## Unshown\n\n```rust\nprintln!(\"nobody sees\");\n```\n",
        &[
            "pages/unshown.md:5: the cell prints, but no output follows it",
            "    nobody sees\n",
            "add an empty `text` block right after line 7",
        ],
    ),
    (
        "## Silent\n\n```rust\nif false { println!(); }\n```\n\n```text\n\
         something\n```\n",
        &["pages/silent.md:9: the cell at line 5 prints nothing: remove"],
    ),
    (
        "## Empty\n\n```rust\nprintln!(\"one\");\n```\n\n```text\n```\n",
        &["pages/empty.md:9: the output is empty", " +    | one\n"],
    ),
    (
        "## Drawn\n\n```rust\nlet svg = |text: &str| \
         format!(\"<svg>\\n<g x=\\\"1.5\\\"/>{text}\\n</svg>\");\n\
         cells::show(svg(\"0.52\"));\ncells::show(svg(\"b\"));\n```\n\n\
         ![a](figures/drift.svg)\n\n*A caption.*\n\n\
         ![b](figures/missing.svg)\n\n![c](figures/many.svg)\n\n\
         Next.\n\n```rust\ncells::show(svg(\"d\"));\n```\n",
        &[
            "pages/drawn.md:11: the picture pages/figures/drift.svg is not \
             what is drawn by the cell at line 5, first in this line\n\n \
             - 2 | <g x=\"1.4\"/>0.51\n \
             + 2 | <g x=\"1.5\"/>0.52\n                      ^\n",
            "pages/drawn.md:15: the picture pages/figures/missing.svg is not \
             there yet: the cell at line 5 draws it\n",
            "pages/drawn.md:17: the cell at line 5 does not show the picture \
             pages/figures/many.svg: it shows only 2; remove the image",
            "pages/drawn.md:21: the cell shows a picture, and no image \
             follows it: add the paragraph \
             `![what it shows](figures/NAME.svg)` right after line 23\n\
             then run: cargo book bless\n",
            "to accept what the cells draw: cargo book bless",
        ],
    ),
    (
        "## Blank\n\n```rust\nlet x = 1;\n\
         cells::show(\"<svg>\\n\\n</svg>\");\n```\n",
        &[
            "pages/blank.md:7: the cell panicked:\n\n    the picture cannot \
             be shown: its line 2 is blank",
        ],
    ),
    (
        "## Gallery\n\n```rust\n\
         let svg = format!(\"<svg>{}</svg>\", \"\\\"\".repeat(1_048_565));\n\
         loop { cells::show(&svg); }\n```\n",
        &["pages/gallery.md:5: the cell showed pictures of more than 4096 KiB"],
    ),
];

/// One test, for all its books are one package to cargo, one after the other,
/// and share what is built.
#[test]
fn books_are_tested_and_blessed() {
    let book = Fixture::new();
    what_is_good_passes_and_what_is_bad_says_why(&book);
    nothing_is_blessed_where_a_section_fails(&book);
    a_problem_of_a_page_fails_the_build(&book);
    let built = a_bless_brings_back_what_was_there(&book);
    a_book_is_known_from_its_copy(&book, &built);
    a_reader_changes_and_runs_cells(&book);
}

/// The data are not here yet.
fn what_is_good_passes_and_what_is_bad_says_why(book: &Fixture) {
    book.write("pages/new.md", NEW);
    book.write("pages/mixed.md", MIXED);
    book.write("pages/values.md", VALUES);
    book.write("pages/solved.md", SOLVED);
    book.write("pages/unsolved.md", UNSOLVED);
    book.write("pages/mistyped.md", MISTYPED);
    book.write("pages/good.md", GOOD);
    book.write("pages/data.md", DATA);
    let mut files: Vec<_> = BAD
        .iter()
        .map(|(section, _)| name(section) + ".md")
        .collect();
    for (file, (section, _)) in files.iter().zip(BAD) {
        book.write(&format!("pages/{file}"), &format!("# Bad\n\n{section}"));
    }
    let drift = "<svg>\r\n<g x=\"1.4\"/>0.51\r\n</svg>\r\n";
    book.write("pages/figures/drift.svg", drift);
    for (name, committed, _) in DOTS {
        book.write(&figure(name), &dot(committed));
    }
    let pages = ["good.md", "data.md", "new.md", "mixed.md", "values.md"];
    files.extend(pages.map(String::from));
    let exercises = ["solved.md", "unsolved.md", "mistyped.md"];
    files.extend(exercises.map(String::from));
    book.list(&files.iter().map(String::as_str).collect::<Vec<_>>());

    let outcome = book.test(None, &[]);
    let mut verdicts = outcome.verdicts();
    for (section, messages) in BAD {
        for message in messages {
            outcome.assert_says(message);
        }
        let start = format!("{}_sect_", name(section));
        let its = verdicts.extract_if(.., |it| it.starts_with(&start));
        let failed: Vec<_> = its.map(|it| it.ends_with(" FAILED")).collect();
        assert_eq!(failed, [true], "{start}\n{}", outcome.text);
    }
    let is_of_exercises = |it: &mut String| {
        let pages = ["solved", "unsolved", "mistyped"];
        pages
            .iter()
            .any(|page| it.starts_with(&format!("{page}_sect_")))
    };
    let found: Vec<String> = verdicts.extract_if(.., is_of_exercises).collect();
    assert_eq!(found, VERDICTS, "{}", outcome.text);
    assert_says_why(&outcome);
    assert_eq!(
        verdicts,
        [
            "data_sect_a_pair_compiles_line_5 ok",
            "data_sect_a_pair_line_5 ignored",
            "good_sect_a_good_page_line_5 ok",
            "good_sect_pictures_line_105 ok",
            "good_sect_same_heading_line_27 ok",
            "good_sect_same_heading_line_54_compile_fail ok",
            "good_sect_same_heading_line_90 ok",
            "good_sect_same_heading_line_99 ignored",
            "mixed_sect_alone_line_31 ok",
            "mixed_sect_alone_too_line_47 ok",
            "mixed_sect_broken_line_15 FAILED",
            "mixed_sect_broken_too_line_21 FAILED",
            "mixed_sect_sound_line_5 ok",
            "new_sect_new_line_3 ok",
            "values_sect_values_line_3 ok",
        ]
    );
    for (name, own, other) in [
        (
            "broken_line_15",
            "pages/mixed.md:16:14",
            "pages/mixed.md:22:14",
        ),
        (
            "broken_too_line_21",
            "pages/mixed.md:22:14",
            "pages/mixed.md:16:14",
        ),
    ] {
        let said = outcome.said_by(&format!("mixed_sect_{name}"));
        assert!(said.contains(own) && !said.contains(other), "{said}");
    }
    outcome.assert_says(
        "needs pair, which is not in data/pair: run `cargo book data`",
    );
    assert!(!outcome.text.contains("--extern"), "{}", outcome.text);
}

/// Two pages are blessed, on one of which a cell does not compile.
fn nothing_is_blessed_where_a_section_fails(book: &Fixture) {
    let stale = book.read("pages/digit.md");
    let problems = book.bless(&["compile", "digit"]).unwrap_err();
    assert_eq!(problems.len(), 1, "{problems:#?}");
    assert!(
        problems[0].to_string().starts_with(
            "pages/compile.md:3: `compile_sect_compile_line_5` did not"
        ),
        "{problems:#?}"
    );
    assert_eq!(book.read("pages/digit.md"), stale);
}

fn figure(name: &str) -> String {
    format!("pages/figures/{name}.svg")
}

/// The name of the page of a bad section, and of its test.
fn name(section: &str) -> String {
    section[3..].lines().next().unwrap().to_lowercase()
}

/// The message has its line.
fn a_problem_of_a_page_fails_the_build(book: &Fixture) {
    book.write("pages/text.md", "# Text\n\n```rust,no_rum\n1;\n```\n");
    let outcome = book.test(None, &[]);
    assert!(!outcome.passed);
    outcome.assert_says(
        "pages/text.md:3: unknown tag `no_rum`; did you mean `no_run`?",
    );
}

/// After the last run all pages but four go, a heading is renamed, the data arrive,
/// and digits rot.
fn a_bless_brings_back_what_was_there(book: &Fixture) -> Outcome {
    for (section, _) in BAD {
        let page = format!("pages/{}.md", name(section));
        fs::remove_file(book.root.join(page)).unwrap();
    }
    for page in ["mixed", "unsolved", "mistyped"] {
        let page = format!("pages/{page}.md");
        fs::remove_file(book.root.join(page)).unwrap();
    }
    book.list(&["good.md", "data.md", "new.md", "values.md", "solved.md"]);
    fs::remove_dir_all(book.root.join("pages/figures")).unwrap();
    book.write(&figure("dot-1"), &dot("0.34"));
    book.write(&figure("dot-3"), &dot("2.02"));
    book.write("data/pair/one", "1.5");
    let renamed = GOOD.replacen("## Same", "## Another", 1);
    let rotten = renamed
        .replace("0.14,", "0.19,")
        .replace("1.41", "7.41")
        .replace("nothing here\n```", "something here\n```")
        .replace("use of moved", "use of a moved")
        .replace("\n12\n", "\n13\nand more\n");
    book.write("pages/good.md", &rotten);
    book.write("pages/values.md", &VALUES.replace("0.33", "0.34"));
    let outcome = book.test(None, &[]);
    assert_eq!(
        outcome.verdicts(),
        [
            "data_sect_a_pair_line_5 FAILED",
            "good_sect_a_good_page_line_5 ok",
            "good_sect_another_heading_line_27 FAILED",
            "good_sect_another_heading_line_54_compile_fail FAILED",
            "good_sect_pictures_line_106 FAILED",
            "good_sect_same_heading_line_100 ignored",
            "good_sect_same_heading_line_90 FAILED",
            "new_sect_new_line_3 ok",
            "solved_sect_1_1_twice_a_half_line_39 ok",
            "solved_sect_1_1_twice_a_half_solution_line_39 ok",
            "solved_sect_1_1_twice_a_half_starter_line_7 ok",
            "solved_sect_1_1_twice_a_half_wrong_line_24 ok",
            "solved_sect_1_1_twice_a_half_wrong_line_30 ok",
            "values_sect_values_line_3 FAILED",
        ]
    );

    // What was there comes back byte for byte, and then nothing changes.
    let blessed = book.bless(&[]).unwrap();
    assert_eq!(
        blessed.changed,
        ["good.md", "data.md", "values.md"]
            .map(|page| Path::new("pages").join(page))
    );
    assert_eq!(
        blessed.drawn,
        ["dot-2", "dot-3"].map(|it| PathBuf::from(figure(it)))
    );
    assert_eq!(blessed.notes, []);
    for (name, committed, drawn) in DOTS {
        let is_true = name == "dot-1";
        let wanted = if is_true { committed } else { drawn };
        assert_eq!(book.read(&figure(name)), dot(wanted));
    }
    assert_eq!(book.read("pages/good.md"), renamed);
    assert_eq!(book.read("pages/data.md"), DATA.replace("1.41", "1.5"));
    assert_eq!(book.read("pages/values.md"), VALUES);
    assert_eq!(book.bless(&[]), Ok(bless::Blessed::default()));

    // What was written has brought the tests back once, and does no more.
    let outcome = book.test(None, &[]);
    assert!(outcome.passed, "{}", outcome.text);
    assert!(!outcome.text.contains("Compiling"), "{}", outcome.text);
    outcome
}
