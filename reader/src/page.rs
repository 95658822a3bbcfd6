//! What becomes of a page on its way to HTML.
//!
//! Each module looks at the text of a page, as it arrives, and says what to
//! insert where; all of it is done at once, at the end. The Markdown stays
//! Markdown: what is inserted are the tags around it.

pub mod edits;
pub mod frames;
pub mod html;
pub mod mistake;
pub mod source;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::Result;
use cells::{Config, Problem};
use mdbook_preprocessor::book::Book;

use crate::math::Mathematics;
use edits::Edits;
use source::Source;

/// The pages of the book in `root` as mdBook is to read them, by their paths,
/// and what is wrong with them.
///
/// # Errors
///
/// None that a book can cause.
pub fn pages(
    root: &Path,
    config: &Config,
    book: &Book,
) -> Result<(BTreeMap<PathBuf, String>, Vec<Problem>)> {
    let mathematics = Mathematics::new()?;
    let mut problems = Vec::new();
    let sources: Vec<Source> = book
        .chapters()
        .map(|chapter| Source::read(root, config, chapter, &mut problems))
        .collect();
    let mut pages = BTreeMap::new();
    for source in &sources {
        let mut edits = Edits::default();
        let mut mistakes = Vec::new();
        frames::frame(source, &mut edits);
        mathematics.set(source.text, &source.events, &mut edits, &mut mistakes);
        problems.extend(mistakes.iter().map(|it| it.located(root, source)));
        let page = edits.apply(source.text, 0..source.text.len());
        pages.insert(source.path.clone(), page);
    }
    Ok((pages, problems))
}
