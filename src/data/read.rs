//! Reading a file while its checksum is computed.

use std::{
    io::{self, Read},
    sync::mpsc,
    thread,
};

use sha2::{Digest, Sha256};

use super::{Problem, idx::IdxFile};

/// Bytes that are read at a time: few enough to be in the cache still when they
/// are hashed, and many enough that to hand them over costs nothing.
const CHUNK: usize = 1 << 16;

impl<R: Read> IdxFile<R> {
    /// The data, if the SHA-256 of the file is this.
    ///
    /// To read new memory full and to hash it take about as long. So one thread
    /// reads, and another hashes what has arrived.
    pub fn read(mut self, sha256: &'static str) -> Result<Vec<u8>, Problem> {
        let mut data = vec![0; self.length];
        let found = thread::scope(|scope| {
            let (sender, arrived) = mpsc::channel::<&[u8]>();
            let hash = scope.spawn(move || hash(arrived));
            let send = |bytes| {
                sender.send(bytes).expect("all that is sent is received");
            };
            send(&self.header);
            for chunk in data.chunks_mut(CHUNK) {
                self.data.read_exact(chunk).map_err(problem)?;
                send(chunk);
            }
            drop(sender);
            Ok::<_, Problem>(hash.join().expect("hashing does not panic"))
        })?;
        if !found.eq_ignore_ascii_case(sha256) {
            let expected = sha256;
            return Err(Problem::Checksum { expected, found });
        }
        Ok(data)
    }
}

/// The SHA-256 of the pieces in a row, in hexadecimal.
fn hash<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> String {
    let mut hasher = Sha256::new();
    for piece in pieces {
        hasher.update(piece);
    }
    let digest = hasher.finalize();
    digest
        .iter()
        .fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

fn problem(error: io::Error) -> Problem {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => Problem::Shrunk,
        _ => error.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Python's `sha256(b"head" + bytes(i % 251 for i in range(600000)))`.
    const SHA256: &str =
        "266c68f7d292154a5c6793a15e249eca7ddf2868ba2361386f47330e302a53c3";

    fn bytes() -> Vec<u8> {
        (0..600_000_u32).map(|i| (i % 251) as u8).collect()
    }

    fn file<R: Read>(data: R) -> IdxFile<R> {
        let (header, length) = (b"head".to_vec(), 600_000);
        IdxFile {
            header,
            length,
            data,
        }
    }

    /// Gives at most 1000 bytes at a time, and is interrupted before each.
    struct Slow<'a> {
        left: &'a [u8],
        interrupted: bool,
    }

    impl Read for Slow<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            self.interrupted = !self.interrupted;
            if self.interrupted {
                return Err(io::ErrorKind::Interrupted.into());
            }
            let length = buffer.len().min(1000);
            self.left.read(&mut buffer[..length])
        }
    }

    /// Gives what is left, and then fails.
    struct Broken<'a>(&'a [u8]);

    impl Read for Broken<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            match self.0.read(buffer)? {
                0 => Err(io::Error::other("the disk is gone")),
                length => Ok(length),
            }
        }
    }

    #[test]
    fn whole_files() {
        let bytes = bytes();
        assert_eq!(file(&bytes[..]).read(SHA256).unwrap(), bytes);
        let slow = Slow {
            left: &bytes,
            interrupted: false,
        };
        assert_eq!(file(slow).read(SHA256).unwrap(), bytes);
    }

    #[test]
    fn each_byte_counts() {
        for place in [0, CHUNK - 1, CHUNK, 2 * CHUNK, 599_999] {
            let mut bytes = bytes();
            bytes[place] ^= 1;
            let error = file(&bytes[..]).read(SHA256).unwrap_err();
            assert!(matches!(error, Problem::Checksum { .. }), "{error}");
        }
    }

    #[test]
    fn a_file_that_ends_early() {
        let bytes = bytes();
        for length in [0, 1, CHUNK, 599_999] {
            let error = file(&bytes[..length]).read(SHA256).unwrap_err();
            assert_eq!(
                error.to_string(),
                "it became shorter while it was read"
            );
        }
    }

    #[test]
    fn a_file_that_breaks_off() {
        let error = file(Broken(&bytes()[..CHUNK + 9])).read(SHA256);
        assert_eq!(
            error.unwrap_err().to_string(),
            "it cannot be read: the disk is gone"
        );
    }
}
