//! The text of a picture: what it must be, and when two are the same.

use std::iter::Peekable;
use std::str::CharIndices;

/// How many bytes a picture may have.
pub(crate) const PICTURE_LIMIT: usize = 1 << 20;

/// What a page can show of a cell's picture: it stands in the middle of HTML
/// in the middle of Markdown.
///
/// # Errors
///
/// Why it cannot be shown.
pub(crate) fn check(svg: &str) -> Result<(), String> {
    if svg.len() > PICTURE_LIMIT {
        return Err(format!(
            "it has {} KiB, and may have {}: draw fewer points",
            svg.len().div_ceil(1 << 10),
            PICTURE_LIMIT >> 10
        ));
    }
    let begins = svg.strip_prefix("<svg").is_some_and(|rest| {
        rest.starts_with(|c: char| c == '>' || c.is_whitespace())
    });
    if !begins {
        let start: String = svg.chars().take(20).collect();
        return Err(format!(
            "it must begin with `<svg`, found `{}`",
            start.escape_debug()
        ));
    }
    if !svg.trim_end().ends_with("</svg>") {
        return Err("it must end with `</svg>`".into());
    }
    if let Some(at) = svg
        .trim_end()
        .lines()
        .position(|line| line.trim().is_empty())
    {
        return Err(format!(
            "its line {} is blank, where Markdown would end it",
            at + 1
        ));
    }
    let is_strange = |c: char| c.is_control() && !matches!(c, '\n' | '\t');
    match svg.replace("\r\n", "\n").chars().find(|c| is_strange(*c)) {
        None => Ok(()),
        Some(c) => Err(format!("it has the character `{}`", c.escape_debug())),
    }
}

/// A picture as its file holds it.
pub(crate) fn file(svg: &str) -> String {
    let mut text = plain(svg);
    text.push('\n');
    text
}

/// A picture without what says nothing: how its lines end, and the last end.
pub(crate) fn plain(svg: &str) -> String {
    let mut text = svg.replace("\r\n", "\n");
    text.truncate(text.trim_end().len());
    text
}

/// Where a committed picture and the one that was drawn first differ, in
/// bytes of both; nothing where the one stands for the other.
///
/// They are the same text, but for the numbers in tags that have a decimal
/// point: such a number may be one unit of its last place away, for another
/// processor rounds otherwise.
pub(crate) fn difference(
    committed: &str,
    drawn: &str,
) -> Option<(usize, usize)> {
    if committed == drawn {
        return None;
    }
    let mut place = Place::Text;
    let (mut old, mut new) = (Chars::new(committed), Chars::new(drawn));
    loop {
        if let Place::Value(_) = place {
            let numbers = (old.number(), new.number());
            if let (Some(one), Some(other)) = numbers
                && one.is_near(&other)
            {
                old.skip(one.text.len());
                new.skip(other.text.len());
                continue;
            }
        }
        let at = (old.at(), new.at());
        match (old.next(), new.next()) {
            (None, None) => return None,
            (Some(a), Some(b)) if a == b => {
                place = place.after(a, old.text, old.at());
            }
            _ => return Some(at),
        }
    }
}

/// Where in a document a character stands.
#[derive(Clone, Copy)]
enum Place {
    Text,
    Tag,
    /// A value within such quotes.
    Value(char),
    /// A comment and its like, until this.
    Aside(&'static str),
}

impl Place {
    /// The place behind `c`, the last character of `text` up to `end`.
    fn after(self, c: char, text: &str, end: usize) -> Place {
        match (self, c) {
            (Place::Text, '<') => {
                let asides = [("!--", "-->"), ("![CDATA[", "]]>"), ("?", "?>")];
                asides
                    .into_iter()
                    .find(|(open, _)| text[end..].starts_with(open))
                    .map_or(Place::Tag, |(_, close)| Place::Aside(close))
            }
            (Place::Aside(close), _) if text[..end].ends_with(close) => {
                Place::Text
            }
            (Place::Tag, '>') => Place::Text,
            (Place::Tag, '"' | '\'') => Place::Value(c),
            (Place::Value(quote), _) if c == quote => Place::Tag,
            _ => self,
        }
    }
}

/// A text that is read from the left.
struct Chars<'a> {
    text: &'a str,
    rest: Peekable<CharIndices<'a>>,
    /// Whether the last character may be a part of a number.
    is_inside: bool,
}

impl<'a> Chars<'a> {
    fn new(text: &'a str) -> Chars<'a> {
        Chars {
            text,
            rest: text.char_indices().peekable(),
            is_inside: false,
        }
    }

    fn at(&mut self) -> usize {
        self.rest.peek().map_or(self.text.len(), |(at, _)| *at)
    }

    fn next(&mut self) -> Option<char> {
        let (_, c) = self.rest.next()?;
        self.is_inside = is_of_number(c);
        Some(c)
    }

    fn skip(&mut self, length: usize) {
        for _ in 0..length {
            self.next();
        }
    }

    /// The number with a decimal point that begins here, with its sign.
    fn number(&mut self) -> Option<Number<'a>> {
        let rest = &self.text[self.at()..];
        if self.is_inside && rest.starts_with(is_of_number) {
            return None;
        }
        Number::parse(rest)
    }
}

fn is_of_number(c: char) -> bool {
    c.is_ascii_digit() || c == '.'
}

/// A number with a decimal point and without an exponent.
struct Number<'a> {
    text: &'a str,
    /// In units of the last place.
    units: i64,
    decimals: usize,
}

impl<'a> Number<'a> {
    /// The number that `text` begins with.
    fn parse(text: &'a str) -> Option<Number<'a>> {
        let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
        let sign = &text[..text.len() - digits.len()];
        let end = digits.find(|c| !is_of_number(c)).unwrap_or(digits.len());
        let (digits, rest) = digits.split_at(end);
        let mut power = rest.strip_prefix(['e', 'E']).unwrap_or("").chars();
        let has_power = match power.next() {
            Some('+' | '-') => power.next(),
            other => other,
        }
        .is_some_and(|c| c.is_ascii_digit());
        let (whole, decimals) = digits.split_once('.')?;
        let is_padded = whole.len() > 1 && whole.starts_with('0');
        if has_power || is_padded || whole.is_empty() || decimals.is_empty() {
            return None;
        }
        // A second point, or more digits than are ever drawn, are no number.
        let units: i64 = format!("{whole}{decimals}").parse().ok()?;
        Some(Number {
            text: &text[..sign.len() + digits.len()],
            units: if sign == "-" { -units } else { units },
            decimals: decimals.len(),
        })
    }

    fn is_near(&self, other: &Number<'_>) -> bool {
        self.decimals == other.decimals
            && self.units.abs_diff(other.units) <= 1
            && self.has_plus() == other.has_plus()
    }

    fn has_plus(&self) -> bool {
        self.text.starts_with('+')
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn agree(committed: &str, drawn: &str) -> bool {
        difference(committed, drawn).is_none()
    }

    /// A tag of such a value, and such a text after it.
    fn svg(value: &str, text: &str) -> String {
        format!("<svg><path d=\"{value}\"/><text>{text}</text></svg>")
    }

    #[test]
    fn a_point_may_move_by_a_hair() {
        for (committed, drawn) in [
            ("1.25", "1.25"),
            ("1.25", "1.26"),
            ("1.25", "1.24"),
            ("9.99", "10.00"),
            ("-9.9", "-10.0"),
            ("-0.00", "0.01"),
            ("9.9 10.0-9.9", "10.0 9.9-10.0"),
            ("0.00", "-0.00"),
            ("M1.5-2.5L3.5,4.5Z", "M1.6-2.4L3.5,4.4Z"),
            ("translate(1.5 2.5)", "translate(1.4 2.6)"),
            ("12.5em", "12.6em"),
        ] {
            assert!(agree(&svg(committed, "a"), &svg(drawn, "a")), "{drawn}");
            assert!(agree(&svg(drawn, "a"), &svg(committed, "a")), "{drawn}");
            assert_eq!(
                committed == drawn,
                agree(&svg("a", committed), &svg("a", drawn)),
                "the text {drawn}"
            );
        }
    }

    #[test]
    fn all_else_is_the_same() {
        for (committed, drawn) in [
            ("1.25", "1.27"),
            ("1.25", "1.2"),
            ("1.25", "1.250"),
            ("12.5", "1.25"),
            ("1", "2"),
            ("1.0", "1"),
            ("-0.01", "0.01"),
            ("1.5", "-1.5"),
            ("0.95", "1.00"),
            ("5-0.1", "50.0"),
            ("1.5-0.1", "1.50.0"),
            ("M1.5.5", "M1.6.5"),
            ("M1.5.5", "M1.5.6"),
            ("fill:#1a5fb4", "fill:#1a5fb5"),
            ("-1.5 1", "1.5 -1"),
            ("1.5\" b=\"2", "1.5\" b=\"3"),
            ("\u{661}.5", "\u{662}.5"),
            ("+1.5", "1.5"),
            ("1.5e3", "1.6e3"),
            ("1.5E-3", "1.6E-3"),
            ("1.2.3", "1.2.4"),
            ("01.5", "1.5"),
            (".5", ".6"),
            ("1.", "2."),
            ("99999999999999999999.5", "99999999999999999999.6"),
            ("1.5 a", "1.5 b"),
            ("1.5 2.5", "1.5  2.5"),
            ("1.5\"/><a b=\"", "1.5\"/><b b=\""),
        ] {
            assert!(!agree(&svg(committed, "a"), &svg(drawn, "a")), "{drawn}");
            assert!(!agree(&svg(drawn, "a"), &svg(committed, "a")), "{drawn}");
        }
    }

    #[test]
    fn only_values_of_tags_hold_points() {
        for (committed, drawn) in [
            (
                "<svg><!-- x=\"1.5\" --></svg>",
                "<svg><!-- x=\"1.6\" --></svg>",
            ),
            (
                "<svg><style>a{b:1.5}</style></svg>",
                "<svg><style>a{b:1.6}</style></svg>",
            ),
            (
                "<svg><![CDATA[<a b=\"1.5\">]]></svg>",
                "<svg><![CDATA[<a b=\"1.6\">]]></svg>",
            ),
            ("<svg><a1.5/></svg>", "<svg><a1.6/></svg>"),
            ("<svg a='\"'>\"1.5\"</svg>", "<svg a='\"'>\"1.6\"</svg>"),
            (
                "<svg><!-- > <a b=\"1.5\"> --></svg>",
                "<svg><!-- > <a b=\"1.6\"> --></svg>",
            ),
        ] {
            assert!(!agree(committed, drawn), "{drawn}");
        }
        for (committed, drawn) in [
            (
                "<svg><!-- \" --><a b='1.5'/></svg>",
                "<svg><!-- \" --><a b='1.6'/></svg>",
            ),
            (
                "<svg>it's<a b='>1.5'/></svg>",
                "<svg>it's<a b='>1.6'/></svg>",
            ),
        ] {
            assert!(agree(committed, drawn), "{drawn}");
        }
    }

    #[test]
    fn the_first_difference_has_its_place() {
        let at = |committed, drawn| difference(committed, drawn);
        assert_eq!(at("<svg>\nab", "<svg>\nac"), Some((7, 7)));
        assert_eq!(at("<svg a=\"10.0\">b", "<svg a=\"9.9\">c"), Some((14, 13)));
        assert_eq!(at("<svg>", "<svg>a"), Some((5, 5)));
        assert_eq!(at("<svg>äa", "<svg>äb"), Some((7, 7)));
    }

    #[test]
    fn a_picture_is_a_document_without_blank_lines() {
        for good in ["<svg></svg>", "<svg a=\"b\">\n\t<g/>\r\n</svg>\n\n"] {
            assert_eq!(check(good), Ok(()), "{good}");
        }
        let long = format!("<svg>{}</svg>", "a".repeat(PICTURE_LIMIT));
        for (bad, message) in [
            ("", "begin with `<svg`, found ``"),
            (
                "<?xml version=\"1.0\"?>\n<svg></svg>",
                "found `<?xml version=",
            ),
            ("<svgs></svgs>", "begin with `<svg`"),
            ("<svg>", "end with `</svg>`"),
            ("<svg>\n  \n</svg>", "its line 2 is blank"),
            ("<svg>\u{1b}</svg>", "the character `\\u{1b}`"),
            ("<svg>\r</svg>", "the character `\\r`"),
            (&long, "it has 1025 KiB, and may have 1024"),
        ] {
            let found = check(bad).unwrap_err();
            assert!(found.contains(message), "{found}");
        }
    }

    /// A number as a picture holds it.
    fn number() -> impl Strategy<Value = String> {
        (-99_999_i64..99_999, 1_usize..4)
            .prop_map(|(units, decimals)| written(units, decimals))
    }

    fn written(units: i64, decimals: usize) -> String {
        let sign = if units < 0 { "-" } else { "" };
        let digits = format!("{:0>width$}", units.abs(), width = decimals + 1);
        let (whole, decimals) = digits.split_at(digits.len() - decimals);
        format!("{sign}{whole}.{decimals}")
    }

    /// A picture of some tags, each with a text.
    fn picture() -> impl Strategy<Value = String> {
        let tag = (number(), number(), "[a-z .0-9-]{0,12}").prop_map(
            |(x, y, text)| format!("<text x=\"{x}\" y='{y}'>{text}</text>\n"),
        );
        prop::collection::vec(tag, 1..6)
            .prop_map(|tags| format!("<svg>\n{}</svg>", tags.concat()))
    }

    /// Where the digits of the texts of a picture stand, or of its tags.
    fn digits(picture: &str, of_tags: bool) -> Vec<usize> {
        let mut is_tag = false;
        let mut digits = Vec::new();
        for (at, c) in picture.char_indices() {
            match c {
                '<' => is_tag = true,
                '>' => is_tag = false,
                _ if c.is_ascii_digit() && is_tag == of_tags => digits.push(at),
                _ => {}
            }
        }
        digits
    }

    fn with_digit(picture: &str, at: usize, change: u8) -> String {
        let mut bytes = picture.as_bytes().to_vec();
        bytes[at] = b'0' + (bytes[at] - b'0' + change) % 10;
        String::from_utf8(bytes).unwrap()
    }

    proptest! {
        #![proptest_config(ProptestConfig {
            failure_persistence: None,
            ..ProptestConfig::default()
        })]

        #[test]
        fn a_picture_is_itself(picture in picture()) {
            prop_assert!(agree(&picture, &picture));
        }

        #[test]
        fn a_changed_digit_of_a_text_is_refused(
            picture in picture(),
            at: prop::sample::Index,
            change in 1_u8..10,
        ) {
            let digits = digits(&picture, false);
            prop_assume!(!digits.is_empty());
            let other = with_digit(&picture, *at.get(&digits), change);
            prop_assert!(!agree(&picture, &other), "{other}");
        }

        #[test]
        fn a_changed_digit_of_a_tag_is_refused_but_for_the_last_unit(
            picture in picture(),
            at: prop::sample::Index,
            change in 1_u8..10,
        ) {
            let at = *at.get(&digits(&picture, true));
            let other = with_digit(&picture, at, change);
            let is_last = !picture.as_bytes()[at + 1].is_ascii_digit()
                && picture.as_bytes()[at + 1] != b'.';
            let digit = |text: &str| text.as_bytes()[at];
            let is_near = digit(&picture).abs_diff(digit(&other)) == 1;
            prop_assert_eq!(agree(&picture, &other), is_last && is_near);
        }

        #[test]
        fn a_number_moves_by_one_unit_at_most(
            units in -99_999_i64..99_999,
            decimals in 1_usize..4,
            by in -12_i64..12,
        ) {
            let other = svg(&written(units + by, decimals), "a");
            let near = agree(&svg(&written(units, decimals), "a"), &other);
            prop_assert_eq!(near, by.abs() <= 1);
        }
    }
}
