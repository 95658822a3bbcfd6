//! A picture's file as a part of a page.

use std::collections::BTreeSet;

use super::edits::Edits;
use super::html::{Kind, Tag, escaped, tags};

/// The attributes that say what a picture is to those who do not see it.
const SPOKEN: [&str; 4] =
    ["role", "aria-label", "aria-labelledby", "aria-describedby"];

/// An SVG document as one element of HTML, without a blank line: with a text
/// for those who do not see it, without the style that it has on its own, and
/// with `suffix` behind every id in it. Nothing, if it is no SVG.
pub fn inlined(document: &str, alt: &str, suffix: &str) -> Option<String> {
    let tags = tags(document);
    let (first, last) = (tags.first()?, tags.last()?);
    let is_svg = |tag: &Tag, kind: Kind| tag.name == "svg" && tag.kind == kind;
    if !is_svg(first, Kind::Start) || !is_svg(last, Kind::End) {
        return None;
    }
    let mut edits = Edits::default();
    for attribute in &first.attributes {
        if SPOKEN.contains(&attribute.name) {
            edits.replace(attribute.range.clone(), "");
        }
    }
    let name_end = first.range.start + "<svg".len();
    let spoken = format!(" role=\"img\" aria-label=\"{}\"", escaped(alt));
    edits.replace(name_end..name_end, spoken);
    without_style(&tags, &mut edits);
    if !suffix.is_empty() {
        rename(&tags, suffix, &mut edits);
    }
    let svg = edits.apply(document, first.range.start..last.range.end);
    let lines = svg.lines().filter(|line| !line.trim().is_empty());
    Some(lines.collect::<Vec<_>>().join("\n"))
}

fn without_style(tags: &[Tag], edits: &mut Edits) {
    let mut tags = tags.iter();
    while let Some(tag) = tags.next() {
        if tag.name != "style" || tag.kind == Kind::End {
            continue;
        }
        let end = match tag.kind {
            Kind::Start => tags.find(|it| it.name == "style").unwrap_or(tag),
            _ => tag,
        };
        edits.replace(tag.range.start..end.range.end, "");
    }
}

/// Puts a suffix behind every id, and wherever one is referred to.
fn rename(tags: &[Tag], suffix: &str, edits: &mut Edits) {
    let all = || tags.iter().flat_map(|tag| &tag.attributes);
    let ids: BTreeSet<&str> = all()
        .filter(|attribute| attribute.name == "id")
        .map(|attribute| attribute.value)
        .collect();
    for attribute in all() {
        let (name, value) = (attribute.name, attribute.value);
        let mut renamed = value.to_owned();
        for id in &ids {
            if name == "id" && value == *id {
                renamed = format!("{id}{suffix}");
            } else if value.strip_prefix('#') == Some(id) {
                renamed = format!("#{id}{suffix}");
            } else {
                let reference = format!("url(#{id})");
                renamed =
                    renamed.replace(&reference, &format!("url(#{id}{suffix})"));
            }
        }
        if renamed != value {
            let quote = if value.contains('"') { '\'' } else { '"' };
            let text = format!("{name}={quote}{renamed}{quote}");
            edits.replace(attribute.range.clone(), text);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn assert_inlined(document: &str, suffix: &str, expected: &str) {
        let svg = inlined(document, "A \"b\"", suffix);
        let start = "<svg role=\"img\" aria-label=\"A &quot;b&quot;\"";
        assert_eq!(svg, Some(format!("{start}{expected}")), "{document}");
    }

    #[test]
    fn a_document_becomes_an_element() {
        assert_inlined(
            "<?xml version=\"1.0\"?>\n<!DOCTYPE svg>\n\
             <svg viewBox=\"0 0 1 1\">\n\n<path d=\"M0 0\"/>\n</svg>\n",
            "",
            " viewBox=\"0 0 1 1\">\n<path d=\"M0 0\"/>\n</svg>",
        );
        assert_inlined(
            "<svg role=\"x\"><style>\n\nsvg{--a:1}\n</style><g/></svg>",
            "",
            " ><g/></svg>",
        );
    }

    #[test]
    fn ids_get_a_suffix() {
        assert_inlined(
            "<svg><mask id=\"m\"/><g mask=\"url(#m)\" style='a:url(#m)'/>\
             <use href=\"#m\"/><use href=\"#n\"/></svg>",
            "-2",
            "><mask id=\"m-2\"/><g mask=\"url(#m-2)\" style=\"a:url(#m-2)\"/>\
             <use href=\"#m-2\"/><use href=\"#n\"/></svg>",
        );
    }

    #[test]
    fn what_is_no_picture_is_none() {
        for document in ["", "hello", "<html><svg></svg></html>", "<svg>"] {
            assert_eq!(inlined(document, "", ""), None, "{document}");
        }
    }
}
