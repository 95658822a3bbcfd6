use std::ops::Range;

/// A question that a reader answers before the output of a cell is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guess {
    /// The line that it begins at in the page, from 1.
    pub line: usize,
    /// The bytes of its quotation in [`Page::source`].
    ///
    /// [`Page::source`]: crate::Page::source
    pub range: Range<usize>,
    /// The answers that the reader chooses from; a single one is a number that
    /// the reader writes.
    pub choices: Vec<Choice>,
    /// The [anchor](crate::Cell::anchor) of the cell right below it.
    pub cell: String,
}

/// An answer to a [`Guess`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// Its text, without its marks.
    pub text: String,
    /// Whether it is the one right answer, which stands in the output.
    pub is_right: bool,
}
