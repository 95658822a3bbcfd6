//! What cells print, and what becomes of those that misbehave.

use std::fs;
use std::thread;

use serde_json::{Value, json};

use super::server::{
    PAGE, Page, Server, confines_signals, home, shared, skip, wait_until,
};

#[test]
fn a_changed_cell_prints_what_it_prints() {
    let mut page = shared().open(PAGE);
    let run = page.run("let x = 6;\nprintln!(\"{}\", x * 7);\nx");
    run.assert_prints("42\n6\n");
    assert_eq!(run.end()["accepted"], false);
    assert_eq!(run.printed("stderr"), "");
    let run = page.run("eprintln!(\"beside\");\ndbg!(2);");
    assert!(run.printed("stderr").contains("beside"), "{:#?}", run.0);

    // What the compiler says has its place in the cell.
    let run = page.run("let x = 6;\nlet y: u8 = \"six\";");
    assert_eq!(run.done()["status"], "failed");
    let error = run.all("diagnostic").next().expect("an error");
    assert_eq!(error["code"], "E0308");
    assert_eq!(error["spans"][0]["line"], 2, "{error:#?}");
    assert_eq!(error["spans"][0]["cell"], *page.first());
    assert_eq!(run.end()["status"], "refused");

    let run = page.run("let x = 0;\npanic!(\"seven {x}\");");
    run.assert_ends("panicked", "seven 0");
    assert_eq!(run.end()["line"], 2);
    page.run("Err(\"no\")?;").assert_ends("error", "no");
}

#[test]
fn all_cells_of_a_page_do_as_the_book_says() {
    let mut page = shared().open(PAGE);
    let mut untils: Vec<(u64, String)> = Vec::new();
    for cell in &page.cells {
        let section = cell["section"].as_u64().expect("a number");
        let anchor = cell["anchor"].as_str().expect("an anchor");
        match untils.last_mut() {
            Some(last) if last.0 == section => last.1 = anchor.to_owned(),
            _ => untils.push((section, anchor.to_owned())),
        }
    }
    for (section, until) in untils {
        let run = format!("r{section}");
        page.say(&json!({
            "type": "run", "run": run, "page": PAGE, "until": until,
        }));
        let run = page.finish(&run);
        assert_eq!(run.done()["status"], "done", "{:#?}", run.0);
        for end in run.all("end") {
            assert_ne!(end["accepted"], false, "{end:#?}");
        }
    }
}

#[test]
fn a_cell_that_ends_its_program_is_said_to() {
    let mut page = shared().open(PAGE);
    page.run("std::process::exit(0);")
        .assert_ends("exited", "the program ended in this cell: it ended with");
    page.run("std::process::abort();")
        .assert_ends("exited", "signal 6");
    // Nothing calls it, and nobody would know.
    let run = page.run("fn main() { println!(\"never\"); }");
    run.assert_prints("");
    let warning = run.all("diagnostic").next().expect("a warning");
    assert_eq!(warning["level"], "warning");
    assert_eq!(warning["spans"][0]["column"], 4, "{warning:#}");
    let rendered = warning["rendered"].as_str().expect("a text");
    assert!(rendered.contains("leave out `fn main`"), "{rendered}");
    let run = page.run("fn main() { println!(\"once\"); }\nmain();");
    run.assert_prints("once\n");
    assert_eq!(run.all("diagnostic").count(), 0);
}

#[test]
fn output_without_end_is_ended() {
    let mut page = shared().open(PAGE);
    for code in [
        "loop { println!(\"{}\", \"x\".repeat(1000)); }",
        "loop { print!(\"x\"); }",
        "loop { eprintln!(\"{}\", \"x\".repeat(1000)); }",
        // Marks that it forges give it no more room.
        "let word = std::env::var(\"CELLS_WORD\")?;\n\
         let text = \"x\".repeat(1000);\n\
         loop { print!(\"{text}\\u{1e}{word}{{\\\"Begin\\\":0}}\\n\"); }",
    ] {
        page.run(code)
            .assert_ends("too-much", "the cell printed more than 1024 KiB");
    }
    // Bytes that are no text are shown as such.
    let run = page.run(
        "use std::io::Write;\n\
         std::io::stdout().write_all(&[b'a', 0xff, b'\\n'])?;\n\
         std::io::stderr().write_all(&[b'b', 0xc3, b'\\n'])?;",
    );
    run.assert_prints("a\u{fffd}\n");
    assert_eq!(run.printed("stderr"), "b\u{fffd}\n");
}

#[test]
fn too_much_of_anything_is_ended() {
    let mut page = shared().open(PAGE);
    page.run(
        "let mut all = Vec::new();\n\
         loop { all.push(vec![1_u8; 1 << 24]); }",
    )
    .assert_ends("out-of-memory", "more than 256 MiB of memory");
    // It stops by itself, lest a test that fails takes the machine along.
    page.run(
        "let mut all = Vec::new();\n\
         for _ in 0..300 {\n\
             let mut sleep = std::process::Command::new(\"sleep\");\n\
             all.push(sleep.arg(\"99\").spawn()?);\n\
         }\n\
         loop { std::thread::yield_now(); }",
    )
    .assert_ends("too-many-processes", "more than 64 processes");
    for code in [
        "let big = vec![1_u8; 1 << 24];\n\
         for number in 0..40 {\n\
             std::fs::write(std::env::temp_dir().join(format!(\"{number}\")), &big)?;\n\
         }\n\
         loop { std::thread::yield_now(); }",
        "let file = std::fs::File::create(std::env::temp_dir().join(\"it\"))?;\n\
         std::os::unix::fs::FileExt::write_all_at(&file, b\"x\", 300 << 20)?;",
    ] {
        page.run(code)
            .assert_ends("too-much", "more than 256 MiB to files");
    }
    page.run("println!(\"still here\");")
        .assert_prints("still here\n");
}

#[test]
fn a_cell_cannot_kill_those_above_it() {
    if !confines_signals() {
        return skip("this system does not confine signals");
    }
    let mut page = shared().open(PAGE);
    // Signal 0 only asks whether another could be sent: a test that fails must
    // not end all there is.
    let code = format!(
        "let keeper = std::os::unix::process::parent_id();\n\
         let own = std::process::id();\n\
         for kill in [\n\
             format!(\"-KILL {{keeper}}\"), format!(\"-STOP -{{keeper}}\"), \
             \"-0 {test}\".into(), \"-0 1\".into(), format!(\"-0 {{own}}\"),\n\
         ] {{\n\
             let kill = format!(\"kill {{kill}} 2>&1\");\n\
             let mut sh = std::process::Command::new(\"sh\");\n\
             let said = sh.args([\"-c\", &kill]).output()?;\n\
             println!(\"{{}}\", said.status.success());\n\
         }}",
        test = std::process::id()
    );
    let run = page.run(&code);
    run.assert_prints(&("false\n".repeat(4) + "true\n"));
}

#[test]
fn a_run_is_stopped_wherever_it_is() {
    let server = shared();
    let mut page = server.open(PAGE);
    page.start("endless", "println!(\"begun\");\nloop {}");
    page.hear_of("out");
    page.stop("endless");
    let run = page.finish("endless");
    assert_eq!(run.done()["status"], "stopped", "{:#?}", run.0);
    assert_eq!(run.end()["status"], "stopped", "{:#?}", run.0);
    // While it is compiled, which has no end.
    page.start("endless", ENDLESS);
    page.hear_state("compiling");
    thread::sleep(std::time::Duration::from_millis(200));
    page.stop("endless");
    let run = page.finish("endless");
    assert_eq!(run.done()["status"], "stopped", "{:#?}", run.0);
    // One that was never there.
    page.stop("endless");
    page.run("println!(\"next\");").assert_prints("next\n");
}

/// A macro that is used twice as often at each of thirty-two steps.
pub const ENDLESS: &str = "macro_rules! more {\n\
    () => {};\n\
    (x $($x:tt)*) => { more!($($x)*); more!($($x)*); };\n\
    }\n\
    more!(x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x);";

#[test]
fn what_a_page_began_ends_with_it() {
    let server = shared();
    // While it runs, with what it has started.
    let mut page = server.open(PAGE);
    page.start(
        "run",
        "std::process::Command::new(\"sleep\").arg(\"98.7\").spawn()?;\n\
         println!(\"begun\");\nloop {}",
    );
    page.hear_of("out");
    wait_until(|| is_running("98.7"));
    drop(page);
    wait_until(|| !is_running("98.7"));
    // While it is compiled.
    let mut page = server.open(PAGE);
    page.start("run", ENDLESS);
    page.hear_state("compiling");
    drop(page);
    // While it waits for its turn, behind as many as have one.
    let mut busy = server.open(PAGE);
    let turns = thread::available_parallelism().map_or(1, usize::from);
    for turn in 0..turns {
        busy.start(&format!("{turn}"), "println!(\"begun\");\nloop {}");
    }
    for _ in 0..turns {
        busy.hear_of("out");
    }
    let mut page = server.open(PAGE);
    page.start(
        "run",
        "std::process::Command::new(\"sleep\").arg(\"97.6\").status()?;",
    );
    page.hear_state("queued");
    drop(page);
    drop(busy);
    let mut page = server.open(PAGE);
    page.run("println!(\"next\");").assert_prints("next\n");
    assert!(!is_running("97.6"));
}

/// Whether some process was called with this word.
pub fn is_running(word: &str) -> bool {
    let all = fs::read_dir("/proc").expect("a list").flatten();
    all.into_iter().any(|it| {
        fs::read_to_string(it.path().join("cmdline"))
            .is_ok_and(|line| line.split('\0').any(|it| it == word))
    })
}

#[test]
#[ignore = "takes long: .ci/run runs it"]
fn two_hundred_runs_at_once_are_done_or_refused() {
    let server = Server::start(&[]);
    // Of one page, and of several.
    for pages in [1, 4] {
        let mut pages: Vec<Page> =
            (0..pages).map(|_| server.open(PAGE)).collect();
        let count = pages.len();
        for run in 0..200 {
            pages[run % count].start(&format!("{run}"), "println!(\"again\");");
        }
        let mut ends = std::collections::BTreeMap::<String, usize>::new();
        for run in 0..200 {
            let done = pages[run % count].hear_of("done");
            let status = done["status"].as_str().expect("a status").to_owned();
            if status == "refused" {
                let why = done["message"].as_str().expect("a reason");
                assert!(why.contains("too many runs"), "{why}");
            }
            *ends.entry(status).or_default() += 1;
        }
        assert!(
            ends["done"] >= 1 && ends.contains_key("refused"),
            "{ends:?}"
        );
        assert_eq!(ends["done"] + ends["refused"], 200, "{ends:?}");
    }
}

/// What a confined cell tries, and says of each how it came. `KEY` is a file of
/// the user's.
const TRIES: &str = r#"
    use std::io::{Error, ErrorKind};
    use std::os::unix::net::{UnixDatagram, UnixListener};
    use std::{env, fs, net};
    fn say<T>(what: &str, came: Result<T, Error>) {
        match came {
            Ok(_) => println!("{what}: good"),
            Err(why) if why.kind() == ErrorKind::PermissionDenied =>
                println!("{what}: denied"),
            Err(why) => println!("{what}: {why}"),
        }
    }
    let own = env::temp_dir();
    let parent = std::os::unix::process::parent_id();
    say("key", fs::read("KEY"));
    say("its folder", fs::read_dir(std::path::Path::new("KEY").parent().unwrap()));
    say("a link to it", {
        std::os::unix::fs::symlink("KEY", own.join("link"))?;
        fs::read(own.join("link"))
    });
    say("users", fs::read("/etc/passwd"));
    say("parent", fs::read(format!("/proc/{parent}/environ")));
    say("first", fs::read("/proc/1/cmdline"));
    say("memory", fs::write("/dev/shm/live-test", ""));
    say("book", fs::write("book.toml", ""));
    say("page", fs::remove_file("chapters/preface.md"));
    say("beside", fs::write(own.join("../it"), ""));
    say("connect", net::TcpStream::connect("127.0.0.1:1"));
    say("listen", net::TcpListener::bind("127.0.0.1:0"));
    say("datagram", net::UdpSocket::bind("127.0.0.1:0"));
    say("unix", UnixDatagram::unbound());
    say("unix listener", UnixListener::bind(own.join("socket")));
    if cfg!(target_arch = "x86_64") {
        extern "C" { fn syscall(number: i64, ...) -> i64; }
        for number in [41, 1 << 30 | 41, 425, 29, 64, 68, 240, 248, 249, 250] {
            let came = unsafe { syscall(number, 0, 0, 0, 0) };
            let came = if came < 0 { Err(Error::last_os_error()) } else { Ok(()) };
            say(&format!("call {number}"), came);
        }
    }
    println!("environment: {:?}", env::var("LIVE_TEST_SECRET").is_ok());
    println!("built with: {:?}", option_env!("LIVE_TEST_SECRET").is_some());
    say("may read the book", fs::read("book.toml"));
    say("may write its own", fs::write(own.join("it"), ""));
    say("may write nowhere", fs::write("/dev/null", ""));
    say("may run", std::process::Command::new("true").status());
"#;

#[test]
fn a_cell_is_confined() {
    if let Err(why) = keeper::confinement() {
        return skip(&why);
    }
    let mut page = shared().open(PAGE);
    let home = home();
    let key = home.path().join(".ssh/id").display().to_string();
    let run = page.run(&TRIES.replace("KEY", &key));
    assert_eq!(run.done()["status"], "done", "{:#?}", run.0);
    let printed = run.printed("stdout");
    for line in printed.lines() {
        let (what, came) = line.split_once(": ").expect("two parts");
        let should = match what {
            "environment" | "built with" => "false",
            what if what.starts_with("may ") => "good",
            _ => "denied",
        };
        assert_eq!(came, should, "{what}");
    }
    assert!(printed.lines().count() >= 21, "{printed}");
}

#[test]
fn the_compiler_is_confined_too() {
    if let Err(why) = keeper::confinement() {
        return skip(&why);
    }
    let mut page = shared().open(PAGE);
    let home = home();
    let key = home.path().join(".ssh/id").display().to_string();
    let run = page.run(&format!(
        "println!(\"{{}}\", include_str!({key:?}));\n\
         println!(\"{{:?}}\", include_bytes!({key:?}));\n\
         println!(\"{{}}\", include_str!(\"/etc/passwd\"));"
    ));
    run.assert_refused("Permission denied");
    assert_eq!(run.all("diagnostic").count(), 3, "{:#?}", run.0);
    let run = page.run(&format!(
        "std::arch::global_asm!(\".incbin \\\"{key}\\\"\");"
    ));
    run.assert_refused("incbin");
    assert!(!Value::from(run.0.clone()).to_string().contains("secret"));
}

#[test]
fn a_cell_has_no_say_in_how_it_is_built() {
    let mut page = shared().open(PAGE);
    for (code, error) in [
        (
            "#![feature(rustc_private)]\nextern crate rustc_driver;",
            "error",
        ),
        ("extern crate keeper;", "E0463"),
        ("#[link(name = \"nowhere\")]\nextern \"C\" {}\n1", "nowhere"),
        ("} fn other() {", "error"),
        ("#[proc_macro]\npub fn it() {}", "error"),
        (
            "const X: u8 = loop {};\nX",
            "constant evaluation is taking a long",
        ),
        (
            "macro_rules! a { () => { a!() } }\na!();",
            "recursion limit",
        ),
        ("let x: [u8; usize::MAX];", "too big"),
        ("compile_error!(\"ca\\u{308}se\");", "case"),
    ] {
        if error != "case" {
            page.run(code).assert_refused(error);
        }
    }
    // A text that no parser has the stack for ends no server.
    for (before, after) in [("(", ")"), ("!", ""), ("{", "}")] {
        let (before, after) = (before.repeat(50_000), after.repeat(50_000));
        let run = page.run(&format!("{before}true{after}"));
        assert_eq!(run.done()["status"], "failed", "{:#?}", run.done());
    }
    // Nor does one of which there is more to say than memory for it.
    let run = page.run(&"let _: u8 = \"\"; ".repeat(3000));
    run.assert_refused("it said more than 16 MiB");
    page.run("println!(\"still here\");")
        .assert_prints("still here\n");
}

/// A cell that may do what its user may can kill its keeper.
#[test]
#[ignore = "takes long: .ci/run runs it"]
fn a_keeper_that_is_killed_is_missed() {
    let server = Server::start(&["--unconfined"]);
    let mut page = server.open(PAGE);
    let run = page.run(
        "use std::process::Command;\n\
         let keeper = std::os::unix::process::parent_id();\n\
         Command::new(\"setsid\").args([\"sleep\", \"96.5\"]).spawn()?;\n\
         let kill = format!(\"kill -KILL {keeper}; sleep 96.5\");\n\
         Command::new(\"sh\").args([\"-c\", &kill]).status()?;",
    );
    run.assert_ends("exited", "watched over it was killed");
    assert!(!is_running("96.5"));
    page.run("println!(\"still here\");")
        .assert_prints("still here\n");
}
