//! Learning on the crate's own digits.

#![expect(
    clippy::cast_possible_truncation,
    clippy::float_cmp,
    reason = "rounding to f32 is the point; the rest is exact"
)]

use backprop::{
    ChaCha8Rng, Dataset, Float, Labels, Layers, Length, Network, Plan,
    Progress, Sampling, SeedableRng, Sgd, Sizes, TrainError, TwoLayerNet,
    digits, train, train_with,
};
use ndarray::{Array2, ShapeBuilder};

const SGD: Sgd = Sgd { learning_rate: 0.1 };

#[test]
fn ten_thousand_digits_teach_at_least_95_percent_of_fresh_ones() {
    let (learn, fresh) = (digits::dataset(10_000, 1), digits::dataset(2000, 2));
    let plan = Plan {
        batch_size: 100,
        length: Length::Epochs(20),
        sampling: Sampling::Shuffled,
        seed: 1,
    };
    let mut net = net::<f32>();
    let history = train(&mut net, SGD, &learn, &fresh, &plan).unwrap();

    let first = history.epochs[0];
    assert!(first.test_accuracy < 0.3, "{first:?}");
    assert!((first.loss - 10_f64.ln()).abs() < 0.05, "{first:?}");
    let last = *history.epochs.last().unwrap();
    assert!((0.95..1.0).contains(&last.test_accuracy), "{last:?}");
    assert_eq!(last.test_accuracy, net.accuracy_on(&fresh));
    assert_eq!(last.train_accuracy, net.accuracy_on(&learn));
}

#[test]
fn a_step_goes_against_the_gradient() {
    let (x, t) = small().batch::<f64>(&[0, 1, 2]);
    let before = net::<f64>();
    let gradient = before.gradient(&x, &t);
    let mut after = before.clone();
    Sgd {
        learning_rate: 0.25,
    }
    .update(&mut after, &gradient);
    for (((_, before), (_, after)), (name, slopes)) in before
        .named()
        .iter()
        .zip(after.named())
        .zip(gradient.named())
    {
        assert_eq!(after, before - 0.25 * &slopes, "{name}");
    }
    assert!(after.loss(&x, &t) < before.loss(&x, &t));
}

#[test]
fn accuracy_in_chunks_is_accuracy() {
    let digits = digits::dataset(1234, 1);
    let (x, t) = digits.all::<f64>();
    let net = net::<f64>();
    assert_eq!(net.accuracy_on(&digits), net.accuracy(&x, &t));
    assert_eq!(net.classify_on(&digits), net.classify(&x));
}

/// The sets are no multiples of the chunks that they are evaluated in.
#[test]
fn a_record_holds_the_mean_loss_of_the_whole_set() {
    let (learn, test) = (digits::dataset(1234, 1), digits::dataset(10, 2));
    let mut net = net::<f64>();
    let plan = plan(Length::Steps(0));
    let history = train(&mut net, SGD, &learn, &test, &plan).unwrap();
    let (x, t) = learn.all();
    let (found, expected) = (history.epochs[0].loss, net.loss(&x, &t));
    assert!((found - expected).abs() < 1e-12, "{found} {expected}");
}

#[test]
fn the_first_of_equal_scores_is_the_answer() {
    let mut net = net::<f64>();
    net.affine2.weight.fill(0.0);
    net.affine2.bias[3] = 1.0;
    net.affine2.bias[7] = 1.0;
    let (x, _) = small().batch(&[0]);
    assert_eq!(net.classify(&x)[0], 3);
}

#[test]
fn first_weights_have_the_spread_that_was_asked_for() {
    let sizes = Sizes {
        input: 784,
        hidden: 100,
        output: 10,
    };
    let rng = &mut ChaCha8Rng::seed_from_u64(1);
    let (plain, he) = (
        TwoLayerNet::<f64>::new(sizes, rng),
        TwoLayerNet::<f64>::he_normal(sizes, rng),
    );
    for (weight, expected) in [
        (&plain.affine1.weight, 0.01),
        (&plain.affine2.weight, 0.01),
        (&he.affine1.weight, (2.0_f64 / 784.0).sqrt()),
        (&he.affine2.weight, (2.0_f64 / 100.0).sqrt()),
    ] {
        let spread = weight.std(0.0);
        // Four times the standard deviation of a spread of so many numbers.
        let tolerance = 4.0 / (2.0 * weight.len() as f64).sqrt();
        let off = (spread / expected - 1.0).abs();
        assert!(off < tolerance, "{spread} {expected}");
    }
}

/// Row after row, as it is seen; whatever the layout it came in.
#[test]
fn an_image_is_rows_of_pixels() {
    let pixels = |(image, pixel): (usize, usize)| {
        u8::try_from((image + pixel) % 251).unwrap()
    };
    let rows = Array2::from_shape_fn((3, 784), pixels);
    let columns = Array2::from_shape_fn((3, 784).f(), pixels);
    for images in [rows, columns] {
        let dataset = Dataset::new(images, Labels::from([0, 1, 2]));
        let expected = pixels((2, 5 * 28 + 7));
        assert_eq!(dataset.image(2)[[5, 7]], expected);
    }
}

#[test]
fn the_same_seed_learns_the_same() {
    for sampling in [Sampling::WithReplacement, Sampling::Shuffled] {
        let run = |seed| {
            let plan = Plan {
                sampling,
                seed,
                ..plan(Length::Steps(25))
            };
            let mut net = net::<f64>();
            let history =
                train(&mut net, SGD, &small(), &small(), &plan).unwrap();
            (net, history)
        };
        assert_eq!(run(1), run(1), "{sampling:?}");
        assert_ne!(run(1), run(2), "{sampling:?}");
    }
}

#[test]
fn both_precisions_start_and_learn_alike() {
    let (single, double) = (net::<f32>(), net::<f64>());
    for ((_, single), (_, double)) in single.named().iter().zip(double.named())
    {
        assert_eq!(single, double.mapv(|value| value as f32));
    }
    let losses = |plan| {
        let (mut single, mut double) = (net::<f32>(), net::<f64>());
        let small = small();
        let single = train(&mut single, SGD, &small, &small, &plan).unwrap();
        let double = train(&mut double, SGD, &small, &small, &plan).unwrap();
        single.losses.into_iter().zip(double.losses)
    };
    for (single, double) in losses(plan(Length::Steps(30))) {
        assert!((single - double).abs() < 1e-4, "{single} {double}");
    }
}

/// Records come at the start of each epoch and at the end. 95 images make ten
/// batches of ten.
#[test]
fn steps_epochs_and_records() {
    type Case = (Length, usize, &'static [(usize, usize)]);
    let table: [Case; 4] = [
        (Length::Steps(0), 0, &[(0, 0)]),
        (Length::Steps(7), 7, &[(0, 0), (0, 7)]),
        (Length::Steps(25), 25, &[(0, 0), (1, 10), (2, 20), (2, 25)]),
        (Length::Epochs(2), 20, &[(0, 0), (1, 10), (2, 20)]),
    ];
    for sampling in [Sampling::WithReplacement, Sampling::Shuffled] {
        for (length, steps, records) in table {
            let plan = Plan {
                sampling,
                ..plan(length)
            };
            let history =
                train(&mut net::<f64>(), SGD, &small(), &small(), &plan)
                    .unwrap();
            let found: Vec<(usize, usize)> = history
                .epochs
                .iter()
                .map(|record| (record.epoch, record.step))
                .collect();
            assert_eq!(history.losses.len(), steps, "{plan:?}");
            assert_eq!(found, records, "{plan:?}");
        }
    }
}

/// All that the history holds is told, each as soon as it is known.
#[test]
fn progress_is_told_in_order() {
    let (small, plan) = (small(), plan(Length::Steps(12)));
    let mut told = Vec::new();
    let history =
        train_with(&mut net::<f64>(), SGD, &small, &small, &plan, |progress| {
            told.push(progress);
        })
        .unwrap();
    let step = |step| Progress::Step {
        step,
        steps: 12,
        loss: history.losses[step - 1],
    };
    let mut expected: Vec<_> = (1..=12).map(step).collect();
    for (record, place) in history.epochs.iter().zip([0, 11, 14]) {
        expected.insert(place, Progress::Evaluated(*record));
    }
    assert_eq!(told, expected);
    let same = train(&mut net::<f64>(), SGD, &small, &small, &plan).unwrap();
    assert_eq!(history, same);
}

#[test]
fn the_original_plan() {
    let plan = Plan::original(7);
    assert_eq!(
        plan,
        Plan {
            batch_size: 100,
            length: Length::Steps(10_000),
            sampling: Sampling::WithReplacement,
            seed: 7,
        }
    );
}

/// One epoch in batches of one, at a learning rate so small that the network
/// does not change: the losses are those of the images, each once.
#[test]
fn a_shuffled_epoch_has_each_image_once() {
    let small = small();
    let plan = Plan {
        batch_size: 1,
        length: Length::Epochs(1),
        sampling: Sampling::Shuffled,
        seed: 3,
    };
    let still = Sgd { learning_rate: 0.0 };
    let net = net::<f64>();
    let history =
        train(&mut net.clone(), still, &small, &small, &plan).unwrap();
    let one_by_one = (0..small.len()).map(|number| {
        let (x, t) = small.batch(&[number]);
        net.loss(&x, &t)
    });
    assert_eq!(sorted(history.losses), sorted(one_by_one.collect()));
}

#[test]
fn plans_that_cannot_be() {
    let cases = [
        (
            0,
            5,
            5,
            Sampling::WithReplacement,
            "the training set has no images",
        ),
        (
            5,
            0,
            5,
            Sampling::WithReplacement,
            "the test set has no images",
        ),
        (
            5,
            5,
            0,
            Sampling::WithReplacement,
            "the plan's batch_size is 0; at least 1 is needed",
        ),
        (
            5,
            5,
            6,
            Sampling::Shuffled,
            "the plan's batch_size is 6, but the training set has 5 images: \
             take a smaller batch, or Sampling::WithReplacement",
        ),
    ];
    for (learn, test, batch_size, sampling, message) in cases {
        let (learn, test) =
            (digits::dataset(learn, 1), digits::dataset(test, 1));
        let plan = Plan {
            batch_size,
            sampling,
            ..plan(Length::Steps(1))
        };
        let error = train(&mut net::<f32>(), SGD, &learn, &test, &plan);
        assert_eq!(error.unwrap_err().to_string(), message);
    }
    for (batch_size, sampling) in
        [(200, Sampling::WithReplacement), (95, Sampling::Shuffled)]
    {
        let plan = Plan {
            batch_size,
            sampling,
            ..plan(Length::Steps(1))
        };
        let result = train(&mut net::<f32>(), SGD, &small(), &small(), &plan);
        assert!(result.is_ok(), "{plan:?}");
    }
}

#[test]
fn a_loss_that_runs_away_is_an_error() {
    let wild = Sgd {
        learning_rate: 1e300,
    };
    let plan = plan(Length::Steps(50));
    let result = train(&mut net::<f64>(), wild, &small(), &small(), &plan);
    let error = result.unwrap_err();
    let TrainError::Diverged {
        loss,
        steps,
        learning_rate,
    } = error
    else {
        panic!("{error}");
    };
    assert!(!loss.is_finite());
    assert!((1..10).contains(&steps), "{steps}");
    assert_eq!(learning_rate, 1e300);
    let message = error.to_string();
    assert!(message.ends_with(&format!(
        "at step {steps} with learning rate 1e300: take a smaller learning \
         rate, or smaller weights at the start"
    )));
}

#[test]
fn the_last_step_may_be_the_one_that_runs_away() {
    let wild = Sgd {
        learning_rate: f64::INFINITY,
    };
    let plan = plan(Length::Steps(1));
    let result = train(&mut net::<f64>(), wild, &small(), &small(), &plan);
    let error = result.unwrap_err();
    assert!(
        matches!(error, TrainError::Diverged { steps: 1, .. }),
        "{error}"
    );
}

fn plan(length: Length) -> Plan {
    Plan {
        batch_size: 10,
        length,
        sampling: Sampling::WithReplacement,
        seed: 1,
    }
}

fn small() -> Dataset {
    digits::dataset(95, 1)
}

fn net<F: Float>() -> TwoLayerNet<F> {
    let sizes = Sizes {
        input: 784,
        hidden: 50,
        output: 10,
    };
    TwoLayerNet::new(sizes, &mut ChaCha8Rng::seed_from_u64(1))
}

fn sorted(mut losses: Vec<f64>) -> Vec<f64> {
    losses.sort_by(f64::total_cmp);
    losses
}
