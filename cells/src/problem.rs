use std::fmt;
use std::path::{Path, PathBuf};

/// Something wrong with a book, and where.
///
/// It is displayed as `chapters/page.md:12: what is wrong`, which most editors
/// turn into a link.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// The file, relative to the book's root.
    pub page: PathBuf,
    /// The line in that file, counted from 1.
    pub line: usize,
    /// What is wrong, what was expected, and the way out.
    pub message: String,
}

impl Problem {
    /// A problem at a line, counted from 1, of a file of the book.
    pub fn new(
        page: impl Into<PathBuf>,
        line: usize,
        message: impl Into<String>,
    ) -> Problem {
        Problem {
            page: page.into(),
            line,
            message: message.into(),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Problem {
            page,
            line,
            message,
        } = self;
        write!(f, "{}:{line}: {message}", slashed(page))
    }
}

impl std::error::Error for Problem {}

/// A path as every message writes it: with `/`, whatever the system.
pub(crate) fn slashed(path: &Path) -> String {
    path.components()
        .map(|part| part.as_os_str().to_string_lossy())
        .collect::<Vec<_>>()
        .join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_reads_like_a_compiler_message() {
        let page = Path::new("chapters").join("part").join("page.md");
        let problem = Problem::new(page, 12, "what is wrong");
        assert_eq!(
            problem.to_string(),
            "chapters/part/page.md:12: what is wrong"
        );
    }
}
