//! What a browser lets a page of the book do.

use std::fmt::Write;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use sha2::{Digest, Sha256};

/// The Content-Security-Policy of all that is not a page.
pub const OF_OTHERS: &str = "default-src 'none'; frame-ancestors 'none'";

/// The Content-Security-Policy of a page: all that it uses is the server's own,
/// and of the scripts that stand in it those run that it was rendered with.
pub fn of_page(html: &str) -> String {
    let mut scripts = String::new();
    for script in inline_scripts(html) {
        let hash = BASE64_STANDARD.encode(Sha256::digest(script));
        let _ = write!(scripts, " 'sha256-{hash}'");
    }
    format!(
        "default-src 'none'; script-src 'self'{scripts}; \
         style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
         font-src 'self'; connect-src 'self'; worker-src 'self'; \
         manifest-src 'self'; base-uri 'none'; form-action 'none'; \
         frame-ancestors 'none'"
    )
}

/// The texts of the scripts that stand in a page, as a browser reads it.
fn inline_scripts(html: &str) -> Vec<&str> {
    let mut scripts = Vec::new();
    let mut rest = html;
    while let Some(start) = rest.find("<script") {
        rest = &rest[start + "<script".len()..];
        let Some((attributes, text)) = rest.split_once('>') else {
            break;
        };
        let Some(end) = text.find("</script") else {
            break;
        };
        let has_source = attributes
            .split_whitespace()
            .any(|attribute| attribute.starts_with("src="));
        if !has_source {
            scripts.push(&text[..end]);
        }
        rest = &text[end..];
    }
    scripts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_that_stand_in_a_page_are_named_by_their_hash() {
        let page = "<script>one</script><script src=\"a.js\"></script>\
                    <script\ntype=\"module\">two > 1</script><p>three</p>";
        assert_eq!(inline_scripts(page), ["one", "two > 1"]);
        let policy = of_page("<script>alert('Hello, world.');</script>");
        let known = "'sha256-qznLcsROx4GACP2dm0UCKCzCG+HiZ1guq6ZZDob/Tng='";
        assert!(policy.contains(known), "{policy}");
        assert!(!of_page("<p></p>").contains("sha256"));
    }
}
