#[allow(unused,unreachable_code)] mod m0 { pub fn run() {
/// Inputs [x, y, dout] that expose Ann alone, Ben alone, Cleo alone, all three.
fn exposing() -> [[f64; 3]; 4] {
    todo!()
}

type Node = fn([f64; 3]) -> (f64, f64);
let right: Node = |[x, y, d]| if x > y { (d, 0.0) } else { (0.0, d) };
let people: [(&str, Node); 3] = [
    ("Ann", |[x, _, d]| if x > 0.0 { (d, 0.0) } else { (0.0, d) }),
    ("Ben", |[x, y, _]| if x > y { (1.0, 0.0) } else { (0.0, 1.0) }),
    ("Cleo", |[x, y, d]| {
        if x.abs() > y.abs() { (d, 0.0) } else { (0.0, d) }
    }),
];
let wanted = [
    [true, false, false],
    [false, true, false],
    [false, false, true],
    [true, true, true],
];
for (i, (input, wanted)) in exposing().into_iter().zip(wanted).enumerate() {
    let number = i + 1;
    let [x, y, _] = input;
    assert!(x != y, "input {number}: x = y = {x}, max has no derivative there");
    for ((name, node), wanted) in people.into_iter().zip(wanted) {
        let (found, due) = (node(input), right(input));
        assert!(
            (found != due) == wanted,
            "input {number}, {input:?}: {name} gives {found:?}, right is \
             {due:?}; {name} {} be exposed here",
            if wanted { "should" } else { "should not" }
        );
    }
}

} }
#[allow(unused,unreachable_code)] mod m1 { pub fn run() {
/// Inputs [x, y, dout] that expose Ann alone, Ben alone, Cleo alone, all three.
fn exposing() -> [[f64; 3]; 4] {
    [[2.0, 3.0, 1.0], [3.0, 2.0, 5.0], [-3.0, 2.0, 1.0], [-2.0, -3.0, 5.0]]
}

type Node = fn([f64; 3]) -> (f64, f64);
let right: Node = |[x, y, d]| if x > y { (d, 0.0) } else { (0.0, d) };
let people: [(&str, Node); 3] = [
    ("Ann", |[x, _, d]| if x > 0.0 { (d, 0.0) } else { (0.0, d) }),
    ("Ben", |[x, y, _]| if x > y { (1.0, 0.0) } else { (0.0, 1.0) }),
    ("Cleo", |[x, y, d]| {
        if x.abs() > y.abs() { (d, 0.0) } else { (0.0, d) }
    }),
];
let wanted = [
    [true, false, false],
    [false, true, false],
    [false, false, true],
    [true, true, true],
];
for (i, (input, wanted)) in exposing().into_iter().zip(wanted).enumerate() {
    let number = i + 1;
    let [x, y, _] = input;
    assert!(x != y, "input {number}: x = y = {x}, max has no derivative there");
    for ((name, node), wanted) in people.into_iter().zip(wanted) {
        let (found, due) = (node(input), right(input));
        assert!(
            (found != due) == wanted,
            "input {number}, {input:?}: {name} gives {found:?}, right is \
             {due:?}; {name} {} be exposed here",
            if wanted { "should" } else { "should not" }
        );
    }
}

} }
#[allow(unused,unreachable_code)] mod m2 { pub fn run() {
fn exposing() -> [[f64; 3]; 4] {
    [[2.0, 3.0, 1.0], [3.0, 2.0, 5.0], [-3.0, 2.0, 1.0], [-2.0, -3.0, 1.0]]
}

type Node = fn([f64; 3]) -> (f64, f64);
let right: Node = |[x, y, d]| if x > y { (d, 0.0) } else { (0.0, d) };
let people: [(&str, Node); 3] = [
    ("Ann", |[x, _, d]| if x > 0.0 { (d, 0.0) } else { (0.0, d) }),
    ("Ben", |[x, y, _]| if x > y { (1.0, 0.0) } else { (0.0, 1.0) }),
    ("Cleo", |[x, y, d]| {
        if x.abs() > y.abs() { (d, 0.0) } else { (0.0, d) }
    }),
];
let wanted = [
    [true, false, false],
    [false, true, false],
    [false, false, true],
    [true, true, true],
];
for (i, (input, wanted)) in exposing().into_iter().zip(wanted).enumerate() {
    let number = i + 1;
    let [x, y, _] = input;
    assert!(x != y, "input {number}: x = y = {x}, max has no derivative there");
    for ((name, node), wanted) in people.into_iter().zip(wanted) {
        let (found, due) = (node(input), right(input));
        assert!(
            (found != due) == wanted,
            "input {number}, {input:?}: {name} gives {found:?}, right is \
             {due:?}; {name} {} be exposed here",
            if wanted { "should" } else { "should not" }
        );
    }
}

} }
#[allow(unused,unreachable_code)] mod m3 { pub fn run() {
fn exposing() -> [[f64; 3]; 4] {
    [[-2.0, -3.0, 1.0], [3.0, 2.0, 5.0], [-3.0, 2.0, 1.0], [-2.0, -3.0, 5.0]]
}

type Node = fn([f64; 3]) -> (f64, f64);
let right: Node = |[x, y, d]| if x > y { (d, 0.0) } else { (0.0, d) };
let people: [(&str, Node); 3] = [
    ("Ann", |[x, _, d]| if x > 0.0 { (d, 0.0) } else { (0.0, d) }),
    ("Ben", |[x, y, _]| if x > y { (1.0, 0.0) } else { (0.0, 1.0) }),
    ("Cleo", |[x, y, d]| {
        if x.abs() > y.abs() { (d, 0.0) } else { (0.0, d) }
    }),
];
let wanted = [
    [true, false, false],
    [false, true, false],
    [false, false, true],
    [true, true, true],
];
for (i, (input, wanted)) in exposing().into_iter().zip(wanted).enumerate() {
    let number = i + 1;
    let [x, y, _] = input;
    assert!(x != y, "input {number}: x = y = {x}, max has no derivative there");
    for ((name, node), wanted) in people.into_iter().zip(wanted) {
        let (found, due) = (node(input), right(input));
        assert!(
            (found != due) == wanted,
            "input {number}, {input:?}: {name} gives {found:?}, right is \
             {due:?}; {name} {} be exposed here",
            if wanted { "should" } else { "should not" }
        );
    }
}

} }
#[allow(unused,unreachable_code)] mod m4 { pub fn run() {
fn exposing() -> [[f64; 3]; 4] {
    [[2.0, 2.0, 1.0], [3.0, 2.0, 5.0], [-3.0, 2.0, 1.0], [-2.0, -3.0, 5.0]]
}

type Node = fn([f64; 3]) -> (f64, f64);
let right: Node = |[x, y, d]| if x > y { (d, 0.0) } else { (0.0, d) };
let people: [(&str, Node); 3] = [
    ("Ann", |[x, _, d]| if x > 0.0 { (d, 0.0) } else { (0.0, d) }),
    ("Ben", |[x, y, _]| if x > y { (1.0, 0.0) } else { (0.0, 1.0) }),
    ("Cleo", |[x, y, d]| {
        if x.abs() > y.abs() { (d, 0.0) } else { (0.0, d) }
    }),
];
let wanted = [
    [true, false, false],
    [false, true, false],
    [false, false, true],
    [true, true, true],
];
for (i, (input, wanted)) in exposing().into_iter().zip(wanted).enumerate() {
    let number = i + 1;
    let [x, y, _] = input;
    assert!(x != y, "input {number}: x = y = {x}, max has no derivative there");
    for ((name, node), wanted) in people.into_iter().zip(wanted) {
        let (found, due) = (node(input), right(input));
        assert!(
            (found != due) == wanted,
            "input {number}, {input:?}: {name} gives {found:?}, right is \
             {due:?}; {name} {} be exposed here",
            if wanted { "should" } else { "should not" }
        );
    }
}

} }
#[allow(unused,unreachable_code)] mod m5 { pub fn run() {
use ndarray::Array1;

fn agree(found: &Array1<f64>, tried: &Array1<f64>) -> bool {
    todo!()
}

use ndarray::array;

let many = Array1::from_shape_fn(10_000, |i| 0.002 + 1e-6 * i as f64);
let mut one_sign = many.clone();
one_sign[5] *= -1.0;
let nan = array![0.1, f64::NAN];
for (found, tried, same, what) in [
    (many.clone(), &many + 1e-11, true, "rounding, 1e-11"),
    (array![0.0, 0.3], array![0.0, 0.3], true, "two zeros"),
    (array![1e-9, 0.3], array![-1e-9, 0.3], true, "1e-9 and -1e-9"),
    (many.clone(), one_sign, false, "one wrong sign among 10,000"),
    (nan.clone(), array![0.1, 0.2], false, "a NaN in the first"),
    (array![0.1, 0.2], nan, false, "a NaN in the second"),
    (array![0.0, 0.3], array![0.01, 0.3], false, "0 and 0.01"),
    (&many * 1.01, many.clone(), false, "all too large by 1 %"),
] {
    let verdict = if same { "refused" } else { "accepted" };
    assert!(agree(&found, &tried) == same, "{what}: wrongly {verdict}");
}

} }
#[allow(unused,unreachable_code)] mod m6 { pub fn run() {
use ndarray::Array1;

fn agree(found: &Array1<f64>, tried: &Array1<f64>) -> bool {
    found.iter().zip(tried).all(|(a, b)| {
        (a - b).abs() <= 1e-5 * a.abs().max(b.abs()).max(1e-3)
    })
}

use ndarray::array;

let many = Array1::from_shape_fn(10_000, |i| 0.002 + 1e-6 * i as f64);
let mut one_sign = many.clone();
one_sign[5] *= -1.0;
let nan = array![0.1, f64::NAN];
for (found, tried, same, what) in [
    (many.clone(), &many + 1e-11, true, "rounding, 1e-11"),
    (array![0.0, 0.3], array![0.0, 0.3], true, "two zeros"),
    (array![1e-9, 0.3], array![-1e-9, 0.3], true, "1e-9 and -1e-9"),
    (many.clone(), one_sign, false, "one wrong sign among 10,000"),
    (nan.clone(), array![0.1, 0.2], false, "a NaN in the first"),
    (array![0.1, 0.2], nan, false, "a NaN in the second"),
    (array![0.0, 0.3], array![0.01, 0.3], false, "0 and 0.01"),
    (&many * 1.01, many.clone(), false, "all too large by 1 %"),
] {
    let verdict = if same { "refused" } else { "accepted" };
    assert!(agree(&found, &tried) == same, "{what}: wrongly {verdict}");
}

} }
#[allow(unused,unreachable_code)] mod m7 { pub fn run() {
use ndarray::Array1;

fn agree(found: &Array1<f64>, tried: &Array1<f64>) -> bool {
    backprop::mean_abs_difference(found, tried) < 1e-6
}

use ndarray::array;

let many = Array1::from_shape_fn(10_000, |i| 0.002 + 1e-6 * i as f64);
let mut one_sign = many.clone();
one_sign[5] *= -1.0;
let nan = array![0.1, f64::NAN];
for (found, tried, same, what) in [
    (many.clone(), &many + 1e-11, true, "rounding, 1e-11"),
    (array![0.0, 0.3], array![0.0, 0.3], true, "two zeros"),
    (array![1e-9, 0.3], array![-1e-9, 0.3], true, "1e-9 and -1e-9"),
    (many.clone(), one_sign, false, "one wrong sign among 10,000"),
    (nan.clone(), array![0.1, 0.2], false, "a NaN in the first"),
    (array![0.1, 0.2], nan, false, "a NaN in the second"),
    (array![0.0, 0.3], array![0.01, 0.3], false, "0 and 0.01"),
    (&many * 1.01, many.clone(), false, "all too large by 1 %"),
] {
    let verdict = if same { "refused" } else { "accepted" };
    assert!(agree(&found, &tried) == same, "{what}: wrongly {verdict}");
}

} }
#[allow(unused,unreachable_code)] mod m8 { pub fn run() {
use ndarray::Array1;

fn agree(found: &Array1<f64>, tried: &Array1<f64>) -> bool {
    found.iter().zip(tried).all(|(a, b)| {
        (a - b).abs() / a.abs().max(b.abs()) < 1e-5
    })
}

use ndarray::array;

let many = Array1::from_shape_fn(10_000, |i| 0.002 + 1e-6 * i as f64);
let mut one_sign = many.clone();
one_sign[5] *= -1.0;
let nan = array![0.1, f64::NAN];
for (found, tried, same, what) in [
    (many.clone(), &many + 1e-11, true, "rounding, 1e-11"),
    (array![0.0, 0.3], array![0.0, 0.3], true, "two zeros"),
    (array![1e-9, 0.3], array![-1e-9, 0.3], true, "1e-9 and -1e-9"),
    (many.clone(), one_sign, false, "one wrong sign among 10,000"),
    (nan.clone(), array![0.1, 0.2], false, "a NaN in the first"),
    (array![0.1, 0.2], nan, false, "a NaN in the second"),
    (array![0.0, 0.3], array![0.01, 0.3], false, "0 and 0.01"),
    (&many * 1.01, many.clone(), false, "all too large by 1 %"),
] {
    let verdict = if same { "refused" } else { "accepted" };
    assert!(agree(&found, &tried) == same, "{what}: wrongly {verdict}");
}

} }
#[allow(unused,unreachable_code)] mod m9 { pub fn run() {
use ndarray::Array1;

fn agree(found: &Array1<f64>, tried: &Array1<f64>) -> bool {
    let error = |(a, b): (&f64, &f64)| {
        (a - b).abs() / a.abs().max(b.abs()).max(1e-3)
    };
    found.iter().zip(tried).map(error).fold(0.0, f64::max) < 1e-5
}

use ndarray::array;

let many = Array1::from_shape_fn(10_000, |i| 0.002 + 1e-6 * i as f64);
let mut one_sign = many.clone();
one_sign[5] *= -1.0;
let nan = array![0.1, f64::NAN];
for (found, tried, same, what) in [
    (many.clone(), &many + 1e-11, true, "rounding, 1e-11"),
    (array![0.0, 0.3], array![0.0, 0.3], true, "two zeros"),
    (array![1e-9, 0.3], array![-1e-9, 0.3], true, "1e-9 and -1e-9"),
    (many.clone(), one_sign, false, "one wrong sign among 10,000"),
    (nan.clone(), array![0.1, 0.2], false, "a NaN in the first"),
    (array![0.1, 0.2], nan, false, "a NaN in the second"),
    (array![0.0, 0.3], array![0.01, 0.3], false, "0 and 0.01"),
    (&many * 1.01, many.clone(), false, "all too large by 1 %"),
] {
    let verdict = if same { "refused" } else { "accepted" };
    assert!(agree(&found, &tried) == same, "{what}: wrongly {verdict}");
}

} }
#[allow(unused,unreachable_code)] mod m10 { pub fn run() {
use ndarray::Array2;

/// How many units are off for every image: z is (N, H).
fn dead(z: &Array2<f64>) -> usize {
    todo!()
}

use ndarray::array;

let z = array![
    [0.0, 1.5, 0.0, 2.0],
    [0.0, 0.0, 0.0, 3.0],
    [0.0, 0.0, 0.001, 1.0],
];
let blank = array![[0.0, 0.0, 0.0, 0.0], [1.0, 0.0, 2.0, 0.0]];
let awake = array![[1.0, 2.0], [0.0, 0.5]];
for (z, expected, why) in [
    (z, 1, "only the first is off for all three images"),
    (blank, 2, "an image that turns nothing on is no dead unit"),
    (awake, 0, "a unit that is on for one image lives"),
] {
    let found = dead(&z);
    assert!(
        found == expected,
        "found {found} dead units, expected {expected}: {why}; z is\n{z}"
    );
}

} }
#[allow(unused,unreachable_code)] mod m11 { pub fn run() {
use ndarray::Array2;

/// How many units are off for every image: z is (N, H).
fn dead(z: &Array2<f64>) -> usize {
    let units = z.columns().into_iter();
    units.filter(|unit| unit.iter().all(|&z| z == 0.0)).count()
}

use ndarray::array;

let z = array![
    [0.0, 1.5, 0.0, 2.0],
    [0.0, 0.0, 0.0, 3.0],
    [0.0, 0.0, 0.001, 1.0],
];
let blank = array![[0.0, 0.0, 0.0, 0.0], [1.0, 0.0, 2.0, 0.0]];
let awake = array![[1.0, 2.0], [0.0, 0.5]];
for (z, expected, why) in [
    (z, 1, "only the first is off for all three images"),
    (blank, 2, "an image that turns nothing on is no dead unit"),
    (awake, 0, "a unit that is on for one image lives"),
] {
    let found = dead(&z);
    assert!(
        found == expected,
        "found {found} dead units, expected {expected}: {why}; z is\n{z}"
    );
}

} }
#[allow(unused,unreachable_code)] mod m12 { pub fn run() {
use ndarray::Array2;

fn dead(z: &Array2<f64>) -> usize {
    z.rows().into_iter().filter(|row| row.iter().all(|&z| z == 0.0)).count()
}

use ndarray::array;

let z = array![
    [0.0, 1.5, 0.0, 2.0],
    [0.0, 0.0, 0.0, 3.0],
    [0.0, 0.0, 0.001, 1.0],
];
let blank = array![[0.0, 0.0, 0.0, 0.0], [1.0, 0.0, 2.0, 0.0]];
let awake = array![[1.0, 2.0], [0.0, 0.5]];
for (z, expected, why) in [
    (z, 1, "only the first is off for all three images"),
    (blank, 2, "an image that turns nothing on is no dead unit"),
    (awake, 0, "a unit that is on for one image lives"),
] {
    let found = dead(&z);
    assert!(
        found == expected,
        "found {found} dead units, expected {expected}: {why}; z is\n{z}"
    );
}

} }
#[allow(unused,unreachable_code)] mod m13 { pub fn run() {
use ndarray::Array2;

fn dead(z: &Array2<f64>) -> usize {
    let units = z.columns().into_iter();
    units.filter(|unit| unit.iter().any(|&z| z == 0.0)).count()
}

use ndarray::array;

let z = array![
    [0.0, 1.5, 0.0, 2.0],
    [0.0, 0.0, 0.0, 3.0],
    [0.0, 0.0, 0.001, 1.0],
];
let blank = array![[0.0, 0.0, 0.0, 0.0], [1.0, 0.0, 2.0, 0.0]];
let awake = array![[1.0, 2.0], [0.0, 0.5]];
for (z, expected, why) in [
    (z, 1, "only the first is off for all three images"),
    (blank, 2, "an image that turns nothing on is no dead unit"),
    (awake, 0, "a unit that is on for one image lives"),
] {
    let found = dead(&z);
    assert!(
        found == expected,
        "found {found} dead units, expected {expected}: {why}; z is\n{z}"
    );
}

} }
#[allow(unused,unreachable_code)] mod m14 { pub fn run() {
use ndarray::Array2;

fn dead(z: &Array2<f64>) -> usize {
    z.row(0).iter().filter(|&&z| z == 0.0).count()
}

use ndarray::array;

let z = array![
    [0.0, 1.5, 0.0, 2.0],
    [0.0, 0.0, 0.0, 3.0],
    [0.0, 0.0, 0.001, 1.0],
];
let blank = array![[0.0, 0.0, 0.0, 0.0], [1.0, 0.0, 2.0, 0.0]];
let awake = array![[1.0, 2.0], [0.0, 0.5]];
for (z, expected, why) in [
    (z, 1, "only the first is off for all three images"),
    (blank, 2, "an image that turns nothing on is no dead unit"),
    (awake, 0, "a unit that is on for one image lives"),
] {
    let found = dead(&z);
    assert!(
        found == expected,
        "found {found} dead units, expected {expected}: {why}; z is\n{z}"
    );
}

} }
#[allow(unused,unreachable_code)] mod m15 { pub fn run() {
/// Where thirty steps of AdaGrad end, at a rate of 1.5.
fn adagrad(
    gradient: impl Fn([f64; 2]) -> [f64; 2],
    start: [f64; 2],
) -> [f64; 2] {
    let (mut w, mut h) = (start, [0.0_f64; 2]);
    for _ in 0..30 {
        todo!()
    }
    w
}

let f = |[x, y]: [f64; 2]| x * x / 20.0 + y * y;
let slope = |[x, y]: [f64; 2]| [x / 10.0, 2.0 * y];
let found = f(adagrad(slope, [-7.0, 2.0]));
assert!(
    (found - 7.2e-4).abs() < 1e-5,
    "after thirty steps f is {found:.1e}, expected 7.2e-4: does h keep all \
     squares, and is the root taken?"
);
let half = 0.5_f64.sqrt();
let turn = |[x, y]: [f64; 2]| [half * (x - y), half * (x + y)];
let back = |[x, y]: [f64; 2]| [half * (x + y), half * (y - x)];
let found = f(back(adagrad(|w| turn(slope(back(w))), turn([-7.0, 2.0]))));
assert!(
    (found - 0.141).abs() < 0.002,
    "in the turned valley f is {found:.1e}, expected 0.141: is each \
     parameter divided by its own root?"
);

} }
#[allow(unused,unreachable_code)] mod m16 { pub fn run() {
/// Where thirty steps of AdaGrad end, at a rate of 1.5.
fn adagrad(
    gradient: impl Fn([f64; 2]) -> [f64; 2],
    start: [f64; 2],
) -> [f64; 2] {
    let (mut w, mut h) = (start, [0.0_f64; 2]);
    for _ in 0..30 {
        let g = gradient(w);
        for i in 0..2 {
            h[i] += g[i] * g[i];
            w[i] -= 1.5 * g[i] / (h[i].sqrt() + 1e-7);
        }
    }
    w
}

let f = |[x, y]: [f64; 2]| x * x / 20.0 + y * y;
let slope = |[x, y]: [f64; 2]| [x / 10.0, 2.0 * y];
let found = f(adagrad(slope, [-7.0, 2.0]));
assert!(
    (found - 7.2e-4).abs() < 1e-5,
    "after thirty steps f is {found:.1e}, expected 7.2e-4: does h keep all \
     squares, and is the root taken?"
);
let half = 0.5_f64.sqrt();
let turn = |[x, y]: [f64; 2]| [half * (x - y), half * (x + y)];
let back = |[x, y]: [f64; 2]| [half * (x + y), half * (y - x)];
let found = f(back(adagrad(|w| turn(slope(back(w))), turn([-7.0, 2.0]))));
assert!(
    (found - 0.141).abs() < 0.002,
    "in the turned valley f is {found:.1e}, expected 0.141: is each \
     parameter divided by its own root?"
);

} }
#[allow(unused,unreachable_code)] mod m17 { pub fn run() {
fn adagrad(
    gradient: impl Fn([f64; 2]) -> [f64; 2],
    start: [f64; 2],
) -> [f64; 2] {
    let (mut w, mut h) = (start, [0.0_f64; 2]);
    for _ in 0..30 {
        let g = gradient(w);
        for i in 0..2 {
            h[i] += g[i] * g[i];
            w[i] -= 1.5 * g[i] / (h[i] + 1e-7);
        }
    }
    w
}

let f = |[x, y]: [f64; 2]| x * x / 20.0 + y * y;
let slope = |[x, y]: [f64; 2]| [x / 10.0, 2.0 * y];
let found = f(adagrad(slope, [-7.0, 2.0]));
assert!(
    (found - 7.2e-4).abs() < 1e-5,
    "after thirty steps f is {found:.1e}, expected 7.2e-4: does h keep all \
     squares, and is the root taken?"
);
let half = 0.5_f64.sqrt();
let turn = |[x, y]: [f64; 2]| [half * (x - y), half * (x + y)];
let back = |[x, y]: [f64; 2]| [half * (x + y), half * (y - x)];
let found = f(back(adagrad(|w| turn(slope(back(w))), turn([-7.0, 2.0]))));
assert!(
    (found - 0.141).abs() < 0.002,
    "in the turned valley f is {found:.1e}, expected 0.141: is each \
     parameter divided by its own root?"
);

} }
#[allow(unused,unreachable_code)] mod m18 { pub fn run() {
fn adagrad(
    gradient: impl Fn([f64; 2]) -> [f64; 2],
    start: [f64; 2],
) -> [f64; 2] {
    let mut w = start;
    for _ in 0..30 {
        let g = gradient(w);
        for i in 0..2 {
            w[i] -= 1.5 * g[i] / (g[i].abs() + 1e-7);
        }
    }
    w
}

let f = |[x, y]: [f64; 2]| x * x / 20.0 + y * y;
let slope = |[x, y]: [f64; 2]| [x / 10.0, 2.0 * y];
let found = f(adagrad(slope, [-7.0, 2.0]));
assert!(
    (found - 7.2e-4).abs() < 1e-5,
    "after thirty steps f is {found:.1e}, expected 7.2e-4: does h keep all \
     squares, and is the root taken?"
);
let half = 0.5_f64.sqrt();
let turn = |[x, y]: [f64; 2]| [half * (x - y), half * (x + y)];
let back = |[x, y]: [f64; 2]| [half * (x + y), half * (y - x)];
let found = f(back(adagrad(|w| turn(slope(back(w))), turn([-7.0, 2.0]))));
assert!(
    (found - 0.141).abs() < 0.002,
    "in the turned valley f is {found:.1e}, expected 0.141: is each \
     parameter divided by its own root?"
);

} }
#[allow(unused,unreachable_code)] mod m19 { pub fn run() {
fn adagrad(
    gradient: impl Fn([f64; 2]) -> [f64; 2],
    start: [f64; 2],
) -> [f64; 2] {
    let (mut w, mut h) = (start, 0.0_f64);
    for _ in 0..30 {
        let g = gradient(w);
        h += g[0] * g[0] + g[1] * g[1];
        for i in 0..2 {
            w[i] -= 1.5 * g[i] / (h.sqrt() + 1e-7);
        }
    }
    w
}

let f = |[x, y]: [f64; 2]| x * x / 20.0 + y * y;
let slope = |[x, y]: [f64; 2]| [x / 10.0, 2.0 * y];
let found = f(adagrad(slope, [-7.0, 2.0]));
assert!(
    (found - 7.2e-4).abs() < 1e-5,
    "after thirty steps f is {found:.1e}, expected 7.2e-4: does h keep all \
     squares, and is the root taken?"
);
let half = 0.5_f64.sqrt();
let turn = |[x, y]: [f64; 2]| [half * (x - y), half * (x + y)];
let back = |[x, y]: [f64; 2]| [half * (x + y), half * (y - x)];
let found = f(back(adagrad(|w| turn(slope(back(w))), turn([-7.0, 2.0]))));
assert!(
    (found - 0.141).abs() < 0.002,
    "in the turned valley f is {found:.1e}, expected 0.141: is each \
     parameter divided by its own root?"
);

} }
#[allow(unused,unreachable_code)] mod m20 { pub fn run() {
/// By how much the notebook's gradient differs from that of its own loss, and
/// from the right one.
fn factors(samples: usize, classes: usize) -> (f64, f64) {
    todo!()
}

for (samples, classes, own, right, hint) in [
    (1, 10, 1.0, 0.1, "one sample is a vector: what is its last size?"),
    (100, 10, 10.0, 10.0, "a batch is (M, N): which size is the last?"),
    (10, 10, 1.0, 1.0, "here all sizes are equal"),
    (3, 5, 0.6, 0.6, "the gradient is divided by M, the loss by N"),
] {
    let found = factors(samples, classes);
    assert!(
        (found.0 - own).abs() + (found.1 - right).abs() < 1e-9,
        "{samples} samples of {classes} classes: found {found:?}, expected \
         {:?}: {hint}",
        (own, right)
    );
}

} }
#[allow(unused,unreachable_code)] mod m21 { pub fn run() {
/// By how much the notebook's gradient differs from that of its own loss, and
/// from the right one.
fn factors(samples: usize, classes: usize) -> (f64, f64) {
    let divisor_of_loss = if samples == 1 { classes } else { samples };
    let divisor = classes as f64;
    (divisor_of_loss as f64 / divisor, samples as f64 / divisor)
}

for (samples, classes, own, right, hint) in [
    (1, 10, 1.0, 0.1, "one sample is a vector: what is its last size?"),
    (100, 10, 10.0, 10.0, "a batch is (M, N): which size is the last?"),
    (10, 10, 1.0, 1.0, "here all sizes are equal"),
    (3, 5, 0.6, 0.6, "the gradient is divided by M, the loss by N"),
] {
    let found = factors(samples, classes);
    assert!(
        (found.0 - own).abs() + (found.1 - right).abs() < 1e-9,
        "{samples} samples of {classes} classes: found {found:?}, expected \
         {:?}: {hint}",
        (own, right)
    );
}

} }
#[allow(unused,unreachable_code)] mod m22 { pub fn run() {
fn factors(samples: usize, classes: usize) -> (f64, f64) {
    let factor = samples as f64 / classes as f64;
    (factor, factor)
}

for (samples, classes, own, right, hint) in [
    (1, 10, 1.0, 0.1, "one sample is a vector: what is its last size?"),
    (100, 10, 10.0, 10.0, "a batch is (M, N): which size is the last?"),
    (10, 10, 1.0, 1.0, "here all sizes are equal"),
    (3, 5, 0.6, 0.6, "the gradient is divided by M, the loss by N"),
] {
    let found = factors(samples, classes);
    assert!(
        (found.0 - own).abs() + (found.1 - right).abs() < 1e-9,
        "{samples} samples of {classes} classes: found {found:?}, expected \
         {:?}: {hint}",
        (own, right)
    );
}

} }
#[allow(unused,unreachable_code)] mod m23 { pub fn run() {
fn factors(samples: usize, classes: usize) -> (f64, f64) {
    (1.0, samples as f64 / classes as f64)
}

for (samples, classes, own, right, hint) in [
    (1, 10, 1.0, 0.1, "one sample is a vector: what is its last size?"),
    (100, 10, 10.0, 10.0, "a batch is (M, N): which size is the last?"),
    (10, 10, 1.0, 1.0, "here all sizes are equal"),
    (3, 5, 0.6, 0.6, "the gradient is divided by M, the loss by N"),
] {
    let found = factors(samples, classes);
    assert!(
        (found.0 - own).abs() + (found.1 - right).abs() < 1e-9,
        "{samples} samples of {classes} classes: found {found:?}, expected \
         {:?}: {hint}",
        (own, right)
    );
}

} }
#[allow(unused,unreachable_code)] mod m24 { pub fn run() {
use ndarray::{Array1, Array2, Axis};

/// dx, dW and db, where y = W' * x .+ b, and a column is a sample.
fn backward(
    w: &Array2<f64>,
    x: &Array2<f64>,
    dy: &Array2<f64>,
) -> (Array2<f64>, Array2<f64>, Array1<f64>) {
    let dx = w.t().dot(dy); // instance.W' * dout
    let dw = dy.dot(&x.t()); // dout * instance.x'
    let db = dy.sum_axis(Axis(0)); // sum(dout, 1)
    (dx, dw, db)
}

use backprop::{max_relative_error, numerical_gradient};
use ndarray::array;

let x = array![[2.0, 4.0, -1.0], [3.0, 1.0, 0.5]];
for (w, b, dy) in [
    (
        array![[0.5, 1.25], [0.25, -1.0]],
        array![1.75, -2.25],
        array![[-3.0, 0.75, 2.0], [-5.0, 1.25, 0.5]],
    ),
    (
        array![[0.5, 1.25, 3.0], [0.25, -1.0, 2.0]],
        array![1.75, -2.25, 0.5],
        array![[-3.0, 0.75, 2.0], [-5.0, 1.25, 0.5], [1.5, 0.1, -4.0]],
    ),
] {
    let loss = |w: &Array2<f64>, b: &Array1<f64>, x: &Array2<f64>| {
        let y = w.t().dot(x) + b.view().insert_axis(Axis(1));
        (y * &dy).sum()
    };
    let (dx, dw, db) = backward(&w, &x, &dy);
    let shape = w.dim();
    for (name, found, tried) in [
        (
            "dx",
            dx.into_dyn(),
            numerical_gradient(|x| loss(&w, &b, x), &mut x.clone()).into_dyn(),
        ),
        (
            "dW",
            dw.into_dyn(),
            numerical_gradient(|w| loss(w, &b, &x), &mut w.clone()).into_dyn(),
        ),
        (
            "db",
            db.into_dyn(),
            numerical_gradient(|b| loss(&w, b, &x), &mut b.clone()).into_dyn(),
        ),
    ] {
        assert!(
            found.shape() == tried.shape(),
            "W {shape:?}: {name} has shape {:?}, expected {:?}",
            found.shape(),
            tried.shape()
        );
        assert!(
            max_relative_error(&found, &tried) < 1e-7,
            "W {shape:?}: {name} is\n{found}\nexpected\n{tried:.3}\nis \
             something transposed?"
        );
    }
}

} }
#[allow(unused,unreachable_code)] mod m25 { pub fn run() {
use ndarray::{Array1, Array2, Axis};

/// dx, dW and db, where y = W' * x .+ b, and a column is a sample.
fn backward(
    w: &Array2<f64>,
    x: &Array2<f64>,
    dy: &Array2<f64>,
) -> (Array2<f64>, Array2<f64>, Array1<f64>) {
    (w.dot(dy), x.dot(&dy.t()), dy.sum_axis(Axis(1)))
}

use backprop::{max_relative_error, numerical_gradient};
use ndarray::array;

let x = array![[2.0, 4.0, -1.0], [3.0, 1.0, 0.5]];
for (w, b, dy) in [
    (
        array![[0.5, 1.25], [0.25, -1.0]],
        array![1.75, -2.25],
        array![[-3.0, 0.75, 2.0], [-5.0, 1.25, 0.5]],
    ),
    (
        array![[0.5, 1.25, 3.0], [0.25, -1.0, 2.0]],
        array![1.75, -2.25, 0.5],
        array![[-3.0, 0.75, 2.0], [-5.0, 1.25, 0.5], [1.5, 0.1, -4.0]],
    ),
] {
    let loss = |w: &Array2<f64>, b: &Array1<f64>, x: &Array2<f64>| {
        let y = w.t().dot(x) + b.view().insert_axis(Axis(1));
        (y * &dy).sum()
    };
    let (dx, dw, db) = backward(&w, &x, &dy);
    let shape = w.dim();
    for (name, found, tried) in [
        (
            "dx",
            dx.into_dyn(),
            numerical_gradient(|x| loss(&w, &b, x), &mut x.clone()).into_dyn(),
        ),
        (
            "dW",
            dw.into_dyn(),
            numerical_gradient(|w| loss(w, &b, &x), &mut w.clone()).into_dyn(),
        ),
        (
            "db",
            db.into_dyn(),
            numerical_gradient(|b| loss(&w, b, &x), &mut b.clone()).into_dyn(),
        ),
    ] {
        assert!(
            found.shape() == tried.shape(),
            "W {shape:?}: {name} has shape {:?}, expected {:?}",
            found.shape(),
            tried.shape()
        );
        assert!(
            max_relative_error(&found, &tried) < 1e-7,
            "W {shape:?}: {name} is\n{found}\nexpected\n{tried:.3}\nis \
             something transposed?"
        );
    }
}

} }
#[allow(unused,unreachable_code)] mod m26 { pub fn run() {
use ndarray::{Array1, Array2, Axis};

fn backward(
    w: &Array2<f64>,
    x: &Array2<f64>,
    dy: &Array2<f64>,
) -> (Array2<f64>, Array2<f64>, Array1<f64>) {
    (w.t().dot(dy), x.dot(&dy.t()), dy.sum_axis(Axis(1)))
}

use backprop::{max_relative_error, numerical_gradient};
use ndarray::array;

let x = array![[2.0, 4.0, -1.0], [3.0, 1.0, 0.5]];
for (w, b, dy) in [
    (
        array![[0.5, 1.25], [0.25, -1.0]],
        array![1.75, -2.25],
        array![[-3.0, 0.75, 2.0], [-5.0, 1.25, 0.5]],
    ),
    (
        array![[0.5, 1.25, 3.0], [0.25, -1.0, 2.0]],
        array![1.75, -2.25, 0.5],
        array![[-3.0, 0.75, 2.0], [-5.0, 1.25, 0.5], [1.5, 0.1, -4.0]],
    ),
] {
    let loss = |w: &Array2<f64>, b: &Array1<f64>, x: &Array2<f64>| {
        let y = w.t().dot(x) + b.view().insert_axis(Axis(1));
        (y * &dy).sum()
    };
    let (dx, dw, db) = backward(&w, &x, &dy);
    let shape = w.dim();
    for (name, found, tried) in [
        (
            "dx",
            dx.into_dyn(),
            numerical_gradient(|x| loss(&w, &b, x), &mut x.clone()).into_dyn(),
        ),
        (
            "dW",
            dw.into_dyn(),
            numerical_gradient(|w| loss(w, &b, &x), &mut w.clone()).into_dyn(),
        ),
        (
            "db",
            db.into_dyn(),
            numerical_gradient(|b| loss(&w, b, &x), &mut b.clone()).into_dyn(),
        ),
    ] {
        assert!(
            found.shape() == tried.shape(),
            "W {shape:?}: {name} has shape {:?}, expected {:?}",
            found.shape(),
            tried.shape()
        );
        assert!(
            max_relative_error(&found, &tried) < 1e-7,
            "W {shape:?}: {name} is\n{found}\nexpected\n{tried:.3}\nis \
             something transposed?"
        );
    }
}

} }
#[allow(unused,unreachable_code)] mod m27 { pub fn run() {
use ndarray::{Array1, Array2, Axis};

fn backward(
    w: &Array2<f64>,
    x: &Array2<f64>,
    dy: &Array2<f64>,
) -> (Array2<f64>, Array2<f64>, Array1<f64>) {
    (w.dot(dy), dy.dot(&x.t()), dy.sum_axis(Axis(1)))
}

use backprop::{max_relative_error, numerical_gradient};
use ndarray::array;

let x = array![[2.0, 4.0, -1.0], [3.0, 1.0, 0.5]];
for (w, b, dy) in [
    (
        array![[0.5, 1.25], [0.25, -1.0]],
        array![1.75, -2.25],
        array![[-3.0, 0.75, 2.0], [-5.0, 1.25, 0.5]],
    ),
    (
        array![[0.5, 1.25, 3.0], [0.25, -1.0, 2.0]],
        array![1.75, -2.25, 0.5],
        array![[-3.0, 0.75, 2.0], [-5.0, 1.25, 0.5], [1.5, 0.1, -4.0]],
    ),
] {
    let loss = |w: &Array2<f64>, b: &Array1<f64>, x: &Array2<f64>| {
        let y = w.t().dot(x) + b.view().insert_axis(Axis(1));
        (y * &dy).sum()
    };
    let (dx, dw, db) = backward(&w, &x, &dy);
    let shape = w.dim();
    for (name, found, tried) in [
        (
            "dx",
            dx.into_dyn(),
            numerical_gradient(|x| loss(&w, &b, x), &mut x.clone()).into_dyn(),
        ),
        (
            "dW",
            dw.into_dyn(),
            numerical_gradient(|w| loss(w, &b, &x), &mut w.clone()).into_dyn(),
        ),
        (
            "db",
            db.into_dyn(),
            numerical_gradient(|b| loss(&w, b, &x), &mut b.clone()).into_dyn(),
        ),
    ] {
        assert!(
            found.shape() == tried.shape(),
            "W {shape:?}: {name} has shape {:?}, expected {:?}",
            found.shape(),
            tried.shape()
        );
        assert!(
            max_relative_error(&found, &tried) < 1e-7,
            "W {shape:?}: {name} is\n{found}\nexpected\n{tried:.3}\nis \
             something transposed?"
        );
    }
}

} }
#[allow(unused,unreachable_code)] mod m28 { pub fn run() {
use ndarray::{Array1, Array2, Axis};

fn backward(
    w: &Array2<f64>,
    x: &Array2<f64>,
    dy: &Array2<f64>,
) -> (Array2<f64>, Array2<f64>, Array1<f64>) {
    (w.dot(dy), x.dot(&dy.t()), dy.sum_axis(Axis(0)))
}

use backprop::{max_relative_error, numerical_gradient};
use ndarray::array;

let x = array![[2.0, 4.0, -1.0], [3.0, 1.0, 0.5]];
for (w, b, dy) in [
    (
        array![[0.5, 1.25], [0.25, -1.0]],
        array![1.75, -2.25],
        array![[-3.0, 0.75, 2.0], [-5.0, 1.25, 0.5]],
    ),
    (
        array![[0.5, 1.25, 3.0], [0.25, -1.0, 2.0]],
        array![1.75, -2.25, 0.5],
        array![[-3.0, 0.75, 2.0], [-5.0, 1.25, 0.5], [1.5, 0.1, -4.0]],
    ),
] {
    let loss = |w: &Array2<f64>, b: &Array1<f64>, x: &Array2<f64>| {
        let y = w.t().dot(x) + b.view().insert_axis(Axis(1));
        (y * &dy).sum()
    };
    let (dx, dw, db) = backward(&w, &x, &dy);
    let shape = w.dim();
    for (name, found, tried) in [
        (
            "dx",
            dx.into_dyn(),
            numerical_gradient(|x| loss(&w, &b, x), &mut x.clone()).into_dyn(),
        ),
        (
            "dW",
            dw.into_dyn(),
            numerical_gradient(|w| loss(w, &b, &x), &mut w.clone()).into_dyn(),
        ),
        (
            "db",
            db.into_dyn(),
            numerical_gradient(|b| loss(&w, b, &x), &mut b.clone()).into_dyn(),
        ),
    ] {
        assert!(
            found.shape() == tried.shape(),
            "W {shape:?}: {name} has shape {:?}, expected {:?}",
            found.shape(),
            tried.shape()
        );
        assert!(
            max_relative_error(&found, &tried) < 1e-7,
            "W {shape:?}: {name} is\n{found}\nexpected\n{tried:.3}\nis \
             something transposed?"
        );
    }
}

} }
#[allow(unused,unreachable_code)] mod m29 { pub fn run() {
/// The smallest batch whose product xW1 takes longer to compute than to fetch,
/// with so many GFLOP/s and GB/s; `None` if there is none.
fn smallest_batch(gflops: f64, gbytes: f64) -> Option<usize> {
    todo!()
}

for (gflops, gbytes, expected, hint) in [
    (100.0, 20.0, Some(13), "is it the first that is large enough?"),
    (200.0, 10.0, Some(269), "are the results, 50 for each image, moved too?"),
    (274.0, 10.0, None, "can any batch reach 27.4 operations for each byte?"),
    (20.0, 20.0, Some(3), "two operations in a multiply-add, 4 bytes in f32"),
] {
    let found = smallest_batch(gflops, gbytes);
    assert!(
        found == expected,
        "{gflops} GFLOP/s and {gbytes} GB/s: found {found:?}, expected \
         {expected:?}: {hint}"
    );
}

} }
#[allow(unused,unreachable_code)] mod m30 { pub fn run() {
/// The smallest batch whose product xW1 takes longer to compute than to fetch,
/// with so many GFLOP/s and GB/s; `None` if there is none.
fn smallest_batch(gflops: f64, gbytes: f64) -> Option<usize> {
    let gain = 19_600.0 * gbytes / gflops - 834.0;
    (gain > 0.0).then(|| (39_200.0 / gain).ceil() as usize)
}

for (gflops, gbytes, expected, hint) in [
    (100.0, 20.0, Some(13), "is it the first that is large enough?"),
    (200.0, 10.0, Some(269), "are the results, 50 for each image, moved too?"),
    (274.0, 10.0, None, "can any batch reach 27.4 operations for each byte?"),
    (20.0, 20.0, Some(3), "two operations in a multiply-add, 4 bytes in f32"),
] {
    let found = smallest_batch(gflops, gbytes);
    assert!(
        found == expected,
        "{gflops} GFLOP/s and {gbytes} GB/s: found {found:?}, expected \
         {expected:?}: {hint}"
    );
}

} }
#[allow(unused,unreachable_code)] mod m31 { pub fn run() {
fn smallest_batch(gflops: f64, gbytes: f64) -> Option<usize> {
    let gain = 19_600.0 * gbytes / gflops - 784.0;
    (gain > 0.0).then(|| (39_200.0 / gain).ceil() as usize)
}

for (gflops, gbytes, expected, hint) in [
    (100.0, 20.0, Some(13), "is it the first that is large enough?"),
    (200.0, 10.0, Some(269), "are the results, 50 for each image, moved too?"),
    (274.0, 10.0, None, "can any batch reach 27.4 operations for each byte?"),
    (20.0, 20.0, Some(3), "two operations in a multiply-add, 4 bytes in f32"),
] {
    let found = smallest_batch(gflops, gbytes);
    assert!(
        found == expected,
        "{gflops} GFLOP/s and {gbytes} GB/s: found {found:?}, expected \
         {expected:?}: {hint}"
    );
}

} }
#[allow(unused,unreachable_code)] mod m32 { pub fn run() {
fn smallest_batch(gflops: f64, gbytes: f64) -> Option<usize> {
    let gain = 9_800.0 * gbytes / gflops - 834.0;
    (gain > 0.0).then(|| (39_200.0 / gain).ceil() as usize)
}

for (gflops, gbytes, expected, hint) in [
    (100.0, 20.0, Some(13), "is it the first that is large enough?"),
    (200.0, 10.0, Some(269), "are the results, 50 for each image, moved too?"),
    (274.0, 10.0, None, "can any batch reach 27.4 operations for each byte?"),
    (20.0, 20.0, Some(3), "two operations in a multiply-add, 4 bytes in f32"),
] {
    let found = smallest_batch(gflops, gbytes);
    assert!(
        found == expected,
        "{gflops} GFLOP/s and {gbytes} GB/s: found {found:?}, expected \
         {expected:?}: {hint}"
    );
}

} }
#[allow(unused,unreachable_code)] mod m33 { pub fn run() {
fn smallest_batch(gflops: f64, gbytes: f64) -> Option<usize> {
    let gain = 19_600.0 * gbytes / gflops - 834.0;
    Some((39_200.0 / gain).floor() as usize)
}

for (gflops, gbytes, expected, hint) in [
    (100.0, 20.0, Some(13), "is it the first that is large enough?"),
    (200.0, 10.0, Some(269), "are the results, 50 for each image, moved too?"),
    (274.0, 10.0, None, "can any batch reach 27.4 operations for each byte?"),
    (20.0, 20.0, Some(3), "two operations in a multiply-add, 4 bytes in f32"),
] {
    let found = smallest_batch(gflops, gbytes);
    assert!(
        found == expected,
        "{gflops} GFLOP/s and {gbytes} GB/s: found {found:?}, expected \
         {expected:?}: {hint}"
    );
}

} }
fn report(num:&str,kind:&str,r:Result<(),Box<dyn std::any::Any+Send>>){
 let m=match &r{Ok(())=>"PASS".to_string(),Err(e)=>format!("fail: {}",e.downcast_ref::<String>().cloned().or(e.downcast_ref::<&str>().map(|s|s.to_string())).unwrap_or_default())};
 println!("{num} {kind}: {m}");
}
fn main(){ std::panic::set_hook(Box::new(|_|{})); report("11-1","starter",std::panic::catch_unwind(m0::run));
report("11-1","solution",std::panic::catch_unwind(m1::run));
report("11-1","wrong0",std::panic::catch_unwind(m2::run));
report("11-1","wrong1",std::panic::catch_unwind(m3::run));
report("11-1","wrong2",std::panic::catch_unwind(m4::run));
report("12-1","starter",std::panic::catch_unwind(m5::run));
report("12-1","solution",std::panic::catch_unwind(m6::run));
report("12-1","wrong0",std::panic::catch_unwind(m7::run));
report("12-1","wrong1",std::panic::catch_unwind(m8::run));
report("12-1","wrong2",std::panic::catch_unwind(m9::run));
report("12-2","starter",std::panic::catch_unwind(m10::run));
report("12-2","solution",std::panic::catch_unwind(m11::run));
report("12-2","wrong0",std::panic::catch_unwind(m12::run));
report("12-2","wrong1",std::panic::catch_unwind(m13::run));
report("12-2","wrong2",std::panic::catch_unwind(m14::run));
report("13-2","starter",std::panic::catch_unwind(m15::run));
report("13-2","solution",std::panic::catch_unwind(m16::run));
report("13-2","wrong0",std::panic::catch_unwind(m17::run));
report("13-2","wrong1",std::panic::catch_unwind(m18::run));
report("13-2","wrong2",std::panic::catch_unwind(m19::run));
report("14-1","starter",std::panic::catch_unwind(m20::run));
report("14-1","solution",std::panic::catch_unwind(m21::run));
report("14-1","wrong0",std::panic::catch_unwind(m22::run));
report("14-1","wrong1",std::panic::catch_unwind(m23::run));
report("14-2","starter",std::panic::catch_unwind(m24::run));
report("14-2","solution",std::panic::catch_unwind(m25::run));
report("14-2","wrong0",std::panic::catch_unwind(m26::run));
report("14-2","wrong1",std::panic::catch_unwind(m27::run));
report("14-2","wrong2",std::panic::catch_unwind(m28::run));
report("15-1","starter",std::panic::catch_unwind(m29::run));
report("15-1","solution",std::panic::catch_unwind(m30::run));
report("15-1","wrong0",std::panic::catch_unwind(m31::run));
report("15-1","wrong1",std::panic::catch_unwind(m32::run));
report("15-1","wrong2",std::panic::catch_unwind(m33::run));}