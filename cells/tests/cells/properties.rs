//! What holds of every number, every line and every page.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use cells::{Book, Config, Page, accepts, bless, merge};
use proptest::prelude::*;

/// A number as a program may print it.
fn number() -> impl Strategy<Value = String> {
    let sign = prop_oneof![Just(""), Just("-"), Just("+")];
    let whole = prop_oneof![Just("0".to_owned()), "[1-9][0-9]{0,30}"];
    let fraction = prop_oneof![Just(String::new()), "\\.[0-9]{1,40}"];
    let exponent =
        prop_oneof![4 => Just(String::new()), 1 => "e-?[1-9][0-9]{0,2}"];
    (sign, whole, fraction, exponent)
        .prop_map(|(a, b, c, d)| format!("{a}{b}{c}{d}"))
}

/// A number without an exponent and with digits after the point.
fn decimal() -> impl Strategy<Value = String> {
    (
        "-?",
        prop_oneof![Just("0".to_owned()), "[1-9][0-9]{0,8}"],
        "[0-9]{1,17}",
    )
        .prop_map(|(sign, whole, fraction)| format!("{sign}{whole}.{fraction}"))
}

/// A line of numbers and words in columns: on the page, and as printed.
fn columns() -> impl Strategy<Value = (String, String)> {
    let cell = prop_oneof![
        3 => (decimal(), 0_usize..3, 0_usize..4, 0_usize..4).prop_map(
            |(printed, cut, page_gap, printed_gap)| {
                let decimals = printed.split_once('.').unwrap().1.len();
                let page = rounded(&printed, cut.min(decimals));
                if page == printed {
                    (page_gap, printed.clone(), page_gap, printed)
                } else {
                    (page_gap, page, printed_gap, printed)
                }
            }
        ),
        1 => ("[a-z]{1,3}", 0_usize..3)
            .prop_map(|(word, gap)| (gap, word.clone(), gap, word)),
    ];
    prop::collection::vec(cell, 1..5).prop_map(|cells| {
        let (mut page, mut printed) = (String::new(), String::new());
        for (page_gap, on_page, printed_gap, said) in cells {
            // Two that stand side by side do not run into each other.
            let inner = usize::from(!page.is_empty());
            page += &" ".repeat(page_gap + inner);
            page += &on_page;
            printed += &" ".repeat(printed_gap + inner);
            printed += &said;
        }
        (page, printed)
    })
}

/// Printed text that Markdown can hold in a block at the margin.
fn printed() -> impl Strategy<Value = Vec<String>> {
    let word = prop_oneof![
        number(),
        "[a-zA-Z_äß]{1,6}",
        "[-:,()\\[\\]%=`~#>*|]{1,4}",
        " {1,3}",
    ];
    let line =
        prop::collection::vec(word, 0..8).prop_map(|words| words.concat());
    prop::collection::vec(line, 1..8)
}

/// Rounds half to even, digit by digit as on paper: slower than the library's
/// way and unlike it.
fn rounded(text: &str, places: usize) -> String {
    let (sign, digits) = text
        .strip_prefix('-')
        .map_or(("", text), |rest| ("-", rest));
    let (whole, fraction) = digits.split_once('.').unwrap();
    let kept = format!("{whole}{}", &fraction[..places]);
    let tail = &fraction[places..];
    let half = format!("{:0<width$}", "5", width = tail.len());
    let is_odd = kept.ends_with(['1', '3', '5', '7', '9']);
    let up = !tail.is_empty()
        && (tail > half.as_str() || tail == half.as_str() && is_odd);
    let value: u128 = kept.parse::<u128>().unwrap() + u128::from(up);
    let digits = format!("{value:0>width$}", width = places + 1);
    let (whole, fraction) = digits.split_at(digits.len() - places);
    if places == 0 {
        format!("{sign}{whole}")
    } else {
        format!("{sign}{whole}.{fraction}")
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn what_is_printed_is_always_true(line in "\\PC*") {
        prop_assert!(accepts(&line, &line));
    }

    #[test]
    fn a_rounded_number_is_true(text in decimal(), cut in 0_usize..18) {
        let decimals = text.split_once('.').unwrap().1.len();
        let places = cut.min(decimals);
        let page = rounded(&text, places);
        prop_assert!(accepts(&page, &text), "{page} for {text}");
        let line = format!("loss: {page}, all");
        let printed = format!("loss: {text}, all");
        prop_assert!(accepts(&line, &printed));
        let more = if page.contains('.') {
            format!("{page}0")
        } else {
            format!("{page}.0")
        };
        prop_assert!(
            places < decimals && page != text || !accepts(&more, &text),
            "{more} claims more than {text}"
        );
    }

    #[test]
    fn a_changed_digit_is_false(
        text in decimal(),
        cut in 0_usize..18,
        at: prop::sample::Index,
        change in 1_u8..10,
    ) {
        let decimals = text.split_once('.').unwrap().1.len();
        let mut page = rounded(&text, cut.min(decimals)).into_bytes();
        let digits: Vec<usize> =
            (0..page.len()).filter(|at| page[*at].is_ascii_digit()).collect();
        let at = *at.get(&digits);
        page[at] = b'0' + (page[at] - b'0' + change) % 10;
        let page = String::from_utf8(page).unwrap();
        prop_assert!(!accepts(&page, &text), "{page} for {text}");
    }

    #[test]
    fn a_changed_digit_is_restored(
        printed in decimal(),
        power in prop::option::of(-12_i32..12),
        zero in prop::bool::weighted(0.1),
        cut in 0_usize..18,
        at: prop::sample::Index,
        change in 1_u8..10,
    ) {
        // A page's number, as it is made from a printed one.
        let printed = match power {
            None if zero => "0.0000".to_owned(),
            None => printed,
            Some(power) => {
                let value: f64 = printed.parse().unwrap();
                let value = if zero { 0.0 } else { value };
                format!("{:.17e}", value * 10_f64.powi(power))
            }
        };
        let truth = match printed.split_once('e') {
            None => {
                let decimals = printed.split_once('.').unwrap().1.len();
                rounded(&printed, cut.min(decimals))
            }
            // One digit before the point: what carries there has two.
            Some((mantissa, power)) => {
                let mantissa = rounded(mantissa, cut.min(17));
                prop_assume!(!mantissa.trim_start_matches('-').starts_with("10"));
                format!("{mantissa}e{power}")
            }
        };
        prop_assert!(accepts(&truth, &printed), "{truth} for {printed}");
        let mut page = truth.clone().into_bytes();
        let digits: Vec<usize> =
            (0..page.len()).filter(|at| page[*at].is_ascii_digit()).collect();
        let at = *at.get(&digits);
        page[at] = b'0' + (page[at] - b'0' + change) % 10;
        let page = String::from_utf8(page).unwrap();
        prop_assert!(!accepts(&page, &printed), "{page} for {printed}");
        let merged = merge(&[&page], &[&printed]);
        prop_assert_eq!(&merged[0].text, &truth, "{} for {}", page, printed);
    }

    #[test]
    fn lines_that_are_true_are_merged_to_themselves(
        lines in prop::collection::vec(columns(), 1..8),
        others in prop::collection::vec("[a-z]{1,3}", 1..3),
    ) {
        let (page, printed): (Vec<String>, Vec<String>) =
            lines.into_iter().unzip();
        for (page, printed) in page.iter().zip(&printed) {
            prop_assert!(accepts(page, printed), "{page:?} {printed:?}");
        }
        let texts = |page: &[String], printed: &[String]| -> Vec<String> {
            merge(page, printed).into_iter().map(|it| it.text).collect()
        };
        prop_assert_eq!(&texts(&page, &printed), &page);
        // And where something wrong stands between two such texts.
        let with = |line: &str, lines: &[String]| {
            [lines, &[line.to_owned()], lines].concat()
        };
        let stale = with("WRONG", &page);
        let all = with(&others.join(" "), &printed);
        let mended = with(&others.join(" "), &page);
        prop_assert_eq!(texts(&stale, &all), mended);
    }

    #[test]
    fn a_merge_is_true_and_final(page in printed(), printed in printed()) {
        let merged = merge(&page, &printed);
        prop_assert_eq!(merged.len(), printed.len());
        for (line, printed) in merged.iter().zip(&printed) {
            prop_assert!(accepts(&line.text, printed), "{line:?} {printed:?}");
        }
        let texts: Vec<&str> =
            merged.iter().map(|line| line.text.as_str()).collect();
        let again = merge(&texts, &printed);
        prop_assert!(again.iter().map(|line| &line.text).eq(texts.iter()));
    }

    #[test]
    fn a_true_page_is_blessed_to_itself(
        page in page(),
        end in prop_oneof![Just("\n"), Just("\r\n")],
    ) {
        let (text, printed) = page.write(end, str::to_owned);
        let (book, page) = parse(&text);
        let blessed = bless::rewrite(&book, &page, &printed);
        prop_assert_eq!(blessed.map_err(|it| it.to_string()), Ok(text));
    }

    #[test]
    fn a_bless_changes_outputs_alone(
        page in page(),
        end in prop_oneof![Just("\n"), Just("\r\n")],
        stale in printed(),
    ) {
        let (truth, printed) = page.write(end, str::to_owned);
        let mut lines = stale.iter().cycle();
        let (text, _) = page.write(end, |_| lines.next().unwrap().clone());
        let (book, page) = parse(&text);
        let blessed = bless::rewrite(&book, &page, &printed);
        let blessed = blessed.map_err(|it| TestCaseError::fail(it.to_string()))?;
        let (_, before) = parse(&text);
        let (_, after) = parse(&blessed);
        for (cell, other) in before.cells().zip(after.cells()) {
            prop_assert_eq!(&cell.code.len(), &other.code.len());
            let output = other.output.as_ref().unwrap();
            let truth = &printed[&cell.line];
            prop_assert!(
                output.lines.iter().zip(truth.split('\n'))
                    .all(|(page, printed)| accepts(page, printed))
            );
        }
        prop_assert_eq!(prose(&before), prose(&after));
        // And a page that is true again has all the prose of the true one.
        let (_, truth) = parse(&truth);
        prop_assert_eq!(prose(&after), prose(&truth));
    }
}

/// Some cells, each with prose above it and an output below.
#[derive(Debug, Clone)]
struct Recipe {
    cells: Vec<(String, Where, Vec<String>)>,
}

/// What a cell and its output stand in.
#[derive(Debug, Clone, Copy)]
enum Where {
    Margin,
    Quotation,
    Item,
    Indented,
}

fn page() -> impl Strategy<Value = Recipe> {
    let place = prop_oneof![
        Just(Where::Margin),
        Just(Where::Quotation),
        Just(Where::Item),
        Just(Where::Indented),
    ];
    let cell = ("[a-z ]{0,20}", place, printed());
    prop::collection::vec(cell, 1..4).prop_map(|cells| Recipe { cells })
}

impl Recipe {
    /// The page, with each line of an output changed by `change`, and what
    /// its cells print.
    fn write(
        &self,
        end: &str,
        mut change: impl FnMut(&str) -> String,
    ) -> (String, BTreeMap<usize, String>) {
        let mut lines: Vec<String> = vec!["# Page".into()];
        let mut printed = BTreeMap::new();
        for (prose, place, output) in &self.cells {
            let (first, rest) = match place {
                Where::Margin => ("", ""),
                Where::Quotation => ("> ", "> "),
                Where::Item => ("- ", "  "),
                Where::Indented => ("  ", "  "),
            };
            lines.extend([String::new(), prose.trim().into(), String::new()]);
            // A list or a quotation must not run into the one above it.
            lines.extend(["<!-- -->".into(), String::new()]);
            printed.insert(lines.len() + 1, output.join("\n") + "\n");
            let changed: Vec<String> =
                output.iter().map(|line| change(line)).collect();
            let fence = "`".repeat(longest_fence(&changed).max(2) + 1);
            let cell = ["```rust", "println!();", "```", ""];
            let block = cell
                .into_iter()
                .map(str::to_owned)
                .chain([format!("{fence}text")])
                .chain(changed)
                .chain([fence.clone()]);
            for (index, line) in block.enumerate() {
                let prefix = if index == 0 { first } else { rest };
                // As a bless writes it: no spaces that indent nothing.
                let prefix = if line.is_empty() {
                    prefix.trim_end()
                } else {
                    prefix
                };
                lines.push(format!("{prefix}{line}"));
            }
        }
        (lines.join(end) + end, printed)
    }
}

fn longest_fence(lines: &[String]) -> usize {
    let is_fence = |line: &&str| line.bytes().all(|byte| byte == b'`');
    lines
        .iter()
        .map(|line| line.trim())
        .filter(is_fence)
        .map(str::len)
        .max()
        .unwrap_or(0)
}

fn parse(text: &str) -> (Book, Page) {
    let book = Book {
        root: PathBuf::from("."),
        config: Config {
            title: String::new(),
            src: "pages".into(),
            test: String::new(),
            bless: String::new(),
            fetch: String::new(),
            data: BTreeMap::new(),
        },
        pages: Vec::new(),
    };
    let path = Path::new("pages/page.md");
    let page = Page::parse(&book.root, &book.config, path, text.to_owned())
        .unwrap_or_else(|problems| panic!("{problems:#?} in\n{text}"));
    (book, page)
}

/// The page without its outputs.
fn prose(page: &Page) -> String {
    let mut prose = String::new();
    let mut done = 0;
    for cell in page.cells() {
        let output = cell.output.as_ref().unwrap();
        prose += &page.source[done..output.range.start];
        done = output.range.end;
    }
    prose + &page.source[done..]
}
