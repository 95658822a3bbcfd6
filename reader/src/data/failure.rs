//! Why one file could not be had from one place.

use std::io;
use std::time::Duration;

/// A failure, and what it means for the next attempt.
#[derive(Debug)]
pub struct Failure {
    /// What went wrong, in words that follow the file's address.
    pub reason: String,
    /// What to try next.
    pub next: Next,
}

/// What may still bring the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// The same address once more: the failure may pass.
    SameAddress,
    /// The same address once more. A mirror that is too slow even then is left
    /// for all files: each would cost as much time again.
    SlowOrigin,
    /// The file's other form, and then another origin.
    OtherForm,
    /// Another origin, for all files: this one cannot be reached.
    LeaveOrigin,
    /// Nothing: the failure is on this side, such as a full disk.
    Nothing,
}

impl Failure {
    /// One that may pass.
    pub fn passing(reason: impl Into<String>) -> Self {
        Self::new(reason, Next::SameAddress)
    }

    /// A mirror that takes too long.
    pub fn slow(reason: impl Into<String>) -> Self {
        Self::new(reason, Next::SlowOrigin)
    }

    /// One that another attempt would only meet again.
    pub fn lasting(reason: impl Into<String>) -> Self {
        Self::new(reason, Next::OtherForm)
    }

    /// The file cannot be written here.
    pub fn local(what: &str, error: &io::Error) -> Self {
        Self::new(format!("cannot {what}: {error}"), Next::Nothing)
    }

    /// What an unanswered request says about its mirror.
    pub fn of_request(error: &ureq::Error, patience: Duration) -> Self {
        use ureq::Error;
        match error {
            Error::StatusCode(code @ (404 | 410)) => {
                Self::lasting(format!("the mirror answers {code}, not found"))
            }
            Error::StatusCode(code @ (408 | 429 | 500..=599)) => {
                Self::passing(format!("the mirror answers with status {code}"))
            }
            Error::StatusCode(code) => {
                Self::lasting(format!("the mirror answers with status {code}"))
            }
            Error::Timeout(ureq::Timeout::Resolve | ureq::Timeout::Connect) => {
                Self::new(
                    format!("no connection within {patience:?}"),
                    Next::LeaveOrigin,
                )
            }
            Error::Timeout(_) => {
                Self::slow(format!("no answer within {patience:?}"))
            }
            Error::TooManyRedirects => {
                Self::lasting("it redirects in a loop".to_owned())
            }
            Error::HostNotFound => Self::new(
                "there is no such host, or no network",
                Next::LeaveOrigin,
            ),
            Error::Io(cause) => match cause.kind() {
                io::ErrorKind::ConnectionReset
                | io::ErrorKind::ConnectionAborted
                | io::ErrorKind::BrokenPipe
                | io::ErrorKind::UnexpectedEof => Self::passing(format!(
                    "the connection was cut before an answer: {cause}"
                )),
                _ => Self::new(
                    format!("no connection: {cause}"),
                    Next::LeaveOrigin,
                ),
            },
            Error::ConnectionFailed => {
                Self::new("no connection", Next::LeaveOrigin)
            }
            other => Self::lasting(format!("the request failed: {other}")),
        }
    }

    fn new(reason: impl Into<String>, next: Next) -> Self {
        Self {
            reason: reason.into(),
            next,
        }
    }
}
