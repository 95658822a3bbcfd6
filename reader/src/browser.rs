//! Opens a browser, where there is one.

use std::env;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::stage::{BOOK, Stage};

/// The file that is opened. What it leads to is its business.
#[derive(Debug)]
pub struct Opened(Stage);

/// Opens the address in the reader's browser. Where that fails nothing is
/// lost: the address was printed.
///
/// What a program is called with, every user of the machine can read. So the
/// browser is given a file that only its user can, beside the rendered book,
/// which browsers can read that may not read everything.
pub fn open(url: &str, beside: &Path) -> Option<Opened> {
    if !has_screen() {
        return None;
    }
    let opened = Opened::new(url, beside).ok()?;
    open::that_detached(opened.path()).ok()?;
    Some(opened)
}

impl Opened {
    fn new(url: &str, beside: &Path) -> io::Result<Self> {
        let opened = Self(Stage::make_in(beside, BOOK)?);
        let page = format!(
            "<!DOCTYPE html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n\
             <meta name=\"referrer\" content=\"no-referrer\">\n\
             <title>The book</title>\n\
             <meta http-equiv=\"refresh\" content=\"0; url={url}\">\n\
             <p><a href=\"{url}\">The book</a>\n</html>\n"
        );
        fs::write(opened.path(), page)?;
        Ok(opened)
    }

    fn path(&self) -> PathBuf {
        self.0.path().join("book.html")
    }
}

/// Whether a browser could be seen: not over SSH, in CI, or on a machine
/// without a screen.
fn has_screen() -> bool {
    let is_set = |name: &str| env::var_os(name).is_some_and(|v| !v.is_empty());
    let away = ["CI", "SSH_CONNECTION"].into_iter().any(is_set);
    let screen = !cfg!(target_os = "linux")
        || ["DISPLAY", "WAYLAND_DISPLAY"].into_iter().any(is_set);
    screen && !away
}
