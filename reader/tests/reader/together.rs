//! Tests that mostly wait.

use std::thread;

/// Runs these all at once, each under its own name, which is told where it
/// panics.
pub fn together(tests: &[(&str, fn())]) {
    thread::scope(|scope| {
        for (name, test) in tests {
            let thread = thread::Builder::new().name((*name).to_owned());
            thread.spawn_scoped(scope, *test).expect("a thread");
        }
    });
}
