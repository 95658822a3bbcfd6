//! `build` and `preprocess`: pages become HTML, or say what is wrong.

use std::io::Write;
use std::process::Stdio;

use serde_json::{Value, json};

use crate::book::{Book, Run, package};
use crate::html::mistakes;

/// The HTML of the book's page.
fn html(page: &str) -> String {
    let book = Book::new("");
    book.page(page);
    book.run(&["build"]).succeeds();
    book.read("target/book/one.html")
}

#[track_caller]
fn assert_renders(page: &str, parts: &[&str]) {
    assert_has(&html(page), parts);
}

/// Asserts that a page's HTML has these parts, one below the other.
#[track_caller]
fn assert_has(html: &str, parts: &[&str]) {
    let main = main_of(html);
    assert_eq!(mistakes(main), Vec::<String>::new(), "{main}");
    let mut rest = main;
    for part in parts {
        let Some((_, below)) = rest.split_once(part) else {
            panic!("no {part} in {rest}\nof {main}");
        };
        rest = below;
    }
}

/// The main part of a page's HTML.
fn main_of(html: &str) -> &str {
    let start = html.find("<main>").expect("a page has a main part");
    let end = html.find("</main>").expect("a page has a main part");
    &html[start + "<main>".len()..end]
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
            "<math alttext=\"w_1*w_2*w_3\">",
            "<msub><mi>w</mi><mn>1</mn></msub><mo",
            "<mn>3</mn></msub></math>,</span> a $ and",
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

#[test]
fn a_cell_has_a_frame() {
    assert_renders(
        "# One\n\n## Two\n\n```rust,name=sum\nprintln!(\"1\");\n```\n\n\
         ```text\n1\n```\n\nText.\n\n### Three\n\n\
         ```rust,should_panic\npanic!(\"no\");\n```\n\n\
         ```text\nno\n```\n\nAfter.\n",
        &[
            "<div class=\"program\">",
            "<figure class=\"cell\" id=\"cell-sum\">\n\
             <figcaption class=\"cell-head\"><a class=\"cell-number\" \
             href=\"#cell-sum\">In 1</a> <span class=\"cell-tag cell-live\">\
             to change and run the cells: <code>cargo book</code></span>\
             </figcaption>",
            "<pre",
            "println!",
            "<div class=\"cell-output\">",
            "<code class=\"language-text\">1\n</code></pre>\n</div>",
            "</figure>\n<p>Text.</p>",
            "<h3",
            "<figure class=\"cell failing\"",
            "In 2</a> <span class=\"cell-tag\">panics, as it should</span>",
            "</figure>\n</div>",
            "<p>After.</p>",
        ],
    );
}

#[test]
fn a_frame_fits_into_whatever_it_stands_in() {
    for (page, parts) in [
        (
            "<details>\n<summary>S</summary>\n\nCELL\n\nText.\n\n</details>\n",
            ["</summary>", "<p>Text.</p>", "</details>"],
        ),
        (
            "> Text.\n> CELL\n> More.\n",
            ["<blockquote>", "More.", "</block"],
        ),
        (
            "- CELL\n\n  More.\n- Two\n",
            ["<li>", "<p>More.</p>", "</li>"],
        ),
        (
            "1. > CELL\n   > More.\n2. Two\n",
            ["<li>", "More.", "</li>"],
        ),
    ] {
        let margin = page.split("CELL").next().unwrap_or_default();
        let margin = margin.lines().last().unwrap_or_default();
        let margin: String = margin
            .chars()
            .map(|c| if c == '>' { c } else { ' ' })
            .collect();
        let cell = "```rust,no_run\nlet x = 1;\n\nx;\n```";
        let cell = cell.replace('\n', &format!("\n{margin}"));
        let page = format!("# One\n\n{}", page.replace("CELL", &cell));
        assert_renders(
            &page,
            &[
                parts[0],
                "<figure class=\"cell idle\"",
                "<span class=\"cell-tag\">compiled, not run</span>",
                "</pre>\n</figure>",
                parts[1],
                parts[2],
            ],
        );
    }
}

#[test]
fn a_program_does_not_split_what_is_folded() {
    let cell = "```rust\nlet x = 1;\n```\n";
    let exercise = "**1-1** *One.* Do.\n\n";
    let page = format!("# One\n\n{cell}\n{exercise}{cell}\nSo.\n");
    assert!(!html(&page).contains("\"program\""));
    assert_renders(
        &format!("# One\n\n{exercise}{cell}\n{cell}"),
        &[
            "<section",
            "<div class=\"program\">",
            "</div>",
            "</section>",
        ],
    );
    let page = |between: &str| format!("# One\n\n{cell}\n{between}\n{cell}");
    let whole = "<details>\n\nText.\n\n</details>\n";
    assert_renders(&page(whole), &["<div class=\"program\">", "<details>"]);
    let split = html(&format!("{}\n</details>\n", page("<details>\n")));
    assert!(!split.contains("\"program\""), "{split}");
    assert_has(&split, &["<details>", "<figure", "</figure>", "</details>"]);
}

#[test]
fn an_excerpt_names_its_file() {
    let book = Book::new("");
    book.write("src/a.rs", "fn a() {}\n");
    book.page("# One\n\n```rust,from=src/a.rs\nfn a() {}\n```\n");
    book.run(&["build"]).succeeds();
    assert_has(
        &book.read("target/book/one.html"),
        &[
            "<figure class=\"excerpt\" id=\"excerpt-src-a-rs\">\n\
             <figcaption class=\"cell-head\">src/a.rs</figcaption>",
            "fn a() {}",
            "</figure>",
        ],
    );
}

/// A picture with all that a parser might stumble over.
const PICTURE: &str = "<svg xmlns=\"http://www.w3.org/2000/svg\" \
    viewBox=\"0 0 9 9\">\n<style>svg{--figure-ink:#222}</style>\n\
    <mask id=\"m1\"><path d=\"M0 0\"/></mask>\n\
    <g mask=\"url(#m1)\" style=\"fill:var(--figure-ink)\">\n\
    <image href=\"data:image/png;base64,AA==\"/>\n\
    <text>2 &lt; 3, *x* [y](z) `w`</text>\n</g>\n</svg>\n";

/// A cell that draws `figures/bill.svg`.
const DRAWS: &str = "```rust,name=bill\ncells::show(bill());\n```\n\n\
    ![The \"bill\"](figures/bill.svg)\n";

#[test]
fn a_picture_is_part_of_its_page() {
    let book = Book::new("");
    book.write("chapters/figures/bill.svg", PICTURE);
    book.page(&format!(
        "# One\n\n{DRAWS}\n*The $x_1$ of [Cell](#cell-bill).*\n\nText.\n\n\
         > ![Again](figures/bill.svg)\n\nSee [Figure](#fig-bill).\n"
    ));
    book.run(&["build"]).succeeds();
    let html = book.read("target/book/one.html");
    assert_has(
        &html,
        &[
            "<figure class=\"cell\" id=\"cell-bill\">",
            "<figure class=\"picture\" id=\"fig-bill\">\n\
             <div class=\"picture-frame\">\n<svg role=\"img\" \
             aria-label=\"The &quot;bill&quot;\"",
            "viewbox=\"0 0 9 9\">\n<mask id=\"m1\"><path d=\"M0 0\" /></mask>\n\
             <g mask=\"url(#m1)\" style=\"fill:var(--figure-ink)\">\n\
             <image href=\"data:image/png;base64,AA==\" />\n\
             <text>2 &lt; 3, *x* [y](z) `w`</text>\n</g>\n</svg>",
            "<figcaption>\n<p><a class=\"picture-number\" \
             href=\"#fig-bill\">Figure 1-1</a> The <math",
            "<a href=\"#cell-bill\">In 1</a>.</p>\n</figcaption>\n\
             </figure>\n</figure>",
            "<blockquote><figure class=\"picture\" id=\"fig-bill-2\">",
            "<mask id=\"m1-2\">",
            "mask=\"url(#m1-2)\"",
            "<figcaption><a class=\"picture-number\" \
             href=\"#fig-bill-2\">Figure 1-2</a></figcaption>",
            "See <a href=\"#fig-bill\">Figure 1-1</a>.",
        ],
    );
    assert!(!html.contains("--figure-ink:#222"), "{html}");
}

#[test]
fn a_picture_that_is_none_has_its_line() {
    let book = Book::new("");
    book.page(&format!("# One\n\n{DRAWS}"));
    let run = book.run(&["build"]);
    run.fails(&[
        "chapters/one.md:7: chapters/figures/bill.svg cannot be read: ",
        "`cargo book bless`",
    ]);
    assert_eq!(run.stderr.lines().count(), 1, "{}", run.stderr);
    book.write("chapters/figures/bill.svg", "<p></p>\n");
    book.run(&["build"]).fails(&[
        "chapters/one.md:7: chapters/figures/bill.svg is no SVG document",
    ]);
}

/// A book of three pages, one of them in a folder, and one with solutions.
fn book_with_solutions() -> Book {
    let book = Book::new("");
    book.write(
        "chapters/SUMMARY.md",
        "# Summary\n\n[Before](before.md)\n\n- [One](one.md)\n\
         - [Two](part/two.md)\n- [Solutions](solutions.md)\n",
    );
    book.write(
        "chapters/before.md",
        "# Before\n\nSee [Figure](solutions.md#fig-bill), \
         [Cell](solutions.md#cell-bill), [Equation](#eq-x) and \
         [Exercise][ex].\n\n$$x \\label{x}$$\n\n\
         [ex]: part/two.md#ex-2-1\n\n## Glossary\n\n**Bill.** A sum.\n",
    );
    book.write(
        "chapters/part/two.md",
        "# Two\n\nA bill. Two bills.\n\n## Exercises\n\n\
         **2-1** *Bill.* Draw.\n\n- it\n\n**2-2** *None.* Wait.\n\n## End\n",
    );
    book.write("chapters/figures/bill.svg", PICTURE);
    book.write(
        "chapters/solutions.md",
        format!(
            "# Solutions\n\n## 2-1 Bill\n\n\
             See [here](#2-2-none), [One](one.md) and [Cell](#cell-bill).\n\n\
             {DRAWS}\n*A caption.*\n\n### Deep `x`\n\n\
             <b id=\"b\">b</b> $y$\n\n$$z \\label{{z}}$$\n\n\
             ```rust\nlet x = 1;\n```\n\n## 2-2 None\n\nNothing.\n"
        ),
    );
    book
}

#[test]
fn references_say_the_number_of_what_they_lead_to() {
    let book = book_with_solutions();
    book.run(&["build"]).succeeds();
    assert_has(
        &book.read("target/book/before.html"),
        &[
            "<a href=\"solutions.html#fig-bill\">Figure 3-1</a>",
            "<a href=\"solutions.html#cell-bill\">In 1 of Solutions</a>",
            "<a href=\"#eq-x\">Equation 0-1</a>",
            "<a href=\"part/two.html#ex-2-1\">Exercise 2-1</a>",
            "<div class=\"equation\" id=\"eq-x\"><math",
            "<a class=\"equation-number\" href=\"#eq-x\">(0-1)</a></div>",
            "<p><span id=\"term-bill\"></span><strong>Bill.</strong>",
        ],
    );
    assert_has(
        &book.read("target/book/part/two.html"),
        &[
            "A <a class=\"term\" href=\"../before.html#term-bill\">bill</a>. \
             Two bills.",
        ],
    );
    assert_has(&book.read("target/book/print.html"), &[]);
}

#[test]
fn a_solution_is_folded_under_its_exercise() {
    let book = book_with_solutions();
    book.run(&["build"]).succeeds();
    assert_has(
        &book.read("target/book/part/two.html"),
        &[
            "<section class=\"exercise\" id=\"ex-2-1\">\n<p><strong>2-1",
            "<li>it</li>",
            "<details class=\"solution\">\n<summary>Solution to 2-1</summary>",
            "<a href=\"../solutions.html#2-2-none\">here</a>",
            "<a href=\"../one.html\">One</a>",
            "<a href=\"../solutions.html#cell-bill\">In 1 of Solutions</a>",
            "<div class=\"program\">",
            "<figure class=\"cell\">",
            "href=\"../solutions.html#cell-bill\">In 1 of Solutions</a>",
            "<figure class=\"picture\">",
            "<mask id=\"m1-1-folded\">",
            "href=\"../solutions.html#fig-bill\">Figure 3-1</a> A caption.",
            "<p><strong>Deep <code>x</code></strong></p>",
            "<b>b</b>",
            "<mi>y</mi>",
            "<div class=\"equation\"><math",
            "href=\"../solutions.html#eq-z\">(3-1)</a></div>",
            "In 2 of Solutions</a>",
            "</details>\n</section>\n<section class=\"exercise\" id=\"ex-2-2\">",
            "<p>Nothing.</p>\n</details>\n</section>\n<h2 id=\"end\">",
        ],
    );
    assert_has(
        &book.read("target/book/solutions.html"),
        &[
            "<h2 id=\"2-1-bill\">",
            "<a href=\"part/two.html#ex-2-1\">Exercise 2-1</a></p>",
            "<figure class=\"cell\" id=\"cell-bill\">",
            "<h3 id=\"deep-x\">",
        ],
    );
}

#[test]
fn footnotes_of_a_solution_are_on_its_page() {
    let book = book_with_solutions();
    book.page("# One\n\n**1-1** *Note.* A[^n].\n\n[^n]: Mine.\n");
    let solutions = book.read("chapters/solutions.md");
    let added = "\n## 1-1 Note\n\nB[^n], C[^o], D[^n].\n\n[^n]: Its.\n\n\
                 ## End\n\n[^o]: At the end.\n";
    book.write("chapters/solutions.md", solutions + added);
    book.run(&["build"]).succeeds();
    let mark = |name: &str, number: usize| {
        format!(
            "<sup class=\"footnote-reference\">\
             <a href=\"solutions.html#footnote-{name}\">{number}</a></sup>"
        )
    };
    assert_has(
        &book.read("target/book/one.html"),
        &[
            &format!("B{}, C{}", mark("n", 1), mark("o", 2)),
            &format!("D{}.</p>\n</details>", mark("n", 1)),
            "Mine.",
        ],
    );
}

#[test]
fn what_ends_with_a_bracket_ends_after_it() {
    let book = book_with_solutions();
    book.page("# One\n\n**1-1** *A.* Read <https://a.b>\n");
    let solutions = book.read("chapters/solutions.md");
    let added = "\n## 1-1 Vec\\<u8>\n\nC\n\n### Vec\\<u8>\n\n\
                 <details>\n\nB\n\n</details>\n\n#### Last\n";
    book.write("chapters/solutions.md", solutions + added);
    book.run(&["build"]).succeeds();
    assert_has(
        &book.read("target/book/one.html"),
        &[
            ">https://a.b</a></p>\n<details",
            "<strong>Vec&lt;u8&gt;</strong></p>\n<details>\n<p>B</p>\n\
             </details>\n<p><strong>Last</strong></p>\n</details>\n</section>",
        ],
    );
}

#[test]
fn exercises_and_solutions_belong_together() {
    let book = book_with_solutions();
    book.page(
        "# One\n\n**2-1** *Again.* Do.\n\n**1-1** *Unsolved.* Do.\n\n\
         **1-1** *Twice.* Do.\n",
    );
    let solutions = book.read("chapters/solutions.md");
    let added = "\n## 1-9 Unasked\n\nSo.\n\n## 2-2 Twice\n\nSo.\n";
    let line = 2 + solutions.lines().count();
    book.write("chapters/solutions.md", solutions + added);
    book.run(&["build"]).fails(&[
        "chapters/one.md:5: exercise 1-1 has no solution: solutions.md has no \
         heading `## 1-1 Title`",
        "chapters/one.md:7: a second exercise 1-1",
        "chapters/part/two.md:7: a second exercise 2-1: the first is in one.md",
        &format!("chapters/solutions.md:{line}: the solution to 1-9, but no "),
        &format!("chapters/solutions.md:{}: a second solution", line + 4),
    ]);
}

#[test]
fn links_that_lead_nowhere_have_their_line() {
    let links = [
        (
            "[a](onne.md)",
            "`onne.md`: there is no onne.md; the nearest page is one.md",
        ),
        (
            "[a](part/two.html#ed)",
            "part/two.md has no #ed; the nearest is #end",
        ),
        ("[a](#on)", "`#on`: one.md has no #on; the nearest is #one"),
        ("[a](../../x.md)", "leads out of the folder"),
        ("[a](x.csv)", "there is no file x.csv"),
        ("![a](x.png)", "there is no file x.png"),
        ("[a][r]", "`#rr`: one.md has no #rr"),
        ("<a href=\"#h\">h</a>", "`#h`: one.md has no #h"),
        (
            "[Figure](solutions.md#fig-bil)",
            "the nearest is #fig-bill, Figure 3-1",
        ),
        (
            "[Figure](solutions.md#cell-bill)",
            "is In 1, so the text of the link is not `Figure`",
        ),
        (
            "[Equation](part/two.md#eq-x)",
            "part/two.md has no #eq-x, and no Equation at all",
        ),
        ("[Exercise](part/two.md)", "is nothing with a number"),
        ("[Figure][nothing]", "`[Figure][nothing]` is no link"),
        ("a[^no]", "`[^no]` is no footnote"),
        ("[a](part/)", "`part/` is a folder"),
        ("[Cell](#cell-note)", "one.md has no #cell-note"),
        ("<iframe src=\"x.htm\">", "there is no file x.htm"),
        (
            "<b id=\"one\">b</b>",
            "two things on this page have the id `one`",
        ),
    ];
    let book = book_with_solutions();
    let page = links.map(|(link, _)| format!("{link}\n\n")).concat();
    let note = "[^1]: A\n\n    ```rust,name=note\n    // B\n    ```\n";
    book.page(&format!("# One\n\n{page}[r]: #rr\n\nC[^1]\n\n{note}"));
    let run = book.run(&["build"]);
    assert!(!run.success);
    let mut found: Vec<&str> = run.stderr.lines().collect();
    for (index, (link, message)) in links.into_iter().enumerate() {
        let place = format!("chapters/one.md:{}: ", 3 + 2 * index);
        let at = found
            .iter()
            .position(|it| it.contains(&place) && it.contains(message));
        let at = at.unwrap_or_else(|| panic!("{link}: {}", run.stderr));
        found.remove(at);
    }
    assert_eq!(found, Vec::<&str>::new());
}

#[test]
fn links_that_lead_somewhere_are_left_alone() {
    let book = book_with_solutions();
    book.write("chapters/a b.csv", "1\n");
    book.page(
        "# One\n\n[a](part/two.md#end) [b](part/two.html#end) [c](#one) \
         [d](print.html) [e](<a b.csv>) [f](a%20b.csv) [g](https://h.i/j.md) \
         [k](#l) [m][n] [o](#fn) <i id=\"l\">p</i> <q@r.s> \
         [t](solutions.md#cell-bill) [v](#a-x1--b) \
         [w](#w) <a name=\"w\">x</a> \\[^y] `[^z]`\n\n## A $x_1$ & `b`\n\n[n]: part/../part/two.md\n\n\
         <b id=\"fn\">u</b>\n",
    );
    book.run(&["build"]).succeeds();
}

#[test]
fn the_book_of_this_project_renders() {
    let root = package().join("..");
    let build = tempfile::TempDir::new().expect("a temporary folder");
    let html = build.path().join("html");
    let fixture = Book::new("");
    let mut command = fixture.command(&["build"]);
    command
        .current_dir(&root)
        .env("MDBOOK_BUILD__BUILD_DIR", &html);
    Run::of(command.output().expect("it runs")).succeeds();
    let mut pages = 0;
    for entry in std::fs::read_dir(&html).expect("the book is there") {
        let path = entry.expect("a file").path();
        if path.extension().is_some_and(|it| it == "html")
            && let Ok(page) = std::fs::read_to_string(&path)
            && page.contains("<main>")
        {
            let found = mistakes(main_of(&page));
            assert_eq!(found, Vec::<String>::new(), "{}", path.display());
            pages += 1;
        }
    }
    assert!(pages > 12, "{pages}");
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

    let run = preprocess(&book, &input(&book, "# One\n\nA $y$ is\n"));
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
fn lines_that_an_include_moved_are_those_of_the_page() {
    let book = Book::new("");
    book.write("chapters/x", "1\n2\n3\n");
    book.page(
        "# One\n\n{{#include x}}\n\n`[a](b.md)`\n\n[a](b.md)\n\n\
         <b id=\"one\">b</b>\n\n```rust,what\n```\n",
    );
    let run = book.run(&["build"]);
    run.fails(&["one.md:7: `b.md`", "one.md:9: two things", "one.md:11: "]);
    assert_eq!(run.stderr.lines().count(), 3, "{}", run.stderr);
}

#[test]
fn a_page_is_read_as_mdbook_is_told_to() {
    let page = "# One\n\n[a](#b----c)\n\n## B -- C\n";
    let book = Book::new("");
    book.page(page);
    book.run(&["build"]).fails(&["the nearest is #b--c"]);
    let settings = book.read("book.toml");
    let plain = "[output.html]\nsmart-punctuation = false\n";
    book.write("book.toml", settings.replace("[output.html]\n", plain));
    book.run(&["build"]).succeeds();
    assert_has(&book.read("target/book/one.html"), &["id=\"b----c\""]);
}

#[test]
fn a_readme_is_an_index() {
    let book = Book::new("");
    book.write("chapters/SUMMARY.md", "- [One](one.md)\n- [R](README.md)\n");
    book.write("chapters/README.md", "# R\n");
    book.page("# One\n\n[a](index.md#r) [b](index.html)\n");
    book.run(&["build"]).succeeds();
    book.page("# One\n\n[a](README.md)\n");
    book.run(&["build"]).fails(&[
        "chapters/one.md:3: `README.md`: mdBook calls that page index.md",
    ]);
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
