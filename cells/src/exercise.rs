//! Exercises whose answers are checked.

use std::collections::BTreeSet;
use std::ops::Range;

use crate::cell::{Cell, Part};
use crate::page::{Page, words};

/// An exercise with a check, from the section of its solution, whose heading
/// begins with its number: `## 4-1 Leaky ReLU`.
///
/// Each of its answers, with the check after it, is a program of its own: it
/// sees no other cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exercise {
    /// Its number: `4-1`.
    pub number: String,
    /// Its title: `Leaky ReLU`.
    pub title: String,
    /// The line of the heading in the page, from 1.
    pub line: usize,
    /// What the reader begins with.
    pub starter: Cell,
    /// What tells whether an answer is right: it panics where it is not.
    pub check: Cell,
    /// Answers that the check must fail, each with a message of its own.
    pub wrong: Vec<Cell>,
    /// The answer that it must pass.
    pub solution: Cell,
    /// The data sets that its check or its answers need, by name.
    pub needs: BTreeSet<String>,
}

impl Exercise {
    /// Makes one of the cells of a section that belong to it, unless there are
    /// none.
    ///
    /// # Errors
    ///
    /// What is wrong, at which line.
    pub(crate) fn new(
        heading: &str,
        line: usize,
        parts: &[Cell],
        solutions: &[&Cell],
    ) -> Result<Option<Exercise>, Vec<(usize, String)>> {
        let all = || parts.iter().chain(solutions.iter().copied());
        let Some(first) = all().min_by_key(|cell| cell.line) else {
            return Ok(None);
        };
        let part = |part: Part| {
            let is_it = move |cell: &&Cell| cell.tags.part == Some(part);
            all().filter(is_it).cloned().collect::<Vec<Cell>>()
        };
        let Some((number, title)) = number(heading) else {
            let message = format!(
                "a cell of an exercise below the heading {heading:?}: it \
                 stands in the section of the exercise's solution, whose \
                 heading begins with its number, as in `## 4-1 Leaky ReLU`"
            );
            return Err(vec![(first.line, message)]);
        };
        let mut problems = Vec::new();
        let mut one = |kind: Part| {
            let mut found = part(kind).into_iter();
            let cell = found.next();
            for other in found {
                let message = format!("a second `{kind}` of exercise {number}");
                problems.push((other.line, message));
            }
            if cell.is_none() {
                let message = format!(
                    "exercise {number} has a `{}`, and no `{kind}`: it needs \
                     a cell `rust,{kind}`",
                    first.tags.part.unwrap_or(kind)
                );
                problems.push((first.line, message));
            }
            cell
        };
        let starter = one(Part::Starter);
        let check = one(Part::Check);
        let solution = one(Part::Solution);
        let wrong = part(Part::Wrong);
        if wrong.len() < 2 {
            let message = format!(
                "exercise {number} has {} wrong answers: it takes two or \
                 more, `rust,wrong`, to show that its check fails them",
                wrong.len()
            );
            problems.push((first.line, message));
        }
        let (Some(mut starter), Some(mut check), Some(solution), []) =
            (starter, check, solution, problems.as_slice())
        else {
            return Err(problems);
        };
        starter.anchor = format!("starter-{number}");
        check.anchor = format!("check-{number}");
        Ok(Some(Exercise {
            number: number.to_owned(),
            title: title.to_owned(),
            line,
            needs: all().flat_map(|it| it.tags.needs.clone()).collect(),
            starter,
            check,
            wrong,
            solution,
        }))
    }

    /// All answers, from top to bottom.
    #[must_use]
    pub fn answers(&self) -> Vec<&Cell> {
        let others = [&self.starter, &self.solution];
        let mut answers: Vec<&Cell> = self.wrong.iter().chain(others).collect();
        answers.sort_by_key(|answer| answer.line);
        answers
    }

    /// The blocks of its page that are not shown there: all that is no part of
    /// the solution.
    pub fn blocks(&self) -> impl Iterator<Item = &Range<usize>> {
        let cells = self.wrong.iter().chain([&self.starter, &self.check]);
        cells.map(|cell| &cell.range)
    }

    /// Whether its starter has only items, such as functions: then an answer
    /// can be a module.
    #[must_use]
    pub fn has_items_only(&self) -> bool {
        syn::parse_file(&self.starter.text()).is_ok()
    }

    /// Its number and its title.
    pub(crate) fn heading(&self) -> String {
        format!("{} {}", self.number, self.title)
    }

    /// The name of the test of one of its answers on a page.
    pub(crate) fn test_name(&self, page: &Page, answer: &Cell) -> String {
        let heading = words(&self.heading()).join("_");
        let part = answer.tags.part.unwrap_or(Part::Starter);
        format!("{}_sect_{heading}_{part}_line_{}", page.name, answer.line)
    }
}

/// The number that a heading begins with, and the rest of it.
fn number(heading: &str) -> Option<(&str, &str)> {
    let (number, title) = heading.split_once(char::is_whitespace)?;
    let (chapter, exercise) = number.split_once('-')?;
    let is_digits = |part: &str| {
        !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit())
    };
    (is_digits(chapter) && is_digits(exercise))
        .then_some((number, title.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_heading_begins_with_a_number() {
        assert_eq!(number("4-1 Leaky ReLU"), Some(("4-1", "Leaky ReLU")));
        for heading in ["Leaky ReLU", "4 Leaky", "4-x Leaky", "4-1", "-1 a"] {
            assert_eq!(number(heading), None, "{heading}");
        }
    }
}
