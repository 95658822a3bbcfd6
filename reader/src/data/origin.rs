//! Where the files of a data set come from: a mirror or a folder.

use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::PathBuf;
use std::str::FromStr;
use std::time::{Duration, Instant};

use super::failure::Failure;

/// Redirects that a mirror may answer with before it counts as a loop.
const REDIRECTS: u32 = 5;

/// The slowest mirror that is waited for, in bytes a second.
const SLOWEST: f64 = 4_000.0;

/// A mirror or a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The address that a file's name is appended to, with its final `/`.
    Mirror(String),
    /// A folder on this machine.
    Folder(PathBuf),
}

/// How a file is stored at its origin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// As it is used.
    Plain,
    /// Compressed, under its name with `.gz`.
    Gzip,
}

impl Form {
    /// The name under which an origin keeps the file `name`.
    pub fn file_name(self, name: &str) -> String {
        match self {
            Self::Plain => name.to_owned(),
            Self::Gzip => format!("{name}.gz"),
        }
    }
}

impl FromStr for Origin {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text.starts_with("http://") || text.starts_with("https://") {
            let slash = if text.ends_with('/') { "" } else { "/" };
            return Ok(Self::Mirror(format!("{text}{slash}")));
        }
        if let Some((scheme, _)) = text.split_once("://") {
            return Err(format!(
                "expected a folder or an address that begins with http:// or \
                 https://, found one that begins with {scheme}://"
            ));
        }
        if text.is_empty() {
            return Err("expected a folder or an address".to_owned());
        }
        Ok(Self::Folder(PathBuf::from(text)))
    }
}

impl Origin {
    /// The forms in which a file may be there, in the order to try them.
    pub fn forms(&self) -> [Form; 2] {
        match self {
            Self::Mirror(_) => [Form::Gzip, Form::Plain],
            Self::Folder(_) => [Form::Plain, Form::Gzip],
        }
    }

    /// The whole address of the file `name` in this form.
    pub fn address(&self, name: &str, form: Form) -> String {
        let file_name = form.file_name(name);
        match self {
            Self::Mirror(base) => format!("{base}{file_name}"),
            Self::Folder(folder) => {
                folder.join(file_name).display().to_string()
            }
        }
    }

    /// Begins to read the file `name`. A mirror that stays silent for as long
    /// as `patience`, or brings next to nothing in that time, is given up.
    ///
    /// # Errors
    ///
    /// The file is not there, or cannot be opened or asked for.
    pub fn open(
        &self,
        name: &str,
        form: Form,
        patience: Duration,
    ) -> Result<Box<dyn Read>, Failure> {
        let address = self.address(name, form);
        match self {
            Self::Folder(_) => match File::open(&address) {
                Ok(file) if file.metadata().is_ok_and(|m| m.is_file()) => {
                    Ok(Box::new(file))
                }
                Ok(_) => Err(Failure::lasting("it is not a file")),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    Err(Failure::lasting("there is no such file"))
                }
                Err(error) => Err(Failure::lasting(error.to_string())),
            },
            Self::Mirror(_) => {
                let response = ureq::get(&address)
                    .config()
                    .max_redirects(REDIRECTS)
                    .timeout_resolve(Some(patience))
                    .timeout_connect(Some(patience))
                    .timeout_recv_response(Some(patience))
                    .timeout_per_read(Some(patience))
                    .build()
                    .call()
                    .map_err(|error| Failure::of_request(&error, patience))?;
                let body = response.into_body().into_reader();
                Ok(Box::new(Brisk::new(body, patience)))
            }
        }
    }
}

/// A reader that gives up a source which is never silent for long, and yet
/// would take hours.
struct Brisk<R> {
    inner: R,
    /// How long each stretch is over which the speed is measured.
    stretch: Duration,
    begun: Instant,
    bytes: usize,
}

impl<R> Brisk<R> {
    fn new(inner: R, stretch: Duration) -> Self {
        Self {
            inner,
            stretch,
            begun: Instant::now(),
            bytes: 0,
        }
    }
}

impl<R: Read> Read for Brisk<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length =
            self.inner.read(buffer).map_err(
                |error| match ureq::Error::from(error) {
                    ureq::Error::Timeout(_) => io::Error::new(
                        io::ErrorKind::TimedOut,
                        format!("nothing more within {:?}", self.stretch),
                    ),
                    other => other.into_io(),
                },
            )?;
        self.bytes += length;
        let taken = self.begun.elapsed();
        if length > 0 && taken >= self.stretch {
            if (self.bytes as f64) < SLOWEST * taken.as_secs_f64() {
                return Err(io::Error::new(
                    io::ErrorKind::TimedOut,
                    format!("less than {SLOWEST} bytes a second came"),
                ));
            }
            self.begun = Instant::now();
            self.bytes = 0;
        }
        Ok(length)
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Mirror(base) => f.write_str(base),
            Self::Folder(folder) => write!(f, "{}", folder.display()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_an_address_or_a_folder() {
        let mirror = |text: &str| Ok(Origin::Mirror(text.to_owned()));
        assert_eq!("https://a.org/m".parse(), mirror("https://a.org/m/"));
        assert_eq!("http://a.org/m/".parse(), mirror("http://a.org/m/"));
        assert_eq!(
            "../shared".parse(),
            Ok(Origin::Folder(PathBuf::from("../shared")))
        );
        let error = "ftp://a.org".parse::<Origin>();
        assert!(error.is_err_and(|e| e.contains("ftp://")));
        assert!("".parse::<Origin>().is_err());
    }
}
