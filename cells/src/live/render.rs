//! A diagnostic as the compiler prints it, with cells in place of files.

use annotate_snippets::{
    AnnotationKind, Group, Level as Title, Origin, Patch, Renderer, Snippet,
};

use super::diagnostic::{Level, Mark, Said};
use super::message::Span;
use super::program::LiveCell;

/// All of a diagnostic, as plain text.
pub(super) fn render(said: &Said, cells: &[LiveCell]) -> String {
    let mut first = group(said, cells, true);
    let mut groups = Vec::new();
    for child in &said.children {
        if child.marks.is_empty() && child.elsewhere.is_empty() {
            let message = title(child.level).message(child.message.as_str());
            // A note belongs to what comes before it.
            match groups.pop() {
                None => first = first.element(message),
                Some(last) => groups.push(Group::element(last, message)),
            }
        } else {
            groups.push(group(child, cells, false));
        }
    }
    groups.insert(0, first);
    Renderer::plain().render(&groups) + "\n"
}

fn title(level: Level) -> Title<'static> {
    match level {
        Level::Error => Title::ERROR,
        Level::Warning => Title::WARNING,
        Level::Note => Title::NOTE,
        Level::Help => Title::HELP,
    }
}

fn group<'a>(
    said: &'a Said,
    cells: &'a [LiveCell],
    is_first: bool,
) -> Group<'a> {
    let title = title(said.level);
    let mut title = if is_first {
        title.primary_title(said.message.as_str())
    } else {
        title.secondary_title(said.message.as_str())
    };
    // A lint has a name, which is no help to a reader.
    if let Some(code) = said.code.as_ref().filter(|it| it.starts_with('E')) {
        title = title.id(code.as_str());
    }
    let mut group = Group::with_title(title);
    for cell in cells_of(&said.marks) {
        let marks = || said.marks.iter().filter(|mark| mark.cell == cell);
        let cell = &cells[cell];
        if marks().all(|mark| mark.suggestion.is_none()) {
            let annotations = marks().map(|mark| {
                let kind = if mark.is_primary {
                    AnnotationKind::Primary
                } else {
                    AnnotationKind::Context
                };
                kind.span(mark.range.clone()).label(mark.label.as_deref())
            });
            group = group.element(source(cell).annotations(annotations));
        } else {
            for patches in alternatives(marks().collect()) {
                group = group.element(source(cell).patches(patches));
            }
        }
    }
    for span in &said.elsewhere {
        group = elsewhere(group, span);
    }
    group
}

fn source<T: Clone>(cell: &LiveCell) -> Snippet<'_, T> {
    Snippet::source(cell.text.as_str()).path(cell.name.as_str())
}

/// The cells of some marks, that of the first primary one first.
fn cells_of(marks: &[Mark]) -> Vec<usize> {
    let primary = marks.iter().filter(|mark| mark.is_primary);
    let mut cells = Vec::new();
    for mark in primary.chain(marks) {
        if !cells.contains(&mark.cell) {
            cells.push(mark.cell);
        }
    }
    cells
}

/// Suggestions as they are to be followed: those for one place exclude each
/// other, and all others are one.
fn alternatives(marks: Vec<&Mark>) -> Vec<Vec<Patch<'_>>> {
    let mut all: Vec<Vec<Patch>> = Vec::new();
    let mut last: Option<&Mark> = None;
    for mark in marks {
        let Some(text) = &mark.suggestion else {
            continue;
        };
        let patch = Patch::new(mark.range.clone(), text.as_str());
        let is_other = last.is_none_or(|it| it.range == mark.range);
        match all.last_mut() {
            Some(patches) if !is_other => patches.push(patch),
            _ => all.push(vec![patch]),
        }
        last = Some(mark);
    }
    all
}

/// A place in a file, with its lines where they are known.
fn elsewhere<'a>(group: Group<'a>, span: &'a Span) -> Group<'a> {
    let path = span.file_name.as_str();
    let (Some(first), Some(last)) = (span.text.first(), span.text.last())
    else {
        let origin = Origin::path(path).line(span.line_start);
        return group.element(origin.char_column(span.column_start));
    };
    let lines: Vec<&str> =
        span.text.iter().map(|line| line.text.as_str()).collect();
    let text = lines.join("\n");
    let start = bytes(&first.text, first.highlight_start);
    let end =
        text.len() - last.text.len() + bytes(&last.text, last.highlight_end);
    let kind = if span.is_primary {
        AnnotationKind::Primary
    } else {
        AnnotationKind::Context
    };
    let annotation = kind
        .span(start..end.max(start))
        .label(span.label.as_deref());
    group.element(
        Snippet::source(text)
            .line_start(span.line_start)
            .path(path)
            .annotation(annotation),
    )
}

/// The byte at a column of a line, in characters from 1.
fn bytes(line: &str, column: usize) -> usize {
    let mut chars = line.char_indices().skip(column.saturating_sub(1));
    chars.next().map_or(line.len(), |(at, _)| at)
}
