//! Questions before a cell: quotations that begin with **Guess.**

use std::ops::Range;

use pulldown_cmark::{Event, Parser, Tag, TagEnd};

use super::read::options;
use crate::cell::Cell;
use crate::compare::{is_number, says, stands_in};
use crate::guess::{Choice, Guess};
use crate::source::Lines;

/// The words that a quotation begins with, in bold, if it is a guess.
const GUESS: &str = "Guess.";

/// How it is written.
const FORM: &str = "`> - [ ] 1`, `> - [x] 2.2` for the right one";

/// What is wrong, at which line.
type Wrong = (usize, String);

/// The guesses of a page with these cells, in its order.
pub(super) fn guesses(
    source: &str,
    cells: &[&Cell],
) -> (Vec<Guess>, Vec<Wrong>) {
    let (mut guesses, mut problems) = (Vec::new(), Vec::new());
    let lines = Lines::new(source);
    for (range, answers) in quotations(source) {
        let line = lines.at(range.start);
        let is_next = |cell: &&&Cell| {
            let between = source.get(range.end..cell.range.start);
            between.is_some_and(|text| text.trim().is_empty())
        };
        let cell = cells.iter().find(is_next);
        let output = cell.and_then(|cell| cell.output.as_ref());
        let choices = choices(answers);
        let result = match (cell, output, choices) {
            (None, ..) => Err(
                "a guess stands right before the cell whose output it asks \
                 about: what is between belongs above it"
                    .to_owned(),
            ),
            (Some(cell), None, _) => Err(format!(
                "a guess before the cell at line {}, which has no output: \
                 there is nothing to guess",
                cell.line
            )),
            (.., Err(why)) => Err(why),
            (Some(cell), Some(output), Ok(choices)) => {
                let shown = output.lines.join("\n");
                check(&choices, &shown, output.line).map(|()| Guess {
                    line,
                    range,
                    choices,
                    cell: cell.anchor.clone(),
                })
            }
        };
        match result {
            Ok(guess) => guesses.push(guess),
            Err(why) => problems.push((line, why)),
        }
    }
    (guesses, problems)
}

/// An item of a list in a quotation: its mark, if it has one, and its text.
type Answer = (Option<bool>, String);

/// The quotations that are guesses, with the items of their lists.
fn quotations(source: &str) -> Vec<(Range<usize>, Vec<Answer>)> {
    let mut found: Vec<(Range<usize>, Vec<Answer>)> = Vec::new();
    let events = Parser::new_ext(source, options()).into_offset_iter();
    let events: Vec<_> = events.collect();
    let (mut depth, mut items, mut is_guess) = (0_usize, 0_usize, false);
    for (at, (event, range)) in events.iter().enumerate() {
        match event {
            Event::Start(Tag::BlockQuote(_)) => {
                depth += 1;
                if depth == 1 {
                    let begins = events[at + 1..].iter().map(|it| &it.0);
                    is_guess = begins_a_guess(begins);
                    let answers = Vec::new();
                    found.extend(is_guess.then(|| (range.clone(), answers)));
                }
            }
            Event::End(TagEnd::BlockQuote(_)) => depth -= 1,
            _ if depth == 0 || !is_guess => {}
            Event::Start(Tag::Item) => {
                items += 1;
                if let Some((_, answers)) = found.last_mut() {
                    answers.push((None, String::new()));
                }
            }
            Event::End(TagEnd::Item) => items -= 1,
            _ if items == 0 => {}
            event => {
                let answer = found.last_mut().and_then(|it| it.1.last_mut());
                let Some((mark, answer)) = answer else {
                    continue;
                };
                match event {
                    Event::TaskListMarker(is_right) => *mark = Some(*is_right),
                    Event::Text(text) | Event::Code(text) => *answer += text,
                    Event::SoftBreak | Event::HardBreak => answer.push(' '),
                    _ => {}
                }
            }
        }
    }
    found
}

fn begins_a_guess<'a>(mut events: impl Iterator<Item = &'a Event<'a>>) -> bool {
    matches!(events.next(), Some(Event::Start(Tag::Paragraph)))
        && matches!(events.next(), Some(Event::Start(Tag::Strong)))
        && matches!(events.next(), Some(Event::Text(text)) if **text == *GUESS)
}

fn choices(answers: Vec<Answer>) -> Result<Vec<Choice>, String> {
    if answers.is_empty() {
        return Err(format!(
            "a guess without answers: below its question it has a list, {FORM}"
        ));
    }
    let choice = |(mark, text): Answer| match mark {
        Some(is_right) => Ok(Choice {
            text: text.trim().to_owned(),
            is_right,
        }),
        None => Err(format!(
            "the answer {:?} of this guess has no box: {FORM}",
            text.trim()
        )),
    };
    answers.into_iter().map(choice).collect()
}

/// Whether one answer is right, and stands in what is shown below the output's
/// line, and no other is.
fn check(choices: &[Choice], shown: &str, line: usize) -> Result<(), String> {
    let mut right = choices.iter().filter(|it| it.is_right);
    let (Some(answer), None) = (right.next(), right.next()) else {
        let count = choices.iter().filter(|it| it.is_right).count();
        return Err(format!(
            "{count} of the answers of this guess are right, and it has one \
             right answer: {FORM}"
        ));
    };
    let right = answer.text.as_str();
    if choices.len() == 1 && !is_number(right) {
        return Err(format!(
            "the only answer, {right:?}, is no number for a reader to write: \
             write a number alone, or add answers to choose from"
        ));
    }
    for Choice { text, .. } in choices.iter().filter(|it| !it.is_right) {
        if says(text, right) || says(right, text) {
            return Err(format!(
                "the answer {text:?} is as right as {right:?}, to the digits \
                 that are written: change one of them"
            ));
        }
    }
    // One that is yet to be blessed shows nothing.
    if !shown.trim().is_empty() && !stands_in(right, shown) {
        return Err(format!(
            "the right answer, {right:?}, does not stand in the output at \
             line {line}: correct the guess, or if the output is what is \
             wrong, empty it and bless it"
        ));
    }
    Ok(())
}
