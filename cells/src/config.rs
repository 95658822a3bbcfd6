use std::collections::BTreeMap;
use std::fs;
use std::path::{Component, Path, PathBuf};

use serde::Deserialize;
use serde::de::IgnoredAny;
use toml::Spanned;

use crate::Problem;

/// The name of the file that a book is described in.
pub(crate) const FILE: &str = "book.toml";

/// What `book.toml` says of the book: its `[book]` table, which belongs to
/// mdBook, and `[preprocessor.cells]`, which belongs to this crate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// The book's title, empty where `book.toml` gives none.
    pub title: String,
    /// The folder of the pages, relative to the book's root.
    pub src: PathBuf,
    /// The test target that runs the cells: `skeptic`, unless `test` says
    /// otherwise.
    pub test: String,
    /// The command that accepts what the cells print, as messages show it.
    pub bless: String,
    /// The command that fetches data sets, as messages show it.
    pub fetch: String,
    /// The data sets that a cell may ask for, by name.
    pub data: BTreeMap<String, DataSet>,
}

/// Files that some cells need and that are fetched, not committed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataSet {
    /// The name, as in the tag `needs-NAME`.
    pub name: String,
    /// The folder that holds the files, relative to the book's root.
    pub folder: PathBuf,
    /// Addresses, each ending in `/`, under which a server has the files,
    /// gzipped, as `NAME.gz`. They are tried in this order.
    pub mirrors: Vec<String>,
    /// The files, by name.
    pub files: BTreeMap<String, DataFile>,
}

/// One file of a data set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataFile {
    /// Its length in bytes.
    pub bytes: u64,
    /// Its SHA-256, as 64 lower-case hexadecimal digits.
    pub sha256: String,
}

impl DataSet {
    /// Whether every file is there with its right length.
    ///
    /// No file is read: this is for asking often, not for trusting the bytes.
    #[must_use]
    pub fn is_present(&self, root: &Path) -> bool {
        self.files.iter().all(|(name, file)| {
            fs::metadata(root.join(&self.folder).join(name))
                .is_ok_and(|found| found.is_file() && found.len() == file.bytes)
        })
    }
}

impl Config {
    /// Reads `book.toml` in the book's root.
    ///
    /// # Errors
    ///
    /// Every problem of the file: it is missing or not TOML, a key of ours is
    /// unknown, a path leaves the book, a checksum is not one.
    pub fn load(root: &Path) -> Result<Config, Vec<Problem>> {
        let text = fs::read_to_string(root.join(FILE)).map_err(|error| {
            vec![Problem::new(
                FILE,
                1,
                format!(
                    "cannot be read ({error}): a book's root holds its \
                     {FILE}; looked in {}",
                    root.display()
                ),
            )]
        })?;
        Config::parse(&text)
    }

    fn parse(text: &str) -> Result<Config, Vec<Problem>> {
        let file: File = toml::from_str(text).map_err(|error| {
            let start = error.span().map_or(0, |span| span.start);
            vec![Problem::new(FILE, line_at(text, start), error.message())]
        })?;
        let mut check = Check {
            text,
            problems: Vec::new(),
        };
        let config = check.config(file);
        if check.problems.is_empty() {
            Ok(config)
        } else {
            Err(check.problems)
        }
    }
}

fn line_at(text: &str, offset: usize) -> usize {
    let before = text.get(..offset).unwrap_or(text);
    before.matches('\n').count() + 1
}

/// Turns the file's words into ours, and notes every problem on the way.
struct Check<'a> {
    text: &'a str,
    problems: Vec<Problem>,
}

impl Check<'_> {
    fn require<T>(&mut self, holds: bool, at: &Spanned<T>, message: String) {
        if !holds {
            let line = line_at(self.text, at.span().start);
            self.problems.push(Problem::new(FILE, line, message));
        }
    }

    fn config(&mut self, file: File) -> Config {
        let Table {
            test,
            bless,
            fetch,
            data,
            ..
        } = file.preprocessor.cells;
        let src = file.book.src;
        self.require(
            is_inside(src.get_ref()),
            &src,
            format!(
                "src = {:?} must be a folder inside the book",
                src.get_ref()
            ),
        );
        Config {
            title: file.book.title,
            src: PathBuf::from(src.into_inner()),
            test,
            bless,
            fetch,
            data: data
                .into_iter()
                .map(|(name, set)| (name.clone(), self.data_set(name, set)))
                .collect(),
        }
    }

    fn data_set(
        &mut self,
        name: String,
        table: Spanned<DataSetTable>,
    ) -> DataSet {
        self.require(
            is_name(&name),
            &table,
            format!(
                "the data set {name:?}: a name has only a-z, 0-9 and `-`, for \
                 it becomes the tag `needs-NAME`"
            ),
        );
        self.require(
            !table.get_ref().files.is_empty(),
            &table,
            format!("the data set `{name}` names no files"),
        );
        let table = table.into_inner();
        self.require(
            is_inside(table.folder.get_ref()),
            &table.folder,
            format!(
                "the data set `{name}`: folder = {:?} must be a folder inside \
                 the book",
                table.folder.get_ref()
            ),
        );
        for mirror in &table.mirrors {
            let address = mirror.get_ref();
            self.require(
                (address.starts_with("https://")
                    || address.starts_with("http://"))
                    && address.ends_with('/'),
                mirror,
                format!(
                    "the data set `{name}`: the mirror {address:?} must begin \
                     with https:// or http:// and end with /"
                ),
            );
        }
        let files = table
            .files
            .into_iter()
            .map(|(file, entry)| (file.clone(), self.file(&name, &file, entry)))
            .collect();
        DataSet {
            name,
            folder: PathBuf::from(table.folder.into_inner()),
            mirrors: table
                .mirrors
                .into_iter()
                .map(Spanned::into_inner)
                .collect(),
            files,
        }
    }

    fn file(
        &mut self,
        set: &str,
        name: &str,
        table: Spanned<DataFileTable>,
    ) -> DataFile {
        self.require(
            Path::new(name).components().count() == 1 && is_inside(name),
            &table,
            format!("the data set `{set}`: {name:?} is not a file name"),
        );
        let table = table.into_inner();
        let digits = table.sha256.get_ref();
        let hexadecimal = digits
            .bytes()
            .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        self.require(
            digits.len() == 64 && hexadecimal,
            &table.sha256,
            format!(
                "the data set `{set}`: sha256 of {name} must be 64 lower-case \
                 hexadecimal digits, found {} characters, {digits:?}",
                digits.chars().count()
            ),
        );
        DataFile {
            bytes: table.bytes,
            sha256: table.sha256.into_inner(),
        }
    }
}

/// Whether a path names something inside the book's root: relative, with `/`
/// between its parts, and never climbing.
pub(crate) fn is_inside(path: &str) -> bool {
    let normal = |part| matches!(part, Component::Normal(_));
    !path.is_empty()
        && !path.contains('\\')
        && Path::new(path).components().all(normal)
}

/// Whether a text is a name that may stand in a tag and in an address.
pub(crate) fn is_name(name: &str) -> bool {
    let letter = |byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-');
    !name.is_empty() && name.bytes().all(letter)
}

#[derive(Deserialize)]
struct File {
    #[serde(default)]
    book: BookTable,
    #[serde(default)]
    preprocessor: PreprocessorTable,
}

#[derive(Deserialize)]
#[serde(default)]
struct BookTable {
    title: String,
    src: Spanned<String>,
}

impl Default for BookTable {
    fn default() -> BookTable {
        BookTable {
            title: String::new(),
            src: Spanned::new(0..0, "src".into()),
        }
    }
}

#[derive(Deserialize, Default)]
struct PreprocessorTable {
    #[serde(default)]
    cells: Table,
}

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Table {
    test: String,
    bless: String,
    fetch: String,
    data: BTreeMap<String, Spanned<DataSetTable>>,
    // The keys of every preprocessor, which mdBook reads.
    #[serde(rename = "command")]
    _command: IgnoredAny,
    #[serde(rename = "before")]
    _before: IgnoredAny,
    #[serde(rename = "after")]
    _after: IgnoredAny,
    #[serde(rename = "renderers")]
    _renderers: IgnoredAny,
    #[serde(rename = "optional")]
    _optional: IgnoredAny,
}

impl Default for Table {
    fn default() -> Table {
        Table {
            test: "skeptic".into(),
            bless: "cargo book bless".into(),
            fetch: "cargo book data".into(),
            data: BTreeMap::new(),
            _command: IgnoredAny,
            _before: IgnoredAny,
            _after: IgnoredAny,
            _renderers: IgnoredAny,
            _optional: IgnoredAny,
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DataSetTable {
    folder: Spanned<String>,
    #[serde(default)]
    mirrors: Vec<Spanned<String>>,
    files: BTreeMap<String, Spanned<DataFileTable>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DataFileTable {
    bytes: u64,
    sha256: Spanned<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"
[book]
title = "A title"
src = "chapters"
authors = ["mdBook's own key"]

[preprocessor.cells]
command = "mdBook's own key"

[preprocessor.cells.data.mnist]
folder = "data/mnist"
mirrors = ["https://example.org/mnist/"]

[preprocessor.cells.data.mnist.files]
images = { bytes = 4, sha256 = "SUM" }
"#;

    fn good() -> String {
        GOOD.replace("SUM", &"0123456789abcdef".repeat(4))
    }

    #[test]
    fn a_book_is_read() {
        let config = Config::parse(&good()).unwrap();
        assert_eq!(config.title, "A title");
        assert_eq!(config.src, Path::new("chapters"));
        assert_eq!(config.test, "skeptic");
        let mnist = &config.data["mnist"];
        assert_eq!(mnist.folder, Path::new("data/mnist"));
        assert_eq!(mnist.files["images"].bytes, 4);
        assert!(!mnist.is_present(Path::new("/nowhere")));
    }

    #[test]
    fn a_bare_book_has_mdbooks_defaults() {
        let config = Config::parse("").unwrap();
        assert_eq!(config.src, Path::new("src"));
        assert!(config.data.is_empty());
    }

    #[track_caller]
    fn assert_problem(from: &str, to: &str, line: usize, message: &str) {
        let text = good();
        assert!(text.contains(from), "the fixture has no {from:?}");
        let problems = Config::parse(&text.replace(from, to))
            .expect_err("a problem was expected");
        let found: Vec<_> = problems.iter().map(ToString::to_string).collect();
        let start = format!("book.toml:{line}: ");
        assert!(
            found
                .iter()
                .any(|it| it.starts_with(&start) && it.contains(message)),
            "expected {start}...{message}, found {found:#?}"
        );
    }

    #[test]
    fn every_mistake_is_named_with_its_line() {
        assert_problem("folder =", "foldr =", 11, "unknown field `foldr`");
        assert_problem("command =", "comand =", 8, "unknown field `comand`");
        assert_problem("bytes = 4", "bytes = -4", 15, "invalid value");
        assert_problem("bytes = 4, ", "", 15, "missing field `bytes`");
        assert_problem("\"data/mnist\"", "\"../mnist\"", 11, "inside");
        assert_problem("\"data/mnist\"", "\"/mnist\"", 11, "inside");
        assert_problem("\"chapters\"", "\"/chapters\"", 4, "inside");
        assert_problem("mnist/\"", "mnist\"", 12, "end with /");
        assert_problem("https", "ftp", 12, "https://");
        assert_problem("cdef\"", "cde\"", 15, "found 63 characters");
        assert_problem("images =", "\"a/b\" =", 15, "not a file name");
        assert_problem("data.mnist", "data.Mni_st", 10, "`needs-NAME`");
        assert_problem("title = \"A", "title = A", 3, "");
    }
}
