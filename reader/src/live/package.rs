//! The book's package, as cargo builds it for the tests: what a cell is linked
//! with.

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, SystemTime};

use cells::live::Libraries;
use keeper::{Keeper, Limits, Order};
use serde_json::Value;

/// The book's package, and what it was built to, if it was.
#[derive(Debug)]
pub struct Package {
    root: PathBuf,
    /// The test target that runs the cells.
    test: String,
    keeper: Keeper,
    /// The last time that cargo was asked.
    work: Mutex<Option<Arc<Work>>>,
}

/// One time that cargo is asked. It goes on when no run waits for it any more:
/// the next one needs it as well.
#[derive(Debug, Default)]
struct Work {
    progress: Mutex<Progress>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Progress {
    /// What cargo said last.
    said: String,
    outcome: Option<Outcome>,
}

/// What cargo built, or what it says if it cannot.
type Outcome = Result<Arc<Built>, String>;

/// How often one who waits looks whether it still should.
const TICK: Duration = Duration::from_millis(50);

/// Cargo is held to nothing: only that it ends with the server.
const LIMITS: Limits = Limits {
    time: Duration::from_hours(24),
    memory: u64::MAX,
    processes: usize::MAX,
    written: u64::MAX,
};

/// What cargo built, from files as they then were.
#[derive(Debug)]
pub struct Built {
    /// What cells are linked with.
    pub libraries: Libraries,
    /// The folder for what is made of them, beside where cargo put them.
    pub folder: PathBuf,
    sources: Sources,
}

/// When each file was changed; those that are not there have no time.
type Sources = BTreeMap<PathBuf, Option<SystemTime>>;

impl Package {
    pub fn new(root: &Path, test: &str, keeper: Keeper) -> Package {
        Package {
            root: root.to_owned(),
            test: test.to_owned(),
            keeper,
            work: Mutex::default(),
        }
    }

    /// Has cargo build the package, unless it does so already, or has, from
    /// files as they still are.
    pub fn prepare(self: &Arc<Self>) {
        self.work();
    }

    /// What cells are linked with. Cargo is asked again where a file has
    /// changed; what it says on the way is told.
    ///
    /// # Errors
    ///
    /// What cargo says, if it cannot build the package; or `stop` is true
    /// before it has.
    pub fn built(
        self: &Arc<Self>,
        stop: &AtomicBool,
        tell: &mut dyn FnMut(&str),
    ) -> Outcome {
        let work = self.work();
        let mut told = String::new();
        let mut progress = work.progress();
        loop {
            if let Some(outcome) = &progress.outcome {
                return outcome.clone();
            }
            if stop.load(Ordering::SeqCst) {
                return Err("it was stopped".to_owned());
            }
            if progress.said != told {
                told.clone_from(&progress.said);
                drop(progress);
                tell(&told);
                progress = work.progress();
                continue;
            }
            let waited = work.changed.wait_timeout(progress, TICK);
            progress = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// The work that is under way, or was done and is still of use, or else a
    /// new one.
    fn work(self: &Arc<Self>) -> Arc<Work> {
        let mut work = self.work.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(work) = &*work
            && work.is_of_use()
        {
            return Arc::clone(work);
        }
        let fresh = Arc::new(Work::default());
        *work = Some(Arc::clone(&fresh));
        let (package, work) = (Arc::clone(self), Arc::clone(&fresh));
        thread::spawn(move || {
            let outcome = package.build(&mut |text| work.say(text));
            work.progress().outcome = Some(outcome);
            work.changed.notify_all();
        });
        fresh
    }

    fn build(&self, tell: &mut dyn FnMut(&str)) -> Outcome {
        if !self.root.join("Cargo.toml").is_file() {
            return Err("cells run as part of the book's package, and there \
                        is no Cargo.toml beside book.toml"
                .to_owned());
        }
        let messages = self.ask(tell)?;
        let folder = folder(&messages)
            .ok_or("cargo does not say where it puts what it builds")?;
        Ok(Arc::new(Built {
            libraries: Libraries::find(&self.root, &messages)?,
            folder,
            sources: self.sources(&messages),
        }))
    }

    fn ask(&self, tell: &mut dyn FnMut(&str)) -> Result<String, String> {
        let mut cargo = Command::new("cargo");
        cargo
            .args(["test", "--no-run", "--test", &self.test])
            .arg("--message-format=json-render-diagnostics")
            .current_dir(&self.root)
            .envs(env::vars_os())
            .env("CARGO_TERM_COLOR", "never")
            .env("CARGO_TERM_PROGRESS_WHEN", "always")
            .env("CARGO_TERM_PROGRESS_WIDTH", "80");
        // What the run of the reader itself is told is not for this one.
        for variable in ["CARGO_MANIFEST_DIR", "CARGO_PKG_NAME", "OUT_DIR"] {
            cargo.env_remove(variable);
        }
        let order = Order::of(&cargo, &env::temp_dir(), LIMITS, None);
        let mut kept = self
            .keeper
            .start(&order)
            .map_err(|error| format!("cargo cannot be started: {error}"))?;
        let messages = kept.take_stdout().map(|mut out| {
            thread::spawn(move || {
                let mut text = String::new();
                out.read_to_string(&mut text).map(|_| text)
            })
        });
        let said = kept.take_stderr().map(|errors| hear(errors, tell));
        let verdict = kept.wait();
        let messages = messages.and_then(|thread| thread.join().ok());
        match messages {
            Some(Ok(messages)) if verdict.is_success() => Ok(messages),
            _ => Err(format!(
                "the book's package does not build: {verdict}\n\n{}",
                said.unwrap_or_default().trim_end()
            )),
        }
    }

    /// All files of the book's own packages that these messages tell of, and
    /// what says which others are built.
    fn sources(&self, messages: &str) -> Sources {
        let mut files: Vec<PathBuf> = ["Cargo.toml", "book.toml"]
            .iter()
            .map(|name| self.root.join(name))
            .collect();
        // Where cargo starts the compiler, which names files from there.
        let has_lock = |it: &&Path| it.join("Cargo.lock").is_file();
        let workspace = self.root.ancestors().find(has_lock);
        let workspace = workspace.unwrap_or(&self.root);
        files.push(workspace.join("Cargo.lock"));
        for message in all(messages) {
            // Packages from elsewhere do not change.
            let is_own = message["package_id"]
                .as_str()
                .is_some_and(|id| id.starts_with("path+"));
            if !is_own {
                continue;
            }
            files.extend(path(&message["manifest_path"]));
            let made = message["filenames"].as_array();
            let made = made.into_iter().flatten().filter_map(path);
            let texts = made.map(|it| fs::read_to_string(rule_of(&it)));
            for text in texts.flatten() {
                let sources = dependencies(&text).into_iter();
                files.extend(sources.map(|source| workspace.join(source)));
            }
        }
        // Pages are built into tests, and not into what cells are linked with.
        files.retain(|file| file.extension().is_none_or(|it| it != "md"));
        files
            .into_iter()
            .map(|path| {
                let at = changed(&path);
                (path, at)
            })
            .collect()
    }
}

impl Work {
    fn progress(&self) -> MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn say(&self, text: &str) {
        text.clone_into(&mut self.progress().said);
        self.changed.notify_all();
    }

    /// Whether what comes of it, or came, is what would come of it now.
    fn is_of_use(&self) -> bool {
        match &self.progress().outcome {
            None => true,
            Some(Ok(built)) => {
                let mut sources = built.sources.iter();
                sources.all(|(path, at)| changed(path) == *at)
            }
            Some(Err(_)) => false,
        }
    }
}

fn all(messages: &str) -> impl Iterator<Item = Value> {
    let lines = messages.lines();
    lines.filter_map(|line| serde_json::from_str(line).ok())
}

/// `target/debug/.cells/live`, if the test is `target/debug/deps/skeptic-0123`.
fn folder(messages: &str) -> Option<PathBuf> {
    let test = all(messages).find_map(|it| path(&it["executable"]))?;
    Some(test.parent()?.parent()?.join(".cells/live"))
}

fn path(value: &Value) -> Option<PathBuf> {
    value.as_str().map(PathBuf::from)
}

/// The rule that tells what `target/debug/deps/liba-0123.rlib` is made from:
/// `a-0123.d`.
fn rule_of(made: &Path) -> PathBuf {
    let name = made.file_stem().unwrap_or_default().to_string_lossy();
    let name = match made.extension() {
        Some(_) => name.strip_prefix("lib").unwrap_or(&name),
        None => &name,
    };
    made.with_file_name(format!("{name}.d"))
}

fn changed(path: &Path) -> Option<SystemTime> {
    fs::metadata(path).and_then(|about| about.modified()).ok()
}

/// The files that a rule of a makefile depends on, as cargo writes it.
fn dependencies(rule: &str) -> Vec<PathBuf> {
    let first = rule.lines().next().unwrap_or_default();
    let Some((_, list)) = first.split_once(": ") else {
        return Vec::new();
    };
    // A space in a name is behind a backslash.
    list.replace("\\ ", "\0")
        .split_whitespace()
        .map(|name| PathBuf::from(name.replace('\0', " ")))
        .collect()
}

/// What cargo says until it ends. Its progress is told in place of the line
/// that it redraws.
fn hear(errors: impl Read, tell: &mut dyn FnMut(&str)) -> String {
    let mut said = String::new();
    let mut errors = BufReader::new(errors);
    let mut bytes = Vec::new();
    loop {
        bytes.clear();
        // A line, or a part of it that the next one is written over.
        if read_part(&mut errors, &mut bytes).unwrap_or(0) == 0 {
            return said;
        }
        let text = String::from_utf8_lossy(&bytes);
        let text = text.trim_matches(['\r', '\n']);
        match progress(text) {
            Some(progress) => tell(&progress),
            None if bytes.ends_with(b"\n") && !text.trim().is_empty() => {
                said += text.trim_start_matches("\u{1b}[K");
                said.push('\n');
                tell(text.trim());
            }
            None => {}
        }
    }
}

fn read_part(
    from: &mut impl BufRead,
    bytes: &mut Vec<u8>,
) -> std::io::Result<usize> {
    loop {
        let buffer = from.fill_buf()?;
        if buffer.is_empty() {
            return Ok(bytes.len());
        }
        let end = buffer.iter().position(|byte| matches!(byte, b'\r' | b'\n'));
        let length = end.map_or(buffer.len(), |end| end + 1);
        bytes.extend_from_slice(&buffer[..length]);
        from.consume(length);
        if end.is_some() {
            return Ok(bytes.len());
        }
    }
}

/// `12 of 40: faer`, from `Building [=>  ] 12/40: faer`.
fn progress(line: &str) -> Option<String> {
    let (before, after) = line.split_once("] ")?;
    if !before.trim_start().starts_with("Building [") {
        return None;
    }
    let (done, rest) = after.split_once('/')?;
    let (all, what) = rest.split_once(':').unwrap_or((rest, ""));
    let done: u32 = done.trim().parse().ok()?;
    let all: u32 = all.trim().parse().ok()?;
    Some(match what.trim() {
        "" => format!("Building: {done} of {all}"),
        what => format!("Building: {done} of {all}, {what}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_is_told_in_words() {
        for (line, told) in [
            (
                "    Building [=====>      ] 12/40: faer, burn(test)",
                Some("Building: 12 of 40, faer, burn(test)"),
            ),
            ("Building [=] 3/4", Some("Building: 3 of 4")),
            ("   Compiling faer v0.24.0", None),
            ("warning: unused [x] 1/2", None),
        ] {
            assert_eq!(progress(line).as_deref(), told, "{line}");
        }
    }

    #[test]
    fn a_rule_names_its_files() {
        let rule = "/t/liba.rlib: /a/src/lib.rs /a\\ b/c.rs\n\n/a/src/lib.rs:";
        let files = ["/a/src/lib.rs", "/a b/c.rs"].map(PathBuf::from);
        assert_eq!(dependencies(rule), files);
        assert_eq!(dependencies(""), Vec::<PathBuf>::new());
    }
}
