//! The notebook's own numbers, values from the Python original, and one test
//! for each of the notebook's defects that pins what the crate does instead.

#![expect(
    clippy::float_cmp,
    clippy::unreadable_literal,
    reason = "values are exact, and written as they were printed"
)]

use std::path::Path;

use backprop::{
    AddLayer, Affine, Labels, Layers, MulLayer, Network, OneHot, Relu, Sigmoid,
    SoftmaxWithLoss, Target, TwoLayerNet, cross_entropy_error, digits,
    mean_abs_difference, numerical_gradient, sigmoid, softmax,
};
use ndarray::{Array1, Array2, ArrayRef, Axis, Dimension, array};

use crate::ROOT;

/// Apples alone: the price, then the gradients of apple, number and tax.
#[test]
fn one_kind_of_fruit() {
    let (apple_price, apple) = MulLayer.forward(100.0, 2.0);
    let (price, tax) = MulLayer.forward(apple_price, 1.1);
    prints(price, "220.00000000000003");

    let (d_apple_price, d_tax) = tax.backward(1.0);
    let (d_apple, d_apple_num) = apple.backward(d_apple_price);
    prints(d_apple, "2.2");
    prints(d_apple_num, "110.00000000000001");
    prints(d_tax, "200");
}

/// Apples and oranges, in the order of the notebook's output.
#[test]
fn two_kinds_of_fruit() {
    let (apple_price, apple) = MulLayer.forward(100.0, 2.0);
    let (orange_price, orange) = MulLayer.forward(150.0, 3.0);
    let (all_price, all) = AddLayer.forward(apple_price, orange_price);
    let (price, tax) = MulLayer.forward(all_price, 1.1);
    prints(price, "715.0000000000001");

    let (d_all_price, d_tax) = tax.backward(1.0);
    let (d_apple_price, d_orange_price) = all.backward(d_all_price);
    let (d_orange, d_orange_num) = orange.backward(d_orange_price);
    let (d_apple, d_apple_num) = apple.backward(d_apple_price);
    prints(d_apple_num, "110.00000000000001");
    prints(d_apple, "2.2");
    prints(d_orange, "3.3000000000000003");
    prints(d_orange_num, "165");
    prints(d_tax, "650");
}

#[test]
fn shapes_of_one_sample() {
    let affine = Affine::new(Array2::<f64>::ones((2, 3)), Array1::ones(3));
    let (y, _) = affine.forward(Array1::ones(2));
    assert_eq!(y, array![3.0, 3.0, 3.0]);
}

#[test]
fn a_bias_is_added_to_each_row() {
    let x_dot_w = array![[0.0, 0.0, 0.0], [10.0, 10.0, 10.0]];
    let affine = Affine::new(Array2::eye(3), array![1.0, 2.0, 3.0]);
    let (y, _) = affine.forward(x_dot_w);
    assert_eq!(y, array![[1.0, 2.0, 3.0], [11.0, 12.0, 13.0]]);
}

#[test]
fn column_sums() {
    let dy = array![[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]];
    assert_eq!(dy.sum_axis(Axis(0)), array![5.0, 7.0, 9.0]);
}

#[test]
fn functions_agree_with_the_python_original() {
    // 1 / (1 + np.exp(-np.array([-1.0, 1.0, 2.0])))
    close(
        &array![-1.0, 1.0, 2.0].mapv_into(sigmoid),
        &array![0.2689414213699951, 0.7310585786300049, 0.8807970779778823],
    );
    // softmax(np.array([0.3, 2.9, 4.0]))
    close(
        &softmax(array![0.3, 2.9, 4.0]),
        &array![0.01821127329554753, 0.24519181293507392, 0.7365969137693786],
    );
    // y = np.array([[0.1, 0.6, 0.3], [0.2, 0.2, 0.6]]); t = np.array([1, 2])
    // -np.mean(np.log(y[[0, 1], t]))
    let y = array![[0.1, 0.6, 0.3], [0.2, 0.2, 0.6]];
    let loss = cross_entropy_error(&y, &Labels::from([1, 2]));
    close(&array![loss], &array![0.5108256237659907]);
}

/// A net of 2, 3 and 2 units, one of whose hidden units is closed for both
/// samples and two of which are closed for one.
#[test]
fn the_network_agrees_with_the_python_original() {
    let net = small_net();
    let x = array![[1.0, -2.0], [0.5, 3.0]];
    let t = Labels::from([0, 1]);

    // a2 = np.maximum(x @ W1 + b1, 0) @ W2 + b2
    close(&net.predict(&x), &array![[-1.75, 1.9], [2.135, 0.29]]);
    // -np.sum(t * np.log(softmax(a2))) / 2
    close(&array![net.loss(&x, &t)], &array![2.8336876726308553]);

    // d2 = (softmax(a2) - t) / 2; d1 = (d2 @ W2.T) * (a1 > 0)
    let gradient = net.gradient(&x, &t);
    // x.T @ d1
    close(
        &gradient.affine1.weight,
        &array![
            [
                0.3238271160702323,
                -0.021588474404682145,
                1.1208673912890976
            ],
            [
                1.9429626964213937,
                -0.12953084642809287,
                -2.2417347825781953
            ]
        ],
    );
    // d1.sum(0)
    close(
        &gradient.affine1.bias,
        &array![0.6476542321404646, -0.04317694880936429, 1.1208673912890976],
    );
    // z1.T @ d2
    close(
        &gradient.affine2.weight,
        &array![
            [0.561300334521736, -0.561300334521736],
            [0.5828888089264181, -0.5828888089264181],
            [-0.7797338374185027, 0.7797338374185028]
        ],
    );
    // d2.sum(0)
    close(
        &gradient.affine2.bias,
        &array![-0.05556416029292105, 0.055564160292921105],
    );
}

// From here on: the notebook's defects.

/// `mask::Array{Float64}` cannot index an array.
#[test]
fn relu_mask_is_boolean() {
    let (_, cache) = Relu.forward(array![[1.0, -0.5], [-2.0, 3.0]]);
    assert_eq!(cache.mask(), array![[false, true], [true, false]]);
}

/// `(x .<= 0)[:]` forgets the shape.
#[test]
fn relu_keeps_the_shape_of_x() {
    let (y, cache) = Relu.forward(array![[1.0, -0.5], [-2.0, 3.0]]);
    assert_eq!(y, array![[1.0, 0.0], [0.0, 3.0]]);
    let dx = cache.backward(array![[1.0, 2.0], [3.0, 4.0]]);
    assert_eq!(dx, array![[1.0, 0.0], [0.0, 4.0]]);
}

/// `dout[mask] = 0` changes the array of whoever called.
#[test]
fn relu_changes_no_array_of_its_caller() {
    let x = array![-1.0, 1.0];
    let dout = array![5.0, 5.0];
    let (_, cache) = Relu.forward(x.clone());
    let dx = cache.backward(dout.clone());
    assert_eq!((x, dout), (array![-1.0, 1.0], array![5.0, 5.0]));
    assert_eq!(dx, array![0.0, 5.0]);
}

/// `instance.out` is read but never written.
#[test]
fn sigmoid_backward_uses_its_own_output() {
    let (y, cache) = Sigmoid.forward(array![0.0, 3.0_f64.ln()]);
    close(&y, &array![0.5, 0.75]);
    close(&cache.backward(array![1.0, 2.0]), &array![0.25, 0.375]);
}

/// `W' * x` takes one sample a column, `size(t)[1]` one a row.
#[test]
fn one_row_is_one_sample() {
    let affine = Affine::new(array![[1.0, 2.0, 3.0]], Array1::zeros(3));
    let (y, _) = affine.forward(array![[1.0], [10.0]]);
    assert_eq!(y, array![[1.0, 2.0, 3.0], [10.0, 20.0, 30.0]]);
}

/// `x[:]` makes one long sample of a batch.
#[test]
fn a_batch_is_not_flattened() {
    let net = small_net();
    let x = array![[1.0, -2.0], [0.5, 3.0], [0.0, 0.0]];
    let together = net.predict(&x);
    assert_eq!(together.dim(), (3, 2));
    for (row, scores) in x.axis_chunks_iter(Axis(0), 1).zip(together.rows()) {
        close(&net.predict(&row).row(0), &scores);
    }
}

/// `dx = W' * dout` where `W * dout` belongs.
#[test]
fn affine_dx_has_the_shape_of_x() {
    let affine = small_net().affine1;
    let (_, cache) = affine.forward(array![[1.0, -2.0], [0.5, 3.0]]);
    let (dx, _, _) = cache.backward(&array![[1.0, 0.0, 0.0], [0.0, 1.0, 1.0]]);
    close(&dx, &array![[0.1, 0.4], [0.1, -0.1]]);
}

/// `dW = dout * x'` is the transpose of what W needs.
#[test]
fn dw_has_the_shape_of_w() {
    let affine = small_net().affine1;
    let (_, cache) = affine.forward(array![[1.0, -2.0], [0.5, 3.0]]);
    let (_, dw, _) = cache.backward(&array![[1.0, 0.0, 0.0], [0.0, 1.0, 1.0]]);
    assert_eq!(dw, array![[1.0, 0.5, 0.5], [-2.0, 3.0, 3.0]]);
}

/// `sum(dout, 1)` adds up the wrong dimension of a batch in columns.
#[test]
fn db_sums_over_samples() {
    let affine = small_net().affine1;
    let (_, cache) = affine.forward(array![[1.0, -2.0], [0.5, 3.0]]);
    let (_, _, db) = cache.backward(&array![[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]);
    assert_eq!(db, array![5.0, 7.0, 9.0]);
}

/// `y::Float64` has no room for a row of probabilities.
#[test]
fn softmax_with_loss_keeps_all_probabilities() {
    let t = Labels::from([0, 1]);
    let (_, cache) =
        SoftmaxWithLoss.forward(array![[0.0, 0.0], [0.0, 0.0]], &t);
    assert_eq!(cache.y(), array![[0.5, 0.5], [0.5, 0.5]]);
}

/// `backward(dout)` never reads `dout`.
#[test]
fn softmax_with_loss_backward_uses_dout() {
    let t = Labels::from([0, 1]);
    let (_, cache) =
        SoftmaxWithLoss.forward(array![[0.0, 0.0], [0.0, 0.0]], &t);
    let dx = cache.backward(2.0);
    assert_eq!(dx, array![[-0.5, 0.5], [0.5, -0.5]]);
}

/// `sum(exp_a)` runs over the whole batch.
#[test]
fn softmax_is_per_row() {
    let y = softmax(array![[0.0, 0.0], [3.0_f64.ln(), 0.0]]);
    close(&y, &array![[0.5, 0.5], [0.75, 0.25]]);
}

/// `exp.(a)` overflows from about 710.
#[test]
fn softmax_survives_large_scores() {
    assert_eq!(
        softmax(array![[1e4, 1e4], [-1e4, -1e4]]),
        array![[0.5, 0.5], [0.5, 0.5]]
    );
    assert_eq!(softmax(array![[1e4, -1e4]]), array![[1.0, 0.0]]);
}

/// `log.(y)` of a probability that softmax rounded to 0.
#[test]
fn loss_is_finite_for_large_scores() {
    let t = Labels::from([1]);
    let scores = array![[1e4, 0.0]];
    let y = softmax(scores.clone());
    assert_eq!(cross_entropy_error(&y, &t), f64::INFINITY);
    let (loss, _) = SoftmaxWithLoss.forward(scores, &t);
    assert_eq!(loss, 1e4);
}

/// `ndims(y) == 0`, `reshpae`, and a batch size from the wrong end.
#[test]
fn cross_entropy_is_the_mean_over_rows() {
    let y = array![[0.5, 0.5, 0.0], [0.125, 0.5, 0.375]];
    let loss = cross_entropy_error(&y, &Labels::from([0, 0]));
    close(&array![loss], &array![2.0 * 2.0_f64.ln()]);
}

/// `ndims(y) == 0` was to find a single row, and make a batch of it.
#[test]
fn a_batch_of_one_is_a_batch() {
    let net = small_net();
    let (one, both) = (array![[1.0, -2.0]], array![[1.0, -2.0], [1.0, -2.0]]);
    let loss = net.loss(&one, &Labels::from([0]));
    close(
        &array![loss],
        &array![net.loss(&both, &Labels::from([0, 0]))],
    );
}

/// `loss` hands scores to the cross-entropy as if they were probabilities.
#[test]
fn loss_goes_through_the_last_layer() {
    let net = small_net();
    let x = array![[1.0, -2.0], [0.5, 3.0]];
    let t = Labels::from([0, 1]);
    let expected = cross_entropy_error(&softmax(net.predict(&x)), &t);
    close(&array![net.loss(&x, &t)], &array![expected]);
}

/// `accuracy` reads `t[i:i+batch_size-1]` and `p`, names it never made.
#[test]
fn accuracy_counts_rows_whose_highest_score_is_right() {
    let net = small_net();
    let x = array![[1.0, -2.0], [0.5, 3.0], [0.5, 3.0], [0.5, 3.0]];
    assert_eq!(net.classify(&x), Labels::from([1, 0, 0, 0]));
    assert_eq!(net.accuracy(&x, &Labels::from([1, 0, 0, 0])), 1.0);
    assert_eq!(net.accuracy(&x, &Labels::from([0, 0, 1, 0])), 0.5);
    assert_eq!(net.accuracy(&x, &Labels::from([0, 1, 1, 1])), 0.0);
}

/// `numerical_gradient` inside the constructor calls itself, for ever.
#[test]
fn numerical_gradient_ends() {
    let net = small_net();
    let (x, t) = (array![[1.0, -2.0]], Labels::from([0]));
    let gradient = net.numerical_gradient(&x, &t);
    assert_eq!(gradient.affine1.weight.dim(), (2, 3));
    assert_eq!(gradient.affine2.bias.dim(), 2);
}

/// `loss_W = W -> loss(x, t)` works only if the loss reads the very array that
/// is being changed.
#[test]
fn numerical_gradient_moves_what_the_loss_reads() {
    let net = small_net();
    let (x, t) = (array![[1.0, -2.0]], Labels::from([0]));
    let gradient = net.numerical_gradient(&x, &t);
    for (name, slopes) in gradient.named() {
        assert!(
            slopes.iter().any(|&slope| slope != 0.0),
            "{name} stood still"
        );
    }
}

#[test]
fn numerical_gradient_restores_its_input() {
    let mut x = array![0.1, -1e300, 1e-300];
    let before = x.clone();
    let _ = numerical_gradient(|x| x[0], &mut x);
    assert_eq!(x, before);
}

/// `instance` is undefined, and `layers` is a list when it is asked by name.
#[test]
fn gradients_are_found_by_name() {
    let net = small_net();
    let (x, t) = (array![[1.0, -2.0]], Labels::from([0]));
    let gradient = net.gradient(&x, &t);
    assert_eq!(
        gradient.get("W1"),
        Some(gradient.affine1.weight.view().into_dyn())
    );
    assert_eq!(
        gradient.get("b1"),
        Some(gradient.affine1.bias.view().into_dyn())
    );
    assert_eq!(
        gradient.get("W2"),
        Some(gradient.affine2.weight.view().into_dyn())
    );
    assert_eq!(
        gradient.get("b2"),
        Some(gradient.affine2.bias.view().into_dyn())
    );
    assert_eq!(gradient.get("W3"), None);
    for ((name, slopes), (of, parameter)) in
        gradient.named().into_iter().zip(net.named())
    {
        assert_eq!((name, slopes.shape()), (of, parameter.shape()));
    }
}

/// `t_train[3]` is the digit 4 where a one-hot row is subtracted.
#[test]
fn labels_and_one_hot_agree() {
    let net = small_net();
    let x = array![[1.0, -2.0], [0.5, 3.0]];
    let labels = Labels::from([0, 1]);
    let one_hot = OneHot::new(array![[1.0, 0.0], [0.0, 1.0]]);
    assert_eq!(one_hot, OneHot::from_labels(&labels, 2));
    assert_eq!(net.loss(&x, &labels), net.loss(&x, &one_hot));
    assert_eq!(net.gradient(&x, &labels), net.gradient(&x, &one_hot));
    assert_eq!(net.accuracy(&x, &labels), net.accuracy(&x, &one_hot));
    let nothing = OneHot::<f64>::from_labels(&Labels::from([]), 2);
    assert!(!Target::is_empty(&one_hot) && Target::is_empty(&nothing));
}

/// `x_train[:, :, 3]` is one image, where the first three were wanted.
#[test]
fn a_batch_is_the_images_that_were_asked_for() {
    let drawn = digits::dataset(10, 1);
    let (x, t) = drawn.batch::<f64>(&[7, 0]);
    assert_eq!(x.dim(), (2, 784));
    for (row, number) in [(0, 7), (1, 0)] {
        let bytes = drawn.images.row(number).mapv(f64::from);
        close(&x.row(row), &(bytes / 255.0));
        assert_eq!(t[row], drawn.labels[number]);
    }
}

/// `average(abs(...))`: there is no `average`.
#[test]
fn mean_abs_difference_is_a_mean() {
    let difference = mean_abs_difference(
        &array![[1.0, 2.0], [3.0, 4.0]],
        &array![[1.5, 2.0], [2.5, 5.0]],
    );
    assert_eq!(difference.to_string(), "0.5");
}

/// `forward` overwrites what an earlier `forward` stored.
#[test]
fn each_forward_has_a_cache_of_its_own() {
    let (_, first) = MulLayer.forward(2.0, 3.0);
    let (_, second) = MulLayer.forward(5.0, 7.0);
    assert_eq!(first.backward(1.0), (3.0, 2.0));
    assert_eq!(second.backward(1.0), (7.0, 5.0));
}

/// The chapter of mistakes names the test that pins each.
#[test]
fn the_chapter_names_tests_that_exist() {
    // Read as the test runs: a page that changes brings no build.
    let read =
        |path| std::fs::read_to_string(Path::new(ROOT).join(path)).unwrap();
    let page = read("chapters/what-the-notebook-got-wrong.md");
    let tests = read("tests/backprop/notebook_values.rs");
    let mut count = 0;
    for named in page.split("*Test").skip(1) {
        let name = named.split('`').nth(1).unwrap_or_default();
        assert!(tests.contains(&format!("\nfn {name}()")), "no test {name}");
        count += 1;
    }
    assert!(count >= 20, "the chapter names {count} tests only");
}

fn small_net() -> TwoLayerNet<f64> {
    TwoLayerNet {
        affine1: Affine::new(
            array![[0.1, -0.2, 0.3], [0.4, 0.5, -0.6]],
            array![0.05, -0.05, 0.1],
        ),
        affine2: Affine::new(
            array![[0.7, -0.8], [0.9, 1.0], [-1.1, 1.2]],
            array![0.01, -0.02],
        ),
    }
}

#[track_caller]
fn prints(value: f64, text: &str) {
    assert_eq!(value.to_string(), text);
}

#[track_caller]
fn close<D: Dimension>(found: &ArrayRef<f64, D>, expected: &ArrayRef<f64, D>) {
    assert_eq!(found.shape(), expected.shape());
    for (found, expected) in found.iter().zip(expected) {
        let tolerance = 4.0 * f64::EPSILON * expected.abs().max(1.0);
        assert!(
            (found - expected).abs() <= tolerance,
            "found {found}, expected {expected}"
        );
    }
}
