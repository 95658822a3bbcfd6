//! What the library promises, in one program: what waits leaves the processor
//! to what computes.

mod book;
mod exercises;
mod export;
mod fixture;
mod live;
mod moved;
mod problems;
mod properties;
#[cfg(unix)]
mod runner;

/// The `book.toml` of a small book whose cells may need data; `SUM` is to be
/// replaced by a checksum.
const BOOK: &str = r#"
[book]
src = "pages"

[preprocessor.cells.data.pair]
folder = "data/pair"

[preprocessor.cells.data.pair.files]
one = { bytes = 3, sha256 = "SUM" }
"#;
