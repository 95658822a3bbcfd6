//! The book's package, as cargo builds it for the tests: what a cell is linked
//! with.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::SystemTime;

use cells::live::Libraries;
use serde_json::Value;

/// The book's package, and what it was built to, if it was.
#[derive(Debug)]
pub struct Package {
    root: PathBuf,
    /// The test target that runs the cells.
    test: String,
    built: Mutex<Option<Arc<Built>>>,
}

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
    pub fn new(root: &Path, test: &str) -> Package {
        Package {
            root: root.to_owned(),
            test: test.to_owned(),
            built: Mutex::new(None),
        }
    }

    /// What cells are linked with. Cargo is asked again where a file has
    /// changed; what it says on the way is told.
    ///
    /// # Errors
    ///
    /// What cargo says, if it cannot build the package, or is stopped, since
    /// `tell` answered that no one is there to hear.
    pub fn built(
        &self,
        tell: &mut dyn FnMut(&str) -> bool,
    ) -> Result<Arc<Built>, String> {
        // One builds, and all others wait for what comes of it.
        let mut built =
            self.built.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(built) = &*built
            && built.sources.iter().all(|(path, at)| changed(path) == *at)
        {
            return Ok(Arc::clone(built));
        }
        *built = None;
        if !self.root.join("Cargo.toml").is_file() {
            return Err("cells run as part of the book's package, and there \
                        is no Cargo.toml beside book.toml"
                .to_owned());
        }
        let messages = self.build(tell)?;
        let folder = folder(&messages)
            .ok_or("cargo does not say where it puts what it builds")?;
        let fresh = Arc::new(Built {
            libraries: Libraries::find(&self.root, &messages)?,
            folder,
            sources: self.sources(&messages),
        });
        *built = Some(Arc::clone(&fresh));
        Ok(fresh)
    }

    fn build(
        &self,
        tell: &mut dyn FnMut(&str) -> bool,
    ) -> Result<String, String> {
        let mut cargo = Command::new("cargo");
        cargo
            .args(["test", "--no-run", "--test", &self.test])
            .arg("--message-format=json-render-diagnostics")
            .current_dir(&self.root)
            .env("CARGO_TERM_COLOR", "never")
            .env("CARGO_TERM_PROGRESS_WHEN", "always")
            .env("CARGO_TERM_PROGRESS_WIDTH", "80")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        // What the run of the reader itself is told is not for this one.
        for variable in ["CARGO_MANIFEST_DIR", "CARGO_PKG_NAME", "OUT_DIR"] {
            cargo.env_remove(variable);
        }
        let mut child = cargo
            .spawn()
            .map_err(|error| format!("cargo cannot be started: {error}"))?;
        let messages = child.stdout.take().map(|mut out| {
            thread::spawn(move || {
                let mut text = String::new();
                out.read_to_string(&mut text).map(|_| text)
            })
        });
        let said = hear(&mut child, tell);
        let status = child
            .wait()
            .map_err(|error| format!("cargo was lost: {error}"))?;
        let messages = messages.and_then(|thread| thread.join().ok());
        match messages {
            Some(Ok(messages)) if status.success() => Ok(messages),
            _ => Err(format!(
                "the book's package does not build:\n\n{}",
                said.trim_end()
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
fn hear(child: &mut Child, tell: &mut dyn FnMut(&str) -> bool) -> String {
    let mut said = String::new();
    let Some(errors) = child.stderr.take() else {
        return said;
    };
    let mut errors = BufReader::new(errors);
    let mut bytes = Vec::new();
    let mut is_heard = true;
    loop {
        bytes.clear();
        // A line, or a part of it that the next one is written over.
        if read_part(&mut errors, &mut bytes).unwrap_or(0) == 0 {
            return said;
        }
        let text = String::from_utf8_lossy(&bytes);
        let text = text.trim_matches(['\r', '\n']);
        let told = match progress(text) {
            Some(progress) => progress,
            None if bytes.ends_with(b"\n") && !text.trim().is_empty() => {
                said += text.trim_start_matches("\u{1b}[K");
                said.push('\n');
                text.trim().to_owned()
            }
            None => continue,
        };
        if is_heard && !tell(&told) {
            is_heard = false;
            // It may have ended by itself.
            let _ = child.kill();
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
