//! Finds the formulas of a page.
//!
//! A Markdown parser does it, so that dollars in code, and escaped ones, stay
//! what they are.

use std::ops::Range;

use pulldown_cmark::{Event, Tag, TagEnd};

/// Why dollars are no formula where they were meant to be.
pub const NO_END: &str = "no partner in the same paragraph: a formula has no \
                          blank line in it, and no line that begins as an \
                          item of a list does, with `+`, `-` or `*` (two \
                          dollar signs are written `\\$\\$`)";

/// A formula in a page.
pub struct Found<'a> {
    /// Where it is, with its dollars.
    pub range: Range<usize>,
    /// What is between its dollars.
    pub tex: &'a str,
    /// How it stands in the text.
    pub place: Place,
}

/// How a formula stands in the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// `$...$`, in a line of text.
    Line,
    /// `$$...$$`, as a paragraph of its own.
    Block,
    /// `$$...$$`, in the midst of other text.
    Amid,
    /// `$$` without its partner.
    Nowhere,
}

/// The formulas of a page, from top to bottom, given what a parser finds in it.
pub fn formulas<'a>(
    page: &str,
    events: &'a [(Event, Range<usize>)],
) -> Vec<Found<'a>> {
    let mut found = Vec::new();
    let mut paragraph = 0..0;
    let mut in_code = false;
    let mut images = 0;
    for (event, range) in events {
        let range = range.clone();
        let (range, tex, place) = match event {
            Event::Start(Tag::Paragraph) => {
                paragraph = range;
                continue;
            }
            Event::Start(Tag::CodeBlock(_)) => {
                in_code = true;
                continue;
            }
            Event::End(TagEnd::CodeBlock) => {
                in_code = false;
                continue;
            }
            Event::Start(Tag::Image { .. }) => {
                images += 1;
                continue;
            }
            Event::End(TagEnd::Image) => {
                images -= 1;
                continue;
            }
            // What describes an image is plain text, for an attribute.
            _ if images > 0 => continue,
            Event::InlineMath(_) if is_price(page, range.end) => continue,
            Event::InlineMath(tex) => (range, &**tex, Place::Line),
            Event::DisplayMath(tex) => {
                let place = if stands_alone(page, &paragraph, &range) {
                    Place::Block
                } else {
                    Place::Amid
                };
                (range, &**tex, place)
            }
            Event::Text(_) if !in_code && are_dollars(page, range.start) => {
                let range = range.start..range.start + 2;
                (range, "", Place::Nowhere)
            }
            _ => continue,
        };
        found.push(Found { range, tex, place });
    }
    found
}

/// Whether a digit follows what may be the end of a formula: as for Pandoc,
/// that dollar sign begins a price, as in `$5-$6`.
fn is_price(page: &str, end: usize) -> bool {
    page[end..].starts_with(|next: char| next.is_ascii_digit())
}

/// Whether text has `$$`, and means it.
fn are_dollars(page: &str, start: usize) -> bool {
    page[start..].starts_with("$$") && !page[..start].ends_with('\\')
}

/// Whether a formula is all of its paragraph, and a blank line follows: a
/// block of HTML can take its place, and ends where the formula does.
fn stands_alone(
    page: &str,
    paragraph: &Range<usize>,
    formula: &Range<usize>,
) -> bool {
    let below = page[paragraph.end..].lines().next().unwrap_or_default();
    page[paragraph.clone()].trim() == &page[formula.clone()]
        && below.trim_matches(['>', ' ', '\t']).is_empty()
}
