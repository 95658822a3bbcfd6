//! Pages that are taken away: who may, and what they get.
//!
//! The book is this project's own.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use cells::live::{Edits, Libraries};
use cells::{Kind, Page};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::book::{Book, package, program};
use crate::live::server::{Headers, Server, shared};

impl Server {
    /// The whole answer to something that is sent, and what it brings.
    fn post(
        &self,
        path: &str,
        headers: Headers,
        body: &[u8],
    ) -> (String, Vec<u8>) {
        let mut answer = self.send_for_bytes("POST", path, headers, body);
        let end = answer.windows(4).position(|it| it == b"\r\n\r\n");
        let body = end.map_or(Vec::new(), |at| answer[at + 4..].to_vec());
        answer.truncate(end.unwrap_or(0));
        (String::from_utf8(answer).expect("a head"), body)
    }

    /// The same, as a page of the book asks for it.
    fn take(&self, name: &str, wish: &Value) -> (String, Vec<u8>) {
        let (origin, cookie) = (self.origin(), self.cookie());
        let headers: Headers = &[
            ("Host", &self.host),
            ("Origin", &origin),
            ("Cookie", &cookie),
            ("Content-Type", "application/json"),
        ];
        let path = format!("/__live/download/{name}");
        self.post(&path, headers, wish.to_string().as_bytes())
    }

    #[track_caller]
    fn takes(&self, name: &str, wish: &Value) -> Vec<u8> {
        let (head, body) = self.take(name, wish);
        assert!(head.starts_with("HTTP/1.1 200 "), "{name}: {head}");
        let (_, file) = name.rsplit_once('/').unwrap_or(("", name));
        for line in [
            format!("content-disposition: attachment; filename=\"{file}\""),
            "x-content-type-options: nosniff".to_owned(),
            "cache-control: no-store".to_owned(),
        ] {
            assert!(head.contains(&line), "{name}: no {line}: {head}");
        }
        body
    }

    #[track_caller]
    fn refuses(&self, name: &str, wish: &Value, status: u16) {
        let (head, _) = self.take(name, wish);
        let start = format!("HTTP/1.1 {status} ");
        assert!(head.starts_with(&start), "{name}: {head}");
    }
}

#[test]
fn a_page_is_taken_away_as_it_was_changed() {
    let server = shared();
    let plain = json!({ "edits": {} });
    let book = cells::Book::load(&package().join("..")).expect("a book");
    let page = &book.pages[0];
    let first = page.cells().next().expect("a cell");
    let changed = json!({ "edits": { &first.anchor: "println!(\"mine\");" } });
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");

    let rust = text(server.takes("preface.rs", &plain));
    assert!(rust.starts_with("//! Preface\n"), "{rust}");
    assert!(!rust.contains("mine"), "{rust}");
    let rust = text(server.takes("preface.rs", &changed));
    assert!(rust.contains("    println!(\"mine\");\n"), "{rust}");

    let mut wish = changed.clone();
    wish["section"] = 0.into();
    let rust = text(server.takes("preface.rs", &wish));
    let heading = &page.sections[0].heading;
    assert!(rust.starts_with(&format!("// {heading}\n")), "{rust}");
    assert!(rust.contains("\nfn main() -> Result<(),"), "{rust}");

    let zip = server.takes("preface.zip", &changed);
    let files = unzipped(&zip);
    let names: Vec<&str> = files.keys().map(String::as_str).collect();
    assert_eq!(
        names,
        ["Cargo.lock", "Cargo.toml", "README.md", "src/main.rs"]
            .map(|it| format!("preface/{it}"))
    );
    assert!(files["preface/src/main.rs"].contains("mine"));

    let notebook: Value =
        serde_json::from_slice(&server.takes("preface.ipynb", &plain))
            .expect("JSON");
    assert_eq!(notebook["nbformat"], 4);
    let found = cell(&notebook, &first.anchor);
    let printed = &found["outputs"][0]["text"][0];
    let shown = first.output.as_ref().expect("an output").lines.join("\n");
    assert_eq!(*printed, format!("{shown}\n"));
    let notebook: Value =
        serde_json::from_slice(&server.takes("preface.ipynb", &changed))
            .expect("JSON");
    let found = cell(&notebook, &first.anchor);
    assert_eq!(found["source"][0], "println!(\"mine\");");
    // What the book's cell prints is not what this one does.
    assert_eq!(found["outputs"], json!([]));

    server.refuses("other.rs", &plain, 404);
    server.refuses("preface.html", &plain, 404);
    server.refuses("preface", &plain, 404);
    server.refuses("../book.rs", &plain, 404);
    server.refuses("..%2f..%2fREADME.rs", &plain, 404);
    wish["section"] = 99.into();
    server.refuses("preface.rs", &wish, 404);
    wish["section"] = 0.into();
    server.refuses("preface.zip", &wish, 404);
    server.refuses("preface.rs", &json!({}), 400);
    server.refuses("preface.rs", &json!({ "edits": {}, "more": 1 }), 400);
    let long = json!({ "edits": { "a": "x".repeat(2 << 20) } });
    server.refuses("preface.rs", &long, 413);
}

#[test]
fn only_its_own_pages_take_anything_away() {
    let server = shared();
    let (host, origin) = (server.host.clone(), server.origin());
    let cookie = server.cookie();
    let json = "application/json";
    let form = "application/x-www-form-urlencoded";
    let (yes, body) = ("/__live/download/preface.rs", br#"{"edits":{}}"#);
    for (what, status, origin, cookie, kind) in [
        ("a page", 200, Some(&*origin), Some(&*cookie), Some(json)),
        ("no token", 403, Some(&*origin), None, Some(json)),
        ("no origin", 403, None, Some(&*cookie), Some(json)),
        (
            "a foreign origin",
            403,
            Some("http://evil.org"),
            Some(&*cookie),
            Some(json),
        ),
        ("a form", 403, Some(&*origin), Some(&*cookie), Some(form)),
        ("no kind", 403, Some(&*origin), Some(&*cookie), None),
    ] {
        let mut headers = vec![("Host", &*host)];
        headers.extend(origin.map(|it| ("Origin", it)));
        headers.extend(cookie.map(|it| ("Cookie", it)));
        headers.extend(kind.map(|it| ("Content-Type", it)));
        let (head, _) = server.post(yes, &headers, body);
        let start = format!("HTTP/1.1 {status} ");
        assert!(head.starts_with(&start), "{what}: {head}");
    }
    let headers: Headers = &[("Host", "evil.org"), ("Content-Type", json)];
    let (head, _) = server.post(yes, headers, body);
    assert!(head.starts_with("HTTP/1.1 403 "), "{head}");

    let read_only = Server::start(&["--no-run"]);
    read_only.refuses("preface.rs", &json!({ "edits": {} }), 403);
}

/// The texts of an archive, which are not compressed.
fn unzipped(zip: &[u8]) -> BTreeMap<String, String> {
    let number = |at: usize, length: usize| -> usize {
        let bytes = zip[at..at + length].iter().rev();
        bytes.fold(0, |number, byte| number << 8 | usize::from(*byte))
    };
    let text = |at: usize, length: usize| {
        String::from_utf8(zip[at..at + length].to_vec()).expect("UTF-8")
    };
    let mut files = BTreeMap::new();
    let mut at = 0;
    while zip[at..].starts_with(b"PK\x03\x04") {
        let (size, name) = (number(at + 18, 4), number(at + 26, 2));
        let start = at + 30 + name + number(at + 28, 2);
        files.insert(text(at + 30, name), text(start, size));
        at = start + size;
    }
    files
}

/// The cell of a notebook with this id.
#[track_caller]
fn cell<'a>(notebook: &'a Value, id: &str) -> &'a Value {
    let cells = notebook["cells"].as_array().expect("cells");
    let found = cells.iter().find(|cell| cell["id"] == id);
    found.unwrap_or_else(|| panic!("no {id} in {notebook:#}"))
}

#[test]
fn notebooks_are_written_where_it_is_said() {
    let out = TempDir::new().expect("a folder");
    fs::write(out.path().join("mine"), "mine").expect("a file");
    let run = |arguments: &[&str]| {
        Command::new(program())
            .args(["notebook", "--root"])
            .arg(package().join(".."))
            .arg("--out")
            .arg(out.path())
            .args(arguments)
            .output()
            .expect("it runs")
    };
    let done = run(&["affine.md", "notation.md"]);
    let said = String::from_utf8_lossy(&done.stdout).into_owned();
    let errors = String::from_utf8_lossy(&done.stderr).into_owned();
    assert!(said.starts_with("2 notebooks are in "), "{said}{errors}");
    let mut names: Vec<String> = fs::read_dir(out.path())
        .expect("a folder")
        .map(|it| {
            it.expect("a file")
                .file_name()
                .into_string()
                .expect("UTF-8")
        })
        .collect();
    names.sort();
    assert_eq!(names, ["affine.ipynb", "mine", "notation.ipynb"]);
    let read = |name: &str| -> Value {
        let text = fs::read(out.path().join(name)).expect("a notebook");
        serde_json::from_slice(&text).expect("JSON")
    };
    let affine = read("affine.ipynb").to_string();
    for part in [
        // Crates by the way to the book, from which paths are.
        ":clear",
        ":dep backprop = { path = ",
        "set_current_dir",
        // Cells that share a borrow.
        "Here this cell runs as part of one below",
        "let cache = ();",
        // A picture that a cell draws, and one that fails.
        "\"image/svg+xml\":[\"<svg",
        "raises-exception",
        "E0506",
        // A link to another page.
        "](<from-correct-to-fast.ipynb",
    ] {
        assert!(affine.contains(part), "no {part}");
    }
    for part in ["```rust,", ".md)", "<figure"] {
        assert!(!affine.contains(part), "{part}");
    }

    let failed = run(&["no-page.md"]);
    assert!(!failed.status.success());
    let errors = String::from_utf8_lossy(&failed.stderr).into_owned();
    assert!(
        errors.contains("no-page.md is no page of this book"),
        "{errors}"
    );
}

#[test]
fn a_book_without_a_package_has_no_notebooks() {
    let book = Book::new("");
    book.run(&["notebook"]).fails(&["no Cargo.toml"]);
    assert!(book.list("target/notebooks").is_empty());
}

#[test]
fn programs_of_pages_compile_and_print_what_the_pages_show() {
    let root = package().join("..").canonicalize().expect("the book");
    let book = cells::Book::load(&root).expect("a book");
    let built = Command::new("cargo")
        .args(["test", "--no-run", "--test", &book.config.test])
        .arg("--message-format=json-render-diagnostics")
        .current_dir(&root)
        .stderr(Stdio::inherit())
        .output()
        .expect("cargo runs");
    let messages = String::from_utf8(built.stdout).expect("UTF-8");
    let libraries = Libraries::find(&root, &messages).expect("libraries");
    let folder = TempDir::new().expect("a folder");
    for page in &book.pages {
        if page.sections.is_empty() {
            continue;
        }
        let text = cells::export::program(&book, page, &Edits::new());
        let path = folder.path().join(format!("{}.rs", page.name));
        fs::write(&path, text).expect("a file");
        let made = folder.path().join(&page.name);
        let mut compiler = libraries.command();
        compiler.arg(&path).arg("-o").arg(&made);
        let needs = page.sections.iter().any(|it| !it.needs.is_empty());
        if needs {
            compiler.arg("--emit=metadata");
        }
        let said = compiler.current_dir(folder.path()).output();
        let said = said.expect("the compiler runs");
        let errors = String::from_utf8_lossy(&said.stderr);
        assert!(said.status.success(), "{}: {errors}", page.name);
        assert!(!errors.contains("warning:"), "{}: {errors}", page.name);
        if !needs {
            assert_prints(&made, &root, page);
        }
    }
}

/// Asserts that a program prints what the page shows.
#[track_caller]
fn assert_prints(program: &Path, root: &Path, page: &Page) {
    let run = Command::new(program).current_dir(root).output();
    let run = run.expect("it runs");
    let errors = String::from_utf8_lossy(&run.stderr);
    assert!(run.status.success(), "{}: {errors}", page.name);
    let mut printed = String::new();
    let mut is_picture = false;
    for line in String::from_utf8_lossy(&run.stdout).lines() {
        is_picture |= line.starts_with("<svg");
        if !is_picture {
            printed += line;
            printed.push('\n');
        }
        is_picture &= !line.ends_with("</svg>");
    }
    let cells = page.cells().filter(|cell| cell.tags.kind == Kind::Run);
    let shown = cells.filter_map(|cell| cell.output.as_ref());
    let lines = shown.flat_map(|output| &output.lines);
    let mut shown = String::new();
    for line in lines {
        shown += line;
        shown.push('\n');
    }
    assert!(
        cells::accepts(&shown, &printed),
        "{}: {shown}\n---\n{printed}",
        page.name
    );
}
