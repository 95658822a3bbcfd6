//! The words after the three backticks: what a fence is, and what is asked
//! of the cell in it.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

use crate::cell::{Kind, Part, Tags};
use crate::config::is_name;

/// How long a cell may run that does not say `timeout-SECONDS`.
pub const TIME_LIMIT: Duration = Duration::from_mins(1);

/// Tags that mdBook reads and that change nothing here.
const HARMLESS: [&str; 3] = ["editable", "noplayground", "mdbook-runnable"];

/// Tags, or what they begin with, that no other language has.
const OURS: [&str; 6] = [
    "should_panic",
    "compile_fail",
    "no_run",
    "needs-",
    "timeout-",
    "from=",
];

const KNOWN: &str = "should_panic, compile_fail with an error code \
    (`rust,compile_fail,E0382`), no_run, ignore (reason), needs-NAME, \
    timeout-SECONDS, name=NAME, from=PATH, of an exercise starter, check, wrong, \
    solution, editable, noplayground, mdbook-runnable";

/// What a fenced block is, judged by its first line.
#[derive(Debug, PartialEq)]
pub(crate) enum Fence {
    Cell(Tags),
    /// Lines of a file of the project, `rust,from=PATH`.
    Excerpt(PathBuf),
    Output,
    /// Any other block: the text's own business.
    Prose,
}

/// A word of an info string, with the parenthesised comment that follows it.
#[derive(Debug, Default)]
struct Word {
    text: String,
    comment: Option<String>,
}

impl Fence {
    /// Reads an info string.
    ///
    /// # Errors
    ///
    /// What is wrong with it, and the way out.
    pub(crate) fn parse(info: &str) -> Result<Fence, String> {
        let words = words(info)?;
        let Some((language, tags)) = words.split_first() else {
            return Ok(Fence::Prose);
        };
        match language.text.as_str() {
            "rust" => cell(tags),
            "text" => match tags.first() {
                None => Ok(Fence::Output),
                Some(tag) => Err(format!(
                    "an output takes no tags, found `{}`: write `text` alone",
                    tag.text
                )),
            },
            other => prose(other, tags).map(|()| Fence::Prose),
        }
    }
}

fn words(info: &str) -> Result<Vec<Word>, String> {
    let mut words: Vec<Word> = Vec::new();
    let mut rest = info;
    while let Some(start) = rest.find(|c| !is_separator(c)) {
        rest = &rest[start..];
        if let Some(comment) = rest.strip_prefix('(') {
            let (comment, after) = comment
                .rsplit_once(')')
                .ok_or("a `(` without its `)` in the tags")?;
            let word = words.last_mut().ok_or("a comment before any tag")?;
            word.comment = Some(comment.trim().to_owned());
            rest = after;
        } else {
            let end = rest
                .find(|c| is_separator(c) || c == '(')
                .unwrap_or(rest.len());
            words.push(Word {
                text: rest[..end].to_owned(),
                comment: None,
            });
            rest = &rest[end..];
        }
    }
    Ok(words)
}

fn is_separator(c: char) -> bool {
    c == ',' || c.is_whitespace()
}

/// A block of another language is left alone, unless it looks like a cell or
/// an output that was misspelt: that would go untested in silence.
fn prose(language: &str, tags: &[Word]) -> Result<(), String> {
    let plain = |text: &str| {
        text.trim_matches(|c: char| !c.is_alphanumeric())
            .to_lowercase()
    };
    // A word that a comma or a space has cut in two is one.
    let next = tags.first().map_or("", |tag| &tag.text);
    let readings = [plain(language), plain(language) + &plain(next)];
    for (meant, aliases) in
        [("rust", ["rs", "rustlang"].as_slice()), ("text", &["txt"])]
    {
        if readings.iter().any(|word| {
            aliases.contains(&word.as_str())
                || strsim::osa_distance(word, meant) <= 1
        }) {
            return Err(format!(
                "a block of the language `{language}` is not checked: is this \
                 meant to be `{meant}`? If not, give the language its longer \
                 name, such as `latex`"
            ));
        }
    }
    // `rustno_run` lacks a comma; `gitignore` is a language.
    let is_ours = |word: &str| {
        let is_run_on = word.starts_with("rust");
        matches!(word, "rust" | "ignore")
            || OURS.iter().any(|tag| word.contains(tag))
            || is_run_on && (word.contains("ignore") || word.contains("name="))
            || is_run_on && word.contains("starter")
            || is_run_on && HARMLESS.iter().any(|tag| word.contains(tag))
    };
    let mut all = std::iter::once(language)
        .chain(tags.iter().map(|tag| tag.text.as_str()));
    match all.find(|word| is_ours(word)) {
        Some(word) => Err(format!(
            "`{word}` is for cells, and a cell's tags begin with `rust`, found \
             `{language}`"
        )),
        None => Ok(()),
    }
}

fn cell(words: &[Word]) -> Result<Fence, String> {
    let mut kinds: Vec<Kind> = Vec::new();
    let mut codes: Vec<String> = Vec::new();
    let mut from = None;
    let mut needs = BTreeSet::new();
    let mut limit = None;
    let mut name = None;
    let mut parts: Vec<Part> = Vec::new();
    let mut seen = BTreeSet::new();
    for Word { text: tag, comment } in words {
        if !seen.insert(tag) {
            return Err(format!("the tag `{tag}` is there twice"));
        }
        if comment.is_some() && tag != "ignore" {
            return Err(format!(
                "only `ignore` takes a comment, found one after `{tag}`"
            ));
        }
        match tag.as_str() {
            "should_panic" => kinds.push(Kind::ShouldPanic),
            "no_run" => kinds.push(Kind::NoRun),
            "compile_fail" => kinds.push(Kind::CompileFail {
                code: String::new(),
            }),
            "ignore" => kinds.push(ignore(comment.as_deref())?),
            "starter" | "check" | "wrong" | "solution" => {
                parts.extend(Part::named(tag));
            }
            _ if HARMLESS.contains(&tag.as_str()) => {}
            _ if is_error_code(tag) => codes.push(tag.clone()),
            _ if tag.starts_with("edition") => {
                return Err(format!(
                    "`{tag}`: every cell of a book is compiled with the one \
                     edition that skeptic uses, 2021"
                ));
            }
            _ => match tag.split_once(['-', '=']) {
                Some(("needs", name)) if !name.is_empty() => {
                    needs.insert(name.to_owned());
                }
                Some(("timeout", seconds)) if limit.is_none() => {
                    limit = Some(time_limit(seconds)?);
                }
                Some(("name", text)) if tag.contains('=') => {
                    if name.is_some() {
                        return Err(format!(
                            "the name `{text}` is a second one: a cell has \
                             one address"
                        ));
                    }
                    name = Some(cell_name(text)?);
                }
                Some(("from", path)) if tag.contains('=') => {
                    from = Some(path);
                }
                _ => return Err(unknown(tag)),
            },
        }
    }
    if let Some(path) = from {
        return if words.len() == 1 {
            excerpt(path)
        } else {
            Err(
                "an excerpt, `from=PATH`, takes no other tag: it is compared \
                 with its file, not run"
                    .into(),
            )
        };
    }
    if let [one, other, ..] = kinds.as_slice() {
        return Err(format!("`{one}` and `{other}` contradict each other"));
    }
    let part = part(&parts, kinds.first(), name.is_some())?;
    let kind = kinds.pop().unwrap_or(Kind::Run);
    let kind = match (kind, codes.as_slice()) {
        (Kind::CompileFail { .. }, [code]) => {
            Kind::CompileFail { code: code.clone() }
        }
        (Kind::CompileFail { .. }, _) => {
            return Err("`compile_fail` needs the one error code that the \
                        compiler must give, as in `rust,compile_fail,E0382`"
                .into());
        }
        (_, [code, ..]) => {
            return Err(format!(
                "the error code `{code}` without `compile_fail`"
            ));
        }
        (kind, []) => kind,
    };
    if limit.is_some() && !kind.is_run() {
        return Err(format!("a time limit, but `{kind}` is never run"));
    }
    Ok(Fence::Cell(Tags {
        kind,
        limit: limit.unwrap_or(TIME_LIMIT),
        needs,
        name,
        part,
    }))
}

/// What a cell is to an exercise.
fn part(
    parts: &[Part],
    kind: Option<&Kind>,
    has_name: bool,
) -> Result<Option<Part>, String> {
    match (parts, kind) {
        ([], _) => Ok(None),
        ([one, other, ..], _) => {
            Err(format!("`{one}` and `{other}` contradict each other"))
        }
        ([part], Some(kind)) => Err(format!(
            "`{part}` and `{kind}` contradict each other: it is run with the \
             exercise's check"
        )),
        ([part], None) if has_name && *part != Part::Solution => Err(format!(
            "a name, but a `{part}` has its exercise's address, or none"
        )),
        ([part], None) => Ok(Some(*part)),
    }
}

fn cell_name(name: &str) -> Result<String, String> {
    if is_name(name) {
        Ok(name.to_owned())
    } else {
        Err(format!(
            "`name={name}`: a name has only a-z, 0-9 and `-`, for it becomes \
             a part of the page's address"
        ))
    }
}

fn ignore(reason: Option<&str>) -> Result<Kind, String> {
    match reason {
        Some(reason) if !reason.is_empty() => Ok(Kind::Ignore {
            reason: reason.to_owned(),
        }),
        _ => Err("`ignore` needs its reason, as in `rust,ignore (why it \
                  cannot be checked)`"
            .into()),
    }
}

fn is_error_code(tag: &str) -> bool {
    tag.strip_prefix('E').is_some_and(|digits| {
        digits.len() == 4 && digits.bytes().all(|byte| byte.is_ascii_digit())
    })
}

fn time_limit(seconds: &str) -> Result<Duration, String> {
    match seconds.parse() {
        Ok(seconds) if seconds > 0 && seconds <= 86_400 => {
            Ok(Duration::from_secs(seconds))
        }
        _ => Err(format!(
            "`timeout-{seconds}`: expected whole seconds, 1 to 86400, as in \
             `timeout-300`"
        )),
    }
}

fn excerpt(path: &str) -> Result<Fence, String> {
    if crate::config::is_inside(path) {
        Ok(Fence::Excerpt(PathBuf::from(path)))
    } else {
        Err(format!(
            "`from={path}`: expected a file inside the book's root, as in \
             `from=src/lib.rs`"
        ))
    }
}

fn unknown(tag: &str) -> String {
    // The tags that end in `-` or `=` are only compared as far as they go.
    let distance = |known: &str| {
        let stem = tag
            .get(..known.len())
            .filter(|_| known.ends_with(['-', '=']));
        strsim::osa_distance(stem.unwrap_or(tag), known)
    };
    let nearest = [
        "should_panic",
        "compile_fail",
        "no_run",
        "ignore",
        "needs-",
        "timeout-",
        "name=",
        "from=",
        "starter",
        "check",
        "wrong",
        "solution",
    ]
    .into_iter()
    .chain(HARMLESS)
    .min_by_key(|known| distance(known))
    .filter(|known| distance(known) <= 3);
    let hint = match nearest {
        Some(known) => format!("; did you mean `{known}`?"),
        None => ".".to_owned(),
    };
    format!("unknown tag `{tag}`{hint} The tags of a cell are: {KNOWN}")
}
