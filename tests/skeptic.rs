//! Every cell of the book, compiled, run, and compared with what its page
//! shows: one test for each section, and one for each cell that must not
//! compile. They are named `page_sect_heading_line_12`, after the page's line.
//!
//! `build.rs` writes them from `chapters/`.

/// Sections that run, through skeptic.
#[allow(clippy::pedantic)]
mod sections {
    include!(concat!(env!("OUT_DIR"), "/skeptic-tests.rs"));
}

/// What skeptic knows no test for: cells that must not compile, and sections
/// whose data set is missing.
mod others {
    include!(concat!(env!("OUT_DIR"), "/cells-tests.rs"));
}
