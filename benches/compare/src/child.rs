//! A contestant that runs.

use std::{
    io::{BufRead, BufReader, Write},
    process::{Child as Process, ChildStdin, Stdio},
    sync::mpsc::{self, Receiver, RecvTimeoutError},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, anyhow, bail};
use peer::{Answer, Hello, Request, Work};

use crate::{
    column::Column,
    contestant::{Contestant, Places},
};

/// How long a contestant may think about one request: compilers of graphs are
/// slow, and so is a numerical gradient on a busy machine.
const PATIENCE: Duration = Duration::from_mins(2);

/// A process that answers, ended when it is dropped.
#[derive(Debug)]
pub struct Child {
    /// Who it is.
    pub contestant: &'static Contestant,
    /// What it said of itself.
    pub hello: Hello,
    process: Process,
    requests: ChildStdin,
    answers: Receiver<String>,
}

impl Child {
    /// Starts a contestant, and waits until it is ready.
    pub fn start(
        contestant: &'static Contestant,
        places: &Places,
        column: Column,
    ) -> Result<Self> {
        let name = contestant.name;
        let mut process = contestant
            .command(places, column)?
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("{name} cannot be started"))?;
        let pipes = process.stdin.take().zip(process.stdout.take());
        let (requests, lines) =
            pipes.with_context(|| format!("{name} has no pipes"))?;
        let (sender, answers) = mpsc::channel();
        thread::spawn(move || {
            for line in BufReader::new(lines).lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    break;
                }
            }
        });
        let hello = Hello {
            name: name.to_owned(),
            version: String::new(),
            can: Vec::new(),
        };
        let mut child = Self {
            contestant,
            hello,
            process,
            requests,
            answers,
        };
        let line = child.line("its name")?;
        child.hello = serde_json::from_str(&line).with_context(|| {
            format!("{name}: expected its name as JSON, found {line:?}")
        })?;
        Ok(child)
    }

    /// Whether it can do the work.
    pub fn can(&self, work: Work) -> bool {
        self.hello.can.contains(&work)
    }

    /// Asks, and waits for the answer.
    pub fn ask(&mut self, request: &Request) -> Result<Answer> {
        let name = self.contestant.name;
        writeln!(self.requests, "{request}")
            .and_then(|()| self.requests.flush())
            .with_context(|| format!("{name} died before `{request}`"))?;
        let line = self.line(&request.to_string())?;
        match serde_json::from_str(&line) {
            Ok(Answer::Error(error)) => bail!("{name}: {request}: {error}"),
            Ok(answer) => Ok(answer),
            Err(_) => bail!(
                "{name}: {request}: expected an answer as JSON, found {line:?}"
            ),
        }
    }

    /// Asks how long a unit of work takes, in seconds.
    pub fn seconds(&mut self, request: &Request) -> Result<f64> {
        match self.ask(request)? {
            Answer::Seconds(seconds) => Ok(seconds),
            other => Err(self.other(request, "seconds", &other)),
        }
    }

    /// Asks for an accuracy.
    pub fn accuracy(&mut self, request: &Request) -> Result<f64> {
        match self.ask(request)? {
            Answer::Accuracy(accuracy) => Ok(accuracy),
            other => Err(self.other(request, "an accuracy", &other)),
        }
    }

    /// Asks for losses.
    pub fn losses(&mut self, request: &Request) -> Result<Vec<f64>> {
        match self.ask(request)? {
            Answer::Losses(losses) => Ok(losses),
            other => Err(self.other(request, "losses", &other)),
        }
    }

    /// The most memory that it has had so far, in MiB; only Linux tells.
    pub fn peak_memory(&self) -> Option<f64> {
        let file = format!("/proc/{}/status", self.process.id());
        peak(&std::fs::read_to_string(file).ok()?)
    }

    fn other(
        &self,
        request: &Request,
        expected: &str,
        found: &Answer,
    ) -> anyhow::Error {
        let name = self.contestant.name;
        anyhow!("{name}: {request}: expected {expected}, found {found:?}")
    }

    fn line(&mut self, what: &str) -> Result<String> {
        let name = self.contestant.name;
        self.answers
            .recv_timeout(PATIENCE)
            .map_err(|error| match error {
                RecvTimeoutError::Timeout => anyhow!(
                    "{name}: {what}: no answer within {} s",
                    PATIENCE.as_secs()
                ),
                RecvTimeoutError::Disconnected => {
                    anyhow!("{name}: {what}: it ended without an answer")
                }
            })
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        // It may have ended by itself, and then there is nothing to end.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The time from nothing to the end of the first step, in seconds; none for
/// a contestant that takes no steps.
pub fn first_step(
    contestant: &'static Contestant,
    places: &Places,
    column: Column,
) -> Result<Option<f64>> {
    let start = Instant::now();
    let mut child = Child::start(contestant, places, column)?;
    if !child.can(Work::Step) {
        return Ok(None);
    }
    child.seconds(&Request::Step(1))?;
    Ok(Some(start.elapsed().as_secs_f64()))
}

/// The peak in the text of `/proc/PID/status`, in MiB.
fn peak(status: &str) -> Option<f64> {
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kibibytes: f64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kibibytes / 1024.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn peaks_are_read_in_mib() {
        let status = "Name:\tcompare\nVmPeak:\t 9 kB\nVmHWM:\t  131072 kB\n";
        assert_eq!(peak(status), Some(128.0));
        assert_eq!(peak("Name:\tcompare\n"), None);
    }
}
