//! What a paragraph shows: text, a picture, the caption of one.

use std::ffi::OsStr;
use std::ops::Range;
use std::path::{Path, PathBuf};

use pulldown_cmark::{Event, Tag};

use crate::config::{Config, is_name};
use crate::include::resolve;
use crate::problem::slashed;

/// The folder, among the pages, of all that cells draw.
pub(crate) const FIGURES: &str = "figures";

/// What a paragraph is made of.
#[derive(Default)]
pub(super) struct Paragraph<'a> {
    inlines: Vec<(Event<'a>, Range<usize>)>,
}

/// An image, as Markdown has it.
pub(super) struct Image {
    pub(super) address: String,
    pub(super) alt: String,
    pub(super) range: Range<usize>,
}

impl<'a> Paragraph<'a> {
    pub(super) fn push(&mut self, event: Event<'a>, range: Range<usize>) {
        self.inlines.push((event, range));
    }

    /// Its images, from left to right.
    pub(super) fn images(&self) -> Vec<Image> {
        let mut images: Vec<Image> = Vec::new();
        for (event, range) in &self.inlines {
            if let Event::Start(Tag::Image { dest_url, .. }) = event {
                images.push(Image {
                    address: dest_url.to_string(),
                    alt: String::new(),
                    range: range.clone(),
                });
            }
            let text = match event {
                Event::Text(text) | Event::Code(text) => text.as_ref(),
                Event::SoftBreak | Event::HardBreak => " ",
                _ => continue,
            };
            for image in &mut images {
                if image.range.end > range.start {
                    image.alt.push_str(text);
                }
            }
        }
        images
    }

    /// Whether it is one image and nothing else.
    pub(super) fn is_image(&self) -> bool {
        self.is_one(|event| matches!(event, Event::Start(Tag::Image { .. })))
    }

    /// Whether all of it is emphasised.
    pub(super) fn is_emphasised(&self) -> bool {
        self.is_one(|event| matches!(event, Event::Start(Tag::Emphasis)))
    }

    /// Whether its first inline is such a one, and holds all others.
    fn is_one(&self, is_it: impl Fn(&Event<'_>) -> bool) -> bool {
        let (Some((first, all)), Some((_, last))) =
            (self.inlines.first(), self.inlines.last())
        else {
            return false;
        };
        is_it(first) && last == all
    }
}

/// The file that an image shows, relative to the book's root, and its name, if
/// it is one that a cell may draw: an SVG that is not on another host.
///
/// # Errors
///
/// Why no cell can draw it.
pub(super) fn file(
    config: &Config,
    page: &Path,
    address: &str,
) -> Result<Option<(PathBuf, String)>, String> {
    let path = address.split(['?', '#']).next().unwrap_or(address);
    let is_svg = path
        .rsplit_once('.')
        .is_some_and(|(_, ending)| ending.eq_ignore_ascii_case("svg"));
    let is_elsewhere = path.contains("://") || path.starts_with("//");
    if !is_svg || is_elsewhere {
        return Ok(None);
    }
    let folder = page.parent().unwrap_or(Path::new(""));
    let file = resolve(&folder.join(path))
        .filter(|file| file.starts_with(&config.src))
        .ok_or_else(|| {
            format!(
                "the picture `{address}` is outside of {}, the folder of the \
                 pages",
                slashed(&config.src)
            )
        })?;
    let name = file.file_stem().and_then(OsStr::to_str).unwrap_or_default();
    let figures = config.src.join(FIGURES);
    if path == address
        && is_name(name)
        && file == figures.join(name).with_extension("svg")
    {
        let name = name.to_owned();
        return Ok(Some((file, name)));
    }
    Err(format!(
        "the picture `{address}`: cells draw into {}/NAME.svg, where NAME has \
         only a-z, 0-9 and `-`",
        slashed(&figures)
    ))
}

/// Where HTML shows SVGs of the book: in any tag but a link's.
pub(super) fn shown_svgs(html: &str) -> impl Iterator<Item = usize> + '_ {
    let starts = html.match_indices('<').map(|(at, _)| at);
    starts.filter(|at| {
        let tag = html[at + 1..].split('>').next().unwrap_or_default();
        let tag = tag.to_ascii_lowercase();
        let is_link = tag.split_whitespace().next() == Some("a");
        let is_comment = tag.starts_with('!');
        let is_ours = tag.contains(".svg") && !tag.contains("//");
        is_ours && !is_link && !is_comment
    })
}
