//! What programs that misbehave can do, and what is left of them.
#![cfg(target_os = "linux")]

use std::env;
use std::fs;
use std::io::Read;
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::os::fd::AsFd;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use keeper::{
    Confinement, Keeper, Kept, Limits, Order, Places, Verdict, confinement,
};

/// How long something may take that takes no time.
const SOON: Duration = Duration::from_secs(5);

/// The variable that makes [`acts`] act, and says as what.
const ACT: &str = "KEEPING_ACT";

/// A run of one program, with a folder of its own.
struct Try {
    order: Order,
    own: TempDir,
}

impl Try {
    /// A script for the shell, confined.
    fn shell(script: &str) -> Self {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", script]);
        Self::of(&mut command)
    }

    /// This test, acting as something.
    fn act(act: &str) -> Self {
        let this = env::current_exe().expect("a path");
        let mut command = Command::new(this);
        command
            .args(["acts", "--exact", "--nocapture"])
            .env(ACT, act);
        Self::of(&mut command)
    }

    fn of(command: &mut Command) -> Self {
        let own = TempDir::new().expect("a folder");
        command.current_dir(own.path());
        let limits = Limits {
            time: SOON * 4,
            memory: 1 << 30,
            processes: 50,
            written: 1 << 24,
        };
        let confinement = Some(confined_to(own.path()));
        let order = Order::of(command, own.path(), limits, confinement);
        Self { order, own }
    }

    fn limited(mut self, change: impl FnOnce(&mut Limits)) -> Self {
        change(&mut self.order.limits);
        self
    }

    fn unconfined(mut self) -> Self {
        self.order.confinement = None;
        self
    }

    fn start(&self) -> Kept {
        keeper().start(&self.order).expect("it starts")
    }

    /// Runs it to its end: how that came, and what it printed.
    fn run(&self) -> (Verdict, String) {
        let mut kept = self.start();
        let mut printed = String::new();
        let out = kept.take_stdout().expect("a pipe");
        let errors = kept.take_stderr().expect("a pipe");
        for mut pipe in [Box::new(out) as Box<dyn Read>, Box::new(errors)] {
            pipe.read_to_string(&mut printed).expect("text");
        }
        let verdict = kept.wait();
        self.assert_nothing_is_left();
        (verdict, printed)
    }

    #[track_caller]
    fn assert_nothing_is_left(&self) {
        assert_eq!(left(self.own.path()), Vec::<PathBuf>::new());
    }
}

/// The processes that have this folder as their home.
fn left(home: &Path) -> Vec<PathBuf> {
    let home = format!("HOME={}\0", home.display());
    let is_left = |process: &PathBuf| {
        fs::read(process.join("environ"))
            .is_ok_and(|it| String::from_utf8_lossy(&it).contains(&home))
    };
    let entries = fs::read_dir("/proc").expect("a list").flatten();
    entries.map(|it| it.path()).filter(is_left).collect()
}

#[track_caller]
fn wait_until(is_so: impl Fn() -> bool) {
    let patience = Instant::now() + SOON;
    while !is_so() {
        assert!(Instant::now() < patience);
        thread::sleep(Duration::from_millis(5));
    }
}

fn keeper() -> Keeper {
    Keeper::at(env!("CARGO_BIN_EXE_keeper").into())
}

/// What a cell's program may use, of a book that has nothing.
fn confined_to(own: &Path) -> Confinement {
    let this = env::current_exe().expect("a path");
    let places = Places {
        sysroot: PathBuf::from("/nowhere"),
        root: PathBuf::from("/nowhere"),
        built: vec![this.parent().expect("a folder").to_path_buf()],
        data: Vec::new(),
        sources: Vec::new(),
    };
    places.program(own)
}

/// What this test is where a test runs it as a program.
#[test]
fn acts() {
    let Ok(act) = env::var(ACT) else {
        return;
    };
    let (act, rest) = act.split_once(' ').unwrap_or((&act, ""));
    match act {
        "eat" => {
            let mut eaten = Vec::new();
            loop {
                eaten.push(vec![1_u8; 1 << 20]);
            }
        }
        "connect" => {
            let said = TcpStream::connect(rest).map_err(|it| it.kind());
            println!("connect: {said:?}");
        }
        "listen" => {
            let said = TcpListener::bind("127.0.0.1:0");
            println!("listen: {:?}", said.map_err(|it| it.kind()));
        }
        "datagram" => {
            let said = UdpSocket::bind("127.0.0.1:0");
            println!("datagram: {:?}", said.map_err(|it| it.kind()));
        }
        "socket" => {
            let said = UnixStream::connect(rest).map_err(|it| it.kind());
            println!("socket: {said:?}");
        }
        "pipes" => {
            let nothing = fs::File::open("/dev/null").expect("it is there");
            rustix::stdio::dup2_stdout(nothing.as_fd()).expect("it closes");
            rustix::stdio::dup2_stderr(nothing.as_fd()).expect("it closes");
            thread::sleep(SOON * 10);
        }
        other => panic!("nothing is called {other}"),
    }
}

#[test]
fn a_program_is_run_as_it_was_ordered() {
    let run = Try::shell("pwd; echo $HOME; echo oh >&2; cat; exit 3");
    let (verdict, printed) = run.run();
    let own = run.own.path().display();
    assert_eq!(verdict, Verdict::Exited(3));
    assert_eq!(printed, format!("{own}\n{own}\noh\n"));
    let (verdict, _) = Try::shell("kill -TERM $$").run();
    assert_eq!(verdict, Verdict::Signalled(15));
}

#[test]
fn what_cannot_be_run_is_said_so() {
    let mut run = Try::shell("");
    run.order.program = "/no/such/program".into();
    let error = keeper().start(&run.order).expect_err("it is not there");
    assert_eq!(error.kind(), std::io::ErrorKind::NotFound);
    run.order.program = run.own.path().to_path_buf();
    let error = keeper().start(&run.order).expect_err("it is a folder");
    assert_eq!(error.kind(), std::io::ErrorKind::PermissionDenied);
    let gone = Keeper::at("/no/such/keeper".into());
    assert!(gone.start(&run.order).is_err());
    let other = Keeper::at("/bin/true".into());
    assert!(other.start(&run.order).is_err());
}

#[test]
fn an_endless_loop_is_ended_in_time() {
    let run = Try::shell("while :; do :; done")
        .limited(|it| it.time = Duration::from_millis(300));
    let start = Instant::now();
    assert_eq!(run.run().0, Verdict::TimedOut);
    let took = start.elapsed();
    assert!(
        took >= Duration::from_millis(300) && took < SOON,
        "{took:?}"
    );
}

#[test]
fn endless_output_ends_where_nobody_hears_it() {
    let run = Try::shell("exec yes");
    let mut kept = run.start();
    let mut out = kept.take_stdout().expect("a pipe");
    let mut heard = vec![0; 1 << 20];
    out.read_exact(&mut heard).expect("much");
    assert_eq!(kept.try_wait(), None);
    drop(out);
    assert_eq!(kept.wait(), Verdict::Signalled(13));
    run.assert_nothing_is_left();
    // Nobody reads it, and it is ended as any other.
    let run = Try::shell("exec yes")
        .limited(|it| it.time = Duration::from_millis(200));
    assert_eq!(run.start().wait(), Verdict::TimedOut);
    run.assert_nothing_is_left();
}

#[test]
fn a_fork_bomb_is_ended() {
    // By itself it ends at a thousand: a keeper that fails must not take the
    // machine with it.
    for run in [
        "bomb() { [ $1 = 0 ] || bomb $(($1 - 1)) | bomb $(($1 - 1)) & wait; }",
        "bomb() { for n in $(seq 1000); do sleep 100 & done; }",
    ] {
        let run = Try::shell(&format!("{run}; bomb 9; sleep 100"));
        assert_eq!(run.run().0, Verdict::TooManyProcesses);
    }
}

#[test]
fn a_bomb_of_sessions_is_ended() {
    let run = Try::shell(
        "echo '[ $1 = 0 ] || for it in 1 2; do setsid sh $0 $(($1 - 1)) & done
         sleep 100' > bomb; sh bomb 9",
    );
    assert_eq!(run.run().0, Verdict::TooManyProcesses);
}

#[test]
fn a_program_that_takes_all_memory_is_ended() {
    let eat = || Try::act("eat").limited(|it| it.memory = 1 << 28);
    assert_eq!(eat().run().0, Verdict::OutOfMemory);
}

#[test]
fn a_program_that_fills_the_disk_is_ended() {
    let many = "while :; do head -c 100000 /dev/zero > f$((n += 1)); done";
    assert_eq!(Try::shell(many).run().0, Verdict::WroteTooMuch);
    // Each file by itself ends at the limit.
    let run = Try::shell("exec head -c 100000000 /dev/zero > large");
    assert_eq!(run.run().0, Verdict::WroteTooMuch);
    let size = fs::metadata(run.own.path().join("large")).map(|it| it.len());
    assert_eq!(size.ok(), Some(run.order.limits.written));
}

#[test]
fn nothing_outlives_the_program() {
    let run = Try::shell(
        "sleep 100 & setsid sleep 100 & (setsid sh -c 'sleep 100 & sleep 100' &); sleep 0.1; echo bye",
    );
    let start = Instant::now();
    assert_eq!(run.run(), (Verdict::Exited(0), "bye\n".to_owned()));
    assert!(start.elapsed() < SOON);
}

#[test]
fn a_session_of_its_own_does_not_help() {
    let run = Try::shell("setsid sh -c 'sleep 100' & sleep 100");
    let kept = run.start();
    wait_until(|| left(run.own.path()).len() >= 3);
    kept.stop();
    assert_eq!(kept.wait(), Verdict::Stopped);
    run.assert_nothing_is_left();
}

#[test]
fn a_program_that_closes_its_pipes_goes_on_until_it_is_stopped() {
    let run = Try::act("pipes");
    let mut kept = run.start();
    let mut printed = Vec::new();
    let mut out = kept.take_stdout().expect("a pipe");
    out.read_to_end(&mut printed).expect("an end");
    assert_eq!(kept.try_wait(), None);
    kept.stop();
    assert_eq!(kept.wait(), Verdict::Stopped);
    run.assert_nothing_is_left();
}

#[test]
fn a_program_can_be_stopped_at_any_time() {
    for microseconds in (0..8000).step_by(400) {
        let run = Try::shell("sleep 100 & sleep 100");
        let kept = run.start();
        let stopper = kept.stopper();
        let stop = thread::spawn(move || {
            thread::sleep(Duration::from_micros(microseconds));
            stopper.stop();
        });
        assert_eq!(kept.wait(), Verdict::Stopped);
        stop.join().expect("it stops");
        run.assert_nothing_is_left();
    }
    let run = Try::shell("sleep 100");
    drop(run.start());
    run.assert_nothing_is_left();
}

#[test]
fn a_confined_program_cannot_kill_its_keeper() {
    if confinement().is_ok_and(|version| version >= 6) {
        let run = Try::shell("kill -KILL $PPID; kill -STOP $PPID; echo alive");
        let (verdict, printed) = run.run();
        assert_eq!(verdict, Verdict::Exited(0));
        assert!(printed.starts_with("alive\n"), "{printed}");
    }
}

#[test]
fn a_program_that_kills_its_keeper_is_ended_too() {
    let run = Try::shell(
        "setsid sleep 100 & sleep 100 & sleep 0.1; kill -KILL $PPID; sleep 100",
    )
    .unconfined();
    let start = Instant::now();
    assert_eq!(run.run().0, Verdict::KeeperDied);
    assert!(start.elapsed() < SOON);
}

#[test]
fn a_confined_program_reads_and_writes_what_it_may() {
    let home = TempDir::new().expect("a folder");
    let key = home.path().join(".ssh/id_ed25519");
    fs::create_dir(home.path().join(".ssh")).expect("a folder");
    fs::write(&key, "secret").expect("a file");
    let (key, home) = (key.display(), home.path().display());
    for (script, is_allowed) in [
        (format!("cat {key}"), false),
        (format!("ls {home}"), false),
        (format!("echo more > {key}"), false),
        (format!("echo new > {home}/new"), false),
        (format!("rm {key}"), false),
        (format!("mv {home}/.ssh {home}/ssh"), false),
        (format!("cp {key} ."), false),
        (format!("ln {key} link && cat link"), false),
        (format!("ln -s {key} link && cat link"), false),
        ("cat /etc/passwd".to_owned(), false),
        ("cat /proc/$PPID/environ".to_owned(), false),
        ("mknod disk b 1 1".to_owned(), false),
        ("mount -t tmpfs none .".to_owned(), false),
        ("echo 1 > new; mkdir -p a/b; mv new a/b; ln a/b/new c; cat c; rm -r a c".to_owned(), true),
        ("echo nothing > /dev/null".to_owned(), true),
        ("head -c 8 /dev/urandom".to_owned(), true),
        ("cp /bin/true . && ./true".to_owned(), true),
    ] {
        let run = Try::shell(&format!("({script}) >/dev/null"));
        let (verdict, printed) = run.run();
        assert_eq!(verdict.is_success(), is_allowed, "{script}: {printed}");
    }
    assert_eq!(
        fs::read_to_string(key.to_string()).ok().as_deref(),
        Some("secret")
    );
    // Each of these is possible, and so says something.
    let (verdict, printed) =
        Try::shell(&format!("cat {key}")).unconfined().run();
    assert_eq!((verdict, &*printed), (Verdict::Exited(0), "secret"));
}

#[test]
fn a_confined_program_opens_no_socket() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address");
    let folder = TempDir::new().expect("a folder");
    let path = folder.path().join("socket");
    let _socket = UnixListener::bind(&path).expect("a socket");
    for act in [
        format!("connect {port}"),
        "listen".to_owned(),
        "datagram".to_owned(),
        format!("socket {}", path.display()),
    ] {
        let (_, printed) = Try::act(&act).run();
        assert!(
            printed.contains(": Err(PermissionDenied)"),
            "{act}: {printed}"
        );
        let (_, printed) = Try::act(&act).unconfined().run();
        assert!(printed.contains(": Ok("), "{act}: {printed}");
    }
}

#[test]
fn the_compiler_and_its_linker_work_confined() {
    let said = Command::new("rustc").args(["--print", "sysroot"]).output();
    let sysroot = said.expect("the compiler").stdout;
    let sysroot = String::from_utf8(sysroot).expect("a path");
    let book = TempDir::new().expect("a folder");
    let source = book.path().join("main.rs");
    fs::write(&source, "fn main() { println!(\"{}\", 6 * 7); }")
        .expect("a file");
    let places = Places {
        sysroot: sysroot.trim().into(),
        root: book.path().to_path_buf(),
        built: Vec::new(),
        data: Vec::new(),
        sources: Vec::new(),
    };
    let mut rustc = Command::new(places.sysroot.join("bin/rustc"));
    let mut compile = Try::of(rustc.arg(&source));
    compile.order.limits.processes = 100;
    compile.order.limits.written = 1 << 30;
    let own = compile.own.path().to_path_buf();
    compile.order.confinement = Some(places.compiler(&own));
    let (verdict, printed) = compile.run();
    assert!(verdict.is_success(), "{printed}");
    let mut run = Try::of(&mut Command::new(own.join("main")));
    run.order.confinement = Some(
        Places {
            built: vec![own],
            ..places
        }
        .program(run.own.path()),
    );
    assert_eq!(run.run(), (Verdict::Exited(0), "42\n".to_owned()));
}

#[test]
fn a_server_that_is_about_to_end_ends_all() {
    let keeper = keeper();
    let runs: Vec<_> = (0..3).map(|_| Try::shell("sleep 100")).collect();
    let kept: Vec<_> =
        runs.iter().map(|run| keeper.start(&run.order)).collect();
    keeper.clone().end_all();
    for run in &runs {
        run.assert_nothing_is_left();
    }
    for kept in kept {
        let kept = kept.expect("it was started");
        assert_eq!(kept.wait(), Verdict::Stopped);
    }
    assert!(keeper.start(&runs[0].order).is_err());
    runs[0].assert_nothing_is_left();
}

/// What this test is where a test has it be a server.
#[test]
fn serves() {
    if env::var_os(ACT).is_some_and(|act| act == "serve") {
        let run = Try::shell("setsid sleep 100 & sleep 100");
        let _kept = run.start();
        println!("own: {}", run.own.path().display());
        thread::sleep(SOON * 10);
    }
}

#[test]
fn when_the_server_is_killed_its_programs_end() {
    let mut server = Command::new(env::current_exe().expect("a path"))
        .args(["serves", "--exact", "--nocapture"])
        .env(ACT, "serve")
        .stdout(Stdio::piped())
        .spawn()
        .expect("it runs");
    let mut out =
        std::io::BufReader::new(server.stdout.take().expect("a pipe"));
    let mut own = String::new();
    while !own.starts_with("own: ") {
        own.clear();
        std::io::BufRead::read_line(&mut out, &mut own).expect("a line");
    }
    let own = Path::new(own.trim_start_matches("own: ").trim());
    wait_until(|| left(own).len() >= 3);
    server.kill().expect("it is killed");
    server.wait().expect("it ends");
    wait_until(|| left(own).is_empty());
    // Nobody was there to do so.
    fs::remove_dir_all(own).expect("it is left");
}

#[test]
fn many_short_runs_leave_nothing() {
    let open = || fs::read_dir("/proc/self/fd").map(Iterator::count);
    let before = open().expect("a list");
    let run = Try::shell(":");
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                for _ in 0..RUNS / 2 {
                    assert_eq!(run.start().wait(), Verdict::Exited(0));
                }
            });
        }
    });
    run.assert_nothing_is_left();
    // Other tests have files open meanwhile, and children.
    let more = open().expect("a list").saturating_sub(before);
    assert!(more < RUNS / 2, "{more} more files are open");
    let dead = format!(") Z {} ", std::process::id());
    let is_dead = |process: &fs::DirEntry| {
        fs::read_to_string(process.path().join("stat"))
            .is_ok_and(|stat| stat.contains(&dead))
    };
    let all = fs::read_dir("/proc").expect("a list").flatten();
    let dead = all.filter(is_dead).count();
    assert!(dead < RUNS / 2, "{dead} are dead, and not waited for");
    assert_eq!(
        fs::read_dir(run.own.path()).map(Iterator::count).ok(),
        Some(0)
    );
}

/// How many short runs leave nothing.
const RUNS: usize = 200;
