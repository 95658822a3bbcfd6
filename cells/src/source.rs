//! A page's text, addressed by lines.

use std::ops::Range;

/// Where each line of a text begins.
#[derive(Debug)]
pub(crate) struct Lines<'a> {
    text: &'a str,
    starts: Vec<usize>,
}

impl<'a> Lines<'a> {
    pub(crate) fn new(text: &'a str) -> Lines<'a> {
        let after_each_end = text.match_indices('\n').map(|(at, _)| at + 1);
        let starts = std::iter::once(0).chain(after_each_end).collect();
        Lines { text, starts }
    }

    /// The line, from 1, that holds the byte at `offset`.
    pub(crate) fn at(&self, offset: usize) -> usize {
        self.starts.partition_point(|start| *start <= offset)
    }

    /// The bytes of the lines `first` to `last`, from 1, ends included.
    pub(crate) fn range(&self, first: usize, last: usize) -> Range<usize> {
        let start = |line: usize| {
            self.starts
                .get(line - 1)
                .copied()
                .unwrap_or(self.text.len())
        };
        start(first)..start(last + 1)
    }

    /// A line, from 1, with its end.
    pub(crate) fn get(&self, line: usize) -> &'a str {
        &self.text[self.range(line, line)]
    }
}

/// A line without its end, `\n` or `\r\n`.
pub(crate) fn without_end(line: &str) -> &str {
    let line = line.strip_suffix('\n').unwrap_or(line);
    line.strip_suffix('\r').unwrap_or(line)
}

/// The lines of a text. One final line end is not the start of another line.
pub(crate) fn lines(text: &str) -> Vec<&str> {
    if text.is_empty() {
        return Vec::new();
    }
    let text = text.strip_suffix('\n').unwrap_or(text);
    text.split('\n').map(without_end).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_addressed_from_1() {
        let text = "one\ntwo\r\n\nfour";
        let lines = Lines::new(text);
        assert_eq!(
            [0, 3, 4, 9, 10, 13].map(|at| lines.at(at)),
            [1, 1, 2, 3, 4, 4]
        );
        assert_eq!(lines.get(2), "two\r\n");
        assert_eq!(lines.get(4), "four");
        assert_eq!(&text[lines.range(2, 3)], "two\r\n\n");
        assert_eq!(&text[lines.range(3, 2)], "");
    }

    #[test]
    fn one_final_line_end_is_ignored() {
        assert_eq!(lines("a\r\n\nb\n"), ["a", "", "b"]);
        assert_eq!(lines("a\n\n"), ["a", ""]);
        assert_eq!(lines("\n"), [""]);
        assert!(lines("").is_empty());
    }
}
