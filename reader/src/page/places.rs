//! Whether every link of a book leads somewhere.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::{Path, PathBuf};

use pulldown_cmark::{BrokenLink, Event, LinkType, Parser, Tag, TagEnd};

use super::address::{Target, target};
use super::ids::ids;
use super::labels::{Kind, Labels};
use super::links::{Link, links};
use super::mistake::Mistake;
use super::source::Source;

/// The pages of a book: what an address of one may be.
pub struct Pages<'a>(BTreeMap<PathBuf, &'a Source<'a>>);

impl<'a> Pages<'a> {
    /// Of these pages.
    pub fn new(sources: &'a [Source<'a>]) -> Self {
        let mut pages = BTreeMap::new();
        for source in sources {
            pages.insert(source.path.with_extension("html"), source);
            pages.insert(source.path.clone(), source);
        }
        Self(pages)
    }

    /// The page with this path, or with that of its HTML.
    pub fn get(&self, path: &Path) -> Option<&'a Source<'a>> {
        self.0.get(path).copied()
    }
}

/// What a book has that a link can lead to.
pub struct Places<'a> {
    /// The folder of all pages.
    pub folder: PathBuf,
    /// The pages.
    pub pages: Pages<'a>,
    /// The ids of each page.
    pub ids: BTreeMap<PathBuf, Vec<String>>,
    /// What can be referred to.
    pub labels: &'a Labels,
}

/// Files that mdBook makes beside those of the pages.
const MADE: [&str; 4] = ["index.html", "print.html", "toc.html", "404.html"];

impl Places<'_> {
    /// Checks that every link of a page leads somewhere.
    pub fn check(&self, source: &Source, mistakes: &mut Vec<Mistake>) {
        for link in links(source) {
            // Of a picture, more is said elsewhere.
            let is_picture = source
                .pictures()
                .iter()
                .any(|picture| picture.range.start == link.range.start);
            if is_picture {
                continue;
            }
            if let Err(message) = self.find(source, &link) {
                mistakes.push(Mistake::new(link.range, message));
            }
        }
        for range in without_footnote(source) {
            let mark = &source.text[range.clone()];
            mistakes.push(Mistake::new(
                range.clone(),
                format!(
                    "`{mark}` is no footnote: the page has no line `{mark}: \
                     text` for it (a bracket is written `\\[`)"
                ),
            ));
        }
        for range in undefined(source) {
            let link = &source.text[range.clone()];
            mistakes.push(Mistake::new(
                range.clone(),
                format!(
                    "`{link}` is no link: the page has no line `[name]: \
                     address` for it"
                ),
            ));
        }
        let mut taken = BTreeSet::new();
        for id in self.ids(source) {
            let is_known = self.labels.page(&source.path).is_doubled(id);
            if !taken.insert(id) && !is_known {
                // What the page does not have is in one of its pictures.
                let mut here = ids(source.text, source.options).into_iter();
                let here = here.rfind(|(other, _)| other == id);
                mistakes.push(Mistake::new(
                    here.map(|(_, range)| range).unwrap_or_default(),
                    format!(
                        "two things on this page have the id `{id}`: give \
                         one of them another name"
                    ),
                ));
            }
        }
    }

    fn ids(&self, page: &Source) -> &[String] {
        self.ids.get(&page.path).map_or(&[], Vec::as_slice)
    }

    fn find(&self, source: &Source, link: &Link) -> Result<(), String> {
        let shown = &link.address;
        let Target { path, anchor } = target(&source.path, shown);
        let Some(path) = path else {
            return Err(format!(
                "`{shown}` leads out of the folder of the pages, and to \
                 nothing where the book will be"
            ));
        };
        let Some(page) = self.pages.get(&path) else {
            let is_made = MADE.iter().any(|made| path == Path::new(made));
            let is_page = path.extension().is_some_and(|it| it == "md");
            if is_made || (!is_page && self.folder.join(&path).is_file()) {
                return Ok(());
            }
            if self.folder.join(&path).is_dir() {
                return Err(format!(
                    "`{shown}` is a folder, which shows nothing where the \
                     book is read from files: name a page in it"
                ));
            }
            let index = path.with_file_name("index.md");
            let stem = path.file_stem().unwrap_or_default();
            if is_page
                && stem.eq_ignore_ascii_case("readme")
                && self.pages.get(&index).is_some()
            {
                return Err(format!(
                    "`{shown}`: mdBook calls that page index.md"
                ));
            }
            if !is_page {
                let path = shown_as(&path);
                return Err(format!("`{shown}`: there is no file {path}"));
            }
            let pages = self.pages.0.values().map(|page| shown_as(&page.path));
            let near = nearest(&shown_as(&path), pages);
            let near = near.map_or_else(String::new, |near| {
                format!("; the nearest page is {near}")
            });
            let path = shown_as(&path);
            return Err(format!("`{shown}`: there is no {path}{near}"));
        };
        let is_of_cells =
            anchor.starts_with("cell-") || anchor.starts_with("fig-");
        if page.cells.is_none() && is_of_cells {
            // More is said of that page.
            return Ok(());
        }
        let label = self.labels.page(&page.path).get(&anchor);
        let is_there = label.is_some() || self.ids(page).contains(&anchor);
        match (link.meant(), label) {
            (Some(kind), Some(label)) if label.kind != kind => Err(format!(
                "`{shown}` is {label}, so the text of the link is not \
                 `{kind}`"
            )),
            (Some(kind), None) if is_there || anchor.is_empty() => {
                Err(format!(
                    "`{shown}` is nothing with a number, so the text of the \
                     link is not `{kind}`"
                ))
            }
            (meant, _) if !is_there && !anchor.is_empty() => {
                Err(self.no_place(page, shown, &anchor, meant))
            }
            _ => Ok(()),
        }
    }

    fn no_place(
        &self,
        page: &Source,
        shown: &str,
        anchor: &str,
        meant: Option<Kind>,
    ) -> String {
        let labels = self.labels.page(&page.path);
        let page_name = shown_as(&page.path);
        let ids = self.ids(page).iter().map(String::as_str);
        let fitting = ids.filter(|id| {
            meant.is_none_or(|kind| {
                labels.get(id).is_some_and(|label| label.kind == kind)
            })
        });
        let near = match (nearest(anchor, fitting), meant) {
            (Some(near), _) => {
                let label = labels.get(&near);
                let label =
                    label.map_or_else(String::new, |it| format!(", {it}"));
                format!("; the nearest is #{near}{label}")
            }
            (None, Some(kind)) => format!(", and no {kind} at all"),
            (None, None) => String::new(),
        };
        format!("`{shown}`: {page_name} has no #{anchor}{near}")
    }
}

/// References of ours that nothing defines: `[Figure][bill]`.
fn undefined(source: &Source) -> Vec<Range<usize>> {
    let page = source.text;
    let mut undefined = Vec::new();
    let mut see = |link: BrokenLink| {
        let shown = &page[link.span.clone()];
        let text = shown.trim_start_matches('[').split(']').next();
        if shown.ends_with(']')
            && link.link_type == LinkType::Reference
            && text.is_some_and(|text| Kind::named(text).is_some())
        {
            undefined.push(link.span);
        }
        None
    };
    let parser = Parser::new_with_broken_link_callback(
        page,
        source.options,
        Some(&mut see),
    );
    parser.for_each(drop);
    undefined
}

/// Marks of footnotes that the page does not have.
fn without_footnote(source: &Source) -> Vec<Range<usize>> {
    let text = source.text;
    let mut marks = Vec::new();
    let mut is_code = false;
    for (event, range) in &source.events {
        match event {
            Event::Start(Tag::CodeBlock(_)) => is_code = true,
            Event::End(TagEnd::CodeBlock) => is_code = false,
            Event::Text(_) if !is_code => {
                let found = text[range.clone()].match_indices('[');
                let found = found.map(|(at, _)| range.start + at);
                marks.extend(found.filter_map(|at| {
                    let name = text[at..].strip_prefix("[^")?;
                    let name = name.split_once(']')?.0;
                    let is_mark = !name.is_empty()
                        && !name.contains(char::is_whitespace)
                        && !text[..at].ends_with('\\');
                    is_mark.then(|| at..at + name.len() + 3)
                }));
            }
            _ => {}
        }
    }
    marks
}

fn shown_as(path: &Path) -> String {
    path.to_string_lossy().replace('\\', "/")
}

/// What is most like a name.
fn nearest(
    name: &str,
    all: impl Iterator<Item = impl AsRef<str>>,
) -> Option<String> {
    all.map(|other| {
        let other = other.as_ref().to_owned();
        (strsim::normalized_levenshtein(name, &other), other)
    })
    .max_by(|a, b| a.0.total_cmp(&b.0))
    .map(|(_, other)| other)
}
