//! Pages as notebooks for evcxr, the Rust kernel for Jupyter.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Output as Said};

use anyhow::{Context, Result, anyhow};
use cells::export::{self, Notebook, Part};
use cells::live::{Edits, Libraries};
use cells::{Book, Cell, Kind, Page};
use mdbook_renderer::{RenderContext, Renderer};

use super::json::{Json, Output};
use crate::page::labels::Labels;
use crate::page::source::{self, Source};
use crate::page::{Piece, prose};
use crate::render;

/// What notebooks are asked for.
pub struct Order<'a> {
    pub book: &'a Book,
    pub pages: &'a [&'a Page],
    /// What a reader has changed.
    pub edits: &'a Edits,
    /// The way to the book's root, from the folder of a notebook.
    pub from: &'a dyn Fn(&Path) -> String,
}

/// What it takes to ask the compiler what evcxr can keep.
pub struct Asking<'a> {
    pub libraries: &'a Libraries,
    /// The folder that it writes into.
    pub folder: &'a Path,
    /// What starts it.
    pub start: &'a mut dyn FnMut(Command) -> io::Result<Said>,
}

/// For mdBook, what its preprocessors work for.
struct Notebooks;

impl Renderer for Notebooks {
    fn name(&self) -> &'static str {
        "notebook"
    }

    fn render(&self, _: &RenderContext) -> Result<()> {
        Ok(())
    }
}

/// Pages as the texts of notebooks, by their paths.
///
/// # Errors
///
/// The book cannot be read, or the compiler cannot be asked.
pub fn notebooks(
    order: &Order,
    asking: &mut Asking,
) -> Result<BTreeMap<PathBuf, String>> {
    let book = order.book;
    let loaded = render::load(&book.root)?;
    let (chapters, context) = loaded.preprocess_book(&Notebooks)?;
    let html = context.config.html_config().unwrap_or_default();
    let options = source::options(&html);
    // The problems of a book are found when it is loaded.
    let mut problems = Vec::new();
    let sources: Vec<Source> = chapters
        .chapters()
        .map(|chapter| {
            let (root, config) = (&book.root, &book.config);
            Source::read(root, config, options, chapter, &mut problems)
        })
        .collect();
    let labels = Labels::new(&sources, &mut |_, _| ());
    let mut notebooks = BTreeMap::new();
    for page in order.pages {
        let source = sources.iter().find(|source| source.file == page.path);
        let source = source.with_context(|| {
            format!("{} is no chapter", page.path.display())
        })?;
        let made = Making {
            order,
            source,
            sources: &sources,
            labels: &labels,
        };
        let path = source.path.with_extension("ipynb");
        notebooks.insert(path, made.notebook(asking)?);
    }
    Ok(notebooks)
}

/// What it takes to make one notebook.
struct Making<'a> {
    order: &'a Order<'a>,
    source: &'a Source<'a>,
    sources: &'a [Source<'a>],
    labels: &'a Labels,
}

impl Making<'_> {
    fn notebook(&self, asking: &mut Asking) -> Result<String> {
        let (book, edits) = (self.order.book, self.order.edits);
        let mut json = Json::new();
        let Some(page) = &self.source.cells else {
            json.text(self.source.text);
            return Ok(json.finish());
        };
        let Asking {
            libraries,
            folder,
            start,
        } = asking;
        let parts = Notebook::new(page, edits, libraries, folder, *start)
            .context("the compiler cannot be asked what evcxr can keep")?
            .parts;
        let cells: Vec<&Cell> = page.cells().collect();
        let codes = cells.iter().map(|cell| self.shown(cell));
        let parts: Vec<(Part, String)> = parts.into_iter().zip(codes).collect();
        let setup = self.setup(page)?;
        let sections = page.sections.iter().enumerate();
        let sections: Vec<usize> = sections
            .flat_map(|(at, section)| section.cells.iter().map(move |_| at))
            .collect();
        let mut section = None;
        let root = &book.root;
        for piece in prose(root, self.sources, self.labels, self.source, &parts)
        {
            let (at, cell) = match piece {
                Piece::Text(text) => {
                    json.text(&text);
                    continue;
                }
                Piece::Cell(at, cell) => (at, cell),
            };
            if section.replace(sections[at]) != Some(sections[at]) {
                json.folded(&setup);
            }
            let Part::Code { text, count, fails } = &parts[at].0 else {
                continue;
            };
            let run = |cell: &&&Cell| cell.tags.kind == Kind::Run || *fails;
            let mut of: Vec<&Cell> = cells[..=at]
                .iter()
                .rev()
                .filter(run)
                .take(*count)
                .copied()
                .collect();
            of.reverse();
            let outputs = self.outputs(page, &of)?;
            json.code(&cell.anchor, text, *fails, &outputs);
        }
        Ok(json.finish())
    }

    /// What a reader sees of a cell that does not run where it stands.
    fn shown(&self, cell: &Cell) -> String {
        if let Some(text) = self.order.edits.get(&cell.anchor) {
            return text.trim_end().to_owned();
        }
        let rows = cell.code.iter().filter(|row| !row.hidden);
        let rows: Vec<&str> = rows.map(|row| row.text.as_str()).collect();
        rows.join("\n")
    }

    /// What a section begins with: nothing is left of those above, the crates
    /// are named, and paths are from the book's root.
    fn setup(&self, page: &Page) -> Result<String> {
        let path = &self.source.path;
        let folder = path.parent().unwrap_or(Path::new(""));
        let from = (self.order.from)(folder);
        let (book, edits) = (self.order.book, self.order.edits);
        let crates = export::dependencies(book, page, edits, &from)
            .map_err(|error| anyhow!(error))?;
        let mut setup = ":clear\n".to_owned();
        for (name, value) in crates {
            let _ = writeln!(setup, ":dep {name} = {value}");
        }
        let _ = write!(setup, "std::env::set_current_dir({from:?})?;");
        Ok(setup)
    }

    /// What the page shows under cells, unless a reader has changed them or
    /// those above them.
    fn outputs(&self, page: &Page, cells: &[&Cell]) -> Result<Vec<Output>> {
        let edits = self.order.edits;
        let is_changed = cells.iter().any(|cell| {
            let section =
                page.sections.iter().find(|it| it.cells.contains(cell));
            let above = section.iter().flat_map(|it| &it.cells);
            let mut above = above.take_while(|it| it.line <= cell.line);
            above.any(|it| edits.contains_key(&it.anchor))
        });
        let mut outputs = Vec::new();
        if is_changed {
            return Ok(outputs);
        }
        for cell in cells {
            if let Some(output) = &cell.output {
                let text = output.lines.join("\n") + "\n";
                outputs.push(match &cell.tags.kind {
                    Kind::ShouldPanic => Output::Failed {
                        name: "panic".to_owned(),
                        text,
                    },
                    Kind::CompileFail { code } => Output::Failed {
                        name: code.clone(),
                        text,
                    },
                    _ => Output::Printed(text),
                });
                merge(&mut outputs);
            }
            for picture in &cell.pictures {
                let path = self.order.book.root.join(&picture.path);
                let svg = fs::read_to_string(&path)
                    .with_context(|| format!("{}", path.display()))?;
                let alt = picture.alt.clone();
                outputs.push(Output::Drawn { svg, alt });
            }
        }
        Ok(outputs)
    }
}

/// Makes one output of two texts that follow each other.
fn merge(outputs: &mut Vec<Output>) {
    if let [.., Output::Printed(first), Output::Printed(last)] =
        &mut outputs[..]
    {
        first.push_str(last);
        outputs.pop();
    }
}
