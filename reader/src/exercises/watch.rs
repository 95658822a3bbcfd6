//! Which files of a folder are saved.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result};
use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::time::timeout;

/// How long nothing more must have changed: an editor saves a file in several
/// steps.
const QUIET: Duration = Duration::from_millis(80);

/// Tells of files that are saved.
pub struct Saved {
    events: UnboundedReceiver<notify::Result<Event>>,
    /// Watches until it is dropped.
    _watcher: RecommendedWatcher,
    /// The folder, as it was named and as the system calls it.
    folder: (PathBuf, PathBuf),
}

impl Saved {
    /// Begins to watch a folder.
    ///
    /// # Errors
    ///
    /// The system's means to watch files cannot be had.
    pub fn watch(folder: &Path) -> Result<Saved> {
        let (sender, events) = unbounded_channel();
        let mut watcher = notify::recommended_watcher(move |event| {
            // No one listens when the program ends.
            let _ = sender.send(event);
        })
        .context("cannot watch files for changes")?;
        let real = folder.canonicalize()?;
        watcher
            .watch(&real, RecursiveMode::NonRecursive)
            .with_context(|| format!("cannot watch {}", folder.display()))?;
        Ok(Saved {
            events,
            _watcher: watcher,
            folder: (folder.to_owned(), real),
        })
    }

    /// Waits until files are saved. `None` where there is no way to tell any
    /// more.
    pub async fn next(&mut self) -> Option<BTreeSet<PathBuf>> {
        let mut paths = BTreeSet::new();
        while paths.is_empty() {
            let event = self.events.recv().await?;
            paths.extend(self.saved(event));
        }
        while let Ok(Some(event)) = timeout(QUIET, self.events.recv()).await {
            paths.extend(self.saved(event));
        }
        Some(paths)
    }

    fn saved(&self, event: notify::Result<Event>) -> Vec<PathBuf> {
        let Ok(event) = event else {
            return Vec::new();
        };
        // Reading a file changes nothing, nor does taking it away.
        if matches!(event.kind, EventKind::Access(_) | EventKind::Remove(_)) {
            return Vec::new();
        }
        let (named, real) = &self.folder;
        let paths = event.paths.iter();
        paths
            .filter_map(|path| Some(named.join(path.strip_prefix(real).ok()?)))
            .collect()
    }
}
