use std::panic;

/// Makes the panics of skeptic brief, in a process that only compiles.
///
/// skeptic ends a test whose command failed with the whole command, which for
/// a compiler is pages of paths below the message that a reader looks for.
pub(crate) fn be_brief() {
    let usual = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        let is_command = info
            .payload_as_str()
            .is_some_and(|text| text.starts_with("Command failed:"));
        if !is_command {
            usual(info);
        }
    }));
}
