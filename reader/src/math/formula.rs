//! Finds the formulas of a page.
//!
//! A Markdown parser does it, so that dollars in code, and escaped ones, stay
//! what they are.

use std::borrow::Cow;
use std::ops::Range;

use pulldown_cmark::{Event, Tag, TagEnd};

/// Why dollars are no formula where they were meant to be.
pub const NO_END: &str = "no partner in the same paragraph: a formula has no \
                          blank line in it, and no line that begins as an \
                          item of a list does, with `+`, `-` or `*`, or \
                          that is `=` alone (two dollar signs are written \
                          `\\$\\$`)";

/// A formula in a page.
pub struct Formula<'a> {
    /// Where it is, with its dollars.
    pub range: Range<usize>,
    /// What is between its dollars, without its name.
    pub tex: Cow<'a, str>,
    /// Its name, from `\label{name}`.
    pub name: Option<&'a str>,
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
) -> Vec<Formula<'a>> {
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
        let (name, tex) = split(tex);
        found.push(Formula {
            range,
            tex,
            name,
            place,
        });
    }
    found
}

impl Formula<'_> {
    /// Why it cannot have the name that it has.
    pub fn misnamed(&self) -> Option<String> {
        let name = self.name?;
        let is_name = !name.is_empty()
            && name.bytes().all(|byte| {
                byte.is_ascii_lowercase()
                    || byte.is_ascii_digit()
                    || byte == b'-'
            });
        if !is_name {
            return Some(format!(
                "`{name}` is no name: it has letters from a to z, digits and \
                 `-`, as in `\\label{{chain-rule}}`"
            ));
        }
        if self.tex.contains(LABEL) {
            return Some("it has two names".to_owned());
        }
        (self.place == Place::Line).then(|| {
            "it has a name, but only a formula in `$$` is numbered".to_owned()
        })
    }
}

/// What a name is given with.
const LABEL: &str = "\\label{";

/// The name in a formula, and the formula with spaces in its place.
fn split(tex: &str) -> (Option<&str>, Cow<'_, str>) {
    let named = tex.find(LABEL).and_then(|start| {
        let name = start + LABEL.len();
        let end = name + tex[name..].find('}')?;
        Some((start, &tex[name..end], end + 1))
    });
    let Some((start, name, end)) = named else {
        return (None, Cow::Borrowed(tex));
    };
    let spaces = " ".repeat(end - start);
    let tex = format!("{}{spaces}{}", &tex[..start], &tex[end..]);
    (Some(name), Cow::Owned(tex))
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
