//! What a section's program writes between the outputs of its cells.
//!
//! A mark is a line of its own kind in the middle of standard output: the
//! byte 0x1E, a word that only this run knows, one JSON value, a line feed.
//! Everything between two marks is what a cell printed. A picture is a mark,
//! and so no part of that, wherever in a cell's output it comes. Where a cell
//! begins is written to standard error as well.

use std::hash::{BuildHasher, RandomState};

use serde::{Deserialize, Serialize};

use crate::svg::PICTURE_LIMIT;

const START: char = '\u{1e}';

/// The longest mark; a start that is not ended within it is output.
///
/// JSON writes some characters of a picture as two.
const LONGEST: usize = (1 << 20) + 2 * PICTURE_LIMIT;

/// What a program says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Mark {
    /// The cell with this number in the program begins.
    Begin(usize),
    /// The cell that should panic came to its end.
    Left,
    /// The section came to its end.
    End,
    /// A cell returned this error.
    Error(String),
    /// A cell panicked.
    Panic(Panic),
    /// The cell that runs shows this picture, an SVG document.
    Picture(String),
}

/// A panic, as its program saw it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Panic {
    /// The message, without what Rust prints around it.
    pub message: String,
    /// The file as the compiler names it, and the line from 1.
    pub place: Option<(String, u32)>,
}

/// A word that no cell prints by chance.
pub(crate) fn fresh_word() -> String {
    let random = RandomState::new();
    format!("{:016x}{:016x}", random.hash_one(1), random.hash_one(2))
}

impl Mark {
    pub(crate) fn write(&self, word: &str) -> String {
        // No mark holds anything that JSON cannot.
        let json = serde_json::to_string(self).unwrap_or_default();
        format!("{START}{word}{json}\n")
    }
}

/// What a program's standard output is made of.
#[derive(Debug, PartialEq)]
pub(crate) enum Piece {
    Printed(Vec<u8>),
    Mark(Mark),
}

/// Takes a program's standard output apart as it arrives.
pub(crate) struct Splitter {
    start: Vec<u8>,
    waiting: Vec<u8>,
}

impl Splitter {
    pub(crate) fn new(word: &str) -> Splitter {
        Splitter {
            start: format!("{START}{word}").into_bytes(),
            waiting: Vec::new(),
        }
    }

    /// The pieces that are whole once `bytes` have arrived.
    pub(crate) fn push(&mut self, bytes: &[u8]) -> Vec<Piece> {
        self.waiting.extend_from_slice(bytes);
        let mut pieces = Vec::new();
        while let Some(at) = find(&self.waiting, &self.start) {
            let after = at + self.start.len();
            let Some(end) =
                self.waiting[after..].iter().position(|byte| *byte == b'\n')
            else {
                if self.waiting.len() - at < LONGEST {
                    self.print(at, &mut pieces);
                    return pieces;
                }
                break;
            };
            let mark =
                serde_json::from_slice(&self.waiting[after..after + end]);
            self.print(at, &mut pieces);
            self.waiting.drain(..=self.start.len() + end);
            if let Ok(mark) = mark {
                pieces.push(Piece::Mark(mark));
            }
        }
        // The beginning of a mark may be at the end of what has arrived.
        let longest = self.start.len().min(self.waiting.len());
        let partial = (0..=longest)
            .rev()
            .find(|length| self.waiting.ends_with(&self.start[..*length]))
            .unwrap_or(0);
        self.print(self.waiting.len() - partial, &mut pieces);
        pieces
    }

    /// What is left when no more will arrive.
    pub(crate) fn finish(&mut self) -> Option<Piece> {
        let mut pieces = Vec::new();
        self.print(self.waiting.len(), &mut pieces);
        pieces.pop()
    }

    fn print(&mut self, length: usize, pieces: &mut Vec<Piece>) {
        if length > 0 {
            pieces.push(Piece::Printed(self.waiting.drain(..length).collect()));
        }
    }
}

fn find(bytes: &[u8], part: &[u8]) -> Option<usize> {
    // Most output holds no such byte, which is quick to see.
    if !bytes.contains(part.first()?) {
        return None;
    }
    bytes.windows(part.len()).position(|window| window == part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_found_however_the_output_arrives() {
        let word = fresh_word();
        let panic = Mark::Panic(Panic {
            message: "two\nlines".into(),
            place: None,
        });
        let mut text = String::from("before");
        text += &Mark::Begin(0).write(&word);
        text += "one\n\u{1e}not a mark\n";
        text += &Mark::Begin(1).write(&word);
        text += &panic.write(&word);
        text += "after \u{1e}";
        for size in 1..text.len() {
            let mut splitter = Splitter::new(&word);
            let mut pieces = Vec::new();
            for chunk in text.as_bytes().chunks(size) {
                pieces.extend(splitter.push(chunk));
            }
            pieces.extend(splitter.finish());
            let mut printed = vec![Vec::new()];
            let mut marks = Vec::new();
            for piece in pieces {
                match piece {
                    Piece::Mark(mark) => {
                        marks.push(mark);
                        printed.push(Vec::new());
                    }
                    Piece::Printed(bytes) => {
                        printed.last_mut().unwrap().extend(bytes);
                    }
                }
            }
            assert_eq!(marks, [Mark::Begin(0), Mark::Begin(1), panic.clone()]);
            let expected: [&[u8]; 4] =
                [b"before", b"one\n\x1enot a mark\n", b"", b"after \x1e"];
            assert_eq!(printed, expected, "in pieces of {size}");
        }
    }
}
