//! Cells that a reader changes and runs: the good book's, compiled and run as
//! `cargo book` does.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::atomic::AtomicBool;

use cells::live::{
    Compiled, Diagnostic, Edits, Libraries, LiveProgram, compile, run,
};
use cells::runner::{CellResult, Failure, start};
use cells::{Book, Page, Section};

use crate::export::a_page_is_divided_where_variables_can_be_kept;
use crate::fixture::Fixture;

/// A page for readers to change.
pub const PAGE: &str = "\
# Live

## Section

```rust,name=first
# let hidden = 1;
let text = \"moved\".to_owned();
println!(\"{}\", fixture::half(3.0));
```

```text
1.5
```

```rust,name=second
use std::collections::BTreeMap;
let map = BTreeMap::from([(\"\u{e4}\", hidden)]);
map
```

```text
{\"\u{e4}\": 1}
```

```rust,no_run
std::process::exit(3);
```

```rust,compile_fail,E0382,name=failing
drop(text);
drop(text);
```

```text
error[E0382]: use of moved value: `text`
```

```rust,ignore (never)
nonsense
```

```rust,should_panic,name=panic
panic!(\"{text}\");
```

```text
moved
```

```rust,name=last
drop(text);
let n: i32 = \"12\".parse()?;
```
";

/// A page that needs data.
pub const ABSENT: &str = "\
# Absent

```rust,needs-pair,name=only
println!(\"never\");
```

```text
never
```
";

/// A section of a book that readers run.
struct Reader<'a> {
    book: &'a Book,
    page: &'a Page,
    section: &'a Section,
    libraries: Libraries,
    folder: PathBuf,
    /// How often the compiler was started.
    compilers: usize,
}

impl Reader<'_> {
    fn program(&self, until: &str, edits: &[(&str, &str)]) -> LiveProgram {
        let edits = edits_of(edits);
        LiveProgram::new(self.book, self.page, self.section, until, &edits)
            .unwrap()
    }

    fn compile(&mut self, program: &LiveProgram) -> Compiled {
        let mut output = |mut command: Command| -> io::Result<Output> {
            self.compilers += 1;
            // Nothing but what the command names.
            let variables: Vec<_> = command
                .get_envs()
                .filter_map(|(name, value)| {
                    Some((name.to_owned(), value?.to_owned()))
                })
                .collect();
            command.env_clear().envs(variables).output()
        };
        compile(program, &self.libraries, &self.folder, &mut output).unwrap()
    }

    /// What the compiler says of the cells down to `until`.
    fn errors(
        &mut self,
        until: &str,
        edits: &[(&str, &str)],
    ) -> Vec<Diagnostic> {
        match self.compile(&self.program(until, edits)) {
            Compiled::Refused(errors) => errors,
            other => panic!("{other:?}"),
        }
    }

    fn warnings(
        &mut self,
        until: &str,
        edits: &[(&str, &str)],
    ) -> (Vec<Diagnostic>, bool) {
        match self.compile(&self.program(until, edits)) {
            Compiled::Program {
                warnings, was_kept, ..
            } => (warnings, was_kept),
            other => panic!("{other:#?}"),
        }
    }

    fn run(&mut self, until: &str, edits: &[(&str, &str)]) -> Vec<CellResult> {
        let program = self.program(until, edits);
        let Compiled::Program { path, .. } = self.compile(&program) else {
            panic!("{:#?}", self.errors(until, edits));
        };
        let root = &self.book.root;
        let stop = AtomicBool::new(false);
        run(&program, &path, root, &mut start, &stop, &mut ()).unwrap()
    }
}

fn edits_of(edits: &[(&str, &str)]) -> Edits {
    edits
        .iter()
        .map(|(cell, text)| (format!("cell-{cell}"), (*text).to_owned()))
        .collect()
}

/// What a test says of a place: the cell, where it begins, and where it ends.
fn place(diagnostic: &Diagnostic) -> (&str, usize, usize, usize, usize) {
    let span = diagnostic.spans.iter().find(|it| it.is_primary).unwrap();
    let cell = span.cell.strip_prefix("cell-").unwrap_or(&span.cell);
    (cell, span.line, span.column, span.end_line, span.end_column)
}

pub fn a_reader_changes_and_runs_cells(fixture: &Fixture) {
    for folder in ["pages", "data/pair"] {
        fs::remove_dir_all(fixture.root.join(folder)).unwrap();
    }
    fixture.write("pages/live.md", PAGE);
    fixture.write("pages/absent.md", ABSENT);
    fixture.list(&["live.md", "absent.md"]);
    let book = Book::load(&fixture.root).unwrap();
    let messages = fixture.messages();
    let libraries = Libraries::find(&fixture.root, &messages).unwrap();
    // Cargo tells of them in another order each time.
    let reversed: Vec<&str> = messages.lines().rev().collect();
    let again = Libraries::find(&fixture.root, &reversed.join("\n"));
    assert_eq!(again.as_ref(), Ok(&libraries));
    let folder = fixture.target.join("live");
    let _ = fs::remove_dir_all(&folder);
    let mut reader = Reader {
        book: &book,
        page: &book.pages[0],
        section: &book.pages[0].sections[0],
        libraries,
        folder,
        compilers: 0,
    };
    what_runs_is_kept(&mut reader);
    what_fails_says_where(&mut reader);
    places_are_those_of_the_reader(&mut reader);
    brackets_are_those_of_the_cell(&mut reader);
    warnings_are_those_of_a_notebook(&mut reader);
    what_must_not_compile_does_not(&mut reader);
    a_page_is_divided_where_variables_can_be_kept(
        &book,
        &reader.libraries,
        &reader.folder,
    );
    nothing_is_left_behind(&reader.folder);
    data_may_be_missing(&book);
}

fn what_runs_is_kept(reader: &mut Reader) {
    let results = reader.run("cell-last", &[]);
    let shown: Vec<_> = results.iter().map(CellResult::shown).collect();
    let shown: Vec<_> = shown.iter().map(Option::as_deref).collect();
    assert_eq!(
        shown,
        [
            Some("1.5\n"),
            Some("{\"\u{e4}\": 1}\n"),
            None,
            Some("moved\n"),
            Some(""),
        ]
    );
    // The shared library, and the program.
    assert_eq!(reader.compilers, 1 + usize::from(cfg!(target_os = "linux")));
    let program = reader.program("cell-last", &[]);
    let anchors: Vec<&str> = program.anchors().collect();
    assert_eq!(anchors.len(), results.len());
    assert_eq!((anchors[0], anchors[4]), ("cell-first", "cell-last"));

    let before = reader.compilers;
    assert_eq!(reader.run("cell-last", &[]), results);
    assert_eq!(reader.compilers, before);
    // Longer than it is on the page, with the ends of lines of another system.
    let edit = "let hidden = 7;\r\nlet text = String::new();\n\n\n\n\n\n\n\n\n\n\
                \n\nprintln!(\"x\")\n";
    let results = reader.run("cell-second", &[("first", edit)]);
    let printed: Vec<_> =
        results.iter().map(|it| it.printed.as_deref()).collect();
    assert_eq!(printed, [Some("x\n"), Some("{\"\u{e4}\": 7}\n")]);
    let results = reader.run("cell-first", &[("first", "")]);
    assert_eq!(results[0].printed.as_deref(), Some(""));
}

fn what_fails_says_where(reader: &mut Reader) {
    let edit = "let hidden = 1;\n\n\n\n\n\nassert_eq!(hidden, 2);";
    let edits = [("first", edit)];
    let program = reader.program("cell-first", &edits);
    let results = reader.run("cell-first", &edits);
    match &results[0].failure {
        Some(Failure::Panic { panic, .. }) => {
            assert_eq!(program.row(panic), Some(("cell-first", 7)));
        }
        other => panic!("{other:?}"),
    }
}

fn places_are_those_of_the_reader(reader: &mut Reader) {
    let first = "let hidden = 1;\nlet text = \"\u{1f980}\"; let x: i32 = text;";
    let errors = reader.errors("cell-last", &[("first", first)]);
    assert_eq!(errors.len(), 1, "{errors:#?}");
    assert_eq!(errors[0].code.as_deref(), Some("E0308"));
    assert_eq!(place(&errors[0]), ("first", 2, 31, 2, 35));
    assert_eq!(
        errors[0].rendered,
        "\
error[E0308]: mismatched types
 --> cell 1:2:30
  |
2 | let text = \"\u{1f980}\"; let x: i32 = text;
  |                         ---   ^^^^ expected `i32`, found `&str`
  |                         |
  |                         expected due to this
"
    );
    // The line on which a value begins, and what stands behind it.
    let value = "let a = 1;\n  a.foo() // \u{e4}";
    let errors = reader.errors("cell-second", &[("second", value)]);
    assert_eq!(place(&errors[0]), ("second", 2, 5, 2, 8));
    let value = "struct Mute;\nlet mute = Mute;\n mute";
    let errors = reader.errors("cell-second", &[("second", value)]);
    assert_eq!(errors[0].code.as_deref(), Some("E0277"));
    assert_eq!(place(&errors[0]), ("second", 3, 2, 3, 6));
    let rendered = &errors[0].rendered;
    assert!(!rendered.contains("cells::run"), "{rendered}");
    assert!(rendered.contains("#[derive(Debug)]"), "{rendered}");
    // A borrow from one cell to another.
    let errors = reader.errors("cell-last", &[("second", "drop(text);")]);
    let moved = errors.iter().find(|it| it.code.as_deref() == Some("E0382"));
    let moved = moved.unwrap();
    assert!(moved.spans.iter().any(|it| it.cell == "cell-second"));
    // Of what no one sees there is no word.
    let errors = reader.errors("cell-last", &[("last", "Some(1)?;\n1 +")]);
    let (error, rendered) = (&errors[0], &errors[0].rendered);
    assert_eq!(place(error).0, "last");
    assert_eq!((place(error).1, place(error).2), (2, 4), "{rendered}");
    assert!(
        error.message.contains("found the end of the cell"),
        "{rendered}"
    );
    let errors = reader.errors("cell-last", &[("last", "Some(1)?;")]);
    let rendered = &errors[0].rendered;
    assert_eq!(place(&errors[0]), ("last", 1, 8, 1, 9), "{rendered}");
    assert!(!rendered.contains("section"), "{rendered}");
    // What is to be used is used in the cell.
    let map = "let m: HashMap<i32, i32> = HashMap::new();";
    let errors = reader.errors("cell-last", &[("last", map)]);
    let mut help = errors.iter().flat_map(|it| &it.children);
    let suggested = help.any(|it| {
        it.spans.iter().any(|it| {
            let text = it.suggestion.as_deref().unwrap_or_default();
            text.starts_with("use std::collections::HashMap;")
                && (it.cell.as_str(), it.line) == ("cell-last", 1)
        })
    });
    assert!(suggested, "{errors:#?}");
}

fn brackets_are_those_of_the_cell(reader: &mut Reader) {
    for (edit, start) in [
        ("let x = (1;\nlet y = 2;", 1),
        ("let x = 1;\n}\nlet y = 2;", 2),
        ("fn f() {\nlet x = 1;\n", 1),
        ("let x = 1;\nlet y = \"2;", 2),
        ("let x = 1;\n/* two", 2),
    ] {
        let errors = reader.errors("cell-last", &[("second", edit)]);
        let rendered = &errors[0].rendered;
        assert_eq!(place(&errors[0]).0, "second", "{rendered}");
        assert_eq!(place(&errors[0]).1, start, "{rendered}");
        for error in &errors {
            assert!(!error.rendered.contains("cells::run"), "{rendered}");
            assert!(!error.rendered.contains("file"), "{rendered}");
        }
    }
}

fn warnings_are_those_of_a_notebook(reader: &mut Reader) {
    let edit = "use std::fmt::Debug;\nlet mut unused = 1;\n\
                fn never() {}\n\"1\".parse::<i32>();\npanic!()";
    let edits = [("second", edit)];
    let (warnings, was_kept) = reader.warnings("cell-second", &edits);
    assert!(!was_kept);
    assert_eq!(warnings.len(), 1, "{warnings:#?}");
    assert_eq!(place(&warnings[0]), ("second", 4, 1, 4, 19));
    assert!(!warnings[0].rendered.contains("#[warn"), "{warnings:#?}");
    assert_eq!(reader.warnings("cell-second", &edits), (warnings, true));
}

fn what_must_not_compile_does_not(reader: &mut Reader) {
    let mut refusal = |edits: &[(&str, &str)]| {
        let edits = edits_of(edits);
        let Reader {
            book,
            page,
            section,
            ..
        } = *reader;
        let cell = "cell-failing";
        let program =
            LiveProgram::failing(book, page, section, cell, &edits).unwrap();
        match reader.compile(&program) {
            Compiled::Refused(errors) => program.refusal(&errors),
            Compiled::Accepted => Err("accepted".into()),
            other @ Compiled::Program { .. } => panic!("{other:#?}"),
        }
    };
    let headline = "error[E0382]: use of moved value: `text`\n";
    assert_eq!(refusal(&[]).as_deref(), Ok(headline));
    assert_eq!(refusal(&[]).as_deref(), Ok(headline));
    assert_eq!(
        refusal(&[("failing", "drop(text);")]),
        Err("accepted".into())
    );
    for (edits, why) in [
        (&[("failing", "let x: i32 = text;")][..], "alone"),
        (
            &[("second", "drop(text); drop(text);"), ("failing", "1;")],
            "another does",
        ),
    ] {
        let said = refusal(edits).unwrap_err();
        assert!(said.contains(why), "{said}");
    }
}

fn nothing_is_left_behind(folder: &Path) {
    let work = fs::read_dir(folder.join("work")).unwrap();
    assert_eq!(work.count(), 0);
}

fn data_may_be_missing(book: &Book) {
    let page = &book.pages[1];
    let program = |cell: &str| {
        let section = &page.sections[0];
        LiveProgram::new(book, page, section, cell, &Edits::new())
    };
    let why = program("cell-only").unwrap_err();
    assert_eq!(
        why,
        "this section needs pair, which is not in data/pair: run `cargo book \
         data`"
    );
    let why = program("cell-other").unwrap_err();
    assert!(why.contains("no cell cell-other"), "{why}");
}
