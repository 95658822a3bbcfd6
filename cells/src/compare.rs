//! Text with numbers: when a page's line may stand for a printed one.

use std::borrow::Cow;
use std::ops::Range;

use similar::{Algorithm, DiffOp, capture_diff_slices};

use crate::decimal::Decimal;
use crate::diff::escape;
use crate::source::{Lines, lines};

/// Whether a page that shows the line `page` may stand for the line `printed`.
///
/// See the [crate's documentation](crate#when-is-an-output-true) for the rule.
///
/// ```
/// assert!(cells::accepts("loss 0.9703", "loss 0.97034"));
/// assert!(!cells::accepts("loss 0.9703", "loss 0.97"));
/// ```
#[must_use]
pub fn accepts(page: &str, printed: &str) -> bool {
    Line::parse(page).stands_for(&Line::parse(printed))
}

/// Whether a text is a number, with or without a sign, and nothing else.
pub(crate) fn is_number(text: &str) -> bool {
    let text = typed(text.trim());
    let line = Line::parse(&text);
    matches!(line.atoms.as_slice(), [atom] if atom.number.is_some())
}

/// Whether an answer has the words of what was printed, whatever is between
/// them: numbers to the digits that the answer has of them, text in upper or
/// lower case.
pub(crate) fn says(answer: &str, printed: &str) -> bool {
    let (answer, printed) = (typed(answer), typed(printed));
    let (answer, printed) = (Line::parse(&answer), Line::parse(&printed));
    let (answer, printed) = (answer.words(), printed.words());
    answer.len() == printed.len() && is_like(&answer, &printed)
}

/// Whether an answer's words stand in what was printed, one after the other.
pub(crate) fn stands_in(answer: &str, printed: &str) -> bool {
    let answer = typed(answer);
    let (answer, printed) = (Line::parse(&answer), Line::parse(printed));
    let (answer, printed) = (answer.words(), printed.words());
    !answer.is_empty()
        && printed
            .windows(answer.len())
            .any(|words| is_like(&answer, words))
}

fn is_like(answer: &[Word], printed: &[Word]) -> bool {
    let mut pairs = answer.iter().zip(printed);
    pairs.all(|pair| match pair {
        (Word::Number(answer), Word::Number(printed)) => {
            answer.accepts(printed)
        }
        (Word::Text(answer), Word::Text(printed)) => answer == printed,
        _ => false,
    })
}

/// A text with the minus of a keyboard in place of that of a printer.
fn typed(text: &str) -> String {
    text.replace('\u{2212}', "-")
}

/// A word of a line.
enum Word<'a> {
    Number(&'a Atom<'a>),
    /// In lower case.
    Text(String),
}

/// `^` below each piece of a printed line that the page's line is wrong about,
/// or nothing if the two cannot be laid side by side.
pub(crate) fn changes(page: &str, printed: &str) -> String {
    let (page, line) = (Line::parse(page), Line::parse(printed));
    let mut marks = String::new();
    if page.atoms.len() != line.atoms.len() {
        return marks;
    }
    for (page, printed) in page.atoms.iter().zip(&line.atoms) {
        marks.push_str(&" ".repeat(printed.gap));
        let mark = if page.accepts(printed) { " " } else { "^" };
        marks.push_str(&mark.repeat(escape(printed.text).chars().count()));
    }
    marks.truncate(marks.trim_end().len());
    marks
}

/// Which bytes of what a cell printed differ from what its page shows: word by
/// word, or the whole of a line that the page does not have. Empty where all is
/// [accepted](accepts).
///
/// An empty range is where something is missing.
///
/// ```
/// use cells::live::differences;
///
/// assert_eq!(differences("loss 0.97\n", "loss 0.97034\n"), []);
/// assert_eq!(differences("loss 0.98\n", "loss 0.97034\n"), [5..12]);
/// ```
#[must_use]
pub fn differences(page: &str, printed: &str) -> Vec<Range<usize>> {
    let (shown, said) = (lines(page), lines(printed));
    let shown: Vec<Line> = shown.into_iter().map(Line::parse).collect();
    let said: Vec<Line> = said.into_iter().map(Line::parse).collect();
    let places = Lines::new(printed);
    let aligned = align(&shown, &said);
    let mut differences = Vec::new();
    let mut next = 0;
    for (index, (page, at)) in aligned.iter().enumerate() {
        let place = places.range(at + 1, at + 1);
        let length = places.get(at + 1).trim_end().len();
        let whole = place.start..place.start + length;
        // Where no line is like it, the next that is like none will do.
        let later = aligned[index..].iter().find_map(|it| it.0);
        let is_left = next < later.unwrap_or(shown.len());
        let Some(page) = page.or(is_left.then_some(next)) else {
            differences.push(whole);
            continue;
        };
        if page > next {
            differences.push(place.start..place.start);
        }
        next = page + 1;
        if shown[page].stands_for(&said[*at]) {
            continue;
        }
        let words = shown[page].differences(&said[*at]);
        if words.is_empty() {
            differences.push(whole);
        }
        let words = words.into_iter();
        differences.extend(
            words.map(|it| place.start + it.start..place.start + it.end),
        );
    }
    if next < shown.len() {
        differences.push(printed.len()..printed.len());
    }
    differences
}

/// One line of what a page should show, given what it shows and what its cell
/// prints.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Merged {
    /// The line that is true: the page's own where the page is right.
    pub text: String,
    /// Which line of the page it comes from, from 0, if from any.
    pub page: Option<usize>,
    /// Which printed line it stands for, from 0.
    pub printed: usize,
}

/// What a page should show: one line for each printed one. A true line stays
/// as it is; a number that is not true is restated to as many digits as the
/// page shows of it; a line that the page does not have is taken as printed.
#[must_use]
pub fn merge<Page, Printed>(page: &[Page], printed: &[Printed]) -> Vec<Merged>
where
    Page: AsRef<str>,
    Printed: AsRef<str>,
{
    let pages: Vec<Line> =
        page.iter().map(|line| Line::parse(line.as_ref())).collect();
    let prints: Vec<Line> = printed
        .iter()
        .map(|line| Line::parse(line.as_ref()))
        .collect();
    let mut merged: Vec<Merged> = Vec::new();
    for (page_at, printed_at) in align(&pages, &prints) {
        let taken = printed[printed_at].as_ref();
        let text = page_at.map_or_else(
            || taken.to_owned(),
            |at| {
                if pages[at].stands_for(&prints[printed_at]) {
                    page[at].as_ref().to_owned()
                } else {
                    pages[at].restate(&prints[printed_at], taken)
                }
            },
        );
        merged.push(Merged {
            text,
            page: page_at,
            printed: printed_at,
        });
    }
    merged
}

/// For each printed line, the page's line that was meant to show it.
fn align(page: &[Line], printed: &[Line]) -> Vec<(Option<usize>, usize)> {
    // What is true at both ends is not for a guess to take apart.
    let is_true = |(page, printed): &(&Line, &Line)| page.stands_for(printed);
    let first = page.iter().zip(printed).take_while(is_true).count();
    let last = page[first..]
        .iter()
        .rev()
        .zip(printed[first..].iter().rev())
        .take_while(is_true)
        .count();
    let (page_end, printed_end) = (page.len() - last, printed.len() - last);
    let mut aligned: Vec<_> = (0..first).map(|at| (Some(at), at)).collect();
    for (old, new) in
        guess(&page[first..page_end], &printed[first..printed_end])
    {
        aligned.push((old.map(|old| first + old), first + new));
    }
    aligned.extend((0..last).map(|at| (Some(page_end + at), printed_end + at)));
    aligned
}

/// The same by what lines look like.
fn guess(page: &[Line], printed: &[Line]) -> Vec<(Option<usize>, usize)> {
    let skeletons =
        |lines: &[Line]| lines.iter().map(Line::skeleton).collect::<Vec<_>>();
    let ops = capture_diff_slices(
        Algorithm::Patience,
        &skeletons(page),
        &skeletons(printed),
    );
    let mut aligned = Vec::new();
    for op in ops {
        let (old, new) = (op.old_range(), op.new_range());
        let is_paired = match op {
            DiffOp::Equal { .. } => true,
            DiffOp::Replace { .. } => old.len() == new.len(),
            DiffOp::Delete { .. } | DiffOp::Insert { .. } => false,
        };
        for at in 0..new.len() {
            let old = old.start + at;
            let new = new.start + at;
            let is_meant = is_paired && page[old].resembles(&printed[new]);
            aligned.push((is_meant.then_some(old), new));
        }
    }
    aligned
}

/// A line as text and numbers with space between them.
#[derive(Debug)]
struct Line<'a> {
    atoms: Vec<Atom<'a>>,
    /// How many spaces come after the last atom.
    end: usize,
}

#[derive(Debug)]
struct Atom<'a> {
    /// How many spaces come before it.
    gap: usize,
    text: &'a str,
    /// The number in `text`, after its sign, if it is one.
    number: Option<Decimal<'a>>,
}

impl<'a> Atom<'a> {
    fn sign(&self) -> &'a str {
        let number = self.number.map_or(0, |number| number.text.len());
        &self.text[..self.text.len() - number]
    }

    /// What it is apart from the value, if it is a number.
    fn kind(&self) -> &'a str {
        if self.number.is_some() {
            "0"
        } else {
            self.text
        }
    }

    fn accepts(&self, printed: &Atom<'_>) -> bool {
        match (&self.number, &printed.number) {
            (Some(page), Some(number)) => {
                self.sign() == printed.sign() && page.accepts(number)
            }
            (None, None) => self.text == printed.text,
            _ => false,
        }
    }

    fn restate(&self, printed: &Atom<'a>) -> Cow<'a, str> {
        if self.accepts(printed) {
            return self.text.into();
        }
        match (&self.number, &printed.number) {
            (Some(page), Some(number)) => {
                format!("{}{}", printed.sign(), page.restate(number)).into()
            }
            _ => printed.text.into(),
        }
    }
}

impl<'a> Line<'a> {
    fn parse(text: &'a str) -> Line<'a> {
        let mut line = Line {
            atoms: Vec::new(),
            end: 0,
        };
        let mut at = 0;
        let mut gap = 0;
        // Where the text that is no number began, if the last atom is open.
        let mut open: Option<usize> = None;
        while let Some(next) = text[at..].chars().next() {
            if next == ' ' {
                line.close(text, &mut open, at, &mut gap);
                gap += 1;
                at += 1;
                continue;
            }
            let signed = matches!(next, '+' | '-')
                && !text[..at].ends_with(is_word_or_closing_bracket);
            let start = at + usize::from(signed);
            let end = start + word(&text[start..]);
            if let Some(number) = Decimal::parse(&text[start..end]) {
                line.close(text, &mut open, at, &mut gap);
                line.atoms.push(Atom {
                    gap,
                    text: &text[at..end],
                    number: Some(number),
                });
                gap = 0;
                at = end;
            } else {
                open.get_or_insert(at);
                at = if end > at { end } else { at + next.len_utf8() };
            }
        }
        line.close(text, &mut open, at, &mut gap);
        line.end = gap;
        line
    }

    /// Its numbers, and the words in what is between them.
    fn words(&self) -> Vec<Word<'_>> {
        self.atoms
            .iter()
            .flat_map(|atom| match atom.number {
                Some(_) => vec![Word::Number(atom)],
                None => atom
                    .text
                    .split(|c: char| !c.is_alphanumeric())
                    .filter(|word| !word.is_empty())
                    .map(|word| Word::Text(word.to_lowercase()))
                    .collect(),
            })
            .collect()
    }

    fn close(
        &mut self,
        text: &'a str,
        open: &mut Option<usize>,
        at: usize,
        gap: &mut usize,
    ) {
        if let Some(start) = open.take() {
            self.atoms.push(Atom {
                gap: *gap,
                text: &text[start..at],
                number: None,
            });
            *gap = 0;
        }
    }

    /// Where a printed line has other words: all between those that are
    /// accepted at both ends, if it has more or fewer.
    fn differences(&self, printed: &Line<'_>) -> Vec<Range<usize>> {
        let accepts = |(page, printed): &(&Atom, &Atom)| page.accepts(printed);
        let pairs = || self.atoms.iter().zip(&printed.atoms);
        let (mut first, mut last) = (0, 0);
        if self.atoms.len() != printed.atoms.len() {
            let most = self.atoms.len().min(printed.atoms.len());
            first = pairs().take_while(accepts).count();
            let ends = self.atoms.iter().rev().zip(printed.atoms.iter().rev());
            last = ends.take(most - first).take_while(accepts).count();
        }
        let is_same = |at: usize| {
            if self.atoms.len() == printed.atoms.len() {
                self.atoms[at].accepts(&printed.atoms[at])
            } else {
                at < first || at >= printed.atoms.len() - last
            }
        };
        let mut words = Vec::new();
        let mut start = 0;
        for (at, atom) in printed.atoms.iter().enumerate() {
            start += atom.gap;
            let end = start + atom.text.len();
            if !is_same(at) {
                words.push(start..end);
            }
            start = end;
        }
        words
    }

    /// The line without its values, signs and widths: lines that agree in it
    /// were meant to be the same.
    fn skeleton(&self) -> String {
        let mut skeleton = String::new();
        for (at, atom) in self.atoms.iter().enumerate() {
            if at > 0 && atom.gap > 0 {
                skeleton.push(' ');
            }
            skeleton.push_str(atom.kind());
        }
        skeleton
    }

    /// Whether the two have numbers at the same places and the same text
    /// between them, but for one piece.
    fn resembles(&self, other: &Line<'_>) -> bool {
        let pairs = || self.atoms.iter().zip(&other.atoms);
        self.atoms.len() == other.atoms.len()
            && pairs().all(|(a, b)| a.number.is_some() == b.number.is_some())
            && pairs().filter(|(a, b)| a.kind() != b.kind()).count() <= 1
    }

    /// Whether this line may stand for the printed one.
    fn stands_for(&self, printed: &Line<'_>) -> bool {
        let pairs = || self.atoms.iter().zip(&printed.atoms);
        if self.atoms.len() != printed.atoms.len()
            || !pairs().all(|(page, printed)| page.accepts(printed))
        {
            return false;
        }
        let shorter: Vec<bool> = pairs()
            .map(|(page, printed)| page.text != printed.text)
            .collect();
        let gaps = self.gaps().into_iter().zip(printed.gaps()).enumerate();
        { gaps }.all(|(at, gaps)| may_stand(&shorter, at, gaps))
    }

    /// The printed line with as many digits, and where possible as much
    /// space, as this one shows.
    fn restate(&self, printed: &Line<'a>, text: &str) -> String {
        let pairs = || self.atoms.iter().zip(&printed.atoms);
        let atoms: Vec<Cow<str>> = pairs()
            .map(|(page, printed)| page.restate(printed))
            .collect();
        let shorter: Vec<bool> = atoms
            .iter()
            .zip(&printed.atoms)
            .map(|(atom, printed)| atom != printed.text)
            .collect();
        let mut line = String::new();
        let gaps = self.gaps().into_iter().zip(printed.gaps()).enumerate();
        for (at, (page, printed)) in gaps {
            let is_kept = may_stand(&shorter, at, (page, printed));
            line.push_str(&" ".repeat(if is_kept { page } else { printed }));
            line.push_str(atoms.get(at).map_or("", |atom| atom));
        }
        if accepts(&line, text) {
            line
        } else {
            text.to_owned()
        }
    }

    fn gaps(&self) -> Vec<usize> {
        self.atoms
            .iter()
            .map(|atom| atom.gap)
            .chain(std::iter::once(self.end))
            .collect()
    }
}

/// Whether the first of two runs of spaces may stand for the second: the runs
/// before the atom `at`, given which atoms show less than what is printed.
fn may_stand(
    shorter: &[bool],
    at: usize,
    (page, printed): (usize, usize),
) -> bool {
    let is_shorter = |at: usize| shorter.get(at).copied().unwrap_or(false);
    let is_beside = at > 0 && is_shorter(at - 1) || is_shorter(at);
    let is_inner = at > 0 && at < shorter.len();
    let vanishes = (page == 0) != (printed == 0);
    page == printed || is_beside && !(is_inner && vanishes)
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn is_word_or_closing_bracket(c: char) -> bool {
    is_word(c) || matches!(c, ')' | ']' | '}')
}

/// The length of the word that `text` begins with: letters, digits and `_`,
/// joined by a point between digits and by a sign in an exponent.
fn word(text: &str) -> usize {
    let is_digit = |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit());
    let mut end = 0;
    loop {
        let rest = &text[end..];
        let word = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
        end += word;
        let before = &text[..end];
        let mut after = text[end..].chars();
        let joins = match after.next() {
            Some('.') => before.ends_with(|c: char| c.is_ascii_digit()),
            Some('+' | '-') => before
                .strip_suffix(['e', 'E'])
                .and_then(Decimal::parse)
                .is_some_and(|mantissa| !mantissa.text.contains(['e', 'E'])),
            _ => false,
        };
        if !joins || !is_digit(after.next()) {
            return end;
        }
        end += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn assert_accepts(page: &str, printed: &str) {
        assert!(accepts(page, printed), "{page:?} should accept {printed:?}");
    }

    #[track_caller]
    fn assert_refuses(page: &str, printed: &str) {
        assert!(
            !accepts(page, printed),
            "{page:?} should refuse {printed:?}"
        );
    }

    #[track_caller]
    fn assert_atoms(text: &str, expected: &[&str]) {
        let line = Line::parse(text);
        let found: Vec<String> = line
            .atoms
            .iter()
            .map(|atom| match atom.number {
                Some(_) => format!("#{}", atom.text),
                None => atom.text.to_owned(),
            })
            .collect();
        assert_eq!(found, expected, "{text:?}");
    }

    #[test]
    fn a_line_is_text_and_numbers() {
        assert_atoms("loss: 0.97", &["loss:", "#0.97"]);
        assert_atoms("[1.0, -2e-3]", &["[", "#1.0", ",", "#-2e-3", "]"]);
        assert_atoms(
            "W1 f64 28x28 1.2.3 0.3s",
            &["W1", "f64", "28x28", "1.2.3", "0.3s"],
        );
        assert_atoms(
            "inf -inf NaN E0382 -x",
            &["inf", "-inf", "NaN", "E0382", "-x"],
        );
        assert_atoms("784-50-10", &["#784", "-", "#50", "-", "#10"]);
        assert_atoms(
            "(2)-1 [3]+4",
            &["(", "#2", ")-", "#1", "[", "#3", "]+", "#4"],
        );
        assert_atoms("a-5 --5 +7%", &["a-", "#5", "-", "#-5", "#+7", "%"]);
        assert_atoms(
            "1..10 5. 1,000",
            &["#1", "..", "#10", "#5", ".", "#1", ",", "#000"],
        );
        assert_atoms(
            "1e5e-3 1e 2e-x 12e+3",
            &["1e5e-", "#3", "1e", "2e-x", "#12e+3"],
        );
        assert_atoms("ü1 1ü −5 \t6", &["ü1", "1ü", "−", "#5", "\t", "#6"]);
    }

    #[test]
    fn numbers_may_say_less() {
        assert_accepts("loss 0.9703", "loss 0.97034");
        assert_accepts("(0.97, -1.2e-9)", "(0.97034, -0.0000000012345)");
        assert_accepts("acc 97%", "acc 97.03%");
        assert_accepts("784-50-10", "784-50-10");
        assert_refuses("loss 0.9703", "loss 0.97");
        assert_refuses("loss 0.9703", "Loss 0.97034");
        assert_refuses("loss 0.9703", "loss 0.97034s");
        assert_refuses("0.3s", "0.31s");
        assert_refuses("inf", "1e9999");
        assert_accepts("NaN inf -inf", "NaN inf -inf");
    }

    #[test]
    fn signs_are_exact() {
        assert_accepts("-0.0", "-0.01");
        assert_refuses("0.0", "-0.01");
        assert_refuses("-0.0", "0.0");
        assert_refuses("+1", "1");
        assert_refuses("1", "-1");
        assert_refuses("784-50", "784 -50");
    }

    #[test]
    fn only_columns_that_shift_may_change_their_space() {
        assert_accepts("  0.97  end", "0.97034 end");
        assert_accepts("a   0.97 | b", "a 0.97034 | b");
        assert_accepts("0.97   ", "0.97034");
        assert_accepts("0.97", "0.97034  ");
        assert_refuses("a  0.97034 b", "a 0.97034 b");
        assert_refuses("a  b 0.97", "a b 0.97034");
        assert_refuses("a0.97", "a 0.97034");
        assert_refuses("[ 0.97]", "[0.97034]");
        assert_refuses("0.97 ", "0.97");
        assert_refuses("0.97\t", "0.97034");
        assert_refuses("a ", "a");
    }

    #[track_caller]
    fn assert_merged(page: &[&str], printed: &[&str], expected: &[&str]) {
        let merged = merge(page, printed);
        let texts: Vec<&str> =
            merged.iter().map(|line| line.text.as_str()).collect();
        assert_eq!(texts, expected);
        for (line, printed) in merged.iter().zip(printed) {
            assert_accepts(&line.text, printed);
        }
        let again = merge(&texts, printed);
        assert!(again.iter().map(|line| &line.text).eq(texts.iter()));
    }

    #[test]
    fn a_merge_keeps_the_digits_that_the_page_claims() {
        let printed = ["loss 0.97034 after 10", "acc   0.91234"];
        assert_merged(
            &["loss 0.97 after 10", "acc   0.912"],
            &printed,
            &["loss 0.97 after 10", "acc   0.912"],
        );
        assert_merged(
            &["loss 0.98 after 19", "acc   0.112"],
            &printed,
            &["loss 0.97 after 10", "acc   0.912"],
        );
        assert_merged(
            &["lass 0.97 after 10"],
            &printed[..1],
            &["loss 0.97 after 10"],
        );
        assert_merged(&["lass 0.97 later 10"], &printed[..1], &printed[..1]);
        assert_merged(&[], &printed, &printed);
        assert_merged(
            &["acc   0.912"],
            &printed,
            &["loss 0.97034 after 10", "acc   0.912"],
        );
        assert_merged(&["+0.98", "nothing like it"], &["-0.97034"], &["-0.97"]);
    }

    #[test]
    fn a_merge_leaves_what_is_true() {
        let printed = ["  0.97034", "  10.2", "  0.97034 x", "z"];
        assert_merged(
            &["0.97", " 10", "0.97 x", "wrong"],
            &printed,
            &["0.97", " 10", "0.97 x", "z"],
        );
        assert_merged(&["0.97", " 10"], &printed[..2], &["0.97", " 10"]);
        assert_merged(
            &["wrong", "0.97", " 10"],
            &["z", printed[0], printed[1]],
            &["z", "0.97", " 10"],
        );
    }

    #[test]
    fn a_long_line_is_merged_in_time() {
        let line = |digits: &str| format!("0.{digits}  ").repeat(20_000);
        let merged = merge(&[line("98")], &[line("97034")]);
        assert_eq!(merged[0].text, line("97"));
    }

    #[track_caller]
    fn assert_differs(page: &str, printed: &str, words: &[&str]) {
        let found = differences(page, printed);
        let found: Vec<&str> =
            found.into_iter().map(|range| &printed[range]).collect();
        assert_eq!(found, words, "{page:?} and {printed:?}");
    }

    #[test]
    fn what_differs_is_marked_word_by_word() {
        for (page, printed, words) in [
            ("a 0.97\nb\n", "a 0.97034\r\nb", &[][..]),
            ("", "", &[]),
            ("a 1 b 2", "a 3 b 4", &["3", "4"]),
            ("[1.0, -2]", "[1.5, -2]", &["1.5"]),
            ("-1", "1", &["1"]),
            ("1 ok", "1 not ok", &["not"]),
            ("a  b", "a b", &["a b"]),
            ("1\n2", "1\n2\n\u{e4} 3\n", &["\u{e4} 3"]),
            ("1\n2\n3", "1\n3\n", &[""]),
            ("1\n2\n3", "1\n2\n", &[""]),
            ("one", "", &[""]),
            ("", "one\ntwo\n", &["one", "two"]),
        ] {
            assert_differs(page, printed, words);
        }
    }

    #[test]
    fn a_merge_keeps_columns() {
        assert_merged(&["1    0.98  x"], &["1 0.97034  x"], &["1    0.97  x"]);
        assert_merged(&["   0.98"], &["0.97034"], &["   0.97"]);
        assert_merged(&["1  2  y"], &["1  3 y"], &["1  3 y"]);
    }
}
