//! `data`: each file is whole and right, or is not there at all.

use std::fmt::Write as _;
use std::io::Write;
use std::path::Path;
use std::process::Child;
use std::thread;
use std::time::{Duration, Instant};

use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest, Sha256};

use crate::book::{Book, Run};
use crate::mirror::{Mirror, Reply};
use crate::together::together;

/// The two files of the data set.
const FILES: [&str; 2] = ["one", "two"];

/// Contents that do not compress to nothing.
fn contents(name: &str) -> Vec<u8> {
    let mut state: u32 = name.bytes().map(u32::from).sum();
    (0..40_000)
        .map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            state.to_be_bytes()[0]
        })
        .collect()
}

fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).expect("memory");
    encoder.finish().expect("memory")
}

fn sha256(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    digest.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// A book with one data set, `tiny`, of two files.
fn book(mirrors: &[&Mirror]) -> Book {
    let mirrors: Vec<&str> = mirrors
        .iter()
        .map(|mirror| mirror.address.as_str())
        .collect();
    let mut settings = format!(
        "[preprocessor.cells.data.tiny]\nfolder = \"data/tiny\"\n\
         mirrors = {mirrors:?}\n[preprocessor.cells.data.tiny.files]\n"
    );
    for name in FILES {
        let bytes = contents(name);
        let _ = writeln!(
            settings,
            "{name} = {{ bytes = {}, sha256 = \"{}\" }}",
            bytes.len(),
            sha256(&bytes)
        );
    }
    Book::new(&settings)
}

fn good(name: &str) -> Reply {
    Reply::Bytes(packed(&contents(name)))
}

fn good_mirror() -> Mirror {
    Mirror::with(&[("one.gz", &[good("one")]), ("two.gz", &[good("two")])])
}

/// A mirror whose first file is answered so.
fn bad_mirror(replies: &[Reply]) -> Mirror {
    Mirror::with(&[("one.gz", replies), ("two.gz", &[good("two")])])
}

/// Patient enough for a machine that is busy.
const QUICKLY: [&str; 3] = ["data", "--timeout", "2"];

#[track_caller]
fn assert_holds_both(book: &Book) {
    assert_eq!(book.list("data/tiny"), FILES);
    for name in FILES {
        let path = book.root().join("data/tiny").join(name);
        assert!(std::fs::read(path).expect("a file") == contents(name));
    }
}

/// A mirror that answers so is given up after so many requests, for a reason
/// that names the address; the good file stays, and nothing else.
#[track_caller]
fn assert_fails(reply: Reply, requests: usize, reason: &[&str]) {
    assert_run_fails(&QUICKLY, reply, requests, reason);
}

/// The same for several replies, all at once: it is mostly waiting.
fn assert_each_fails<const N: usize>(
    arguments: &[&str],
    cases: [(Reply, usize, &str); N],
) {
    thread::scope(|scope| {
        for (reply, requests, reason) in cases {
            scope.spawn(move || {
                assert_run_fails(arguments, reply, requests, &[reason]);
            });
        }
    });
}

#[track_caller]
fn assert_run_fails(
    arguments: &[&str],
    reply: Reply,
    requests: usize,
    reason: &[&str],
) {
    let mirror = bad_mirror(&[reply]);
    let book = book(&[&mirror]);
    book.run(arguments).fails(reason).fails(&[
        &format!("{}one.gz", mirror.address),
        "data/tiny/one is missing",
        "cargo book data tiny --from DIR-or-URL",
    ]);
    assert_eq!(book.list("data/tiny"), ["two"]);
    let asked = mirror.asked();
    let times = asked.iter().filter(|path| *path == "/one.gz").count();
    assert_eq!(times, requests, "{asked:?}");
}

#[test]
fn a_good_mirror_is_asked_once_for_each_file() {
    let mirror = good_mirror();
    let book = book(&[&mirror]);
    book.run(&QUICKLY).succeeds();
    assert_holds_both(&book);
    book.run(&QUICKLY).succeeds();
    assert_eq!(mirror.asked(), ["/one.gz", "/two.gz"]);
}

#[test]
fn what_is_not_there_is_asked_for_once() {
    assert_fails(Reply::Status(404), 1, &["404, not found"]);
    assert_fails(Reply::Status(403), 1, &["status 403"]);
}

#[test]
fn a_loop_of_redirects_ends() {
    assert_fails(Reply::Loop, 6, &["redirects in a loop"]);
}

#[test]
fn what_goes_wrong_with_mirrors_is_survived() {
    together(&[
        (
            "a_broken_server_is_asked_again",
            a_broken_server_is_asked_again,
        ),
        (
            "a_cut_connection_is_tried_again",
            a_cut_connection_is_tried_again,
        ),
        ("a_slow_mirror_is_given_up", a_slow_mirror_is_given_up),
        ("wrong_bytes_are_refused", wrong_bytes_are_refused),
        (
            "a_bad_file_does_not_hide_a_good_one",
            a_bad_file_does_not_hide_a_good_one,
        ),
        (
            "a_failure_that_passes_does_no_harm",
            a_failure_that_passes_does_no_harm,
        ),
        (
            "two_runs_at_once_fetch_each_file_once",
            two_runs_at_once_fetch_each_file_once,
        ),
    ]);
}

fn a_broken_server_is_asked_again() {
    assert_each_fails(
        &QUICKLY,
        [
            (Reply::Status(503), 3, "status 503 (the last of 3 attempts)"),
            (Reply::Hangup, 3, "the connection was cut"),
        ],
    );
}

fn a_cut_connection_is_tried_again() {
    let bytes = packed(&contents("one"));
    let length = bytes.len();
    let half = bytes[..length / 2].to_vec();
    assert_each_fails(
        &QUICKLY,
        [
            (Reply::Cut(half, length), 3, "it broke off after"),
            (Reply::Cut(Vec::new(), length), 3, "it broke off after 0"),
        ],
    );
}

const IMPATIENTLY: [&str; 3] = ["data", "--timeout", "0.2"];

/// A mirror whose every answer is so slow costs three attempts at one file,
/// and no file after that.
#[track_caller]
fn assert_too_slow(reply: &Reply, reason: &str) {
    let replies = &[reply.clone()][..];
    let slow = || Mirror::with(&[("one.gz", replies), ("two.gz", replies)]);
    let (first, second) = (slow(), slow());
    let book = book(&[&first, &second]);
    let start = Instant::now();
    book.run(&IMPATIENTLY)
        .fails(&[reason, "no mirror can be reached in time"]);
    assert!(start.elapsed() < Duration::from_secs(10), "{reason}");
    for mirror in [first, second] {
        assert_eq!(mirror.asked(), ["/one.gz"; 3], "{reason}");
    }
    assert_eq!(book.list("data"), [""; 0]);
}

fn a_slow_mirror_is_given_up() {
    let bytes = packed(&contents("one"));
    let length = bytes.len();
    let half = bytes[..length / 2].to_vec();
    let late = Reply::Late(bytes.clone(), Duration::from_secs(30));
    thread::scope(|scope| {
        for (reply, reason) in [
            (Reply::Stall(half, length), "nothing more within 200ms"),
            (Reply::Stall(Vec::new(), length), "it broke off after 0"),
            (late, "no answer within 200ms"),
            (Reply::Drip(bytes), "less than 4000 bytes a second"),
        ] {
            scope.spawn(move || assert_too_slow(&reply, reason));
        }
    });
}

fn wrong_bytes_are_refused() {
    let one = packed(&contents("one"));
    let mut corrupt = one.clone();
    corrupt[one.len() - 6] ^= 1;
    let page = b"<html>Please log in</html>";
    let both = [&one[..], page].concat();
    let two = contents("two");
    let sum_of_two = sha256(&two);
    let no_gzip = "not a good .gz file";
    let bytes = |bytes: &[u8]| Reply::Bytes(bytes.to_vec());
    let short = bytes(&packed(b"something"));
    assert_each_fails(
        &QUICKLY,
        [
            (bytes(&corrupt), 1, no_gzip),
            (bytes(page), 1, no_gzip),
            (bytes(&both), 1, no_gzip),
            (short, 1, "expected 40,000 bytes, found 9"),
            (bytes(&packed(&two)), 1, &sum_of_two),
            // A file that stops halfway may have been cut by a proxy.
            (bytes(&one[..one.len() / 2]), 3, "ends too early"),
            (bytes(b""), 1, "the file is empty"),
        ],
    );
}

fn a_failure_that_passes_does_no_harm() {
    let length = packed(&contents("one")).len();
    let mirror = bad_mirror(&[
        Reply::Status(500),
        Reply::Cut(b"\x1f\x8b".to_vec(), length),
        good("one"),
    ]);
    let book = book(&[&mirror]);
    book.run(&QUICKLY).succeeds();
    assert_holds_both(&book);
}

#[test]
fn the_next_mirror_is_asked() {
    let first = bad_mirror(&[Reply::Bytes(packed(b"something else"))]);
    let second = good_mirror();
    let book = book(&[&first, &second]);
    book.run(&QUICKLY).succeeds();
    assert_holds_both(&book);
    assert_eq!(second.asked(), ["/one.gz"]);
}

#[test]
fn a_mirror_that_cannot_be_reached_is_asked_once() {
    let mut gone = Mirror::with(&[]);
    "http://127.0.0.1:9/".clone_into(&mut gone.address);
    let book = book(&[&gone]);
    book.run(&QUICKLY).fails(&[
        "http://127.0.0.1:9/one.gz: no connection",
        "data/tiny/two is missing",
        "no mirror can be reached",
    ]);
    assert_eq!(book.list("data"), [""; 0]);
}

#[test]
fn another_mirror_may_have_plain_files() {
    let plain = |name| Reply::Bytes(contents(name));
    let mirror =
        Mirror::with(&[("one", &[plain("one")]), ("two", &[plain("two")])]);
    let book = book(&[]);
    book.run(&["data", "tiny", "--from", &mirror.address])
        .succeeds();
    assert_holds_both(&book);
}

#[test]
fn a_folder_may_have_plain_and_packed_files() {
    let book = book(&[]);
    book.write("from/one", contents("one"));
    // Packed by another program, with other bytes than a mirror's.
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(&contents("two")).expect("memory");
    book.write("from/two.gz", encoder.finish().expect("memory"));
    book.run(&["data", "--offline", "--from", "from"])
        .succeeds();
    assert_holds_both(&book);
}

#[test]
fn a_bad_folder_changes_nothing() {
    let book = book(&[]);
    let from = ["data", "--from", "from"];
    book.run(&from)
        .fails(&["from/one.gz: there is no such file"]);
    assert!(!book.root().join("data").exists(), "no folder stays empty");

    book.write("from/one", &contents("one")[..100]);
    let two = packed(&contents("two"));
    book.write("from/two.gz", &two[..two.len() - 5]);
    book.run(&from).fails(&[
        "from/one: expected 40,000 bytes, found 100",
        "from/two.gz: the .gz file ends too early",
    ]);
    book.write("from/one", [contents("one"), contents("one")].concat());
    let mut wrong = contents("two");
    wrong[7] ^= 1;
    book.write("from/two.gz", packed(&wrong));
    book.run(&from).fails(&[
        "from/one: expected 40,000 bytes, found more",
        &sha256(&wrong),
        &sha256(&contents("two")),
    ]);
    assert_eq!(book.list("data"), [""; 0]);
}

fn a_bad_file_does_not_hide_a_good_one() {
    let book = book(&[]);
    book.write("from/one", "damaged");
    book.write("from/one.gz", packed(&contents("one")));
    book.write("from/two", contents("two"));
    book.run(&["data", "--from", "from"]).succeeds();
    assert_holds_both(&book);

    let mirror = Mirror::with(&[
        ("one.gz", &[Reply::Bytes(b"no gzip".to_vec())]),
        ("one", &[Reply::Bytes(contents("one"))]),
        ("two.gz", &[good("two")]),
    ]);
    let book = self::book(&[&mirror]);
    book.run(&QUICKLY).succeeds();
    assert_holds_both(&book);
}

#[test]
fn a_small_file_that_unpacks_to_a_huge_one_fills_no_disk() {
    let book = book(&[]);
    book.write("from/one.gz", packed(&vec![0; 4_000_000]));
    book.write("from/two", contents("two"));
    book.run(&["data", "--from", "from"])
        .fails(&["from/one.gz: expected 40,000 bytes, found more"]);
    assert_eq!(book.list("data/tiny"), ["two"]);
}

#[test]
fn a_damaged_file_is_replaced_only_by_a_good_one() {
    let mirror = bad_mirror(&[Reply::Status(404), good("one")]);
    let book = book(&[&mirror]);
    book.write("data/tiny/one", "damaged");
    book.write("data/tiny/two", contents("two"));
    book.run(&QUICKLY).fails(&[
        "data/tiny/one is damaged: expected 40,000 bytes, found 7",
        "data/tiny/one is damaged and was left as it is",
    ]);
    assert_eq!(book.read("data/tiny/one"), "damaged");
    book.run(&QUICKLY).succeeds();
    assert_holds_both(&book);
}

#[test]
fn being_offline_is_said() {
    let mirror = good_mirror();
    let book = book(&[&mirror]);
    book.run(&["data", "--offline"]).fails(&[
        "data/tiny/one is missing",
        "not asked, being offline",
        "cargo book data tiny --from DIR-or-URL",
    ]);
    assert_eq!(mirror.asked(), [""; 0]);
    assert_eq!(book.list("data"), [""; 0]);
}

#[test]
fn an_unknown_data_set_is_named() {
    book(&[])
        .run(&["data", "huge"])
        .fails(&["no data set named huge", "declares tiny"]);
    Book::new("").run(&["data"]).succeeds();
}

#[test]
fn what_a_dead_run_left_is_removed() {
    let mirror = good_mirror();
    let book = book(&[&mirror]);
    book.write("data/tiny/.one.Xy12.part", "half");
    book.write("data/tiny/.fetching", "");
    book.run(&QUICKLY).succeeds();
    assert_holds_both(&book);
}

fn two_runs_at_once_fetch_each_file_once() {
    let one = packed(&contents("one"));
    let mirror = Mirror::with(&[
        ("one.gz", &[Reply::Late(one, Duration::from_millis(300))]),
        ("two.gz", &[good("two")]),
    ]);
    let book = book(&[&mirror]);
    let start = || book.command(&["data"]).spawn().expect("it runs");
    let runs: Vec<Child> = vec![start(), start(), start()];
    let runs: Vec<Run> = runs
        .into_iter()
        .map(|run| Run::of(run.wait_with_output().expect("it ends")))
        .collect();
    for run in &runs {
        run.succeeds();
    }
    let waited = |run: &&Run| run.stderr.contains("waiting for it");
    assert!(runs.iter().filter(waited).count() >= 1);
    assert_holds_both(&book);
    assert_eq!(mirror.asked(), ["/one.gz", "/two.gz"]);
}

#[cfg(unix)]
#[test]
fn an_interrupted_run_leaves_nothing_behind() {
    let bytes = packed(&contents("one"));
    let mirror = bad_mirror(&[Reply::Stall(bytes[..20_000].to_vec(), 30_000)]);
    let book = book(&[&mirror]);
    let run = book.command(&["data"]).spawn().expect("it runs");
    let is_part = |name: &String| name.contains(".part");
    wait_until(|| book.list("data/tiny").iter().any(is_part));
    let kill = std::process::Command::new("kill")
        .args(["-INT", &run.id().to_string()])
        .status();
    assert!(kill.is_ok_and(|status| status.success()));
    let output = run.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(130));
    assert!(!book.root().join("data").exists(), "no folder stays empty");
}

#[track_caller]
fn wait_until(condition: impl Fn() -> bool) {
    let start = Instant::now();
    while !condition() {
        assert!(
            start.elapsed() < Duration::from_secs(10),
            "it never happens"
        );
        thread::sleep(Duration::from_millis(10));
    }
}

#[cfg(unix)]
#[test]
fn a_fetched_file_is_like_any_other() {
    use std::os::unix::fs::PermissionsExt;
    let mode = |path: &Path| {
        let metadata = path.metadata().expect("a file");
        metadata.permissions().mode()
    };
    let mirror = good_mirror();
    let book = book(&[&mirror]);
    book.run(&QUICKLY).succeeds();
    assert_eq!(
        mode(&book.root().join("data/tiny/one")),
        mode(&book.root().join("chapters/one.md"))
    );
}
