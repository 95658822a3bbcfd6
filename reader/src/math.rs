//! Mathematics: `$...$` and `$$...$$` in a page become `MathML`.
//!
//! What takes a formula's place is one line of HTML which no Markdown parser
//! reads anything into.

mod formula;

use std::fmt::Write;
use std::ops::Range;

use anyhow::{Result, anyhow};
use math_core::{LatexToMathML, MathCoreConfig, MathDisplay};

use crate::page::edits::Edits;
use crate::page::html::escaped;
use crate::page::mistake::Mistake;
use crate::page::view::View;
pub use formula::formulas;
use formula::{Formula, Place};

/// Turns formulas into `MathML`.
pub struct Mathematics(LatexToMathML);

impl Mathematics {
    /// Ready to set formulas.
    ///
    /// # Errors
    ///
    /// None that a book can cause: only a macro of ours could be at fault.
    pub fn new() -> Result<Self> {
        LatexToMathML::new(MathCoreConfig::default())
            .map(Self)
            .map_err(|error| anyhow!("TeX cannot be set: {error:?}"))
    }

    /// Puts `MathML` in the place of every formula of a page, with a number
    /// where it has a name. A formula that is not good TeX, or does not end, is
    /// a mistake.
    pub fn set(
        &self,
        view: &View,
        edits: &mut Edits,
        mistakes: &mut Vec<Mistake>,
    ) {
        let page = view.source.text;
        for formula in formulas(page, &view.source.events) {
            if !view.shows(&formula.range) {
                continue;
            }
            match self.html(&formula, view) {
                Ok(html) if formula.place == Place::Line => {
                    let (end, html) = with_stop(page, &formula.range, html);
                    edits.replace(formula.range.start..end, html);
                }
                Ok(html) => edits.replace(formula.range, html),
                Err((below, message)) => {
                    let source = &page[formula.range.clone()];
                    let shown = source.lines().next().unwrap_or_default();
                    mistakes.push(Mistake {
                        range: formula.range,
                        below,
                        message: format!("the formula {shown}: {message}"),
                    });
                }
            }
        }
    }

    /// One formula as HTML, or the line of a mistake in it and the mistake.
    fn html(
        &self,
        formula: &Formula,
        view: &View,
    ) -> Result<String, (usize, String)> {
        let Formula { tex, place, .. } = formula;
        if let Some(message) = formula.misnamed() {
            return Err((0, message));
        }
        let (tag, display) = match place {
            Place::Line => (None, MathDisplay::Inline),
            Place::Block => (Some("div"), MathDisplay::Block),
            Place::Amid => (Some("span"), MathDisplay::Block),
            Place::Nowhere => return Err((0, formula::NO_END.to_owned())),
        };
        let trimmed = tex.trim();
        let set = self.0.convert_with_local_state(trimmed, display).map_err(
            |error| {
                let indent = tex.len() - tex.trim_start().len();
                let end = (indent + error.0.start).min(tex.len());
                let above = &tex.as_bytes()[..end];
                let line = above.split(|byte| *byte == b'\n').count() - 1;
                (line, error.error_message())
            },
        )?;
        // The TeX is kept in an attribute. In an element it would be found,
        // and shown, by the search.
        let kept = format!("<math alttext=\"{}\"", plain(trimmed));
        let mathml = without_markdown(&set.mathml).replacen("<math", &kept, 1);
        let Some(tag) = tag else {
            return Ok(mathml);
        };
        let (id, number) = view.labels().equation(formula.range.start).map_or(
            (String::new(), String::new()),
            |label| {
                let number = format!(
                    "<a class=\"equation-number\" href=\"{}\">({})</a>",
                    escaped(&view.address(&label.anchor)),
                    label.number
                );
                (view.id(&label.anchor), number)
            },
        );
        Ok(format!(
            "<{tag} class=\"equation\"{id}>{mathml}{number}</{tag}>"
        ))
    }
}

/// A formula in a line, together with the stop that may follow it: a browser
/// would break the line between the two. And where both end.
fn with_stop(
    page: &str,
    formula: &Range<usize>,
    html: String,
) -> (usize, String) {
    let rest = &page[formula.end..];
    let length =
        rest.len() - rest.trim_start_matches(['.', ',', ';', ':', ')']).len();
    let stop = &rest[..length];
    let html = if stop.is_empty() {
        html
    } else {
        format!("<span class=\"unbroken\">{html}{stop}</span>")
    };
    (formula.end + length, html)
}

/// Text as HTML in which Markdown sees no mark of its own, on one line.
fn plain(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    text.chars().for_each(|c| push_plain(&mut html, c));
    html
}

fn push_plain(html: &mut String, character: char) {
    match character {
        '\n' | '\r' => html.push(' '),
        _ if character.is_ascii_punctuation() => {
            let _ = write!(html, "&#{};", u32::from(character));
        }
        _ => html.push(character),
    }
}

/// The same for HTML: its tags, and the references in it, stay what they are.
fn without_markdown(html: &str) -> String {
    let mut output = String::with_capacity(html.len());
    let mut in_tag = false;
    for character in html.chars() {
        in_tag = character == '<' || in_tag && character != '>';
        if in_tag || matches!(character, '>' | '&' | ';') {
            output.push(character);
        } else {
            push_plain(&mut output, character);
        }
    }
    output
}

#[cfg(test)]
mod tests {
    use pulldown_cmark::{Event, Options, Parser};

    use super::*;
    use crate::page::labels::Labels;
    use crate::page::source::Source;

    fn set(page: &str) -> Result<String, Vec<Mistake>> {
        let mathematics = Mathematics::new().expect("it is ready");
        let sources = [Source::plain("a.md", page)];
        let labels = Labels::new(&sources, &mut |_, _| ());
        let view = View::home(&sources[0], &labels);
        let mut edits = Edits::default();
        let mut mistakes = Vec::new();
        mathematics.set(&view, &mut edits, &mut mistakes);
        if mistakes.is_empty() {
            Ok(edits.apply(page, 0..page.len()))
        } else {
            Err(mistakes)
        }
    }

    #[track_caller]
    fn assert_sets(page: &str, parts: &[&str]) {
        let html = set(page).unwrap_or_else(|m| panic!("{page}: {m:?}"));
        for part in parts {
            assert!(html.contains(part), "{page}: no {part} in {html}");
        }
    }

    #[track_caller]
    fn assert_untouched(page: &str) {
        assert_eq!(set(page), Ok(page.to_owned()));
    }

    #[track_caller]
    fn assert_mistake(page: &str, formula: &str, line: usize, message: &str) {
        let mistakes = set(page).err().unwrap_or_default();
        assert_eq!(mistakes.len(), 1, "{page}: {mistakes:?}");
        let mistake = &mistakes[0];
        assert_eq!(&page[mistake.range.clone()], formula);
        assert_eq!(mistake.below, line, "{page}");
        assert!(mistake.message.contains(message), "{mistake:?}");
    }

    #[test]
    fn formulas_of_the_field_are_set() {
        assert_sets(r"$\frac{\partial L}{\partial W}$", &["<mfrac>", "<mi>∂"]);
        assert_sets(r"$\sum_{i=1}^{n} \exp(a_i)$", &["∑", "exp", "<msub>"]);
        assert_sets(r"$\mathbf{x}$", &["𝐱"]);
        assert_sets(r"$X^\top$", &["<msup>", "⊤"]);
        assert_sets(r"$a \odot b$", &["⊙"]);
        assert_sets(r"$\log \text{loss}$", &["log", "<mtext>loss"]);
        assert_sets(
            r"$$\begin{pmatrix} 1 & 2 \\ 3 & 4 \end{pmatrix}$$",
            &["<mtable", "<mtd", "display=\"block\""],
        );
        assert_sets(
            "$$\n\\begin{aligned} a &= b \\\\ &= c \\end{aligned}\n$$",
            &["<mtable", "class=\"equation\""],
        );
        assert_sets(
            r"$$y = \begin{cases} x & (x > 0) \\ 0 & (x \le 0) \end{cases}$$",
            &["<mtable", "&#123;", "≤"],
        );
        assert_sets(r"$\lVert x \rVert_2$", &["‖"]);
        assert_sets(
            r"$\hat y \approx \sqrt{x} \ne 10^{-4}$",
            &["≈", "<msqrt>"],
        );
    }

    #[test]
    fn the_tex_is_kept() {
        assert_sets("$5-$6 is $x$", &["$5-$6 is <math"]);
        assert_sets("![A $x$](x.svg) and $y$", &["![A $x$]", "and <math"]);
        assert_sets("$a_b$", &["<math alttext=\"a&#95;b\"><msub>"]);
        assert_sets("$a \\lt\n\"b\"; c$", &["lt &#34;b&#34;&#59; c\""]);
    }

    #[test]
    fn a_stop_stays_with_its_formula() {
        assert_sets("($x$), so", &["(<span", "</math>),</span> so"]);
        assert_sets("$x$ and $y$.\n", &["</math> and", "</math>.</span>"]);
        assert_sets("**$x$** is", &["**<math", "</math>** is"]);
    }

    #[test]
    fn what_is_no_formula_is_left_alone() {
        assert_untouched("It costs $5, or $6 on Sundays.");
        assert_untouched("They cost $5 each, $6 in all.");
        assert_untouched("Between $5-$6, or $5/$6.");
        assert_untouched("![The slope $x_1$, $$x$$ and $$](slope.svg)");
        assert_untouched(r"It costs \$5 and \$6. \$\$ too.");
        assert_untouched("`$x$` and\n\n```rust\nlet x = \"$y$\"; // $$\n```\n");
        assert_untouched("    $x$\n");
    }

    #[test]
    fn an_equation_is_a_block_where_it_stands_alone() {
        let block = "<div class=\"equation\"><math alttext";
        let inline = "<span class=\"equation\"><math alttext";
        assert_sets("One\n\n$$x$$\n\ntwo\n", &[block]);
        assert_sets("> $$\n> x\n> $$\n>\n> two\n", &[block]);
        assert_sets("1. One\n\n   $$x$$\n\n   two\n", &[block]);
        assert_sets("One $$x$$ two\n", &[inline]);
        assert_sets("- $$x$$\n", &[inline]);
        // HTML would swallow a heading that follows with no blank line.
        assert_sets("$$x$$\n## Two\n", &[inline]);
    }

    #[test]
    fn an_equation_with_a_name_has_a_number() {
        assert_sets(
            "$$\n\\label{chain-rule}\nx\n$$\n",
            &[
                "<div class=\"equation\" id=\"eq-chain-rule\"><math alttext=\"x\"",
                "</math><a class=\"equation-number\" \
                 href=\"#eq-chain-rule\">(1-1)</a></div>",
            ],
        );
        assert_sets(
            r"A $$x \label{a}$$ b $$y \label{b}$$",
            &["<span class=\"equation\" id=\"eq-b\">", ">(1-2)</a></span>"],
        );
        let page = r"$$\label{A}$$";
        assert_mistake(page, page, 0, "`A` is no name");
        let page = r"$x \label{a}$";
        assert_mistake(page, page, 0, "only a formula in `$$`");
        let page = r"$$x \label{a} \label{b}$$";
        assert_mistake(page, page, 0, "two names");
        let page = "$$\n\\label{a}\n\\nonsense\n$$";
        assert_mistake(page, page, 2, "nonsense");
    }

    #[test]
    fn markdown_finds_nothing_in_what_is_set() {
        let page = "A $a*b*c_d f_e [1](2) \\% x-y 'z'$ z\n\n$$\na\n= b\n$$\n";
        let html = set(page).unwrap_or_default();
        let equation: Vec<&str> =
            html.lines().filter(|line| line.contains("<math")).collect();
        assert_eq!(equation.len(), 2, "{html}");
        let events: Vec<Event> = Parser::new_ext(equation[0], Options::all())
            .filter(|event| {
                !matches!(event, Event::Text(_) | Event::InlineHtml(_))
            })
            .collect();
        assert_eq!(events.len(), 2, "only the paragraph: {events:?}");
    }

    #[test]
    fn a_mistake_has_its_place() {
        assert_mistake("A $\\frac{a}$ b", "$\\frac{a}$", 0, "");
        assert_mistake("$\\nonsense$", "$\\nonsense$", 0, "nonsense");
        let page = "One\n\n$$\na\n= \\nonsense\n$$\n";
        assert_mistake(page, "$$\na\n= \\nonsense\n$$", 2, "nonsense");
        let page = "$$\n\\nonsense\n$$\n";
        assert_mistake(page, page.trim(), 1, "nonsense");
        assert_mistake("One $$ two", "$$", 0, "no partner");
    }
}
