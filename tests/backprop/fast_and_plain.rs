//! The fast way of a step, in a workspace and in threads, does what the plain
//! one does.

use std::panic::{AssertUnwindSafe, catch_unwind};

use backprop::{
    Affine, ChaCha8Rng, Dataset, Float, Labels, Layers, Momentum,
    MultiLayerNet, Network, Optimizer, SeedableRng, Sgd, Sizes, TwoLayerNet,
    Workspace,
};
use ndarray::{Array1, Array2, Axis, ShapeBuilder, Slice};
use proptest::prelude::*;
use rand::RngExt;

const PIXELS: usize = 784;

const SGD: Sgd = Sgd { learning_rate: 0.1 };

/// Noise, some of it black, within blank margins; labels are below `classes`.
fn noise(images: usize, classes: u8, seed: u64) -> Dataset {
    noise_of_width(PIXELS, images, classes, seed)
}

fn noise_of_width(
    width: usize,
    images: usize,
    classes: u8,
    seed: u64,
) -> Dataset {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let labels = (0..images).map(|_| rng.random_range(0..classes)).collect();
    let mut pixels = Array2::from_shape_simple_fn((images, width), || {
        let ink: u8 = rng.random();
        ink.saturating_sub(100)
    });
    // Margins that are blank in all images, now and then up to all of them.
    let mut margin = || match rng.random_range(0..4) {
        0 => rng.random_range(0..=width),
        1 => rng.random_range(0..=width.min(9)),
        _ => 0,
    };
    let (left, right) = (margin(), width - margin());
    for (column, mut pixels) in pixels.columns_mut().into_iter().enumerate() {
        if column < left || column >= right {
            pixels.fill(0);
        }
    }
    Dataset::new(pixels, labels)
}

/// A network of these sizes, always the same.
fn net<F: Float>(input: usize, hidden: usize, output: usize) -> TwoLayerNet<F> {
    let sizes = Sizes {
        input,
        hidden,
        output,
    };
    TwoLayerNet::he_normal(sizes, &mut ChaCha8Rng::seed_from_u64(1))
}

fn in_threads<R: Send>(threads: usize, work: impl FnOnce() -> R + Send) -> R {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
    pool.build().unwrap().install(work)
}

/// The network after three fast steps, with their losses. The second is on
/// half of the images.
fn fast<N: Network>(
    net: &N,
    data: &Dataset,
    indices: &[usize],
    room: usize,
    threads: usize,
) -> (N, Vec<N::Float>) {
    steps(SGD, net, data, indices, room, threads)
}

/// The same with any optimizer.
fn steps<N: Network>(
    mut optimizer: impl Optimizer<N> + Send,
    net: &N,
    data: &Dataset,
    indices: &[usize],
    room: usize,
    threads: usize,
) -> (N, Vec<N::Float>) {
    let mut net = net.clone();
    let mut workspace = Workspace::new(&net, indices.len() + room);
    let losses = in_threads(threads, || {
        batches(indices)
            .map(|it| optimizer.step(&mut net, &mut workspace, data, it))
            .to_vec()
    });
    (net, losses)
}

fn batches(indices: &[usize]) -> [&[usize]; 3] {
    [indices, &indices[..indices.len().div_ceil(2)], indices]
}

/// The same by the layers, one thread and a gradient of its own.
fn plain<N: Network>(
    net: &N,
    data: &Dataset,
    indices: &[usize],
) -> (N, Vec<N::Float>) {
    let mut net = net.clone();
    let losses = in_threads(1, || {
        let step = |indices: &[usize]| {
            let (x, t) = data.batch(indices);
            let (loss, gradient) = net.loss_and_gradient(&x, &t);
            SGD.update(&mut net, &gradient);
            loss
        };
        batches(indices).map(step).to_vec()
    });
    (net, losses)
}

/// Whether no two numbers of one place are further apart; a NaN is.
fn near<'a, F: Float>(
    some: impl Iterator<Item = &'a F>,
    others: impl Iterator<Item = &'a F>,
    tolerance: f64,
) -> bool {
    some.zip(others)
        .all(|(some, other)| (*some - *other).abs().into() <= tolerance)
}

fn check<F: Float>(
    widths: &[usize],
    batch: usize,
    room: usize,
    threads: usize,
    seed: u64,
    tolerance: f64,
) {
    let classes = u8::try_from(widths[widths.len() - 1]).unwrap();
    let data = noise_of_width(widths[0], 60, classes, seed);
    let rng = &mut ChaCha8Rng::seed_from_u64(seed);
    let indices: Vec<usize> = (0..batch)
        .map(|_| rng.random_range(0..data.len()))
        .collect();
    let net = MultiLayerNet::<F>::he_normal(widths, rng);

    let (fast_net, fast_losses) = fast(&net, &data, &indices, room, threads);
    let (plain_net, plain_losses) = plain(&net, &data, &indices);
    for (fast, plain) in fast_losses.iter().zip(plain_losses) {
        let error: f64 = (*fast - plain).abs().into();
        assert!(error <= tolerance * plain.abs().into().max(1.0));
    }
    // A hidden unit within rounding of 0 may be open in one and closed in the
    // other: in `f32` that happens, and changes its weights by a step's share.
    let kink = if tolerance > 1e-8 {
        0.1 / batch as f64
    } else {
        0.0
    };
    for ((name, fast), (_, plain)) in
        fast_net.named().iter().zip(plain_net.named())
    {
        assert!(near(fast.iter(), plain.iter(), tolerance + kink), "{name}");
    }

    let (again, losses) = fast(&net, &data, &indices, 0, 1);
    assert_eq!(again, fast_net, "the threads changed the weights");
    assert_eq!(losses, fast_losses, "the threads changed the losses");
    let momentum = |threads| {
        let momentum = Momentum::new(0.05, 0.9);
        steps(momentum, &net, &data, &indices, 0, threads)
    };
    assert_eq!(momentum(1), momentum(threads), "with momentum");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn any_shape_batch_and_threads(
        hidden in 1_usize..130,
        output in 1_usize..20,
        batch in 1_usize..150,
        room in 0_usize..3,
        threads in 1_usize..5,
        seed in any::<u64>(),
    ) {
        let widths = [PIXELS, hidden, output];
        check::<f32>(&widths, batch, room, threads, seed, 1e-4);
        check::<f64>(&widths, batch, room, threads, seed, 1e-12);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn any_input_and_depth(
        input in 1_usize..900,
        hidden in prop::collection::vec(1_usize..60, 0..4),
        output in 1_usize..20,
        batch in 1_usize..150,
        threads in 1_usize..5,
        seed in any::<u64>(),
    ) {
        let widths = [vec![input], hidden, vec![output]].concat();
        check::<f64>(&widths, batch, 0, threads, seed, 1e-10);
    }
}

/// Small products beside large ones, which faer makes in another way.
#[test]
fn layers_of_very_different_sizes() {
    for (widths, batch) in [
        (&[784, 220, 10, 100, 10][..], 6),
        (&[784, 600, 600, 2], 4),
        (&[2000, 2], 600),
    ] {
        for threads in [2, 3, 9] {
            check::<f64>(widths, batch, 0, threads, 1, 1e-10);
        }
    }
}

/// The images' order in memory changes no bit either.
#[test]
fn images_may_lie_in_memory_in_any_order() {
    let rng = &mut ChaCha8Rng::seed_from_u64(1);
    let net = MultiLayerNet::<f64>::he_normal(&[784, 20, 10], rng);
    let mut images = Array2::zeros((30, 784));
    images
        .slice_axis_mut(Axis(1), Slice::from(100..700))
        .fill(9);
    let mut by_columns = Array2::zeros((30, 784).f());
    by_columns.assign(&images);
    let labels: Labels = (0..30).map(|n| n % 10).collect();
    let by_rows = Dataset::new(images, labels);
    let mut data = by_rows.clone();
    data.images = by_columns;
    let indices: Vec<usize> = (0..30).collect();
    for threads in [1, 2, 4] {
        let run = |data| fast(&net, data, &indices, 0, threads);
        assert_eq!(run(&data), run(&by_rows));
    }
}

/// Where a pixel is blank in the whole batch, its weight is left out.
#[test]
fn a_weight_that_is_not_finite_is_not_seen_on_blank_paper() {
    let rng = &mut ChaCha8Rng::seed_from_u64(1);
    let mut net = MultiLayerNet::<f64>::he_normal(&[784, 5, 3], rng);
    net.affines[0].weight[[0, 0]] = f64::NAN;
    let mut images = Array2::from_elem((2, 784), 7);
    images.column_mut(0).fill(0);
    let data = Dataset::new(images, Labels::from([0, 1]));
    let (x, t) = data.all();
    assert!(net.loss(&x, &t).is_nan());
    let mut workspace = Workspace::new(&net, 2);
    assert!(workspace.pass(&net, &data, &[0, 1]).loss().is_finite());
    net.affines[0].weight[[1, 0]] = f64::NAN;
    assert!(workspace.pass(&net, &data, &[0, 1]).loss().is_nan());
}

/// What a pass left goes into a network of the same layers, or into none.
#[test]
fn a_network_that_does_not_fit_is_not_changed() {
    let rng = &mut ChaCha8Rng::seed_from_u64(1);
    let net = MultiLayerNet::<f64>::he_normal(&[784, 5, 3], rng);
    let data = noise(3, 3, 1);
    let mut workspace = Workspace::new(&net, 3);
    for layer in [0, 1] {
        let mut spoilt = net.clone();
        spoilt.affines[layer].bias = Array1::ones(1);
        let before = spoilt.clone();
        let add = AssertUnwindSafe(|| {
            let pass = workspace.pass(&net, &data, &[0, 1, 2]);
            pass.add_gradient(1.0, &mut spoilt);
        });
        let panic = catch_unwind(add).expect_err("it must be refused");
        let found = panic.downcast_ref::<String>().map_or("", String::as_str);
        assert!(found.contains("bias has 1 entries"), "{found}");
        assert_eq!(spoilt, before);
    }
}

#[test]
fn more_threads_than_rows() {
    let widths = [PIXELS, 1500, 10];
    for batch in 1..=5 {
        check::<f64>(&widths, batch, 0, 9, 1, 1e-12);
    }
}

#[test]
fn parts_so_small_that_they_would_round_otherwise() {
    let widths = [PIXELS, 1000, 2];
    check::<f64>(&widths, 4, 0, 2, 1, 1e-12);
}

#[test]
fn what_is_not_finite_is_seen() {
    let net = net::<f64>(PIXELS, 20, 10);
    let data = noise(200, 10, 1);
    let indices: Vec<usize> = (0..200).collect();
    for value in [f64::NAN, f64::INFINITY] {
        let mut nets = [net.clone(), net.clone(), net.clone(), net.clone()];
        nets[0].affine1.weight[[400, 3]] = value;
        nets[1].affine1.bias[3] = value;
        nets[2].affine2.weight[[3, 7]] = value;
        nets[3].affine2.bias[7] = value;
        for (parameter, net) in nets.into_iter().enumerate() {
            let (_, losses) = fast(&net, &data, &indices, 0, 2);
            assert!(!losses[0].is_finite(), "{parameter} {value}: {losses:?}");
        }
    }
}

#[test]
fn weights_may_lie_in_memory_in_any_order() {
    let net = net::<f64>(PIXELS, 30, 10);
    let mut by_columns = net.clone();
    for affine in [&mut by_columns.affine1, &mut by_columns.affine2] {
        let mut weight = Array2::zeros(affine.weight.raw_dim().f());
        weight.assign(&affine.weight);
        affine.weight = weight;
    }
    let data = noise(60, 10, 1);
    let indices: Vec<usize> = (0..60).collect();
    for threads in [1, 2] {
        assert_eq!(
            fast(&by_columns, &data, &indices, 0, threads),
            fast(&net, &data, &indices, 0, threads)
        );
    }
}

#[test]
fn predictions_do_not_depend_on_the_threads() {
    let net = net::<f32>(PIXELS, 50, 10);
    let data = noise(1000, 10, 2);
    let (x, _) = data.all::<f32>();
    let one = in_threads(1, || net.predict(&x));
    let classes = in_threads(1, || net.classify(&x));
    for threads in [1, 2, 3] {
        let many = in_threads(threads, || net.predict(&x));
        assert_eq!(many, one);
        assert_eq!(in_threads(threads, || net.classify_on(&data)), classes);
    }
}

#[test]
fn numerical_gradients_do_not_depend_on_the_threads() {
    let net = net::<f64>(5, 7, 3);
    let x = Array2::from_shape_fn((2, 5), |(row, column)| {
        (row * 5 + column) as f64 / 10.0
    });
    let t = Labels::from([0, 2]);
    let one = in_threads(1, || net.numerical_gradient(&x, &t));
    for threads in [2, 3, 8] {
        let many = in_threads(threads, || net.numerical_gradient(&x, &t));
        assert_eq!(many, one);
    }
}

/// Takes a step with what was spoilt; the network must not change.
#[track_caller]
fn refused(
    expected: &str,
    batch: usize,
    spoil: impl FnOnce(&mut TwoLayerNet<f64>, &mut Dataset),
) {
    let mut net = net::<f64>(PIXELS, 5, 3);
    let fitting = net.clone();
    let mut data = noise(3, 3, 1);
    spoil(&mut net, &mut data);
    let before = net.clone();
    let indices: Vec<usize> = (0..batch).collect();
    let mut workspace = Workspace::new(&fitting, 5);
    let step = AssertUnwindSafe(|| {
        { SGD }.step(&mut net, &mut workspace, &data, &indices);
    });
    let panic = catch_unwind(step).expect_err("it must be refused");
    let found = panic.downcast_ref::<String>().map_or("", String::as_str);
    assert!(found.contains(expected), "{found}");
    assert_eq!(net, before);
}

#[test]
fn what_does_not_fit_is_refused() {
    refused("made for batches of 1 to 5 images, found 6", 6, |_, _| {});
    refused("made for batches of 1 to 5 images, found 0", 0, |_, _| {});
    refused("no image 3 among 3", 4, |_, _| {});
    refused("has label 9, there are 3 columns", 3, |_, data| {
        data.labels = Labels::from([0, 1, 9]);
    });
    refused("the network has [784, 4, 3]", 3, |net, _| {
        net.affine1 = Affine::new(Array2::ones((PIXELS, 4)), Array1::ones(4));
    });
    refused("weight has 5 columns, bias has 1 entries", 3, |net, _| {
        net.affine1.bias = Array1::ones(1);
    });
    refused("weight has 3 columns, bias has 1 entries", 3, |net, _| {
        net.affine2.bias = Array1::ones(1);
    });
    refused("x has 5 columns, weight has 6 rows", 3, |net, _| {
        net.affine2.weight = Array2::ones((6, 3));
    });
    refused("images have shape [2, 784], 3 labels need", 3, |_, data| {
        data.images = Array2::ones((2, 784));
    });
    refused("images have 392 pixels, the input 784", 3, |_, data| {
        data.images = Array2::ones((3, 392));
    });
}

#[test]
#[should_panic(expected = "images have 784 pixels, the input 5")]
fn an_input_of_another_width_is_refused() {
    let mut net = net::<f64>(5, 2, 3);
    let mut workspace = Workspace::new(&net, 2);
    { SGD }.step(&mut net, &mut workspace, &noise(3, 3, 1), &[0]);
}
