//! What is said of arrays that do not fit, of nothing at all, and of NaN.

#![expect(clippy::float_cmp, reason = "a half is exact")]

use std::panic::{UnwindSafe, catch_unwind};

use backprop::{
    Affine, ChaCha8Rng, Dataset, Labels, Network, OneHot, Relu, SeedableRng,
    Sgd, Sigmoid, Sizes, SoftmaxWithLoss, TwoLayerNet, cross_entropy_error,
    digits, max_relative_error, mean_abs_difference, softmax,
};
use ndarray::{Array, Array0, Array1, Array2, Dimension, ShapeBuilder, array};

#[test]
fn affine() {
    panics(
        || Affine::new(ones((2, 3)), ones(4)),
        "Affine: weight has 3 columns, bias has 4 entries",
    );
    panics(
        || affine_2_to_3().forward(ones((5, 784))).0,
        "Affine: x has 784 columns, weight has 2 rows",
    );
    panics(
        || affine_2_to_3().forward(Array0::from_elem((), 1.0)).0,
        "Affine: x has no axis",
    );
    panics(
        || {
            let mut affine = affine_2_to_3();
            affine.bias = ones(2);
            affine.forward(ones(2)).0
        },
        "Affine: weight has 3 columns, bias has 2 entries",
    );
    panics(
        || {
            affine_2_to_3()
                .forward(ones((5, 2)))
                .1
                .backward(&ones((5, 2)))
        },
        "Affine: dout has shape [5, 2], the output had [5, 3]",
    );
    panics(
        || {
            let affine = affine_2_to_3();
            let (_, cache) = affine.forward(ones((5, 2)));
            cache.backward_parameters(&ones((4, 3)))
        },
        "Affine: dout has shape [4, 3], the output had [5, 3]",
    );
}

#[test]
fn activations() {
    panics(
        || Relu.forward(ones((2, 3))).1.backward(ones((3, 2))),
        "Relu: dout has shape [3, 2], x had [2, 3]",
    );
    panics(
        || Sigmoid.forward(ones((2, 3))).1.backward(ones((2, 1))),
        "Sigmoid: dout has shape [2, 1], x had [2, 3]",
    );
    panics(
        || softmax(Array0::from_elem((), 1.0)),
        "softmax: the array has no axis",
    );
}

#[test]
fn targets() {
    panics(
        || SoftmaxWithLoss.forward(ones((2, 3)), &Labels::from([0])).0,
        "SoftmaxWithLoss: 2 rows of scores, 1 targets",
    );
    panics(
        || {
            SoftmaxWithLoss
                .forward(ones((2, 3)), &Labels::from([0, 1, 2]))
                .0
        },
        "SoftmaxWithLoss: 2 rows of scores, 3 targets",
    );
    for (row, classes) in [(vec![0.0, 1.0], 2), (vec![0.0, 1.0, 0.0, 0.0], 4)] {
        panics(
            || {
                let t = OneHot::new(
                    Array2::from_shape_vec((1, classes), row).unwrap(),
                );
                SoftmaxWithLoss.forward(ones((1, 3)), &t).0
            },
            &format!(
                "SoftmaxWithLoss: 3 columns, one-hot rows of {classes} classes"
            ),
        );
    }
    panics(
        || {
            SoftmaxWithLoss
                .forward(ones((2, 3)), &Labels::from([0, 3]))
                .0
        },
        "SoftmaxWithLoss: row 1 has label 3, there are 3 columns",
    );
    panics(
        || cross_entropy_error(&ones((1, 10)), &Labels::from([255])),
        "cross_entropy_error: row 0 has label 255, there are 10 columns",
    );
    panics(
        || net().accuracy(&ones((1, 784)), &Labels::from([10])),
        "accuracy: row 0 has label 10, there are 10 columns",
    );
    panics(
        || OneHot::<f64>::from_labels(&Labels::from([0, 1, 2]), 2),
        "OneHot: row 2 has label 2, there are 2 columns",
    );
    for row in [[1.0, 1.0], [0.0, 0.0], [0.0, 0.5], [1.0, f64::NAN]] {
        panics(
            || OneHot::new(array![[0.0, 1.0], row]),
            &format!(
                "OneHot: row 1 is {}, not a single 1 among zeros",
                Array1::from_iter(row)
            ),
        );
    }
}

#[test]
fn network() {
    panics(
        || net().predict(&ones((1, 28))),
        "Affine: x has 28 columns, weight has 784 rows",
    );
    panics(
        || {
            let sizes = Sizes {
                input: 2,
                hidden: 3,
                output: 2,
            };
            let rng = &mut ChaCha8Rng::seed_from_u64(1);
            let other = TwoLayerNet::<f64>::new(sizes, rng);
            let gradient = other.gradient(&ones((1, 2)), &Labels::from([0]));
            Sgd { learning_rate: 0.1 }.update(&mut net(), &gradient);
        },
        "Sgd: W1 has shape [784, 50], its gradient [2, 3]",
    );
}

#[test]
fn datasets() {
    panics(
        || Dataset::new(Array2::zeros((3, 784)), Labels::from([1, 2])),
        "Dataset: images have shape [3, 784], 2 labels need as many rows",
    );
    let of_28_pixels = Dataset::new(Array2::zeros((1, 28)), Labels::from([1]));
    panics(
        || of_28_pixels.image(0).to_owned(),
        "Dataset: images of 28 pixels are not square",
    );
    let mut by_columns = digits::dataset(3, 1);
    let columns = by_columns.images.t().as_standard_layout().into_owned();
    by_columns.images = columns.reversed_axes();
    panics(
        || by_columns.image(0).to_owned(),
        "Dataset: the rows of images are not in one piece; \
         Dataset::new makes them so",
    );
    panics(
        || digits::dataset(3, 1).image(3).to_owned(),
        "Dataset: no image 3 among 3",
    );
    panics(
        || digits::dataset(3, 1).batch::<f64>(&[0, 7]),
        "Dataset: no image 7 among 3",
    );
    let mut replaced = digits::dataset(3, 1);
    replaced.labels = Labels::from([1, 2]);
    let message =
        "Dataset: images have shape [3, 784], 2 labels need as many rows";
    panics(|| replaced.head(1), message);
    panics(|| replaced.batch::<f32>(&[2]), message);
    panics(|| replaced.all::<f32>(), message);
    assert_eq!(digits::dataset(3, 1).head(100).len(), 3);
}

#[test]
fn differences() {
    panics(
        || mean_abs_difference(&ones((2, 3)), &ones((3, 2))),
        "mean_abs_difference: shapes [2, 3] and [3, 2] differ",
    );
    panics(
        || max_relative_error(&ones(2), &ones(3)),
        "max_relative_error: shapes [2] and [3] differ",
    );
}

/// No rows in, no rows out; but a mean of nothing does not exist.
#[test]
fn in_place() {
    let affine = || Affine::new(ones((3, 2)), Array1::ones(2));
    let product = "weight [3, 2]";
    for (x, y) in [((4, 2), (4, 2)), ((4, 3), (4, 3)), ((4, 3), (5, 2))] {
        let [n, m] = [x.0, y.0];
        let shapes = format!("has shape [{n}, {}]", x.1);
        let others = format!("[{m}, {}], {product}", y.1);
        panics(
            || affine().forward_into(&ones(x), &mut ones(y)),
            &format!("Affine: x {shapes}, y {others}"),
        );
        panics(
            || affine().backward_into(&ones(y), &mut ones(x)),
            &format!("Affine: dx {shapes}, dout {others}"),
        );
        panics(
            || affine().add_gradient(1.0, &ones(x), &ones(y)),
            &format!("Affine: x {shapes}, dout {others}"),
        );
    }
    panics(
        || Relu.backward_in_place(&mut ones((2, 3)), &ones((3, 2))),
        "Relu: dout has shape [2, 3], y [3, 2]",
    );
    let forward = |labels: &[u8], losses: &mut [f64]| {
        SoftmaxWithLoss.forward_in_place(&mut ones((2, 3)), labels, losses);
    };
    panics(
        || forward(&[0, 1, 2], &mut [0.0; 3]),
        "SoftmaxWithLoss: 2 rows, 3 labels",
    );
    panics(
        || forward(&[0, 1], &mut [0.0; 3]),
        "SoftmaxWithLoss: 2 labels, room for 3 losses",
    );
    panics(
        || forward(&[0, 3], &mut [0.0; 2]),
        "SoftmaxWithLoss: row 1 has label 3, there are 3 columns",
    );
    let backward = |labels: &[u8]| {
        SoftmaxWithLoss.backward_in_place(&mut ones((2, 3)), labels, 2);
    };
    panics(|| backward(&[0]), "SoftmaxWithLoss: 2 rows, 1 labels");
    panics(
        || backward(&[9, 0]),
        "SoftmaxWithLoss: row 0 has label 9, there are 3 columns",
    );
}

#[test]
fn a_label_without_a_column() {
    let mut digits = digits::dataset(300, 1);
    let mut labels = digits.labels.as_slice().to_vec();
    labels[200] = 12;
    digits.labels = Labels::new(labels);
    panics(
        || net().accuracy_on(&digits),
        "accuracy_on: row 200 has label 12, there are 10 columns",
    );
    panics(
        || net().evaluate(&digits),
        "evaluate: row 200 has label 12, there are 10 columns",
    );
}

#[test]
fn no_rows() {
    let nothing = Array2::<f64>::zeros((0, 784));
    let t = Labels::new(Vec::new());
    assert_eq!(net().predict(&nothing).dim(), (0, 10));
    assert_eq!(net().classify(&nothing), t);
    assert_eq!(softmax(Array2::<f64>::zeros((0, 3))).dim(), (0, 3));

    let affine = affine_2_to_3();
    let (y, cache) = affine.forward(Array2::zeros((0, 2)));
    assert_eq!(y.dim(), (0, 3));
    let (dx, dw, db) = cache.backward(&y);
    assert_eq!(dx.dim(), (0, 2));
    assert_eq!((dw, db), (Array2::zeros((2, 3)), Array1::zeros(3)));

    panics(
        || net().loss(&Array2::zeros((0, 784)), &Labels::new(Vec::new())),
        "SoftmaxWithLoss: 0 rows have no mean loss",
    );
    panics(
        || net().accuracy(&Array2::zeros((0, 784)), &Labels::new(Vec::new())),
        "accuracy: 0 rows have no accuracy",
    );
    panics(
        || net().accuracy_on(&digits::dataset(0, 1)),
        "accuracy_on: there are no images",
    );
}

/// A NaN stays visible from end to end, and is never right.
#[test]
fn nan() {
    let mut x = digits::dataset(2, 1).all::<f64>().0;
    x[[1, 300]] = f64::NAN;
    let net = net();
    let scores = net.predict(&x);
    assert!(scores.row(0).iter().all(|score| score.is_finite()));
    assert!(scores.row(1).iter().all(|score| score.is_nan()));
    assert!(softmax(scores).row(1).iter().all(|y| y.is_nan()));

    let t = Labels::from([0, 1]);
    assert!(net.loss(&x, &t).is_nan());
    let right = net.classify(&x.select(ndarray::Axis(0), &[0]))[0];
    for label in 0..10 {
        assert_eq!(net.accuracy(&x, &Labels::from([right, label])), 0.5);
    }
    panics(
        || net.classify(&x),
        "classify: row 1 has no highest score: \
         [NaN, NaN, NaN, NaN, NaN, NaN, NaN, NaN, NaN, NaN]",
    );

    // One NaN among numbers is enough.
    let mut net = net;
    net.affine2.bias[3] = f64::NAN;
    let x = digits::dataset(1, 1).all().0;
    for label in 0..10 {
        assert_eq!(net.accuracy(&x, &Labels::from([label])), 0.0);
    }

    let (y, cache) = Relu.forward(array![f64::NAN, -1.0]);
    assert!(y[0].is_nan());
    assert_eq!(cache.backward(array![1.0, 1.0]), array![1.0, 0.0]);
    let (one, nan) = (array![1.0, 1.0], array![f64::NAN, 1.0]);
    assert!(max_relative_error(&nan, &one).is_nan());
    assert!(mean_abs_difference(&one, &nan).is_nan());
}

fn ones<Shape: ShapeBuilder>(shape: Shape) -> Array<f64, Shape::Dim>
where
    Shape::Dim: Dimension,
{
    Array::ones(shape)
}

fn affine_2_to_3() -> Affine<f64> {
    Affine::new(ones((2, 3)), ones(3))
}

fn net() -> TwoLayerNet<f64> {
    let sizes = Sizes {
        input: 784,
        hidden: 50,
        output: 10,
    };
    TwoLayerNet::new(sizes, &mut ChaCha8Rng::seed_from_u64(1))
}

#[track_caller]
fn panics<T>(misuse: impl FnOnce() -> T + UnwindSafe, message: &str) {
    let Err(panic) = catch_unwind(misuse) else {
        panic!("no panic, expected: {message}");
    };
    let found = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied());
    assert_eq!(found, Some(message));
}
