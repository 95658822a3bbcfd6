//! Cells and excerpts: a frame with a head around the code and what follows.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::ops::Range;

use cells::{Cell, Kind, Page};

use super::edits::Edits;
use super::html::escaped;
use super::source::Source;
use super::view::View;

/// Puts the page's cells, and the sections that have more than one, and its
/// excerpts into their frames.
pub fn frame(view: &View, edits: &mut Edits) {
    let source = view.source;
    let Some(cells) = &source.cells else {
        return;
    };
    for section in &cells.sections {
        let shown = section.cells.iter();
        let shown: Vec<&Cell> =
            shown.filter(|cell| view.shows(&cell.range)).collect();
        program(source, &shown, edits);
        for cell in shown {
            frame_cell(view, cells, cell, edits);
        }
    }
    for guess in cells.guesses.iter().filter(|it| view.shows(&it.range)) {
        let quote = source.trimmed(&guess.range);
        wrap(
            source,
            &quote,
            "<div class=\"guess\">\n\n",
            "\n</div>\n",
            edits,
        );
        // The page's script puts its buttons there.
        let place = "\n\n<div class=\"guess-act\"></div>\n";
        let line = source.text[..quote.end].rfind('\n').map_or(0, |it| it + 1);
        let at = line + source.text[line..].find('>').unwrap_or_default() + 1;
        edits.after(&quote, source.lines(at, place));
    }
    let mut shown: BTreeMap<String, usize> = BTreeMap::new();
    for excerpt in &cells.excerpts {
        let file = excerpt.from.to_string_lossy().replace('\\', "/");
        let times = shown.entry(file.clone()).or_default();
        *times += 1;
        let mut anchor = format!("excerpt-{}", file.replace(['/', '.'], "-"));
        if *times > 1 {
            anchor = format!("{anchor}-{times}");
        }
        if !view.shows(&excerpt.range) {
            continue;
        }
        wrap(
            source,
            &excerpt.range,
            &format!(
                "<figure class=\"excerpt\"{}>\n\
                 <figcaption class=\"cell-head\">{}</figcaption>\n\n",
                view.id(&escaped(&anchor)),
                escaped(&file)
            ),
            "\n</figure>\n",
            edits,
        );
    }
}

/// From the first cell of a section to its last.
fn program(source: &Source, cells: &[&Cell], edits: &mut Edits) {
    let [first, .., last] = cells else {
        return;
    };
    let all = first.range.start..end(source, last);
    let is_at_top = cells.iter().all(|cell| source.is_at_top(cell.range.start));
    let is_split = source.exercises().iter().any(|exercise| {
        let (part, all) = (&exercise.range, &all);
        let is_apart = part.end <= all.start || all.end <= part.start;
        let is_inside = all.start <= part.start && part.end <= all.end;
        let is_around = part.start <= all.start && all.end <= part.end;
        !(is_apart || is_inside || is_around)
    });
    if is_at_top && !is_split && source.is_whole(&all) {
        edits.before(&all, "<div class=\"program\">\n\n");
        edits.after(&all, "\n</div>\n");
    }
}

/// Where a cell ends, and all that belongs to it.
fn end(source: &Source, cell: &Cell) -> usize {
    let output = cell.output.as_ref().map_or(&cell.range, |it| &it.range);
    let last = cell.pictures.last().map_or(output, |picture| {
        picture.caption.as_ref().unwrap_or(&picture.range)
    });
    source.trimmed(last).end
}

fn frame_cell(view: &View, page: &Page, cell: &Cell, edits: &mut Edits) {
    let source = view.source;
    let class = match cell.tags.kind {
        Kind::Run => "cell",
        Kind::ShouldPanic | Kind::CompileFail { .. } => "cell failing",
        Kind::NoRun | Kind::Ignore { .. } => "cell idle",
    };
    // Nothing of it is seen, but what it draws.
    let folded = if cell.code.iter().all(|line| line.hidden) {
        " folded"
    } else {
        ""
    };
    let is_guessed = page.guesses.iter().any(|it| it.cell == cell.anchor);
    let guessed = if is_guessed { " guessed" } else { "" };
    let tags: Vec<String> = words(cell)
        .iter()
        .map(|word| {
            format!(" <span class=\"cell-tag\">{}</span>", escaped(word))
        })
        .collect();
    let mut tags = tags.concat();
    // Where the page is live, its script has a button in the place of this.
    if view.is_home() && cell.number == 1 {
        tags.push_str(
            " <span class=\"cell-tag cell-live\">to change and run the cells: \
             <code>cargo book</code></span>",
        );
    }
    let anchor = &cell.anchor;
    let mut number = format!("In {}", cell.number);
    if !view.is_home() {
        let _ = write!(number, " of {}", escaped(&page.title));
    }
    wrap(
        source,
        &(cell.range.start..end(source, cell)),
        &format!(
            "<figure class=\"{class}{folded}{guessed}\"{}>\n\
             <figcaption class=\"cell-head\"><a class=\"cell-number\" \
             href=\"{}\">{number}</a>{tags}</figcaption>\n\n",
            view.id(anchor),
            escaped(&view.address(anchor)),
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
