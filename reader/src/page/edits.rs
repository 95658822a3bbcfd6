//! Changes to a page, told by where they are in its text, and made at once.

use std::cmp::Reverse;
use std::ops::Range;

/// Changes to a page that do not know of each other.
#[derive(Clone, Debug, Default)]
pub struct Edits(Vec<Edit>);

#[derive(Clone, Debug)]
struct Edit {
    range: Range<usize>,
    order: Order,
    text: String,
}

/// Which of two changes at the same place comes first: what ends there, the
/// inner before the outer; what begins there, the outer before the inner; and
/// what takes the place of the text there.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Order {
    End(Reverse<usize>, Reverse<usize>),
    Start(Reverse<usize>, usize),
    Instead,
}

impl Edits {
    /// Puts a text in the place of another, and of every change in that.
    pub fn replace(&mut self, range: Range<usize>, text: impl Into<String>) {
        let text = text.into();
        self.0.push(Edit {
            range,
            order: Order::Instead,
            text,
        });
    }

    /// Puts a text before a part of the page.
    pub fn before(&mut self, part: &Range<usize>, text: impl Into<String>) {
        let order = Order::Start(Reverse(part.end), self.0.len());
        self.insert(part.start, order, text.into());
    }

    /// Puts a text after a part of the page.
    pub fn after(&mut self, part: &Range<usize>, text: impl Into<String>) {
        let order = Order::End(Reverse(part.start), Reverse(self.0.len()));
        self.insert(part.end, order, text.into());
    }

    fn insert(&mut self, at: usize, order: Order, text: String) {
        self.0.push(Edit {
            range: at..at,
            order,
            text,
        });
    }

    /// A part of the page, changed.
    pub fn apply(mut self, page: &str, part: Range<usize>) -> String {
        self.0.retain(|Edit { range, .. }| {
            part.start <= range.start && range.end <= part.end
        });
        self.0.sort_by(|a, b| {
            (a.range.start, &a.order).cmp(&(b.range.start, &b.order))
        });
        let mut output = String::with_capacity(2 * part.len());
        let mut done = part.start;
        for Edit { range, text, .. } in &self.0 {
            if range.start < done {
                continue;
            }
            output.push_str(&page[done..range.start]);
            output.push_str(text);
            done = range.end;
        }
        output.push_str(&page[done..part.end]);
        output
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_inside_stays_inside() {
        let page = "one two three";
        let mut edits = Edits::default();
        for (part, open, close) in [
            (8..13, "«", "»"),
            (0..3, "(", ")"),
            (4..7, "[", "]"),
            (4..13, "<", ">"),
            (4..7, "{", "}"),
        ] {
            edits.before(&part, open);
            edits.after(&part, close);
        }
        edits.replace(8..13, "3");
        assert_eq!(edits.apply(page, 0..page.len()), "(one) <[{two}] «3»>");
    }

    #[test]
    fn what_is_replaced_takes_its_changes_along() {
        let mut edits = Edits::default();
        edits.replace(5..6, "w");
        edits.replace(4..7, "2");
        edits.before(&(6..7), "x");
        assert_eq!(edits.apply("one two three", 0..13), "one 2 three");
    }

    #[test]
    fn a_part_has_its_own_changes() {
        let mut edits = Edits::default();
        edits.replace(0..3, "1");
        edits.replace(4..7, "2");
        edits.before(&(0..13), "(");
        assert_eq!(edits.apply("one two three", 4..13), "2 three");
    }
}
