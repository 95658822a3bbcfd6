use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use pulldown_cmark::{Event, Parser, Tag};

use crate::figures;
use crate::include::resolve;
use crate::problem::slashed;
use crate::source::Lines;
use crate::{Config, DataSet, Page, Problem, Section};

/// The file that lists a book's pages.
pub(crate) const SUMMARY: &str = "SUMMARY.md";

/// A book: what `book.toml` says, and every page that `SUMMARY.md` lists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Book {
    /// The folder that holds `book.toml`.
    pub root: PathBuf,
    /// What `book.toml` says.
    pub config: Config,
    /// The pages, in the order of `SUMMARY.md`.
    pub pages: Vec<Page>,
}

impl Book {
    /// Reads the book whose `book.toml` is in `root`, and checks all that can
    /// be checked without running a cell.
    ///
    /// # Errors
    ///
    /// Every problem of the book, in the order of files and lines; see the
    /// [crate's documentation](crate#what-is-an-error) for what is one.
    pub fn load(root: &Path) -> Result<Book, Vec<Problem>> {
        let config = Config::load(root)?;
        let mut problems = Vec::new();
        let listed = summary(root, &config, &mut problems);
        unlisted(root, &config, &listed, &mut problems);
        let mut pages: Vec<Page> = Vec::new();
        let mut names: BTreeMap<String, PathBuf> = BTreeMap::new();
        for path in listed {
            let page = read(root, &path)
                .map_err(|problem| vec![problem])
                .and_then(|text| Page::parse(root, &config, &path, text));
            match page {
                Err(found) => problems.extend(found),
                Ok(page) => {
                    if let Some(other) = names.get(&page.name) {
                        problems.push(Problem::new(
                            &page.path,
                            1,
                            format!(
                                "its tests would be named like those of {}: \
                                 give one of the two another file name",
                                slashed(other)
                            ),
                        ));
                    }
                    names.insert(page.name.clone(), page.path.clone());
                    pages.push(page);
                }
            }
        }
        // A page that is not good may show what seems to be missing.
        if problems.is_empty() {
            problems = figures::check(root, &config, &pages);
        }
        if problems.is_empty() {
            Ok(Book {
                root: root.to_owned(),
                config,
                pages,
            })
        } else {
            problems.sort();
            Err(problems)
        }
    }

    /// Why a section cannot run now, if a data set that it needs is missing:
    /// which, where it should be, and what fetches it.
    #[must_use]
    pub fn missing_data(&self, section: &Section) -> Option<String> {
        self.missing(&section.needs)
    }

    /// The same of these data sets.
    #[must_use]
    pub fn missing(&self, needs: &BTreeSet<String>) -> Option<String> {
        let missing: Vec<String> = needs
            .iter()
            .filter_map(|name| self.config.data.get(name))
            .filter(|set| !set.is_present(&self.root))
            .map(|DataSet { name, folder, .. }| {
                format!("{name}, which is not in {}", slashed(folder))
            })
            .collect();
        (!missing.is_empty()).then(|| {
            let missing = missing.join(", and ");
            format!("needs {missing}: run `{}`", self.config.fetch)
        })
    }
}

fn read(root: &Path, path: &Path) -> Result<String, Problem> {
    let bytes = fs::read(root.join(path)).map_err(|error| {
        Problem::new(path, 1, format!("cannot be read: {error}"))
    })?;
    String::from_utf8(bytes).map_err(|error| {
        let good = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line = String::from_utf8_lossy(good).matches('\n').count() + 1;
        Problem::new(path, line, "this line is not UTF-8")
    })
}

/// The pages that `SUMMARY.md` links to.
fn summary(
    root: &Path,
    config: &Config,
    problems: &mut Vec<Problem>,
) -> Vec<PathBuf> {
    let path = config.src.join(SUMMARY);
    let text = match read(root, &path) {
        Ok(text) => text,
        Err(problem) => {
            problems.push(problem);
            return Vec::new();
        }
    };
    let lines = Lines::new(&text);
    let mut pages: Vec<PathBuf> = Vec::new();
    for (event, range) in Parser::new(&text).into_offset_iter() {
        let Event::Start(Tag::Link { dest_url, .. }) = event else {
            continue;
        };
        // A link to nothing announces a page yet to be written.
        if dest_url.is_empty() {
            continue;
        }
        let mut problem = |message: String| {
            problems.push(Problem::new(&path, lines.at(range.start), message));
        };
        let Some(page) = resolve(Path::new(&*dest_url)) else {
            problem(format!("{dest_url} is outside of the book's pages"));
            continue;
        };
        let page = config.src.join(page);
        if !root.join(&page).is_file() {
            problem(format!("{} does not exist", slashed(&page)));
        } else if pages.contains(&page) {
            problem(format!("{} is listed twice", slashed(&page)));
        } else {
            pages.push(page);
        }
    }
    pages
}

/// Pages that nobody would see: Markdown files that `SUMMARY.md` lacks.
fn unlisted(
    root: &Path,
    config: &Config,
    listed: &[PathBuf],
    problems: &mut Vec<Problem>,
) {
    let summary = config.src.join(SUMMARY);
    let mut found = Vec::new();
    if let Err((path, error)) = markdown_files(root, &config.src, &mut found) {
        let message = format!("cannot be read: {error}");
        problems.push(Problem::new(path, 1, message));
    }
    for page in found {
        if page != summary && !listed.contains(&page) {
            problems.push(Problem::new(
                page,
                1,
                format!(
                    "this page is not in {}: list it there, so that it is \
                     shown and checked",
                    slashed(&summary)
                ),
            ));
        }
    }
}

fn markdown_files(
    root: &Path,
    folder: &Path,
    found: &mut Vec<PathBuf>,
) -> Result<(), (PathBuf, io::Error)> {
    let at = |error| (folder.to_owned(), error);
    for entry in fs::read_dir(root.join(folder)).map_err(at)? {
        let entry = entry.map_err(at)?;
        let path = folder.join(entry.file_name());
        if entry.file_type().map_err(at)?.is_dir() {
            markdown_files(root, &path, found)?;
        } else if path
            .extension()
            .is_some_and(|ending| ending.eq_ignore_ascii_case("md"))
        {
            found.push(path);
        }
    }
    Ok(())
}
