//! The glossary: where a page first uses one of its terms, it leads there.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use pulldown_cmark::{Event, HeadingLevel, Tag, TagEnd};

use super::address::address;
use super::edits::Edits;
use super::html::escaped;
use super::ids::id_from_text;
use super::source::Source;

/// The heading that a glossary has.
const GLOSSARY: &str = "Glossary";

/// A paragraph of the glossary.
pub struct Entry {
    /// Where it is.
    pub range: Range<usize>,
    /// The terms that it explains, each with its anchor.
    pub terms: Vec<(String, String)>,
}

impl Entry {
    /// Its anchors, each with a term: two spellings may have one anchor.
    pub fn anchors(&self) -> BTreeMap<&str, &str> {
        let terms = self.terms.iter().rev();
        terms.map(|(anchor, term)| (&**anchor, &**term)).collect()
    }
}

/// The entries of a page's glossary: below `## Glossary`, the paragraphs that
/// begin `**Term.**` or `**Term, other term.**`.
pub fn entries(source: &Source) -> Vec<Entry> {
    let mut entries = Vec::new();
    let mut is_glossary = false;
    let events = &source.events;
    for (at, (event, range)) in events.iter().enumerate() {
        let next = |offset: usize| events.get(at + offset).map(|it| &it.0);
        match event {
            Event::Start(Tag::Heading { level, .. })
                if *level <= HeadingLevel::H2 =>
            {
                is_glossary = *level == HeadingLevel::H2
                    && matches!(next(1), Some(Event::Text(text)) if &**text == GLOSSARY)
                    && matches!(next(2), Some(Event::End(_)));
            }
            Event::Start(Tag::Paragraph)
                if is_glossary && source.is_at_top(range.start) =>
            {
                if let (
                    Some(Event::Start(Tag::Strong)),
                    Some(Event::Text(text)),
                    Some(Event::End(TagEnd::Strong)),
                ) = (next(1), next(2), next(3))
                    && let Some(terms) = text.strip_suffix('.')
                {
                    let terms = terms.split(',').map(|term| {
                        let term = term.trim().to_owned();
                        (format!("term-{}", id_from_text(&term)), term)
                    });
                    entries.push(Entry {
                        range: range.clone(),
                        terms: terms.collect(),
                    });
                }
            }
            _ => {}
        }
    }
    entries
}

/// The terms of a book, and where they are explained.
pub struct Glossary<'a> {
    /// The longest first.
    terms: Vec<Term<'a>>,
}

struct Term<'a> {
    /// In lower case.
    words: String,
    anchor: String,
    page: &'a Source<'a>,
}

impl<'a> Glossary<'a> {
    /// Collects the terms of a book.
    pub fn new(sources: &'a [Source<'a>]) -> Self {
        let mut terms: Vec<Term> = Vec::new();
        for page in sources {
            for (anchor, term) in
                entries(page).into_iter().flat_map(|entry| entry.terms)
            {
                let words = term.to_lowercase();
                if !words.is_empty() {
                    terms.push(Term {
                        words,
                        anchor,
                        page,
                    });
                }
            }
        }
        terms.sort_by_key(|term| std::cmp::Reverse(term.words.len()));
        Self { terms }
    }

    /// Gives the entries of a page's own glossary their anchors.
    pub fn anchor(source: &Source, edits: &mut Edits) {
        for entry in entries(source) {
            let anchors: Vec<String> = entry
                .anchors()
                .keys()
                .map(|anchor| {
                    format!("<span id=\"{}\"></span>", escaped(anchor))
                })
                .collect();
            edits.before(&entry.range, anchors.concat());
        }
    }

    /// Leads from the first use of each term to its entry. What is in one of
    /// the parts to be skipped is no running text.
    pub fn lead(
        &self,
        source: &Source,
        skipped: &[Range<usize>],
        edits: &mut Edits,
    ) {
        let is_own = |term: &Term| term.page.path == source.path;
        if self.terms.iter().any(is_own) {
            return;
        }
        let mut used = BTreeSet::new();
        for run in runs(source, skipped) {
            let mut at = 0;
            while at < run.letters.len() {
                let Some((index, length)) = self.found(&run, at) else {
                    at += 1;
                    continue;
                };
                let start = run.letters[at].1.start;
                let end = run.letters[at + length - 1].1.end;
                if used.insert(index) {
                    let Term { anchor, page, .. } = &self.terms[index];
                    let to = address(&source.path, &page.path, anchor);
                    let open =
                        format!("<a class=\"term\" href=\"{}\">", escaped(&to));
                    edits.before(&(start..end), open);
                    edits.after(&(start..end), "</a>");
                }
                at += length;
            }
        }
    }

    /// The longest term that stands here as whole words, and its length here.
    fn found(&self, run: &Run, at: usize) -> Option<(usize, usize)> {
        if !run.is_edge(at) {
            return None;
        }
        self.terms.iter().enumerate().find_map(|(index, term)| {
            let length = term.words.chars().count();
            let here = run.letters.get(at..at + length)?;
            let is_it = here.iter().map(|it| it.0).eq(term.words.chars());
            if !is_it {
                return None;
            }
            let end = at + length;
            if run.is_edge(end) {
                return Some((index, length));
            }
            let is_plural = run.letters.get(end).is_some_and(|it| it.0 == 's');
            (is_plural && run.is_edge(end + 1)).then_some((index, length + 1))
        })
    }
}

/// Text of a paragraph that nothing interrupts: its letters, in lower case,
/// and where they are in the page.
struct Run {
    letters: Vec<(char, Range<usize>)>,
    /// Whether something that is part of a word stands before it, or after.
    joined: (bool, bool),
}

impl Run {
    /// Whether a word may begin, or end, before this letter.
    fn is_edge(&self, at: usize) -> bool {
        let is_part = |at: usize| {
            self.letters.get(at).is_some_and(|it| is_part_of_word(it.0))
        };
        let before = if at == 0 {
            self.joined.0
        } else {
            is_part(at - 1)
        };
        let after = if at == self.letters.len() {
            self.joined.1
        } else {
            is_part(at)
        };
        !(before && after)
    }
}

fn is_part_of_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '-'
}

/// The running text of a page: what is in its paragraphs, but in no list,
/// quotation, link, emphasis or the like.
fn runs(source: &Source, skipped: &[Range<usize>]) -> Vec<Run> {
    let mut runs = Vec::new();
    let mut letters: Vec<(char, Range<usize>)> = Vec::new();
    let mut depth = 0_usize;
    let mut is_paragraph = false;
    let mut finish = |letters: &mut Vec<(char, Range<usize>)>| {
        if let (Some(first), Some(last)) = (letters.first(), letters.last()) {
            let before = source.text[..first.1.start].chars().next_back();
            let after = source.text[last.1.end..].chars().next();
            runs.push(Run {
                joined: (
                    before.is_some_and(is_part_of_word),
                    after.is_some_and(is_part_of_word),
                ),
                letters: std::mem::take(letters),
            });
        }
    };
    for (event, range) in &source.events {
        match event {
            Event::Start(Tag::Paragraph) => {
                is_paragraph = source.is_at_top(range.start)
                    && !skipped.iter().any(|it| it.contains(&range.start));
            }
            Event::End(TagEnd::Paragraph) => is_paragraph = false,
            Event::Start(_) => depth += 1,
            Event::End(_) => depth = depth.saturating_sub(1),
            Event::SoftBreak if is_paragraph && depth == 0 => {
                letters.push((' ', range.clone()));
                continue;
            }
            Event::Text(text)
                if is_paragraph
                    && depth == 0
                    && source.text[range.clone()] == **text =>
            {
                for (at, c) in text.char_indices() {
                    let at = range.start + at;
                    let lower = c.to_lowercase().next().unwrap_or(c);
                    letters.push((lower, at..at + c.len_utf8()));
                }
                continue;
            }
            _ => {}
        }
        finish(&mut letters);
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::*;

    const TERMS: &str = "# Words\n\n**Not.** this\n\n## Glossary\n\n\
        **Chain rule.** a\n\n**Gradient, dead unit, dead-unit.** b\n\n\
        **Local gradient.** c\n\nText.\n\n## End\n\n**Nor.** this\n";

    #[track_caller]
    fn assert_leads(page: &str, expected: &[&str]) {
        let sources =
            [Source::plain("g.md", TERMS), Source::plain("a.md", page)];
        let mut edits = Edits::default();
        Glossary::new(&sources).lead(&sources[1], &[], &mut edits);
        let page = edits.apply(page, 0..page.len());
        let found: Vec<String> = page
            .split("<a class=\"term\" href=\"g.md#term-")
            .skip(1)
            .filter_map(|rest| rest.split_once("</a>"))
            .map(|(link, _)| link.replacen("\">", ": ", 1))
            .collect();
        assert_eq!(found, expected, "{page}");
    }

    #[test]
    fn the_first_use_of_a_term_leads_to_it() {
        assert_leads("A chain rule.", &["chain-rule: chain rule"]);
        assert_leads("Gradient, gradient.", &["gradient: Gradient"]);
        assert_leads("Dead units die.", &["dead-unit: Dead units"]);
        assert_leads("A dead-unit.", &["dead-unit: dead-unit"]);
        assert_leads("A chain\nrule.", &["chain-rule: chain\nrule"]);
        assert_leads("**a** gradient’s", &["gradient: gradient"]);
        assert_leads(
            "A local gradient, a local gradient, a gradient.",
            &["local-gradient: local gradient", "gradient: gradient"],
        );
    }

    #[test]
    fn only_whole_words_of_running_text_do() {
        for page in [
            "ungradient, gradiental, my-gradient, gradient-like, _gradient",
            "# Gradient",
            "*gradient* **gradient** [gradient](a.md) `gradient`",
            "| gradient |\n| --- |\n| gradient |",
            "> gradient",
            "- gradient",
            "```\ngradient\n```",
            "Not, nor, text.",
        ] {
            assert_leads(page, &[]);
        }
    }

    #[test]
    fn the_glossary_does_not_lead_to_itself() {
        let sources = [Source::plain("g.md", TERMS)];
        let mut edits = Edits::default();
        Glossary::new(&sources).lead(&sources[0], &[], &mut edits);
        Glossary::anchor(&sources[0], &mut edits);
        let page = edits.apply(TERMS, 0..TERMS.len());
        assert!(!page.contains("<a"), "{page}");
        let both = "<span id=\"term-dead-unit\"></span>\
                    <span id=\"term-gradient\"></span>**Gradient,";
        assert!(page.contains(both), "{page}");
    }
}
