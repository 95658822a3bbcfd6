//! What a library is, whichever run of the compiler it came from.

use std::fs;
use std::io;
use std::path::Path;

use crate::digest::Digest;

/// How an archive begins.
const ARCHIVE: &[u8] = b"!<arch>\n";

/// The length of what stands before each member of an archive.
const HEAD: usize = 60;

/// How a member is called that the compiler made: `name-0123.part.RUN.rcgu.o`.
const OBJECT: &str = ".rcgu.o";

/// The digest of a library.
///
/// The compiler gives the objects in an archive a name that is another in each
/// run, even if it makes the same: that part of the names does not count.
pub(crate) fn digest(path: &Path) -> io::Result<String> {
    Ok(of(&fs::read(path)?))
}

fn of(bytes: &[u8]) -> String {
    let mut digest = Digest::default();
    let mut rest = bytes;
    if bytes.starts_with(ARCHIVE) {
        let (head, members) = bytes.split_at(ARCHIVE.len());
        digest.add(head);
        rest = members;
        while let Some((head, member, others)) = member(rest) {
            digest.add(head);
            if head.starts_with(b"// ") {
                digest.add(names(member).as_bytes());
            } else {
                digest.add(member);
            }
            rest = others;
        }
    }
    digest.add(rest);
    digest.text()
}

/// The head of the first member of an archive, the member, and the others.
fn member(bytes: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let (head, rest) = bytes.split_at_checked(HEAD)?;
    let length: usize =
        str::from_utf8(&head[48..58]).ok()?.trim().parse().ok()?;
    // Each begins at an even place.
    let (member, rest) = rest.split_at_checked(length + length % 2)?;
    Some((head, member, rest))
}

/// The long names of members, one a line, without what is another in each run.
fn names(table: &[u8]) -> String {
    let table = String::from_utf8_lossy(table);
    let names = table.lines().map(|line| {
        let name = line.trim_end_matches('/');
        let stem = name.strip_suffix(OBJECT)?;
        Some(stem.rsplit_once('.')?.0)
    });
    let names = names.zip(table.lines());
    let names: Vec<&str> =
        names.map(|(name, line)| name.unwrap_or(line)).collect();
    names.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn archive(members: &[(&str, &str)]) -> Vec<u8> {
        let mut bytes = ARCHIVE.to_vec();
        for (name, text) in members {
            let length = text.len();
            bytes.extend(format!("{name:<48}{length:<10}`\n{text}").bytes());
            bytes.extend(b"\n".repeat(length % 2));
        }
        bytes
    }

    #[test]
    fn the_run_of_the_compiler_does_not_count() {
        let names = "a-01.part.RUN1.rcgu.o/\na-01.other.RUN1.rcgu.o/\n";
        let library = |names: &str, first: &str, second: &str| {
            let members = [("//", names), ("/0", first), ("/23", second)];
            of(&archive(&members))
        };
        let first = library(names, "one", "two");
        let again = names.replace("RUN1", "RUN2");
        assert_eq!(library(&again, "one", "two"), first);
        for other in [
            library(names, "one", "six"),
            library(names, "two", "one"),
            library(&names.replace("part", "trap"), "one", "two"),
            library(&names.replace("RUN1.rcgu", "RUN1"), "one", "two"),
        ] {
            assert_ne!(other, first);
        }
    }

    #[test]
    fn what_is_no_archive_counts_whole() {
        let library = archive(&[("/0", "one")]);
        let mut cut = library.clone();
        cut.pop();
        let mut texts = vec![of(&library), of(&cut), of(b"one"), of(b"two")];
        texts.sort();
        texts.dedup();
        assert_eq!(texts.len(), 4);
    }
}
