//! Cells and excerpts: a frame with a head around the code and what follows.

use std::collections::BTreeMap;
use std::ops::Range;

use cells::{Cell, Kind, Section};

use super::edits::Edits;
use super::html::escaped;
use super::source::Source;

/// Puts the page's cells, and the sections that have more than one, and its
/// excerpts into their frames.
pub fn frame(source: &Source, edits: &mut Edits) {
    let Some(cells) = &source.cells else {
        return;
    };
    for section in &cells.sections {
        program(source, section, edits);
        for cell in &section.cells {
            frame_cell(source, cell, edits);
        }
    }
    let mut shown: BTreeMap<String, usize> = BTreeMap::new();
    for excerpt in &cells.excerpts {
        let file = excerpt.from.to_string_lossy().replace('\\', "/");
        let times = shown.entry(file.clone()).or_default();
        *times += 1;
        let mut id = format!("excerpt-{}", file.replace(['/', '.'], "-"));
        if *times > 1 {
            id.push_str(&format!("-{times}"));
        }
        wrap(
            source,
            &excerpt.range,
            &format!(
                "<figure class=\"excerpt\" id=\"{}\">\n\
                 <figcaption class=\"cell-head\">{}</figcaption>\n\n",
                escaped(&id),
                escaped(&file)
            ),
            "\n</figure>\n",
            edits,
        );
    }
}

/// From the first cell of a section to its last.
fn program(source: &Source, section: &Section, edits: &mut Edits) {
    let [first, .., last] = &*section.cells else {
        return;
    };
    let all = first.range.start..end(source, last);
    let is_at_top = section
        .cells
        .iter()
        .all(|cell| source.is_at_top(cell.range.start));
    if is_at_top && source.is_whole(&all) {
        edits.before(&all, "<div class=\"program\">\n\n");
        edits.after(&all, "\n</div>\n");
    }
}

/// Where a cell ends, and all that belongs to it.
fn end(source: &Source, cell: &Cell) -> usize {
    let last = cell.output.as_ref().map_or(&cell.range, |it| &it.range);
    source.trimmed(last).end
}

fn frame_cell(source: &Source, cell: &Cell, edits: &mut Edits) {
    let class = match cell.tags.kind {
        Kind::Run => "cell",
        Kind::ShouldPanic | Kind::CompileFail { .. } => "cell failing",
        Kind::NoRun | Kind::Ignore { .. } => "cell idle",
    };
    let tags: String = words(cell)
        .iter()
        .map(|word| {
            format!("<span class=\"cell-tag\">{}</span>", escaped(word))
        })
        .collect();
    let anchor = format!("cell-{}", cell.number);
    let number = cell.number;
    wrap(
        source,
        &(cell.range.start..end(source, cell)),
        &format!(
            "<figure class=\"{class}\" id=\"{anchor}\">\n\
             <figcaption class=\"cell-head\"><a class=\"cell-number\" \
             href=\"#{anchor}\">In {number}</a>{tags}</figcaption>\n\n"
        ),
        "\n</figure>\n",
        edits,
    );
    if let Some(output) = &cell.output {
        wrap(
            source,
            &output.range,
            "<div class=\"cell-output\">\n\n",
            "\n</div>\n",
            edits,
        );
    }
}

/// What a cell's tags say, in words.
fn words(cell: &Cell) -> Vec<String> {
    let mut words = Vec::new();
    match &cell.tags.kind {
        Kind::Run => {}
        Kind::ShouldPanic => words.push("panics, as it should".to_owned()),
        Kind::CompileFail { code } => {
            words.push(format!("does not compile: {code}"));
        }
        Kind::NoRun => words.push("compiled, not run".to_owned()),
        Kind::Ignore { reason } => words.push(format!("not checked: {reason}")),
    }
    words.extend(cell.tags.needs.iter().map(|name| format!("needs {name}")));
    words
}

/// Puts lines before and after a block, wherever it stands.
pub fn wrap(
    source: &Source,
    block: &Range<usize>,
    open: &str,
    close: &str,
    edits: &mut Edits,
) {
    if source.takes_lines(block.start) {
        let block = source.trimmed(block);
        edits.before(&block, source.lines(block.start, open));
        edits.after(&block, source.lines(block.start, close));
    }
}
