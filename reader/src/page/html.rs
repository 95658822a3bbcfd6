//! The tags of HTML, and of SVG, as they are written.

use std::ops::Range;

/// A tag in a text.
#[derive(Debug)]
pub struct Tag<'a> {
    /// Where it is, with its brackets.
    pub range: Range<usize>,
    /// Its name, as it is written.
    pub name: &'a str,
    /// What it does.
    pub kind: Kind,
    /// Its attributes.
    pub attributes: Vec<Attribute<'a>>,
}

/// What a tag does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// It begins an element.
    Start,
    /// It ends one.
    End,
    /// It is all of one.
    Whole,
}

/// An attribute with a value in quotes, or without.
#[derive(Debug)]
pub struct Attribute<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its value, as it is written.
    pub value: &'a str,
    /// Where it is, from its name to the end of its value.
    pub range: Range<usize>,
}

impl<'a> Tag<'a> {
    /// The attribute of this name.
    pub fn attribute(&self, name: &str) -> Option<&Attribute<'a>> {
        self.attributes
            .iter()
            .find(|attribute| attribute.name.eq_ignore_ascii_case(name))
    }
}

/// The elements of HTML that nothing is in, and that nothing ends.
const VOID: [&str; 13] = [
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta",
    "source", "track", "wbr",
];

/// The tags of a text, but not those in comments.
pub fn tags(text: &str) -> Vec<Tag<'_>> {
    let mut tags = Vec::new();
    let mut at = 0;
    while let Some(next) = text[at..].find('<') {
        let start = at + next;
        let rest = &text[start..];
        at = if rest.starts_with("<!--") {
            rest.find("-->").map_or(text.len(), |end| start + end + 3)
        } else if let Some(tag) = tag(text, start) {
            let end = tag.range.end;
            tags.push(tag);
            end
        } else {
            start + 1
        };
    }
    tags
}

/// Whether each element that begins in the text also ends there, and each that
/// ends there begins there.
pub fn is_balanced(tags: &[Tag]) -> bool {
    let mut open = Vec::new();
    for tag in tags {
        match tag.kind {
            Kind::Start => open.push(tag.name),
            Kind::Whole => {}
            Kind::End => {
                if open.pop() != Some(tag.name) {
                    return false;
                }
            }
        }
    }
    open.is_empty()
}

fn tag(text: &str, start: usize) -> Option<Tag<'_>> {
    let is_end = text[start + 1..].starts_with('/');
    let from = start + 1 + usize::from(is_end);
    let name = word(text, from, |c| c.is_alphanumeric() || "-:".contains(c));
    if !name.starts_with(|c: char| c.is_ascii_alphabetic()) {
        return None;
    }
    let mut attributes = Vec::new();
    let mut at = from + name.len();
    loop {
        at += word(text, at, char::is_whitespace).len();
        let rest = &text[at..];
        if let Some(end) = ["/>", ">"].iter().find(|end| rest.starts_with(*end))
        {
            let is_void =
                VOID.iter().any(|void| void.eq_ignore_ascii_case(name));
            let kind = if is_end {
                Kind::End
            } else if end.len() == 2 || is_void {
                Kind::Whole
            } else {
                Kind::Start
            };
            return Some(Tag {
                range: start..at + end.len(),
                name,
                kind,
                attributes,
            });
        }
        let attribute = attribute(text, at)?;
        at = attribute.range.end;
        attributes.push(attribute);
    }
}

fn attribute(text: &str, start: usize) -> Option<Attribute<'_>> {
    let is_part = |c: char| !c.is_whitespace() && !"=<>/\"'".contains(c);
    let name = word(text, start, is_part);
    if name.is_empty() {
        // A slash on its own, which browsers skip as well.
        return text[start..].starts_with('/').then(|| Attribute {
            name: "",
            value: "",
            range: start..start + 1,
        });
    }
    let mut at = start + name.len();
    let space = word(text, at, char::is_whitespace).len();
    if !text[at + space..].starts_with('=') {
        return Some(Attribute {
            name,
            value: "",
            range: start..at,
        });
    }
    at += space + 1;
    at += word(text, at, char::is_whitespace).len();
    let quote = text[at..].chars().next()?;
    let (value, end) = if quote == '"' || quote == '\'' {
        let length = text[at + 1..].find(quote)?;
        (&text[at + 1..=at + length], at + length + 2)
    } else {
        let is_part = |c: char| !c.is_whitespace() && c != '>';
        let value = word(text, at, is_part);
        (value, at + value.len())
    };
    Some(Attribute {
        name,
        value,
        range: start..end,
    })
}

/// What follows in the text for as long as a character fits.
fn word(text: &str, start: usize, fits: impl Fn(char) -> bool) -> &str {
    let rest = &text[start..];
    let end = rest.find(|c| !fits(c)).unwrap_or(rest.len());
    &rest[..end]
}

/// A text as HTML in an attribute, or between tags.
pub fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn assert_tags(text: &str, expected: &[&str]) {
        let found: Vec<String> = tags(text)
            .iter()
            .map(|tag| {
                let mut shown = format!("{:?} {}", tag.kind, tag.name);
                for Attribute { name, value, range } in &tag.attributes {
                    assert!(text[range.clone()].starts_with(name));
                    shown = format!("{shown} {name}={value}");
                }
                shown
            })
            .collect();
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn tags_are_read() {
        assert_tags("a < b > c </ d> <3", &[]);
        assert_tags("<b>1</b>", &["Start b", "End b"]);
        assert_tags("<br><hr/>", &["Whole br", "Whole hr"]);
        assert_tags("<!-- <b> --><i>", &["Start i"]);
        assert_tags("<!-- <b>", &[]);
        assert_tags("<?xml version=\"1.0\"?><g/>", &["Whole g"]);
        assert_tags(
            "<a id=x\n href='#\"y' title = \"1 > 0\" hidden>",
            &["Start a id=x href=#\"y title=1 > 0 hidden="],
        );
        assert_tags("<a href=\"x", &[]);
    }

    #[test]
    fn what_begins_ends() {
        for text in ["", "<b><i></i></b>", "<br>", "<g/>"] {
            assert!(is_balanced(&tags(text)), "{text}");
        }
        for text in ["<b>", "</b>", "<b><i></b></i>", "</b><b>"] {
            assert!(!is_balanced(&tags(text)), "{text}");
        }
    }

    #[test]
    fn text_is_escaped() {
        assert_eq!(escaped("a<b & \"c\">"), "a&lt;b &amp; &quot;c&quot;&gt;");
    }
}
