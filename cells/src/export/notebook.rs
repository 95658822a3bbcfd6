//! A page as the cells of a notebook that evcxr can run.

use std::collections::BTreeSet;
use std::io;
use std::ops::RangeInclusive;
use std::path::Path;
use std::process::{Command, Output};

use super::names::Names;
use super::probe::{Variable, unkept};
use super::program::statements;
use crate::live::{Edits, Libraries, edited};
use crate::{Cell, Kind, Page, Section};

/// A page for evcxr, which compiles one cell at a time, and keeps variables
/// from one to the next only if they borrow nothing and their type has a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notebook {
    /// What each of the page's cells becomes, from top to bottom.
    pub parts: Vec<Part>,
}

/// What a cell of a page becomes in a notebook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// A cell that runs.
    Code {
        /// Its text, with those of the cells that it was joined with.
        text: String,
        /// How many of the page's cells above it, and itself, it is made of.
        count: usize,
        /// Whether it is one that must panic, or not compile.
        fails: bool,
    },
    /// A text, for it is part of a cell further down.
    Joined {
        /// The variables that the two have in common, and evcxr cannot keep.
        variables: Vec<String>,
    },
    /// A text, for it is not to run, or evcxr cannot run it.
    Shown,
}

impl Notebook {
    /// Divides a page, as a reader has changed it, into what evcxr can run.
    ///
    /// Which variables it can keep is asked of the compiler, which `start`
    /// starts, and so is a program that calls no cell; both write into the
    /// `folder` alone, where libraries are kept as for
    /// [`compile`](crate::live::compile).
    ///
    /// # Errors
    ///
    /// If the compiler cannot be run, or fails without a word on the program.
    pub fn new(
        page: &Page,
        edits: &Edits,
        libraries: &Libraries,
        folder: &Path,
        start: &mut dyn FnMut(Command) -> io::Result<Output>,
    ) -> io::Result<Notebook> {
        let sections: Vec<Divided> = page
            .sections
            .iter()
            .map(|section| Divided::new(section, edits))
            .collect();
        let asked: Vec<(Vec<String>, Vec<Variable>)> =
            sections.iter().map(Divided::asked).collect();
        let unkept = unkept(&asked, libraries, folder, start)?;
        let parts = sections.iter().zip(&unkept);
        Ok(Notebook {
            parts: parts.flat_map(|(it, unkept)| it.parts(unkept)).collect(),
        })
    }
}

/// A section's cells as a reader has changed them.
struct Divided {
    cells: Vec<(Cell, bool, Names)>,
}

impl Divided {
    fn new(section: &Section, edits: &Edits) -> Divided {
        let cells = section.cells.iter().map(|cell| {
            let is_changed = edits.contains_key(&cell.anchor);
            let cell = edited(cell, edits);
            let names = Names::of(&cell.text());
            (cell, is_changed, names)
        });
        Divided {
            cells: cells.collect(),
        }
    }

    /// The cells that run, with their places.
    fn running(&self) -> impl Iterator<Item = (usize, &Names)> {
        let cells = self.cells.iter().enumerate();
        cells
            .filter(|(_, (cell, ..))| cell.tags.kind == Kind::Run)
            .map(|(at, (.., names))| (at, names))
    }

    /// What the compiler is asked of: the texts of the cells that run, and
    /// their variables.
    fn asked(&self) -> (Vec<String>, Vec<Variable>) {
        let texts = self.running().map(|(at, _)| self.statements(at));
        let variables = self.running().enumerate().flat_map(|(at, (_, it))| {
            it.variables.iter().map(move |name| (at, name.clone()))
        });
        (texts.collect(), variables.collect())
    }

    fn statements(&self, at: usize) -> String {
        let (cell, is_changed, _) = &self.cells[at];
        statements(cell, *is_changed)
    }

    fn parts(&self, unkept: &BTreeSet<Variable>) -> Vec<Part> {
        let running: Vec<(usize, &Names)> = self.running().collect();
        let variables = |at: usize| {
            unkept
                .iter()
                .filter(move |(cell, _)| *cell == at)
                .map(|(_, name)| name)
        };
        // The last of the cells that run which uses a cell's variable.
        let last_use = |at: usize, name: &String| {
            let mut last = at;
            for (place, (_, names)) in running.iter().enumerate().skip(at + 1) {
                if names.used.contains(name) {
                    last = place;
                }
                if names.variables.contains(name) {
                    break;
                }
            }
            last
        };
        let mut parts = vec![Part::Shown; self.cells.len()];
        let mut groups: Vec<(RangeInclusive<usize>, BTreeSet<String>)> =
            Vec::new();
        let mut first = 0;
        while first < running.len() {
            let mut last = first;
            let mut common = BTreeSet::new();
            let mut at = first;
            while at <= last {
                for name in variables(at) {
                    let until = last_use(at, name);
                    if until > at {
                        common.insert(name.clone());
                    }
                    last = last.max(until);
                }
                at += 1;
            }
            let group = &running[first..=last];
            // Of several that have one name, the last is there at the end.
            let is_there = |at: usize, name: &String| {
                let below = &running[at + 1..=last];
                !below.iter().any(|(_, it)| it.variables.contains(name))
            };
            let let_go: BTreeSet<&String> = (first..=last)
                .flat_map(|at| {
                    variables(at).filter(move |name| is_there(at, name))
                })
                .collect();
            let mut gone =
                groups.last().map_or(BTreeSet::new(), |it| it.1.clone());
            for (_, names) in group {
                gone.retain(|name| !names.variables.contains(name));
            }
            gone.extend(let_go.iter().map(|name| (*name).clone()));
            let places: Vec<usize> = group.iter().map(|it| it.0).collect();
            let text = self.joined(&places, &let_go);
            let (end, above) = places.split_last().unwrap_or((&0, &[]));
            for place in above {
                let variables = common.iter().cloned().collect();
                parts[*place] = Part::Joined { variables };
            }
            parts[*end] = Part::Code {
                text,
                count: group.len(),
                fails: false,
            };
            groups.push((places[0]..=*end, gone));
            first = last + 1;
        }
        for (place, part) in parts.iter_mut().enumerate() {
            // What a cell between those of a group sees is not there yet.
            if groups.iter().any(|(group, _)| group.contains(&place)) {
                continue;
            }
            let above = groups.iter().rev().find(|it| *it.0.end() < place);
            let none = BTreeSet::new();
            let lost = above.map_or(&none, |(_, lost)| lost);
            if let Some(text) = self.failing(place, lost) {
                *part = Part::Code {
                    text,
                    count: 1,
                    fails: true,
                };
            }
        }
        parts
    }

    /// Cells as one, which lets go at its end of what cannot be kept.
    fn joined(&self, places: &[usize], let_go: &BTreeSet<&String>) -> String {
        let (last, above) = places.split_last().unwrap_or((&0, &[]));
        let mut texts: Vec<String> =
            above.iter().map(|at| self.statements(*at)).collect();
        if let_go.is_empty() {
            texts.push(self.cells[*last].0.text());
        } else {
            texts.push(self.statements(*last));
            let lines = let_go.iter().map(|name| format!("let {name} = ();"));
            let lines: Vec<String> = lines.collect();
            let lines = lines.join("\n");
            texts.push(format!("// evcxr cannot keep this.\n{lines}"));
        }
        texts.join("\n\n")
    }

    /// The text of a cell that must fail, if evcxr can show it: a panic takes
    /// the variables with it that the cell names.
    fn failing(&self, place: usize, lost: &BTreeSet<String>) -> Option<String> {
        let (cell, _, names) = &self.cells[place];
        if !lost.is_disjoint(&names.used) {
            return None;
        }
        let can_be = match cell.tags.kind {
            Kind::CompileFail { .. } => true,
            Kind::ShouldPanic => {
                let (above, below): (Vec<_>, Vec<_>) =
                    self.running().partition(|(at, _)| *at < place);
                let above = above.iter().flat_map(|it| &it.1.variables);
                let mut common = above.filter(|it| names.used.contains(*it));
                !common.any(|it| below.iter().any(|(_, b)| b.used.contains(it)))
            }
            _ => false,
        };
        can_be.then(|| cell.text())
    }
}
