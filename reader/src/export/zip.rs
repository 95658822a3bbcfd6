//! Files in one file.

use std::collections::BTreeMap;
use std::io::{Cursor, Write};

use anyhow::Result;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// Texts, by their paths, in a folder of an archive.
///
/// # Errors
///
/// None that a book can cause: only if a text were of several GiB.
pub fn zip(folder: &str, files: &BTreeMap<String, String>) -> Result<Vec<u8>> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for (path, text) in files {
        let options = SimpleFileOptions::default();
        archive.start_file(format!("{folder}/{path}"), options)?;
        archive.write_all(text.as_bytes())?;
    }
    Ok(archive.finish()?.into_inner())
}
