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

/// Whether a line of a cell begins `fn main`.
pub(super) fn declares_main(row: &str) -> bool {
    let mut words = row
        .split(|c: char| c.is_whitespace() || c == '(' || c == '{')
        .filter(|word| !word.is_empty())
        .skip_while(|word| matches!(*word, "pub" | "async" | "unsafe"));
    words.next() == Some("fn") && words.next() == Some("main")
}

/// Whether a line of a cell names something that might print.
pub(super) fn may_print(row: &str) -> bool {
    row.split(|c: char| !(c.is_alphanumeric() || c == '_'))
        .map(str::to_lowercase)
        .any(|word| {
            ["print", "show", "write", "display", "dbg", "stdout"]
                .iter()
                .any(|stem| word.contains(stem))
        })
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
        ] {
            assert!(may_print(row), "{row}");
        }
        assert!(!may_print("let x = train(&net);"));
    }

    #[test]
    fn fences_of_ours_are_seen() {
        for row in ["```rust", "  ~~~text", "```rsut", "```should_panic"] {
            assert!(is_fence_of_ours(row), "{row}");
        }
        for row in ["```", "```toml", "``rust", "text"] {
            assert!(!is_fence_of_ours(row), "{row}");
        }
    }
}
