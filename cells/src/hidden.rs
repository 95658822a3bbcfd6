//! Lines that run and do not show.

/// A line of a cell as it is compiled, and whether the reader does not see it:
/// mdBook's rule, by which `# ` hides a line and `##` stands for `#`.
pub(crate) fn unhide(row: &str) -> (String, bool) {
    let start = row.len() - row.trim_start().len();
    let (indentation, rest) = row.split_at(start);
    if let Some(rest) = rest.strip_prefix("##") {
        return (format!("{indentation}#{rest}"), false);
    }
    if rest == "#" {
        return (String::new(), true);
    }
    match rest.strip_prefix("# ") {
        Some(rest) => (format!("{indentation}{rest}"), true),
        None => (row.to_owned(), false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn assert_unhidden(row: &str, text: &str, hidden: bool) {
        assert_eq!(unhide(row), (text.to_owned(), hidden), "{row:?}");
    }

    #[test]
    fn a_hash_and_a_space_hide_a_line() {
        assert_unhidden("let x = 1;", "let x = 1;", false);
        assert_unhidden("# let x = 1;", "let x = 1;", true);
        assert_unhidden("    #   let x = 1;", "      let x = 1;", true);
        assert_unhidden("#", "", true);
        assert_unhidden("  #", "", true);
        assert_unhidden("## heading", "# heading", false);
        assert_unhidden("  ##", "  #", false);
        assert_unhidden("#[derive(Debug)]", "#[derive(Debug)]", false);
        assert_unhidden("#!", "#!", false);
        assert_unhidden("#x", "#x", false);
        assert_unhidden("", "", false);
    }
}
