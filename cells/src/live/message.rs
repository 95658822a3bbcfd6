//! What the compiler says, as it says it with `--error-format=json`.

use serde::Deserialize;

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Message {
    #[serde(rename = "message")]
    pub(super) text: String,
    pub(super) code: Option<Code>,
    pub(super) level: String,
    pub(super) spans: Vec<Span>,
    pub(super) children: Vec<Message>,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Code {
    pub(super) code: String,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Span {
    pub(super) file_name: String,
    pub(super) byte_start: usize,
    pub(super) byte_end: usize,
    pub(super) line_start: usize,
    pub(super) column_start: usize,
    pub(super) is_primary: bool,
    /// The lines, where the file can be read.
    pub(super) text: Vec<Line>,
    pub(super) label: Option<String>,
    pub(super) suggested_replacement: Option<String>,
    /// Where the macro was called that this is in.
    pub(super) expansion: Option<Box<Expansion>>,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Line {
    pub(super) text: String,
    /// In characters, from 1.
    pub(super) highlight_start: usize,
    pub(super) highlight_end: usize,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Expansion {
    pub(super) span: Span,
}

impl Message {
    /// The messages among the lines of what a compiler wrote, and the rest.
    pub(super) fn all(said: &str) -> (Vec<Message>, String) {
        let mut messages = Vec::new();
        let mut rest = String::new();
        for line in said.lines() {
            match serde_json::from_str(line) {
                Ok(message) => messages.push(message),
                // Notices of artefacts, which are no messages.
                Err(_) if line.starts_with('{') => {}
                Err(_) => {
                    rest.push_str(line);
                    rest.push('\n');
                }
            }
        }
        (messages, rest)
    }
}
