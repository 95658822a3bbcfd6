//! Fetches data sets: each file whole and checked, or not at all.

mod failure;
mod folder;
mod origin;
mod receive;

use std::fmt::Write as _;
use std::fs::File;
use std::io;
use std::path::Path;
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};
use cells::{Config, DataFile, DataSet};
use indicatif::{ProgressBar, ProgressStyle};

use failure::{Failure, Next};
use folder::Folder;
use origin::Form;
pub use origin::Origin;
use receive::{check, receive};

/// How often an address is asked before another one is.
const ATTEMPTS: u32 = 3;

/// Where data sets come from, and how long to wait for them.
#[derive(Clone, Debug)]
pub struct Source {
    /// The origin to use instead of the mirrors that the book declares.
    pub from: Option<Origin>,
    /// Whether the network may be used.
    pub offline: bool,
    /// How long a mirror may stay silent.
    pub patience: Duration,
}

impl Source {
    /// The mirrors that the book declares.
    pub fn mirrors(offline: bool) -> Self {
        Self {
            from: None,
            offline,
            patience: Duration::from_secs(10),
        }
    }
}

/// Fetches every declared data set, or the one of this name, and says what is
/// there. A file that is there and right is left alone.
///
/// # Errors
///
/// There is no such data set, or one of its files could not be had. The other
/// files are in place then.
pub fn fetch(
    root: &Path,
    config: &Config,
    name: Option<&str>,
    source: &Source,
) -> Result<()> {
    let sets: Vec<&DataSet> = match name {
        Some(name) => vec![named(config, name)?],
        None => config.data.values().collect(),
    };
    if sets.is_empty() {
        println!("this book declares no data sets: there is nothing to fetch");
    }
    let mut failures = Vec::new();
    for set in sets {
        match fetch_set(root, config, set, source) {
            Ok(()) => println!(
                "{}: {} files in {}, each with the right SHA-256",
                set.name,
                set.files.len(),
                set.folder.display()
            ),
            Err(error) => failures.push(format!("{error:#}")),
        }
    }
    if failures.is_empty() {
        Ok(())
    } else {
        bail!("{}", failures.join("\n"))
    }
}

/// The data sets that are not there, going by the sizes of their files.
pub fn missing<'a>(root: &Path, config: &'a Config) -> Vec<&'a DataSet> {
    let sets = config.data.values();
    sets.filter(|set| !set.is_present(root)).collect()
}

fn named<'a>(config: &'a Config, name: &str) -> Result<&'a DataSet> {
    config.data.get(name).ok_or_else(|| {
        let known: Vec<&str> = config.data.keys().map(String::as_str).collect();
        anyhow!(
            "there is no data set named {name}: book.toml declares {}",
            if known.is_empty() {
                "none".to_owned()
            } else {
                known.join(", ")
            }
        )
    })
}

fn fetch_set(
    root: &Path,
    config: &Config,
    set: &DataSet,
    source: &Source,
) -> Result<()> {
    let shown = set.folder.display();
    let folder = Folder::enter(&root.join(&set.folder), || {
        eprintln!("another run is fetching into {shown}: waiting for it");
    })
    .with_context(|| format!("{}: nothing was fetched", set.name))?;

    let mut origins = Origins::of(set, source);
    let mut failures = String::new();
    for (name, wanted) in &set.files {
        let problem = match File::open(folder.file(name)) {
            Ok(file) => match check(file, wanted) {
                Ok(()) => continue,
                Err(failure) => {
                    eprintln!("{shown}/{name} is damaged: {}", failure.reason);
                    format!("{shown}/{name} is damaged and was left as it is")
                }
            },
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                format!("{shown}/{name} is missing")
            }
            Err(error) => bail!("cannot read {shown}/{name}: {error}"),
        };
        match origins.fetch(&folder, name, wanted) {
            Ok(address) => eprintln!("{shown}/{name} fetched from {address}"),
            Err(reasons) => {
                let _ = write!(failures, "\n{problem}");
                for reason in reasons {
                    let indented = reason.replace('\n', "\n    ");
                    let _ = write!(failures, "\n  {indented}");
                }
            }
        }
    }
    if failures.is_empty() {
        return Ok(());
    }
    bail!(
        "cannot fetch the data set {name}:{failures}\n\
         the files may come from a folder (plain or .gz) or another mirror:\n\
         \n    {fetch} {name} --from DIR-or-URL\n",
        name = set.name,
        fetch = config.fetch,
    )
}

/// The origins of one data set, and what became of them in this run.
struct Origins<'a> {
    set: &'a DataSet,
    source: &'a Source,
    left: Vec<Origin>,
}

impl<'a> Origins<'a> {
    fn of(set: &'a DataSet, source: &'a Source) -> Self {
        let declared = || set.mirrors.iter().cloned().map(Origin::Mirror);
        let left = match &source.from {
            Some(origin) => vec![origin.clone()],
            None => declared().collect(),
        };
        Self { set, source, left }
    }

    /// Puts the file `name` into the folder, from the first origin that has
    /// it, and returns the address that it came from.
    ///
    /// # Errors
    ///
    /// No origin has it: what each address answered.
    fn fetch(
        &mut self,
        folder: &Folder,
        name: &str,
        wanted: &DataFile,
    ) -> Result<String, Vec<String>> {
        let mut reasons = Vec::new();
        for origin in self.left.clone() {
            if self.source.offline && matches!(origin, Origin::Mirror(_)) {
                reasons.push(format!("{origin}: not asked, being offline"));
                continue;
            }
            for form in origin.forms() {
                let address = origin.address(name, form);
                let failure =
                    match self.persist(folder, &origin, form, name, wanted) {
                        Ok(()) => return Ok(address),
                        Err(failure) => failure,
                    };
                reasons.push(format!("{address}: {}", failure.reason));
                match failure.next {
                    Next::SameAddress | Next::OtherForm => {}
                    Next::SlowOrigin | Next::LeaveOrigin => {
                        self.left.retain(|other| *other != origin);
                        break;
                    }
                    Next::Nothing => return Err(reasons),
                }
            }
        }
        if reasons.is_empty() {
            reasons.push(if self.set.mirrors.is_empty() {
                "book.toml declares no mirror for it".to_owned()
            } else {
                "not asked for: no mirror can be reached in time".to_owned()
            });
        }
        Err(reasons)
    }

    /// Asks one address, again after failures that may pass.
    fn persist(
        &self,
        folder: &Folder,
        origin: &Origin,
        form: Form,
        name: &str,
        wanted: &DataFile,
    ) -> Result<(), Failure> {
        // Nothing changes in a folder between two attempts.
        let attempts = match origin {
            Origin::Mirror(_) => ATTEMPTS,
            Origin::Folder(_) => 1,
        };
        let mut attempt = 1;
        loop {
            let result = self.attempt(folder, origin, form, name, wanted);
            let Err(mut failure) = result else {
                return Ok(());
            };
            let may_pass =
                matches!(failure.next, Next::SameAddress | Next::SlowOrigin);
            if !may_pass || attempt == attempts {
                if attempt > 1 {
                    let _ = write!(
                        failure.reason,
                        " (the last of {attempt} attempts)"
                    );
                }
                return Err(failure);
            }
            // 1 s, then 2 s, for the default patience of 20 s.
            thread::sleep(self.source.patience * attempt / 20);
            attempt += 1;
        }
    }

    fn attempt(
        &self,
        folder: &Folder,
        origin: &Origin,
        form: Form,
        name: &str,
        wanted: &DataFile,
    ) -> Result<(), Failure> {
        let patience = self.source.patience;
        let stream = origin.open(name, form, patience)?;
        let bar = progress(name, wanted.bytes);
        let result = folder.put(name, |target| {
            receive(stream, form, wanted, target, |n| bar.inc(n))
        });
        bar.finish_and_clear();
        result.unwrap_or_else(|error| {
            Err(Failure::local("put it in its place", &error))
        })
    }
}

/// A bar on the terminal; nothing where standard error is no terminal.
fn progress(name: &str, bytes: u64) -> ProgressBar {
    let bar = ProgressBar::new(bytes).with_message(name.to_owned());
    match ProgressStyle::with_template(
        "{msg} {bar:24} {bytes}/{total_bytes} {bytes_per_sec}",
    ) {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

/// What to say of data sets that are missing and are not going to be fetched.
pub fn how_to_fetch(config: &Config, missing: &[&DataSet]) -> String {
    let mut text = String::new();
    for set in missing {
        let _ = writeln!(
            text,
            "the data set {name} is not in {folder}: cells that need it are \
             not run; to fetch it: {fetch} {name} [--from DIR-or-URL]",
            name = set.name,
            folder = set.folder.display(),
            fetch = config.fetch,
        );
    }
    text
}
