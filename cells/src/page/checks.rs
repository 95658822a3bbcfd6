//! What a line of a page gives away.

use crate::tags::Fence;

/// Where a carriage return is no part of a line's end.
pub(super) fn lone_carriage_return(text: &str) -> Option<usize> {
    text.match_indices('\r')
        .map(|(at, _)| at)
        .find(|at| text.as_bytes().get(at + 1) != Some(&b'\n'))
}

/// Whether a line opens a fence that is, or was meant to be, a cell or an
/// output.
pub(super) fn is_fence_of_ours(line: &str) -> bool {
    let line = line.trim_start();
    let info = line.trim_start_matches(['`', '~']);
    (line.starts_with("```") || line.starts_with("~~~"))
        && !matches!(Fence::parse(info), Ok(Fence::Prose))
}

/// Whether a line that Markdown takes for text is a fence of ours but for one
/// character: it lacks a backtick, or has one among its tags.
pub(super) fn is_broken_fence(line: &str) -> bool {
    let line = line.trim_start_matches(|c: char| {
        c.is_whitespace() || c.is_ascii_digit() || ">-*+.)".contains(c)
    });
    let is_short_of_one = |mark: char| {
        [2, 3].into_iter().any(|length| {
            let end = line.char_indices().nth(length);
            let (head, rest) = line.split_at(end.map_or(line.len(), |it| it.0));
            let word = rest.trim_start_matches(mark);
            head.matches(mark).count() >= 2
                && ["rust", "text"].iter().any(|language| {
                    word.strip_prefix(language).is_some_and(|rest| {
                        rest.is_empty()
                            || rest.starts_with(|c: char| {
                                c == ',' || c.is_whitespace()
                            })
                    })
                })
        })
    };
    let is_whole = line.starts_with("```") && line.contains(|c| c != '`');
    is_whole || is_short_of_one('`') || is_short_of_one('~')
}

/// Whether a line of a cell begins `fn main`.
pub(super) fn declares_main(row: &str) -> bool {
    let mut words = row
        .split(|c: char| c.is_whitespace() || c == '(' || c == '{')
        .filter(|word| !word.is_empty())
        .skip_while(|word| matches!(*word, "pub" | "async" | "unsafe"));
    words.next() == Some("fn") && words.next() == Some("main")
}

/// Whether a line of a cell might print: it names something that says so, or
/// calls anything but a constructor.
pub(super) fn may_print(row: &str) -> bool {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let says_so = |word: &str| {
        let word = word.to_lowercase();
        ["print", "show", "write", "display", "dbg", "stdout"]
            .iter()
            .any(|stem| word.contains(stem))
    };
    let is_call = |at: usize| {
        let (before, rest) = row.split_at(at);
        let name = before.trim_end_matches(is_word).len();
        !rest.starts_with("!=")
            && (before.ends_with('>')
                || before[name..].starts_with(|c: char| !c.is_uppercase()))
    };
    row.split(|c| !is_word(c)).any(says_so)
        || row.match_indices(['(', '!']).any(|(at, _)| is_call(at))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_main_function_is_seen() {
        for row in ["fn main() {", "  pub async fn main()", "fn main(){}"] {
            assert!(declares_main(row), "{row}");
        }
        for row in
            ["fn mains() {}", "main();", "let f = fn_main;", "// fn main"]
        {
            assert!(!declares_main(row), "{row}");
        }
    }

    #[test]
    fn what_may_print_is_seen() {
        for row in [
            "println!(\"a\")",
            "table.show()",
            "dbg!(x);",
            "pretty_PRINT(x)",
            "let x = train(&net);",
            "say![x]",
            "parse::<Loud>()",
        ] {
            assert!(may_print(row), "{row}");
        }
        for row in ["let x = 1;", "Some(x) != None", "(1, (2))", "!x"] {
            assert!(!may_print(row), "{row}");
        }
    }

    #[test]
    fn fences_of_ours_are_seen() {
        for row in ["```rust", "  ~~~text", "```rsut", "```should_panic"] {
            assert!(is_fence_of_ours(row), "{row}");
        }
        for row in ["```", "```toml", "``rust", "text"] {
            assert!(!is_fence_of_ours(row), "{row}");
        }
        for row in [
            "``rust",
            "> `` text",
            "- x``rust,no_run",
            "`~`rust",
            "~~text",
            "x```rust",
            "```rust`no_run",
        ] {
            assert!(is_broken_fence(row), "{row}");
        }
        for row in [
            "`rust`",
            "``text``",
            "`` `text` ``",
            "``rusty",
            "`x` text",
            "`a``b` text",
            "rust",
        ] {
            assert!(!is_broken_fence(row), "{row}");
        }
    }
}
