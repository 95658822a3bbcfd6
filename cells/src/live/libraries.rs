use std::collections::BTreeSet;
use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::UNIX_EPOCH;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::digest;

/// What cargo has built for the tests of a book: the compiler, and the crates
/// that cells may name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Libraries {
    /// The compiler itself, not a proxy that looks for it each time.
    pub(super) compiler: PathBuf,
    /// The book's root.
    pub(super) root: PathBuf,
    /// Where the standard library is.
    pub(super) runtime: PathBuf,
    /// The crates that cells may name, with their names.
    pub(super) crates: Vec<(String, PathBuf)>,
    /// Where the compiler finds all others.
    pub(super) folders: BTreeSet<String>,
    /// What all this is, as a digest.
    pub(super) digest: String,
}

/// A line of what `cargo test --message-format=json` writes.
#[derive(Deserialize)]
#[serde(tag = "reason", rename_all = "kebab-case")]
enum Message {
    CompilerArtifact(Artifact),
    BuildScriptExecuted {
        linked_paths: Vec<String>,
    },
    #[serde(other)]
    Other,
}

#[derive(Deserialize)]
struct Artifact {
    package_id: String,
    target: Target,
    filenames: Vec<PathBuf>,
    executable: Option<PathBuf>,
}

#[derive(Deserialize)]
struct Target {
    name: String,
    kind: Vec<String>,
}

/// What `cargo metadata` writes.
#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
    resolve: Resolve,
}

#[derive(Deserialize)]
struct Package {
    id: String,
    manifest_path: PathBuf,
}

#[derive(Deserialize)]
struct Resolve {
    nodes: Vec<Node>,
}

#[derive(Deserialize)]
struct Node {
    id: String,
    deps: Vec<Dependency>,
}

#[derive(Deserialize)]
struct Dependency {
    name: String,
    pkg: String,
    dep_kinds: Vec<DependencyKind>,
}

#[derive(Deserialize)]
struct DependencyKind {
    kind: Option<String>,
}

impl Libraries {
    /// What the tests of the book in `root` are built with, from the `messages`
    /// that cargo wrote as it built them: `cargo test --no-run --test NAME
    /// --message-format=json-render-diagnostics`.
    ///
    /// # Errors
    ///
    /// If cargo or the compiler does not say what it should, or the messages
    /// are of another package.
    pub fn find(root: &Path, messages: &str) -> Result<Libraries, String> {
        let mut folders = BTreeSet::new();
        let mut artifacts = Vec::new();
        for line in messages.lines().filter(|line| line.starts_with('{')) {
            match parse(line.as_bytes(), "cargo")? {
                Message::CompilerArtifact(artifact) => artifacts.push(artifact),
                Message::BuildScriptExecuted { linked_paths } => {
                    folders.extend(linked_paths);
                }
                Message::Other => {}
            }
        }
        let files = artifacts.iter().filter_map(Artifact::library);
        for folder in files.filter_map(Path::parent) {
            folders.insert(format!("dependency={}", folder.display()));
        }
        let crates = crates(root, &artifacts)?;
        let (compiler, runtime) = compiler(root)?;
        let version = said(Command::new(&compiler).arg("-vV"))?;
        let version = String::from_utf8_lossy(&version).into_owned();
        // Cargo tells of them in another order each time, and of the tests,
        // which change with each page.
        let libraries = artifacts.iter().filter(|it| it.library().is_some());
        let files = libraries.flat_map(|it| &it.filenames);
        let files: BTreeSet<String> = files.map(|file| about(file)).collect();
        let all = format!("{version}\n{crates:?}\n{folders:?}\n{files:?}");
        Ok(Libraries {
            compiler,
            runtime,
            root: root.to_owned(),
            crates,
            folders,
            digest: digest::of(all.as_bytes()),
        })
    }

    /// The folders that the compiler reads, and a program at its start.
    pub fn reads(&self) -> impl Iterator<Item = &Path> {
        let compiler = self.compiler.parent().and_then(Path::parent);
        let folders = self
            .folders
            .iter()
            .filter_map(|folder| Some(Path::new(folder.split_once('=')?.1)));
        compiler
            .into_iter()
            .chain([self.runtime.as_path()])
            .chain(folders)
    }

    /// The compiler, which finds all that cells may name, in their edition.
    #[must_use]
    pub fn command(&self) -> Command {
        let mut command = Command::new(&self.compiler);
        command.arg("--edition=2021");
        for folder in &self.folders {
            command.arg(format!("-L{folder}"));
        }
        for (name, path) in &self.crates {
            let mut library = OsString::from(format!("--extern={name}="));
            library.push(path);
            command.arg(library);
        }
        command
    }

    /// The names of the crates that are linked: not those that only the
    /// compiler runs.
    pub(super) fn linked(&self) -> impl Iterator<Item = &str> {
        self.crates
            .iter()
            .filter(|(_, path)| path.extension().is_some_and(|it| it == "rlib"))
            .map(|(name, _)| name.as_str())
    }
}

impl Artifact {
    /// The file of a library, if it is one that programs are linked with.
    fn library(&self) -> Option<&Path> {
        let kinds = ["lib", "rlib", "dylib", "proc-macro"];
        let is_library = self.executable.is_none()
            && kinds
                .iter()
                .any(|kind| self.target.kind.iter().any(|it| it == kind));
        let is_linked =
            |file: &&PathBuf| file.extension().is_some_and(|it| it != "rmeta");
        let file = self.filenames.iter().find(is_linked)?;
        is_library.then_some(file)
    }

    /// The name that cargo gives to the work of one run of the compiler.
    fn unit(&self) -> Option<&str> {
        let file = self.filenames.first()?.file_stem()?.to_str()?;
        Some(file.rsplit_once('-')?.1)
    }
}

/// The crates that the tests of the book's package may name.
fn crates(
    root: &Path,
    artifacts: &[Artifact],
) -> Result<Vec<(String, PathBuf)>, String> {
    let metadata: Metadata = parse(
        &said(
            Command::new(
                env::var_os("CARGO").unwrap_or_else(|| "cargo".into()),
            )
            .args(["metadata", "--format-version=1", "--offline"])
            .current_dir(root),
        )?,
        "cargo metadata",
    )?;
    let manifest = root.join("Cargo.toml");
    let manifest = fs::canonicalize(&manifest)
        .map_err(|error| format!("{}: {error}", manifest.display()))?;
    let is_own = |package: &&Package| {
        fs::canonicalize(&package.manifest_path).is_ok_and(|it| it == manifest)
    };
    let nodes = || metadata.resolve.nodes.iter();
    let own = metadata.packages.iter().find(is_own);
    let node = own.and_then(|own| nodes().find(|node| node.id == own.id));
    let node = node.ok_or_else(|| {
        format!("cargo metadata: no package {}", manifest.display())
    })?;
    let test = artifacts.iter().find(|artifact| {
        artifact.package_id == node.id && artifact.executable.is_some()
    });
    let used = test.map(used).unwrap_or_default();
    let find = |package: &str| {
        let of_package = artifacts.iter().filter(|it| it.package_id == package);
        let built: Vec<&Artifact> =
            of_package.filter(|it| it.library().is_some()).collect();
        // One may have been built for build scripts as well.
        let is_used = |it: &&&Artifact| {
            it.library().is_some_and(|file| is_used(file, it, &used))
        };
        built.iter().find(is_used).or(built.last()).copied()
    };
    let own = find(&node.id).into_iter().map(|it| (&it.target.name, it));
    let others = node.deps.iter().filter(|it| {
        it.dep_kinds
            .iter()
            .any(|it| it.kind.as_deref() != Some("build"))
    });
    let others = others.filter_map(|it| Some((&it.name, find(&it.pkg)?)));
    Ok(own
        .chain(others)
        .filter_map(|(name, it)| Some((name.clone(), it.library()?.to_owned())))
        .collect())
}

/// What cargo notes of the libraries that a test was linked with; empty where
/// it does not, which only matters for what was built twice.
fn used(test: &Artifact) -> BTreeSet<String> {
    #[derive(Deserialize)]
    struct Unit {
        deps: Vec<(serde_json::Value, String, serde_json::Value, u64)>,
    }
    let read = || {
        let folder = notes(test.executable.as_deref()?, test.unit()?)?;
        let entries = fs::read_dir(folder).ok()?.flatten();
        let mut paths = entries.map(|entry| entry.path());
        let path =
            paths.find(|it| it.extension().is_some_and(|it| it == "json"))?;
        let unit: Unit = serde_json::from_slice(&fs::read(path).ok()?).ok()?;
        let digests = unit.deps.iter().map(|dep| dep.3.swap_bytes());
        Some(digests.map(|digest| format!("{digest:016x}")).collect())
    };
    read().unwrap_or_default()
}

fn is_used(file: &Path, artifact: &Artifact, used: &BTreeSet<String>) -> bool {
    let read = || {
        let folder = notes(file, artifact.unit()?)?;
        let name = format!("lib-{}", artifact.target.name);
        fs::read_to_string(folder.join(name)).ok()
    };
    read().is_some_and(|digest| used.contains(digest.trim()))
}

/// The folder of cargo's notes of a unit, which made this file.
fn notes(file: &Path, unit: &str) -> Option<PathBuf> {
    let all = file.parent()?.parent()?.join(".fingerprint");
    let entries = fs::read_dir(all).ok()?.flatten();
    let mut paths = entries.map(|entry| entry.path());
    let end = format!("-{unit}");
    paths.find(|path| path.to_string_lossy().ends_with(&end))
}

/// The compiler that cargo uses in a folder, and where its standard library is.
fn compiler(root: &Path) -> Result<(PathBuf, PathBuf), String> {
    let named = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let mut command = Command::new(&named);
    command.args(["--print=sysroot", "--print=target-libdir"]);
    let said = said(command.current_dir(root))?;
    let said = String::from_utf8_lossy(&said);
    let mut folders = said.lines().map(Path::new);
    let (Some(folder), Some(runtime)) = (folders.next(), folders.next()) else {
        return Err("rustc does not say where it is".into());
    };
    let own = format!("rustc{}", env::consts::EXE_SUFFIX);
    let own = folder.join("bin").join(own);
    let compiler = if own.exists() { own } else { named.into() };
    Ok((compiler, runtime.to_owned()))
}

/// Which state of a file this is.
fn about(file: &Path) -> String {
    let about = fs::metadata(file).ok();
    let changed = about.as_ref().and_then(|it| it.modified().ok());
    let since = changed.and_then(|it| it.duration_since(UNIX_EPOCH).ok());
    let length = about.map(|it| it.len());
    format!("{} {length:?} {since:?}", file.display())
}

/// What a command writes to its standard output.
fn said(command: &mut Command) -> Result<Vec<u8>, String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command
        .output()
        .map_err(|error| format!("{name}: {error}"))?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    let errors = String::from_utf8_lossy(&output.stderr);
    Err(format!("{name}: {}: {}", output.status, errors.trim_end()))
}

fn parse<T: DeserializeOwned>(json: &[u8], from: &str) -> Result<T, String> {
    serde_json::from_slice(json).map_err(|error| format!("{from}: {error}"))
}
