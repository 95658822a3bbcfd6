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
    let diff = Diff {
        output,
        shown: &shown,
        merged: &merged,
        printed,
        width: (output.line + shown.len()).to_string().len(),
    };
    for (index, group) in group_diff_ops(ops, CONTEXT).into_iter().enumerate() {
        if index > 0 {
            let _ = writeln!(report, "   {:width$} :", "", width = diff.width);
        }
        for op in group {
            diff.write(&mut report, &op);
        }
    }
    report.push('\n');
    Some(report)
}

struct Diff<'a> {
    output: &'a ProgramOutput,
    shown: &'a [&'a str],
    merged: &'a [Merged],
    printed: &'a [&'a str],
    width: usize,
}

impl Diff<'_> {
    fn write(&self, report: &mut String, op: &DiffOp) {
        let (old, new) = (op.old_range(), op.new_range());
        if let DiffOp::Equal { .. } = op {
            for at in old {
                self.row(report, ' ', Some(at), self.shown[at]);
            }
            return;
        }
        // A line and what it should be stand together, with what differs
        // marked below them.
        let is_paired = old.len() == new.len();
        for (index, at) in old.clone().enumerate() {
            self.row(report, '-', Some(at), &visible(self.shown[at]));
            if is_paired {
                self.add(report, new.start + index, Some(at));
            }
        }
        if !is_paired {
            for at in new {
                self.add(report, at, None);
            }
        }
    }

    fn add(&self, report: &mut String, at: usize, page: Option<usize>) {
        let printed = self.printed[self.merged[at].printed];
        self.row(report, '+', None, &visible(printed));
        if let Some(page) = page {
            let marks = changes(self.shown[page], printed);
            if !marks.is_empty() {
                self.row(report, ' ', None, &marks);
            }
        }
    }

    fn row(
        &self,
        report: &mut String,
        sign: char,
        at: Option<usize>,
        text: &str,
    ) {
        let line = at.map_or_else(String::new, |at| {
            (self.output.line + 1 + at).to_string()
        });
        let row =
            format!(" {sign} {line:>width$} | {text}", width = self.width);
        report.push_str(row.trim_end());
        report.push('\n');
    }
}

/// A line whose end a reader can see.
fn visible(line: &str) -> String {
    let text = line.trim_end_matches(' ');
    let end = "·".repeat(line.len() - text.len());
    format!("{}{end}", text.replace('\t', "→").replace('\r', "␍"))
}

/// The beginning of a text, as a report quotes it.
pub(crate) fn excerpt(report: &mut String, text: &[&str]) {
    for line in text.iter().take(EXCERPT) {
        let _ = writeln!(report, "    {line}");
    }
    if text.len() > EXCERPT {
        let _ = writeln!(report, "    ... and {} more", text.len() - EXCERPT);
    }
    report.push('\n');
}
