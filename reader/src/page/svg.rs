//! A picture's file as a part of a page.

use std::collections::BTreeSet;

use super::edits::Edits;
use super::html::{Kind, Tag, escaped, tags};

/// The attributes that say what a picture is to those who do not see it.
const SPOKEN: [&str; 4] =
    ["role", "aria-label", "aria-labelledby", "aria-describedby"];

/// An SVG document as one element of HTML, without a blank line: with a text
/// for those who do not see it, without the style that it has on its own, and
/// with `suffix` behind every id in it.
///
/// # Errors
///
/// Why it cannot be part of a page.
pub fn inlined(
    document: &str,
    alt: &str,
    suffix: &str,
) -> Result<String, &'static str> {
    let tags = tags(document);
    let is_svg = |tag: &Tag, kind: Kind| tag.name == "svg" && tag.kind == kind;
    let (first, last) = match tags.as_slice() {
        [first, .., last]
            if is_svg(first, Kind::Start) && is_svg(last, Kind::End) =>
        {
            (first, last)
        }
        _ => {
            return Err(
                "is no SVG document, which is all of one element `<svg>`",
            );
        }
    };
    if tags.iter().any(runs) {
        return Err("has a script, which would run in the page");
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
    if svg.contains("<![CDATA[") {
        return Err("has `<![CDATA[`, which is none of HTML: write `&lt;`");
    }
    let lines = svg.lines().filter(|line| !line.trim().is_empty());
    Ok(lines.collect::<Vec<_>>().join("\n"))
}

/// Whether an element is a script, or has one for an event.
fn runs(tag: &Tag) -> bool {
    let has_prefix = |name: &str| {
        let prefix = name.get(..2);
        prefix.is_some_and(|prefix| prefix.eq_ignore_ascii_case("on"))
    };
    tag.name.eq_ignore_ascii_case("script")
        || tag.attributes.iter().any(|it| has_prefix(it.name))
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
                for quote in ["", "'", "\""] {
                    let reference = format!("url({quote}#{id}{quote})");
                    let other = format!("url({quote}#{id}{suffix}{quote})");
                    renamed = renamed.replace(&reference, &other);
                }
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
        assert_eq!(svg, Ok(format!("{start}{expected}")), "{document}");
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
             <use href=\"#m\" clip-path=\"url('#m')\"/><use href=\"#n\"/></svg>",
            "-2",
            "><mask id=\"m-2\"/><g mask=\"url(#m-2)\" style=\"a:url(#m-2)\"/>\
             <use href=\"#m-2\" clip-path=\"url('#m-2')\"/>\
             <use href=\"#n\"/></svg>",
        );
    }

    #[test]
    fn what_is_no_picture_is_refused() {
        for (document, expected) in [
            ("", "no SVG"),
            ("hello", "no SVG"),
            ("<html><svg></svg></html>", "no SVG"),
            ("<svg>", "no SVG"),
            ("<svg><script>a < b</script></svg>", "a script"),
            ("<svg onload='a()'><g/></svg>", "a script"),
            ("<svg><text><![CDATA[<]]></text></svg>", "CDATA"),
        ] {
            let refusal = inlined(document, "", "").err().unwrap_or_default();
            assert!(refusal.contains(expected), "{document}: {refusal}");
        }
        let style = "<svg><style><![CDATA[ a > b {} ]]></style></svg>";
        assert!(inlined(style, "", "").is_ok());
    }
}
