//! The fast way of a step, in a workspace and in threads, does what the plain
//! one does.

use backprop::{
    ChaCha8Rng, Dataset, Float, Labels, SeedableRng, Sgd, Sizes, TwoLayerNet,
    Workspace, dataset::PIXELS, max_relative_error,
};
use ndarray::Array2;
use proptest::prelude::*;
use rand::RngExt;

const SGD: Sgd = Sgd { learning_rate: 0.1 };

/// Noise, some of it black, with labels below `classes`.
fn noise(images: usize, classes: u8, seed: u64) -> Dataset {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let labels = (0..images).map(|_| rng.random_range(0..classes)).collect();
    let pixels = Array2::from_shape_simple_fn((images, PIXELS), || {
        let ink: u8 = rng.random();
        ink.saturating_sub(100)
    });
    Dataset::new(pixels, labels)
}

fn in_threads<R: Send>(threads: usize, work: impl FnOnce() -> R + Send) -> R {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
    pool.build().unwrap().install(work)
}

/// The network after three fast steps, with their losses.
fn fast<F: Float>(
    net: &TwoLayerNet<F>,
    data: &Dataset,
    numbers: &[usize],
    room: usize,
    threads: usize,
) -> (TwoLayerNet<F>, Vec<F>) {
    let mut net = net.clone();
    let mut workspace = Workspace::new(net.sizes(), numbers.len() + room);
    let losses = in_threads(threads, || {
        let mut step = || workspace.step(&mut net, SGD, data, numbers);
        vec![step(), step(), step()]
    });
    (net, losses)
}

/// The same by the layers, one thread and a gradient of its own.
fn plain<F: Float>(
    net: &TwoLayerNet<F>,
    data: &Dataset,
    numbers: &[usize],
) -> (TwoLayerNet<F>, Vec<F>) {
    let mut net = net.clone();
    let losses = in_threads(1, || {
        let (x, t) = data.batch(numbers);
        let mut step = || {
            let (loss, gradient) = net.loss_and_gradient(&x, &t);
            SGD.update(&mut net, &gradient);
            loss
        };
        vec![step(), step(), step()]
    });
    (net, losses)
}

fn check<F: Float>(
    sizes: Sizes,
    batch: usize,
    room: usize,
    threads: usize,
    seed: u64,
    tolerance: f64,
) {
    let classes = u8::try_from(sizes.output).unwrap();
    let data = noise(60, classes, seed);
    let rng = &mut ChaCha8Rng::seed_from_u64(seed);
    let numbers: Vec<usize> = (0..batch)
        .map(|_| rng.random_range(0..data.len()))
        .collect();
    let net = TwoLayerNet::<F>::he(sizes, rng);

    let (fast_net, fast_losses) = fast(&net, &data, &numbers, room, threads);
    let (plain_net, plain_losses) = plain(&net, &data, &numbers);
    for (fast, plain) in fast_losses.iter().zip(plain_losses) {
        let error: f64 = (*fast - plain).abs().into();
        assert!(error <= tolerance * plain.abs().into().max(1.0));
    }
    for ((name, fast), (_, plain)) in
        fast_net.named().iter().zip(plain_net.named())
    {
        let error: f64 = max_relative_error(fast, &plain).into();
        // Weights are about 0.1: the floor of the measure makes this strict.
        assert!(error <= 100.0 * tolerance, "{name}: {error}");
    }

    // BLAS repeats itself only where the threads are as many.
    let threads = if cfg!(feature = "blas") { threads } else { 1 };
    let (again, losses) = fast(&net, &data, &numbers, 0, threads);
    assert_eq!(again, fast_net, "the threads changed the weights");
    assert_eq!(losses, fast_losses, "the threads changed the losses");
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
        let sizes = Sizes { input: PIXELS, hidden, output };
        check::<f32>(sizes, batch, room, threads, seed, 1e-4);
        check::<f64>(sizes, batch, room, threads, seed, 1e-12);
    }
}

#[test]
fn predictions_do_not_depend_on_the_threads() {
    let sizes = Sizes {
        input: PIXELS,
        hidden: 50,
        output: 10,
    };
    let net = TwoLayerNet::<f32>::he(sizes, &mut ChaCha8Rng::seed_from_u64(1));
    let data = noise(1000, 10, 2);
    let (x, _) = data.all::<f32>();
    let one = in_threads(1, || net.predict(&x));
    let classes = in_threads(1, || net.classify(&x));
    // BLAS rounds each number of rows in its own way.
    let tolerance = if cfg!(feature = "blas") { 1e-4 } else { 0.0 };
    for threads in [1, 2, 3] {
        let many = in_threads(threads, || net.predict(&x));
        assert!(max_relative_error(&many, &one) <= tolerance);
        assert_eq!(in_threads(threads, || net.classify_on(&data)), classes);
    }
}

#[test]
fn numerical_gradients_do_not_depend_on_the_threads() {
    let sizes = Sizes {
        input: 5,
        hidden: 7,
        output: 3,
    };
    let net = TwoLayerNet::<f64>::he(sizes, &mut ChaCha8Rng::seed_from_u64(1));
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

#[test]
#[should_panic(expected = "made for batches of 1 to 2 images, found 3")]
fn a_batch_too_large_is_refused() {
    let sizes = Sizes {
        input: PIXELS,
        hidden: 2,
        output: 10,
    };
    let mut net =
        TwoLayerNet::<f64>::he(sizes, &mut ChaCha8Rng::seed_from_u64(1));
    let data = noise(3, 10, 1);
    Workspace::new(sizes, 2).step(&mut net, SGD, &data, &[0, 1, 2]);
}

#[test]
#[should_panic(expected = "has label 9, there are 3 columns")]
fn a_label_out_of_range_is_refused() {
    let sizes = Sizes {
        input: PIXELS,
        hidden: 2,
        output: 3,
    };
    let mut net =
        TwoLayerNet::<f64>::he(sizes, &mut ChaCha8Rng::seed_from_u64(1));
    let mut data = noise(1, 1, 1);
    data.labels = Labels::from([9]);
    Workspace::new(sizes, 1).step(&mut net, SGD, &data, &[0]);
}
