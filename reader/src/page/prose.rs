//! A page as the Markdown of a notebook, around the cells that run there.
//!
//! It says what the page says, in what Jupyter shows: its links lead from
//! notebook to notebook, pictures are in it, formulas stay TeX.

use std::collections::BTreeMap;
use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use cells::Cell;
use cells::export::Part;
use pulldown_cmark::{Event, Tag, TagEnd};

use super::address::{Target, address, target};
use super::edits::Edits;
use super::html::is_balanced;
use super::ids::ids;
use super::labels::Labels;
use super::links::{links, numbered};
use super::places::Pages;
use super::source::Source;
use super::view::View;
use crate::math::formulas;

/// A part of a page in a notebook.
#[derive(Debug, PartialEq, Eq)]
pub enum Piece<'a> {
    /// Text, as Markdown.
    Text(String),
    /// A cell that runs: its place among the page's cells, and it.
    Cell(usize, &'a Cell),
}

/// The pieces of a page, given what its cells become and the code of each.
pub fn prose<'a>(
    root: &Path,
    sources: &[Source],
    labels: &Labels,
    source: &'a Source,
    cells: &[(Part, String)],
) -> Vec<Piece<'a>> {
    let prose = Prose {
        root,
        pages: Pages::new(sources),
        view: View::home(source, labels),
    };
    let mut edits = Edits::default();
    prose.links(&mut edits);
    prose.formulas(&mut edits);
    prose.blocks(&mut edits);
    prose.footnotes(&mut edits);
    let mut pieces = Vec::new();
    let mut done = 0;
    for (at, cell) in source.cells().enumerate() {
        let Some((part, code)) = cells.get(at) else {
            continue;
        };
        match part {
            Part::Code { .. } => {
                let text = prose.part(done..cell.range.start, &edits);
                pieces.extend(text.map(Piece::Text));
                pieces.push(Piece::Cell(at, cell));
                done = end(cell);
            }
            Part::Joined { variables } => {
                prose.show(cell, code, &mut edits);
                let note = source.lines(cell.range.start, &note(variables));
                edits.after(&(cell.range.start..end(cell)), note);
            }
            Part::Shown => prose.show(cell, code, &mut edits),
        }
    }
    let text = prose.part(done..source.text.len(), &edits);
    pieces.extend(text.map(Piece::Text));
    pieces
}

/// Where a cell ends, and what it prints and draws.
fn end(cell: &Cell) -> usize {
    let output = cell.output.as_ref().map_or(&cell.range, |it| &it.range);
    cell.pictures.last().map_or(output, |it| &it.range).end
}

/// Why a cell does not run where it stands.
fn note(variables: &[String]) -> String {
    let names = variables.iter().map(|name| format!("`{name}`"));
    let names: Vec<String> = names.collect();
    let names = names.join(", ");
    let verb = if variables.len() == 1 { "is" } else { "are" };
    format!(
        "\n\n*Here this cell runs as part of one below: between two cells \
         the kernel keeps no borrow and no closure, and {names} {verb} needed \
         there.*"
    )
}

struct Prose<'a> {
    root: &'a Path,
    pages: Pages<'a>,
    view: View<'a>,
}

impl Prose<'_> {
    fn part(&self, part: Range<usize>, edits: &Edits) -> Option<String> {
        let source = self.view.source;
        let text = edits.clone().apply(source.text, part.clone());
        let text = text.trim();
        if text.is_empty() {
            return None;
        }
        if is_balanced(&source.tags(&part)) {
            return Some(text.to_owned());
        }
        // A notebook cannot fold what has cells in it.
        let mut text = text.to_owned();
        for (tag, instead) in [
            ("<details>", ""),
            ("</details>", ""),
            ("<summary>", "<b>"),
            ("</summary>", "</b>"),
        ] {
            text = text.replace(tag, instead);
        }
        Some(text.trim().to_owned())
    }

    fn links(&self, edits: &mut Edits) {
        let source = self.view.source;
        for link in links(source) {
            let Some(inside) = &link.inside else {
                continue;
            };
            let Range { start, end } = link.range;
            if link.is_image {
                if let Some(picture) = self.picture(&link.address) {
                    let close = format!("]({picture})");
                    edits.replace(inside.end..end, close);
                }
                continue;
            }
            let shown = numbered(&link, &self.view, &self.pages);
            let to = self.address(&link.address);
            let (open, close) = match &to {
                Some(to) => ("[", format!("](<{to}>)")),
                None => ("", String::new()),
            };
            if let Some(shown) = shown {
                edits.replace(start..end, format!("{open}{shown}{close}"));
            } else {
                edits.replace(start..inside.start, open);
                edits.replace(inside.end..end, close);
            }
        }
    }

    /// Where a link leads in a notebook, if it leads anywhere: Jupyter knows
    /// headings, by their text, and no other places.
    fn address(&self, to: &str) -> Option<String> {
        let source = self.view.source;
        let Target { path, anchor } = target(&source.path, to);
        let Some(page) = path.and_then(|path| self.pages.get(&path)) else {
            return Some(to.to_owned());
        };
        let heading = heading(page, &anchor).unwrap_or_default();
        let is_here = page.path == source.path;
        if is_here && heading.is_empty() {
            return None;
        }
        let path = page.path.with_extension("ipynb");
        let from = source.path.with_extension("ipynb");
        let to = address(&from, &path, &heading);
        Some(to)
    }

    /// A picture of the book, as an address that holds it.
    fn picture(&self, address: &str) -> Option<String> {
        let source = self.view.source;
        let folder = source.file.parent()?;
        let path: PathBuf = self.root.join(folder).join(address);
        let kind = match path.extension()?.to_str()? {
            "svg" => "svg+xml",
            "jpg" => "jpeg",
            kind @ ("png" | "jpeg" | "gif" | "webp") => kind,
            _ => return None,
        };
        let bytes = BASE64_STANDARD.encode(fs::read(&path).ok()?);
        Some(format!("data:image/{kind};base64,{bytes}"))
    }

    /// Numbers equations, and keeps dollars that begin no formula from
    /// beginning one.
    fn formulas(&self, edits: &mut Edits) {
        let source = self.view.source;
        let formulas = formulas(source.text, &source.events);
        for formula in &formulas {
            let text = &source.text[formula.range.clone()];
            let start = formula.range.start;
            if let Some(name) = formula.name
                && let Some(label) = self.view.labels().equation(start)
            {
                let named = format!("\\label{{{name}}}");
                if let Some(at) = text.find(&named) {
                    let range = start + at..start + at + named.len();
                    let tag = format!("\\tag{{{}}}", label.number);
                    edits.replace(range, tag);
                }
            }
        }
        let mut in_code = false;
        for (event, range) in &source.events {
            match event {
                Event::Start(Tag::CodeBlock(_)) => in_code = true,
                Event::End(TagEnd::CodeBlock) => in_code = false,
                Event::Text(_)
                | Event::InlineMath(_)
                | Event::DisplayMath(_)
                    if !in_code
                        && !formulas.iter().any(|it| it.range == *range) =>
                {
                    self.escape(range, edits);
                }
                _ => {}
            }
        }
    }

    fn escape(&self, range: &Range<usize>, edits: &mut Edits) {
        let text = self.view.source.text;
        for (at, _) in text[range.clone()].match_indices('$') {
            let at = range.start + at;
            if !text[..at].ends_with('\\') {
                edits.replace(at..at + 1, "\\$");
            }
        }
    }

    /// Boxes and listings.
    fn blocks(&self, edits: &mut Edits) {
        let source = self.view.source;
        for (event, range) in &source.events {
            let Event::Start(Tag::BlockQuote(Some(kind))) = event else {
                continue;
            };
            let text = &source.text[range.clone()];
            let name = format!("{kind:?}");
            let mark = format!("[!{}]", name.to_uppercase());
            if let Some(at) = text.to_uppercase().find(&mark) {
                let at = range.start + at;
                edits.replace(at..at + mark.len(), format!("**{name}.**"));
            }
        }
        let excerpts = source.cells.iter().flat_map(|page| &page.excerpts);
        for excerpt in excerpts {
            let range = &excerpt.range;
            let text = &source.text[range.clone()];
            let first = text.find('\n').unwrap_or(text.len());
            let tags = text[..first].find("rust").map_or(first, |at| at + 4);
            edits.replace(range.start + tags..range.start + first, "");
        }
    }

    fn footnotes(&self, edits: &mut Edits) {
        let source = self.view.source;
        let mut numbers: BTreeMap<&str, usize> = BTreeMap::new();
        for (event, range) in &source.events {
            let (name, is_mark) = match event {
                Event::FootnoteReference(name) => (&**name, true),
                Event::Start(Tag::FootnoteDefinition(name)) => (&**name, false),
                _ => continue,
            };
            let next = numbers.len() + 1;
            let number = *numbers.entry(name).or_insert(next);
            let shown = format!("<sup>{number}</sup>");
            if is_mark {
                edits.replace(range.clone(), shown);
            } else {
                let mark = range.start..range.start + name.len() + 4;
                edits.replace(mark, shown);
            }
        }
    }

    /// A cell that does not run here, as a listing.
    fn show(&self, cell: &Cell, code: &str, edits: &mut Edits) {
        let source = self.view.source;
        let fence = "`".repeat(3.max(1 + longest_run(code)));
        let listing = format!("{fence}rust\n{code}\n{fence}");
        let range = source.trimmed(&cell.range);
        let listing = source.lines(range.start, &listing);
        edits.replace(range, listing);
    }
}

fn longest_run(code: &str) -> usize {
    let runs = code.split(|c| c != '`').map(str::len);
    runs.max().unwrap_or_default()
}

/// The address that Jupyter gives to the heading with this id.
fn heading(page: &Source, id: &str) -> Option<String> {
    let all = ids(page.text, page.options);
    let (_, range) = all.into_iter().find(|(found, _)| found == id)?;
    let mut is_heading = false;
    let mut text = String::new();
    for (event, at) in &page.events {
        match event {
            Event::Start(Tag::Heading { .. }) => {
                is_heading = at.start <= range.start && range.start < at.end;
            }
            Event::End(TagEnd::Heading(_)) if is_heading => {
                return Some(text.replace(' ', "-"));
            }
            Event::Text(part) | Event::Code(part) if is_heading => {
                text.push_str(part);
            }
            _ => {}
        }
    }
    None
}
