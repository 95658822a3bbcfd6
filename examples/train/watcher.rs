//! What is shown of a training while it goes on.

use std::io::{self, IsTerminal, Write};

use backprop::{EpochRecord, Progress};
use indicatif::{ProgressBar, ProgressStyle};

/// A table on standard output, each row as soon as it is known; below it, on a
/// terminal, a bar on standard error.
pub struct Watcher {
    bar: ProgressBar,
    /// The first error ends the table, not the training.
    printed: io::Result<()>,
}

impl Watcher {
    pub fn new() -> Self {
        Self {
            bar: ProgressBar::hidden(),
            printed: Ok(()),
        }
    }

    pub fn watch(&mut self, progress: Progress) {
        match progress {
            Progress::Evaluated(record) => {
                if record.step == 0 {
                    self.print("epoch   step    loss  train   test");
                }
                self.print(&row(&record));
            }
            Progress::Step { step, steps, .. } => {
                if step == 1 && io::stdout().is_terminal() {
                    self.bar = bar(steps);
                }
                self.bar.set_position(step as u64);
            }
            _ => {}
        }
    }

    /// Prints the last line, without a bar below it.
    pub fn finish(mut self, last: &str) -> io::Result<()> {
        self.bar.finish_and_clear();
        self.print(last);
        self.printed
    }

    fn print(&mut self, line: &str) {
        if self.printed.is_ok() {
            let print = || writeln!(io::stdout(), "{line}");
            self.printed = self.bar.suspend(print);
        }
    }
}

/// It hides itself where standard error is no terminal.
fn bar(steps: usize) -> ProgressBar {
    let style = "{wide_bar} step {pos} of {len}, {eta} left";
    let style = ProgressStyle::with_template(style);
    let style = style.expect("the template is well-formed");
    ProgressBar::new(steps as u64).with_style(style)
}

fn row(record: &EpochRecord) -> String {
    let EpochRecord {
        epoch,
        step,
        loss,
        train_accuracy,
        test_accuracy,
        ..
    } = record;
    format!(
        "{epoch:5} {step:6}  {loss:.4}  {train_accuracy:.4}  {test_accuracy:.4}"
    )
}
