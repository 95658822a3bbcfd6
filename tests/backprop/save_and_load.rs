//! Networks in files: what comes back, and what is said of spoilt ones.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

use backprop::{
    Affine, ChaCha8Rng, FileError, Float, Layers, MultiLayerNet, Network,
    SeedableRng, TwoLayerNet, network::FileProblem,
};
use ndarray::{Array2, Axis, ShapeBuilder, Slice, array};
use num_traits::ToBytes;
use proptest::prelude::*;
use tempfile::TempDir;

/// Python's `safetensors.numpy.save({"W1": W1, "b1": b1, "W2": W2, "b2": b2})`
/// of the arrays of [`small`], each of dtype `<f4`.
const PYTHON: &[u8] = b"\xe8\0\0\0\0\0\0\0{\
    \"W1\":{\"dtype\":\"F32\",\"shape\":[1,3],\"data_offsets\":[0,12]},\
    \"W2\":{\"dtype\":\"F32\",\"shape\":[3,2],\"data_offsets\":[12,36]},\
    \"b1\":{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[36,48]},\
    \"b2\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[48,56]}}    \
    \0\0\x80?\0\0\0\xc0\0\0\0?\
    \0\0\x80?\0\0\0@\0\0@@\0\0\x80@\0\0\xa0@\0\0\xc0@\
    \0\0\0\0\0\0@@\0\0\x80@\0\0\0\x80\0\0\xc0?";

fn small<F: Float>() -> TwoLayerNet<F> {
    let of = F::from_f64;
    TwoLayerNet {
        affine1: Affine::new(
            array![[1.0, -2.0, 0.5]].mapv(of),
            array![0.0, 3.0, 4.0].mapv(of),
        ),
        affine2: Affine::new(
            array![[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]].mapv(of),
            array![-0.0, 1.5].mapv(of),
        ),
    }
}

#[test]
fn python_writes_and_reads_the_same_bytes() {
    let file = Place::new();
    small::<f32>().save(&file.path).unwrap();
    assert_eq!(text(&file.bytes()), text(PYTHON));
    assert_eq!(bits(&file.load::<f32>().unwrap()), bits(&small::<f32>()));
}

#[test]
fn a_network_of_any_depth_takes_it_from_the_file() {
    let file = Place::new();
    for widths in [&[4, 3][..], &[4, 7, 3], &[784, 50, 30, 20, 10]] {
        let rng = &mut ChaCha8Rng::seed_from_u64(1);
        let net = MultiLayerNet::<f64>::he_normal(widths, rng);
        net.save(&file.path).unwrap();
        assert_eq!(MultiLayerNet::load(&file.path).unwrap(), net);
    }
}

/// W10 comes before W2 in the alphabet.
#[test]
fn more_than_nine_layers() {
    let file = Place::new();
    let widths: Vec<_> = (1..14).collect();
    let rng = &mut ChaCha8Rng::seed_from_u64(1);
    let net = MultiLayerNet::<f32>::he_normal(&widths, rng);
    net.save(&file.path).unwrap();
    assert_eq!(MultiLayerNet::load(&file.path).unwrap(), net);
}

#[test]
fn a_network_of_your_own() {
    #[derive(Clone, Debug, PartialEq)]
    struct OneLayer(Affine<f64>);

    impl Layers for OneLayer {
        type Float = f64;

        fn affines(&self) -> Vec<&Affine<f64>> {
            vec![&self.0]
        }

        fn affines_mut(&mut self) -> Vec<&mut Affine<f64>> {
            vec![&mut self.0]
        }
    }

    impl TryFrom<Vec<Affine<f64>>> for OneLayer {
        type Error = &'static str;

        fn try_from(affines: Vec<Affine<f64>>) -> Result<Self, &'static str> {
            let [affine] =
                affines.try_into().map_err(|_| "one layer is enough")?;
            Ok(Self(affine))
        }
    }

    let file = Place::new();
    let net = OneLayer(small().affine1);
    net.save(&file.path).unwrap();
    assert_eq!(OneLayer::load(&file.path).unwrap(), net);
    small::<f64>().save(&file.path).unwrap();
    let error = OneLayer::load(&file.path).unwrap_err();
    assert_eq!(file.problem(&error), "one layer is enough");
}

#[test]
fn a_gradient_is_saved_as_a_network_is() {
    let file = Place::new();
    let net = small::<f64>();
    let t = backprop::Labels::from([1]);
    let gradient = net.gradient(&array![[2.0]], &t);
    gradient.save(&file.path).unwrap();
    assert_eq!(file.load::<f64>().unwrap(), *gradient);
}

#[test]
fn single_precision_fits_in_double_and_not_the_other_way_round() {
    let file = Place::new();
    small::<f32>().save(&file.path).unwrap();
    assert_eq!(bits(&file.load::<f64>().unwrap()), bits(&small::<f64>()));
    small::<f64>().save(&file.path).unwrap();
    let error = file.load::<f32>().unwrap_err();
    assert_eq!(
        file.problem(&error),
        "W1: expected numbers of f32, found f64: load the network as f64; \
         `mapv` rounds its arrays"
    );
}

proptest! {
    // Each saves eight networks, and waits for the disk.
    #![proptest_config(ProptestConfig::with_cases(32))]

    /// Of any bits, so that quiet and signalling NaNs, infinities and
    /// subnormal numbers are among them.
    #[test]
    fn all_bits_come_back(
        single in proptest::collection::vec(any::<u32>(), 20),
        double in proptest::collection::vec(any::<u64>(), 20),
    ) {
        let file = Place::new();
        let net = of_numbers(single.into_iter().map(f32::from_bits));
        for net in layouts(&net) {
            net.save(&file.path).unwrap();
            prop_assert_eq!(bits(&file.load::<f32>().unwrap()), bits(&net));
        }
        let net = of_numbers(double.into_iter().map(f64::from_bits));
        for net in layouts(&net) {
            net.save(&file.path).unwrap();
            prop_assert_eq!(bits(&file.load::<f64>().unwrap()), bits(&net));
        }
    }
}

proptest! {
    #[test]
    fn a_file_cut_short_is_an_error(length in 0..PYTHON.len()) {
        let file = Place::new();
        file.write(&PYTHON[..length]);
        prop_assert!(file.load::<f32>().is_err());
    }

    /// An error or a network, and no panic.
    #[test]
    fn spoilt_bytes(
        spoilt in proptest::collection::vec(
            (0..PYTHON.len(), any::<u8>()),
            1..5,
        ),
        length in PYTHON.len() - 5..PYTHON.len() + 5,
    ) {
        let mut bytes = PYTHON.to_vec();
        for (place, byte) in spoilt {
            bytes[place] = byte;
        }
        bytes.resize(length, 0);
        let file = Place::new();
        file.write(&bytes);
        let _ = file.load::<f32>();
        let _ = file.load::<f64>();
        let _ = MultiLayerNet::<f32>::load(&file.path);
    }

    /// Headers that are JSON, with numbers and names that are not right.
    #[test]
    fn spoilt_headers(
        arrays in proptest::collection::btree_map(
            "[Wb][0-3]",
            (
                prop_oneof!["F32", "F64", "U8", "F4", "X"],
                proptest::collection::vec(
                    prop_oneof![0..4_usize, any::<usize>()],
                    0..4,
                ),
                (0..50_usize, prop_oneof![0..50_usize, any::<usize>()]),
            ),
            0..6,
        ),
    ) {
        let header = header(&arrays);
        let file = Place::new();
        file.write(&with_data(&header, &[0; 50]));
        let _ = file.load::<f32>();
        let _ = MultiLayerNet::<f64>::load(&file.path);
    }
}

/// The lengths add up to 0, in a `usize`.
#[test]
fn lengths_that_overflow() {
    let eighth = usize::MAX / 8;
    let mut arrays = BTreeMap::new();
    for number in 0..8 {
        let (start, end) = (number * eighth, (number + 1) * eighth);
        let info = ("U8".to_owned(), vec![eighth], (start, end));
        arrays.insert(format!("W{number}"), info);
    }
    let file = Place::new();
    file.write(&with_data(&header(&arrays), &[]));
    let error = file.load::<f32>().unwrap_err();
    assert!(
        matches!(error.problem, FileProblem::Length { .. }),
        "{error}"
    );
}

/// A name, a kind of numbers and a shape.
type Array<'a> = (&'a str, (&'a str, Vec<usize>));

#[test]
fn arrays_that_make_no_network() {
    let f32s = |shape: &[usize]| ("F32", shape.to_vec());
    let (w1, b1) = (("W1", f32s(&[1, 3])), ("b1", f32s(&[3])));
    let (w2, b2) = (("W2", f32s(&[3, 2])), ("b2", f32s(&[2])));
    let (w3, b3) = (("W3", f32s(&[2, 2])), ("b3", f32s(&[2])));
    let table: [(Vec<Array>, &str); 14] = [
        (vec![], "it has no array W1, found none"),
        (
            vec![("fc1.weight", f32s(&[3, 1])), ("fc1.bias", f32s(&[3]))],
            "it has no array W1, found fc1.bias, fc1.weight",
        ),
        (
            vec![w1.clone(), b1.clone(), b2.clone()],
            "it has no array W2, found W1, b1, b2",
        ),
        (
            vec![w1.clone(), b1.clone(), w2.clone()],
            "it has no array b2, found W1, W2, b1",
        ),
        (
            vec![w1.clone(), b1.clone(), w3.clone(), b3.clone()],
            "expected W1, b1 and no more, found an array W3",
        ),
        (
            vec![w1.clone(), b1.clone(), ("gamma", f32s(&[1]))],
            "expected W1, b1 and no more, found an array gamma",
        ),
        (
            vec![("W1", f32s(&[3])), b1.clone()],
            "W1: expected shape [_, _], found [3]",
        ),
        (
            vec![w1.clone(), ("b1", f32s(&[1, 3]))],
            "b1: expected shape [_], found [1, 3]",
        ),
        (
            vec![w1.clone(), ("b1", f32s(&[]))],
            "b1: expected shape [_], found []",
        ),
        (
            vec![w1.clone(), ("b1", f32s(&[4]))],
            "b1: expected shape [3], found [4]",
        ),
        (
            vec![w1.clone(), b1.clone(), ("W2", f32s(&[2, 3])), b2.clone()],
            "W2: expected shape [3, _], found [2, 3]",
        ),
        (
            vec![w1.clone(), ("b1", ("I32", vec![3]))],
            "b1: expected numbers of f32, found i32",
        ),
        (
            vec![w1.clone(), b1.clone()],
            "expected 2 layers, found 1; MultiLayerNet takes any number",
        ),
        (
            vec![w1, b1, w2, b2, w3, b3],
            "expected 2 layers, found 3; MultiLayerNet takes any number",
        ),
    ];
    for (arrays, problem) in table {
        let mut end = 0;
        let arrays: BTreeMap<_, _> = arrays
            .into_iter()
            .map(|(name, (dtype, shape))| {
                let start = end;
                end += 4 * shape.iter().product::<usize>();
                (name.to_owned(), (dtype.to_owned(), shape, (start, end)))
            })
            .collect();
        let file = Place::new();
        file.write(&with_data(&header(&arrays), &vec![0; end]));
        let error = file.load::<f32>().unwrap_err();
        assert_eq!(file.problem(&error), problem);
    }
}

#[test]
fn bytes_that_make_no_file() {
    let length = PYTHON.len();
    let longer = [PYTHON, &[0]].concat();
    let table: [(&[u8], &str); 9] = [
        (&[], "expected a header of 8 bytes, found 0 bytes in all"),
        (
            &PYTHON[..7],
            "expected a header of 8 bytes, found 7 bytes in all",
        ),
        (
            &PYTHON[..8],
            "expected a header of 240 bytes, found 8 bytes in all",
        ),
        (
            &PYTHON[..239],
            "expected a header of 240 bytes, found 239 bytes in all",
        ),
        (
            &PYTHON[..length - 1],
            "its length: expected 296 bytes, found 295",
        ),
        (&longer, "its length: expected 296 bytes, found 297"),
        // As `numpy.savez` begins.
        (
            b"PK\x03\x04\x2d\0\0\0\0\0!\0",
            "it is not in the format safetensors: expected the length of a \
             header in 8 bytes and then `{`, found \
             `PK\\x03\\x04-\\x00\\x00\\x00\\x00`",
        ),
        (
            b"\xff\xff\xff\xff\xff\xff\xff\xff{",
            "expected a header of 18446744073709551615 bytes, found 9 bytes \
             in all",
        ),
        (
            b"\x02\0\0\0\0\0\0\0{[",
            "its header cannot be understood: key must be a string at line 1 \
             column 2",
        ),
    ];
    for (bytes, problem) in table {
        let file = Place::new();
        file.write(bytes);
        let error = file.load::<f32>().unwrap_err();
        assert_eq!(file.problem(&error), problem);
    }
}

#[test]
fn no_file() {
    let file = Place::new();
    let error = file.load::<f32>().unwrap_err();
    assert_eq!(file.problem(&error), "there is no such file");
    let error = TwoLayerNet::<f32>::load("no/such/file").unwrap_err();
    let here = std::env::current_dir().unwrap();
    assert_eq!(error.path, here.join("no/such/file"));
}

#[test]
fn a_folder_in_its_place() {
    let file = Place::new();
    fs::create_dir(&file.path).unwrap();
    let problem = "expected a file, found something else of that name";
    let error = file.load::<f32>().unwrap_err();
    assert_eq!(file.problem(&error), problem);
    let error = small::<f32>().save(&file.path).unwrap_err();
    assert_eq!(file.problem(&error), problem);
    assert!(file.path.is_dir());
}

/// To open it would wait for a writer; to rename over it would remove it.
#[cfg(unix)]
#[test]
fn a_pipe_in_its_place() {
    let file = Place::new();
    let made = std::process::Command::new("mkfifo")
        .arg(&file.path)
        .status();
    assert!(made.unwrap().success());
    let problem = "expected a file, found something else of that name";
    let error = file.load::<f32>().unwrap_err();
    assert_eq!(file.problem(&error), problem);
    let error = small::<f32>().save(&file.path).unwrap_err();
    assert_eq!(file.problem(&error), problem);
}

#[test]
fn no_folder() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("nowhere/net.safetensors");
    let error = small::<f32>().save(&path).unwrap_err();
    assert!(matches!(error.problem, FileProblem::NoFolder), "{error}");
    assert!(small::<f32>().save("").is_err());
}

#[cfg(unix)]
#[test]
fn no_permission() {
    use std::os::unix::fs::PermissionsExt;

    let file = Place::new();
    small::<f32>().save(&file.path).unwrap();
    let set = |path: &Path, mode| {
        fs::set_permissions(path, PermissionsExt::from_mode(mode)).unwrap();
    };
    set(&file.path, 0o444);
    let error = small::<f64>().save(&file.path).unwrap_err();
    assert_eq!(
        file.problem(&error),
        "it cannot be written: permission denied"
    );
    assert_eq!(file.bytes(), PYTHON);

    set(&file.path, 0o000);
    // Root may read and write all files.
    if fs::File::open(&file.path).is_err() {
        let error = file.load::<f32>().unwrap_err();
        let problem = file.problem(&error);
        assert!(
            problem.starts_with("it cannot be read: Permission denied"),
            "{problem}"
        );
        let other = file.path.with_file_name("other");
        set(file.folder.path(), 0o555);
        let error = small::<f32>().save(other).unwrap_err();
        assert!(matches!(error.problem, FileProblem::Unwritable(_)));
        set(file.folder.path(), 0o755);
    }
}

/// No temporary file is left, the permissions are as they were, and a new
/// file's are those of any new file.
#[test]
fn a_file_is_replaced_whole() {
    let file = Place::new();
    small::<f64>().save(&file.path).unwrap();
    let plain = file.path.with_file_name("plain");
    fs::write(&plain, []).unwrap();
    let permissions = |path| fs::metadata(path).unwrap().permissions();
    assert_eq!(permissions(&file.path), permissions(&plain));
    fs::remove_file(&plain).unwrap();

    small::<f32>().save(&file.path).unwrap();
    assert_eq!(file.bytes(), PYTHON);
    assert_eq!(fs::read_dir(file.folder.path()).unwrap().count(), 1);
}

#[cfg(unix)]
#[test]
fn a_link_stays_a_link() {
    let file = Place::new();
    small::<f64>().save(&file.path).unwrap();
    let link = file.path.with_file_name("link");
    std::os::unix::fs::symlink(&file.path, &link).unwrap();
    small::<f32>().save(&link).unwrap();
    assert!(link.is_symlink());
    assert_eq!(file.bytes(), PYTHON);
}

/// A file in a folder of its own.
struct Place {
    folder: TempDir,
    path: PathBuf,
}

impl Place {
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("net.safetensors");
        Self { folder, path }
    }

    fn bytes(&self) -> Vec<u8> {
        fs::read(&self.path).unwrap()
    }

    fn write(&self, bytes: &[u8]) {
        fs::write(&self.path, bytes).unwrap();
    }

    fn load<F: Float>(&self) -> Result<TwoLayerNet<F>, FileError> {
        TwoLayerNet::load(&self.path)
    }

    /// What is said after the name of the file.
    #[track_caller]
    fn problem(&self, error: &FileError) -> String {
        let (message, path) = (error.to_string(), self.path.display());
        let problem = message.strip_prefix(&format!("{path}: "));
        problem
            .expect("the message begins with the path")
            .to_owned()
    }
}

type Info = (String, Vec<usize>, (usize, usize));

fn header(arrays: &BTreeMap<String, Info>) -> String {
    let mut json = String::from("{");
    for (number, (name, (dtype, shape, (start, end)))) in
        arrays.iter().enumerate()
    {
        let comma = if number == 0 { "" } else { "," };
        write!(
            json,
            "{comma}\"{name}\":{{\"dtype\":\"{dtype}\",\"shape\":{shape:?},\
             \"data_offsets\":[{start},{end}]}}"
        )
        .unwrap();
    }
    json + "}"
}

fn with_data(header: &str, data: &[u8]) -> Vec<u8> {
    let length = (header.len() as u64).to_le_bytes();
    [&length, header.as_bytes(), data].concat()
}

fn text(bytes: &[u8]) -> String {
    bytes.escape_ascii().to_string()
}

/// All numbers in order, as bits, and the widths.
fn bits<N: Layers>(net: &N) -> (Vec<usize>, Vec<Vec<u8>>) {
    let numbers = net
        .named()
        .into_iter()
        .flat_map(|(_, array)| array.iter().copied().collect::<Vec<_>>())
        .map(|number| number.to_le_bytes().as_ref().to_vec());
    (net.widths(), numbers.collect())
}

/// Of 3, 5 and 1 units, for which 20 numbers are enough.
fn of_numbers<F: Float>(
    mut numbers: impl Iterator<Item = F>,
) -> TwoLayerNet<F> {
    let mut next = || numbers.next().unwrap();
    let mut affine = |rows, columns| {
        let weight = Array2::from_shape_simple_fn((rows, columns), &mut next);
        let bias = weight.row(0).mapv(|number| -number);
        Affine::new(weight, bias)
    };
    TwoLayerNet {
        affine1: affine(3, 5),
        affine2: affine(5, 1),
    }
}

/// The same network: row by row, column by column, backwards in memory, and
/// with gaps between its numbers.
fn layouts<F: Float>(net: &TwoLayerNet<F>) -> [TwoLayerNet<F>; 4] {
    let with = |change: fn(&Array2<F>) -> Array2<F>| {
        let mut net = net.clone();
        net.affine1.weight = change(&net.affine1.weight);
        net.affine2.weight = change(&net.affine2.weight);
        net
    };
    [
        with(Array2::clone),
        with(|weight| {
            let mut columns = Array2::zeros(weight.raw_dim().f());
            columns.assign(weight);
            columns
        }),
        with(|weight| {
            let invert = |weight: &mut Array2<F>| {
                weight.invert_axis(Axis(0));
                weight.invert_axis(Axis(1));
            };
            let mut weight = weight.clone();
            invert(&mut weight);
            let mut backwards = weight.as_standard_layout().into_owned();
            invert(&mut backwards);
            backwards
        }),
        with(|weight| {
            let (rows, columns) = weight.dim();
            let mut gaps = Array2::zeros((rows, 3 * columns));
            gaps.slice_axis_inplace(Axis(1), Slice::new(0, None, 3));
            gaps.assign(weight);
            gaps
        }),
    ]
}
