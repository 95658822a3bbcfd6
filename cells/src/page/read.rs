//! From Markdown to sections, cells and outputs.

mod pictures;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::{Range, RangeInclusive};
use std::path::{Path, PathBuf};

use pulldown_cmark::{
    CodeBlockKind, Event, HeadingLevel, Options, Parser, Tag, TagEnd,
};

use super::checks::{
    declares_main, is_broken_fence, is_fence_of_ours, lone_carriage_return,
    may_print,
};
use super::paragraph::{self, Paragraph};
use super::{Excerpt, Page, Section, anchors, guesses, test_name};
use crate::cell::{Cell, CodeLine, Kind, Output, Part, Picture, Tags};
use crate::config::Config;
use crate::exercise::Exercise;
use crate::hidden::unhide;
use crate::include::Includes;
use crate::problem::slashed;
use crate::source::{Lines, lines, without_end};
use crate::tags::Fence;
use crate::{Problem, excerpt, value};

/// The Markdown that mdBook reads, and no more.
pub(super) fn options() -> Options {
    Options::ENABLE_TABLES
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_HEADING_ATTRIBUTES
        | Options::ENABLE_DEFINITION_LIST
        | Options::ENABLE_GFM
}

/// Reads a page of the book in `root`, given its text.
///
/// # Errors
///
/// Every problem of the page, from top to bottom.
pub(super) fn read(
    root: &Path,
    config: &Config,
    path: &Path,
    source: String,
) -> Result<Page, Vec<Problem>> {
    let mut reader = Reader {
        root,
        config,
        path,
        source: &source,
        lines: Lines::new(&source),
        problems: Vec::new(),
        blocks: Vec::new(),
        sections: Vec::new(),
        parts: BTreeMap::new(),
        excerpts: Vec::new(),
        pictures: Vec::new(),
        sources: BTreeSet::new(),
        title: None,
        number: 0,
    };
    reader.read();
    let Reader {
        mut problems,
        mut sections,
        parts,
        excerpts,
        pictures,
        sources,
        title,
        ..
    } = reader;
    anchors::assign(sections.iter_mut().flat_map(|it| &mut it.cells));
    // Of a page that is not good, what is missing says nothing.
    if !problems.is_empty() {
        problems.sort();
        return Err(problems);
    }
    let (exercises, mut wrong) = exercises(&sections, &parts);
    let cells: Vec<&Cell> =
        sections.iter().flat_map(|section| &section.cells).collect();
    let (guesses, found) = guesses::guesses(&source, &cells);
    wrong.extend(found);
    if !wrong.is_empty() {
        wrong.sort();
        let problem = |(line, why)| Problem::new(path, line, why);
        return Err(wrong.into_iter().map(problem).collect());
    }
    sections.retain(|section| !section.cells.is_empty());
    Ok(Page {
        path: path.to_owned(),
        name: test_name(path.strip_prefix(&config.src).unwrap_or(path)),
        title: title.unwrap_or_default(),
        source,
        sections,
        exercises,
        guesses,
        excerpts,
        pictures,
        sources,
    })
}

/// The exercises of some sections, and what is wrong with others.
fn exercises(
    sections: &[Section],
    parts: &BTreeMap<usize, Vec<Cell>>,
) -> (Vec<Exercise>, Vec<(usize, String)>) {
    let (mut exercises, mut wrong) = (Vec::new(), Vec::new());
    for (at, section) in sections.iter().enumerate() {
        let parts = parts.get(&at).map_or(&[][..], Vec::as_slice);
        let is_solution = |cell: &&Cell| cell.tags.part == Some(Part::Solution);
        let solutions: Vec<&Cell> =
            section.cells.iter().filter(is_solution).collect();
        let Section { heading, line, .. } = section;
        match Exercise::new(heading, *line, parts, &solutions) {
            Ok(exercise) => exercises.extend(exercise),
            Err(found) => wrong.extend(found),
        }
    }
    (exercises, wrong)
}

struct Reader<'a> {
    root: &'a Path,
    config: &'a Config,
    path: &'a Path,
    source: &'a str,
    lines: Lines<'a>,
    problems: Vec<Problem>,
    /// The lines that are no paragraphs, from top to bottom.
    blocks: Vec<(RangeInclusive<usize>, Lot)>,
    sections: Vec<Section>,
    /// The cells of exercises that are no cells of their sections, by the
    /// numbers of these.
    parts: BTreeMap<usize, Vec<Cell>>,
    excerpts: Vec<Excerpt>,
    /// Those that stand under no cell.
    pictures: Vec<Picture>,
    sources: BTreeSet<PathBuf>,
    title: Option<String>,
    /// How many cells the page has so far.
    number: usize,
}

/// What a block of a page is, to Markdown.
#[derive(Clone, Copy)]
enum Lot {
    Fenced,
    Indented,
    Html,
    Comment,
    /// A comment without an end, which is a problem already.
    Endless,
}

/// A fenced block, as it stands in the page.
struct Block {
    content: String,
    range: Range<usize>,
    line: usize,
    end_line: usize,
}

/// What an output, a picture or a caption would belong to: the block right
/// before it.
#[derive(Clone, Copy)]
enum Before {
    Nothing,
    Cell,
    /// The output of a cell.
    Output,
    /// A picture without a caption.
    Picture(Owner),
    /// A picture and its caption.
    Caption(Owner),
    Excerpt,
    /// A cell of an exercise, which shows nothing.
    Part(Part),
    /// A block that is a problem already.
    Broken,
}

/// What a picture stands under.
#[derive(Clone, Copy)]
enum Owner {
    /// The cell that draws it.
    Cell,
    /// None: it is shown again.
    Page,
}

impl<'a> Reader<'a> {
    fn problem(&mut self, line: usize, message: impl Into<String>) {
        self.problems.push(Problem::new(self.path, line, message));
    }

    fn read(&mut self) {
        const MARK: &str = "\u{feff}";
        if let Some(at) = lone_carriage_return(self.source) {
            let line = self.lines.at(at);
            self.problem(
                line,
                "a carriage return without a line feed: end lines with `\\n` \
                 or `\\r\\n`",
            );
            return;
        }
        let skip = if self.source.starts_with(MARK) {
            MARK.len()
        } else {
            0
        };
        let text = &self.source[skip..];
        let events = Parser::new_ext(text, options()).into_offset_iter().map(
            |(event, range)| (event, range.start + skip..range.end + skip),
        );
        self.events(events);
        self.stray_fences();
        self.includes_in_prose();
        self.silent_outputs();
        self.unshown_panics();
        self.repeated_names();
    }

    fn events(
        &mut self,
        events: impl Iterator<Item = (Event<'a>, Range<usize>)>,
    ) {
        let mut before = Before::Nothing;
        let mut depth = 0_usize;
        let mut heading: Option<(HeadingLevel, String)> = None;
        let mut fenced: Option<(String, String)> = None;
        let mut paragraph: Option<Paragraph> = None;
        for (event, range) in events {
            let line = self.lines.at(range.start);
            let last = std::mem::replace(&mut before, Before::Nothing);
            if let Event::InlineHtml(_) = event {
                self.svgs_in_html(&range);
            }
            match event {
                Event::Start(Tag::Paragraph) => {
                    paragraph = Some(Paragraph::default());
                    before = last;
                }
                Event::End(TagEnd::Paragraph) => {
                    if let Some(paragraph) = paragraph.take() {
                        before = self.paragraph(&paragraph, range, last);
                    }
                }
                event if paragraph.is_some() => {
                    if let Some(paragraph) = &mut paragraph {
                        paragraph.push(event, range);
                    }
                    before = last;
                }
                Event::Start(Tag::Image { dest_url, .. }) => {
                    self.image_in_text(&dest_url, line);
                }
                Event::Start(Tag::Heading { level, .. })
                    if depth == 0 && level <= HeadingLevel::H2 =>
                {
                    heading = Some((level, String::new()));
                }
                Event::End(TagEnd::Heading(_)) => {
                    if let Some((_, text)) = heading.take() {
                        self.heading(line, text);
                    }
                }
                Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(info))) => {
                    self.block(&range, Lot::Fenced);
                    fenced = Some((info.into_string(), String::new()));
                    before = last;
                }
                Event::Start(Tag::CodeBlock(CodeBlockKind::Indented)) => {
                    self.block(&range, Lot::Indented);
                }
                Event::End(TagEnd::CodeBlock) => {
                    if let Some((info, content)) = fenced.take() {
                        before = self.fenced(&info, content, range, last);
                    }
                }
                Event::Text(text) => {
                    if let Some((_, content)) = &mut fenced {
                        content.push_str(&text);
                        before = last;
                    } else if let Some((_, heading)) = &mut heading {
                        heading.push_str(&text);
                    }
                }
                Event::Code(text) => {
                    if let Some((_, heading)) = &mut heading {
                        heading.push_str(&text);
                    }
                }
                Event::Start(Tag::HtmlBlock) => self.html(&range),
                Event::Start(
                    Tag::BlockQuote(_)
                    | Tag::Item
                    | Tag::FootnoteDefinition(_)
                    | Tag::DefinitionListDefinition,
                ) => depth += 1,
                Event::End(
                    TagEnd::BlockQuote(_)
                    | TagEnd::Item
                    | TagEnd::FootnoteDefinition
                    | TagEnd::DefinitionListDefinition,
                ) => depth -= 1,
                _ => {}
            }
        }
    }

    fn heading(&mut self, line: usize, text: String) {
        self.title.get_or_insert_with(|| text.clone());
        self.sections.push(Section {
            heading: text,
            line,
            cells: Vec::new(),
            needs: BTreeSet::new(),
        });
    }

    fn block(&mut self, range: &Range<usize>, lot: Lot) {
        let last = self.lines.at(range.end.max(1) - 1);
        self.blocks.push((self.lines.at(range.start)..=last, lot));
    }

    fn html(&mut self, range: &Range<usize>) {
        self.svgs_in_html(range);
        let text = &self.source[range.clone()];
        let lot = match text.trim_start().strip_prefix("<!--") {
            None => Lot::Html,
            Some(comment) if comment.contains('>') => Lot::Comment,
            Some(_) => Lot::Endless,
        };
        self.block(range, lot);
        if let Lot::Endless = lot {
            self.problem(
                self.lines.at(range.start),
                "this comment has no end, so Markdown takes all that follows \
                 for a part of it: a comment ends with `-->`",
            );
        }
    }

    fn svgs_in_html(&mut self, range: &Range<usize>) {
        for at in paragraph::shown_svgs(&self.source[range.clone()]) {
            self.problem(
                self.lines.at(range.start + at),
                "a picture in HTML is compared with nothing: write \
                 `![what it shows](PATH)`, as a paragraph",
            );
        }
    }

    /// Fences that Markdown takes for text: they would look like a cell or an
    /// output in the source, and never be checked.
    fn stray_fences(&mut self) {
        let blocks = std::mem::take(&mut self.blocks);
        for (index, row) in self.source.lines().enumerate() {
            let line = index + 1;
            let block = blocks.iter().find(|(lines, _)| lines.contains(&line));
            let advice = match block.map(|(_, lot)| lot) {
                Some(Lot::Fenced | Lot::Endless) => continue,
                Some(Lot::Indented) => {
                    "this fence is indented by four spaces or more, so \
                     Markdown takes it for text, not for a fence: indent it \
                     less"
                }
                Some(Lot::Html) => {
                    "this fence is inside an HTML block, so Markdown takes it \
                     for text: leave a blank line before it"
                }
                Some(Lot::Comment) => {
                    "this fence is in a comment, where nothing checks it: \
                     remove it, or tag the cell `ignore (why)` and show it"
                }
                None => {
                    "this looks like a fence, and Markdown takes it for text: \
                     a fence is three backticks or more, and no backtick \
                     comes after them"
                }
            };
            if is_fence_of_ours(row) || is_broken_fence(row) {
                self.problem(line, advice);
            }
        }
    }

    fn fenced(
        &mut self,
        info: &str,
        content: String,
        range: Range<usize>,
        before: Before,
    ) -> Before {
        let line = self.lines.at(range.start);
        let fence = match Fence::parse(info) {
            Ok(fence) => fence,
            Err(message) => {
                self.problem(line, message);
                return Before::Broken;
            }
        };
        let end_line = self.lines.at(range.end.max(1) - 1);
        let block = Block {
            content,
            range,
            line,
            end_line,
        };
        if let Err(message) = self.check_shape(&block) {
            if fence != Fence::Prose || message.contains("never closed") {
                self.problem(line, message);
            }
            return Before::Broken;
        }
        match fence {
            Fence::Prose => {
                self.prose(&block, before);
                Before::Nothing
            }
            Fence::Excerpt(from) => {
                self.excerpt(from, &block);
                Before::Excerpt
            }
            Fence::Output => self.output(&block, before),
            Fence::Cell(tags) => {
                let part = tags.part.filter(|it| *it != Part::Solution);
                self.cell(tags, &block);
                part.map_or(Before::Cell, Before::Part)
            }
        }
    }

    /// A block that is none of ours, and holds none of ours: where a fence
    /// lacks a backtick, the next one that ends a block begins one.
    fn prose(&mut self, block: &Block, before: Before) {
        let Block { line, content, .. } = block;
        if let Before::Cell = before {
            self.problem(
                *line,
                "a block right after a cell is its output: tag it `text`, or \
                 write a sentence between",
            );
        }
        let fence = self.fence(block);
        for (offset, row) in content.lines().enumerate() {
            if is_fence_of_ours(row) && row.trim_start().starts_with(fence) {
                self.problem(
                    line + 1 + offset,
                    format!(
                        "a fence inside the block that opens at line {line}: \
                         does a fence above it lack a backtick? A block that \
                         is to show fences opens with a longer one"
                    ),
                );
            }
        }
    }

    /// The marks that open a block.
    fn fence(&self, block: &Block) -> &'a str {
        let open = &self.source[block.range.start..];
        let mark = open.chars().next().unwrap_or('`');
        &open[..open.len() - open.trim_start_matches(mark).len()]
    }

    /// Whether the block is closed and its lines are the page's.
    fn check_shape(&self, block: &Block) -> Result<(), String> {
        let fence = self.fence(block);
        let last = without_end(self.lines.get(block.end_line))
            .trim_start_matches(['>', ' ', '\t'])
            .trim_end();
        let is_closed = block.end_line > block.line
            && last.starts_with(fence)
            && last.chars().all(|c| fence.contains(c));
        if !is_closed {
            return Err(format!(
                "this block is never closed: end it with a line of {fence}"
            ));
        }
        if lines(&block.content).len() == block.end_line - block.line - 1 {
            Ok(())
        } else {
            Err(
                "this block's lines cannot be told apart: write it outside of \
                 the list or quotation that it stands in"
                    .into(),
            )
        }
    }

    fn cell(&mut self, tags: Tags, block: &Block) {
        let line = block.line;
        if block.content.trim().is_empty() {
            self.problem(line, "an empty cell");
        }
        for name in &tags.needs {
            if !self.config.data.contains_key(name) {
                let known: Vec<_> =
                    self.config.data.keys().map(String::as_str).collect();
                let known = match known.as_slice() {
                    [] => "it declares none".to_owned(),
                    names => format!("it declares {}", names.join(", ")),
                };
                self.problem(
                    line,
                    format!(
                        "`needs-{name}`: book.toml declares no data set \
                         `{name}` under [preprocessor.cells.data]; {known}"
                    ),
                );
            }
        }
        let code = self.code(block);
        for row in &code {
            if declares_main(&row.text) {
                self.problem(
                    row.line,
                    "`fn main` in a cell is never called: a cell's lines run \
                     by themselves, from top to bottom",
                );
            }
        }
        let is_shown = matches!(tags.part, None | Some(Part::Solution));
        self.number += usize::from(is_shown);
        let cell = Cell {
            number: self.number,
            line,
            end_line: block.end_line,
            range: block.range.clone(),
            code,
            tags,
            output: None,
            pictures: Vec::new(),
            anchor: String::new(),
        };
        let section = self.sections.len().saturating_sub(1);
        match self.sections.last_mut() {
            Some(_) if !is_shown => {
                self.parts.entry(section).or_default().push(cell);
            }
            Some(section) => {
                section.needs.extend(cell.tags.needs.iter().cloned());
                section.cells.push(cell);
            }
            None => self.problem(
                line,
                "a cell above the page's title: begin the page with a line \
                 `# Title`",
            ),
        }
    }

    /// A cell's lines as they are compiled.
    fn code(&mut self, block: &Block) -> Vec<CodeLine> {
        let mut code = Vec::new();
        for (offset, row) in lines(&block.content).into_iter().enumerate() {
            let line = block.line + 1 + offset;
            let mut includes =
                Includes::new(self.root, self.path, &mut self.sources);
            match includes.expand(row) {
                Ok(None) => {
                    let (text, hidden) = unhide(row);
                    code.push(CodeLine { line, text, hidden });
                }
                Ok(Some(rows)) => {
                    code.extend(rows.into_iter().map(|(row, shown)| {
                        let (text, hidden) = unhide(&row);
                        let hidden = hidden || !shown;
                        CodeLine { line, text, hidden }
                    }));
                }
                Err(message) => self.problem(line, message),
            }
        }
        code
    }

    fn excerpt(&mut self, from: PathBuf, block: &Block) {
        self.sources.insert(from.clone());
        let rows: Vec<String> = lines(&block.content)
            .into_iter()
            .map(|row| unhide(row).0)
            .collect();
        let found = std::fs::read_to_string(self.root.join(&from))
            .map_err(|error| (0, format!("cannot be read: {error}")))
            .and_then(|file| excerpt::find(&rows, &file));
        if let Err((offset, message)) = found {
            let file = slashed(&from);
            let line = if offset == 0 {
                block.line
            } else {
                block.line + offset
            };
            self.problem(line, format!("the excerpt of {file}: {message}"));
        }
        self.excerpts.push(Excerpt {
            line: block.line,
            end_line: block.end_line,
            range: block.range.clone(),
            from,
        });
    }

    fn output(&mut self, block: &Block, before: Before) -> Before {
        let kind = self
            .sections
            .last()
            .and_then(|section| section.cells.last())
            .map(|cell| cell.tags.kind.clone());
        let refusal = match (before, kind) {
            (Before::Broken, _) => return Before::Nothing,
            (
                Before::Cell,
                Some(kind @ (Kind::NoRun | Kind::Ignore { .. })),
            ) => {
                format!(
                    "an output under a cell that is tagged `{kind}`: it can \
                     never be checked"
                )
            }
            (Before::Cell, _) => {
                let output = Output {
                    line: block.line,
                    end_line: block.end_line,
                    range: block.range.clone(),
                    lines: lines(&block.content)
                        .into_iter()
                        .map(str::to_owned)
                        .collect(),
                };
                if let Some(cell) = self
                    .sections
                    .last_mut()
                    .and_then(|section| section.cells.last_mut())
                {
                    cell.output = Some(output);
                }
                return Before::Output;
            }
            (Before::Excerpt, _) => "an output under an excerpt, which is \
                compared with its file but not run: it can never be checked"
                .to_owned(),
            (Before::Part(part), _) => format!(
                "an output under a cell that is tagged `{part}`: it is run \
                 with the check of its exercise, and never shown"
            ),
            (
                Before::Picture(Owner::Cell) | Before::Caption(Owner::Cell),
                _,
            ) => "an output below a picture: it comes right after its cell, \
                and the cell's pictures come after it"
                .to_owned(),
            _ => "an output with no cell before it: a `text` block comes \
                right after its cell; a block without a language is not \
                checked"
                .to_owned(),
        };
        self.problem(block.line, refusal);
        Before::Nothing
    }

    /// Includes outside of cells bring text that mdBook shows: it must not
    /// bring cells that nobody checks.
    fn includes_in_prose(&mut self) {
        let in_a_cell: Vec<Range<usize>> = self
            .sections
            .iter()
            .flat_map(|section| &section.cells)
            .chain(self.parts.values().flatten())
            .map(|cell| cell.line..cell.end_line)
            .collect();
        for (index, row) in self.source.lines().enumerate() {
            let line = index + 1;
            if in_a_cell.iter().any(|cell| cell.contains(&line)) {
                continue;
            }
            let mut includes =
                Includes::new(self.root, self.path, &mut self.sources);
            match includes.expand(row) {
                Ok(Some(rows))
                    if rows.iter().any(|(row, _)| is_fence_of_ours(row)) =>
                {
                    self.problem(
                        line,
                        "this include brings a cell or an output, which would \
                         not be checked: write it on the page",
                    );
                }
                Err(message) => self.problem(line, message),
                Ok(_) => {}
            }
        }
    }

    /// An output under cells that cannot print it.
    fn silent_outputs(&mut self) {
        let mut silent = Vec::new();
        for section in &self.sections {
            let mut can_print = false;
            for cell in &section.cells {
                can_print |= cell.code.iter().any(|row| may_print(&row.text))
                    || value::range(&cell.text()).is_some();
                if let Some(output) = &cell.output
                    && cell.tags.kind == Kind::Run
                    && !can_print
                {
                    silent.push((output.line, cell.line));
                }
            }
        }
        for (line, cell) in silent {
            self.problem(
                line,
                format!(
                    "an output, but neither the cell at line {cell} nor any \
                     above it in its section can print: they call nothing and \
                     end in no value"
                ),
            );
        }
    }

    /// Cells that should panic, where nothing says with which message: any
    /// other panic would do.
    fn unshown_panics(&mut self) {
        let is_unshown = |cell: &&Cell| {
            cell.tags.kind == Kind::ShouldPanic && cell.output.is_none()
        };
        let cells = self.sections.iter().flat_map(|section| &section.cells);
        let unshown: Vec<_> = cells
            .filter(is_unshown)
            .map(|cell| (cell.line, cell.end_line))
            .collect();
        let bless = self.config.bless.clone();
        for (line, end_line) in unshown {
            self.problem(
                line,
                format!(
                    "a cell that should panic shows the message of its panic: \
                     add an empty `text` block right after line {end_line}, \
                     then run `{bless}`"
                ),
            );
        }
    }

    /// Two cells of one name, which is one address.
    fn repeated_names(&mut self) {
        let mut names: BTreeMap<&str, usize> = BTreeMap::new();
        let mut repeated = Vec::new();
        for cell in self.sections.iter().flat_map(|section| &section.cells) {
            let Some(name) = &cell.tags.name else {
                continue;
            };
            match names.get(name.as_str()) {
                None => drop(names.insert(name, cell.line)),
                Some(first) => repeated.push((cell.line, name.clone(), *first)),
            }
        }
        for (line, name, first) in repeated {
            self.problem(
                line,
                format!(
                    "`name={name}` is the name of the cell at line {first}: \
                     give this one another"
                ),
            );
        }
    }
}
