//! Files in the format IDX, as far as it is of bytes.
//!
//! A header of big-endian `u32`: first the magic number, 8 for bytes and the
//! number of dimensions, then the length of each dimension. After that the
//! bytes, the last dimension fastest.
//!
//! Source: LeCun, Cortes, Burges, *The MNIST database of handwritten digits*
//! (1998), "File formats for the MNIST database".

use std::{
    fs::{self, File},
    io::{self, Read},
    path::Path,
};

use super::Problem;

const MAGIC_OF_BYTES: usize = 0x0800;
const MAGIC_OF_GZIP: [u8; 2] = [0x1f, 0x8b];

/// A file whose header and length are right, and whose data is still to be
/// read.
#[derive(Debug)]
pub(super) struct IdxFile<R> {
    /// The bytes before the data.
    pub header: Vec<u8>,
    /// How many bytes of data there are.
    pub length: usize,
    /// Where the data is read from.
    pub data: R,
}

/// Opens a file of bytes with these dimensions, each a meaning and a length.
pub(super) fn open(
    path: &Path,
    dimensions: &[(&'static str, usize)],
) -> Result<IdxFile<File>, Problem> {
    // Not by opening it: to open a pipe would wait for its other end.
    let metadata = match fs::metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(missing(path));
        }
        metadata => metadata?,
    };
    if !metadata.is_file() {
        return Err(Problem::NotAFile);
    }
    let mut data = File::open(path)?;
    let header = check_header(&mut data, dimensions)?;
    let length = dimensions
        .iter()
        .try_fold(1_usize, |product, &(_, length)| product.checked_mul(length))
        .expect("a data set fits in memory");
    let (expected, found) =
        ((header.len() + length) as u64, data.metadata()?.len());
    if found != expected {
        return Err(Problem::Length { expected, found });
    }
    Ok(IdxFile {
        header,
        length,
        data,
    })
}

/// A download that was never unpacked is the likeliest reason.
fn missing(path: &Path) -> Problem {
    let packed = path.with_added_extension("gz");
    match packed.file_name() {
        Some(name) if packed.is_file() => Problem::OnlyPacked {
            found: name.to_string_lossy().into_owned(),
        },
        _ => Problem::NoFile,
    }
}

/// Reads the header, and says which of its numbers is wrong.
fn check_header(
    file: &mut File,
    dimensions: &[(&'static str, usize)],
) -> Result<Vec<u8>, Problem> {
    let magic = ("magic number", MAGIC_OF_BYTES + dimensions.len());
    let expected = size_of::<u32>() * (1 + dimensions.len());
    let mut header = Vec::with_capacity(expected);
    file.take(expected as u64).read_to_end(&mut header)?;
    if header.starts_with(&MAGIC_OF_GZIP) {
        return Err(Problem::Packed);
    }
    if header.len() < expected {
        return Err(Problem::NoHeader {
            expected,
            found: header.len(),
        });
    }
    let (numbers, _) = header.as_chunks();
    let fields = [magic].into_iter().chain(dimensions.iter().copied());
    for ((field, expected), &bytes) in fields.zip(numbers) {
        let expected =
            u32::try_from(expected).expect("IDX has 32 bits for a length");
        let found = u32::from_be_bytes(bytes);
        if found != expected {
            return Err(Problem::Header {
                field,
                expected,
                found,
            });
        }
    }
    Ok(header)
}
