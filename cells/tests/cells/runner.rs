//! A program's processes, as they may behave: shell scripts in place of cells.

use std::fs;
use std::io::{self, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use cells::Kind;
use cells::program::ProgramCell;
use cells::runner::{
    CellResult, Ending, Executable, Failure, OUTPUT_LIMIT, Observer, Process,
    Stream, run, start,
};

/// What comes of a program of `count` cells that does what `script` says,
/// where `mark` writes a mark.
fn results(count: usize, script: &str) -> Vec<CellResult> {
    let kinds = vec![Kind::Run; count];
    observed(&kinds, script, &AtomicBool::new(false), &mut ())
}

fn observed(
    kinds: &[Kind],
    script: &str,
    stop: &AtomicBool,
    observer: &mut dyn Observer,
) -> Vec<CellResult> {
    started(kinds, script, &mut start, stop, observer)
}

fn started(
    kinds: &[Kind],
    script: &str,
    start: cells::runner::Start,
    stop: &AtomicBool,
    observer: &mut dyn Observer,
) -> Vec<CellResult> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("program");
    let mark = r#"mark() { printf '\036%s%s\n' "$CELLS_WORD" "$1"; }
        begin() {
            mark "{\"Begin\":$1}"
            mark "{\"Begin\":$1}" >&2
        }"#;
    fs::write(&path, format!("#!/bin/sh\n{mark}\n{script}\n")).unwrap();
    fs::set_permissions(&path, PermissionsExt::from_mode(0o700)).unwrap();
    let cell = |(line, kind): (usize, &Kind)| ProgramCell {
        line,
        end_line: line,
        last_line: line,
        kind: kind.clone(),
        seconds: 60,
        output: None,
        pictures: Vec::new(),
    };
    let cells: Vec<_> = kinds.iter().enumerate().map(cell).collect();
    let executable = Executable {
        path: &path,
        section: "section",
        root: Path::new("."),
    };
    run(&executable, &cells, start, stop, observer).unwrap()
}

const END: &str = "mark '\"End\"'";

#[track_caller]
fn assert_fails(script: &str, is_it: impl Fn(&Failure) -> bool) {
    let script = format!("mark '{{\"Begin\":0}}'\n{script}");
    let results = results(1, &script);
    let failure = results[0].failure.as_ref();
    assert!(failure.is_some_and(is_it), "{results:#?}");
}

#[test]
fn all_that_is_printed_is_heard() {
    let count = 100;
    let script = format!(
        "dd if=/dev/zero bs=1000000 count=1 2>&- > $0.txt\n\
         for cell in $(seq 0 {}); do\n\
         mark '{{\"Begin\":'$cell'}}'\n\
         cat $0.txt\n\
         done\n{END}",
        count - 1
    );
    for result in results(count, &script) {
        assert_eq!(result.failure, None);
        assert_eq!(result.printed.unwrap().len(), 1_000_000);
    }
}

/// Each thread starts what it has just written, while the processes that the
/// others start hold it open.
#[test]
fn what_was_just_written_can_be_started() {
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for _ in 0..60 {
                    let script = format!("mark '{{\"Begin\":0}}'\n{END}");
                    assert_eq!(results(1, &script)[0].failure, None);
                }
            });
        }
    });
}

#[test]
fn pictures_are_no_part_of_what_is_printed() {
    let script = format!(
        "mark '{{\"Begin\":0}}'\necho a\nmark '{{\"Picture\":\"one\"}}'\n\
         mark '{{\"Picture\":\"two\"}}'\necho b\n\
         mark '{{\"Begin\":1}}'\nmark '{{\"Picture\":\"three\"}}'\n{END}"
    );
    let results = results(2, &script);
    let said = results.iter().map(|result| {
        assert_eq!(result.failure, None);
        (result.printed.as_deref(), result.pictures.join(" "))
    });
    let expected = [
        (Some("a\nb\n"), "one two".into()),
        (Some(""), "three".into()),
    ];
    assert!(said.eq(expected), "{results:#?}");
}

#[test]
fn pictures_have_an_end() {
    assert_fails(
        "picture=$(head -c 1000000 /dev/zero | tr '\\0' a)\n\
         while :; do mark '{\"Picture\":\"'$picture'\"}'; done",
        |failure| matches!(failure, Failure::TooManyPictures),
    );
}

#[test]
fn what_comes_late_is_heard() {
    let script =
        format!("mark '{{\"Begin\":0}}'\n(sleep 0.5; echo a; {END}) &");
    let results = results(1, &script);
    assert_eq!(results[0].failure, None);
    assert_eq!(results[0].printed.as_deref(), Some("a\n"));
}

#[test]
fn a_program_ends_well_or_fails() {
    assert_fails(
        &format!("{END}\nexit 3"),
        |failure| matches!(failure, Failure::Exited { status, .. } if status.contains('3')),
    );
    assert_fails(
        "exit 0",
        |failure| matches!(failure, Failure::Exited { status, .. } if status.contains('0')),
    );
    assert_fails("(sleep 3) &\nexit 0", |failure| {
        matches!(failure, Failure::Endless { .. })
    });
    let flood = format!("head -c {} /dev/zero\n{END}", OUTPUT_LIMIT + 1);
    assert_fails(&flood, |failure| matches!(failure, Failure::TooMuch));
}

/// All that an observer is told, a line each; pieces of one text are one.
#[derive(Default)]
struct Diary {
    lines: Vec<String>,
    open: Option<(usize, Stream)>,
}

impl Diary {
    fn line(&mut self, line: String) {
        self.open = None;
        self.lines.push(line);
    }
}

impl Observer for Diary {
    fn begin(&mut self, cell: usize) {
        self.line(format!("{cell} begins"));
    }

    fn printed(&mut self, cell: usize, text: &str, stream: Stream) {
        if self.open.replace((cell, stream)) != Some((cell, stream)) {
            self.lines.push(format!("{cell} {stream:?} "));
        }
        *self.lines.last_mut().unwrap() += text;
    }

    fn picture(&mut self, cell: usize, svg: &str) {
        self.line(format!("{cell} shows {svg}"));
    }

    fn end(&mut self, cell: usize, result: &CellResult, seconds: f64) {
        assert!((0.0..60.0).contains(&seconds));
        let CellResult { failure, panic, .. } = result;
        self.line(match (failure, panic) {
            (None, None) => format!("{cell} ends"),
            (None, Some(panic)) => format!("{cell} panics: {panic}"),
            (Some(failure), _) => format!("{cell} fails: {failure:?}"),
        });
    }
}

#[test]
fn what_happens_is_told() {
    let script = format!(
        "begin 0\nprintf '\\303'; sleep 0.1; printf '\\244'\n\
         mark '{{\"Picture\":\"svg\"}}'\nprintf 'b\\n'\n\
         if [ \"$CELLS_PANIC\" = 1 ]; then\n\
         begin 1; echo c\n\
         mark '{{\"Panic\":{{\"message\":\"oh\",\"place\":null}}}}'; exit 0; fi\n\
         begin 2; echo d >&2; printf '\\377'\n{END}"
    );
    let kinds = [Kind::Run, Kind::ShouldPanic, Kind::Run];
    let mut diary = Diary::default();
    let results =
        observed(&kinds, &script, &AtomicBool::new(false), &mut diary);
    // Which of two pipes is read first is not told.
    let errors = diary.lines.iter().position(|it| it.contains("Errors"));
    let errors = diary.lines.remove(errors.unwrap());
    assert_eq!(errors, "2 Errors d\n");
    assert_eq!(
        diary.lines,
        [
            "0 begins",
            "0 Output \u{e4}",
            "0 shows svg",
            "0 Output b\n",
            "0 ends",
            "2 begins",
            "2 Output \u{fffd}",
            "2 ends",
            "1 begins",
            "1 Output c\n",
            "1 panics: oh",
        ]
    );
    let printed = results.iter().map(|it| it.printed.as_deref().unwrap());
    assert!(printed.eq(["\u{e4}b\n", "c\n", "\u{fffd}"]), "{results:#?}");
}

#[test]
fn what_fails_is_told() {
    for (script, last) in [
        ("begin 0\nexit 3".into(), "0 fails: Exited"),
        ("exit 3".into(), "0 fails: Exited"),
        (format!("begin 0\n{END}"), "1 fails: Skipped"),
        (
            format!("begin 0\nhead -c {} /dev/zero >&2\n{END}", 2 << 20),
            "0 fails: TooMuch",
        ),
    ] {
        let mut diary = Diary::default();
        let kinds = [Kind::Run, Kind::Run];
        observed(&kinds, &script, &AtomicBool::new(false), &mut diary);
        let told = diary.lines.last().unwrap();
        assert!(told.starts_with(last), "{:#?}", diary.lines);
    }
}

/// What waits for the first thing that is printed, and stops it then.
struct Impatient<'a>(&'a AtomicBool);

impl Observer for Impatient<'_> {
    fn printed(&mut self, _: usize, text: &str, _: Stream) {
        assert_eq!(text, "a\n");
        self.0.store(true, Ordering::Relaxed);
    }
}

#[test]
fn a_run_is_stopped_at_any_time() {
    let since = Instant::now();
    let stop = AtomicBool::new(false);
    let kinds = [Kind::Run, Kind::ShouldPanic];
    let script = "begin 0\necho a\nexec sleep 50";
    let results = observed(&kinds, script, &stop, &mut Impatient(&stop));
    assert_eq!(results[0].failure, Some(Failure::Stopped));
    assert_eq!(results[0].printed.as_deref(), Some("a\n"));
    assert_eq!(results[1], CellResult::default());
    assert!(since.elapsed() < Duration::from_secs(10));
}

/// A process that something else watches, and ends.
struct Watched(Child);

impl Process for Watched {
    fn take_output(&mut self) -> Option<Box<dyn Read + Send>> {
        self.0.take_output()
    }

    fn take_errors(&mut self) -> Option<Box<dyn Read + Send>> {
        self.0.take_errors()
    }

    fn kill(&mut self) {
        Process::kill(&mut self.0);
    }

    fn ended(&mut self) -> io::Result<Option<Ending>> {
        let ending = self.0.ended()?;
        Ok(ending.map(|_| Ending::Ended(Failure::OutOfMemory)))
    }
}

#[test]
fn whoever_ends_a_process_says_why() {
    let mut start = |mut command: Command| {
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let child = command.spawn()?;
        Ok(Box::new(Watched(child)) as Box<dyn Process>)
    };
    let kinds = [Kind::Run];
    let stop = AtomicBool::new(false);
    let script = "begin 0\nkill -9 $$";
    let results = started(&kinds, script, &mut start, &stop, &mut ());
    assert_eq!(results[0].failure, Some(Failure::OutOfMemory));
}
