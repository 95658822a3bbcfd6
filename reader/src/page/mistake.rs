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
        // Another preprocessor may have moved its lines, and brought some.
        let on_disk = fs::read_to_string(root.join(page)).unwrap_or_default();
        let (before, below, included) = if on_disk == text {
            (&text[..self.range.start], self.below, "")
        } else if let Some(offset) = same(text, &self.range, &on_disk) {
            (&on_disk[..offset], self.below, "")
        } else {
            let offset = on_disk.find("{{#").unwrap_or_default();
            (&on_disk[..offset], 0, "in text that the page includes: ")
        };
        let line = 1 + before.matches('\n').count() + below;
        Problem::new(page, line, format!("{included}{}", self.message))
    }
}

/// Where another text has what this one has there. If it has that less often,
/// any place may be the one.
fn same(text: &str, range: &Range<usize>, other: &str) -> Option<usize> {
    let wrong = &text[range.clone()];
    let is_alike = text.matches(wrong).count() == other.matches(wrong).count();
    let above = text[..range.start].matches(wrong).count();
    let index = if is_alike { above } else { 0 };
    other.match_indices(wrong).nth(index).map(|(at, _)| at)
}
