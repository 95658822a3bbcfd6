//! The addresses of links.

use std::fmt::Write;
use std::path::{Component, Path, PathBuf};

/// Whether an address is none of a book's own.
pub fn is_external(address: &str) -> bool {
    let scheme = address.split_once(':').is_some_and(|(scheme, _)| {
        scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "+.-".contains(c))
    });
    scheme || address.starts_with('/')
}

/// Where an address leads.
#[derive(Debug, PartialEq, Eq)]
pub struct Target {
    /// The file, relative to the folder of all pages; nothing, if it is not in
    /// there.
    pub path: Option<PathBuf>,
    /// The place in it, if any.
    pub anchor: String,
}

pub fn target(from: &Path, address: &str) -> Target {
    let (path, anchor) = address.split_once('#').unwrap_or((address, ""));
    let path = decoded(path.split('?').next().unwrap_or(path));
    let anchor = decoded(anchor);
    if path.is_empty() {
        return Target {
            path: Some(from.to_owned()),
            anchor,
        };
    }
    let folder = from.parent().unwrap_or(Path::new(""));
    let mut resolved = PathBuf::new();
    for part in folder.join(path).components() {
        let is_inside = match part {
            Component::Normal(part) => {
                resolved.push(part);
                true
            }
            Component::CurDir => true,
            _ => resolved.pop(),
        };
        if !is_inside {
            return Target { path: None, anchor };
        }
    }
    Target {
        path: Some(resolved),
        anchor,
    }
}

/// An address without its `%20`s.
fn decoded(address: &str) -> String {
    let bytes = address.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let code = address.get(at + 1..at + 3);
        match code.and_then(|code| u8::from_str_radix(code, 16).ok()) {
            Some(byte) if bytes[at] == b'%' => {
                decoded.push(byte);
                at += 3;
            }
            _ => {
                decoded.push(bytes[at]);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

/// What leads from one page to a place on another, or on the same.
pub fn address(from: &Path, to: &Path, anchor: &str) -> String {
    if from == to && !anchor.is_empty() {
        return format!("#{anchor}");
    }
    let folder = from.parent().unwrap_or(Path::new(""));
    let shared = folder
        .components()
        .zip(to.components())
        .take_while(|(from, to)| from == to)
        .count();
    let up = folder.components().skip(shared).map(|_| "..".to_owned());
    let down = to.components().skip(shared);
    let down = down.map(|part| encoded(&part.as_os_str().to_string_lossy()));
    let mut address = up.chain(down).collect::<Vec<_>>().join("/");
    if !anchor.is_empty() {
        address.push('#');
        address.push_str(anchor);
    }
    address
}

/// A name as an address has it.
fn encoded(name: &str) -> String {
    let mut encoded = String::new();
    for c in name.chars() {
        if c.is_ascii() && !c.is_ascii_alphanumeric() && !"-._~".contains(c) {
            let _ = write!(encoded, "%{:02X}", u32::from(c));
        } else {
            encoded.push(c);
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_a_target() {
        for (address, path, anchor) in [
            ("#x", Some("a/b.md"), "x"),
            ("c.md", Some("a/c.md"), ""),
            ("./../c%20d.md?e#%66", Some("c d.md"), "f"),
            ("../../c.md", None, ""),
        ] {
            let found = target(Path::new("a/b.md"), address);
            let expected = Target {
                path: path.map(PathBuf::from),
                anchor: anchor.to_owned(),
            };
            assert_eq!(found, expected, "{address}");
        }
    }

    #[test]
    fn other_hosts_are_left_alone() {
        for address in ["https://a.b", "mailto:a@b.c", "/x", "//a.b"] {
            assert!(is_external(address), "{address}");
        }
        for address in ["a.md", "#a:b", "a/b:c.md", ""] {
            assert!(!is_external(address), "{address}");
        }
    }

    #[test]
    fn an_address_leads_from_page_to_page() {
        for (from, to, anchor, expected) in [
            ("a.md", "a.md", "x", "#x"),
            ("a.md", "a.md", "", "a.md"),
            ("a.md", "b.md", "x", "b.md#x"),
            ("a.md", "c/b.md", "", "c/b.md"),
            ("c/a.md", "b.md", "x", "../b.md#x"),
            ("c/a.md", "c/b.md", "x", "b.md#x"),
            ("c/a.md", "d/b.md", "x", "../d/b.md#x"),
            ("c/d/a.md", "c/b c.md", "x", "../b%20c.md#x"),
        ] {
            let found = address(Path::new(from), Path::new(to), anchor);
            assert_eq!(found, expected, "{from} {to}");
        }
    }
}
