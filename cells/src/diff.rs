//! A difference between an output and a page, as a person reads it.

use std::fmt::Write;

use similar::{Algorithm, DiffOp, capture_diff_slices, group_diff_ops};

use crate::Kind;
use crate::compare::{Merged, changes, merge};
use crate::program::{ProgramCell, ProgramOutput};

/// How many lines that agree are shown around those that differ.
const CONTEXT: usize = 2;

/// How many lines are shown of a long text.
const EXCERPT: usize = 20;

/// How many rows a report has, and how many characters a row.
const ROWS: usize = 40;
const WIDTH: usize = 200;

/// How many characters are shown before the first that differs of a line that
/// is too long.
const LEAD: usize = 40;

/// The report of how the page differs from what the cell prints, if it does.
pub(crate) fn report(
    page: &str,
    cell: &ProgramCell,
    output: &ProgramOutput,
    printed: &[&str],
) -> Option<String> {
    let merged = merge(&output.lines, printed);
    let shown: Vec<&str> = output.lines.iter().map(String::as_str).collect();
    let wanted: Vec<&str> = merged.iter().map(|it| it.text.as_str()).collect();
    if shown == wanted {
        return None;
    }
    let ops = capture_diff_slices(Algorithm::Patience, &shown, &wanted);
    let first = ops
        .iter()
        .find(|op| !matches!(op, DiffOp::Equal { .. }))
        .map_or(0, |op| op.old_range().start);
    let who = match cell.kind {
        Kind::CompileFail { .. } => "the compiler says of the cell",
        _ => "is printed by the cell",
    };
    let (line, what) = if shown.is_empty() {
        (output.line, "the output is empty, not")
    } else {
        let first = first.min(shown.len() - 1);
        (output.line + 1 + first, "the page does not show")
    };
    let mut report = String::new();
    let _ = writeln!(
        report,
        "{page}:{line}: {what} what {who} at line {}\n",
        cell.line
    );
    let mut diff = Diff {
        rows: Vec::new(),
        output,
        shown: &shown,
        merged: &merged,
        printed,
        width: (output.line + shown.len()).to_string().len(),
    };
    for (index, group) in group_diff_ops(ops, CONTEXT).into_iter().enumerate() {
        if index > 0 {
            diff.rows
                .push(format!("   {:width$} :", "", width = diff.width));
        }
        for op in group {
            diff.write(&op);
        }
    }
    write_some(&mut report, &diff.rows, ROWS);
    Some(report)
}

struct Diff<'a> {
    rows: Vec<String>,
    output: &'a ProgramOutput,
    shown: &'a [&'a str],
    merged: &'a [Merged],
    printed: &'a [&'a str],
    width: usize,
}

impl Diff<'_> {
    fn write(&mut self, op: &DiffOp) {
        let (old, new) = (op.old_range(), op.new_range());
        if let DiffOp::Equal { .. } = op {
            for at in old {
                self.row(' ', Some(at), &cut(self.shown[at], 0));
            }
            return;
        }
        // A line and what it should be stand together, with what differs
        // marked below them.
        if old.len() == new.len() {
            old.zip(new).for_each(|(old, new)| self.pair(old, new));
            return;
        }
        for at in old {
            self.row('-', Some(at), &cut(&visible(self.shown[at]), 0));
        }
        for at in new {
            self.row('+', None, &cut(&visible(self.printed_for(at)), 0));
        }
    }

    fn printed_for(&self, at: usize) -> &str {
        self.printed[self.merged[at].printed]
    }

    fn pair(&mut self, old: usize, new: usize) {
        let shown = visible(self.shown[old]);
        let printed = visible(self.printed_for(new));
        let marks = changes(self.shown[old], self.printed_for(new));
        let same = shown
            .chars()
            .zip(printed.chars())
            .take_while(|(a, b)| a == b)
            .count();
        let length = shown.chars().count().max(printed.chars().count());
        let start = if length > WIDTH {
            same.saturating_sub(LEAD)
        } else {
            0
        };
        self.row('-', Some(old), &cut(&shown, start));
        self.row('+', None, &cut(&printed, start));
        if !marks.is_empty() {
            let marks: String = marks.chars().skip(start).take(WIDTH).collect();
            self.row(' ', None, &marks);
        }
    }

    fn row(&mut self, sign: char, at: Option<usize>, text: &str) {
        let line = at.map_or_else(String::new, |at| {
            (self.output.line + 1 + at).to_string()
        });
        let row =
            format!(" {sign} {line:>width$} | {text}", width = self.width);
        self.rows.push(row.trim_end().to_owned());
    }
}

/// The lines of two texts in which they begin to differ, at these bytes.
pub(crate) fn places(
    report: &mut String,
    old: (&str, usize),
    new: (&str, usize),
) {
    let place = |(text, at): (&str, usize)| {
        let start = text[..at].rfind('\n').map_or(0, |end| end + 1);
        let line = text[start..].lines().next().unwrap_or_default();
        let before = escape(&text[start..at]).chars().count();
        let number = text[..at].matches('\n').count() + 1;
        (number.to_string(), visible(line), before)
    };
    let (old, new) = (place(old), place(new));
    let width = old.0.len().max(new.0.len());
    for (sign, (number, line, before)) in [('-', &old), ('+', &new)] {
        let is_long = line.chars().count() > WIDTH;
        let start = if is_long {
            before.saturating_sub(LEAD)
        } else {
            0
        };
        let text = cut(line, start);
        let row = format!(" {sign} {number:>width$} | {text}");
        let _ = writeln!(report, "{}", row.trim_end());
        if sign == '+' {
            let column = width + 6 + before - start;
            let _ = writeln!(report, "{}^\n", " ".repeat(column));
        }
    }
}

/// At most [`WIDTH`] characters of a line, with `…` for what is left out.
fn cut(line: &str, start: usize) -> String {
    let mut chars = line.chars().skip(start);
    let mut text: Vec<char> = chars.by_ref().take(WIDTH).collect();
    if start > 0 {
        text.splice(..1.min(text.len()), ['…']);
    }
    if chars.next().is_some() {
        text.push('…');
    }
    text.into_iter().collect()
}

/// A line of which a reader can see every character, and the end.
fn visible(line: &str) -> String {
    let text = line.trim_end_matches(' ');
    let end = "·".repeat(line.len() - text.len());
    escape(text) + &end
}

/// A text without characters that do not show, or that turn those around them.
pub(crate) fn escape(text: &str) -> String {
    let mut escaped = String::new();
    for c in text.chars() {
        match c {
            '\t' => escaped.push('→'),
            '\r' => escaped.push('␍'),
            '"' | '\'' | '\\' => escaped.push(c),
            _ if c.is_alphanumeric() => escaped.push(c),
            _ => escaped.extend(c.escape_debug()),
        }
    }
    escaped
}

/// The beginning of a text, as a report quotes it.
pub(crate) fn excerpt(report: &mut String, text: &[&str]) {
    let rows: Vec<String> = text
        .iter()
        .map(|line| format!("    {}", cut(&escape(line), 0)))
        .collect();
    write_some(report, &rows, EXCERPT);
}

/// The first rows of a long text, and an empty line.
fn write_some(report: &mut String, rows: &[String], count: usize) {
    for row in rows.iter().take(count) {
        let _ = writeln!(report, "{row}");
    }
    if rows.len() > count {
        let _ = writeln!(report, "    ... and {} more", rows.len() - count);
    }
    report.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reported(shown: &[String], printed: &[String]) -> String {
        let output = ProgramOutput {
            line: 5,
            lines: shown.to_vec(),
        };
        let cell = ProgramCell {
            line: 2,
            end_line: 4,
            last_line: 4,
            kind: Kind::Run,
            seconds: 1,
            output: None,
            pictures: Vec::new(),
        };
        let printed: Vec<_> = printed.iter().map(String::as_str).collect();
        report("page.md", &cell, &output, &printed).unwrap()
    }

    #[test]
    fn a_report_is_short() {
        let lines = |word: &str| vec![format!("{word} x"); 1000];
        let text = reported(&lines("old"), &lines("new"));
        assert_eq!(text.lines().count(), 44, "{text}");
        assert!(text.contains("\n    ... and 2960 more\n"), "{text}");

        let line = |digit: &str| {
            vec![format!(
                "{}{digit}{}",
                "0.5 ".repeat(999),
                " 0.5".repeat(999)
            )]
        };
        let text = reported(&line("1.5"), &line("2.5"));
        let rows: Vec<&str> = text.lines().skip(2).collect();
        assert!(rows[0].starts_with(" - 6 | ….5 0.5"), "{text}");
        assert!(rows[1].starts_with(" +   | ….5 0.5"), "{text}");
        let at = rows[2].find('^').unwrap();
        let marked =
            |row: &str| row.chars().skip(at).take(3).collect::<String>();
        assert_eq!([marked(rows[0]), marked(rows[1])], ["1.5", "2.5"]);
        assert!(rows.iter().all(|row| row.chars().count() < 220), "{text}");
    }

    #[test]
    fn every_character_shows() {
        let text = reported(
            &["a\u{202e}b\u{200b} c 1".into()],
            &["a\u{7}b \tc 2 ".into()],
        );
        assert!(text.contains("| a\\u{202e}b\\u{200b} c 1\n"), "{text}");
        assert!(text.contains("| a\\u{7}b →c 2·\n"), "{text}");
        let text = reported(&["\u{7} 1".into()], &["\u{7} 2".into()]);
        assert!(text.contains("| \\u{7} 2\n     |       ^\n"), "{text}");
    }
}
