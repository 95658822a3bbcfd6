//! Links: one to something with a number says it.

use std::ops::Range;

use pulldown_cmark::{Event, LinkType, Tag, TagEnd};

use super::address::{Target, address, is_external, target};
use super::edits::Edits;
use super::html::{Attribute, escaped};
use super::labels::Kind;
use super::places::Pages;
use super::source::Source;
use super::view::View;

/// A link, or an image, on a page.
pub struct Link {
    /// Where it is; in HTML, its attribute.
    pub range: Range<usize>,
    /// What it shows, without what makes it a link; nothing in HTML.
    pub inside: Option<Range<usize>>,
    /// That, as text.
    text: String,
    /// Where it leads.
    pub address: String,
    title: String,
    pub is_image: bool,
}

impl Link {
    /// The kind of what it is to say the number of.
    pub fn meant(&self) -> Option<Kind> {
        Kind::named(&self.text).filter(|_| !self.is_image)
    }
}

/// The links of a page into its book.
pub fn links(source: &Source) -> Vec<Link> {
    let mut links = Vec::new();
    let mut open: Vec<Link> = Vec::new();
    for (event, range) in &source.events {
        match event {
            Event::Start(
                tag @ (Tag::Link {
                    link_type,
                    dest_url,
                    title,
                    ..
                }
                | Tag::Image {
                    link_type,
                    dest_url,
                    title,
                    ..
                }),
            ) => {
                let is_its_own_text =
                    matches!(link_type, LinkType::Autolink | LinkType::Email);
                let mut range = range.clone();
                if *link_type == LinkType::Collapsed
                    && source.text[range.end..].starts_with("[]")
                {
                    // The parser leaves them out.
                    range.end += 2;
                }
                open.push(Link {
                    range,
                    inside: None,
                    text: String::new(),
                    address: if is_its_own_text {
                        "mailto:".to_owned()
                    } else {
                        dest_url.to_string()
                    },
                    title: title.to_string(),
                    is_image: matches!(tag, Tag::Image { .. }),
                });
                continue;
            }
            Event::End(tag) if is_end(*tag) => {
                links.extend(open.pop());
            }
            Event::Text(text) | Event::Code(text) => {
                if let Some(link) = open.last_mut() {
                    link.text.push_str(text);
                }
            }
            Event::SoftBreak => {
                if let Some(link) = open.last_mut() {
                    link.text.push(' ');
                }
            }
            _ => {}
        }
        for link in &mut open {
            let inside = link.inside.get_or_insert_with(|| range.clone());
            inside.start = inside.start.min(range.start);
            inside.end = inside.end.max(range.end);
        }
    }
    for tag in source.tags(&(0..source.text.len())) {
        if let Some(attribute) = leading(&tag) {
            links.push(Link {
                range: attribute.range.clone(),
                inside: None,
                text: String::new(),
                address: attribute.value.replace("&amp;", "&"),
                title: String::new(),
                is_image: false,
            });
        }
    }
    links.retain(|link| !is_external(&link.address));
    links
}

fn is_end(tag: TagEnd) -> bool {
    matches!(tag, TagEnd::Link | TagEnd::Image)
}

/// The attribute with which an element leads elsewhere.
fn leading<'t, 'a>(tag: &'t super::html::Tag<'a>) -> Option<&'t Attribute<'a>> {
    tag.attribute(match &*tag.name.to_ascii_lowercase() {
        "a" | "area" => "href",
        "audio" | "embed" | "iframe" | "img" | "source" | "track" | "video" => {
            "src"
        }
        _ => return None,
    })
}

/// Puts the number of what it leads to into each link whose text is `Figure`,
/// `Equation`, `Cell` or `Exercise`.
pub fn number(view: &View, pages: &Pages, edits: &mut Edits) {
    for link in links(view.source) {
        let (Some(shown), Some(inside)) =
            (numbered(&link, view, pages), &link.inside)
        else {
            continue;
        };
        if view.is_home() {
            let to = address_of(&link, &link.address);
            edits.replace(link.range.clone(), format!("[{shown}]{to}"));
        } else {
            edits.replace(inside.clone(), shown);
        }
    }
}

/// What a link shows that says the number of what it leads to.
pub fn numbered(link: &Link, view: &View, pages: &Pages) -> Option<String> {
    let kind = link.meant()?;
    let Target { path, anchor } = target(&view.source.path, &link.address);
    let page = pages.get(&path?)?;
    let label = view.all.page(&page.path).get(&anchor);
    let label = label.filter(|label| label.kind == kind)?;
    let is_elsewhere = kind == Kind::Cell && page.path != view.on;
    Some(if is_elsewhere {
        format!("{label} of {}", unmarked(page.name))
    } else {
        label.to_string()
    })
}

/// A text in which Markdown sees no mark of its own.
fn unmarked(text: &str) -> String {
    let mut unmarked = String::with_capacity(text.len());
    for c in text.chars() {
        if "\\`*_[]<>&~".contains(c) {
            unmarked.push('\\');
        }
        unmarked.push(c);
    }
    unmarked
}

/// What follows the text of a link that leads to this address.
fn address_of(link: &Link, to: &str) -> String {
    let title = if link.title.is_empty() {
        String::new()
    } else {
        let title = link.title.replace('\\', "\\\\").replace('"', "\\\"");
        format!(" \"{title}\"")
    };
    format!("(<{to}>{title})")
}

/// Lets the links of a page lead to the same places from another page.
pub fn rebase(view: &View, edits: &mut Edits) {
    let from = &view.source.path;
    for link in links(view.source) {
        let Target { path, anchor } = target(from, &link.address);
        let Some(path) = path else {
            continue;
        };
        let to = address(view.on, &path, &anchor);
        let mark = if link.is_image { "![" } else { "[" };
        let Range { start, end } = link.range;
        match &link.inside {
            Some(inside) => {
                let close = format!("]{}", address_of(&link, &to));
                edits.replace(start..inside.start, mark);
                edits.replace(inside.end..end, close);
            }
            None if view.source.text[start..].starts_with(mark) => {
                edits.replace(start..end, format!("{mark}](<{to}>)"));
            }
            None => {
                let attribute = &view.source.text[start..end];
                let name = attribute.split('=').next().unwrap_or_default();
                edits.replace(
                    start..end,
                    format!("{}=\"{}\"", name.trim(), escaped(&to)),
                );
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::page::labels::Labels;

    const OTHER: &str = "# Other\n\n$$x \\label{x}$$\n\n**1-2** *Two.*\n";

    /// A page with a link, as it is shown on its own, or on another.
    fn set(link: &str, on: &str) -> String {
        let r = "../b.md#ex-1-2";
        let page = format!("{link}\n\n[r]: {r}\n[exercise]: {r}\n");
        let sources =
            [Source::plain("c/a.md", &page), Source::plain("b.md", OTHER)];
        let labels = Labels::new(&sources, &mut |_, it| panic!("{it:?}"));
        let view = View {
            on: Path::new(on),
            part: 0..link.len(),
            ..View::home(&sources[0], &labels)
        };
        let mut edits = Edits::default();
        number(&view, &Pages::new(&sources), &mut edits);
        if !view.is_home() {
            rebase(&view, &mut edits);
        }
        edits.apply(&page, view.part)
    }

    #[test]
    fn references_say_a_number() {
        for (link, expected) in [
            (
                "[Exercise](../b.md#ex-1-2)",
                "[Exercise 1-2](<../b.md#ex-1-2>)",
            ),
            (
                "[Equation](../b.html#eq-x)",
                "[Equation 1-1](<../b.html#eq-x>)",
            ),
            ("[Exercise][r]", "[Exercise 1-2](<../b.md#ex-1-2>)"),
            ("[Exercise][]", "[Exercise 1-2](<../b.md#ex-1-2>)"),
            (
                "[Exercise](<../b.md#ex-1-2> \"T\")",
                "[Exercise 1-2](<../b.md#ex-1-2> \"T\")",
            ),
        ] {
            assert_eq!(set(link, "c/a.md"), expected);
        }
        for link in [
            "[Figure](../b.md#ex-1-2)",
            "[exercise](../b.md#ex-1-2)",
            "[an Exercise](../b.md#ex-1-2)",
            "[Exercise](../b.md#ex-1-3)",
            "[Exercise](https://b.c#ex-1-2)",
            "![Exercise](../b.md#ex-1-2)",
            "`[Exercise](../b.md#ex-1-2)`",
        ] {
            assert_eq!(set(link, "c/a.md"), link);
        }
    }

    #[test]
    fn on_another_page_links_lead_to_the_same() {
        for (link, expected) in [
            ("[*a*](d.md \"T\")", "[*a*](<c/d.md> \"T\")"),
            ("[a][r]", "[a](<#ex-1-2>)"),
            ("[Exercise][r]", "[Exercise 1-2](<#ex-1-2>)"),
            ("[r][] b", "[r](<#ex-1-2>) b"),
            ("[a](#x)", "[a](<c/a.md#x>)"),
            ("![a](d.png)", "![a](<c/d.png>)"),
            ("![](d.png)", "![](<c/d.png>)"),
            ("<a href='#x'>a</a>", "<a href=\"c/a.md#x\">a</a>"),
            ("<img src=d.png>", "<img src=\"c/d.png\">"),
            ("<video src = 'd.mp4'>", "<video src=\"c/d.mp4\">"),
            (
                "[a](https://b.c) <https://b.c>",
                "[a](https://b.c) <https://b.c>",
            ),
        ] {
            assert_eq!(set(link, "b.md"), expected);
        }
    }
}
