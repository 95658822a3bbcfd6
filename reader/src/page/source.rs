//! A page as it arrives, and as a Markdown parser sees it.

use std::cell::OnceCell;
use std::ops::Range;
use std::path::{Path, PathBuf};

use cells::{Cell, Config, Picture, Problem};
use mdbook_preprocessor::book::Chapter;
use mdbook_preprocessor::config::HtmlConfig;
use pulldown_cmark::{Event, Options, Parser, Tag};

use super::exercises::{Exercise, exercises};
use super::html::{self, is_balanced, tags};

/// A page as it arrives.
pub struct Source<'a> {
    /// The page, relative to the folder of all pages.
    pub path: PathBuf,
    /// What `SUMMARY.md` calls it.
    pub name: &'a str,
    /// Its number there, without a final point; 0 if it has none.
    pub number: String,
    /// Its Markdown.
    pub text: &'a str,
    /// How it is to be read.
    pub options: Options,
    /// What a Markdown parser finds in it, and where.
    pub events: Vec<(Event<'a>, Range<usize>)>,
    /// The file that it is in, relative to the book's root.
    pub file: PathBuf,
    /// Its cells, if nothing is wrong with them.
    pub cells: Option<cells::Page>,
    /// Its exercises, once they were asked for.
    exercises: OnceCell<Vec<Exercise>>,
}

/// mdBook's own options, so that we see the page as it does, and mathematics.
pub fn options(html: &HtmlConfig) -> Options {
    let mut options = Options::ENABLE_TABLES
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_HEADING_ATTRIBUTES
        | Options::ENABLE_MATH;
    options.set(Options::ENABLE_SMART_PUNCTUATION, html.smart_punctuation);
    options.set(Options::ENABLE_DEFINITION_LIST, html.definition_lists);
    options.set(Options::ENABLE_GFM, html.admonitions);
    options
}

impl<'a> Source<'a> {
    /// Reads a chapter of the book in `root`; what is wrong with its cells is
    /// added to the problems, unless some of its page are there.
    pub fn read(
        root: &Path,
        config: &Config,
        options: Options,
        chapter: &'a Chapter,
        problems: &mut Vec<Problem>,
    ) -> Self {
        let path = chapter.path.clone().unwrap_or_default();
        let file = chapter.source_path.as_ref().unwrap_or(&path);
        let file = config.src.join(file);
        // What mdBook left of an include is meant to be read as it is.
        let text = chapter.content.replace("{{#", "{{ ");
        let cells =
            cells::Page::parse(root, config, &file, text).map_err(|found| {
                // Those of the page on disk have the better lines.
                if problems.iter().all(|known| known.page != file) {
                    problems.extend(found);
                }
            });
        let numbers = chapter.number.as_deref().map_or(&[][..], Vec::as_slice);
        let numbers: Vec<String> = numbers.iter().map(u32::to_string).collect();
        Self {
            path,
            name: &chapter.name,
            number: if numbers.is_empty() {
                "0".to_owned()
            } else {
                numbers.join(".")
            },
            text: &chapter.content,
            options,
            events: Parser::new_ext(&chapter.content, options)
                .into_offset_iter()
                .collect(),
            file,
            cells: cells.ok(),
            exercises: OnceCell::new(),
        }
    }

    /// A page of this text, whose cells do not matter.
    pub fn plain(path: &str, text: &'a str) -> Self {
        let options = options(&HtmlConfig::default());
        Self {
            path: path.into(),
            name: "Plain",
            number: "1".to_owned(),
            text,
            options,
            events: Parser::new_ext(text, options).into_offset_iter().collect(),
            file: path.into(),
            cells: None,
            exercises: OnceCell::new(),
        }
    }

    /// Its cells, from top to bottom.
    pub fn cells(&self) -> impl Iterator<Item = &Cell> {
        self.cells.iter().flat_map(cells::Page::cells)
    }

    /// The pictures that it shows, from top to bottom.
    pub fn pictures(&self) -> Vec<&Picture> {
        let drawn = self.cells().flat_map(|cell| &cell.pictures);
        let shown = self.cells.iter().flat_map(|page| &page.pictures);
        let mut pictures: Vec<&Picture> = drawn.chain(shown).collect();
        pictures.sort_by_key(|picture| picture.range.start);
        pictures
    }

    /// Its exercises, from top to bottom.
    pub fn exercises(&self) -> &[Exercise] {
        self.exercises.get_or_init(|| exercises(self))
    }

    /// Whether a place is in no list, quotation or the like.
    pub fn is_at_top(&self, at: usize) -> bool {
        self.containers().all(|(_, range)| !range.contains(&at))
    }

    /// Whether a block may get lines before and after it: in a footnote the
    /// indentation of its lines is not that of its first.
    pub fn takes_lines(&self, at: usize) -> bool {
        self.containers().all(|(tag, range)| {
            !(matches!(tag, Tag::FootnoteDefinition(_)) && range.contains(&at))
        })
    }

    fn containers(&self) -> impl Iterator<Item = (&Tag<'a>, &Range<usize>)> {
        self.events.iter().filter_map(|(event, range)| match event {
            Event::Start(
                tag @ (Tag::BlockQuote(_)
                | Tag::Item
                | Tag::FootnoteDefinition(_)
                | Tag::DefinitionListDefinition),
            ) => Some((tag, range)),
            _ => None,
        })
    }

    /// The tags of the page's own HTML in a part of it.
    pub fn tags(&self, part: &Range<usize>) -> Vec<html::Tag<'a>> {
        let mut found = Vec::new();
        for (event, range) in &self.events {
            let is_html = matches!(
                event,
                Event::Start(Tag::HtmlBlock) | Event::InlineHtml(_)
            );
            if !is_html || range.start < part.start || part.end <= range.start {
                continue;
            }
            for mut tag in tags(&self.text[range.clone()]) {
                let here = range.start;
                tag.range = tag.range.start + here..tag.range.end + here;
                for html::Attribute { range, .. } in &mut tag.attributes {
                    *range = range.start + here..range.end + here;
                }
                found.push(tag);
            }
        }
        found
    }

    /// Whether no element of the page's own HTML begins or ends in a part of
    /// it and not the other: then the part may become an element.
    pub fn is_whole(&self, part: &Range<usize>) -> bool {
        is_balanced(&self.tags(part))
    }

    /// A part of the page without the blank lines at its end.
    pub fn trimmed(&self, part: &Range<usize>) -> Range<usize> {
        let mut text = self.text[part.clone()].trim_end();
        while let Some((above, last)) = text.rsplit_once('\n')
            && last.trim_matches(MARGIN).is_empty()
            && !self.is_at_top(part.start)
        {
            text = above.trim_end();
        }
        part.start..part.start + text.len()
    }

    /// Lines to go where a block is: each but the first gets what the list or
    /// quotation that holds the block puts before its lines.
    pub fn lines(&self, block: usize, lines: &str) -> String {
        let start = self.text[..block].rfind('\n').map_or(0, |end| end + 1);
        let margin: String = self.text[start..block]
            .chars()
            .map(|c| {
                if c == '>' || c.is_whitespace() {
                    c
                } else {
                    ' '
                }
            })
            .collect();
        if margin.is_empty() {
            return lines.to_owned();
        }
        lines.replace('\n', &format!("\n{margin}"))
    }
}

/// What a blank line of a quotation holds.
const MARGIN: [char; 3] = [' ', '\t', '>'];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_get_the_margin_of_their_block() {
        for (text, block, expected) in [
            ("a\n\nB", "B", "x\n\ny"),
            ("> a\n> B", "B", "x\n> \n> y"),
            ("- B", "B", "x\n  \n  y"),
            ("1. a\n   > - B", "B", "x\n   >   \n   >   y"),
        ] {
            let source = Source::plain("a.md", text);
            let at = text.find(block).expect("it is there");
            assert_eq!(source.lines(at, "x\n\ny"), expected, "{text}");
        }
    }

    #[test]
    fn a_part_is_whole_or_not() {
        for (text, expected) in [
            ("a\n\nb", true),
            ("<details>\n\na\n\n</details>", true),
            ("<br>\n\n`<b>`\n\n<!-- <b> -->", true),
            ("a\n\n<details>\n\nb", false),
            ("a\n\n</details>\n\n<details>\n\nb", false),
        ] {
            let source = Source::plain("a.md", text);
            assert_eq!(source.is_whole(&(0..text.len())), expected, "{text}");
        }
    }

    #[test]
    fn blank_lines_are_trimmed() {
        for (text, expected) in [
            ("> a\n>\n> \n", "> a"),
            ("> <b>\n>\n", "> <b>"),
            ("<https://a.b>\n\n", "<https://a.b>"),
            ("<img\r\n>\r\n \r\n", "<img\r\n>"),
        ] {
            let source = Source::plain("a.md", text);
            let range = source.trimmed(&(0..text.len()));
            assert_eq!(&text[range], expected);
        }
    }
}
