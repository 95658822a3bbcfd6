//! An SVG document in the book's type.

use std::fmt::{self, Display, Write as _};

/// The variables of a picture that is seen alone. A page that takes a picture
/// in drops this and defines them itself.
const ALONE: &str = "\
<style>
svg { --figure-ink: #1f2328; --figure-faint: #d0d4da; --figure-paper: #ffffff;
  --figure-one: #1a5fb4; --figure-two: #a8470b; --figure-three: #5b6470;
  background: var(--figure-paper);
  font-family: system-ui, -apple-system, \"Segoe UI\", Helvetica, sans-serif; }
@media (prefers-color-scheme: dark) {
  svg { --figure-ink: #e3e6ea; --figure-faint: #3d444d; --figure-paper: #161a20;
    --figure-one: #7fb5ff; --figure-two: #f5a35c; --figure-three: #a3adb8; }
}
</style>
";

/// The colours of a picture, each a variable of the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Colour {
    Ink,
    One,
    Two,
    Three,
}

impl Display for Colour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Colour::Ink => "var(--figure-ink)",
            Colour::One => "var(--figure-one)",
            Colour::Two => "var(--figure-two)",
            Colour::Three => "var(--figure-three)",
        })
    }
}

/// The end of a text that stands at its point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Anchor {
    Start,
    Middle,
    End,
}

/// How a text looks.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Type {
    pub(crate) size: f64,
    pub(crate) colour: Colour,
    pub(crate) anchor: Anchor,
    pub(crate) italic: bool,
    /// Whether the paper shows around the letters, over what they cross.
    pub(crate) halo: bool,
}

impl Type {
    /// Upright text that is centred on its point.
    pub(crate) const fn new(size: f64, colour: Colour) -> Type {
        Type {
            size,
            colour,
            anchor: Anchor::Middle,
            italic: false,
            halo: false,
        }
    }

    pub(crate) const fn at(self, anchor: Anchor) -> Type {
        Type { anchor, ..self }
    }

    pub(crate) const fn italic(self) -> Type {
        Type {
            italic: true,
            ..self
        }
    }

    pub(crate) const fn halo(self) -> Type {
        Type { halo: true, ..self }
    }
}

/// A part of the plane, from its least to its greatest `x` and `y`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Bounds {
    pub(crate) left: f64,
    pub(crate) top: f64,
    pub(crate) right: f64,
    pub(crate) bottom: f64,
}

impl Bounds {
    pub(crate) const fn new(
        left: f64,
        top: f64,
        right: f64,
        bottom: f64,
    ) -> Bounds {
        Bounds {
            left,
            top,
            right,
            bottom,
        }
    }

    fn with(self, other: Bounds) -> Bounds {
        Bounds {
            left: self.left.min(other.left),
            top: self.top.min(other.top),
            right: self.right.max(other.right),
            bottom: self.bottom.max(other.bottom),
        }
    }
}

/// The elements of a picture and the part of the plane that they fill.
#[derive(Debug, Default)]
pub(crate) struct Svg {
    elements: String,
    bounds: Option<Bounds>,
}

impl Svg {
    /// Adds elements, each on a line of its own.
    pub(crate) fn element(&mut self, element: impl Display) {
        // A blank line would end the picture in Markdown.
        for row in element.to_string().lines().filter(|row| !row.is_empty()) {
            let _ = writeln!(self.elements, "{row}");
        }
    }

    /// Makes sure that a part of the plane is seen.
    pub(crate) fn reach(&mut self, bounds: Bounds) {
        self.bounds = Some(self.bounds.map_or(bounds, |old| old.with(bounds)));
    }

    /// Writes a text whose letters stand on the line `y`.
    pub(crate) fn text(&mut self, x: f64, y: f64, look: Type, text: &str) {
        let text = one_line(text);
        if text.is_empty() {
            return;
        }
        let width = width(&text, look.size);
        let left = match look.anchor {
            Anchor::Start => x,
            Anchor::Middle => x - width / 2.0,
            Anchor::End => x - width,
        };
        self.reach(Bounds::new(
            left,
            y - 0.8 * look.size,
            left + width,
            y + 0.3 * look.size,
        ));
        let anchor = match look.anchor {
            Anchor::Start => "",
            Anchor::Middle => " text-anchor=\"middle\"",
            Anchor::End => " text-anchor=\"end\"",
        };
        let mut style =
            format!("font-size:{}px;fill:{}", look.size, look.colour);
        if look.italic {
            style.push_str(";font-style:italic");
        }
        if look.halo {
            style.push_str(
                ";stroke:var(--figure-paper);stroke-width:4px\
                 ;stroke-linejoin:round;paint-order:stroke",
            );
        }
        self.element(format_args!(
            "<text x=\"{}\" y=\"{}\"{anchor} style=\"{style}\">{}</text>",
            number(x),
            number(y),
            escape(&text),
        ));
    }

    /// The document, with a margin around all that it holds.
    pub(crate) fn document(&self, margin: f64) -> String {
        let bounds = self
            .bounds
            .unwrap_or_else(|| Bounds::new(0.0, 0.0, 1.0, 1.0));
        let left = (bounds.left - margin).floor();
        let top = (bounds.top - margin).floor();
        let width = (bounds.right + margin).ceil() - left;
        let height = (bounds.bottom + margin).ceil() - top;
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" \
             viewBox=\"{left} {top} {width} {height}\" \
             width=\"{width}\" height=\"{height}\">\n\
             {ALONE}{}</svg>\n",
            self.elements,
        )
    }
}

/// A coordinate as it is written: one decimal, the same on all machines.
pub(crate) fn number(value: f64) -> String {
    let tenths = (value * 10.0).round();
    // Zero has no sign.
    format!("{:.1}", if tenths == 0.0 { 0.0 } else { tenths / 10.0 })
}

/// A text as XML can hold it.
pub(crate) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            // XML has no way to write these.
            '\u{fffe}' | '\u{ffff}' => escaped.push('\u{fffd}'),
            letter => escaped.push(letter),
        }
    }
    escaped
}

/// A text without line breaks and other control characters.
pub(crate) fn one_line(text: &str) -> String {
    let spaced = text.replace(char::is_control, " ");
    // Several spaces would be seen as one.
    spaced.trim().replace("  ", "\u{a0} ")
}

/// About how wide a text is. The page chooses the type, so this is on the wide
/// side of what a sans-serif needs.
pub(crate) fn width(text: &str, size: f64) -> f64 {
    let ems: f64 = text.chars().map(letter_width).sum();
    ems * size
}

fn letter_width(letter: char) -> f64 {
    match letter {
        '\u{300}'..='\u{36f}' => 0.0,
        'i' | 'j' | 'l' | '.' | ',' | ':' | ';' | '\'' | '|' | '!' => 0.28,
        'f' | 't' | 'r' | 'I' | '(' | ')' | '[' | ']' | ' ' | '-' | '/'
        | '·' | '"' => 0.36,
        '¹' | '²' | '³' | '⁰'..='⁻' => 0.42,
        'm' | 'w' | 'M' | 'W' | '%' | '@' | '→' | '←' => 0.92,
        '+' | '=' | '<' | '>' | '×' | '−' | '~' => 0.66,
        'A'..='Z' | '&' => 0.70,
        ' '..='~' => 0.57,
        '\u{1100}'.. => 1.0,
        _ => 0.62,
    }
}
