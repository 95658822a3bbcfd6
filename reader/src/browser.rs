//! Opens a browser, where there is one.

use std::env;

/// Opens the address in the reader's browser. Where that fails nothing is
/// lost: the address was printed.
pub fn open(url: &str) {
    if has_screen() {
        let _ = open::that_detached(url);
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
