//! Every mistake of a book is found when it is read, with its line.

use std::fs;
use std::path::Path;

use cells::{Book, Kind, Page, Problem};
use tempfile::TempDir;

use crate::BOOK;

const SOURCE: &str = "\
//! A file to show lines of.

mod inner {
    pub fn first() {
        one();

        two();
        // ANCHOR: three
        three();
        // ANCHOR_END: three
    }
}
";

/// A book of the given pages, which its summary lists.
pub fn book(pages: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let write = |path: &str, text: &[u8]| {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    let sum = "0123456789abcdef".repeat(4);
    write("book.toml", BOOK.replace("SUM", &sum).as_bytes());
    write("src/shown.rs", SOURCE.as_bytes());
    let mut summary = vec!["# Summary\n".to_owned()];
    for (name, text) in pages {
        write(&format!("pages/{name}"), text.as_bytes());
        summary.push(format!("- [Page]({name})"));
    }
    write("pages/SUMMARY.md", summary.join("\n").as_bytes());
    folder
}

fn problems(folder: &TempDir) -> Vec<String> {
    match Book::load(folder.path()) {
        Ok(_) => Vec::new(),
        Err(problems) => problems.iter().map(Problem::to_string).collect(),
    }
}

/// A page with this body below its title has this one problem.
#[track_caller]
pub fn assert_problem(body: &str, line: usize, message: &str) {
    let folder = book(&[("page.md", &format!("# Page\n{body}"))]);
    let problems = problems(&folder);
    let start = format!("pages/page.md:{line}: ");
    let is_it = matches!(problems.as_slice(), [problem]
        if problem.starts_with(&start) && problem.contains(message));
    assert!(is_it, "expected {start}...{message}, found {problems:#?}");
}

#[track_caller]
pub fn assert_good(body: &str) {
    let folder = book(&[("page.md", &format!("# Page\n{body}"))]);
    assert_eq!(problems(&folder), Vec::<String>::new(), "{body}");
}

#[test]
fn tags_are_known_or_refused() {
    let tags = |tags: &str| format!("```{tags}\nprint!(\"a\");\n```\n");
    for good in [
        "rust",
        "rust no_run",
        "rust , no_run",
        "rust,editable,noplayground,mdbook-runnable",
        "rust,ignore (no such crate, alas)",
        "rust,needs-pair,timeout-300",
        "rust,name=a-b-2",
        "rust,no_run,name=2",
        "rust,compile_fail,E0382",
        "toml",
        "console",
        "rust-session",
        "",
    ] {
        assert_good(&tags(good));
    }
    for (bad, message) in [
        (
            "rust,should-panic",
            "`should-panic`; did you mean `should_panic`?",
        ),
        ("rust,no_rum", "did you mean `no_run`?"),
        ("rust,need-pair", "did you mean `needs-`?"),
        (
            "rust,quux",
            "unknown tag `quux`. The tags of a cell are: should_",
        ),
        ("rust,compile_fail", "needs the one error code"),
        ("rust,compile_fail,E0382,E0499", "needs the one error code"),
        ("rust,compile_fail,E38", "unknown tag `E38`"),
        (
            "rust,E0382",
            "the error code `E0382` without `compile_fail`",
        ),
        ("rust,no_run,should_panic", "contradict each other"),
        ("rust,no_run,no_run", "there twice"),
        ("rust,ignore", "`ignore` needs its reason"),
        ("rust,ignore ()", "`ignore` needs its reason"),
        ("rust,ignore (why", "a `(` without its `)`"),
        ("rust,no_run (why)", "only `ignore` takes a comment"),
        ("rust,edition2024", "the one edition"),
        ("rust,timeout-0", "expected whole seconds"),
        ("rust,timeout-1s", "expected whole seconds"),
        ("rust,no_run,timeout-5", "`no_run` is never run"),
        ("rust,needs-", "unknown tag `needs-`"),
        ("rust,needs-mnist", "no data set `mnist`"),
        ("rust,name=", "`name=`: a name has only a-z, 0-9 and `-`"),
        ("rust,name=Bill", "`name=Bill`: a name has only"),
        (
            "rust,name-bill",
            "unknown tag `name-bill`; did you mean `name=`?",
        ),
        ("rust,name=a,name=b", "the name `b` is a second one"),
        ("rustxname=a", "begin with `rust`, found `rustxname=a`"),
        ("rust,hidelines=!", "unknown tag `hidelines=!`"),
        ("Rust", "is this meant to be `rust`?"),
        ("rs", "is this meant to be `rust`?"),
        ("rsut,no_run", "is this meant to be `rust`?"),
        ("{.rust}", "is this meant to be `rust`?"),
        ("txt", "is this meant to be `text`?"),
        ("tex", "is this meant to be `text`?"),
        ("rst", "is this meant to be `rust`?"),
        ("Text", "is this meant to be `text`?"),
        ("should_panic", "begin with `rust`, found `should_panic`"),
        ("editable,rust", "begin with `rust`, found `editable`"),
        ("text,ignore", "an output takes no tags, found `ignore`"),
        ("r st", "is this meant to be `rust`?"),
        ("te,t", "is this meant to be `text`?"),
        ("rustxno_run", "begin with `rust`, found `rustxno_run`"),
        (
            "rust-ignore (why)",
            "begin with `rust`, found `rust-ignore`",
        ),
    ] {
        assert_problem(&tags(bad), 2, message);
    }
}

#[test]
fn outputs_follow_their_cells() {
    let cell = "```rust\nprintln!(\"a\");\n```\n";
    let output = "```text\na\n```\n";
    assert_good(&format!("{cell}{output}"));
    assert_good(&format!("{cell}\n\n\n{output}"));
    assert_good(&format!("{cell}\nWords.\n\n```\na\n```\n"));
    for language in ["", "latex", "console"] {
        let block = format!("```{language}\na\n```\n");
        for tag in ["", ",no_run", ",compile_fail,E0382"] {
            let cell = cell.replace("rust", &format!("rust{tag}"));
            assert_problem(&format!("{cell}\n{block}"), 6, "is its output");
        }
    }
    let orphan = "an output with no cell before it";
    assert_problem(output, 2, orphan);
    assert_problem(&format!("{cell}\nWords.\n\n{output}"), 8, orphan);
    assert_problem(&format!("{cell}\n## Next\n\n{output}"), 8, orphan);
    assert_problem(&format!("{cell}\n{output}\n{output}"), 10, orphan);
    assert_problem(
        &format!("{cell}\n<br>\n\n```toml\n```\n{output}"),
        10,
        orphan,
    );
    assert_problem(&format!("{cell}\n<br>\n\n{output}"), 8, orphan);
    assert_problem(
        "- a\n\n  ```rust\n  print!();\n  ```\n- b\n\n  ```text\n  ```\n",
        9,
        orphan,
    );
    for tag in ["no_run", "ignore (why)"] {
        let cell = cell.replace("rust", &format!("rust,{tag}"));
        assert_problem(&format!("{cell}{output}"), 5, "can never be checked");
    }
    let panics = cell.replace("rust", "rust should_panic");
    assert_good(&format!("{panics}\n{output}"));
    assert_problem(&panics, 2, "an empty `text` block right after line 4");
    let excerpt = "```rust,from=src/shown.rs\nmod inner {\n```\n";
    assert_problem(&format!("{excerpt}{output}"), 5, "under an excerpt");
}

#[test]
fn an_output_needs_a_cell_that_can_print() {
    let silent = "```rust\nlet x = 1;\n```\n\n```text\n1\n```\n";
    assert_problem(silent, 6, "neither the cell at line 2 nor any above");
    let loud = "```rust\nfn show() { println!(\"1\"); }\n```\n\n";
    assert_good(&format!("{loud}{silent}"));
    assert_problem(&format!("{loud}## Next\n\n{silent}"), 12, "neither");
    // What a function of the book's crate does, only the run can say.
    for call in ["fixture::hello();", "x.report()", "say!()", "f::<f32>()"] {
        assert_good(&silent.replace("let x = 1;", call));
    }
    for code in ["let x = Some(1);\nlet y = x != None;", "1;\n# 2;"] {
        let silent = silent.replace("let x = 1;", code);
        assert_problem(&silent, 7, "neither the cell at line 2");
    }
    assert_good(&silent.replace("rust", "rust,should_panic"));
    assert_good(&silent.replace("rust", "rust,compile_fail,E0382"));
}

#[test]
fn every_fence_is_a_fence() {
    assert_good("~~~~rust\nlet x = \"~~~\";\n~~~~\n");
    assert_good("````markdown\n```rust,quux\n```\n````\n");
    assert_good("> ```rust\n> let x = 1;\n> ```\n");
    assert_good("1. a\n\n   ```rust\n   let x = 1;\n\n   let y = 2;\n   ```\n");
    assert_good("<details>\n\n```rust\nlet x = 1;\n```\n\n</details>\n");
    assert_good("````markdown\n```rust\n1;\n```\n````\n");
    assert_good("~~~markdown\n```rust\n1;\n```\n~~~\n");
    assert_good("<!-- to be said later -->\n");
    assert_problem("```rust\nlet x = 1;\n", 2, "never closed");
    assert_problem("````rust\nlet x = 1;\n```\n", 2, "never closed");
    assert_problem("```rust\nlet x = 1;\n~~~\n", 2, "never closed");
    assert_problem("> ```rust\n> let x = 1;\n\nText.\n", 2, "never closed");
    assert_problem("Text.\n\n```toml\n", 4, "never closed");
    assert_problem("```rust\n\n```\n", 2, "an empty cell");
    assert_problem(
        "<details>\n```rust\n1;\n```\n</details>\n",
        3,
        "blank line",
    );
    assert_problem("a\n\n    ```rust\n    1;\n    ```\n", 4, "four spaces");
    assert_problem("<!--\n```rust\n```\n-->\n", 3, "in a comment");
    assert_problem("<!-- a\n\n```rust\n1;\n```\n", 2, "ends with `-->`");
    assert_problem("> <!-- a\n\nWords.\n", 2, "ends with `-->`");
    let toml = "```toml\n```rust\n1;\n```\n";
    assert_problem(toml, 3, "inside the block that opens at line 2");
    assert_problem("a\rb\n", 2, "a carriage return without a line feed");
}

const DRAWS: &str = "```rust\ncells::show(svg);\n```\n";

#[test]
fn pictures_follow_their_cells() {
    let image = "![What it shows](figures/a.svg)\n";
    let output = "```text\n```\n";
    assert_good(&format!("{DRAWS}{image}"));
    assert_good(&format!("{DRAWS}\n\n{image}\n*A $x$, `y`, [z](a.md).*\n"));
    assert_good(
        &format!("{DRAWS}\n{output}\n{image}\n{image}")
            .replacen("a.svg", "b.svg", 1),
    );
    assert_good(&format!("{DRAWS}\n{image}\nAgain:\n\n{image}"));
    assert_good(&format!("> {DRAWS}\n{image}").replace('\n', "\n> "));
    assert_good("![a](https://example.org/a.svg) ![b](b.png)\n");
    assert_good("![](b.png)\n");
    assert_good("<div>\n<a href=\"a.svg\">b</a><!-- a.svg -->\n</div>\n");
    let again = "drawn by another cell, at pages/page.md:6";
    for (body, line, message) in [
        (format!("{DRAWS}\n![](figures/a.svg)"), 6, "without a text"),
        (format!("{DRAWS}\n{image}\n{image}"), 8, again),
        (format!("{DRAWS}\n{image}\n{DRAWS}\n{image}"), 12, again),
        (image.into(), 2, "no cell draws pages/figures/a.svg"),
        (
            format!("{DRAWS}\n![a](a.png)"),
            6,
            "write a sentence between",
        ),
        (
            format!("{DRAWS}\n![a](a.svg)"),
            6,
            "draw into pages/figures/NAME",
        ),
        (format!("{DRAWS}\n![a](figures/A.svg)"), 6, "only a-z, 0-9"),
        (
            format!("{DRAWS}\n![a](figures/a_b.svg)"),
            6,
            "only a-z, 0-9",
        ),
        (format!("{DRAWS}\n![a](figures/a.SVG)"), 6, "only a-z, 0-9"),
        (
            format!("{DRAWS}\n![a](figures/b/a.svg)"),
            6,
            "only a-z, 0-9",
        ),
        (
            format!("{DRAWS}\n![a](figures/a.svg?b)"),
            6,
            "only a-z, 0-9",
        ),
        ("![a](../a.svg)\n".into(), 2, "is outside of pages"),
        ("![a](/figures/a.svg)\n".into(), 2, "is outside of pages"),
        ("![a](../../a.svg)\n".into(), 2, "is outside of pages"),
        ("Words ![a](figures/a.svg)\n".into(), 2, "middle of text"),
        ("- ![a](figures/a.svg)\n".into(), 2, "middle of text"),
        ("# ![a](figures/a.svg)\n".into(), 2, "middle of text"),
        ("[![a](figures/a.svg)](b.md)\n".into(), 2, "middle of text"),
        (
            "<img src=\"figures/a.svg\">\n".into(),
            2,
            "a picture in HTML",
        ),
        (
            "An <img src=\"figures/a.svg\">\n".into(),
            2,
            "a picture in HTML",
        ),
        (
            "<div>\n<img\nsrc=\"figures/a.svg\">\n</div>\n".into(),
            3,
            "a picture in HTML",
        ),
        (
            "<object data=\"figures/a.svg\"></object>\n".into(),
            2,
            "a picture in HTML",
        ),
        (format!("{DRAWS}\n{image}\n{output}"), 8, "below a picture"),
        (
            format!("{DRAWS}\n{image}\n*a*\n\n{output}"),
            10,
            "below a picture",
        ),
        (
            format!("{DRAWS}\n{image}\n*a*b *c*"),
            8,
            "ends in its middle",
        ),
        (
            format!("{DRAWS}\n{image}\nA.\n\n{output}"),
            10,
            "no cell before",
        ),
    ] {
        assert_problem(&body, line, message);
    }
    for tag in ["no_run", "ignore (why)", "compile_fail,E0382"] {
        let cell = DRAWS.replace("rust", &format!("rust,{tag}"));
        assert_problem(&format!("{cell}\n{image}"), 6, "nothing draws it");
    }
}

#[test]
fn every_figure_is_drawn_by_one_cell() {
    let draws = |path: &str| format!("# Page\n\n{DRAWS}\n![a]({path})\n");
    let good = draws("figures/a.svg");
    let folder = book(&[
        ("page.md", &good),
        ("part/other.md", &draws("../figures/b.svg")),
        ("part/last.md", "# Last\n\n![a](../figures/a.svg)\n"),
    ]);
    assert_eq!(problems(&folder), Vec::<String>::new());
    let write = |path: &str| {
        let path = folder.path().join("pages").join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, "").unwrap();
    };
    for good in ["figures/a.svg", "figures/.cells-b", "b.svg"] {
        write(good);
    }
    assert_eq!(problems(&folder), Vec::<String>::new());
    for bad in ["figures/c.svg", "figures/c.png", "figures/d/a.svg"] {
        write(bad);
    }
    let unshown = "no page shows this file under the cell that draws it: \
                   remove it, or show it there";
    assert_eq!(
        problems(&folder),
        ["c.png", "c.svg", "d"]
            .map(|name| format!("pages/figures/{name}:1: {unshown}"))
    );

    let folder = book(&[("a.md", &good), ("b.md", &good)]);
    let found = problems(&folder);
    let start = "pages/b.md:7: pages/figures/a.svg is drawn by another cell, \
                 at pages/a.md:7: ";
    assert!(
        matches!(found.as_slice(), [it] if it.starts_with(start)),
        "{found:#?}"
    );
}

#[test]
fn a_picture_is_read() {
    let text = "# Page\r\n\r\n> ```rust\r\n> 1;\r\n> ```\r\n>\r\n\
                > ![A `b`\r\n> c](./figures/a-1.svg)\r\n>\r\n> *One\r\n\
                > two.*\r\n>\r\n> ![D](figures/d.svg)\r\n>\r\n> **Bold** *a*\r\n";
    let folder = book(&[("page.md", text)]);
    let book = Book::load(folder.path()).unwrap();
    let cell = book.pages[0].cells().next().unwrap();
    let pictures: Vec<_> = cell
        .pictures
        .iter()
        .map(|it| (it.line, it.end_line, it.name.as_str(), it.alt.as_str()))
        .collect();
    assert_eq!(pictures, [(7, 11, "a-1", "A b c"), (13, 13, "d", "D")]);
    assert_eq!(cell.last_line(), 13);
    let [first, second] = cell.pictures.as_slice() else {
        panic!("{pictures:#?}");
    };
    assert_eq!(first.path, Path::new("pages/figures/a-1.svg"));
    let image = &text[first.range.clone()];
    assert_eq!(image, "![A `b`\r\n> c](./figures/a-1.svg)");
    let caption = first.caption.clone().map(|range| &text[range]);
    assert_eq!(caption, Some("*One\r\n> two.*"));
    assert_eq!(second.caption, None);
}

#[test]
fn a_cell_has_an_address() {
    let cell = "```rust\nlet x = 1;\n# let y = 2;\n```\n";
    let named = cell.replace("rust", "rust,name=bill");
    let text = format!(
        "# Page\n\n{cell}\n{named}\n## B\n\n{cell}\n{}",
        cell.replace('x', "z")
    );
    let anchors = |text: &str| -> Vec<String> {
        let folder = book(&[("page.md", text)]);
        let book = Book::load(folder.path()).unwrap();
        book.pages[0].cells().map(|it| it.anchor.clone()).collect()
    };
    // By an implementation of FNV-1a that is not this one.
    let wanted = [
        "cell-968dd9d3",
        "cell-bill",
        "cell-968dd9d3-2",
        "cell-aba63a05",
    ];
    assert_eq!(anchors(&text), wanted);
    // A name that is like a hash keeps its address.
    let taken = text.replace("name=bill", "name=968dd9d3");
    let wanted = [
        "cell-968dd9d3-2",
        "cell-968dd9d3",
        "cell-968dd9d3-3",
        "cell-aba63a05",
    ];
    assert_eq!(anchors(&taken), wanted);
    assert_problem(
        &format!("{named}\n## Next\n\n{named}"),
        9,
        "`name=bill` is the name of the cell at line 2",
    );
}

/// Where one character of an opening fence is gone, or is another, the page
/// has a problem, or as much is checked as before.
#[test]
fn a_broken_fence_is_no_text() {
    let folder = book(&[]);
    let Book { root, config, .. } = Book::load(folder.path()).unwrap();
    let below = "\n```\nan example\n```\n\n`` `text` ``\n`text` ``\n";
    for (fence, above, rest) in [
        ("```rust", "", "let x = 1;\n```\n\nWords.\n"),
        ("```rust", "", "print!();\n```\n\n```text\na\n```\n"),
        ("~~~rust,no_run", "", "let x = 1;\n~~~\n\nWords.\n"),
        ("```rust,name=a", "", "let x = 1;\n```\n\nWords.\n"),
        ("````rust should_panic", "", "1;\n````\n\n```text\n```\n"),
        ("- ```rust,no_run", "", "  1;\n  ```\n\nWords.\n"),
        ("> ```rust", "", "> let x = 1;\n> ```\n"),
        ("```text", "```rust\nprint!();\n```\n\n", "a\n```\n"),
    ] {
        let checked = |fence: &str| {
            let text =
                format!("# A\n\nA `word`.\n\n{above}{fence}\n{rest}{below}");
            Page::parse(&root, &config, Path::new("pages/a.md"), text).map(
                |page| -> Vec<_> {
                    page.cells()
                        .map(|it| (it.tags.kind.clone(), it.output.is_some()))
                        .collect()
                },
            )
        };
        let whole = checked(fence).unwrap();
        assert_eq!(whole.len(), 1, "{fence}");
        for broken in mutations(fence) {
            if let Ok(cells) = checked(&broken) {
                assert_eq!(cells, whole, "{fence} as {broken:?}");
            }
        }
    }
}

/// A line with one character less, or another in its place.
fn mutations(line: &str) -> Vec<String> {
    let start = line.find(['`', '~']).unwrap();
    let mut mutations = Vec::new();
    for at in start..line.len() {
        let (before, after) = (&line[..at], &line[at + 1..]);
        mutations.push(format!("{before}{after}"));
        for c in " `~'x#>-1(,{<|\\\tX_".chars() {
            mutations.push(format!("{before}{c}{after}"));
        }
    }
    mutations
}

#[test]
fn a_cell_has_no_main_function() {
    assert_problem("```rust\n1;\nfn main() {}\n```\n", 4, "`fn main`");
    assert_good("```rust\nfn maintain() {}\n```\n");
    assert_good("```rust,ignore (why)\nfn mainly() {}\n```\n");
}

#[test]
fn a_page_begins_with_its_title() {
    let folder = book(&[("page.md", "```rust\n1;\n```\n\n# Title\n")]);
    assert_eq!(problems(&folder).len(), 1);
    assert!(problems(&folder)[0].starts_with("pages/page.md:1: a cell above"));
}

#[test]
fn an_excerpt_is_in_its_file() {
    let excerpt =
        |rows: &str| format!("```rust,from=src/shown.rs\n{rows}\n```\n");
    assert_good(&excerpt("pub fn first() {\n    one();\n\n    two();"));
    assert_good(&excerpt("        one();\n\n        two();"));
    assert_good(&excerpt(
        "mod inner {\n    pub fn first() {\n        // ...\n        three();\n    // ...\n}",
    ));
    assert_good(&excerpt("// ...\none();\n// ...\nthree();\n// ..."));
    assert_problem(&excerpt("pub fn frist() {"), 3, "no line `pub fn frist");
    assert_problem(
        &excerpt("one();\n\ntwo()"),
        5,
        "its line 7 is `two();`, not `two()`",
    );
    assert_problem(&excerpt("one();\ntwo();"), 4, "its line 6 is ``");
    assert_problem(&excerpt("one();\n\n  two();"), 5, "not `  two();`");
    assert_problem(&excerpt("three();\n// ...\none();"), 5, "`one();`");
    assert_problem(&excerpt("// ..."), 2, "it shows no lines");
    assert_problem(
        "```rust,from=src/none.rs\nx\n```\n",
        2,
        "the excerpt of src/none.rs: cannot be read",
    );
    assert_problem("```rust,from=/etc/x\nx\n```\n", 2, "inside the book");
    assert_problem("```rust,from=../x\nx\n```\n", 2, "inside the book");
    assert_problem("```rust,no_run,from=x\nx\n```\n", 2, "no other tag");
}

#[test]
fn includes_resolve() {
    let include =
        |what: &str| format!("```rust\n{{{{#{what}}}}}\nlet y = 1;\n```\n");
    assert_good(&include("include ../src/shown.rs"));
    assert_good(&include("include ../src/shown.rs:3:5"));
    assert_good(&include("include ../src/shown.rs:three"));
    assert_good("\\{{#include nothing}}\n\n{{#title A title}}\n");
    assert_problem(&include("include none.rs"), 3, "pages/none.rs");
    assert_problem(&include("include ../src/shown.rs:9:99"), 3, "no lines");
    assert_problem(&include("include ../src/shown.rs:two"), 3, "ANCHOR: two");
    assert_problem(&include("include ../../x"), 3, "leaves the book");
    assert_problem(&include("playground x.rs"), 3, "not checked");
    assert_problem("See {{#include ../src/shown.rs}}.\n", 2, "line of its own");
    assert_problem("{{#include none.md}}\n", 2, "none.md");
    assert_problem("{{ #include none.md}}\n", 2, "none.md");
    assert_problem(&include("include none.rs").replace("{{", "{{ "), 3, "none");
    let second = "{{#title A title}} {{#include ../src/shown.rs}}\n";
    assert_problem(second, 2, "line of its own");

    let folder = book(&[
        ("page.md", "# Page\n\n{{#include part.md}}\n"),
        ("part.md", "# Part\n\n```rust\n1;\n```\n"),
    ]);
    let problems = problems(&folder);
    assert_eq!(problems.len(), 1, "{problems:#?}");
    assert!(problems[0].starts_with("pages/page.md:3: this include brings"));
}

#[test]
fn an_include_brings_its_lines() {
    let body = "```rust\n{{#rustdoc_include ../src/shown.rs:three}}\nlet y = 1;\n\
                ```\n";
    let folder = book(&[("page.md", &format!("# Page\n{body}"))]);
    let book = Book::load(folder.path()).unwrap();
    let page = &book.pages[0];
    let code = &page.sections[0].cells[0].code;
    let shown: Vec<_> = code
        .iter()
        .filter(|row| !row.hidden)
        .map(|row| (row.line, row.text.trim()))
        .collect();
    assert_eq!(shown, [(3, "three();"), (4, "let y = 1;")]);
    assert_eq!(code.len(), 11);
    assert!(page.sources.contains(Path::new("src/shown.rs")));
}

#[test]
fn the_summary_lists_every_page_once() {
    let folder = book(&[("page.md", "# Page\n")]);
    let write = |path: &str, text: &str| {
        let path = folder.path().join("pages").join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    assert_eq!(problems(&folder), Vec::<String>::new());
    write(
        "SUMMARY.md",
        "- [Page](./page.md)\n- [Later]()\n- [Gone](gone.md)\n",
    );
    assert_eq!(
        problems(&folder),
        ["pages/SUMMARY.md:3: pages/gone.md does not exist"]
    );
    write("SUMMARY.md", "- [Page](page.md)\n- [Again](page.md)\n");
    assert_eq!(
        problems(&folder),
        ["pages/SUMMARY.md:2: pages/page.md is listed twice"]
    );
    write("part/other.md", "# Other\n");
    write("SUMMARY.md", "- [Page](page.md)\n- [Out](../out.md)\n");
    assert_eq!(
        problems(&folder),
        [
            "pages/SUMMARY.md:2: ../out.md is outside of the book's pages",
            "pages/part/other.md:1: this page is not in pages/SUMMARY.md: list it \
         there, so that it is shown and checked",
        ]
    );
    fs::remove_file(folder.path().join("pages/SUMMARY.md")).unwrap();
    assert!(problems(&folder)[0].starts_with("pages/SUMMARY.md:1: cannot be"));
}

#[test]
fn two_pages_have_two_names() {
    let folder = book(&[("a-b.md", "# A\n"), ("a/b.md", "# B\n")]);
    let problems = problems(&folder);
    assert_eq!(problems.len(), 1, "{problems:#?}");
    assert!(problems[0].starts_with(
        "pages/a/b.md:1: its tests would be named like those of pages/a-b.md"
    ));
}

#[test]
fn a_page_is_utf8() {
    let folder = book(&[("page.md", "# Page\n")]);
    let path = folder.path().join("pages/page.md");
    fs::write(path, b"# Page\n\nna\xefve\n").unwrap();
    assert_eq!(
        problems(&folder),
        ["pages/page.md:3: this line is not UTF-8"]
    );
}

#[test]
fn all_problems_are_told_at_once() {
    let bad = "# Bad\n\n```Rust\n```\n\n```text\n```\n";
    let folder = book(&[("b.md", bad), ("a.md", bad)]);
    let problems = problems(&folder);
    let starts: Vec<_> = problems
        .iter()
        .map(|problem| problem.split(": ").next().unwrap())
        .collect();
    assert_eq!(starts, ["pages/a.md:3", "pages/b.md:3"]);
}

#[test]
fn sections_are_told_apart() {
    let text = "\u{feff}# The `Title`\r\n\r\n```rust\r\nlet a = 1;\r\n```\r\n\r\n\
                ## *One*\r\n\r\n### Deeper\r\n\r\n```rust\r\n# let hidden = 1;\r\n\
                ## not a heading\r\n```\r\n\r\n```rust,should_panic,needs-pair\r\n\
                panic!();\r\n```\r\n\r\n```text\r\n```\r\n\r\n\
                > ## Quoted\r\n\r\n```rust\r\nlet b = 1;\r\n```\r\n\r\n日本語\r\n---\r\n\r\n```rust\r\nlet c = 1;\r\n```";
    let folder = book(&[("9-lives.md", text)]);
    let book = Book::load(folder.path()).unwrap();
    let page = &book.pages[0];
    assert_eq!(page.title, "The Title");
    assert_eq!(page.source, text);
    let sections: Vec<_> = page
        .sections
        .iter()
        .map(|it| (it.heading.as_str(), it.line, it.cells.len()))
        .collect();
    assert_eq!(
        sections,
        [("The Title", 1, 1), ("One", 7, 3), ("日本語", 29, 1)]
    );
    let names: Vec<_> = page
        .sections
        .iter()
        .map(|section| section.test_name(page))
        .collect();
    assert_eq!(
        names,
        [
            "page_9_lives_sect_the_title_line_3",
            "page_9_lives_sect_one_line_11",
            "page_9_lives_sect_untitled_line_32",
        ]
    );
    let one = &page.sections[1];
    assert!(one.needs.contains("pair"));
    assert_eq!(
        book.missing_data(one).unwrap(),
        "needs pair, which is not in data/pair: run `cargo book data`"
    );
    let cell = &one.cells[0];
    assert_eq!((cell.number, cell.line, cell.end_line), (2, 11, 14));
    assert_eq!(cell.code[0].text, "let hidden = 1;");
    assert!(cell.code[0].hidden);
    assert_eq!(cell.code[1].text, "# not a heading");
    assert_eq!(one.cells[1].tags.kind, Kind::ShouldPanic);
    assert!(text[cell.range.clone()].starts_with("```rust\r\n#"));
}
