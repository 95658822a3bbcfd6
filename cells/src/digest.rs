//! What a text or a file is, in 64 characters.

use std::fmt::Write;

use sha2::{Digest as _, Sha256};

/// The SHA-256 of bytes that come one after another.
#[derive(Default)]
pub(crate) struct Digest(Sha256);

impl Digest {
    pub(crate) fn add(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// In hexadecimal digits.
    pub(crate) fn text(self) -> String {
        let bytes = self.0.finalize();
        bytes.iter().fold(String::new(), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
    }
}

/// The SHA-256 of some bytes.
pub(crate) fn of(bytes: &[u8]) -> String {
    let mut digest = Digest::default();
    digest.add(bytes);
    digest.text()
}
