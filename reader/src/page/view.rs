//! A page, or a part of it, and where a reader sees it.

use std::ops::Range;
use std::path::Path;

use super::address::address;
use super::labels::{Labels, PageLabels};
use super::source::Source;

/// A part of a page as it is shown: on its own page, or on another.
#[derive(Clone)]
pub struct View<'a> {
    /// The page that the part is of.
    pub source: &'a Source<'a>,
    /// What can be referred to.
    pub all: &'a Labels,
    /// Which part of it.
    pub part: Range<usize>,
    /// The page that shows it.
    pub on: &'a Path,
}

impl<'a> View<'a> {
    /// A page as a whole, on its own.
    pub fn home(source: &'a Source<'a>, all: &'a Labels) -> Self {
        Self {
            source,
            all,
            part: 0..source.text.len(),
            on: &source.path,
        }
    }

    /// Whether the page is shown on its own.
    pub fn is_home(&self) -> bool {
        self.on == self.source.path
    }

    /// Whether it shows this part.
    pub fn shows(&self, part: &Range<usize>) -> bool {
        self.part.start <= part.start && part.end <= self.part.end
    }

    /// What can be referred to on the page that the part is of.
    pub fn labels(&self) -> &'a PageLabels {
        self.all.page(&self.source.path)
    }

    /// The attribute of an element that has this anchor. On another page there
    /// is none: an anchor is in one place.
    pub fn id(&self, anchor: &str) -> String {
        if self.is_home() {
            format!(" id=\"{anchor}\"")
        } else {
            String::new()
        }
    }

    /// What leads to this anchor.
    pub fn address(&self, anchor: &str) -> String {
        address(self.on, &self.source.path, anchor)
    }

    /// What makes the ids in a picture, which the book shows for this time,
    /// unlike those of all other times.
    pub fn suffix(&self, showing: usize) -> String {
        match (self.is_home(), showing) {
            (true, 1) => String::new(),
            (true, _) => format!("-{showing}"),
            (false, _) => format!("-{showing}-folded"),
        }
    }
}
