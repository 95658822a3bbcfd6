//! Paragraphs that are pictures, and their captions.

use std::ops::Range;
use std::path::PathBuf;

use super::{Before, Owner, Reader};
use crate::cell::Picture;
use crate::page::paragraph::{self, Image, Paragraph};

impl<'a> Reader<'a> {
    /// What a paragraph is to the cell above it.
    pub(super) fn paragraph(
        &mut self,
        paragraph: &Paragraph<'a>,
        range: Range<usize>,
        before: Before,
    ) -> Before {
        let images = paragraph.images();
        if let ([image], true) = (images.as_slice(), paragraph.is_image()) {
            return self.image(image, before);
        }
        for image in images {
            self.image_in_text(
                &image.address,
                self.lines.at(image.range.start),
            );
        }
        match before {
            Before::Picture(owner) if self.is_caption(paragraph, &range) => {
                self.caption(range, owner);
                Before::Caption(owner)
            }
            _ => Before::Nothing,
        }
    }

    /// An image in the middle of text, where no picture has room.
    pub(super) fn image_in_text(&mut self, address: &str, line: usize) {
        let is_ours = !matches!(
            paragraph::file(self.config, self.path, address),
            Ok(None)
        );
        if is_ours {
            self.problem(
                line,
                "a picture in the middle of text: give it a paragraph of its \
                 own",
            );
        }
    }

    /// A paragraph that is one image.
    fn image(&mut self, image: &Image, before: Before) -> Before {
        let line = self.lines.at(image.range.start);
        let owner = match before {
            Before::Cell | Before::Output => Owner::Cell,
            Before::Picture(owner) | Before::Caption(owner) => owner,
            Before::Nothing | Before::Excerpt | Before::Part(_) => Owner::Page,
            Before::Broken => return Before::Broken,
        };
        let file = paragraph::file(self.config, self.path, &image.address);
        let refusal = match (file, owner) {
            (Ok(None), Owner::Page) => return Before::Nothing,
            (Ok(Some(file)), _) => match self.refusal(image, owner) {
                None => {
                    self.picture(image, file, owner);
                    return Before::Picture(owner);
                }
                Some(refusal) => refusal,
            },
            (Ok(None), Owner::Cell) => "an image right after a cell is what \
                the cell draws, and its file ends in `.svg`: write a sentence \
                between"
                .into(),
            (Err(message), _) => message,
        };
        self.problem(line, refusal);
        Before::Broken
    }

    /// Why a picture cannot stand where it does.
    fn refusal(&self, image: &Image, owner: Owner) -> Option<String> {
        if image.alt.trim().is_empty() {
            return Some(
                "a picture without a text, for those who do not see it: \
                 `![what it shows](PATH)`"
                    .into(),
            );
        }
        let kind = &self.sections.last()?.cells.last()?.tags.kind;
        let is_undrawn = matches!(owner, Owner::Cell) && !kind.is_run();
        is_undrawn.then(|| {
            format!(
                "a picture under a cell that is tagged `{kind}`: nothing draws \
                 it"
            )
        })
    }

    fn picture(
        &mut self,
        image: &Image,
        (path, name): (PathBuf, String),
        owner: Owner,
    ) {
        let range = image.range.clone();
        let picture = Picture {
            line: self.lines.at(range.start),
            end_line: self.lines.at(range.end.max(1) - 1),
            range,
            path,
            name,
            alt: image.alt.clone(),
            caption: None,
        };
        if let Some(pictures) = self.pictures_of(owner) {
            pictures.push(picture);
        }
    }

    /// The pictures under the last cell, or under none.
    fn pictures_of(&mut self, owner: Owner) -> Option<&mut Vec<Picture>> {
        match owner {
            Owner::Page => Some(&mut self.pictures),
            Owner::Cell => {
                let section = self.sections.last_mut()?;
                Some(&mut section.cells.last_mut()?.pictures)
            }
        }
    }

    /// Whether the paragraph after a picture is its caption.
    fn is_caption(
        &mut self,
        paragraph: &Paragraph<'a>,
        range: &Range<usize>,
    ) -> bool {
        let text = self.source[range.clone()].trim_end();
        let is_starred = text.starts_with('*') && text.ends_with('*');
        if paragraph.is_emphasised() {
            return is_starred;
        }
        // `**` may stand at both ends of a paragraph for its own sake.
        if is_starred && !text.starts_with("**") && !text.ends_with("**") {
            self.problem(
                self.lines.at(range.start),
                "a caption is one emphasised paragraph, and this one's \
                 emphasis ends in its middle: write `\\*` for a `*` of the \
                 text",
            );
        }
        false
    }

    fn caption(&mut self, range: Range<usize>, owner: Owner) {
        let text = self.source[range.clone()].trim_end();
        let range = range.start..range.start + text.len();
        let end_line = self.lines.at(range.end - 1);
        let pictures = self.pictures_of(owner);
        if let Some(picture) = pictures.and_then(|it| it.last_mut()) {
            picture.caption = Some(range);
            picture.end_line = end_line;
        }
    }
}
