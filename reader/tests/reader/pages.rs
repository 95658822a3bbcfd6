//! `build` and `preprocess`: pages become HTML, or say what is wrong.

use std::io::Write;
use std::process::Stdio;

use serde_json::{Value, json};

use crate::book::{Book, Run};

/// The HTML of the book's page.
fn html(page: &str) -> String {
    let book = Book::new("");
    book.page(page);
    book.run(&["build"]).succeeds();
    book.read("target/book/one.html")
}

#[track_caller]
fn assert_renders(page: &str, parts: &[&str]) {
    let html = html(page);
    let start = html.find("<main>").expect("a page has a main part");
    let end = html.find("</main>").expect("a page has a main part");
    for part in parts {
        assert!(html.contains(part), "no {part} in {}", &html[start..end]);
    }
}

#[test]
fn the_command_of_the_same_name_is_not_run() {
    // The fixture's command is `false`: running it would fail.
    let book = Book::new("");
    let run = book.run(&["build"]);
    run.succeeds();
    let place = book.root().join("target/book");
    assert!(run.stdout.contains(&*place.to_string_lossy()));
    assert_eq!(book.list("target"), ["book"]);
}

#[test]
fn mathematics_is_set() {
    assert_renders(
        "# One\n\nA weight $w_1*w_2*w_3$, a \\$ and `$x$`.\n\n\
         $$\n\\frac{\\partial L}{\\partial W}\n= a \\, b\n$$\n",
        &[
            "<msub><mi>w</mi><mn>1</mn></msub><mo",
            "<mn>3</mn></msub></math>, a $ and",
            "<math alttext=\"w_1*w_2*w_3\">",
            "<code>$x$</code>",
            "<div class=\"equation\"><math alttext=",
            "<mfrac><mrow><mi>∂</mi><mi>L</mi></mrow>",
            "<mspace width=\"0.16666667em\" />",
        ],
    );
}

#[test]
fn code_is_marked_as_what_it_is() {
    assert_renders(
        "# One\n\n```rust,compile_fail,E0382\n# let hidden = 1;\n\
         let x = String::new();\n```\n\n\
         ```rust,should_panic\nprintln!(\"1\");\npanic!(\"no\");\n```\n\n\
         ```text\n1\nno\n```\n",
        &[
            "<code class=\"language-rust compile_fail E0382\">",
            "<span class=\"boring\">let hidden = 1;",
            "<code class=\"language-text\">1\nno",
        ],
    );
}

#[track_caller]
fn assert_problems(page: &str, problems: &[&str]) {
    let book = Book::new("");
    book.run(&["build"]).succeeds();
    book.page(page);
    book.run(&["build"]).fails(problems);
    assert!(
        book.read("target/book/one.html").contains("As it was."),
        "the last good book is still there"
    );
    assert_eq!(book.list("target"), ["book"]);
}

#[test]
fn problems_have_page_and_line() {
    assert_problems(
        "# One\n\nA $\\nonsense$ and\n\n$$\na\n= \\frac{b}\n$$\n",
        &[
            "chapters/one.md:3: the formula $\\nonsense$: ",
            "chapters/one.md:7: the formula $$: ",
        ],
    );
    assert_problems(
        "# One\n\n$$ open\n\n```text\n1\n```\n",
        &["chapters/one.md:3: ", "chapters/one.md:5: "],
    );
}

#[test]
fn a_missing_page_has_its_line() {
    let book = Book::new("");
    book.write("chapters/SUMMARY.md", "# Summary\n\n- [Two](two.md)\n");
    book.run(&["build"])
        .fails(&["chapters/SUMMARY.md:3: ", "two.md"]);
}

#[test]
fn the_root_is_found_from_below() {
    let book = Book::new("");
    let run = book
        .command(&["build"])
        .current_dir(book.root().join("chapters"))
        .output()
        .expect("it runs");
    Run::of(run).succeeds();
    let elsewhere = tempfile::TempDir::new().expect("a temporary folder");
    let from_elsewhere = |arguments: &[&str]| {
        let mut command = book.command(arguments);
        let command = command.current_dir(elsewhere.path());
        Run::of(command.output().expect("it runs"))
    };
    from_elsewhere(&["build"]).fails(&["no book.toml", "--root DIR"]);
    from_elsewhere(&["build", "--root", "."]).fails(&["no book.toml"]);
    let root = book.root();
    let root = root.to_string_lossy();
    from_elsewhere(&["--root", &root, "build"]).succeeds();
}

#[test]
fn the_book_itself_is_not_overwritten() {
    for build_dir in [
        "chapters",
        ".",
        "target/../chapters",
        "chapters/../../BOOK/chapters",
        "../BOOK",
        "LINK/chapters",
    ] {
        let book = Book::new("");
        let root = book.root();
        let name = root.file_name().unwrap_or_default().to_string_lossy();
        let elsewhere = tempfile::TempDir::new().expect("a folder");
        let link = elsewhere.path().join("link");
        #[cfg(unix)]
        std::os::unix::fs::symlink(&root, &link).expect("a link");
        #[cfg(not(unix))]
        let link = root.clone();
        let build_dir = &build_dir
            .replace("BOOK", &name)
            .replace("LINK", &link.to_string_lossy());
        let settings = book.read("book.toml");
        book.write("book.toml", settings.replace("target/book", build_dir));
        let reason = if build_dir.starts_with("target/..") {
            "leads out of"
        } else {
            "would overwrite"
        };
        book.run(&["build"]).fails(&["build-dir = ", reason]);
        assert_eq!(book.list("chapters"), ["SUMMARY.md", "one.md"]);
    }
}

#[test]
fn a_book_without_cells_is_rendered_too() {
    let book = Book::new("");
    book.write("book.toml", "[book]\nsrc = \"chapters\"\n");
    book.page("# One\n\n```text\nno output\n```\n\nIt costs $x$.\n");
    book.run(&["build"]).succeeds();
    assert!(book.read("book/one.html").contains("It costs $x$."));
}

/// What mdBook 0.5 sends to a preprocessor, for a book of one page.
fn input(book: &Book, content: &str) -> String {
    json!([
        {
            "root": book.root(),
            "config": { "book": { "src": "chapters" } },
            "renderer": "html",
            "mdbook_version": "0.5.4",
        },
        {
            "items": [{ "Chapter": {
                "name": "One",
                "content": content,
                "number": [1],
                "sub_items": [],
                "path": "one.md",
                "source_path": "one.md",
                "parent_names": [],
            }}]
        }
    ])
    .to_string()
}

fn preprocess(book: &Book, input: &str) -> Run {
    let mut child = book
        .command(&["preprocess"])
        .stdin(Stdio::piped())
        .spawn()
        .expect("it runs");
    let mut stdin = child.stdin.take().expect("a pipe");
    stdin.write_all(input.as_bytes()).expect("it reads");
    drop(stdin);
    Run::of(child.wait_with_output().expect("it ends"))
}

#[test]
fn mdbook_can_run_the_preprocessor() {
    let book = Book::new("");
    let html = book.run(&["preprocess", "supports", "html"]);
    html.succeeds();
    assert!(!book.run(&["preprocess", "supports", "markdown"]).success);

    let run = preprocess(&book, &input(&book, "# One\n\nA $y$.\n"));
    run.succeeds();
    let output: Value = serde_json::from_str(&run.stdout).expect("JSON");
    let content = output["items"][0]["Chapter"]["content"].as_str();
    let content = content.expect("a page");
    assert!(content.starts_with("# One\n\nA <math "), "{content}");
    assert!(content.contains("<mi>y</mi>"), "{content}");

    preprocess(&book, "hello").fails(&["for mdBook 0.5 to call"]);
}

#[test]
fn a_mistake_is_placed_in_the_page_as_it_is_on_disk() {
    let book = Book::new("");
    book.page("# One\n\n{{#include x}}\n\nA $\\nonsense$.\n");
    book.write("chapters/x", "1\n2\n3\n");
    let expanded = "# One\n\n1\n2\n3\n\nA $\\nonsense$.\n";
    preprocess(&book, &input(&book, expanded)).fails(&["chapters/one.md:5: "]);
}

#[test]
fn formulas_of_included_text_are_set_and_checked() {
    let book = Book::new("");
    book.page("# One\n\n{{#include shared.txt}}\n");
    book.write("chapters/shared.txt", "One\n\nA weight $w_1$.\n");
    book.run(&["build"]).succeeds();
    assert!(book.read("target/book/one.html").contains("<msub>"));
    book.write("chapters/shared.txt", "One\n\nA $\\nonsense$.\n");
    book.run(&["build"])
        .fails(&["chapters/one.md:3: in text that the page includes: "]);
}
