//! Watches what the book is made of.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use cells::Book;
use notify::RecursiveMode::{self, NonRecursive, Recursive};
use notify::{Event, EventKind, RecommendedWatcher, Watcher};

use crate::render;
use crate::stage::Stage;

/// How long nothing must have changed before a change counts as complete: an
/// editor saves a file in several steps.
const QUIET: Duration = Duration::from_millis(80);

/// What a book is made of.
#[derive(Debug, Default)]
struct Parts {
    /// Folders whose whole contents count.
    folders: BTreeSet<PathBuf>,
    /// Single files.
    files: BTreeSet<PathBuf>,
    /// Files that pages show lines of.
    shown: BTreeSet<PathBuf>,
    /// Files elsewhere that links lead to.
    linked: BTreeSet<PathBuf>,
    /// Where the rendered book goes.
    rendered: Option<PathBuf>,
}

impl Parts {
    /// Looks anew. What cannot be told, since `book.toml` or a page is not
    /// good just now, stays what it was.
    fn update(&mut self, root: &Path) {
        self.files.insert(root.join("book.toml"));
        if let Ok(config) = render::config(root) {
            let html = config.html_config().unwrap_or_default();
            let extra = config.build.extra_watch_dirs.iter();
            self.folders = extra.map(|folder| root.join(folder)).collect();
            self.folders.insert(root.join(&config.book.src));
            self.folders.insert(html.theme_dir(root));
            let additional = html.additional_css.iter();
            let additional = additional.chain(&html.additional_js);
            self.files.extend(additional.map(|file| root.join(file)));
            let rendered = root.join(&config.build.build_dir);
            self.rendered = render::real(&rendered).ok();
        }
        if let Ok(book) = Book::load(root) {
            let shown = book.pages.iter().flat_map(|page| &page.sources);
            self.shown = shown.map(|file| root.join(file)).collect();
        }
        let mut links = Links::default();
        let files = self.files.union(&self.shown);
        for path in files.chain(&self.folders) {
            links.follow(path);
        }
        self.linked = links.files;
    }

    fn has(&self, path: &Path) -> bool {
        self.files.contains(path)
            || self.shown.contains(path)
            || self.linked.contains(path)
            || self.is_in_folder(path) && !self.is_rendered(path)
    }

    fn is_rendered(&self, path: &Path) -> bool {
        self.rendered.as_ref().is_some_and(|rendered| {
            let beside = rendered.parent();
            path.starts_with(rendered)
                || beside.is_some_and(|beside| Stage::made(beside, path))
        })
    }

    fn is_in_folder(&self, path: &Path) -> bool {
        self.folders.iter().any(|folder| path.starts_with(folder))
    }

    /// The folders to watch. A file is watched by its folder, since an editor
    /// may replace it with another of the same name.
    fn places(&self) -> BTreeMap<PathBuf, RecursiveMode> {
        let files = [&self.files, &self.shown, &self.linked];
        let files = files.into_iter().flatten();
        let parents = files.filter_map(|file| file.parent());
        parents
            .filter(|folder| !self.is_in_folder(folder))
            .map(|folder| (folder, NonRecursive))
            .chain(self.folders.iter().map(|f| (f.as_path(), Recursive)))
            .filter(|(folder, _)| folder.is_dir())
            .map(|(folder, mode)| (folder.to_path_buf(), mode))
            .collect()
    }
}

/// What symbolic links lead to. A change of it is none of the link's own folder.
#[derive(Debug, Default)]
struct Links {
    files: BTreeSet<PathBuf>,
    /// The folders that were looked through: links may lead in a circle.
    seen: BTreeSet<PathBuf>,
}

impl Links {
    /// Looks at a path, and at all that is in it. What is not there, or cannot
    /// be read, leads nowhere.
    fn follow(&mut self, path: &Path) {
        let Ok(real) = path.canonicalize() else {
            return;
        };
        if !real.is_dir() {
            if path.is_symlink() {
                self.files.insert(real);
            }
        } else if let Ok(entries) = fs::read_dir(&real)
            && self.seen.insert(real)
        {
            for entry in entries.flatten() {
                if !entry.file_type().is_ok_and(|kind| kind.is_file()) {
                    self.follow(&entry.path());
                }
            }
        }
    }
}

/// Tells of changes to a book.
pub struct Changes {
    root: PathBuf,
    parts: Parts,
    watcher: RecommendedWatcher,
    watched: BTreeMap<PathBuf, RecursiveMode>,
    events: Receiver<notify::Result<Event>>,
}

impl Changes {
    /// Begins to watch the book.
    ///
    /// # Errors
    ///
    /// The system's means to watch files cannot be had.
    pub fn watch(root: &Path) -> Result<Self> {
        let (sender, events) = channel();
        let watcher = notify::recommended_watcher(sender)
            .context("cannot watch files for changes")?;
        let mut changes = Self {
            root: root.to_path_buf(),
            parts: Parts::default(),
            watcher,
            watched: BTreeMap::new(),
            events,
        };
        changes.follow();
        Ok(changes)
    }

    /// Waits for the next change that is complete. `None` where there cannot
    /// be one any more.
    pub fn next(&mut self) -> Option<()> {
        loop {
            let event = self.events.recv().ok()?;
            if self.counts(&event) {
                break;
            }
        }
        let mut complete = Instant::now() + QUIET;
        loop {
            let left = complete.saturating_duration_since(Instant::now());
            match self.events.recv_timeout(left) {
                Ok(event) if self.counts(&event) => {
                    complete = Instant::now() + QUIET;
                }
                Ok(_) => {}
                Err(RecvTimeoutError::Timeout) => break,
                Err(RecvTimeoutError::Disconnected) => return None,
            }
        }
        self.follow();
        Some(())
    }

    fn counts(&self, event: &notify::Result<Event>) -> bool {
        match event {
            // Reading the book changes nothing.
            Ok(event) => {
                !matches!(event.kind, EventKind::Access(_))
                    && event.paths.iter().any(|path| self.parts.has(path))
            }
            // Events were lost, say: there may have been a change.
            Err(_) => true,
        }
    }

    /// Watches what the book is made of now.
    fn follow(&mut self) {
        self.parts.update(&self.root);
        let places = self.parts.places();
        self.watched.retain(|folder, mode| {
            let stays = places.get(folder) == Some(mode);
            if !stays {
                // Fails where the folder is gone, and its watch with it.
                let _ = self.watcher.unwatch(folder);
            }
            stays
        });
        for (folder, mode) in places {
            if self.watched.contains_key(&folder) {
                continue;
            }
            match self.watcher.watch(&folder, mode) {
                Ok(()) => {
                    self.watched.insert(folder, mode);
                }
                Err(error) => eprintln!(
                    "cannot watch {} for changes: {error}",
                    folder.display()
                ),
            }
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::symlink;

    use tempfile::TempDir;

    use super::*;

    #[test]
    fn links_are_followed_but_not_in_circles() {
        let folder = TempDir::new().expect("a temporary folder");
        let root = folder.path().canonicalize().expect("the folder");
        for part in ["pages", "pictures"] {
            fs::create_dir(root.join(part)).expect("a folder");
        }
        for file in ["one", "two", "pages/three"] {
            fs::write(root.join(file), "").expect("a file");
        }
        for (original, link) in [
            ("../one", "pages/one"),
            ("../pictures", "pages/pictures"),
            ("../two", "pictures/two"),
            ("../pages", "pictures/pages"),
            ("nowhere", "pages/nowhere"),
        ] {
            symlink(original, root.join(link)).expect("a link");
        }
        let mut links = Links::default();
        links.follow(&root.join("pages"));
        let files = ["one", "two"].map(|file| root.join(file));
        assert_eq!(links.files, BTreeSet::from(files));
    }
}
