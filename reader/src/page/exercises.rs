//! Exercises, with their solutions folded under them.

use std::collections::BTreeMap;
use std::ops::Range;

use pulldown_cmark::{Event, HeadingLevel, Tag, TagEnd};

use super::address::address;
use super::edits::Edits;
use super::html::escaped;
use super::labels::Labels;
use super::mistake::Mistake;
use super::source::Source;
use super::view::View;

/// The title of the page that has the solutions.
const SOLUTIONS: &str = "Solutions";

/// An exercise on a page.
pub struct Exercise {
    /// Its number: `2-1`.
    pub number: String,
    /// The paragraph that it begins with.
    pub paragraph: Range<usize>,
    /// All of it, to the next exercise or heading.
    pub range: Range<usize>,
}

/// The exercises of a page, from top to bottom: each begins with a paragraph
/// that begins `**2-1** *Title.*`.
pub fn exercises(source: &Source) -> Vec<Exercise> {
    let mut exercises: Vec<Exercise> = Vec::new();
    let mut limits = Vec::new();
    for (at, (event, range)) in source.events.iter().enumerate() {
        match event {
            Event::Start(Tag::Heading { .. }) => limits.push(range.start),
            Event::Start(Tag::Paragraph) => {
                let number = number_of(&source.events[at + 1..]);
                if let Some(number) =
                    number.filter(|_| source.is_at_top(range.start))
                {
                    limits.push(range.start);
                    exercises.push(Exercise {
                        number,
                        paragraph: source.trimmed(range),
                        range: source.trimmed(range),
                    });
                }
            }
            _ => {}
        }
    }
    for exercise in &mut exercises {
        let start = exercise.paragraph.start;
        let end = limits.iter().find(|limit| **limit > start);
        let all = start..end.copied().unwrap_or(source.text.len());
        let all = source.trimmed(&all);
        if source.is_whole(&all) {
            exercise.range = all;
        }
    }
    exercises
}

/// An exercise as its page has it.
pub struct Task {
    /// Its number: `2-1`.
    pub number: String,
    /// All of it, as Markdown.
    pub text: String,
}

/// The exercises of a page of this text, from top to bottom.
pub fn tasks(page: &str) -> Vec<Task> {
    let source = Source::plain("", page);
    exercises(&source)
        .into_iter()
        .map(|Exercise { number, range, .. }| Task {
            number,
            text: page[range].to_owned(),
        })
        .collect()
}

/// The number of the exercise that begins with what is in this paragraph.
fn number_of(paragraph: &[(Event, Range<usize>)]) -> Option<String> {
    let mut events = paragraph.iter().map(|(event, _)| event);
    let Some(Event::Start(Tag::Strong)) = events.next() else {
        return None;
    };
    let Some(Event::Text(number)) = events.next() else {
        return None;
    };
    let Some(Event::End(TagEnd::Strong)) = events.next() else {
        return None;
    };
    let is_space = match events.next() {
        Some(Event::Text(text)) => &**text == " ",
        event => matches!(event, Some(Event::SoftBreak)),
    };
    let is_title =
        is_space && matches!(events.next(), Some(Event::Start(Tag::Emphasis)));
    (is_title && is_number(number)).then(|| number.to_string())
}

fn is_number(text: &str) -> bool {
    let is_part = |part: &str| {
        !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit())
    };
    text.split_once('-')
        .is_some_and(|(chapter, number)| is_part(chapter) && is_part(number))
}

/// A solution on the page of all solutions.
struct Solution {
    number: String,
    heading: Range<usize>,
    /// What is below the heading.
    range: Range<usize>,
}

/// The solutions of a book, and the exercises that they belong to.
pub struct Solutions<'a> {
    page: Option<&'a Source<'a>>,
    by_number: BTreeMap<String, Solution>,
    /// The page of each exercise.
    exercises: BTreeMap<String, &'a Source<'a>>,
}

impl<'a> Solutions<'a> {
    /// Finds them; `report` is told of an exercise without a solution, a
    /// solution without an exercise, and a number that is taken twice.
    pub fn new(
        sources: &'a [Source<'a>],
        report: &mut impl FnMut(&Source, Mistake),
    ) -> Self {
        let page = sources.iter().find(|source| {
            source
                .cells
                .as_ref()
                .is_some_and(|it| it.title == SOLUTIONS)
        });
        let mut by_number: BTreeMap<String, Solution> = BTreeMap::new();
        if let Some(page) = page {
            for solution in solutions(page) {
                let number = solution.number.clone();
                if by_number.contains_key(&number) {
                    let message = format!("a second solution to {number}");
                    let heading = solution.heading.clone();
                    report(page, Mistake::new(heading, message));
                }
                by_number.insert(number, solution);
            }
        }
        let mut found: BTreeMap<String, &Source> = BTreeMap::new();
        for source in sources {
            let is_other = page.is_none_or(|page| page.path != source.path);
            let checked = source.cells.iter().flat_map(|it| &it.exercises);
            for exercise in checked.filter(|_| is_other) {
                let message = format!(
                    "the check of exercise {}, but only the page titled \
                     {SOLUTIONS} has checks, below its heading of that number",
                    exercise.number
                );
                let range = exercise.check.range.clone();
                report(source, Mistake::new(range, message));
            }
            for Exercise {
                number, paragraph, ..
            } in source.exercises()
            {
                let mut wrong = |message: String| {
                    report(source, Mistake::new(paragraph.clone(), message));
                };
                if let Some(other) = found.get(number) {
                    wrong(format!(
                        "a second exercise {number}: the first is in {}",
                        other.path.display()
                    ));
                }
                if let Some(page) = page
                    && !by_number.contains_key(number)
                {
                    wrong(format!(
                        "exercise {number} has no solution: {} has no \
                         heading `## {number} Title`",
                        page.path.display()
                    ));
                }
                found.insert(number.clone(), source);
            }
        }
        for solution in by_number.values() {
            let number = &solution.number;
            if let Some(page) = page
                && !found.contains_key(number)
            {
                let message = format!(
                    "the solution to {number}, but no page has a paragraph \
                     that begins `**{number}** *Title.*`"
                );
                report(page, Mistake::new(solution.heading.clone(), message));
            }
        }
        Self {
            page,
            by_number,
            exercises: found,
        }
    }

    /// Makes sections of a page's exercises, with their solutions, which
    /// `render` makes of a part of their page.
    pub fn fold(
        &self,
        source: &Source,
        labels: &Labels,
        edits: &mut Edits,
        render: impl Fn(&View) -> String,
    ) {
        for Exercise { number, range, .. } in source.exercises() {
            edits.before(
                range,
                format!("<section class=\"exercise\" id=\"ex-{number}\">\n\n"),
            );
            edits.after(range, "\n\n</section>\n");
            if let Some(page) = self.page
                && let Some(solution) = self.by_number.get(number)
            {
                let view = View {
                    source: page,
                    all: labels,
                    part: page.trimmed(&solution.range),
                    on: &source.path,
                };
                let folded = format!(
                    "\n\n<details class=\"solution\">\n\
                     <summary>Solution to {number}</summary>\n\n\
                     {}\n\n</details>",
                    render(&view).trim()
                );
                edits.after(range, folded);
                let cells = page.cells.iter().flat_map(|it| &it.exercises);
                for exercise in cells.filter(|it| it.number == *number) {
                    edits.after(range, starter(page, exercise));
                }
            }
        }
    }

    /// Leads from each solution back to its exercise.
    pub fn lead_back(&self, source: &Source, edits: &mut Edits) {
        if self.page.is_none_or(|page| page.path != source.path) {
            return;
        }
        for solution in self.by_number.values() {
            let number = &solution.number;
            if let Some(page) = self.exercises.get(number) {
                let anchor = format!("ex-{number}");
                edits.after(
                    &source.trimmed(&solution.heading),
                    format!(
                        "\n\n<p class=\"exercise-link\"><a href=\"{}\">\
                         Exercise {number}</a></p>\n",
                        address(&source.path, &page.path, &anchor)
                    ),
                );
            }
        }
    }
}

/// What an exercise begins with, as a cell below it.
fn starter(page: &Source, exercise: &cells::Exercise) -> String {
    let cells::Exercise {
        number, starter, ..
    } = exercise;
    // Where the page is live, its script has a button in the place of this.
    format!(
        "\n\n<figure class=\"cell starter\" id=\"{}\">\n\
         <figcaption class=\"cell-head\"><a class=\"cell-number\" \
         href=\"#{}\">Your turn</a> <span class=\"cell-tag cell-live\">to \
         check your answer: <code>cargo book exercises {number}</code></span>\
         </figcaption>\n\n{}\n\n</figure>",
        starter.anchor,
        starter.anchor,
        &page.text[page.trimmed(&starter.range)]
    )
}

/// Takes away what no reader sees here of exercises that are checked: what they
/// begin with is shown below them, and all else that is not the solution
/// nowhere.
pub fn hide(view: &View, edits: &mut Edits) {
    let pages = view.source.cells.iter();
    let exercises = pages.flat_map(|page| &page.exercises);
    for block in exercises.flat_map(cells::Exercise::blocks) {
        if view.shows(block) {
            edits.replace(view.source.trimmed(block), "");
        }
    }
}

/// The sections of the page of solutions.
fn solutions(source: &Source) -> Vec<Solution> {
    let mut solutions: Vec<Solution> = Vec::new();
    let mut is_open = false;
    let events = &source.events;
    for (at, (event, range)) in events.iter().enumerate() {
        let Event::Start(Tag::Heading { level, .. }) = event else {
            continue;
        };
        if *level > HeadingLevel::H2 || !source.is_at_top(range.start) {
            continue;
        }
        if is_open && let Some(solution) = solutions.last_mut() {
            solution.range.end = range.start;
        }
        let number = match &events[at + 1].0 {
            Event::Text(text) => text.split_whitespace().next(),
            _ => None,
        };
        is_open = number.is_some_and(is_number);
        if let Some(number) = number.filter(|_| is_open) {
            solutions.push(Solution {
                number: number.to_owned(),
                heading: range.clone(),
                range: range.end..source.text.len(),
            });
        }
    }
    solutions
}

/// Leads from the marks of footnotes in a part of a page that another shows to
/// the footnotes, which stay where they are.
pub fn lead_to_footnotes(view: &View, edits: &mut Edits) {
    let source = view.source;
    let mut names = Vec::new();
    for (event, range) in &source.events {
        let range = source.trimmed(range);
        match event {
            Event::FootnoteReference(name) => {
                if !names.contains(&name) {
                    names.push(name);
                }
                let number = names.iter().take_while(|it| **it != name).count();
                let to = view.address(&format!("footnote-{name}"));
                if view.shows(&range) {
                    edits.replace(
                        range,
                        format!(
                            "<sup class=\"footnote-reference\">\
                             <a href=\"{}\">{}</a></sup>",
                            escaped(&to),
                            number + 1
                        ),
                    );
                }
            }
            Event::Start(Tag::FootnoteDefinition(_)) if view.shows(&range) => {
                edits.replace(range, "");
            }
            _ => {}
        }
    }
}

/// Makes bold text of the headings of a part of a page that another shows, and
/// takes the ids from its HTML: an address is in one place.
pub fn demote(view: &View, edits: &mut Edits) {
    let source = view.source;
    for tag in source.tags(&view.part) {
        if let Some(id) = tag.attribute("id") {
            edits.replace(id.range.clone(), "");
        }
    }
    let mut events = source.events.iter();
    while let Some((event, range)) = events.next() {
        if !matches!(event, Event::Start(Tag::Heading { .. }))
            || !view.shows(&source.trimmed(range))
        {
            continue;
        }
        let inside = events
            .by_ref()
            .take_while(|(event, _)| {
                !matches!(event, Event::End(TagEnd::Heading(_)))
            })
            .map(|(_, range)| range.clone())
            .reduce(|all, part| all.start..part.end.max(all.end));
        if let Some(inside) = inside {
            edits.replace(range.start..inside.start, "**");
            edits.replace(inside.end..source.trimmed(range).end, "**");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn assert_exercises(page: &str, expected: &[(&str, &str)]) {
        let source = Source::plain("a.md", page);
        let found = exercises(&source);
        let found: Vec<(&str, &str)> = found
            .iter()
            .map(|it| (&*it.number, &page[it.range.clone()]))
            .collect();
        assert_eq!(found, expected, "{page}");
    }

    #[test]
    fn an_exercise_ends_where_the_next_begins() {
        let one = "**1-1** *One.* Do.\n\n- this\n- that";
        let two = "**1-2** *Two.*";
        let page = format!("a\n\n{one}\n\n{two}\n\n## End\n\nb\n");
        assert_exercises(&page, &[("1-1", one), ("1-2", two)]);
        let page = format!("{one}\n\n</details>\n\n{two}\n");
        let first = "**1-1** *One.* Do.";
        assert_exercises(&page, &[("1-1", first), ("1-2", two)]);
    }

    #[test]
    fn what_begins_otherwise_is_none() {
        for page in [
            "**1-1** One.",
            "**1-1. `One`** *One.*",
            "**1** *One.*",
            "**1-a** *One.*",
            "A **1-1** *One.*",
            "> **1-1** *One.*",
            "- **1-1** *One.*",
        ] {
            assert_exercises(page, &[]);
        }
    }

    #[test]
    fn a_solution_is_a_section() {
        let page = "# Solutions\n\na\n\n## 1-1 One\n\nb\n\n### c\n\nd\n\n\
                    ## Other\n\ne\n\n## 1-2 Two\n\nf\n";
        let source = Source::plain("a.md", page);
        let found: Vec<(String, &str)> = solutions(&source)
            .into_iter()
            .map(|it| (it.number, page[it.range].trim()))
            .collect();
        assert_eq!(
            found,
            [
                ("1-1".to_owned(), "b\n\n### c\n\nd"),
                ("1-2".to_owned(), "f")
            ]
        );
    }
}
