//! Pages that a reader takes away.

use std::fs;
use std::io;
use std::path::Path;
use std::process::{Command, Output};

use cells::export::{Notebook, Part, dependencies, package, program, section};
use cells::live::{Edits, Libraries};
use cells::{Book, Page};
use tempfile::TempDir;

const PAGE: &str = "\
# Page

## One

```rust
# use ndarray::Array1;
let text = \"two
lines\";
let a = 1;
text.len() + a
```

```text
10
```

```rust,should_panic,name=panic
panic!(\"{a}\");
```

```text
1
```

## One

```rust,compile_fail,E0425
missing
```

```rust,name=last
let mut a = 1;
a += 1
```
";

const PROGRAM: &str = "\
//! Page
//!
//! From \"Test\", pages/one.md.
//!
//! Each section is a function, and prints what the page shows. In the
//! book's folder, as `examples/one.rs`, it runs with
//!
//!     cargo run --example one

#![allow(unused)] // What a cell defines only for one that is a comment.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    one()?;
    one_2()?;
    Ok(())
}

/// One
fn one() -> Result<(), Box<dyn std::error::Error>> {
    use ndarray::Array1;
    let text = \"two
lines\";
    let a = 1;
    println!(\"{:?}\", text.len() + a);

    // This panics, as the page shows:
    //
    //     panic!(\"{a}\");

    Ok(())
}

/// One
fn one_2() -> Result<(), Box<dyn std::error::Error>> {
    // This does not compile (E0425), as the page shows:
    //
    //     missing

    let mut a = 1;
    a += 1;

    Ok(())
}
";

const SECTION: &str = "\
// One
//
// From \"Test\", pages/one.md.
// Its reader has changed it.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // This does not compile (E0425), as the page shows:
    //
    //     missing

    let b = 2;
    println!(\"{b:?}\");

    Ok(())
}
";

/// A book of one page, with this in its `Cargo.toml`.
fn book(manifest: &str) -> (TempDir, Book) {
    let folder = TempDir::new().unwrap();
    let settings = "[book]\ntitle = \"Test\"\nsrc = \"pages\"\n";
    fs::create_dir(folder.path().join("pages")).unwrap();
    for (path, text) in [
        ("book.toml", settings),
        ("Cargo.toml", manifest),
        ("pages/SUMMARY.md", "[One](one.md)"),
        ("pages/one.md", PAGE),
    ] {
        fs::write(folder.path().join(path), text).unwrap();
    }
    let book = Book::load(folder.path()).unwrap();
    (folder, book)
}

#[test]
fn a_page_is_a_program() {
    let (_folder, book) = book("");
    let page = &book.pages[0];
    assert_eq!(program(&book, page, &Edits::new()), PROGRAM);
    let change = ("cell-last".to_owned(), "let b = 2;\nb".to_owned());
    let edits = Edits::from([change]);
    assert_eq!(section(&book, page, &page.sections[1], &edits), SECTION);
}

#[test]
fn a_package_depends_on_what_its_page_names() {
    let manifest = "\
        [package]\nname = \"own\"\nrust-version.workspace = true\n\
        [workspace.package]\nrust-version = \"1.95\"\n\
        [workspace.dependencies]\nndarray = { version = \"0.17\" }\n\
        [dependencies]\nrand = \"0.10\"\n\
        [dev-dependencies]\n\
        ndarray = { workspace = true, features = [\"std\"] }\n\
        [profile.dev.package.rand]\nopt-level = 3\n";
    let (folder, book) = book(manifest);
    let pages: Vec<&Page> = book.pages.iter().collect();
    let files = package(&book, &pages, &Edits::new()).unwrap();
    let paths: Vec<&str> = files.keys().map(String::as_str).collect();
    assert_eq!(paths, ["Cargo.toml", "README.md", "src/main.rs"]);
    assert_eq!(files["src/main.rs"], PROGRAM);
    let said = &files["Cargo.toml"];
    for part in [
        "name = \"one\"",
        "edition = \"2021\"\nrust-version = \"1.95\"",
        "ndarray = { version = \"0.17\", features = [\"std\"] }",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
    for part in ["rand", "own ="] {
        assert!(!said.contains(part), "{part}: {said}");
    }

    // One that names the book's own crate.
    let root = folder.path().to_str().unwrap();
    let name = |manifest: &str| {
        fs::write(folder.path().join("Cargo.toml"), manifest).unwrap();
        let text = "own::half(1.0);".to_owned();
        let edits = Edits::from([("cell-last".to_owned(), text)]);
        dependencies(&book, pages[0], &edits, root).unwrap()
    };
    let own = |value: String| [("own".to_owned(), value)];
    let path = format!("{{ path = \"{root}\" }}");
    assert_eq!(name("[package]\nname = \"own\"\n"), own(path));
    let manifest =
        "[package]\nname = \"own\"\nrepository = \"https://a.b/c\"\n";
    let git = "{ git = \"https://a.b/c\" }".to_owned();
    assert_eq!(name(manifest), own(git));

    fs::remove_file(folder.path().join("Cargo.toml")).unwrap();
    let error = package(&book, &pages, &Edits::new()).unwrap_err();
    assert!(error.contains("Cargo.toml"), "{error}");
}

/// A page for a kernel that compiles one cell at a time.
const DIVIDED: &str = "\
# Divided

## Borrow

```rust
let text = String::from(\"a\");
```

```rust
let words: Vec<&str> = text.split(' ').collect();
```

```rust,compile_fail,E0505
drop(text);
words;
```

```rust
words.len()
```

```text
1
```

## Kept

```rust
struct Point(i32);
let point = Point(1);
let double = |x: i32| 2 * x;
double(point.0)
```

```text
2
```

```rust,should_panic
panic!(\"{}\", point.0);
```

```text
1
```

```rust
let Point(x) = point;
```

```rust,compile_fail,E0384
x = 1;
```

## Inferred

```rust
let mut list = Vec::new();
let number = 1;
```

```rust
list.push(1);
let wide: u64 = number;
```

## Moved

```rust
let text = String::from(\"a\");
drop(text);
```

```rust
let text = 1;
```
";

/// What the compiler says evcxr can keep, and what is made of that.
pub fn a_page_is_divided_where_variables_can_be_kept(
    book: &Book,
    libraries: &Libraries,
    folder: &Path,
) {
    let path = Path::new("pages/divided.md");
    let text = DIVIDED.to_owned();
    let page = Page::parse(&book.root, &book.config, path, text).unwrap();
    let mut start =
        |mut command: Command| -> io::Result<Output> { command.output() };
    let notebook =
        Notebook::new(&page, &Edits::new(), libraries, folder, &mut start);
    let parts = notebook.unwrap().parts;
    let code = |text: &str, count: usize, fails: bool| Part::Code {
        text: text.to_owned(),
        count,
        fails,
    };
    let joined = |names: &[&str]| Part::Joined {
        variables: names.iter().map(|it| (*it).to_owned()).collect(),
    };
    let gone = "\n\n// evcxr cannot keep this.\nlet";
    assert_eq!(
        parts,
        [
            code("let text = String::from(\"a\");", 1, false),
            joined(&["words"]),
            Part::Shown,
            code(
                &format!(
                    "let words: Vec<&str> = text.split(' ').collect();\n\n\
                     println!(\"{{:?}}\", words.len());{gone} words = ();"
                ),
                2,
                false
            ),
            code(
                &format!(
                    "struct Point(i32);\nlet point = Point(1);\n\
                     let double = |x: i32| 2 * x;\n\
                     println!(\"{{:?}}\", double(point.0));{gone} double = ();"
                ),
                1,
                false
            ),
            // The next cell could not use `point` any more.
            Part::Shown,
            code("let Point(x) = point;", 1, false),
            code("x = 1;", 1, true),
            joined(&["list", "number"]),
            code(
                &format!(
                    "let mut list = Vec::new();\nlet number = 1;\n\n\
                     list.push(1);\nlet wide: u64 = number;{gone} list = ();\n\
                     let number = ();"
                ),
                2,
                false
            ),
            code("let text = String::from(\"a\");\ndrop(text);", 1, false),
            code("let text = 1;", 1, false),
        ]
    );
}
