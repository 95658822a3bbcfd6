//! What `Mnist::load` says of files that are not MNIST's.
//!
//! That the true files load is checked by the cells of the book that need
//! them.

use std::{
    fs::{self, File},
    io::Write,
    path::Path,
};

use backprop::{Mnist, MnistError, mnist::FILES};
use tempfile::TempDir;

const IMAGES: &str = "train-images-idx3-ubyte";
const LABELS: &str = "t10k-labels-idx1-ubyte";

#[test]
fn no_folder() {
    let folder = TempDir::new().unwrap();
    let missing = folder.path().join("nowhere");
    let message = Mnist::load(&missing).unwrap_err().to_string();
    assert_eq!(
        message,
        format!(
            "MNIST: {}: there is no such folder. To fetch the data set: \
             cargo book data",
            missing.display()
        )
    );
}

#[test]
fn a_relative_folder_is_named_in_full() {
    let error = Mnist::load("no/such/folder").unwrap_err();
    let here = std::env::current_dir().unwrap();
    assert_eq!(error.path, here.join("no/such/folder"));
}

#[test]
fn no_file() {
    for file in &FILES {
        says(file.name, "there is no such file", |path| {
            fs::remove_file(path).unwrap();
        });
    }
}

#[test]
fn a_folder_in_its_place() {
    let problem = "expected a file, found something else of that name";
    says(LABELS, problem, |path| {
        fs::remove_file(path).unwrap();
        fs::create_dir(path).unwrap();
    });
}

#[test]
fn an_empty_file() {
    let problem = "expected a header of 16 bytes, found 0 bytes in all";
    says(IMAGES, problem, |path| write(path, &[]));
}

#[test]
fn a_header_cut_short() {
    let problem = "expected a header of 8 bytes, found 5 bytes in all";
    says(LABELS, problem, |path| write(path, &[0, 0, 8, 1, 0]));
}

#[test]
fn a_wrong_number_in_a_header() {
    let table: [(&str, u64, &str); 6] = [
        (IMAGES, 3, "its magic number: expected 2051, found 2050"),
        (
            IMAGES,
            6,
            "its number of images: expected 60000, found 60256",
        ),
        (IMAGES, 11, "its number of rows: expected 28, found 29"),
        (IMAGES, 15, "its number of columns: expected 28, found 29"),
        (LABELS, 3, "its magic number: expected 2049, found 2048"),
        (
            LABELS,
            7,
            "its number of labels: expected 10000, found 10001",
        ),
    ];
    for (name, place, problem) in table {
        says(name, problem, |path| flip(path, place));
    }
}

#[test]
fn one_file_in_the_place_of_another() {
    let problem = "its magic number: expected 2049, found 2051";
    says(LABELS, problem, |path| {
        fs::copy(path.with_file_name(IMAGES), path).unwrap();
    });
}

#[test]
fn too_short_and_too_long() {
    let table = [
        (10_007, "its length: expected 10008 bytes, found 10007"),
        (10_009, "its length: expected 10008 bytes, found 10009"),
    ];
    for (bytes, problem) in table {
        says(LABELS, problem, |path| resize(path, bytes));
    }
}

#[test]
fn still_packed() {
    says(IMAGES, "it is still packed by gzip", |path| {
        write(path, &[0x1f, 0x8b, 8, 0, 0, 0, 0, 0]);
    });
}

/// The made files have the right headers and lengths, and nothing but zeros
/// after that: only the checksum tells. The one found is Python's
/// `sha256(pack(">IIII", 2051, 60000, 28, 28) + bytes(60000 * 28 * 28))`.
#[test]
fn a_wrong_byte() {
    let problem = "its SHA-256: expected \
         ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db, \
         found \
         ba2048faa0242d852ccfba31d5efa227046ebcc173e3a4951fb9c906fb61ebdb";
    says(IMAGES, problem, |_| ());
}

/// What the crate checks and what `cargo book data` fetches are the same.
#[test]
fn the_checksums_are_those_of_the_book() {
    let text = include_str!("../book.toml");
    let book: toml::Table = text.parse().unwrap();
    let files = ["cells", "data", "mnist", "files"]
        .iter()
        .fold(&book["preprocessor"], |table, key| &table[key])
        .as_table()
        .unwrap();
    assert_eq!(files.len(), FILES.len());
    for file in FILES {
        let declared = &files[file.name];
        assert_eq!(declared["sha256"].as_str(), Some(file.sha256));
        let bytes = declared["bytes"].as_integer().unwrap();
        assert_eq!(u64::try_from(bytes), Ok(file.bytes));
    }
}

#[test]
fn the_folder_is_that_of_the_book() {
    let text = include_str!("../book.toml");
    let book: toml::Table = text.parse().unwrap();
    let mnist = &book["preprocessor"]["cells"]["data"]["mnist"];
    assert_eq!(mnist["folder"].as_str(), Some(backprop::mnist::FOLDER));
}

/// Spoils one of four files that are whole but for their contents, and
/// compares the error.
#[track_caller]
fn says(name: &str, problem: &str, spoil: impl Fn(&Path)) {
    let folder = zeros();
    let path = folder.path().join(name);
    spoil(&path);
    let error: MnistError = Mnist::load(folder.path()).unwrap_err();
    assert_eq!(
        error.to_string(),
        format!(
            "MNIST: {}: {problem}. To fetch the data set: cargo book data",
            path.display()
        )
    );
}

/// Four files with the right headers and lengths, and zeros for data.
fn zeros() -> TempDir {
    let folder = TempDir::new().unwrap();
    for file in &FILES {
        let numbers = file.header.iter();
        let header: Vec<u8> = numbers
            .flat_map(|(_, number)| number.to_be_bytes())
            .collect();
        let path = folder.path().join(file.name);
        write(&path, &header);
        resize(&path, file.bytes);
    }
    folder
}

fn write(path: &Path, bytes: &[u8]) {
    File::create(path).unwrap().write_all(bytes).unwrap();
}

fn resize(path: &Path, bytes: u64) {
    File::options()
        .write(true)
        .open(path)
        .unwrap()
        .set_len(bytes)
        .unwrap();
}

/// Flips the lowest bit of one byte.
fn flip(path: &Path, place: u64) {
    let mut bytes = fs::read(path).unwrap();
    bytes[usize::try_from(place).unwrap()] ^= 1;
    write(path, &bytes);
}
