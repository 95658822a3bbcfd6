//! mdBook's includes, which skeptic knows nothing of.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Component, Path, PathBuf};

use crate::problem::slashed;

/// Expands the includes of one page.
pub(crate) struct Includes<'a> {
    root: &'a Path,
    page: &'a Path,
    sources: &'a mut BTreeSet<PathBuf>,
}

/// Lines of an included file, each with whether the reader sees it.
type Rows = Vec<(String, bool)>;

impl<'a> Includes<'a> {
    /// For a page given relative to the root; the files that it includes are
    /// added to `sources`.
    pub(crate) fn new(
        root: &'a Path,
        page: &'a Path,
        sources: &'a mut BTreeSet<PathBuf>,
    ) -> Includes<'a> {
        Includes {
            root,
            page,
            sources,
        }
    }

    /// The lines that stand for `row` if it holds an include.
    ///
    /// # Errors
    ///
    /// Why the include cannot be resolved.
    pub(crate) fn expand(&mut self, row: &str) -> Result<Option<Rows>, String> {
        let mut rest = row;
        while let Some(start) = rest.find("{{") {
            let (before, directive) = rest.split_at(start);
            // mdBook takes an escape to be as long as can be.
            if before.ends_with('\\') && directive.starts_with("{{#") {
                break;
            }
            let Some(end) = directive.find("}}") else {
                break;
            };
            let (directive, after) = directive.split_at(end + 2);
            let inner = directive[2..end].trim_start();
            if let Some(inner) = inner.strip_prefix('#') {
                let (name, argument) = inner
                    .split_once(char::is_whitespace)
                    .unwrap_or((inner, ""));
                let is_alone = row.trim() == directive;
                if let Some(rows) =
                    self.directive(name, argument.trim(), is_alone)?
                {
                    return Ok(Some(rows));
                }
                rest = after;
            } else {
                rest = &rest[start + 1..];
            }
        }
        Ok(None)
    }

    fn directive(
        &mut self,
        name: &str,
        argument: &str,
        is_alone: bool,
    ) -> Result<Option<Rows>, String> {
        match name {
            "include" | "rustdoc_include" => {}
            "playground" => {
                return Err("`{{#playground ...}}` brings code that is not \
                            checked: write a cell with `{{#include ...}}`"
                    .into());
            }
            _ => return Ok(None),
        }
        if !is_alone {
            return Err(format!(
                "`{{{{#{name} ...}}}}` needs a line of its own"
            ));
        }
        let failed =
            |message| format!("`{{{{#{name} {argument}}}}}`: {message}");
        let (path, wanted) = argument.split_once(':').unwrap_or((argument, ""));
        let text = self.read(path).map_err(failed)?;
        let shown = select(&text, wanted).map_err(failed)?;
        let rows = text.lines().enumerate().filter_map(|(index, row)| {
            let is_shown = shown.contains(&index);
            let is_kept = name == "rustdoc_include" || is_shown;
            (is_kept && !is_anchor(row)).then(|| (row.to_owned(), is_shown))
        });
        Ok(Some(rows.collect()))
    }

    fn read(&mut self, path: &str) -> Result<String, String> {
        let folder = self.page.parent().unwrap_or(Path::new(""));
        let path = resolve(&folder.join(path)).ok_or("it leaves the book")?;
        let text = fs::read_to_string(self.root.join(&path))
            .map_err(|error| format!("{}: {error}", slashed(&path)))?;
        self.sources.insert(path);
        Ok(text)
    }
}

/// A relative path without `.` and `..`, or nothing if it climbs too high.
pub(crate) fn resolve(path: &Path) -> Option<PathBuf> {
    let mut resolved = PathBuf::new();
    for part in path.components() {
        match part {
            Component::Normal(part) => resolved.push(part),
            Component::CurDir => {}
            Component::ParentDir => {
                if !resolved.pop() {
                    return None;
                }
            }
            Component::RootDir | Component::Prefix(_) => return None,
        }
    }
    Some(resolved)
}

fn is_anchor(row: &str) -> bool {
    row.contains("ANCHOR:") || row.contains("ANCHOR_END:")
}

/// The lines, from 0, that the part after the path asks for.
fn select(text: &str, wanted: &str) -> Result<std::ops::Range<usize>, String> {
    let count = text.lines().count();
    if wanted.is_empty() {
        return Ok(0..count);
    }
    let number = |part: &str| part.parse::<usize>().ok();
    let (first, last) = match wanted.split_once(':') {
        None => match number(wanted) {
            Some(line) => (line, line),
            None => return anchor(text, wanted),
        },
        Some((first, last)) => (
            if first.is_empty() {
                Some(1)
            } else {
                number(first)
            }
            .ok_or_else(|| format!("`{first}` is not a line"))?,
            if last.is_empty() {
                Some(count)
            } else {
                number(last)
            }
            .ok_or_else(|| format!("`{last}` is not a line"))?,
        ),
    };
    if 1 <= first && first <= last && last <= count {
        Ok(first - 1..last)
    } else {
        Err(format!("no lines {first} to {last}: the file has {count}"))
    }
}

fn anchor(text: &str, name: &str) -> Result<std::ops::Range<usize>, String> {
    let find = |mark: &str| {
        text.lines().position(|row| {
            row.split_once(mark)
                .is_some_and(|(_, found)| found.trim() == name)
        })
    };
    match (find("ANCHOR:"), find("ANCHOR_END:")) {
        (Some(start), Some(end)) if start < end => Ok(start + 1..end),
        _ => Err(format!(
            "no `ANCHOR: {name}` and `ANCHOR_END: {name}` in the file"
        )),
    }
}
