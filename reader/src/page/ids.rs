//! The ids that mdBook gives to what it makes of a page.

use std::collections::BTreeSet;
use std::ops::Range;

use pulldown_cmark::{CowStr, Event, Options, Parser, Tag, TagEnd};

use super::html::{self, tags};

/// The ids of a page, as mdBook gives them to what it makes of its Markdown,
/// each with what has it.
pub fn ids(page: &str, options: Options) -> Vec<(String, Range<usize>)> {
    let without_formulas = options - Options::ENABLE_MATH;
    let mut ids = Vec::new();
    let mut taken = BTreeSet::new();
    let mut notes = Vec::new();
    let mut heading: Option<(Option<String>, String)> = None;
    let events = Parser::new_ext(page, without_formulas).into_offset_iter();
    for (event, range) in events {
        match event {
            Event::Start(Tag::Heading { id, .. }) => {
                let id = id.map(CowStr::into_string);
                heading = Some((id, String::new()));
            }
            Event::Start(Tag::DefinitionListTitle) => {
                heading = Some((None, String::new()));
            }
            Event::Text(text) | Event::Code(text) => {
                if let Some((_, heading)) = &mut heading {
                    heading.push_str(&text);
                }
            }
            Event::FootnoteReference(name) => {
                let number = notes.iter().position(|note| *note == name);
                let number = number.unwrap_or_else(|| {
                    notes.push(name);
                    notes.len() - 1
                });
                if let Some((_, heading)) = &mut heading {
                    heading.push_str(&(number + 1).to_string());
                }
            }
            Event::SoftBreak => {
                if let Some((_, heading)) = &mut heading {
                    heading.push('\n');
                }
            }
            Event::End(TagEnd::Heading(_) | TagEnd::DefinitionListTitle) => {
                if let Some((id, text)) = heading.take() {
                    let id = id.unwrap_or_else(|| {
                        unlike(&id_from_text(&text), &mut taken)
                    });
                    ids.push((id, range));
                }
            }
            Event::Start(Tag::FootnoteDefinition(name)) => {
                ids.push((format!("footnote-{name}"), range));
            }
            Event::Start(Tag::HtmlBlock) | Event::InlineHtml(_) => {
                for tag in tags(&page[range.clone()]) {
                    if let Some(id) = id_of(&tag) {
                        let (start, end) = (tag.range.start, tag.range.end);
                        let here = range.start + start..range.start + end;
                        ids.push((id.to_owned(), here));
                    }
                }
            }
            _ => {}
        }
    }
    ids
}

/// The id of an element; a link may have it as its name.
fn id_of<'a>(tag: &html::Tag<'a>) -> Option<&'a str> {
    let name = || tag.attribute("name").filter(|_| tag.name == "a");
    tag.attribute("id").or_else(name).map(|id| id.value)
}

/// The id that mdBook makes of a text: its letters, digits, `_` and `-` in
/// lower case, with `-` for white space.
pub fn id_from_text(text: &str) -> String {
    let kept = text.trim().to_lowercase();
    kept.chars()
        .filter(|c| {
            c.is_alphanumeric() || c.is_whitespace() || "_-".contains(*c)
        })
        .map(|c| if c.is_whitespace() { '-' } else { c })
        .collect()
}

/// The id, or that with the first number that nothing has yet.
fn unlike(id: &str, taken: &mut BTreeSet<String>) -> String {
    let numbered = (1..).map(|number: usize| format!("{id}-{number}"));
    let mut all = std::iter::once(id.to_owned()).chain(numbered);
    let free = all.find(|id| !taken.contains(id)).unwrap_or_default();
    taken.insert(free.clone());
    free
}

#[cfg(test)]
mod tests {
    use mdbook_preprocessor::config::HtmlConfig;

    use super::*;
    use crate::page::source::options;

    #[test]
    fn ids_are_those_of_mdbook() {
        for (page, expected) in [
            ("# One two", vec!["one-two"]),
            (
                "# A `b` *c*, (d)!\n## A b c d",
                vec!["a-b-c-d", "a-b-c-d-1"],
            ),
            ("# One {#two}\n\nTwo\n===", vec!["two", "two"]),
            ("# 1.1 -- \"x\" é", vec!["11--x-é"]),
            ("<b id=\"x\">\n\n<i id='y'>a</i> b", vec!["x", "y"]),
            ("<a name=\"x\" id=y></a> <a name=z>", vec!["y", "z"]),
            (
                "a[^x]\n# b[^y]\n# c[^x]\n\n[^x]: d\n\n[^y]: e\n",
                vec!["b2", "c1", "footnote-x", "footnote-y"],
            ),
            ("one\n: two\n", vec!["one"]),
            ("# <i>a</i> b", vec!["a-b"]),
        ] {
            let options = options(&HtmlConfig::default());
            let found = ids(page, options).into_iter().map(|(id, _)| id);
            assert_eq!(found.collect::<Vec<_>>(), expected, "{page}");
        }
    }
}
