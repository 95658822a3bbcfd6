//! What can be referred to in a book: its figures, equations, cells, exercises
//! and terms, with their numbers.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};

use super::glossary::entries;
use super::mistake::Mistake;
use super::source::Source;
use crate::math::formulas;

/// What can be referred to, page by page.
#[derive(Debug, Default)]
pub struct Labels(BTreeMap<PathBuf, PageLabels>);

/// What can be referred to on one page.
#[derive(Debug, Default)]
pub struct PageLabels {
    anchors: BTreeMap<String, Label>,
    figures: BTreeMap<usize, Label>,
    equations: BTreeMap<usize, Label>,
    doubled: BTreeSet<String>,
}

/// Something that can be referred to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// What it is.
    pub kind: Kind,
    /// Its id in HTML.
    pub anchor: String,
    /// Its number among those of its kind.
    pub number: String,
    /// For the how manieth time the book shows it.
    pub showing: usize,
}

/// What something is that can be referred to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A picture with its caption.
    Figure,
    /// A formula with a name.
    Equation,
    /// A cell.
    Cell,
    /// An exercise.
    Exercise,
    /// A term of the glossary.
    Term,
}

impl Kind {
    /// The kind that a reference of this text means.
    pub fn named(text: &str) -> Option<Self> {
        [Self::Figure, Self::Equation, Self::Cell, Self::Exercise]
            .into_iter()
            .find(|kind| kind.to_string() == text)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(match self {
            Self::Figure => "Figure",
            Self::Equation => "Equation",
            Self::Cell => "Cell",
            Self::Exercise => "Exercise",
            Self::Term => "Term",
        })
    }
}

/// As a reference to it reads.
impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self.kind {
            Kind::Cell => write!(f, "In {}", self.number),
            kind => write!(f, "{kind} {}", self.number),
        }
    }
}

impl Labels {
    /// Numbers all pages of a book; `report` is told of what has the anchor of
    /// something else on its page.
    pub fn new(
        sources: &[Source],
        report: &mut impl FnMut(&Source, Mistake),
    ) -> Self {
        let mut counts = BTreeMap::new();
        let mut labels = Self::default();
        for source in sources {
            let mut page = Collector {
                source,
                counts: &mut counts,
                labels: PageLabels::default(),
                report,
            };
            page.collect();
            labels.0.insert(source.path.clone(), page.labels);
        }
        labels
    }

    /// What can be referred to on a page.
    pub fn page(&self, path: &Path) -> &PageLabels {
        const NONE: &PageLabels = &PageLabels {
            anchors: BTreeMap::new(),
            figures: BTreeMap::new(),
            equations: BTreeMap::new(),
            doubled: BTreeSet::new(),
        };
        self.0.get(path).unwrap_or(NONE)
    }
}

impl PageLabels {
    /// What has this anchor.
    pub fn get(&self, anchor: &str) -> Option<&Label> {
        self.anchors.get(anchor)
    }

    /// Whether two things have this anchor, as was reported.
    pub fn is_doubled(&self, anchor: &str) -> bool {
        self.doubled.contains(anchor)
    }

    /// The picture that begins here.
    pub fn figure(&self, at: usize) -> Option<&Label> {
        self.figures.get(&at)
    }

    /// The named formula that begins here.
    pub fn equation(&self, at: usize) -> Option<&Label> {
        self.equations.get(&at)
    }
}

/// Counts what is numbered by its chapter or by its file.
type Counts = BTreeMap<(Counted, String), usize>;

/// Collects what can be referred to on a page.
struct Collector<'a, R> {
    source: &'a Source<'a>,
    counts: &'a mut Counts,
    labels: PageLabels,
    report: &'a mut R,
}

/// What is counted.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Counted {
    Figure,
    Equation,
    File,
}

impl<R: FnMut(&Source, Mistake)> Collector<'_, R> {
    fn collect(&mut self) {
        let source = self.source;
        for cell in source.cells() {
            // It has no frame, and so no id.
            if !source.takes_lines(cell.range.start) {
                continue;
            }
            let range = cell.range.clone();
            let number = cell.number.to_string();
            self.add(Kind::Cell, cell.anchor.clone(), number, range);
        }
        for picture in source.pictures() {
            let file = picture.path.to_string_lossy().into_owned();
            let showing = self.count(Counted::File, file);
            let number = self.numbered(Counted::Figure);
            let mut anchor = format!("fig-{}", picture.name);
            let mut times = 1;
            while self.labels.get(&anchor).is_some() {
                times += 1;
                anchor = format!("fig-{}-{times}", picture.name);
            }
            let range = picture.range.clone();
            let at = range.start;
            let mut label = self.add(Kind::Figure, anchor, number, range);
            label.showing = showing;
            self.labels.figures.insert(at, label);
        }
        for formula in formulas(source.text, &source.events) {
            let Some(name) = formula.name else {
                continue;
            };
            let number = self.numbered(Counted::Equation);
            let anchor = format!("eq-{name}");
            let at = formula.range.start;
            let label = self.add(Kind::Equation, anchor, number, formula.range);
            self.labels.equations.insert(at, label);
        }
        for exercise in source.exercises() {
            let anchor = format!("ex-{}", exercise.number);
            let range = exercise.paragraph.clone();
            let number = exercise.number.clone();
            self.add(Kind::Exercise, anchor, number, range);
        }
        for entry in entries(source) {
            for (anchor, term) in entry.anchors() {
                let (anchor, term) = (anchor.to_owned(), term.to_owned());
                self.add(Kind::Term, anchor, term, entry.range.clone());
            }
        }
    }

    fn count(&mut self, what: Counted, of: String) -> usize {
        let count = self.counts.entry((what, of)).or_default();
        *count += 1;
        *count
    }

    fn numbered(&mut self, what: Counted) -> String {
        let chapter = &self.source.number;
        format!("{chapter}-{}", self.count(what, chapter.clone()))
    }

    fn add(
        &mut self,
        kind: Kind,
        anchor: String,
        number: String,
        range: Range<usize>,
    ) -> Label {
        let label = Label {
            kind,
            anchor: anchor.clone(),
            number,
            showing: 1,
        };
        if let Some(other) = self.labels.anchors.get(&anchor) {
            let message = format!(
                "{label} and {other} have the same address on this page, \
                 #{anchor}: give one of them another name"
            );
            (self.report)(self.source, Mistake::new(range, message));
            self.labels.doubled.insert(anchor);
        } else {
            self.labels.anchors.insert(anchor, label.clone());
        }
        label
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equations_are_numbered_by_chapter() {
        let one = "$$a \\label{a}$$\n\n$$b$$\n\n$$c \\label{c}$$\n";
        let two = "**1-1** *One.*\n\n$$d \\label{d}$$\n";
        let mut sources = [one, two, two].map(|text| Source::plain(text, text));
        sources[2].number = "2".to_owned();
        sources[2].path = "2".into();
        let labels = Labels::new(&sources, &mut |_, it| panic!("{it:?}"));
        for (page, anchor, expected) in [
            (one, "eq-a", "Equation 1-1"),
            (one, "eq-c", "Equation 1-2"),
            (two, "eq-d", "Equation 1-3"),
            (two, "ex-1-1", "Exercise 1-1"),
            ("2", "eq-d", "Equation 2-1"),
        ] {
            let label = labels.page(Path::new(page)).get(anchor);
            let label = label.map(Label::to_string).unwrap_or_default();
            assert_eq!(label, expected, "{page} {anchor}");
        }
    }

    #[test]
    fn an_anchor_is_taken_once() {
        let page = "$$a \\label{a}$$\n\n$$b \\label{a}$$\n";
        let sources = [Source::plain("a.md", page)];
        let mut mistakes = Vec::new();
        let labels =
            Labels::new(&sources, &mut |_, mistake| mistakes.push(mistake));
        assert_eq!(mistakes.len(), 1);
        assert!(mistakes[0].message.contains("#eq-a"), "{mistakes:?}");
        assert!(labels.page(Path::new("a.md")).is_doubled("eq-a"));
    }
}
