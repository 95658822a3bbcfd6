//! Receives one file: unpacks it, measures it, and says what is wrong with it.

use std::fmt::Write as _;
use std::io::{self, Read, Write};

use cells::DataFile;
use flate2::read::MultiGzDecoder;
use sha2::{Digest, Sha256};

use super::failure::Failure;
use super::origin::Form;

/// Room for what a gzip stream adds to contents that do not compress.
const GZIP_OVERHEAD: u64 = 1 << 20;

/// Copies `source` into `target`, unpacked, and checks that what it wrote is
/// the `wanted` file; `advance` hears how many bytes were written.
///
/// Nothing beyond the file's own size is ever unpacked, so a small stream that
/// unpacks to a huge one fills no disk.
///
/// # Errors
///
/// The stream ends early, is not gzip, or is not the wanted file. Then `target`
/// holds bytes that are good for nothing.
pub fn receive(
    source: impl Read,
    form: Form,
    wanted: &DataFile,
    target: &mut impl Write,
    advance: impl Fn(u64),
) -> Result<(), Failure> {
    let limit = wanted.bytes.saturating_add(GZIP_OVERHEAD);
    let mut source = Tally::new(source.take(limit));
    let copied = match form {
        Form::Plain => copy(&mut source, wanted.bytes, target, &advance),
        Form::Gzip => {
            let mut unpacked = MultiGzDecoder::new(&mut source);
            copy(&mut unpacked, wanted.bytes, target, &advance)
        }
    };
    if let Err(Broken::Write(error)) = &copied {
        return Err(Failure::local("write it here", error));
    }
    // The rest tells one wrong file from another, and a good file whose end is
    // missing from a good one.
    if source.failure.is_none() {
        let _ = io::copy(&mut source, &mut io::sink());
    }
    let arrived = source;
    if let Some(error) = arrived.failure {
        let reason = format!(
            "it broke off after {} bytes: {error}",
            grouped(arrived.bytes)
        );
        return Err(if error.kind() == io::ErrorKind::TimedOut {
            Failure::slow(reason)
        } else {
            Failure::passing(reason)
        });
    }
    if arrived.bytes == 0 && wanted.bytes > 0 {
        return Err(Failure::lasting("the file is empty"));
    }
    let found = match copied {
        Ok(found) => found,
        Err(Broken::TooLong) => {
            return Err(Failure::lasting(format!(
                "expected {} bytes, found more",
                grouped(wanted.bytes)
            )));
        }
        Err(Broken::Read(error)) if is_end(&error) => {
            return Err(Failure::passing(format!(
                "the .gz file ends too early, after {} bytes",
                grouped(arrived.bytes)
            )));
        }
        Err(Broken::Read(error) | Broken::Write(error)) => {
            return Err(Failure::lasting(format!(
                "not a good .gz file: {error} ({} bytes)",
                grouped(arrived.bytes)
            )));
        }
    };
    verdict(&found, form, wanted)
}

/// Checks that `source` is the `wanted` file.
///
/// # Errors
///
/// It is another, or cannot be read.
pub fn check(source: impl Read, wanted: &DataFile) -> Result<(), Failure> {
    receive(source, Form::Plain, wanted, &mut io::sink(), |_| ())
}

fn verdict(
    found: &Found,
    form: Form,
    wanted: &DataFile,
) -> Result<(), Failure> {
    if found.bytes < wanted.bytes {
        let reason = format!(
            "expected {} bytes, found {}",
            grouped(wanted.bytes),
            grouped(found.bytes)
        );
        return Err(match form {
            // A plain file that stops halfway was cut on its way.
            Form::Plain => Failure::passing(reason),
            Form::Gzip => Failure::lasting(reason),
        });
    }
    if wanted.sha256 != found.sha256 {
        return Err(Failure::lasting(format!(
            "the contents are wrong\n  expected SHA-256 {}\n  found    \
             SHA-256 {}",
            wanted.sha256, found.sha256
        )));
    }
    Ok(())
}

/// Why a copy stopped.
enum Broken {
    Read(io::Error),
    Write(io::Error),
    TooLong,
}

fn is_end(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::UnexpectedEof
}

fn copy(
    source: &mut impl Read,
    limit: u64,
    target: &mut impl Write,
    advance: &impl Fn(u64),
) -> Result<Found, Broken> {
    let mut source = source.take(limit.saturating_add(1));
    let mut buffer = vec![0; 1 << 16];
    let mut bytes = 0;
    let mut digest = Sha256::new();
    loop {
        let length = match source.read(&mut buffer) {
            Ok(0) => {
                return Ok(Found {
                    bytes,
                    sha256: hexadecimal(&digest.finalize()),
                });
            }
            Ok(length) => length,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {
                continue;
            }
            Err(error) => return Err(Broken::Read(error)),
        };
        bytes += length as u64;
        if bytes > limit {
            return Err(Broken::TooLong);
        }
        digest.update(&buffer[..length]);
        target.write_all(&buffer[..length]).map_err(Broken::Write)?;
        advance(length as u64);
    }
}

/// What was copied.
struct Found {
    bytes: u64,
    sha256: String,
}

/// A reader that counts what passes through it, and keeps the failure that
/// ended it from being mistaken for a failure of what reads it.
struct Tally<R> {
    inner: R,
    bytes: u64,
    failure: Option<io::Error>,
}

impl<R: Read> Tally<R> {
    fn new(inner: R) -> Self {
        Self {
            inner,
            bytes: 0,
            failure: None,
        }
    }
}

impl<R: Read> Read for Tally<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.inner.read(buffer) {
            Ok(length) => {
                self.bytes += length as u64;
                Ok(length)
            }
            Err(error) => {
                if error.kind() == io::ErrorKind::Interrupted {
                    return Err(error);
                }
                let kind = error.kind();
                self.failure.get_or_insert(error);
                Err(kind.into())
            }
        }
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// A number with its thousands set apart: `47,040,016`.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_set_apart() {
        for (number, text) in [
            (0, "0"),
            (999, "999"),
            (1000, "1,000"),
            (47_040_016, "47,040,016"),
        ] {
            assert_eq!(grouped(number), text);
        }
    }
}
