//! What is wrong on a page, and where its author finds it.

use std::fs;
use std::ops::Range;
use std::path::Path;

use cells::Problem;

use super::source::Source;

/// Something wrong in the text of a page as it arrives.
#[derive(Debug, PartialEq, Eq)]
pub struct Mistake {
    /// What is wrong.
    pub range: Range<usize>,
    /// How many lines below its first line.
    pub below: usize,
    /// Why.
    pub message: String,
}

impl Mistake {
    /// A mistake in the first line of a part of a page.
    pub fn new(range: Range<usize>, message: impl Into<String>) -> Self {
        Self {
            range,
            below: 0,
            message: message.into(),
        }
    }

    /// Where that is in the page as its author has it, in the book's `root`.
    pub fn located(&self, root: &Path, source: &Source) -> Problem {
        let page = &source.file;
        let text = source.text;
        let wrong = &text[self.range.clone()];
        // Another preprocessor may have moved its lines. In the page as it is
        // on disk, any place with the same text is as wrong as this one.
        let on_disk = fs::read_to_string(root.join(page)).unwrap_or_default();
        let (before, below, included) = if on_disk == text {
            (&text[..self.range.start], self.below, "")
        } else if let Some(offset) = on_disk.find(wrong) {
            (&on_disk[..offset], self.below, "")
        } else {
            let offset = on_disk.find("{{#").unwrap_or_default();
            (&on_disk[..offset], 0, "in text that the page includes: ")
        };
        let line = 1 + before.matches('\n').count() + below;
        Problem::new(page, line, format!("{included}{}", self.message))
    }
}
