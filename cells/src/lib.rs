//! Book pages as programs: runs the cells of a page and checks the outputs that
//! are printed under them.
//!
//! A book about code goes stale in silence: a function is renamed, a default
//! changes, and the number on page 40 has been wrong ever since. This crate
//! makes a book of Markdown pages, such as [mdBook] renders, fail `cargo test`
//! the moment that a cell no longer compiles or an output is no longer what its
//! cell prints.
//!
//! It knows nothing of what the book is about: see [Use it for your own
//! book](#use-it-for-your-own-book).
//!
//! # What is on a page
//!
//! * A *page* is one Markdown file that `SUMMARY.md` links to.
//! * A *cell* is a fenced block that begins with `rust`. Nobody writes `fn
//!   main`, and `?` works. Lines that begin with `# ` run and do not show, and
//!   `##` at the start of a line stands for `#`: both are mdBook's rule.
//! * An *output* is the `text` block right after a cell, with nothing but blank
//!   lines between.
//! * A *section* is all cells below one `##` heading; those above the first are
//!   the section of the page's title, and deeper headings make none. A section
//!   is one program: its cells run from top to bottom and see each other's
//!   names. What a cell says with `use` holds for those below it, and to say it
//!   twice is an error of the compiler, E0252.
//! * The *value* of a cell that runs and ends in an expression without a `;` is
//!   the last that it prints, as `{:?}`, unless it is `()`. It is not moved:
//!   cells below still have it. A macro with braces is no expression here.
//! * A *picture* is a paragraph that is only an image, `![what it
//!   shows](figures/NAME.svg)`, right after a cell, its output or another of
//!   its pictures: the cell draws it, with [`show`]. Its *caption* is the
//!   paragraph right after it, if all of that is emphasised: `*A caption.*`. A
//!   picture that stands elsewhere is one of those, shown again.
//! * A *guess* is a quotation that begins `**Guess.**`, right before a cell that
//!   has an output. Its list has the answers, of which one is right: `- [x]`.
//!   A single one is a number that the reader writes.
//! * An *exercise* that is checked is made of cells of the section in which its
//!   solution stands, whose heading begins with its number: `## 4-1 Title`.
//! * Blocks of any other language, or of none, are the text's own business, but
//!   none stands right after a cell, where its output would.
//!
//! A cell's tags follow after commas or spaces:
//!
//! | tag | meaning |
//! | --- | --- |
//! | `should_panic` | It must panic. Its output shows what it printed, and below it the message of the panic. |
//! | `compile_fail,E0382` | It must not compile, and this is the code of every error. Its output shows the errors' first lines. |
//! | `no_run` | It is compiled, and never run. |
//! | `ignore (why)` | Nothing is done with it; its test is reported as ignored, with the reason. |
//! | `needs-NAME` | Its section needs the data set `NAME`, which `book.toml` declares. Without it the section is compiled, and its test is reported as ignored with the command that fetches it. |
//! | `name=bill` | Its address on its page is `cell-bill`, not `cell-` and a hash of its code. |
//! | `timeout-300` | It may run for 300 seconds, not only for [`TIME_LIMIT`]. |
//! | `solution` | It is also the right answer to its section's exercise. |
//! | `starter`, `check`, `wrong` | It is no cell of its section, but what the exercise begins with, what tells whether an answer is right, or a wrong answer: see [below](#when-is-an-exercise-checked). |
//! | `from=src/lib.rs` | It is no cell but an *excerpt*: its lines must be lines of that file, one below the other, however far indented. A line of only `// ...` stands for lines that are left out. |
//! | `editable`, `noplayground`, `mdbook-runnable` | mdBook's own, without effect here. |
//!
//! A cell with one of the first three tags sees the cells above it; those below
//! do not see it. Includes of mdBook are expanded.
//!
//! # When is an output true
//!
//! When it says what the cell prints, with as many digits of each number as the
//! author cares to claim. The page may say less than the cell, by writing a
//! number with fewer digits; never more, and never anything else.
//!
//! A *word* is a run of letters, digits and `_`, joined by a point between
//! digits and by a sign in an exponent. A word that is
//! `digits[.digits][e[+-]digits]` is a *number* (if its exponent is at most
//! 9999); every other word is text, and so is everything between words. A `+`
//! or `-` right before a number is its sign, unless a letter, a digit, `_` or a
//! closing bracket stands before it.
//!
//! * Text is equal. Signs are equal: what is rounded to zero keeps its `-`.
//! * A number is the same text, or the printed number rounded, half to even and
//!   in exact decimal arithmetic, to the page's digits: to as many decimals as
//!   the page shows; to as many significant digits where the page shows an
//!   exponent. The printed number must have all of these digits. Zeros that are
//!   put before a number or its exponent for show are equal in both, and a zero
//!   that is not the same text has no exponent but 0.
//! * White space is equal, but for the spaces beside a number that the page
//!   shortens: there may be more or fewer, so that columns can shift. Between
//!   two things on a line they do not vanish.
//! * One line feed at the end is ignored, and so is how the page ends its
//!   lines.
//!
//! | the page shows | the cell prints | |
//! | --- | --- | --- |
//! | `0.9703` | `0.97034` | true |
//! | `0.970` | `0.97034` | true |
//! | `0.970` | `0.97` | false: the page claims a digit more |
//! | `0.9704` | `0.97034` | false |
//! | `0.12` | `0.125` | true: half to even |
//! | `220` | `220.00000000000003` | true |
//! | `220.00000000000003` | `220` | false |
//! | `1.2e-9` | `0.0000000012345` | true: two significant digits |
//! | `1.2e-9` | `1e-9` | false |
//! | `-0.00` | `-0.0004` | true |
//! | `0.00` | `-0.0004` | false: the sign |
//! | `007` | `7` | false: the zeros |
//! | `1e-09` | `1e-9` | false: the zero |
//! | `0.0e7` | `0.00e0` | false: the exponent |
//! | `inf`, `NaN`, `W1`, `28x28`, `1.2.3` | the same | true: these are text |
//! | `0.3s` | `0.31s` | false: `0.3s` is a word |
//! | `784-50-10` | the same | true: no signs here, but three numbers |
//! | `a&nbsp;&nbsp;&nbsp;0.97 b` | `a 0.97034 b` | true: a column shifted |
//! | `a&nbsp;&nbsp;b` | `a b` | false |
//!
//! ```
//! use cells::accepts;
//!
//! for (page, printed) in [
//!     ("0.9703", "0.97034"),
//!     ("0.970", "0.97034"),
//!     ("0.12", "0.125"),
//!     ("220", "220.00000000000003"),
//!     ("1.2e-9", "0.0000000012345"),
//!     ("-0.00", "-0.0004"),
//!     ("inf NaN W1 28x28 1.2.3", "inf NaN W1 28x28 1.2.3"),
//!     ("784-50-10", "784-50-10"),
//!     ("a   0.97 b", "a 0.97034 b"),
//! ] {
//!     assert!(accepts(page, printed), "{page}, {printed}");
//! }
//! for (page, printed) in [
//!     ("0.970", "0.97"),
//!     ("0.9704", "0.97034"),
//!     ("220.00000000000003", "220"),
//!     ("1.2e-9", "1e-9"),
//!     ("0.00", "-0.0004"),
//!     ("007", "7"),
//!     ("1e-09", "1e-9"),
//!     ("0.0e7", "0.00e0"),
//!     ("0.3s", "0.31s"),
//!     ("a  b", "a b"),
//! ] {
//!     assert!(!accepts(page, printed), "{page}, {printed}");
//! }
//! ```
//!
//! To *bless* a page is to write what its cells print into its outputs, and
//! what they draw into the files of its pictures. It changes no line and no
//! picture that is true, and keeps the number of digits of every number that is
//! not: see [`bless`] and [`merge`].
//!
//! # When is a picture true
//!
//! The first picture that a cell shows is the first image under it, and so on;
//! there are as many of the one as of the other. Where in its output a cell
//! shows a picture makes no difference: it is no part of what is printed. The
//! file that the image names, in the folder `figures` of the pages, is
//! committed with them, and says what the cell draws:
//!
//! * It is the same text, but for how its lines end and for white space at its
//!   end.
//! * A number in the value of a tag's attribute may be one unit of its last
//!   place away, if it has a decimal point, as many decimals, and no exponent:
//!   another processor rounds otherwise, and a point moves by a hair. Text
//!   between tags, which is what a reader reads, is the same.
//!
//! | the file says | the cell draws | |
//! | --- | --- | --- |
//! | `x="1.25"` | `x="1.26"` | true |
//! | `x="9.99"` | `x="10.00"` | true |
//! | `d="M1.5-2.5"` | `d="M1.4-2.6"` | true |
//! | `x="1.25"` | `x="1.27"` | false |
//! | `x="1.25"` | `x="1.250"` | false: the decimals |
//! | `x="1"` | `x="2"` | false: no decimal point |
//! | `x="1.5e3"` | `x="1.6e3"` | false: an exponent |
//! | `<text>1.25</text>` | `<text>1.26</text>` | false: text |
//!
//! The document begins with `<svg` and ends with `</svg>`. It has no blank
//! line, at which Markdown would end it, and at most 1 MiB; the pictures of one
//! cell have at most [`runner::PICTURES_LIMIT`].
//!
//! # When is a guess held
//!
//! The words of the right answer stand in the output below it, one after the
//! other, whatever is between them: `(-3, 0)` in `[-3.0, 0.0]`. A number stands
//! for one that rounds to it, as in an output, and text may be in upper or lower
//! case. No other answer is as right as the right one. So an output that changes
//! takes its guess along, once it is blessed.
//!
//! # When is an exercise checked
//!
//! An exercise has one `starter`, one `check`, one `solution` and two `wrong`
//! answers or more, in any order. Each answer is, with the check after it, a
//! program of its own, which sees no other cell; only the solution is a cell of
//! its section as well, with its number and its output. The check sees all that
//! the answer defines, and may say `use` of what it says, too.
//!
//! * The solution passes the check: both come to their end.
//! * The starter compiles, and does not: it panics, as by `todo!()`.
//! * Each wrong answer compiles, and the check finds it: it panics in the lines
//!   of the check, with a message that its author wrote. An assertion without
//!   one says nothing to a reader.
//!
//! Each of these is a test, `page_sect_4_1_title_wrong_line_12`.
//!
//! # How a section runs
//!
//! [`build_script`] writes each section as a module of a program ([`program`])
//! in which every line of a cell has the line number that it has on the page,
//! and hands it to [skeptic], which makes one test of it:
//! `page_sect_heading_line_12`. The test has skeptic compile the program, starts
//! it, and reads what it prints; the program writes a mark ([`run`]), which only
//! this run knows, between the outputs of its cells, and each picture in one. A
//! cell that runs longer than its time is stopped, with its page and line. Each
//! `should_panic` cell runs in a process of its own. What a value prints when it
//! is dropped at the end of the section belongs to the last cell.
//!
//! The sections of a page that are to run are compiled as one program, since
//! half of the time that a small one takes goes into linking it, and run in a
//! process each. Those that do not compile together are compiled alone, so that
//! one which does not compile fails alone.
//!
//! A program is kept, in `target/debug/.cells`, for as long as nothing changes
//! that it was made from: then it is run, and not built. That is its text, the
//! compiler, the linker and their variables, the target, `Cargo.toml` and
//! `Cargo.lock`, and the libraries, by what is in them. What the compiler says
//! of a `compile_fail` cell is kept likewise, where it is what it should be. A
//! cell that says `env!` or `include` is built each time. Of what is kept at
//! most 1 GiB stays when the next run begins. It is found by SHA-256, which is
//! slow without optimisation: give `sha2` an `opt-level` in `[profile.dev]`.
//!
//! Nothing that is built remembers where it was built: a book can be moved
//! together with its target folder. Where several copies of a book share one, a
//! test fails rather than test the pages of another copy; with these lines in
//! each copy's `.cargo/config.toml`, cargo builds it anew by itself.
//!
//! ```toml
//! [env]
//! CELLS_ROOT = { value = "", relative = true, force = true }
//! ```
//!
//! A cell that starts processes must see to their end: only its own process is
//! stopped when its time is over.
//!
//! Cells run in the book's root, without optimisation, in edition 2021, and
//! print at most [`runner::OUTPUT_LIMIT`] bytes each, and as many to standard
//! error.
//!
//! What a reader runs on the page, with changes of their own, is built from the
//! same program and run by the same [`runner`]: see [`live`].
//!
//! # What is an error
//!
//! Nothing goes untested in silence. These fail the build, each with its page
//! and line, and [`Book::load`] returns them all at once:
//!
//! * a page that `SUMMARY.md` lacks or lists twice, or that is not there; two
//!   pages whose tests would have the same names; a page that is not UTF-8;
//! * an unknown tag, tags that contradict each other, `ignore` without a
//!   reason, `compile_fail` without a code, `needs-NAME` that `book.toml` does
//!   not declare;
//! * a block or a line that looks like a cell or an output and is none: `Rust`,
//!   `rsut`, `txt`, a fence of two backticks, one that is indented too far, one
//!   in the middle of HTML or in a comment, one inside another block that is not
//!   longer, one never closed; a comment never closed;
//! * a `should_panic` cell without an output, which says why it panics;
//! * an output with no cell before it, or below a cell that is not run; one
//!   below cells that cannot print it, for they call nothing, end in no value,
//!   and nothing in them is named `print`, `show`, `write`, `display`, `dbg` or
//!   `stdout`; a block right after a cell that is neither its output nor a cell;
//! * a picture without a text (`![](...)`), or under a cell that is not run; one
//!   in the middle of text or in HTML; one that no cell draws, or two; one that
//!   is not `figures/NAME.svg` in the folder of the pages, with a `NAME` of
//!   `a-z`, `0-9` and `-`; a file in that folder that no page shows; an image of
//!   another kind right after a cell;
//! * two cells of one name on one page;
//! * a guess that has no cell with an output right below it, no answer or no
//!   one right answer, one that does not stand in that output, or another that
//!   is as right;
//! * an exercise that lacks a cell, or has one twice; cells of one below a
//!   heading without its number;
//! * an include that does not resolve, or that brings cells; an excerpt that is
//!   not in its file; `fn main` in a cell; an empty cell; a cell above the
//!   title;
//! * in `book.toml`, a key of ours that is not known, a path that leaves the
//!   book, a checksum that is not one.
//!
//! And these fail a section's test: a cell that does not compile, panics,
//! returns an error, ends its process, is never reached, runs too long or
//! prints too much; an output that differs; a cell that prints where no output
//! follows; an output whose cell prints nothing; a picture that differs from
//! its file, or has none; more or fewer pictures than images; a `should_panic`
//! cell that does not; a `compile_fail` cell that compiles, or fails with
//! another code or elsewhere; an exercise whose check does not tell right from
//! wrong.
//!
//! # Use it for your own book
//!
//! Make the book's folder a package, with `book.toml` beside `Cargo.toml`:
//!
//! ```toml
//! [build-dependencies]
//! cells = "0.1"
//!
//! [dev-dependencies]
//! cells = "0.1"
//! skeptic = "0.14"
//! ```
//!
//! `build.rs` is one line, and `tests/skeptic.rs` two:
//!
//! ```ignore
//! fn main() {
//!     cells::build_script();
//! }
//! ```
//!
//! ```ignore
//! include!(concat!(env!("OUT_DIR"), "/skeptic-tests.rs"));
//! include!(concat!(env!("OUT_DIR"), "/cells-tests.rs"));
//! ```
//!
//! All else has a default. In `book.toml`, `[preprocessor.cells]` may name the
//! test target (`test`) and the commands that messages show (`bless`, `fetch`),
//! and declare data sets:
//!
//! ```toml
//! [preprocessor.cells.data.mnist]
//! folder = "data/mnist"
//! mirrors = ["https://example.org/mnist/"]
//!
//! [preprocessor.cells.data.mnist.files]
//! labels = { bytes = 10008, sha256 = "..." }
//! ```
//!
//! To bless, run `cargo test --test skeptic` with the variable that
//! [`record::FOLDER`] names, then call [`bless::bless`].
//!
//! [mdBook]: https://rust-lang.github.io/mdBook/
//! [skeptic]: https://docs.rs/skeptic/

mod artefacts;
pub mod bless;
mod book;
mod build_script;
mod cell;
mod check;
mod compare;
mod compile;
mod compile_fail;
mod compiler;
mod config;
mod decimal;
mod diff;
mod digest;
pub mod draw;
mod excerpt;
mod exercise;
pub mod export;
mod figures;
mod files;
mod generate;
mod grade;
mod guess;
mod hidden;
mod include;
mod kept;
mod key;
mod library;
pub mod live;
mod marks;
pub mod measure;
mod measurements;
mod page;
mod page_program;
mod picture;
mod place;
mod plan;
mod problem;
pub mod program;
pub mod record;
pub mod run;
pub mod runner;
mod selected;
mod source;
mod svg;
mod tags;
pub mod test;
mod tests;
mod value;
mod workshop;
mod write;

pub use book::Book;
pub use build_script::build_script;
pub use cell::{Cell, CodeLine, Kind, Output, Part, Picture, Tags};
pub use compare::{Merged, accepts, merge};
pub use config::{Config, DataFile, DataSet};
pub use exercise::Exercise;
pub use guess::{Choice, Guess};
pub use marks::Panic;
pub use measurements::Measurements;
pub use page::{Excerpt, Page, Section};
pub use problem::Problem;
pub use run::show;
pub use tags::TIME_LIMIT;
