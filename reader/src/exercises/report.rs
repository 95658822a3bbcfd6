//! What came of a check, in a terminal.

use std::time::Duration;

use cells::Exercise;
use indicatif::ProgressBar;

use crate::live::{Answer, CellEnd, State, Status, Stream};

/// Whether an answer is right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It passes the check.
    Passed,
    /// It does not, or the check could not be run.
    Failed,
}

/// What there is to say of an answer.
pub struct Report {
    heading: String,
    /// What messages call the answer, and the path that it has.
    name: String,
    path: String,
    text: String,
    verdict: Option<Verdict>,
    progress: ProgressBar,
}

impl Report {
    /// Of an answer in the file at this path.
    pub fn new(exercise: &Exercise, path: &str) -> Report {
        Report {
            heading: format!("{} {}", exercise.number, exercise.title),
            name: format!("exercise {}", exercise.number),
            path: path.to_owned(),
            text: String::new(),
            verdict: None,
            progress: ProgressBar::new_spinner(),
        }
    }

    /// Takes what is told of the run.
    pub fn hear(&mut self, answer: Answer) {
        match answer {
            Answer::State { state, .. } => self.wait(&state),
            Answer::Diagnostic { diagnostic, .. } => {
                if diagnostic.rendered.is_empty() {
                    self.say(&diagnostic.message);
                } else {
                    let (from, to) = (&self.name, &self.path);
                    let text = diagnostic.rendered.replace(from, to);
                    self.say(&text);
                }
            }
            Answer::Out { text, stream, .. } => match stream {
                Stream::Stdout | Stream::Stderr => self.text += &text,
            },
            Answer::End { end, .. } => self.end(end),
            Answer::Done {
                status, message, ..
            } => {
                if let Some(message) = message {
                    self.say(&message);
                }
                if status != Status::Done {
                    self.verdict = Some(Verdict::Failed);
                }
            }
            _ => {}
        }
    }

    fn wait(&self, state: &State) {
        let words = match state {
            State::Building { text } => text.as_str(),
            State::Queued { .. } | State::Compiling => "Compiling",
            State::Running => "Checking",
        };
        self.progress.set_message(words.to_owned());
        self.progress.enable_steady_tick(Duration::from_millis(100));
    }

    fn end(&mut self, end: CellEnd) {
        if end.status == "passed" {
            self.verdict = Some(Verdict::Passed);
        }
        let Some(mut message) = end.message else {
            return;
        };
        if let Some(line) = end.line {
            message = format!("{}:{line}: {message}", self.path);
        }
        self.say(&message);
    }

    /// Adds a paragraph.
    fn say(&mut self, text: &str) {
        if !self.text.is_empty() && !self.text.ends_with('\n') {
            self.text.push('\n');
        }
        self.text += text.trim_end();
        self.text.push('\n');
    }

    /// Whether the answer is right, once all was told.
    pub fn verdict(&self) -> Verdict {
        self.progress.finish_and_clear();
        self.verdict.unwrap_or(Verdict::Failed)
    }

    /// Says it all.
    pub fn print(&self) {
        let verdict = match self.verdict() {
            Verdict::Passed => "solved",
            Verdict::Failed => "not yet",
        };
        println!("{}: {verdict}", self.heading);
        for line in self.text.lines() {
            println!("{}", format!("    {line}").trim_end());
        }
    }
}
