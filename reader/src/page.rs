//! What becomes of a page on its way to HTML.
//!
//! Each module looks at the text of a page, as it arrives, and says what to
//! insert where; all of it is done at once, at the end. The Markdown stays
//! Markdown: what is inserted are the tags around it.

mod address;
pub mod edits;
mod exercises;
mod frames;
mod glossary;
pub mod html;
mod ids;
pub mod labels;
pub mod links;
pub mod mistake;
mod pictures;
pub mod places;
mod prose;
pub mod source;
mod svg;
pub mod view;

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};

use anyhow::Result;
use cells::{Config, Problem};
use mdbook_preprocessor::book::Book;
use mdbook_preprocessor::config::HtmlConfig;

use crate::math::Mathematics;
use edits::Edits;
use exercises::Solutions;
use glossary::Glossary;
use ids::ids;
use labels::Labels;
use mistake::Mistake;
use places::{Pages, Places};
pub use prose::{Piece, prose};
use source::Source;
use view::View;

pub use exercises::tasks;

/// The pages of the book in `root` as mdBook is to read them, by their paths.
/// What is wrong with them is added to the problems.
///
/// # Errors
///
/// None that a book can cause.
pub fn pages(
    root: &Path,
    config: &Config,
    html: &HtmlConfig,
    book: &Book,
    problems: &mut Vec<Problem>,
) -> Result<BTreeMap<PathBuf, String>> {
    let mathematics = Mathematics::new()?;
    let options = source::options(html);
    let sources: Vec<Source> = book
        .chapters()
        .map(|chapter| Source::read(root, config, options, chapter, problems))
        .collect();
    let mut report = |source: &Source, mistake: Mistake| {
        problems.push(mistake.located(root, source));
    };
    let labels = Labels::new(&sources, &mut report);
    let solutions = Solutions::new(&sources, &mut report);
    let press = Press {
        root,
        bless: &config.bless,
        mathematics,
        pages: Pages::new(&sources),
        glossary: Glossary::new(&sources),
        labels: &labels,
        solutions,
    };
    let mut pages = BTreeMap::new();
    for source in &sources {
        let (page, mistakes) = press.page(source);
        pages.insert(source.path.clone(), page);
        for mistake in mistakes {
            report(source, mistake);
        }
    }
    let places = Places {
        folder: root.join(&config.src),
        ids: pages
            .iter()
            .map(|(path, page)| {
                let ids = ids(page, options).into_iter().map(|(id, _)| id);
                (path.clone(), ids.collect())
            })
            .collect(),
        pages: press.pages,
        labels: &labels,
    };
    for source in &sources {
        let mut mistakes = Vec::new();
        places.check(source, &mut mistakes);
        for mistake in mistakes {
            report(source, mistake);
        }
    }
    Ok(pages)
}

/// All that it takes to make a page ready.
struct Press<'a> {
    root: &'a Path,
    bless: &'a str,
    mathematics: Mathematics,
    pages: Pages<'a>,
    glossary: Glossary<'a>,
    labels: &'a Labels,
    solutions: Solutions<'a>,
}

impl Press<'_> {
    /// A page, ready for mdBook, and what is wrong with it.
    fn page(&self, source: &Source) -> (String, Vec<Mistake>) {
        let view = View::home(source, self.labels);
        let mut edits = Edits::default();
        let mut mistakes = Vec::new();
        self.set(&view, &mut edits, &mut mistakes);
        self.solutions
            .fold(source, self.labels, &mut edits, |view| self.guest(view));
        self.solutions.lead_back(source, &mut edits);
        Glossary::anchor(source, &mut edits);
        let captions = source.pictures().into_iter();
        let captions = captions.filter_map(|it| it.caption.clone());
        let exercises = source.exercises().iter().map(|it| it.range.clone());
        let skipped: Vec<Range<usize>> = captions.chain(exercises).collect();
        self.glossary.lead(source, &skipped, &mut edits);
        (edits.apply(source.text, view.part), mistakes)
    }

    /// A part of a page for another page. What is wrong with it is said of its
    /// own.
    fn guest(&self, view: &View) -> String {
        let mut edits = Edits::default();
        self.set(view, &mut edits, &mut Vec::new());
        links::rebase(view, &mut edits);
        exercises::demote(view, &mut edits);
        exercises::lead_to_footnotes(view, &mut edits);
        edits.apply(view.source.text, view.part.clone())
    }

    /// What is done to a part of a page wherever it is shown.
    fn set(&self, view: &View, edits: &mut Edits, mistakes: &mut Vec<Mistake>) {
        frames::frame(view, edits);
        exercises::hide(view, edits);
        pictures::set(view, self.root, self.bless, edits, mistakes);
        self.mathematics.set(view, edits, mistakes);
        links::number(view, &self.pages, edits);
    }
}
