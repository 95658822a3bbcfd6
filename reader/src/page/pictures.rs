//! Pictures: the file in the place of the image that shows it, with its number
//! and its caption.

use std::fs;
use std::path::Path;

use super::edits::Edits;
use super::html::escaped;
use super::mistake::Mistake;
use super::svg::inlined;
use super::view::View;

/// Puts the page's pictures into it.
pub fn set(
    view: &View,
    root: &Path,
    bless: &str,
    edits: &mut Edits,
    mistakes: &mut Vec<Mistake>,
) {
    let source = view.source;
    for picture in source.pictures() {
        let Some(label) = view.labels().figure(picture.range.start) else {
            continue;
        };
        if !view.shows(&picture.range) {
            continue;
        }
        let file = picture.path.to_string_lossy().replace('\\', "/");
        let mut wrong = |message: String| {
            mistakes.push(Mistake::new(picture.range.clone(), message));
        };
        let document = match fs::read_to_string(root.join(&picture.path)) {
            Ok(document) => document,
            Err(error) => {
                wrong(format!(
                    "{file} cannot be read: {error}; `{bless}` draws the \
                     pictures of cells"
                ));
                continue;
            }
        };
        let suffix = view.suffix(label.showing);
        let svg = match inlined(&document, &picture.alt, &suffix) {
            Ok(svg) => svg,
            Err(refusal) => {
                wrong(format!(
                    "{file} {refusal}; `{bless}` draws the pictures of cells"
                ));
                continue;
            }
        };
        let frame = format!(
            "<figure class=\"picture\"{}>\n\
             <div class=\"picture-frame\">\n{svg}\n</div>\n",
            view.id(&label.anchor)
        );
        let number = format!(
            "<a class=\"picture-number\" href=\"{}\">Figure {}</a>",
            escaped(&view.address(&label.anchor)),
            label.number
        );
        let at = picture.range.start;
        let start = |text: &str| source.lines(at, text);
        if let Some(caption) = &picture.caption {
            edits.replace(picture.range.clone(), start(&frame));
            edits.replace(
                caption.start..caption.start + 1,
                start(&format!("<figcaption>\n\n{number} ")),
            );
            edits.replace(
                caption.end - 1..caption.end,
                start("\n\n</figcaption>\n</figure>\n"),
            );
        } else {
            let frame = format!(
                "{frame}<figcaption>{number}</figcaption>\n</figure>\n"
            );
            edits.replace(picture.range.clone(), start(&frame));
        }
    }
}
