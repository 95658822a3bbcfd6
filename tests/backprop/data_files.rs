//! What loading says of files, whole or spoilt: MNIST's, and those of another
//! data set in its format.

use std::{
    fs::{self, File},
    io::Write,
    path::{Path, PathBuf},
};

use backprop::{
    ChaCha8Rng, DataError, Mnist, SeedableRng, TrainTest,
    data::{DataFile, MNIST, Problem, SOURCES, Source, Split},
};
use mnist::MnistBuilder;
use rand::RngExt;
use sha2::{Digest, Sha256};
use tempfile::TempDir;

use crate::ROOT;

const IMAGES: &str = "train-images-idx3-ubyte";
const LABELS: &str = "t10k-labels-idx1-ubyte";

const FROM: &str = "from https://storage.googleapis.com/cvdf-datasets/mnist/ \
                    or https://ossci-datasets.s3.amazonaws.com/mnist/, \
                    and unpack";

/// Another data set in MNIST's format, with nothing the same.
const OTHER: Source = Source {
    name: "Other",
    folder: "data/other",
    mirrors: &["https://example.org/other/"],
    side: 5,
    classes: 3,
    train: Split {
        count: 7,
        images: file("learn-images"),
        labels: file("learn-labels"),
    },
    test: Split {
        count: 4,
        images: file("check-images"),
        labels: file("check-labels"),
    },
};

const fn file(name: &'static str) -> DataFile {
    DataFile { name, sha256: "" }
}

#[test]
fn no_folder() {
    let folder = TempDir::new().unwrap();
    let missing = folder.path().join("nowhere");
    let message = Mnist::load(&missing).unwrap_err().to_string();
    assert_eq!(
        message,
        format!(
            "MNIST: {}: there is no such folder. To get what it should be, \
             download train-images-idx3-ubyte.gz, train-labels-idx1-ubyte.gz, \
             t10k-images-idx3-ubyte.gz, t10k-labels-idx1-ubyte.gz {FROM}",
            missing.display()
        )
    );
}

#[test]
fn a_relative_folder_is_named_in_full() {
    let error = Mnist::load("no/such/folder").unwrap_err();
    let here = std::env::current_dir().unwrap();
    assert_eq!(error.path, here.join("no/such/folder"));
    assert!(matches!(error.problem, Problem::NoFolder));
}

#[test]
fn a_file_in_place_of_the_folder() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("mnist");
    write(&path, b"");
    let error = Mnist::load(&path).unwrap_err();
    assert!(matches!(error.problem, Problem::NoFolder), "{error}");
}

#[test]
fn no_file() {
    for DataFile { name, .. } in files(&MNIST) {
        says(name, "there is no such file", |path| {
            fs::remove_file(path).unwrap();
        });
    }
}

/// What cannot be looked up need not be missing.
#[test]
fn a_name_that_no_file_can_have() {
    let mut source = OTHER;
    source.train.images.name = "nul\0";
    let folder = TempDir::new().unwrap();
    let error = source.load(folder.path()).unwrap_err();
    assert!(matches!(error.problem, Problem::Unreadable(_)), "{error}");
}

#[test]
fn a_folder_in_its_place() {
    let problem = "expected a file, found something else of that name";
    says(LABELS, problem, |path| {
        fs::remove_file(path).unwrap();
        fs::create_dir(path).unwrap();
    });
}

/// To open it would wait for a writer.
#[cfg(unix)]
#[test]
fn a_pipe_in_its_place() {
    let problem = "expected a file, found something else of that name";
    says(LABELS, problem, |path| {
        fs::remove_file(path).unwrap();
        let made = std::process::Command::new("mkfifo").arg(path).status();
        assert!(made.unwrap().success());
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
    let table: [(&str, u64, &str); 7] = [
        (IMAGES, 3, "its magic number: expected 2051, found 2050"),
        // Other numbers than bytes.
        (IMAGES, 2, "its magic number: expected 2051, found 2307"),
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
        (LABELS, 10_007, "expected 10008 bytes, found 10007"),
        (LABELS, 10_009, "expected 10008 bytes, found 10009"),
        (
            IMAGES,
            47_040_015,
            "expected 47040016 bytes, found 47040015",
        ),
        (IMAGES, 16, "expected 47040016 bytes, found 16"),
    ];
    for (name, bytes, problem) in table {
        let problem = format!("its length: {problem}");
        says(name, &problem, |path| resize(path, bytes));
    }
}

#[test]
fn still_packed() {
    let problem = "it is still packed by gzip; `gunzip` unpacks it";
    says_alone(IMAGES, problem, |path| {
        write(path, &[0x1f, 0x8b, 8, 0, 0, 0, 0, 0]);
    });
    // An archive may be shorter than a header.
    says_alone(IMAGES, problem, |path| write(path, &[0x1f, 0x8b]));
}

/// As a download leaves it.
#[test]
fn still_packed_under_the_packed_name() {
    let problem =
        "there is only train-images-idx3-ubyte.gz; `gunzip` unpacks it";
    says_alone(IMAGES, problem, |path| {
        fs::rename(path, path.with_extension("gz")).unwrap();
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

#[test]
fn any_wrong_byte_in_any_file() {
    let (folder, source) = made(OTHER, 1);
    source.load(folder.path()).unwrap();
    for DataFile { name, .. } in files(&source) {
        let path = folder.path().join(name);
        let whole = fs::read(&path).unwrap();
        for place in 0..whole.len() {
            flip(&path, place as u64);
            let error = source.load(folder.path()).unwrap_err();
            assert_eq!(error.path, path);
            write(&path, &whole);
        }
    }
}

#[test]
fn another_data_set_of_its_own_sizes() {
    let (folder, source) = made(OTHER, 2);
    let loaded = source.load(folder.path()).unwrap();
    assert_eq!(loaded.train.images.dim(), (7, 25));
    assert_eq!(loaded.test.images.dim(), (4, 25));
    assert_eq!(loaded.test.image(3).dim(), (5, 5));
    let read = |file: DataFile| fs::read(folder.path().join(file.name));
    for (split, data) in
        [(source.train, loaded.train), (source.test, loaded.test)]
    {
        let images = read(split.images).unwrap();
        assert_eq!(data.images.as_slice().unwrap(), &images[16..]);
        let labels = read(split.labels).unwrap();
        assert_eq!(data.labels.as_slice(), &labels[8..]);
    }
}

#[test]
fn errors_name_the_data_set_and_its_mirrors() {
    let (folder, source) = made(OTHER, 3);
    let path = folder.path().join("check-labels");
    fs::remove_file(&path).unwrap();
    let error = source.load(folder.path()).unwrap_err();
    assert_eq!(
        error.to_string(),
        format!(
            "Other: {}: there is no such file. To get what it should be, \
             download check-labels.gz from https://example.org/other/, and \
             unpack",
            path.display()
        )
    );
    let homemade = Source {
        mirrors: &[],
        ..source
    };
    let error = homemade.load(folder.path()).unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("Other: {}: there is no such file", path.display())
    );
}

#[test]
fn a_label_that_is_no_class() {
    let (folder, source) = made(OTHER, 4);
    let path = folder.path().join("learn-labels");
    let mut bytes = fs::read(&path).unwrap();
    bytes[8 + 5] = 3;
    write(&path, &bytes);
    let described = describe(source, folder.path());
    let error = described.load(folder.path()).unwrap_err();
    assert_eq!(
        error.to_string(),
        format!(
            "Other: {}: label 5: expected one of 3 classes from 0, found 3",
            path.display()
        )
    );
}

#[test]
fn a_checksum_may_be_in_capitals() {
    let (folder, mut source) = made(OTHER, 5);
    source.test.images.sha256 = source.test.images.sha256.to_uppercase().leak();
    source.load(folder.path()).unwrap();
}

#[cfg(unix)]
#[test]
fn a_folder_whose_name_is_not_unicode() {
    use std::{ffi::OsStr, os::unix::ffi::OsStrExt};
    let (folder, source) = made(OTHER, 6);
    let strange = folder.path().join(OsStr::from_bytes(b"caf\xe9"));
    fs::create_dir(&strange).unwrap();
    for DataFile { name, .. } in files(&source) {
        fs::rename(folder.path().join(name), strange.join(name)).unwrap();
    }
    source.load(&strange).unwrap();
}

/// The crate `mnist`, which shares no code with ours, reads the same from
/// files of MNIST's names and sizes, which are Fashion-MNIST's too.
#[test]
fn another_reader_agrees() {
    let fashion = Source {
        name: "Fashion-MNIST",
        folder: "data/fashion-mnist",
        mirrors: &[],
        ..MNIST
    };
    let (folder, source) = made(fashion, 7);
    agrees(folder.path(), &source.load(folder.path()).unwrap());
}

/// Below the current folder, which is not the book's root here.
#[test]
fn the_default_is_the_books_own_folder() {
    let folder = std::path::absolute(MNIST.folder).unwrap();
    let expected =
        format!("MNIST: {}: there is no such folder", folder.display());
    for loaded in [MNIST.load_default(), Mnist::load_default()] {
        let error = loaded.unwrap_err().to_string();
        assert!(error.starts_with(&expected), "{error}");
    }
}

/// On a machine that has them.
#[test]
fn another_reader_agrees_on_the_true_files() {
    let folder = Path::new(ROOT).join(MNIST.folder);
    match MNIST.load(&folder) {
        Ok(loaded) => agrees(&folder, &loaded),
        Err(error) => assert!(
            matches!(error.problem, Problem::NoFolder | Problem::NoFile),
            "{error}"
        ),
    }
}

#[track_caller]
fn agrees(folder: &Path, ours: &TrainTest) {
    let theirs = MnistBuilder::new()
        .base_path(folder.to_str().unwrap())
        .label_format_digit()
        .finalize();
    for (data, images, labels) in [
        (&ours.train, theirs.trn_img, theirs.trn_lbl),
        (&ours.test, theirs.tst_img, theirs.tst_lbl),
    ] {
        assert_eq!(data.images.dim(), (labels.len(), 784));
        // Not `assert_eq`, which would print 47 million numbers.
        assert!(data.images.as_slice() == Some(&images[..]));
        assert_eq!(data.labels.as_slice(), labels);
    }
}

/// What the crate checks and what `cargo book data` fetches are the same, for
/// each data set that either knows.
#[test]
fn the_book_describes_the_same_data_sets() {
    let book: toml::Table = include_str!("../../book.toml").parse().unwrap();
    let tables = book["preprocessor"]["cells"]["data"].as_table().unwrap();
    let mut names: Vec<_> =
        SOURCES.iter().map(|source| key(source.name)).collect();
    names.sort();
    // A table has its keys in order.
    assert_eq!(
        tables.keys().collect::<Vec<_>>(),
        names.iter().collect::<Vec<_>>()
    );
    for source in SOURCES {
        let table = tables[&key(source.name)].as_table().unwrap();
        assert_eq!(table["folder"].as_str(), Some(source.folder));
        let mirrors = table["mirrors"].as_array().unwrap();
        let mirrors: Vec<_> =
            mirrors.iter().filter_map(toml::Value::as_str).collect();
        assert_eq!(mirrors, source.mirrors);
        let declared = table["files"].as_table().unwrap();
        assert_eq!(declared.len(), 4);
        for (file, header) in with_headers(source) {
            let declared = &declared[file.name];
            assert_eq!(declared["sha256"].as_str(), Some(file.sha256));
            let data: u32 = header[1..].iter().product();
            let length = 4 * header.len() + usize::try_from(data).unwrap();
            let bytes = declared["bytes"].as_integer().unwrap();
            assert_eq!(usize::try_from(bytes), Ok(length), "{}", file.name);
        }
    }
}

/// The name of a data set in `book.toml` and in the tags of cells.
fn key(name: &str) -> String {
    name.to_lowercase()
}

/// Spoils one of four files that are whole but for their contents, and
/// compares the error, which ends with the way out.
#[track_caller]
fn says(name: &str, problem: &str, spoil: impl Fn(&Path)) {
    let way_out =
        format!(". To get what it should be, download {name}.gz {FROM}");
    says_alone(name, &format!("{problem}{way_out}"), spoil);
}

#[track_caller]
fn says_alone(name: &str, problem: &str, spoil: impl Fn(&Path)) {
    let folder = zeros(&MNIST);
    let path = folder.path().join(name);
    spoil(&path);
    let error: DataError = Mnist::load(folder.path()).unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("MNIST: {}: {problem}", path.display())
    );
}

fn files(source: &Source) -> [DataFile; 4] {
    with_headers(source).map(|(file, _)| file)
}

/// The format, from its description and not from the crate.
fn with_headers(source: &Source) -> [(DataFile, Vec<u32>); 4] {
    let number = |number: usize| u32::try_from(number).unwrap();
    let side = number(source.side);
    let [train, test] = [&source.train, &source.test].map(|split| {
        let count = number(split.count);
        [
            (split.images, vec![0x0803, count, side, side]),
            (split.labels, vec![0x0801, count]),
        ]
    });
    let [[a, b], [c, d]] = [train, test];
    [a, b, c, d]
}

/// Four files with the right headers and lengths, and zeros for data.
fn zeros(source: &Source) -> TempDir {
    let folder = TempDir::new().unwrap();
    for (file, header) in with_headers(source) {
        let bytes: Vec<u8> = header
            .iter()
            .flat_map(|number| number.to_be_bytes())
            .collect();
        let path = folder.path().join(file.name);
        write(&path, &bytes);
        let data: u32 = header[1..].iter().product();
        resize(&path, bytes.len() as u64 + u64::from(data));
    }
    folder
}

/// Four files of noise, with labels that are classes, and the source with
/// their checksums.
fn made(source: Source, seed: u64) -> (TempDir, Source) {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let folder = zeros(&source);
    let classes = u8::try_from(source.classes).unwrap();
    for (file, header) in with_headers(&source) {
        let path = folder.path().join(file.name);
        let mut bytes = fs::read(&path).unwrap();
        let data = &mut bytes[4 * header.len()..];
        match header.len() {
            4 => rng.fill(data),
            _ => data.fill_with(|| rng.random_range(0..classes)),
        }
        write(&path, &bytes);
    }
    let source = describe(source, folder.path());
    (folder, source)
}

/// The source with the checksums of the files.
fn describe(mut source: Source, folder: &Path) -> Source {
    for split in [&mut source.train, &mut source.test] {
        for file in [&mut split.images, &mut split.labels] {
            let path: PathBuf = folder.join(file.name);
            let digest = Sha256::digest(fs::read(path).unwrap());
            let hex: Vec<_> =
                digest.iter().map(|byte| format!("{byte:02x}")).collect();
            file.sha256 = hex.concat().leak();
        }
    }
    source
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
