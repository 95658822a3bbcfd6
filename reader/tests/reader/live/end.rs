//! What is left when something ends: nothing.

use std::fs;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use super::run::{ENDLESS, is_running};
use super::server::{PAGE, Page, Server, signal_to, skip, wait_until};
use crate::book::Book;

/// A book with a package that takes long to build.
fn slow() -> Book {
    let book = Book::new("");
    book.write(
        "Cargo.toml",
        "[package]\nname = \"slow\"\nversion = \"0.0.0\"\n\
         edition = \"2021\"\n[workspace]\n",
    );
    book.write("tests/skeptic.rs", "");
    book.write("src/lib.rs", "");
    book.write(
        "build.rs",
        "fn main() {\n    let sleep = std::process::Command::new(\"sleep\")\n        \
         .arg(\"95.4\").status();\n    assert!(sleep.unwrap().success());\n}\n",
    );
    book.page("# One\n\n```rust\nlet x = 1;\n```\n");
    book
}

#[test]
fn a_run_is_stopped_while_the_package_is_built() {
    let book = slow();
    let root = book.root();
    let mut server = Server::start_at(&root, &[]);
    let mut page = server.open("one.html");
    page.start("run", "1");
    page.hear_state("building");
    wait_until(|| is_running("95.4"));
    let since = Instant::now();
    page.stop("run");
    assert_eq!(page.finish("run").done()["status"], "stopped");
    assert!(since.elapsed() < Duration::from_secs(5));
    // Another `cargo book` of the same book says what it waits for, and can be
    // stopped as well.
    let second = Server::start_at(&root, &[]);
    let mut other = second.open("one.html");
    other.start("run", "1");
    let told = other.hear_state("building");
    let text = told["text"].as_str().expect("a text");
    assert!(text.contains("file lock"), "{text}");
    other.stop("run");
    assert_eq!(other.finish("run").done()["status"], "stopped");
    drop(second);
    // Cargo and what it runs end with the server, however that ends.
    server.signal("-TERM");
    assert!(server.child.wait().is_ok_and(|status| status.success()));
    assert!(!is_running("95.4"));
    assert!(server.temporary().is_empty());
    let server = Server::start_at(&root, &[]);
    wait_until(|| is_running("95.4"));
    drop(server);
    wait_until(|| !is_running("95.4"));
}

/// How many runs may have their turn, wait, and be of one page. All of these
/// wait for the package.
#[test]
fn no_more_than_some_runs_wait() {
    let book = slow();
    let turns = thread::available_parallelism().map_or(1, usize::from);
    let server = Server::start_at(&book.root(), &[]);
    let mut pages: Vec<Page> =
        (0..3).map(|_| server.open("one.html")).collect();
    for run in 0..64 {
        pages[0].start(&format!("{run}"), "1");
        if run < turns {
            pages[0].hear_state("building");
        } else {
            let told = pages[0].hear_state("queued");
            assert_eq!(told["ahead"], run - turns + 1);
        }
    }
    pages[0].start("last", "1");
    let done = pages[0].hear_of("done");
    assert_eq!(done["status"], "refused");
    assert_eq!(done["message"], "too many runs of this page wait already");
    for run in 0..turns {
        pages[1].start(&format!("{run}"), "1");
        pages[1].hear_state("queued");
    }
    pages[2].start("last", "1");
    let done = pages[2].hear_of("done");
    assert_eq!(done["status"], "refused");
    let why = "too many runs wait already: try again later";
    assert_eq!(done["message"], why);
    // They make room when they are stopped, or their page is closed.
    for run in 0..60 {
        pages[0].stop(&format!("{run}"));
    }
    for _ in 0..60 {
        assert_eq!(pages[0].hear_of("done")["status"], "stopped");
    }
    pages.remove(0);
    pages.remove(0);
    for run in 0..turns {
        pages[0].start(&format!("{run}"), "1");
        pages[0].hear_state("building");
    }
}

#[test]
#[ignore = "takes long: .ci/run runs it"]
fn nothing_is_left_of_a_server() {
    for signal in ["-INT", "-TERM", "-HUP", "-KILL"] {
        let mut server = Server::start(&[]);
        let mut page = server.open(PAGE);
        page.start(
            "run",
            "std::process::Command::new(\"setsid\").args([\"sleep\", \
             \"94.3\"]).spawn()?;\n\
             std::fs::write(std::env::temp_dir().join(\"it\"), \"it\")?;\n\
             println!(\"begun\");\nloop {}",
        );
        page.hear_of("out");
        let mut other = server.open(PAGE);
        other.start("compiled", ENDLESS);
        other.hear_state("compiling");
        let mut third = server.open(PAGE);
        third.start("queued", "1");
        wait_until(|| server.family().len() >= 2);
        assert_eq!(server.temporary().len(), 1);
        server.signal(signal);
        server.child.wait().expect("it ends");
        wait_until(|| server.family().is_empty());
        assert!(!is_running("94.3"), "{signal}");
        if signal == "-KILL" {
            // The next one puts away what no one could.
            assert_eq!(server.temporary().len(), 1);
            let next = server.another();
            assert_eq!(server.temporary().len(), 1);
            next.signal("-TERM");
            wait_until(|| server.temporary().is_empty());
        } else {
            assert!(server.temporary().is_empty(), "{signal}");
        }
    }
}

/// What a process has: memory in KiB, open files, threads.
fn has(process: u32) -> (usize, usize, usize) {
    let status = fs::read_to_string(format!("/proc/{process}/status"));
    let status = status.expect("it lives");
    let number = |name: &str| {
        let line = status.lines().find(|line| line.starts_with(name));
        let number = line.and_then(|line| line.split_whitespace().nth(1));
        number.and_then(|it| it.parse().ok()).expect("a number")
    };
    let files = fs::read_dir(format!("/proc/{process}/fd")).expect("a list");
    (number("VmRSS:"), files.count(), number("Threads:"))
}

#[test]
#[ignore = "takes long: .ci/run runs it"]
fn a_thousand_runs_leave_nothing() {
    let server = Server::start(&[]);
    let mut page = server.open(PAGE);
    let mut run = |count: usize| {
        for _ in 0..count {
            page.run("println!(\"again\");").assert_prints("again\n");
        }
    };
    run(100);
    let before = has(server.child.id());
    let since = Instant::now();
    run(1000);
    let after = has(server.child.id());
    println!("{before:?}, {after:?} after {:?}", since.elapsed());
    assert!(after.0 < before.0 + 4096, "{before:?}, {after:?}");
    assert!(after.1 <= before.1 + 2, "{before:?}, {after:?}");
    assert!(after.2 <= before.2 + 4, "{before:?}, {after:?}");
    wait_until(|| server.family().is_empty());
    let folders = || fs::read_dir(server.stage()).map(Iterator::count);
    // What is locked while it runs, and nothing else.
    wait_until(|| folders().ok() == Some(1));
}

#[test]
#[ignore = "takes long: .ci/run runs it"]
fn what_takes_too_long_is_ended() {
    let limits = ["--limit", "cell=1", "--limit", "compiler=10"];
    let server = Server::start(&limits);
    let mut page = server.open(PAGE);
    page.run("loop {}")
        .assert_ends("timed-out", "the cell was still running after 1 s");
    // One that stops what runs it, and itself.
    page.run(
        "std::process::Command::new(\"sh\")\n    \
         .args([\"-c\", \"kill -STOP 0\"]).status()?;",
    )
    .assert_ends("timed-out", "1 s");
    page.run(ENDLESS).assert_refused("it took too long");
    page.run("println!(\"still here\");")
        .assert_prints("still here\n");
}

/// A page that does not read keeps its run waiting, but no other's for ever,
/// and what waits takes no memory.
#[test]
#[ignore = "takes long: .ci/run runs it"]
fn a_page_that_does_not_read_is_left() {
    let server = Server::start(&["--limit", "page=2"]);
    let mut page = server.open(PAGE);
    page.run("1").assert_prints("1\n");
    let before = has(server.child.id()).0;
    let code = "loop { println!(\"{}\", \"x\\u{1b}[0m\".repeat(100)); \
                eprintln!(\"{}\", \"y\".repeat(100)); }";
    let turns = thread::available_parallelism().map_or(1, usize::from);
    let mut deaf: Vec<_> = (0..=turns).map(|_| server.open(PAGE)).collect();
    for page in &mut deaf {
        // What is asked for and not read fills the line.
        for _ in 0..400 {
            let question = serde_json::json!({ "type": "open", "page": PAGE });
            page.say(&question);
        }
        page.start("run", code);
    }
    let since = Instant::now();
    page.run("println!(\"next\");").assert_prints("next\n");
    assert!(since.elapsed() < Duration::from_secs(30));
    let after = has(server.child.id()).0;
    assert!(after < before + (64 << 10), "{before} KiB, {after} KiB");
    drop(deaf);
}

/// The folder for temporary files is on a disk of 2 MiB, and full.
#[test]
#[ignore = "takes long: .ci/run runs it"]
fn a_full_disk_is_said_to_be() {
    let place = tempfile::TempDir::new().expect("a folder");
    let mount = "mount -t tmpfs -o size=2m none \"$1\"";
    let may = Command::new("unshare")
        .args(["-rm", "sh", "-c", mount, "sh"])
        .arg(place.path())
        .output();
    if !may.is_ok_and(|tried| tried.status.success()) {
        return skip("no disk can be mounted here");
    }
    let mut command = Command::new("unshare");
    let script = format!("{mount}; shift; exec \"$@\"");
    command.args(["-rm", "sh", "-c", &script, "sh"]);
    command.arg(place.path()).arg(crate::book::program());
    let root = crate::book::package().join("..");
    let server = Server::of(command, &root, &[], place.path().to_owned());
    let mut page = server.open(PAGE);
    page.run(
        "let big = vec![1_u8; 1 << 22];\n\
         std::fs::write(std::env::temp_dir().join(\"it\"), &big)?;",
    )
    .assert_ends("error", "No space left on device");
    page.run("println!(\"still here\");")
        .assert_prints("still here\n");
    // Not even a folder: there is no room for what keeps its name.
    let full = "let own = std::env::temp_dir();\n\
                std::fs::write(own.join(\"it\"), vec![1_u8; 1 << 22]).ok();\n\
                println!(\"full\");\nloop {}";
    page.start("full", full);
    page.hear_of("out");
    let mut other = server.open(PAGE);
    other
        .run("println!(\"meanwhile\");")
        .assert_prints("meanwhile\n");
    page.stop("full");
    page.finish("full");
    signal_to(server.child.id(), "-TERM");
}
